"""Whole conversations on a virtual clock: exact times, no waiting."""

from __future__ import annotations

import msgspec
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall

SENTENCES = ["How was your day?", "mm-hm", "Tell me about the sea.", "", "What time is it?", "Stop."]
TALKATIVE = msgspec.structs.replace(load_role("companion"), sentences=0)
LONG = "The sea is wide and blue. It holds many fish and ships. " * 3


def heard_after(scene: Scene, end_s: float) -> float:
    return next(at for at in scene.sounding if at > end_s) - end_s


def test_a_question_is_answered_within_half_a_second() -> None:
    scene = play(Scene(senses(SENTENCES, "It is sunny."), say=[(1.0, 2.0, 0)]).play())
    assert [e.text for e in scene.of(ev.UserFinal)] == ["How was your day?"]
    assert [e.text for e in scene.of(ev.ReplyEnded)] == ["It is sunny."]
    assert heard_after(scene, 2.0) < 0.5
    assert {"pause", "transcript", "turn_end", "first_token", "first_clause", "first_sound"} <= set(
        scene.of(ev.TurnTimed)[0].stages_ms
    )
    assert [e.index for e in scene.of(ev.ReplyWord)] == [0, 1, 2]


def test_an_unfinished_sentence_is_waited_for_and_answered_whole() -> None:
    scene = play(Scene(senses(SENTENCES, "Yes.", complete=0.1), say=[(1.0, 1.6, 0), (2.2, 3.0, 2)]).play())
    assert [e.text for e in scene.of(ev.UserFinal)] == ["How was your day? Tell me about the sea."]
    assert heard_after(scene, 3.0) > 1.0


def test_mmhm_does_not_stop_the_reply_and_no_word_is_lost() -> None:
    scene = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=[(1.0, 2.0, 2), (4.0, 4.3, 1)], lasts_s=25).play())
    assert [e.reason for e in scene.of(ev.UserDropped)] == ["listening sounds"]
    assert not scene.of(ev.ReplyCut)
    assert scene.of(ev.ReplyEnded)[0].text == LONG.strip()
    words = [e.index for e in scene.of(ev.ReplyWord)]
    assert sorted(set(words)) == list(range(len(LONG.split())))


def test_an_interruption_silences_and_only_what_was_heard_is_kept() -> None:
    language = Script(LONG)
    scene = play(
        Scene(senses(SENTENCES, language), role=TALKATIVE, say=[(1.0, 2.0, 2), (5.0, 6.2, 0)], lasts_s=25).play()
    )
    cut = scene.of(ev.ReplyCut)[0]
    assert LONG.startswith(cut.heard)
    assert 8 <= len(cut.heard.split()) <= 14
    quiet_from = min(at for at in scene.sounding if at > 5.0)
    assert not [at for at in scene.sounding if 5.4 < at < 6.2]
    assert quiet_from < 5.4
    second = language.asked[-1]
    assert [m.role for m in second[-3:]] == ["user", "assistant", "user"]
    assert second[-2].text == cut.heard


def test_stop_is_obeyed_without_an_answer() -> None:
    scene = play(Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=[(1.0, 2.0, 2), (4.0, 4.5, 5)], lasts_s=12).play())
    assert len(scene.of(ev.ReplyCut)) == 1
    assert len(scene.of(ev.ReplyStarted)) == 1
    assert not [at for at in scene.sounding if at > 5.0]


def test_typed_words_are_answered_like_spoken_ones() -> None:
    act = [(1.0, lambda session: session.receive(ev.TextTyped(text="What is 6 times 7?")))]
    scene = play(Scene(senses(SENTENCES, "never asked"), act=act).play())
    assert scene.of(ev.ReplyEnded)[0].text == "That is 42."
    assert scene.of(ev.ToolEnded)[0].name == "calculate"


