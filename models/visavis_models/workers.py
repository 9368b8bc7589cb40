"""Threads for models: one queue per loaded model, so that nothing blocking ever runs on the event loop.

A worker runs one call at a time (or `concurrency` of them for remote endpoints). Its queue is bounded: a full queue is
an error that says so. Streams make one hop per step, so a cancelled reply stops at the next step, and those of several
sessions go on step by step in turn; what cannot be mixed so (a picture) waits in the worker's `line`. Painters and
trainers run at a lower OS priority, so that a picture never holds up a 20 ms frame of sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, runtime_checkable

from visavis_models.errors import ModelError
from visavis_models.line import Line

T = TypeVar("T")


@runtime_checkable
class Stoppable(Protocol):
    """A generator whose steps take long, and whose step in flight can be ended from another thread."""

    def stop(self) -> None: ...


class Worker:
    """`concurrency` threads that own one blocking model; calls queue up in order."""

    def __init__(self, name: str, *, concurrency: int = 1, queue: int = 64, niceness: int = 0) -> None:
        self.name = name
        self._room = queue
        self._waiting = 0
        self.line = Line(name, concurrency)
        self._threads = ThreadPoolExecutor(
            concurrency, thread_name_prefix=f"model-{name}", initializer=_lower_priority, initargs=(niceness,)
        )

    @property
    def idle(self) -> bool:
        """No call runs and none waits."""
        return not self._waiting

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """Run one short blocking call. A cancelled caller leaves at once; the call itself runs to its end."""
        if self._waiting >= self._room:
            raise ModelError(f"the {self.name} model has {self._room} calls waiting: the machine is overloaded")
        self._waiting += 1
        try:
            future = self._threads.submit(call, *args)
        except BaseException:
            self._waiting -= 1
            raise
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _on_loop(loop, self._one_less))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            raise

    async def stream(self, steps: Generator[T, None, None]) -> AsyncGenerator[T, None]:
        """One hop per step. Use with `contextlib.aclosing`, which closes the generator on its own thread."""
        done = object()
        try:
            while (item := await self.run(next, steps, done)) is not done:
                yield item
        finally:
            if isinstance(steps, Stoppable):
                steps.stop()
            self._threads.submit(_close, steps)  # queued behind the step in flight

    def close(self) -> None:
        """Let the call in flight finish; drop what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _one_less(self) -> None:
        self._waiting -= 1


def _on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


def _close(steps: Generator[Any, None, None]) -> None:
    with contextlib.suppress(ValueError):  # still running in another thread of a concurrent worker: it ends by itself
        steps.close()


def _lower_priority(niceness: int) -> None:
    """On Linux a thread has its own niceness, addressed by its thread id."""
    if niceness and hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
