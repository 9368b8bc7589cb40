"""Sound that is queued already, said slower or faster at the same pitch, 20 ms at a time.

Waveform similarity overlap-add (Verhelst and Roelands, ICASSP 1993): each frame is taken where it best goes on from the
one before, near the place that the pace asks for, and laid over its end. Pure; about 0.1 ms a frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.int16]
OVERLAP = 480  # samples laid over the frame before, 10 ms at 48 kHz
SEARCH = 640  # samples within which the next frame may begin: a period of the lowest voices, 75 Hz
_COARSE = 4  # every so many samples are compared
_RISE = np.linspace(0.0, 1.0, OVERLAP, dtype=np.float32)


def reach(frame: int) -> int:
    """Samples that `stretched` looks ahead for a frame of so many."""
    return frame + SEARCH + OVERLAP


def stretched(ahead: Sound, frame: int, tail: Sound | None) -> tuple[Sound, Sound]:
    """The next `frame` samples out of what is ahead, and the tail that the one after them begins on.

    ahead: up to `reach(frame)` samples from the place that the pace asks for; silence is put behind the last.
    tail: of the frame before."""
    ahead = np.concatenate([ahead, np.zeros(max(0, reach(frame) - len(ahead)), np.int16)])
    start = 0 if tail is None else _best(ahead, tail)
    end = start + frame
    return joined(tail, ahead[start:end]), ahead[end : end + OVERLAP]


def joined(tail: Sound | None, frame: Sound) -> Sound:
    """The frame, begun on the tail of the one before."""
    if tail is None:
        return frame
    begun = frame.copy()
    begun[:OVERLAP] = tail * (1 - _RISE) + frame[:OVERLAP] * _RISE
    return begun


def _best(ahead: Sound, tail: Sound) -> int:
    """Where in the first `SEARCH` samples the sound is most like the tail."""
    wanted = tail[::_COARSE].astype(np.float32)
    there = ahead[: SEARCH + OVERLAP : _COARSE].astype(np.float32)
    alike = np.correlate(there, wanted, "valid")
    power = np.convolve(there**2, np.ones(len(wanted), np.float32), "valid")
    return int(np.argmax(alike / np.sqrt(power + 1.0))) * _COARSE
