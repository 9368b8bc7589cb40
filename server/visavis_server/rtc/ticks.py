"""RTP's numbers, which wrap: which of two is ahead, and time that counts on. Pure."""

from __future__ import annotations


def ahead(number: int, of: int) -> int:
    """By how much a sequence number (16 bits) is ahead of another; negative: behind."""
    return ((number - of + 0x8000) & 0xFFFF) - 0x8000


def later(timestamp: int, than: int) -> int:
    """By how many ticks a timestamp (32 bits) is later than another; negative: earlier."""
    return ((timestamp - than + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Unwrapped:
    """Timestamps as places: ticks since the first, which count on when the timestamp wraps."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._place = 0

    def __call__(self, timestamp: int) -> int:
        if self._last is not None:
            self._place += later(timestamp, self._last)
        self._last = timestamp
        return self._place

    def of(self, timestamp: int) -> int | None:
        """The place of a timestamp told by a report; None: nothing has come yet."""
        return None if self._last is None else self._place + later(timestamp, self._last)
