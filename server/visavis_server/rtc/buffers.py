"""Packets into frames: put in order, late ones waited for a little, lost ones passed over.

aiortc's own audio buffer holds 80 ms back always and, after one lost packet, 280 ms for the rest of the call. Here a
packet that comes in order leaves at once; after a gap up to `PATIENCE` packets wait for the missing one, then all leave
together, so that the delay is gone with the gap. Its video buffer lets a frame go when the next begins to arrive, and
freezes for seconds after a packet that was not repeated; here a frame leaves with its last packet, and after
`FREEZE_S` a key frame is asked for, and asked for again, until it is there. The decoder's queue is bounded, and ending
it takes one frame's time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

from aiortc.jitterbuffer import JitterFrame

PATIENCE = 3  # packets of 20 ms that wait for a missing one
RESTART = 100  # packets ahead or behind at which the sender must have started anew
FREEZE_S = 0.15  # a camera packet that is not repeated within this is lost
ASK_S = 0.4  # between two requests for a key frame
VIDEO_CLOCK = 90_000  # RTP ticks per second of every video codec
VIDEO_PACKETS = 512  # waiting at most
DECODING = 50  # frames waiting for the decoder, at most


class Burst(JitterFrame):
    """Several frames that leave together. later: (data, RTP ticks after the first) of all but the first."""

    def __init__(self, pieces: list[tuple[bytes, int]]) -> None:
        data, timestamp = pieces[0]
        super().__init__(data, timestamp)
        self.later = [(data, (at - timestamp) & 0xFFFFFFFF) for data, at in pieces[1:]]

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
            left = self._waiting.pop(self._next)
            leaving.append((left._data, left.timestamp))
            self._next = (self._next + 1) & 0xFFFF
        return False, Burst(leaving) if leaving else None


class VideoBuffer:
    """Takes the place of aiortc's JitterBuffer for a camera. aiortc asks for a lost packet once; we for key frames."""

    def __init__(self) -> None:
        self._next = 0  # sequence number of the packet that begins the next frame
        self._broken = True  # only a key frame can go on from here
        self._ssrc = 0
        self._asked: int | None = None  # RTP time of the last request for a key frame
        self._waiting: dict[int, Any] = {}
        self.lost = 0  # times that the picture froze

    def add(self, packet: Any) -> tuple[bool, JitterFrame | None]:
        """Returns (whether to ask for a key frame now, what leaves now)."""
        number = packet.sequence_number
        if (
            packet.ssrc != self._ssrc
            or len(self._waiting) >= VIDEO_PACKETS
            or abs(self._ahead(number)) > 2 * VIDEO_PACKETS
        ):
            self._ssrc, self._broken, self._next = packet.ssrc, True, number
            self._waiting.clear()
        if self._ahead(number) < 0 and not self._broken:
            return False, None  # came too late, or twice
        self._waiting[number] = packet
        leaving = self._leaving()
        if self._waiting and not leaving and not self._broken and self._frozen(packet.timestamp):
            self._broken = True
            self.lost += 1
            leaving = self._leaving()
        return self._ask(packet.timestamp), Burst(leaving) if leaving else None

    def _leaving(self) -> list[tuple[bytes, int]]:
        if self._broken:
            keys = [n for n, packet in self._waiting.items() if begins_key_frame(packet._data)]
            for key in sorted(keys, key=self._ahead, reverse=True):
                if self._end(key) is not None:
                    self._next, self._broken, self._asked = key, False, None
                    self._waiting = {n: packet for n, packet in self._waiting.items() if self._ahead(n) >= 0}
                    break
            else:
                return []
        frames = []
        while (end := self._end(self._next)) is not None:
            packets = []
            while self._ahead(end) >= 0:
                packets.append(self._waiting.pop(self._next))
                self._next = (self._next + 1) & 0xFFFF
            if data := b"".join(packet._data for packet in packets):  # padding has none
                frames.append((data, packets[-1].timestamp))
        return frames

    def _end(self, start: int) -> int | None:
        """The number of the last packet of the frame that begins at start, if all of it is here."""
        first = self._waiting.get(start)
        number = start
        while first is not None and (packet := self._waiting.get(number)) is not None:
            if packet.timestamp != first.timestamp:
                return (number - 1) & 0xFFFF
            if packet.marker or not packet._data:
                return number
            number = (number + 1) & 0xFFFF
        return None

    def _frozen(self, timestamp: int) -> bool:
        oldest = min(self._waiting.values(), key=lambda packet: self._ahead(packet.sequence_number))
        return _ticks(timestamp - oldest.timestamp) > FREEZE_S * VIDEO_CLOCK

    def _ask(self, timestamp: int) -> bool:
        if not self._broken or (self._asked is not None and 0 <= _ticks(timestamp - self._asked) < ASK_S * VIDEO_CLOCK):
            return False
        self._asked = timestamp
        return True

    def _ahead(self, number: int) -> int:
        return _signed(number - self._next)


def begins_key_frame(data: bytes) -> bool:
    """Whether a packet's data begins a VP8 key frame (RFC 6386, 9.1) or an H.264 one (NAL unit types 5 and 7)."""
    if data[:4] == b"\x00\x00\x00\x01":
        return len(data) > 4 and data[4] & 0x1F in (5, 7)
    return data[3:6] == b"\x9d\x01\x2a" and not data[0] & 1


def _signed(difference: int) -> int:
    """Sequence numbers have 16 bits and wrap."""
    return ((difference + 0x8000) & 0xFFFF) - 0x8000


def _ticks(difference: int) -> int:
    """RTP timestamps have 32 bits and wrap."""
    return ((difference + 0x80000000) & 0xFFFFFFFF) - 0x80000000


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
