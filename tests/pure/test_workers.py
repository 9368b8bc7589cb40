"""Threads for models: what is wanted first goes first, and nobody waits for what will not come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import aclosing
from functools import wraps
from typing import Any

import pytest

from visavis_models.errors import ModelError
from visavis_models.workers import Worker


def on_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    return wraps(test)(lambda: asyncio.run(test()))


class Held:
    """A call that keeps a worker's thread until it is let go."""

    def __init__(self) -> None:
        self.begun, self._go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self._go.wait(10)

    def let_go(self) -> None:
        self._go.set()


async def holding(worker: Worker) -> tuple[Held, asyncio.Task[None]]:
    held = Held()
    task = asyncio.create_task(worker.run(held))
    assert await asyncio.to_thread(held.begun.wait, 10)
    return held, task


@on_a_loop
async def test_of_those_that_wait_the_one_wanted_first_goes_first() -> None:
    worker, order = Worker("model"), list[str]()
    held, first = await holding(worker)
    wanted = {"ahead": 1.0, "partial": 0.3, "now": 0.0, "now, too": 0.0, "late": -2.0}
    waiting = [asyncio.create_task(worker.run(order.append, name, within_s=s)) for name, s in wanted.items()]
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(first, *waiting)
    worker.close()
    assert order == ["late", "now", "now, too", "partial", "ahead"]


@on_a_loop
async def test_a_stream_that_is_not_needed_yet_lets_others_pass() -> None:
    worker, order = Worker("model"), list[str]()

    def steps(name: str) -> Generator[int, None, None]:
        for n in range(3):
            order.append(name)
            yield n

    async def read(name: str, within_s: float) -> None:
        async with aclosing(worker.stream(steps(name), lambda: within_s)) as stream:
            async for _ in stream:
                pass

    held, first = await holding(worker)
    reading = [asyncio.create_task(read("told", 5.0)), asyncio.create_task(read("asked", -0.5))]
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(first, *reading)
    worker.close()
    assert order[0] == "asked"  # though it came second
    assert sorted(order) == ["asked"] * 3 + ["told"] * 3


@on_a_loop
async def test_who_left_is_not_worked_for() -> None:
    worker, order = Worker("model"), list[str]()
    held, first = await holding(worker)
    gone = asyncio.create_task(worker.run(order.append, "gone"))
    stays = asyncio.create_task(worker.run(order.append, "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(first, stays)
    worker.close()
    assert order == ["stays"]


@on_a_loop
async def test_a_closed_worker_leaves_nobody_waiting() -> None:
    worker = Worker("model")
    held, first = await holding(worker)
    waiting = asyncio.create_task(worker.run(int))
    await asyncio.sleep(0)
    worker.close()
    held.let_go()
    await first
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(RuntimeError):
        await worker.run(int)


@on_a_loop
async def test_a_full_queue_says_so_and_is_free_again() -> None:
    worker = Worker("model", room=2)
    held, first = await holding(worker)
    waiting = asyncio.create_task(worker.run(int))
    await asyncio.sleep(0)
    with pytest.raises(ModelError, match="2 calls waiting: the machine is overloaded"):
        await worker.run(int)
    held.let_go()
    await asyncio.gather(first, waiting)
    assert await worker.run(int) == 0
    worker.close()


@on_a_loop
async def test_what_a_call_raises_reaches_who_asked() -> None:
    worker = Worker("model")

    def fail() -> None:
        raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        await worker.run(fail)
    assert await worker.run(int) == 0
    worker.close()


@on_a_loop
async def test_a_worker_is_idle_when_no_call_runs_and_none_waits() -> None:
    worker = Worker("model")
    assert worker.idle
    held, first = await holding(worker)
    assert not worker.idle
    held.let_go()
    await first
    assert worker.idle
    worker.close()
