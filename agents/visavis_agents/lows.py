"""The deep tones that a voice has lost, made again for the voice activity: on the telephone, and of children.

Silero knows voices by their deepest tones, and doubts those without: of speech through a telephone's band (300 to
3,400 Hz) it takes 69 % of the frames for a voice, and of a child's "no" not one. A sound that is rectified has the
tones between its own again, the deepest of which is the pitch; so 89 % are. Whoever has deep tones is left alone, and
of 41 noises, coughs and pieces of music none is a voice more often. Only the voice activity hears it: to a recognizer
it would be a distortion.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import Pcm

DEEP, VOICE = slice(2, 8), slice(10, 105)  # of the 31 Hz steps in a frame of 32 ms: 62-234 Hz, 312-3,250 Hz
LEARN = 0.03  # share of its past that a frame replaces: a second
LEAST = 0.01  # of the voice's power, in deep tones; people with a full band have 0.005 (a woman, the least) to 3
SMOOTHED = 48  # samples whose mean is taken of the rectified sound: up to 350 Hz


class Lows:
    """One session's."""

    def __init__(self) -> None:
        self._deep = self._voice = 0.0
        self._tail = np.zeros(SMOOTHED - 1, np.float32)

    def given(self, frame: Pcm) -> Pcm:
        """The frame, with deep tones if those before it had none. frame: (512,), 16 kHz."""
        power = np.abs(np.fft.rfft(frame * _window(frame.size))) ** 2
        self._deep += LEARN * (float(power[DEEP].sum()) - self._deep)
        self._voice += LEARN * (float(power[VOICE].sum()) - self._voice)
        rectified = np.concatenate([self._tail, np.abs(frame)])
        self._tail = rectified[1 - SMOOTHED :]
        if self._deep >= LEAST * self._voice:
            return frame
        smooth = np.convolve(rectified, _kernel(), "valid")
        return (frame + smooth - smooth.mean()).astype(np.float32)


@cache
def _window(length: int) -> NDArray[np.float32]:
    return np.hanning(length).astype(np.float32)


@cache
def _kernel() -> NDArray[np.float32]:
    kernel = np.hanning(SMOOTHED + 2)[1:-1].astype(np.float32)
    return kernel / kernel.sum()
