"""Sound as it comes, in pieces of any length, cut into the frames of 32 ms that the voice activity takes.

What the line lost is silence; what came twice is left out. Time comes with the samples, never from a clock.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

FRAME = 512  # samples
JITTER_S = 0.04  # a stamp off by less is the sender's clock, not a gap
LONGEST_GAP_S = 2.0  # lost sound up to this is silence


class Frames:
    """The frame that is being filled. Those given out are never written to again."""

    def __init__(self) -> None:
        self._at = 0.0  # session time of its first sample
        self._frame: Pcm = np.empty(FRAME, np.float32)
        self._size = 0

    @property
    def end_s(self) -> float:
        """Where the sound stands."""
        return self._at + self._size / HEARING_RATE

    def apart(self, at: float) -> bool:
        """Is sound that begins at `at` too far from what was before to be joined to it?"""
        return abs(at - self.end_s) > LONGEST_GAP_S

    def leaves_room(self, pcm: Pcm, at: float) -> bool:
        """Is no frame full yet with this?"""
        return self._size + pcm.size < FRAME and abs(at - self.end_s) <= JITTER_S

    def begin(self, at: float) -> None:
        """Afresh, at session time `at`."""
        self._at, self._size = at, 0

    def add(self, pcm: Pcm, at: float, follow: bool) -> tuple[list[Pcm], float]:
        """pcm: (samples,), 16 kHz, any values; at: session time of the first. follow: take over the sender's clock.

        Returns the frames that are full now, bounded to [-1, 1], and when the first of them began."""
        off_s = at - self.end_s
        full: list[Pcm] = []
        start = self._at
        if off_s > JITTER_S:
            self._fill(np.zeros(round(off_s * HEARING_RATE), np.float32), full)
        elif off_s < -JITTER_S:
            pcm = pcm[round(-off_s * HEARING_RATE) :]
        elif follow:
            start = self._at = self._at + off_s
        self._fill(pcm, full)
        self._at = start + len(full) * FRAME / HEARING_RATE
        return full, start

    def _fill(self, pcm: Pcm, full: list[Pcm]) -> None:
        while pcm.size >= FRAME - self._size:
            missing = FRAME - self._size
            self._frame[self._size :] = pcm[:missing]
            full.append(_bounded(self._frame))
            self._frame, self._size = np.empty(FRAME, np.float32), 0
            pcm = pcm[missing:]
        self._frame[self._size : self._size + pcm.size] = pcm
        self._size += pcm.size


def spectrum(frame: Pcm) -> NDArray[np.complexfloating]:
    """What is in a frame, without its mean, in steps of 31 Hz."""
    return np.fft.rfft((frame - frame.mean()) * _window())


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(FRAME).astype(np.float32)


def _bounded(frame: Pcm) -> Pcm:
    """Samples between -1 and 1, whatever came."""
    soft = frame.dot(frame) <= 1.0  # a sum of squares, soon known; what is no number is not soft
    if not soft and not (frame.min() >= -1.0 and frame.max() <= 1.0):
        np.clip(np.nan_to_num(frame), -1.0, 1.0, out=frame)
    frame.flags.writeable = False
    return frame
