"""Threads for models: one queue per loaded model, so that nothing blocking ever runs on the event loop.

A worker runs one call at a time (or `concurrency` of them for remote endpoints): of those that wait, the one whose
result is wanted first. Its queue is bounded: a full queue is an error that says so. Streams make one hop per step, so
a cancelled reply stops at the next step, and whoever waits for a first word goes before those whose next sentence is
not needed yet; what cannot be mixed so (a picture) waits in the worker's `line`. Models run at a lower OS priority than
the event loop, painters at a lower one still: none of them holds up a 20 ms frame of sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

from visavis_models.errors import ModelError
from visavis_models.line import Line

T = TypeVar("T")


@runtime_checkable
class Stoppable(Protocol):
    """A generator whose steps take long, and whose step in flight can be ended from another thread."""

    def stop(self) -> None: ...


class Worker:
    """`concurrency` threads that own one blocking model; calls queue up by the time they are wanted."""

    def __init__(self, name: str, *, concurrency: int = 1, room: int = 64, niceness: int = 0) -> None:
        self.name = name
        self.line = Line(name, concurrency)
        self._room = room
        self._numbers = itertools.count()  # of the calls: those wanted at the same time go in order
        self._calls: list[Any] = []  # a heap without a lock: the loop must not wait for a thread that lost the CPU
        self._running: set[int] = set()  # threads
        self._threads = ThreadPoolExecutor(
            concurrency, thread_name_prefix=f"model-{name}", initializer=lower_priority, initargs=(niceness,)
        )

    @property
    def idle(self) -> bool:
        """No call runs and none waits."""
        return not self._calls and not self._running

    async def run(self, call: Callable[..., T], *args: Any, within_s: float = 0.0) -> T:
        """Run one short blocking call. A cancelled caller leaves at once; the call itself runs to its end.

        within_s: seconds from now in which the result is wanted; below 0: since when it has been."""
        if len(self._calls) + len(self._running) >= self._room:
            raise ModelError(f"the {self.name} model has {self._room} calls waiting: the machine is overloaded")
        wanted_s = time.monotonic() + within_s
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._calls, (wanted_s, next(self._numbers), future, partial(call, *args)))
        self._threads.submit(self._next)
        return await future

    async def stream(
        self, steps: Generator[T, None, None], within_s: Callable[[], float] = lambda: 0.0
    ) -> AsyncGenerator[T, None]:
        """One hop per step. Use with `contextlib.aclosing`, which closes the generator on its own thread.

        within_s: as in `run`, asked before every step."""
        done = object()
        try:
            while (item := await self.run(next, steps, done, within_s=within_s())) is not done:
                yield item
        finally:
            if isinstance(steps, Stoppable):
                steps.stop()
            self._threads.submit(_close, steps)  # queued behind the step in flight

    def close(self) -> None:
        """Let the call in flight finish; drop what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        while self._calls:
            self._calls.pop()[2].cancel()

    def _next(self) -> None:
        """On a thread: the call that is wanted first."""
        thread = threading.get_ident()
        self._running.add(thread)
        with contextlib.suppress(IndexError, RuntimeError):  # closed meanwhile, or its loop is
            _, _, future, call = heapq.heappop(self._calls)
            if not future.cancelled():
                settle = partial(_settle, future, *_outcome(call))
                self._running.discard(thread)
                future.get_loop().call_soon_threadsafe(settle)
        self._running.discard(thread)


def _outcome(call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:
        return None, error


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """On the loop: tell whoever still waits."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _close(steps: Generator[Any, None, None]) -> None:
    with contextlib.suppress(ValueError):  # still running in another thread of a concurrent worker: it ends by itself
        steps.close()


def lower_priority(niceness: int) -> None:
    """Of this thread and those that it starts. Only on Linux has a thread a niceness of its own."""
    if niceness and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + niceness))