def test_a_timer_speaks_when_it_rings() -> None:
    act = [(1.0, lambda session: session.receive(ev.TextTyped(text="Set a timer for 10 seconds")))]
    scene = play(Scene(senses(SENTENCES, "never asked"), act=act, lasts_s=20).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [
        "Your timer is set for 10 seconds.",
        "Your timer for 10 seconds is up.",
    ]
    assert scene.of(ev.ReplyStarted)[1].at == pytest.approx(11.0, abs=0.3)


def test_the_role_that_greets_speaks_first() -> None:
    scene = play(Scene(senses(SENTENCES, "x"), role=load_role("kiosk"), lasts_s=5).play())
    assert scene.of(ev.ReplyEnded)[0].text == "Hello! How can I help you?"


def test_what_is_remembered_is_recalled_and_forgotten() -> None:
    lines = ["My name is Ada.", "Yes.", "I like tea.", "What is my name?", "Forget my name", "What is my name?"]
    act = [(1.0 + 6 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=40).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [
        "Nice to meet you, Ada. May I remember that while we talk?",
        "Thank you. Your name is Ada. You can always tell me to forget it.",
        "Good to know that you like tea. I'll remember it.",
        "Your name is Ada.",
        "I have forgotten that.",
        "You have not told me about your name.",
    ]
    changes = scene.of(ev.FactsChanged)
    assert [(e.facts, e.waiting, e.allowed) for e in changes] == [
        ((), ("Your name is Ada.",), None),
        (("Your name is Ada.",), (), True),
        (("Your name is Ada.", "You like tea."), (), True),
        (("You like tea.",), (), True),
    ]


def test_a_no_to_being_remembered_is_kept_to() -> None:
    language = Script("x")
    lines = [
        "My name is Ada.",
        "No, thanks.",
        "I live in Berlin.",
        "What do you know about me?",
        "Tell me about the sea.",
    ]
    act = [(1.0 + 6 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, language), act=act, lasts_s=32).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)][1:4] == [
        "All right, I won't remember anything about you.",
        "Good to know that you live in Berlin.",
        "You have not asked me to remember anything yet.",
    ]
    assert scene.of(ev.FactsChanged)[-1].facts == ()


def test_facts_are_allowed_and_erased_in_the_page_and_known_to_the_model() -> None:
    language = Script("Yes.")
    act = [
        (1.0, lambda s: s.receive(ev.TextTyped(text="My name is Ada."))),
        (6.0, lambda s: s.receive(ev.FactsAllowed(allowed=True))),
        (7.0, lambda s: s.receive(ev.TextTyped(text="Tell me about the sea."))),
        (10.0, lambda s: s.attached(resumed=True)),
        (11.0, lambda s: s.receive(ev.FactErased(fact="Your name is Ada."))),
    ]
    scene = play(Scene(senses(SENTENCES, language), act=act, lasts_s=14).play())
    assert any(message.text == "Your name is Ada." for message in language.asked[0])
    changes = scene.of(ev.FactsChanged)
    assert [e.facts for e in changes] == [(), ("Your name is Ada.",), ("Your name is Ada.",), ()]


def test_timers_by_name() -> None:
    lines = [
        "Set a pasta timer for ten minutes.",
        "Set a timer for one minute.",
        "How much time is left on the pasta timer?",
        "Cancel the pasta timer.",
        "How long is left?",
    ]
    act = [(1.0 + 5 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=75).play())
    texts = [e.text for e in scene.of(ev.ReplyEnded)]
    assert texts[0] == "Your pasta timer is set for 10 minutes."
    assert texts[2].startswith("Your pasta timer for 10 minutes has 9 minutes and 5")
    assert texts[3] == "Your pasta timer for 10 minutes is cancelled."
    assert texts[4].startswith("Your timer for 1 minute has ")
    assert texts[5] == "Your timer for 1 minute is up."
    assert [e.name for e in scene.of(ev.TimerEnded)] == ["pasta timer", "timer"]


