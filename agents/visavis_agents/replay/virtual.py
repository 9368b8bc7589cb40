"""An event loop on a clock that is set, not read: whole conversations in milliseconds, and the same every time.

Nothing here waits for sockets or threads. Two ways to use it: `play` runs a coroutine to its end and lets the clock
jump to the next timer; `enter` lets somebody outside (a recorder on a real loop, a replay) bring one thing in at a
stated time and returns when everything that follows from it at once has been done. In between nothing moves. So what
happens is a function of what was brought in and in which order.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Everybody waits, and nothing will come."""


_Loop: Any = asyncio.AbstractEventLoop  # of which only what coroutines need is here


class VirtualLoop(_Loop):
    """time() stands still until somebody moves it."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()  # timers of the same time go in the order in which they were set
        self._errors: list[BaseException] = []
        self.on_error: Callable[[BaseException], object] = self._errors.append  # what breaks a callback

    def play(self, scenario: Coroutine[Any, Any, T]) -> T:
        """Run to the end, jumping from timer to timer. Raises Deadlock if it waits for what never comes."""
        task = self.create_task(scenario)
        try:
            while not task.done():
                self.enter(self._now)
                if not task.done():
                    due = self.due()
                    if due is None:
                        raise Deadlock(f"{task.get_name()} waits for something that never comes")
                    self._now = max(self._now, due)
            result: T = task.result()
            return result
        finally:
            self._cancel_all()

    def enter(self, at: float, call: Callable[..., object] | None = None, *args: object) -> None:
        """Set the clock, do what is due, then `call`, then all that follows until everybody waits.

        Raises what `call` raises, and what broke a callback."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)  # an island: what runs now belongs to this loop alone
        try:
            self._now = max(self._now, at)
            self._run()
            if call is not None:
                call(*args)
                self._run()
        finally:
            asyncio._set_running_loop(outer)
        if self._errors:
            raise self._errors.pop(0)

    def due(self) -> float | None:
        """When the next timer rings."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _run(self) -> None:
        while True:
            while self._timers and self._timers[0][0] <= self._now:
                self._ready.append(heapq.heappop(self._timers)[2])
            if not self._ready:
                return
            for _ in range(len(self._ready)):
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()

    def _cancel_all(self) -> None:
        tasks = [task for task in asyncio.all_tasks(self) if not task.done()]
        for task in tasks:
            task.cancel()
        self.enter(self._now)

    # --- what asyncio asks of a loop ---------------------------------------------------------------------------------

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **given: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, **given)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.on_error(error)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass  # `due` drops it


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a virtual clock that starts at 0."""
    return VirtualLoop().play(scenario)
