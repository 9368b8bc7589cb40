"""A line that dies in the middle of something, and a server that is started again: nothing repeated, nothing lost."""

from __future__ import annotations

import msgspec
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import senses
from visavis_agents import events as ev
from visavis_agents.history import Line
from visavis_agents.keeping import Snapshot
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_agents.session import LOST_WORDS

SENTENCES = ["Tell me about the sea.", "And the moon?"]
TALKATIVE = msgspec.structs.replace(load_role("companion"), sentences=0)
LONG = " ".join(f"word{n}" + ("." if n % 6 == 5 else "") for n in range(48))
ASK = [(1.0, 2.0, 0)]


def heard_words(scene: Scene) -> list[int]:
    """Word numbers in the order in which they began to be heard."""
    dead = [(dead, back) for dead, _, back in scene.away]
    words = [(e.at, e.index) for e in scene.of(ev.ReplyWord)]
    return [index for at, index in words if not any(a <= at < b for a, b in dead)]


@pytest.mark.parametrize("dead_s", [4.0, 5.1, 5.24, 6.6, 9.37])
def test_a_reply_goes_on_at_the_word_where_the_listener_lost_it(dead_s: float) -> None:
    away = [(dead_s, dead_s + 3.0, dead_s + 4.0)]
    scene = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=ASK, away=away, lasts_s=30).play())
    words = heard_words(scene)
    again = [a for a, b in zip(words, words[1:], strict=False) if a == b]
    assert len(again) <= 1  # the word that was cut in two
    assert sorted(set(words)) == list(range(48))
    assert words == sorted(words)
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [LONG]
    back = next(e.at for e in scene.of(ev.ReplyWord) if e.at >= dead_s + 3.97)
    assert back - (dead_s + 4.0) < 0.05


def test_a_reply_that_ended_unheard_is_said_to_its_end() -> None:
    short = "The sea is wide and blue and deep and cold."
    away = [(3.5, 6.5, 8.0)]
    scene = play(Scene(senses(SENTENCES, short), role=TALKATIVE, say=ASK, away=away, lasts_s=15).play())
    first, rest = (event.text for event in scene.of(ev.ReplyEnded))
    assert first == short  # told into the dead line
    assert short.endswith(rest)
    assert [line.who for line in scene.left.lines] == ["user", "assistant", "assistant"]
    assert " ".join(line.text for line in scene.left.lines[1:]) == short
    again = scene.of(ev.SessionStarted)[1]
    assert [line.text for line in again.history] == ["Tell me about the sea.", scene.left.lines[1].text]


def test_a_reply_that_was_heard_is_not_said_again() -> None:
    away = [(7.0, 10.0, 11.0)]
    scene = play(Scene(senses(SENTENCES, "It is wide."), say=ASK, away=away, lasts_s=15).play())
    assert len(scene.of(ev.ReplyStarted)) == 1


def test_words_on_their_way_when_the_line_died_are_told_as_lost() -> None:
    away = [(1.6, 4.6, 6.0)]
    scene = play(Scene(senses(SENTENCES, "Yes."), say=ASK, away=away, lasts_s=12).play())
    dropped = scene.of(ev.UserDropped)[-1]
    assert (dropped.reason, dropped.utterance) == ("the connection was lost", 1)
    assert dropped.at >= 5.97  # when somebody is there to be told
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [LOST_WORDS]
    assert not scene.of(ev.UserFinal)


def test_a_reply_that_was_being_spoken_over_goes_on_at_its_word() -> None:
    say, away = [*ASK, (5.0, 5.6, 1)], [(5.1, 8.1, 9.0)]
    scene = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=say, away=away, lasts_s=30).play())
    words = heard_words(scene)
    assert sorted(set(words)) == list(range(48))
    assert words == sorted(words)
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [LONG]
    assert scene.sounding[-1] > 9.0


def test_two_losses_one_after_the_other_repeat_one_word_each() -> None:
    away = [(4.0, 7.0, 8.0), (9.1, 12.1, 13.0)]
    scene = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=ASK, away=away, lasts_s=35).play())
    words = heard_words(scene)
    assert sorted(set(words)) == list(range(48))
    assert len(words) <= 48 + 2


def test_a_question_that_was_over_is_answered_when_the_user_is_back() -> None:
    away = [(2.25, 2.3, 6.0)]  # a page reloaded a moment after the last word
    scene = play(Scene(senses(SENTENCES, "It is wide."), say=ASK, away=away, lasts_s=12).play())
    assert [e.text for e in scene.of(ev.UserFinal)] == ["Tell me about the sea."]
    assert [e.text for e in scene.of(ev.ReplyEnded)] == ["It is wide."]
    assert all(at >= 6.0 for at in scene.sounding)


def test_another_process_goes_on_in_the_middle_of_the_reply() -> None:
    before = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=ASK, lasts_s=6.1).play())
    heard = [e.index for e in before.of(ev.ReplyWord)]
    assert before.left.due
    after = play(Scene(senses(SENTENCES, "never asked"), role=TALKATIVE, kept=before.left, lasts_s=30).play())
    rest = after.of(ev.ReplyEnded)[0].text.split()
    assert rest[0] == f"word{heard[-1]}"  # the word begun then
    assert rest == LONG.split()[heard[-1] :]
    assert after.of(ev.SessionStarted)[0].history[-1].text.split() == LONG.split()[: heard[-1]]
    assert after.of(ev.ReplyStarted)[0].reply > before.of(ev.ReplyStarted)[0].reply
    assert " ".join(line.text for line in after.left.lines[1:]) == LONG


def test_another_process_answers_what_was_asked_and_keeps_facts_timers_and_numbers() -> None:
    typed = [(t, lambda s, text=text: s.receive(ev.TextTyped(text=text))) for t, text in TYPED]
    before = play(Scene(senses(SENTENCES, "never"), act=typed, lasts_s=10.02).play())
    kept = before.left
    assert kept.facts == ("Your name is Ada.",)
    assert kept.timers == (("timer", pytest.approx(64.0, abs=0.5)),)
    assert kept.asked == "My cat sat in the rain all day."
    wire = msgspec.json.decode(msgspec.json.encode(kept), type=Snapshot)
    assert wire == kept
    after = play(Scene(senses(SENTENCES, "They are glad."), kept=kept, lasts_s=70).play())
    assert [e.text for e in after.of(ev.ReplyEnded)] == ["They are glad.", "Your timer is up."]
    assert [line.text for line in after.left.lines if line.who == "user"] == [text for _, text in TYPED]


TYPED = [
    (1.0, "Remember that my name is Ada."),
    (4.0, "Set a timer for 60 seconds"),
    (10.0, "My cat sat in the rain all day."),
]


def test_a_timer_that_rang_while_the_server_was_away_is_told() -> None:
    kept = Snapshot("companion", 100.0, (Line("user", "Hi"),), timers=(("timer", 110.0),), replies=4)
    scene = play(Scene(senses(SENTENCES, "x"), kept=kept, gone_s=20, lasts_s=4).play())
    assert [(e.reply, e.text) for e in scene.of(ev.ReplyEnded)] == [(5, "Your timer is up.")]


def test_everything_is_forgotten_when_asked() -> None:
    for ask in (ev.TextTyped(text="Forget everything"), ev.ForgetEverything()):
        act = [(1.0, lambda s: s.receive(ev.TextTyped(text="My name is Ada."))), (5.0, lambda s, e=ask: s.receive(e))]
        scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=9).play())
        assert len(scene.of(ev.Forgotten)) == 1
        assert scene.left.facts == ()
        assert not any("Ada" in line.text for line in scene.left.lines)