def test_an_alarm_and_a_reminder() -> None:
    lines = ["Wake me at 4:11.", "Remind me to drink water.", "In thirty seconds."]
    act = [(1.0 + 4 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=70).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [
        "Your alarm is set for 4:11 in the afternoon.",
        "When should I remind you to drink water?",
        "I will remind you to drink water in 30 seconds.",
        "I remind you: drink water.",
        "It is 4:11 in the afternoon. This is your alarm.",
    ]


def test_no_joke_twice_in_a_row() -> None:
    lines = ["Tell me a joke.", "Another one.", "One more."]
    act = [(1.0 + 8 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=26).play())
    jokes = [e.text for e in scene.of(ev.ReplyEnded)]
    assert len(set(jokes)) == 3


def test_what_was_said_is_told() -> None:
    lines = ["Tell me about the sea.", "What did I say?"]
    act = [(1.0 + 5 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "Yes."), act=act, lasts_s=12).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)] == ["Yes.", "You said: Tell me about the sea."]


def test_a_role_without_the_tool_says_so() -> None:
    act = [(3.0, lambda session: session.receive(ev.TextTyped(text="Set a timer for 10 seconds")))]
    scene = play(Scene(senses(SENTENCES, "x"), role=load_role("kiosk"), act=act, lasts_s=8).play())
    assert scene.of(ev.ReplyEnded)[1].text == "I'm sorry, I can't do that here."


def test_a_model_that_calls_tools_gets_their_results() -> None:
    def words(messages):
        if messages[-1].role == "tool":
            return [f"I looked it up. {messages[-1].text}"]
        return [ToolCall("time_and_date", {"what": "time"}, "1")]

    language = Script(words)
    language.calls_tools = True
    act = [(1.0, lambda session: session.receive(ev.TextTyped(text="How late have we got?")))]
    scene = play(Scene(senses(SENTENCES, language), act=act).play())
    assert scene.of(ev.ReplyEnded)[0].text == "I looked it up. It is 4:10 in the afternoon."


def test_a_failing_model_is_said_aloud_and_the_conversation_goes_on() -> None:
    def words(messages):
        if "day" in messages[-1].text:
            raise ModelError("the language model is out of memory")
        return ["All good."]

    say = [(1.0, 2.0, 0), (8.0, 9.0, 2)]
    scene = play(Scene(senses(SENTENCES, Script(words)), say=say, lasts_s=15).play())
    assert scene.of(ev.Trouble)[0].what == "the language model is out of memory"
    assert [e.text[:5] for e in scene.of(ev.ReplyEnded)] == ["Sorry", "All g"]


def test_noise_without_words_gets_no_reply_but_a_reason() -> None:
    scene = play(Scene(senses(SENTENCES, "x"), say=[(1.0, 1.6, 3)], lasts_s=6).play())
    assert [e.reason for e in scene.of(ev.UserDropped)] == ["no words"]
    assert not scene.of(ev.ReplyStarted)


def test_muting_drops_what_is_being_said() -> None:
    act = [(1.5, lambda session: session.receive(ev.MicMuted(muted=True)))]
    scene = play(Scene(senses(SENTENCES, "x"), say=[(1.0, 2.0, 0)], act=act, lasts_s=6).play())
    assert [e.reason for e in scene.of(ev.UserDropped)] == ["muted"]
    assert not scene.of(ev.ReplyStarted)


def test_push_to_talk_waits_for_the_release_whatever_the_pauses() -> None:
    act = [
        (0.9, lambda session: session.receive(ev.TalkPressed())),
        (6.0, lambda session: session.receive(ev.TalkReleased())),
    ]
    scene = play(Scene(senses(SENTENCES, "Yes."), say=[(1.0, 1.6, 0), (4.5, 5.5, 2)], act=act, lasts_s=12).play())
    assert [e.text for e in scene.of(ev.UserFinal)] == ["How was your day? Tell me about the sea."]
    assert scene.of(ev.UserFinal)[0].at == pytest.approx(6.0, abs=0.05)
