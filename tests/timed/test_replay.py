"""Recorded and played again: bit for bit in this version, and told where a changed one decides differently."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.replay import tape
from visavis_agents.replay.replayed import Outcome, replay, story
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall

SENTENCES = ["How was your day?", "mm-hm", "Tell me about the sea.", "", "What time is it?", "Stop."]
TALKATIVE = msgspec.structs.replace(load_role("companion"), sentences=0)
LONG = "The sea is wide and blue. It holds many fish and ships. " * 3


class Memory:
    """A tape that is kept here, as it would be read from its file."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.microphone: list[np.ndarray] = []
        self.pictures: dict[str, bytes] = {}

    def write(self, line: tape.Line) -> None:
        self.lines.append(tape.encode(line))

    def sound(self, pcm: np.ndarray) -> None:
        self.microphone.append(pcm)

    def keep(self, data: bytes) -> str:
        name = f"{len(self.pictures)}"
        self.pictures[name] = data
        return name

    def replay(self, change=lambda line: line) -> Outcome:
        lines = [change(tape.decode(line)) for line in self.lines]
        sound = np.concatenate([np.zeros(0, np.int16), *self.microphone])
        return replay(lines, sound, self.pictures.__getitem__)


def recorded(*parts, **named) -> tuple[Memory, Scene]:
    scene = Scene(*parts, tape=Memory(), **named)
    play(scene.play())
    return scene.tape, scene


def typed(at: float, text: str):
    return at, lambda session: session.receive(ev.TextTyped(text=text))


def fail(messages):
    raise ModelError("the language model is out of memory")


def lookup(messages):
    return ["It is late."] if messages[-1].role == "tool" else [ToolCall("time_and_date", {"what": "time"}, "1")]


SCENES = {
    "a question": lambda: {"say": [(1.0, 2.0, 0)]},
    "an interruption": lambda: {"role": TALKATIVE, "say": [(1.0, 2.0, 2), (5.0, 6.2, 0)], "lasts_s": 16},
    "mm-hm": lambda: {"role": TALKATIVE, "say": [(1.0, 2.0, 2), (4.0, 4.3, 1)], "lasts_s": 20},
    "stop": lambda: {"role": TALKATIVE, "say": [(1.0, 2.0, 2), (4.0, 4.5, 5)]},
    "a timer": lambda: {"act": [typed(1.0, "Set a timer for 5 seconds")]},
    "a greeting and the time": lambda: {"role": load_role("kiosk"), "act": [typed(4.0, "What time is it?")]},
    "a lost line": lambda: {"role": TALKATIVE, "say": [(1.0, 2.0, 2)], "away": [(5.0, 8.0, 9.0)], "lasts_s": 20},
}


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_conversation_is_the_same_again_bit_for_bit(name: str) -> None:
    kept, scene = recorded(
        senses(SENTENCES, LONG if "sea" in str(SCENES[name]()) else "It is sunny."), **SCENES[name]()
    )
    outcome = kept.replay()
    assert outcome.difference is None
    assert [*map(tape.encode, outcome.now)] == [*map(tape.encode, outcome.then)]
    assert [line.event for line in outcome.now if isinstance(line, tape.Told)] == [
        msgspec.to_builtins(event) for event in scene.events
    ]
    assert story(outcome.now)
    assert not outcome.stand_ins


def test_recording_changes_nothing_that_is_heard_or_said() -> None:
    given = {"role": TALKATIVE, "say": [(1.0, 2.0, 2), (5.0, 6.2, 0)], "lasts_s": 16}
    plain = play(Scene(senses(SENTENCES, LONG), **given).play())
    _, scene = recorded(senses(SENTENCES, LONG), **given)
    assert [type(event) for event in scene.events] == [type(event) for event in plain.events]
    assert scene.of(ev.ReplyCut)[0].heard == plain.of(ev.ReplyCut)[0].heard
    assert scene.sounding == pytest.approx(plain.sounding, abs=0.021)


def test_failing_models_and_tools_are_on_the_tape() -> None:
    for words in (Script(fail), Script(lookup)):
        words.calls_tools = True
        kept, scene = recorded(senses(SENTENCES, words), act=[typed(1.0, "Who was the first emperor?")])
        outcome = kept.replay()
        assert outcome.difference is None
        assert scene.of(ev.ReplyEnded)


def test_a_changed_rule_is_told_at_its_first_difference_and_the_rest_is_played_on() -> None:
    kept, _ = recorded(senses(SENTENCES, "It is sunny.", complete=0.1), say=[(1.0, 2.0, 0), (6.0, 7.0, 2)], lasts_s=12)

    def impatient(line: tape.Line) -> tape.Line:
        if isinstance(line, tape.Header):
            return msgspec.structs.replace(line, settings={**line.settings, "patience_s": 0.6})
        return line

    outcome = kept.replay(impatient)
    assert outcome.difference is not None
    assert 2.0 < outcome.difference.t < 3.0
    assert story(outcome.now) == story(outcome.then)  # the same words, only sooner
    sooner = [
        [
            line.event["stages_ms"]["first_sound"]
            for line in lines
            if isinstance(line, tape.Told) and "stages_ms" in line.event
        ]
        for lines in (outcome.then, outcome.now)
    ]
    assert all(now < then - 300 for then, now in zip(*sooner, strict=True))


def test_what_was_never_said_is_stood_in_for_and_named() -> None:
    kept, _ = recorded(senses(SENTENCES, "It is sunny."), say=[(1.0, 2.0, 0)])

    def terse(line: tape.Line) -> tape.Line:
        if isinstance(line, tape.Answered) and line.value == "sunny. ":
            return msgspec.structs.replace(line, value="raining. ")
        return line

    outcome = kept.replay(terse)
    assert outcome.difference is not None
    assert "assistant: It is raining." in story(outcome.now)
    assert any("raining" in stand_in for stand_in in outcome.stand_ins)


def test_a_tape_that_was_cut_off_anywhere_is_the_same_as_far_as_it_goes() -> None:
    kept, _ = recorded(senses(SENTENCES, "It is sunny."), say=[(1.0, 2.0, 0)], lasts_s=4)
    lines = kept.lines
    for end in [*range(1, 40), *range(400, len(lines), 37), len(lines) - 1]:
        kept.lines = lines[:end]
        assert kept.replay().difference is None, end


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[1:],
        lambda lines: [],
        lambda lines: [line for line in lines if not isinstance(line, tape.Asked)],
        lambda lines: [
            msgspec.structs.replace(line, value={"array": [[10**12], "<f4"]})
            if isinstance(line, tape.Answered)
            else line
            for line in lines
        ],
        lambda lines: [
            msgspec.structs.replace(line, value={"Spoken": {"pcm": 1}}) if isinstance(line, tape.Answered) else line
            for line in lines
        ],
    ],
)
def test_a_damaged_tape_is_one_kind_of_error(spoil) -> None:
    kept, _ = recorded(senses(SENTENCES, "It is sunny."), say=[(1.0, 2.0, 0)], lasts_s=5)
    with pytest.raises(tape.TapeError):
        replay(spoil([tape.decode(line) for line in kept.lines]), np.zeros(0, np.int16), kept.pictures.__getitem__)
