"""Packets into frames: put in order, late ones waited for a little, lost ones passed over.

aiortc's own audio buffer holds 80 ms back always and, after one lost packet, 280 ms for the rest of the call. Here a
packet that comes in order leaves at once; after a gap up to `PATIENCE` packets wait for the missing one, then all leave
together, so that the delay is gone with the gap. The decoder's queue is bounded, and ending it takes one frame's time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

from aiortc.jitterbuffer import JitterFrame

PATIENCE = 3  # packets of 20 ms that wait for a missing one
RESTART = 100  # packets ahead or behind at which the sender must have started anew
DECODING = 50  # frames waiting for the decoder, at most


class Burst(JitterFrame):
    """Several frames that leave together. later: (data, timestamp) of all but the first."""

    def __init__(self, first: Any, later: list[Any]) -> None:
        super().__init__(first._data, first.timestamp)
        self.later = [(packet._data, (packet.timestamp - first.timestamp) & 0xFFFFFFFF) for packet in later]

    def frames(self) -> list[JitterFrame]:
        """All of them, on the time scale that `timestamp` has been moved to."""
        return [self, *(JitterFrame(data, self.timestamp + ahead) for data, ahead in self.later)]


class AudioBuffer:
    """Takes the place of aiortc's JitterBuffer for a track with one frame in each packet."""

    def __init__(self) -> None:
        self._next: int | None = None  # sequence number that should come next
        self._ssrc = 0
        self._waiting: dict[int, Any] = {}
        self.lost = 0

    def add(self, packet: Any) -> tuple[bool, JitterFrame | None]:
        """Returns (False, what leaves now); packets of one sender only, restarts are noticed."""
        number = packet.sequence_number
        ahead = 0 if self._next is None else _signed(number - self._next)
        if self._next is None or packet.ssrc != self._ssrc or abs(ahead) > RESTART:
            self._next, self._ssrc, ahead = number, packet.ssrc, 0
            self._waiting.clear()
        if ahead < 0:
            return False, None  # came too late, or twice
        self._waiting[number] = packet
        if ahead and len(self._waiting) > PATIENCE:
            expected = self._next
            first = min(self._waiting, key=lambda n: _signed(n - expected))
            self.lost += _signed(first - expected)
            self._next = first
        leaving = []
        while self._next in self._waiting:
            leaving.append(self._waiting.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return False, Burst(leaving[0], leaving[1:]) if leaving else None


def _signed(difference: int) -> int:
    """Sequence numbers have 16 bits and wrap."""
    return ((difference + 0x8000) & 0xFFFF) - 0x8000


class DecodeQueue(queue.Queue[Any]):
    """Frames for aiortc's decoder thread. on_full() is told when all waiting frames were thrown away."""

    def __init__(self, on_full: Callable[[], None]) -> None:
        super().__init__()
        self._on_full = on_full

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if item is None:  # the end: aiortc waits for the thread on the event loop, so leave it nothing to do
            self._clear()
            super().put(None)
            return
        codec, frame = item
        if self.qsize() >= DECODING:
            self._clear()
            self._on_full()
        for piece in frame.frames() if isinstance(frame, Burst) else [frame]:
            super().put((codec, piece))

    def _clear(self) -> None:
        while True:
            try:
                self.get_nowait()
            except queue.Empty:
                return
