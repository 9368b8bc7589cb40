"""Has the scene before the camera stirred? From the sizes of its encoded frames, so that nothing need be decoded.

An encoder spends bits where a picture differs from the one before: a thing that is put down shows as a second of larger
frames. It is the moment after, when all is still again, that makes a sharp picture. Pure.
"""

from __future__ import annotations

from collections import deque

SHORT_S, LONG_S = 0.4, 20.0  # over which frames are averaged: what happens, and what is usual
MORE, FLOOR = 2.2, 400.0  # times the usual size, and bytes, from which it is a stir
SETTLED_S = 0.6  # without a stir; then it is over
LONGEST_S = 3.0  # a stir that goes on so long is looked at all the same


class Stir:
    """Told of every frame."""

    def __init__(self) -> None:
        self._short = self._long = 0.0
        self._sizes: deque[int] = deque(maxlen=3)
        self._at: float | None = None
        self._began: float | None = None
        self._last = 0.0

    def frame(self, at: float, size: int) -> None:
        """at: session time; size: bytes. A key frame is large too, but alone: the middle one of three counts."""
        if size <= 0:
            return
        self._sizes.append(size)
        size = sorted(self._sizes)[len(self._sizes) // 2]
        if self._at is None or at < self._at or at - self._at > LONG_S:
            self._short = self._long = float(size)
        step = min(max(at - (self._at or at), 0.0), 1.0)
        self._at = at
        self._short += (size - self._short) * min(1.0, step / SHORT_S)
        stirred = self._short > MORE * self._long + FLOOR
        # While something happens the usual is left alone, for a while.
        self._long += (min(size, 2 * self._long + FLOOR) - self._long) * min(1.0, step / LONG_S)
        if stirred:
            self._began = at if self._began is None else self._began
            self._last = at

    def over(self, now: float) -> bool:
        """Something has happened since `taken` was told, and is over, or goes on for long."""
        if self._began is None:
            return False
        return now - self._last >= SETTLED_S or now - self._began >= LONGEST_S

    def taken(self) -> None:
        """The scene was looked at."""
        self._began = None
