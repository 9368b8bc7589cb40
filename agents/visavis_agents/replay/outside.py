"""What a session on an island (`recorded.py`) asks of models and of its connection, done on the outer loop.

Whatever comes of it is written to the tape and brought in like everything else.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from visavis_agents.knowledge import Knowledge
from visavis_agents.replay import tape, taps
from visavis_agents.replay.virtual import VirtualLoop
from visavis_models.errors import ModelError
from visavis_models.workers import Worker

log = logging.getLogger(__name__)


class Tape(Protocol):
    """Where the lines go. Nothing here blocks or fails; a tape that is over takes everything and keeps nothing."""

    def write(self, line: tape.Line) -> None: ...
    def sound(self, pcm: NDArray[np.int16]) -> None:
        """(samples,), 16 kHz: the microphone."""

    def keep(self, data: bytes) -> str:
        """Put a picture into a file of its own; returns its name."""


class Outside:
    """The models and the connection, as a session on an island reaches them (see `taps.World`).

    Every call runs on the outer loop; what it gives is brought in like everything else."""

    def __init__(self, island: VirtualLoop, to: Tape, enter: Callable[..., None], t: Callable[[], float]) -> None:
        self._outer = asyncio.get_running_loop()
        self._island = island
        self._tape = to
        self._enter = enter
        self._t = t
        self._numbers = itertools.count(1)
        self._work: set[asyncio.Task[Any]] = set()
        self.workers: dict[str, Worker] = {}
        self.knowledge: Knowledge | None = None

    def idle(self, ability: str) -> bool:
        idle = self.workers[ability].idle
        self._tape.write(tape.Looked(ability, idle))
        return idle

    async def run(self, call: taps.Call) -> Any:
        number = self._asked(call.ability, call.what)
        if (knowledge := self.knowledge) is not None and call.ability == "knowledge":
            return await self._do(number, lambda: knowledge.find(*call.arguments))
        worker = self.workers[call.ability]
        return await self._do(number, lambda: worker.run(call.make))

    async def stream(self, call: taps.Call) -> AsyncGenerator[Any, None]:
        number = self._asked(call.ability, call.what)
        worker = self.workers[call.ability]
        steps: AsyncGenerator[Any, None] = (
            worker.line.places() if call.name == taps.TURN else worker.stream(call.make())
        )
        try:
            while (item := await self._do(number, lambda: anext(steps, _END))) is not _END:
                yield item
        finally:
            self._begin(steps.aclose())

    async def room(self, wait: Callable[[], Awaitable[None]]) -> None:
        await self._do(self._asked("room", "room()"), wait)

    async def close(self) -> None:
        for task in self._work:
            task.cancel()
        if self._work:
            await asyncio.wait(self._work)

    def _asked(self, ability: str, what: str) -> int:
        number = next(self._numbers)
        self._tape.write(tape.Asked(number, ability, what))
        return number

    def _do(self, number: int, work: Callable[[], Awaitable[Any]]) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._island.create_future()
        task = self._begin(work())

        def bring(task: asyncio.Task[Any]) -> None:
            if answer.done():  # nobody waits any more
                return
            if task.cancelled():
                answer.cancel()
            elif (error := task.exception()) is not None:
                said = error.spoken if isinstance(error, ModelError) and error.spoken != str(error) else ""
                self._enter(tape.Failed(self._t(), number, str(error), said), _settle, answer, error)
            elif (value := task.result()) is _END:
                self._enter(tape.Ended(self._t(), number), _settle, answer, None, _END)
            else:
                packed = tape.pack(value, self._tape.keep)
                self._enter(tape.Answered(self._t(), number, packed), _settle, answer, None, value)

        task.add_done_callback(bring)
        answer.add_done_callback(lambda answer: answer.cancelled() and task.cancel())
        return answer

    def _begin(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        task = self._outer.create_task(_awaited(work))
        self._work.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, ModelError):
            log.error("a call of a model failed", exc_info=error)  # it may be that nobody waits for it any more


_END = object()


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


def _settle(answer: asyncio.Future[Any], error: BaseException | None, value: Any = None) -> None:
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(value)
