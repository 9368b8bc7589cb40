"""The camera, as the mind knows it: a short ring of stamped frames, and the one at a given moment.

Frames are converted only when somebody looks (`Frame.picture`), so an unwatched camera costs next to nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from visavis_models.ports import Picture

STALE_S = 3.0  # a frame this far from a moment does not show it: the camera is off, or its picture stands still


@dataclass(frozen=True, slots=True)
class Frame:
    """A camera frame at session time `at` (seconds), good to error_s against the sound.

    picture(): (height, width, 3) RGB; blocks: use a worker. size: bytes of the encoded frame where it builds on
    another, else 0."""

    at: float
    picture: Callable[[], Picture]
    error_s: float = 0.0
    size: int = 0


class Sight:
    """The last few frames, oldest first, at most one each `spacing_s`."""

    def __init__(self, kept: int, spacing_s: float = 0.25) -> None:
        self._ring: deque[Frame] = deque(maxlen=kept)
        self._newest: Frame | None = None
        self._spacing_s = spacing_s

    def see(self, frame: Frame) -> None:
        self._newest = frame
        if not self._ring or frame.at - self._ring[-1].at >= self._spacing_s:
            self._ring.append(frame)

    def at(self, moment: float) -> Frame | None:
        """The kept frame nearest to `moment`; None: none shows it."""
        kept = [*self._ring, *([self._newest] if self._newest else [])]
        near = [frame for frame in kept if abs(frame.at - moment) <= STALE_S]
        return min(near, key=lambda frame: abs(frame.at - moment), default=None)

    def forget(self) -> None:
        self._ring.clear()
        self._newest = None
