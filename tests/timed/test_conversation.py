"""Whole conversations on a virtual clock: exact times, no waiting."""

from __future__ import annotations

import msgspec
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.roles import load_role
from visavis_agents.virtual import play
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
    lines = ["My name is Ada.", "What is my name?", "Forget everything", "What is my name?"]
    act = [(1.0 + 4 * n, lambda s, line=line: s.receive(ev.TextTyped(text=line))) for n, line in enumerate(lines)]
    scene = play(Scene(senses(SENTENCES, "x"), act=act, lasts_s=20).play())
    assert [e.text for e in scene.of(ev.ReplyEnded)] == [
        "I will remember. Your name is Ada.",
        "Your name is Ada.",
        "I have forgotten that.",
        "You have not told me about your name.",
    ]


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
    assert scene.of(ev.UserFinal)[0].at > 6.0
