"""Spoken commands, silences and second thoughts on a virtual clock, to the word."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.over import LIKE_THIS
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role

SENTENCES = [
    "Tell me about the sea.",
    "Hold on.",
    "Go on.",
    "Louder.",
    "What?",
    "And the moon?",
    "Slower, please.",
    "um",
]
ASK, WAIT, GO_ON, LOUDER, WHAT, MOON, SLOWER, UM = range(8)
TALKATIVE = msgspec.structs.replace(load_role("companion"), sentences=0)
LONG = "The sea is wide and blue. It holds many fish and ships. The moon pulls it to and fro every day."


def scene(words, *say, lasts_s=20.0, **more) -> Scene:
    return play(Scene(senses(SENTENCES, words), role=TALKATIVE, say=list(say), lasts_s=lasts_s, **more).play())


def test_it_waits_and_goes_on_with_the_same_sentence() -> None:
    told = scene(LONG, (1.0, 2.0, ASK), (5.0, 5.6, WAIT), (9.0, 9.6, GO_ON))
    assert not [at for at in told.sounding if 5.5 < at < 9.6]
    assert [event.reason for event in told.of(ev.UserDropped)] == ["asked to wait", "asked to go on"]
    assert not told.of(ev.ReplyCut)
    words = [event.index for event in told.of(ev.ReplyWord)]
    held = next(n for n, event in enumerate(told.of(ev.ReplyWord)) if event.at > 9.0)
    assert words[held] == 6  # "It holds"
    assert words[held - 1] > 6
    assert words[held:] == list(range(6, len(LONG.split())))
    assert told.of(ev.ReplyEnded)[0].text == LONG


def test_what_says_the_sentence_again() -> None:
    told = scene(LONG, (1.0, 2.0, ASK), (5.6, 6.0, WHAT))
    words = [event.index for event in told.of(ev.ReplyWord) if event.at > 6.0]
    assert words[0] in (0, 6)
    assert words[-1] == len(LONG.split()) - 1


def test_louder_is_louder_at_once_and_the_reply_goes_on() -> None:
    told = Scene(senses(SENTENCES, LONG), role=TALKATIVE, say=[(1.0, 2.0, ASK), (5.0, 5.6, LOUDER)], lasts_s=15)
    levels: list[tuple[float, int]] = []
    told.listen_to = lambda at, frame: levels.append((at, int(np.abs(frame).max())))
    told = play(told.play())
    before = [level for at, level in levels if 4.0 < at < 5.0]
    after = [level for at, level in levels if 6.5 < at < 8.0]
    assert np.median(after) == pytest.approx(1.6 * np.median(before), rel=0.15)
    assert not told.of(ev.ReplyCut)
    assert told.of(ev.ReplyEnded)[0].text == LONG


def test_slower_into_the_silence_is_obeyed_and_shown() -> None:
    listening = senses(SENTENCES, LONG)
    paces = []
    speak = listening.voice.port.speak
    listening.voice.port.speak = lambda text, pace=1.0: paces.append(pace) or speak(text, pace)
    told = play(Scene(listening, role=TALKATIVE, say=[(1.0, 1.6, SLOWER)], lasts_s=6).play())
    assert [event.text for event in told.of(ev.ReplyEnded)] == [LIKE_THIS]
    assert paces == [pytest.approx(1 / 1.2)]


def test_who_goes_on_before_the_reply_is_heard_gets_one_answer_to_all() -> None:
    language = Script("All of it.")
    slow = senses(SENTENCES, language)
    slow.language.worker.seconds = 0.6  # a token; nothing is audible for a while
    told = play(Scene(slow, role=TALKATIVE, say=[(1.0, 2.0, ASK), (2.55, 3.4, MOON)], lasts_s=15).play())
    assert [event.text for event in told.of(ev.UserFinal)] == [SENTENCES[ASK], f"{SENTENCES[ASK]} {SENTENCES[MOON]}"]
    assert [event.joins for event in told.of(ev.UserFinal)] == [0, 1]
    assert [event.text for event in told.of(ev.ReplyEnded)] == ["All of it."]
    assert language.asked[-1][-1].text == f"{SENTENCES[ASK]} {SENTENCES[MOON]}"
    assert min(told.sounding) > 3.4


def test_um_before_the_reply_is_heard_leaves_no_silence() -> None:
    slow = senses(SENTENCES, "All of it.")
    slow.language.worker.seconds = 0.6
    told = play(Scene(slow, role=TALKATIVE, say=[(1.0, 2.0, ASK), (2.55, 2.8, UM)], lasts_s=15).play())
    assert [event.reason for event in told.of(ev.UserDropped)] == ["listening sounds"]
    assert [event.text for event in told.of(ev.ReplyEnded)] == ["All of it."]


def test_silence_after_a_question_is_met_once() -> None:
    told = scene("Do you like the sea?", (1.0, 2.0, ASK), lasts_s=40.0)
    assert [event.text for event in told.of(ev.ReplyEnded)] == ["Do you like the sea?", TALKATIVE.nudge]
    asked, nudged = (event.at for event in told.of(ev.ReplyEnded))
    assert 8.0 < nudged - asked < 10.0


def test_no_word_is_put_into_a_silence_that_asks_nothing() -> None:
    told = scene("I like the sea.", (1.0, 2.0, ASK), lasts_s=25.0)
    assert len(told.of(ev.ReplyEnded)) == 1
