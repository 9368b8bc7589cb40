"""The world of a tape: models that answer as they did then, for a session that runs again (see `replayed.py`)."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from visavis_agents.replay import tape, taps
from visavis_agents.replay.virtual import VirtualLoop
from visavis_models.errors import ModelError
from visavis_models.ports import Spoken

REAL = frozenset({"voice_activity", "turn_end", "recognizer", "language", "voice"})  # may be run again from a tape
RATE = 24_000  # of a stand-in's voice
LETTER_S = 0.065  # what it takes to say one letter

END = object()


@dataclass(eq=False)
class Memory:
    """One call on the tape, made at session time t. answers: after how many seconds which line came."""

    asked: tape.Asked
    t: float
    answers: list[tuple[float, tape.In]] = field(default_factory=list)
    used: bool = False

    @property
    def name(self) -> str:
        return self.asked.what.partition("(")[0]


def remembered(lines: Sequence[tape.Line]) -> list[Memory]:
    """All calls in their order: number n is at n - 1. Raises TapeError where they are not numbered so."""
    calls: list[Memory] = []
    t = 0.0
    for line in lines:
        match line:
            case tape.Asked(call=call):
                if call != len(calls) + 1:
                    raise tape.TapeError(f"call {call} follows call {len(calls)}")
                calls.append(Memory(line, t))
            case tape.Answered(call=call) | tape.Ended(call=call) | tape.Failed(call=call):
                if not 0 < call <= len(calls):
                    raise tape.TapeError(f"call {call} is answered before it is made")
                calls[call - 1].answers.append((line.t - calls[call - 1].t, line))
        if isinstance(line, tape.In):
            t = line.t
    return calls


class Waiting:
    """A call and what it has given so far, one thing at a time.

    by_tape: its answers come where they are on the tape. open: more may come."""

    def __init__(self, loop: VirtualLoop, ability: str, find: Callable[[str], bytes]) -> None:
        self.ability = ability
        self.by_tape = True
        self.open = True
        self._loop = loop
        self._find = find
        self._given: deque[tape.In | Exception | Any] = deque()
        self._next: asyncio.Future[None] | None = None

    def give(self, line: Any) -> None:
        """A line of the tape, or a value. Raises TapeError."""
        self._given.append(tape.unpack(line.value, self._find) if isinstance(line, tape.Answered) else line)
        if self._next is not None and not self._next.done():
            self._next.set_result(None)

    async def next(self) -> Any:
        """Raises ModelError where the call failed."""
        while not self._given:
            self._next = self._loop.create_future()
            try:
                await self._next
            except asyncio.CancelledError:
                self.open = False
                raise
        match self._given.popleft():
            case tape.Ended():
                self.open = False
                return END
            case tape.Failed(error=error, spoken=spoken):
                self.open = False
                raise ModelError(error, spoken)
            case ModelError() as failed:
                raise failed
            case value:
                return value


class Recalled:
    """See `taps.World`. out: takes what goes out; exact(): nothing has differed so far. again: run models for real."""

    def __init__(
        self,
        lines: Sequence[tape.Line],
        loop: VirtualLoop,
        find: Callable[[str], bytes],
        out: Callable[[tape.Line], None],
        exact: Callable[[], bool],
        again: Callable[[str], bool] = lambda ability: False,
    ) -> None:
        self.stand_ins: list[str] = []  # calls that were answered by something similar
        self.waiting: dict[int, Waiting] = {}
        self._loop = loop
        self._find = find
        self._out = out
        self._exact = exact
        self._again = again
        self._numbers = itertools.count(1)
        self._memory = remembered(lines)
        self._same: dict[tuple[str, str], list[Memory]] = defaultdict(list)  # by what was asked
        self._kin: dict[tuple[str, ...], list[Memory]] = defaultdict(list)  # by its name, and by how it ended too
        for memory in self._memory:
            ability, what = memory.asked.ability, memory.asked.what
            self._same[ability, what].append(memory)
            if memory.answers:
                self._kin[ability, memory.name].append(memory)
                self._kin[ability, memory.name, _ending(what)].append(memory)
        self._looks: dict[str, deque[bool]] = defaultdict(deque)
        for line in lines:
            if isinstance(line, tape.Looked):
                self._looks[line.ability].append(line.idle)
        voices = [memory for memory in self._memory if memory.asked.ability == "voice_activity"]
        self._voice = [p for memory in voices for _, line in memory.answers for p in _numbers(line)]
        self._heard = 0  # frames whose voice was asked for
        speaks = [memory.answers[0][0] for memory in self._memory if memory.name == "speak" and memory.answers]
        self._speak_s = statistics.median(speaks) if speaks else 0.1

    def idle(self, ability: str) -> bool:
        looks = self._looks[ability]
        busy = any(waiting.open and waiting.ability == ability for waiting in self.waiting.values())
        idle = looks.popleft() if looks and self._exact() else not busy
        self._out(tape.Looked(ability, idle))
        return idle

    async def run(self, call: taps.Call) -> Any:
        waiting = self._ask(call)
        answer = await waiting.next()
        waiting.open = False
        return answer

    async def stream(self, call: taps.Call) -> AsyncGenerator[Any, None]:
        waiting = self._ask(call, stream=True)
        try:
            while (item := await waiting.next()) is not END:
                yield item
        finally:
            waiting.open = False

    async def room(self) -> None:
        await self.run(taps.Call("room", "room", (), lambda: None, method=False))

    def _ask(self, call: taps.Call, stream: bool = False) -> Waiting:
        number = next(self._numbers)
        self._out(tape.Asked(number, call.ability, call.what))
        waiting = self.waiting[number] = Waiting(self._loop, call.ability, self._find)
        frames = len(call.arguments[0]) if call.ability == "voice_activity" and call.arguments else 0
        if self._again(call.ability):
            waiting.by_tape = False
            self._compute(call, stream, waiting)
        elif self._exact():
            self._memory[number - 1].used = True
        else:
            waiting.by_tape = False
            self._recall(call, stream, frames, waiting)
        self._heard += frames
        return waiting

    def _compute(self, call: taps.Call, stream: bool, waiting: Waiting) -> None:
        """Do it for real, at once; it takes its real time on the virtual clock."""
        began = time.perf_counter()
        given: list[tuple[float, Any]] = []
        try:
            values: Iterator[Any] = iter(call.make()) if stream else iter((call.make(),))
            for value in values:
                given.append((time.perf_counter() - began, value))
        except ModelError as error:
            given.append((time.perf_counter() - began, error))
        if stream:
            given.append((time.perf_counter() - began, END))
        self._give_later(waiting, given)

    def _recall(self, call: taps.Call, stream: bool, frames: int, waiting: Waiting) -> None:
        what = call.what
        same = self._same.get((call.ability, what), [])
        fresh = [memory for memory in same if not memory.used] or same
        if frames and self._heard + frames <= len(self._voice):  # the microphone is the same, whatever else is not
            voice = self._voice[self._heard : self._heard + frames]
            self._give_later(waiting, [(self._nearest(call)[1], voice)])
        elif fresh:
            memory = min(fresh, key=lambda memory: abs(memory.t - self._loop.time()))
            memory.used = True
            self._give_later(waiting, memory.answers)
        elif not call.method and call.ability == "voice":
            self._give_later(waiting, [(0.001, call.make())])  # no model, only arithmetic
        elif call.name == "speak":
            self.stand_ins.append(f"voice: {what}")
            pcm = np.zeros(round(RATE * max(0.2, LETTER_S * len(str(call.arguments[0])))), np.float32)
            self._give_later(waiting, [(self._speak_s, Spoken(pcm, RATE)), (self._speak_s, END)])
        else:
            self.stand_ins.append(f"{call.ability}: {what}")
            memory_, delay_s = self._nearest(call)
            if memory_ is not None and memory_.answers:
                self._give_later(waiting, memory_.answers)
            else:
                nothing: Any = END if stream else ModelError("there is no answer to this on the tape")
                self._give_later(waiting, [(delay_s, nothing)])

    def _nearest(self, call: taps.Call) -> tuple[Memory | None, float]:
        """The call of that name made nearest to now, and how long its first answer took."""
        name = (call.ability, call.name)
        kin = self._kin.get((*name, _ending(call.what))) or self._kin.get(name)
        if not kin:
            return None, 0.05
        now = self._loop.time()
        after = bisect_left(kin, now, key=_made)
        before = bisect_left(kin, kin[max(0, after - 1)].t, key=_made)  # the first of those made at once
        nearest = min((kin[before], *kin[after : after + 1]), key=lambda memory: abs(memory.t - now))
        return nearest, nearest.answers[0][0]

    def _give_later(self, waiting: Waiting, given: Sequence[tuple[float, Any]]) -> None:
        for after_s, value in given:
            self._loop.call_later(after_s, waiting.give, value)


def _made(memory: Memory) -> float:
    return memory.t


def _numbers(line: tape.In) -> list[float]:
    """A list of probabilities that came as an answer."""
    value = line.value if isinstance(line, tape.Answered) else None
    return [float(p) for p in value] if isinstance(value, list) else []


def _ending(what: str) -> str:
    """True or False, where a question ends so: a partial transcript is no stand-in for a final one."""
    return next((ending for ending in ("True)", "False)") if what.endswith(ending)), "")
