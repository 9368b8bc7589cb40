"""`python -m visavis_agents.overheard FILE ...`: what a conversation makes of whole recordings, without waiting.

Each recording is said into a session of its own on a clock that jumps, with the real models of the ears. Everything on
the way of a word is as it is live (voice activity, partial transcripts, the pause, the end of the turn), only models
take a stated time, nobody answers with more than a moment's sound, and no network lies between. One JSON line a file:
{"file", "text", "utterances"}. The bench sets it against `visavis_models.transcribe`, which hears them as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
import soundfile
import soxr

from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.errors import ModelError
from visavis_models.load import load
from visavis_models.packs import Packs
from visavis_models.ports import HEARING_RATE, Message, Pcm, Spoken, ToolSpec
from visavis_models.profiles import choices
from visavis_models.senses import Sense, Senses
from visavis_models.settings import Ability, ModelSettings
from visavis_models.workers import Worker

T = TypeVar("T")

BEFORE_S, AFTER_S = 1.0, 2.5  # of silence round a recording
STEP = HEARING_RATE // 50  # sound comes in pieces of 20 ms
# What a call takes on two cores: voice activity, recognition, end of turn, an answer's first words and sound.
ACTIVITY_S, RECOGNITION_S, TURN_END_S, ANSWER_S = 0.001, 0.08, 0.05, 0.03


class Stated:
    """A worker without a thread: calls queue up, and each takes `seconds` on the clock that jumps."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.idle = True
        self._seconds = seconds
        self._turn = asyncio.Lock()

    async def run(self, call: Callable[..., T], *args: Any, within_s: float = 0.0) -> T:
        async with self._turn:
            await asyncio.sleep(self._seconds)
            return call(*args)

    async def stream(
        self, steps: Generator[T, None, None], within_s: Callable[[], float] = lambda: 0.0
    ) -> AsyncGenerator[T, None]:
        with contextlib.closing(steps):
            for step in steps:
                await asyncio.sleep(self._seconds)
                yield step

    def close(self) -> None:
        pass


class Terse:
    """A language that says "Yes.", and a voice that is heard for a moment."""

    sees, knows, calls_tools, concurrency = False, True, False, 1

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str, None, None]:
        yield "Yes."

    def warm(self, messages: Sequence[Message]) -> None:
        pass

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        yield Spoken(np.full(HEARING_RATE // 10, 1e-3, np.float32), HEARING_RATE)


@dataclass
class Ears:
    """The chosen models of hearing, loaded once."""

    settings: ModelSettings = field(default_factory=ModelSettings)

    def __post_init__(self) -> None:
        packs = Packs(self.settings.packs)
        chosen = choices(self.settings)
        names: tuple[Ability, ...] = ("voice_activity", "recognizer", "turn_end")
        self.ports = {name: load(name, chosen[name], packs) for name in names if name in chosen}

    def senses(self) -> Senses:
        def sense(port: Any, seconds: float) -> Any:
            return Sense(port, cast(Worker, Stated(type(port).__name__, seconds)))

        turn_end = self.ports.get("turn_end")
        return Senses(
            voice_activity=sense(self.ports["voice_activity"], ACTIVITY_S),
            recognizer=sense(self.ports["recognizer"], RECOGNITION_S),
            turn_end=sense(turn_end, TURN_END_S) if turn_end else None,
            language=sense(Terse(), ANSWER_S),
            voice=sense(Terse(), ANSWER_S),
        )


def overhear(ears: Ears, pcm: Pcm, settings: AgentSettings | None = None) -> list[ev.Event]:
    """All events of a session in which pcm (samples,), 16 kHz, is said, with silence round it."""
    silence = [np.zeros(round(seconds * HEARING_RATE), np.float32) for seconds in (BEFORE_S, AFTER_S)]
    return play(_session(ears, np.concatenate([silence[0], pcm, silence[1]]), settings or AgentSettings()))


async def _session(ears: Ears, pcm: Pcm, settings: AgentSettings) -> list[ev.Event]:
    events: list[ev.Event] = []
    session = Session(
        id="overheard",
        role=msgspec.structs.replace(load_role("companion"), greeting="", nudge=""),
        senses=ears.senses(),
        settings=settings,
        clock=asyncio.get_running_loop().time,
        emit=events.append,
        room=_room,
    )
    running = asyncio.create_task(session.run())
    await asyncio.sleep(0)
    session.attached(resumed=False)
    for at in range(0, pcm.size, STEP):
        await asyncio.sleep((at + STEP) / HEARING_RATE - asyncio.get_running_loop().time())
        session.listen(pcm[at : at + STEP], at / HEARING_RATE)
        session.speech.pull()
    await session.close("heard")
    await running
    return events


async def _room() -> None:
    return


def said(events: Sequence[ev.Event]) -> list[str]:
    """The texts of the utterances, as the page and the visitor put them together."""
    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, ev.UserFinal):
            texts.pop(event.joins, None)  # its words are the first of these
            texts[event.utterance] = event.text
    return [text for text in texts.values() if text]


def main(files: list[str]) -> int:
    """Exit status: 0, or 2 with one line on what is wrong."""
    try:
        ears = Ears()
        for file in files:
            sound, rate = soundfile.read(file, dtype="float32", always_2d=True)
            pcm: Pcm = np.asarray(soxr.resample(sound.mean(axis=1), rate, HEARING_RATE), np.float32)
            texts = said(overhear(ears, pcm))
            line = {"file": str(Path(file)), "text": " ".join(texts), "utterances": len(texts)}
            print(json.dumps(line), flush=True)
    except (ModelError, OSError, soundfile.LibsndfileError) as error:
        print(f"visavis: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
