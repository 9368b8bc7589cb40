"""A bad network between visitor and server, the same one again for the same seed.

`Line` is pure: packets go in at a time, the times at which they arrive come out. `impair` puts one line into each
direction of a WebRTC transport, under everything it carries: handshake, sound, pictures and events alike.
`dead_stun` is a STUN server that never answers.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

WAITING = 4096  # packets on their way at once; more are lost
OVERTAKEN_S = 0.03  # how much later a packet comes that is overtaken; the next one of sound comes 20 ms later
TWICE_S = 0.005  # between the two arrivals of a packet that comes twice


@dataclass(frozen=True)
class Impairment:
    """What the network does to packets, in each direction."""

    loss: float = 0.0  # share of packets that never arrive, 0 to 1
    burst: float = 1.0  # number of packets lost together: the mean (Gilbert's model),
    delay_ms: float = 0.0  # every packet takes at least so long
    jitter_ms: float = 0.0  # and up to so much longer
    reorder: float = 0.0  # share of packets that the next ones overtake
    seed: int = 1
    even: bool = False  # or exactly so many each time
    duplicate: float = 0.0  # share of packets that arrive twice

    def __post_init__(self) -> None:
        for name in ("loss", "reorder", "duplicate"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)} must be a share: at least 0 and below 1")
        for name in ("delay_ms", "jitter_ms"):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name} = {getattr(self, name)} must lie between 0 and 10000")
        if self.burst < 1:
            raise ValueError(f"burst = {self.burst} must be at least 1: so many packets are lost together")

    @property
    def perfect(self) -> bool:
        return self == Impairment(burst=self.burst, seed=self.seed, even=self.even)


class Line:
    """One direction. Jitter keeps the order, as a queue in a router does; only `reorder` breaks it."""

    def __init__(self, impairment: Impairment, direction: str) -> None:
        self._impairment = impairment
        self._random = random.Random(f"{impairment.seed} {direction}")
        self._losing = False
        self._lost = 0  # of the burst in progress
        self._last = 0.0

    def arrivals(self, at: float) -> list[float]:
        """When a packet sent at `at` (seconds) arrives: never, once, or twice."""
        wish, dice = self._impairment, self._random
        losing = self._loses()
        late_ms, overtaken = dice.random() * wish.jitter_ms, dice.random() < wish.reorder
        twice = wish.duplicate > 0 and dice.random() < wish.duplicate
        if losing:
            return []
        due = max(at + (wish.delay_ms + late_ms) / 1000, self._last)
        if overtaken:
            return [due + OVERTAKEN_S]
        self._last = due
        return [due, due + TWICE_S] if twice else [due]

    def _loses(self) -> bool:
        wish, dice = self._impairment, self._random
        end_burst = 1 / wish.burst
        begin_burst = wish.loss * end_burst / (1 - wish.loss)
        if self._losing:
            self._losing = self._lost < wish.burst if wish.even else dice.random() >= end_burst
        else:
            self._losing, self._lost = dice.random() < begin_burst, 0
        self._lost += 1
        return self._losing


def impair(transport: Any, impairment: Impairment) -> asyncio.Task[None]:
    """Put the impairment under an aiortc ICE transport. Returns the task to cancel when the visit is over."""
    loop = asyncio.get_running_loop()
    up, down = Line(impairment, "up"), Line(impairment, "down")
    send, receive = transport._send, transport._recv
    arrived: asyncio.Queue[bytes | Exception] = asyncio.Queue()
    connected = asyncio.Event()  # before, nothing can be received
    sending: set[asyncio.Task[None]] = set()
    on_their_way = 0

    async def deliver(data: bytes, wait_s: float) -> None:
        nonlocal on_their_way
        try:
            await asyncio.sleep(wait_s)
            await send(data)
        except ConnectionError:
            pass  # the line was closed while the packet was on it
        finally:
            on_their_way -= 1

    async def send_impaired(data: bytes) -> None:
        nonlocal on_their_way
        now = loop.time()
        for due in up.arrivals(now):
            if due <= now:
                await send(data)
            elif on_their_way < WAITING:
                on_their_way += 1
                task = loop.create_task(deliver(data, due - now))
                sending.add(task)
                task.add_done_callback(sending.discard)

    async def receive_impaired() -> bytes:
        connected.set()
        data = await arrived.get()
        if isinstance(data, Exception):
            arrived.put_nowait(data)
            raise data
        return data

    async def pump() -> None:
        await connected.wait()
        try:
            while True:
                data = await receive()
                now = loop.time()
                for due in down.arrivals(now):
                    if arrived.qsize() < WAITING:
                        loop.call_at(due, arrived.put_nowait, data)
        except ConnectionError as error:
            arrived.put_nowait(error)

    transport._send, transport._recv = send_impaired, receive_impaired
    return loop.create_task(pump())


@contextmanager
def dead_stun() -> Iterator[str]:
    """The address of a STUN server that takes everything and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"stun:127.0.0.1:{silent.getsockname()[1]}"
