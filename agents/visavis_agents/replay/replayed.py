"""The same conversation again: a tape's lines brought into today's session, and where it decides differently.

As long as all that goes out is as on the tape, every line is brought in where it stands, and the run is the recorded
one, bit for bit. From the first difference on the tape is only a memory of the world: the microphone, the client and
the loudspeaker act as they did; a model that is asked what it was asked then answers what it answered then, after as
long; asked something new it answers what it said to the most similar question nearest in time (a stand-in).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from visavis_agents.replay import tape, taps
from visavis_agents.replay.recalled import REAL, Recalled
from visavis_agents.replay.recorded import heard, wall_clock
from visavis_agents.replay.virtual import VirtualLoop
from visavis_agents.seeing.sight import Frame
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.ports import Pcm, Picture
from visavis_models.senses import Senses

LATE_S = 0.021  # in a run that differs, timers ring by themselves when nothing else has come in for so long


@dataclass(frozen=True)
class Difference:
    """The first one: after `came` had come in at session time t. None: nothing."""

    t: float
    came: tape.Line
    then: tape.Line | None
    now: tape.Line | None


@dataclass
class Outcome:
    """What went out then and now, line by line. stand_ins: calls answered by something similar."""

    then: list[tape.Line]
    now: list[tape.Line] = field(default_factory=list)
    difference: Difference | None = None
    stand_ins: list[str] = field(default_factory=list)
    failed: BaseException | None = None  # what today's session broke on


def replay(
    lines: Sequence[tape.Line],
    microphone: NDArray[np.int16],
    find: Callable[[str], bytes],
    senses: Senses | None = None,
) -> Outcome:
    """lines: a whole tape. microphone: all its samples; silence is heard where they are missing. find: a picture's
    bytes by its name. senses: models to be run again, as far as a tape holds what they need. Raises TapeError."""
    if not lines or not isinstance(lines[0], tape.Header):
        raise tape.TapeError("it does not begin with its header")
    return _Run(lines[0], lines[1:], microphone, find, senses).play()


class _Run:
    def __init__(
        self,
        header: tape.Header,
        lines: Sequence[tape.Line],
        microphone: NDArray[np.int16],
        find: Callable[[str], bytes],
        senses: Senses | None,
    ) -> None:
        self._lines = lines
        self._microphone = microphone
        self._place = 0  # in it
        self._outcome = Outcome([line for line in lines if isinstance(line, tape.Out)])
        self._came: tape.Line = header
        self._last = next((line for line in reversed(lines) if isinstance(line, tape.In)), None)
        self._loop = loop = VirtualLoop(next((line.t for line in lines if isinstance(line, tape.In)), 0.0))
        again = lambda ability: senses is not None and ability in REAL  # noqa: E731
        self._world = Recalled(lines, loop, find, self._out, lambda: self._outcome.difference is None, again)
        self._tasks: list[asyncio.Task[None]] = []
        knowledge: Any = taps.TappedKnowledge(self._world) if header.knows else None
        self._session = Session(
            id=header.session,
            role=header.role,
            senses=taps.tapped(self._world, header.faces, senses),
            settings=_settings(header.settings),
            clock=loop.time,
            emit=lambda event: self._out(tape.told(event)),
            room=self._world.room,
            now=wall_clock(header, loop.time),
            notice=header.notice,
            kept=header.kept,
            knowledge=knowledge,
            watch=lambda event, effects: self._out(tape.stepped(event, effects)),
        )

    def play(self) -> Outcome:
        try:
            self._play()
        finally:
            self._leave()
        return self._outcome

    def _play(self) -> None:
        out = 0  # lines of the tape that had gone out
        for line in self._lines:
            if isinstance(line, tape.Out):
                out += 1
            elif isinstance(line, tape.In):
                self._nothing_missing(out)
                self._came = line
                if self._outcome.difference is not None:
                    self._ring_until(line.t - LATE_S)
                self._loop.enter(line.t, self._bring, line)
        self._nothing_missing(out)
        self._outcome.stand_ins = self._world.stand_ins

    def _bring(self, line: tape.In) -> None:
        session = self._session
        match line:
            case tape.Begun():
                self._begin(session.run())
            case tape.Sound(at=at, n=n):
                session.listen(self._sound(n), at)
            case tape.Seen(at=at, error_s=error_s, size=size):
                session.see(Frame(at, _no_picture, error_s, size))
            case tape.Received(event=event):
                session.receive(event)
            case tape.Attached(resumed=resumed):
                session.attached(resumed)
            case tape.Detached(since=since):
                session.detached(since)
            case tape.Pulled():
                session.speech.pull()
            case tape.Closing(reason=reason, finish=finish):
                self._begin(session.close(reason, finish))
            case tape.Answered(call=call) | tape.Ended(call=call) | tape.Failed(call=call):
                waiting = self._world.waiting.get(call)
                if waiting is not None and waiting.by_tape:
                    waiting.give(line)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self._loop.create_task(work))

    def _sound(self, n: int) -> Pcm:
        samples = self._microphone[self._place : self._place + n]
        self._place += n
        return heard(np.concatenate([samples, np.zeros(n - len(samples), np.int16)]))

    def _ring_until(self, t: float) -> None:
        while (due := self._loop.due()) is not None and due < t:
            self._loop.enter(due)

    def _leave(self) -> None:
        """The tape may end before the conversation did."""
        for task in self._tasks:
            self._loop.enter(self._loop.time(), task.cancel)
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                self._outcome.failed = error

    # --- comparing ---------------------------------------------------------------------------------------------------

    def _out(self, line: tape.Line) -> None:
        outcome = self._outcome
        place = len(outcome.now)
        if outcome.difference is None and place == len(outcome.then) and self._came is self._last:
            return  # the tape was cut off before what followed was written
        outcome.now.append(line)
        if outcome.difference is None:
            then = outcome.then[place] if place < len(outcome.then) else None
            if then is None or tape.encode(then) != tape.encode(line):
                outcome.difference = Difference(self._loop.time(), self._came, then, line)

    def _nothing_missing(self, out: int) -> None:
        """All that had gone out on the tape by now has gone out here too."""
        outcome = self._outcome
        if outcome.difference is None and len(outcome.now) < out:
            then = outcome.then[len(outcome.now)]
            outcome.difference = Difference(self._loop.time(), self._came, then, None)


def _settings(given: dict[str, Any]) -> AgentSettings:
    """Those of today that were set then; one that has gone is left out."""
    return AgentSettings(**{name: value for name, value in given.items() if name in AgentSettings.model_fields})


def _no_picture() -> Picture:
    return np.zeros((1, 1, 3), np.uint8)


def story(lines: Sequence[tape.Line]) -> list[str]:
    """What was said and done, in plain lines, without times: what a change of version is judged by."""
    told: list[str] = []
    for line in lines:
        if not isinstance(line, tape.Told):
            continue
        match line.event:
            case {"type": "user.final", "text": text}:
                told.append(f"user: {text}")
            case {"type": "user.dropped", "reason": reason}:
                told.append(f"not answered: {reason}")
            case {"type": "reply.ended", "text": text}:
                told.append(f"assistant: {text}")
            case {"type": "reply.cut", "heard": words}:
                told.append(f"assistant, cut off: {words}")
            case {"type": "tool.started", "name": name, "arguments": arguments}:
                told.append(f"tool: {name} {msgspec.json.encode(arguments).decode()}")
            case {"type": "picture.done", "alt": alt}:
                told.append(f"picture: {alt}")
            case {"type": "trouble", "what": what}:
                told.append(f"trouble: {what}")
    return told
