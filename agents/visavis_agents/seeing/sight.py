"""The camera, as the mind knows it: a ring of stamped frames, and those at a given moment.

Frames stay encoded and are converted only when somebody looks (`Frame.picture`), so all of the last seconds are kept
and an unwatched camera costs next to nothing. Which moment a question is about is found in `pointing.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

from visavis_models.errors import ModelError
from visavis_models.ports import Picture

COMING_S = 1.5  # in which a camera's first picture comes, once its line is open
STALE_S = 3.0  # a frame this far from a moment does not show it: the camera is off, or its picture stands still
KEPT_S = 8.0  # longer than most questions take to say
HEAVIEST = 16 * 1024 * 1024  # bytes of encoded frames kept; 8 s of a camera at 640x480 are 0.5 to 1 MB


@dataclass(frozen=True, slots=True)
class Frame:
    """A camera frame at session time `at` (seconds), good to error_s against the sound. size: bytes while encoded.

    picture(): (height, width, 3) RGB; blocks: use a worker."""

    at: float
    picture: Callable[[], Picture]
    error_s: float = 0.0
    size: int = 0


@contextmanager
def usable() -> Iterator[None]:
    """Pictures are used inside. Raises ModelError, whatever the decoder of a damaged frame has to say."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # decoders share no class of errors
        raise ModelError(f"the camera's picture could not be used ({error}): show it again") from error


def developed(frame: Frame) -> Picture:
    """The frame's picture. Blocking. Raises ModelError."""
    with usable():
        return frame.picture()


class Sight:
    """The frames of the last `KEPT_S`, oldest first; at most `kept`, and `HEAVIEST` bytes. The newest always.

    opened: session time at which a line was opened that may bring a camera."""

    def __init__(self, kept: int) -> None:
        self._ring: deque[Frame] = deque()
        self._kept = kept
        self._bytes = 0
        self.opened = -inf

    def see(self, frame: Frame) -> None:
        ring = self._ring
        ring.append(frame)
        self._bytes += frame.size
        while len(ring) > 1 and (frame.at - ring[0].at > KEPT_S or len(ring) > self._kept or self._bytes > HEAVIEST):
            self._bytes -= ring.popleft().size

    def at(self, moment: float) -> Frame | None:
        """The kept frame nearest to `moment`; None: none shows it."""
        near = min(self._ring, key=lambda frame: abs(frame.at - moment), default=None)
        return near if near is not None and abs(near.at - moment) <= STALE_S else None

    def coming(self, now: float) -> bool:
        """There is no picture, but the first may be on its way."""
        return not self._ring and now - self.opened < COMING_S

    def between(self, since: float, until: float, apart_s: float = 0.0) -> tuple[Frame, ...]:
        """The kept frames of a time, oldest first, at least apart_s from one to the next."""
        found: list[Frame] = []
        for frame in self._ring:
            if since <= frame.at <= until and (not found or frame.at - found[-1].at >= apart_s):
                found.append(frame)
        return tuple(found)

    def forget(self) -> None:
        self._ring.clear()
        self._bytes = 0
