"""How much of a picture may be on its way at once, so that events and voice do not wait behind it. Pure.

What is on its way fills the narrowest place of the network, and everything else stands in line behind it there. So the
delay that a picture adds is kept small: the window grows while round trips take little longer than the quickest did,
and shrinks when they do (the idea of LEDBAT, RFC 6817, with round trips for one-way delays).
"""

from __future__ import annotations

from collections import deque

LEAST, MOST = 8 * 1024, 512 * 1024  # bytes: a piece of a picture is on its way in any case
STEP = 4 * 1024  # bytes that it grows at a time,
SHRINK = 0.7  # and by what it shrinks
LITTLE_S, MUCH_S = 0.015, 0.04  # of waiting in line: go on growing; shrink
RATE, BURST = 640 * 1024, 96 * 1024  # bytes a second, but for the first: each packet costs the event loop 0.2 ms
PIECE = 8 * 1024  # bytes of a message with a piece of a picture
RECENT = 8  # round trips; the quickest of them counts, because acknowledgements may be held back
FORGET = 0.0005  # seconds a second by which the quickest is forgotten: the way may have changed
LONG_S = 60.0  # without any, nothing more is forgotten


class Room:
    """bytes: that may be on their way when the next piece is sent."""

    def __init__(self) -> None:
        self.bytes = LEAST
        self._quickest = float("inf")
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._changed_at = self._heard_at = float("-inf")
        self._most = 0  # bytes that were in the network since the last change

    def round_trip(self, took_s: float, now: float, flying: int) -> None:
        """A piece of data was acknowledged after so long, now, when so many bytes were in the network."""
        self._quickest = min(took_s, self._quickest + FORGET * min(LONG_S, now - self._heard_at))
        self._heard_at = now
        self._recent.append(took_s)
        self._most = max(self._most, flying)
        best = min(self._recent)
        if now < self._changed_at + best:  # what was changed is not to be seen yet
            return
        waiting = best - self._quickest
        if waiting < LITTLE_S and 2 * self._most >= self.bytes:  # nothing is proven by what was not sent
            self.bytes = min(MOST, self.bytes + STEP)
        elif waiting > MUCH_S:
            self.bytes = max(LEAST, int(self.bytes * SHRINK))
            self._recent.clear()
        self._changed_at, self._most = now, 0

    def lost(self, now: float) -> None:
        """Something was lost: too much was on its way."""
        if now >= self._changed_at + self._quickest:
            self.bytes = max(LEAST, self.bytes // 2)
            self._changed_at = now


class Pace:
    """How fast a picture may go where the line would take anything, so that the event loop has time for the voice."""

    def __init__(self) -> None:
        self._due = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next piece may go; each call is one piece."""
        self._due = max(self._due, now - BURST / RATE) + PIECE / RATE
        return max(0.0, self._due - now)
