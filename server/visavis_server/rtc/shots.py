"""Camera packets into whole frames, still encoded. Pure.

aiortc's own buffer lets a frame go when the next begins to arrive, and freezes for seconds after a packet that was not
repeated. Here a frame leaves with its last packet (marker bit); a packet that is not repeated within `AGAIN_S` is asked
for again; a hole that stays open for `FREEZE_S` freezes the picture until a key frame, which is asked for, and asked
for again, until it is there. A key frame is also asked for every `KEY_S`, because a frame that somebody looks
at is decoded from the last one on (`film.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from visavis_server.rtc.ticks import ahead, later

AGAIN_S = 0.06  # a packet that has not come by then is asked for once more than aiortc does
FREEZE_S = 0.15  # a packet that is not repeated within this is lost
ASK_S = 0.2  # between two requests for a key frame
KEY_S = 3.0  # between two key frames
VIDEO_CLOCK = 90_000  # RTP ticks per second of every video codec
WAITING = 512  # packets, at most


@dataclass(frozen=True, slots=True)
class Whole:
    """An encoded frame. timestamp: RTP's; key: it needs no other."""

    data: bytes
    timestamp: int
    payload_type: int
    key: bool


class Frames:
    """One camera. freezes: how often the picture stood still for want of a packet."""

    def __init__(self) -> None:
        self._next = 0  # sequence number of the packet that begins the next frame
        self._broken = True  # only a key frame can go on from here
        self._ssrc = 0
        self._asked: int | None = None  # RTP time of the last request for a key frame,
        self._key = 0  # and of the last key frame
        self._waiting: dict[int, Any] = {}
        self._again: set[int] = set()  # numbers that were asked for again
        self.freezes = 0

    def add(self, packet: Any) -> tuple[bool, list[Whole]]:
        """Returns (whether to ask for a key frame now, the frames that are whole now)."""
        number = packet.sequence_number
        if packet.ssrc != self._ssrc or len(self._waiting) >= WAITING or abs(ahead(number, self._next)) > 2 * WAITING:
            self._ssrc, self._next = packet.ssrc, number
            self._break()
            self._waiting.clear()
        if ahead(number, self._next) < 0 and not self._broken:
            return False, []  # came too late, or twice
        self._waiting[number] = packet
        leaving = self._leaving()
        if self._waiting and not leaving and not self._broken and self._frozen(packet.timestamp):
            self._break()
            self.freezes += 1
            leaving = self._leaving()
        return self._ask(packet.timestamp), leaving

    def missing(self) -> list[int]:
        """Numbers of packets to ask for again now."""
        if self._broken or not self._waiting:
            self._again.clear()
            return []
        newest = max(self._waiting, key=self._ahead)
        now, missing = self._waiting[newest].timestamp, []
        for n in range(self._ahead(newest)):
            number = (self._next + n) & 0xFFFF
            if packet := self._waiting.get(number):
                if later(now, packet.timestamp) <= AGAIN_S * VIDEO_CLOCK:
                    break  # what is missing from here on has not been missing for long
            else:
                missing.append(number)
        again = [number for number in missing if number not in self._again]
        self._again.update(again)
        return again

    def spoilt(self) -> None:
        """What left could not be decoded: go on from a key frame."""
        self._break()

    def _break(self) -> None:
        self._broken, self._asked = True, None

    def _leaving(self) -> list[Whole]:
        if self._broken:
            keys = [n for n, packet in self._waiting.items() if begins_key_frame(packet._data)]
            for key in sorted(keys, key=self._ahead, reverse=True):
                if self._end(key) is not None:
                    self._next, self._broken = key, False
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
                first, at = packets[0], packets[0].timestamp
                if alone := begins_key_frame(first._data):
                    self._key, self._asked = at, None
                frames.append(Whole(data, at, first.payload_type, alone))
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
        return later(timestamp, oldest.timestamp) > FREEZE_S * VIDEO_CLOCK

    def _ask(self, timestamp: int) -> bool:
        wanted = self._broken or later(timestamp, self._key) > KEY_S * VIDEO_CLOCK
        if not wanted or (self._asked is not None and 0 <= later(timestamp, self._asked) < ASK_S * VIDEO_CLOCK):
            return False
        self._asked = timestamp
        return True

    def _ahead(self, number: int) -> int:
        return ahead(number, self._next)


def begins_key_frame(data: bytes) -> bool:
    """Whether a packet's data begins a VP8 key frame (RFC 6386, 9.1) or an H.264 one (NAL unit types 5 and 7)."""
    if data[:4] == b"\x00\x00\x00\x01":
        return len(data) > 4 and data[4] & 0x1F in (5, 7)
    return data[3:6] == b"\x9d\x01\x2a" and data[0] & 1 == 0
