"""Deep tones made for voices without, so that the voice activity knows them: on the telephone, and of children.

Silero knows voices by their deepest tones, and doubts those without: of speech through a telephone's band (300 to
3,400 Hz) it takes 65 % of the frames for a voice, of short words of a voice like a child's 49 %, and some words not at
all. A sound that is rectified has the tones between its own again, the deepest of which is the pitch; so 85 % and 76 %
are. Of the same people with all their tones 92 % are, with this and without; of 33 noises, coughs and pieces of music
17 instead of 15 are taken for a voice at some time. Only the voice activity hears it: to a recognizer it would be a
distortion.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from visavis_agents.frames import spectrum
from visavis_models.ports import Pcm

DEEP, VOICE = slice(2, 6), slice(10, 105)  # of the 31 Hz steps in a frame of 32 ms: 62-156 Hz, 312-3,250 Hz
LEARN = 0.03  # share of its past that a frame replaces: a second
LEAST = 0.1  # of the voice's power, in deep tones: a man's pitch, hum or the room's rumble, and nothing is added
SMOOTHED = 48  # samples whose mean is taken of the rectified sound: up to 350 Hz


class Lows:
    """One session's."""

    def __init__(self) -> None:
        self._deep = self._voice = 0.0
        self._before: Pcm = np.zeros(SMOOTHED, np.float32)

    def given(self, frame: Pcm) -> Pcm:
        """The frame, with deep tones if those before it had none. frame: (512,), 16 kHz."""
        steps = spectrum(frame)
        self._deep += LEARN * (_power(steps[DEEP]) - self._deep)
        self._voice += LEARN * (_power(steps[VOICE]) - self._voice)
        before, self._before = self._before, frame
        if self._deep >= LEAST * self._voice:
            return frame
        rectified = np.abs(np.concatenate([before[1 - SMOOTHED :], frame]))
        smooth = np.convolve(rectified, _kernel(), "valid")
        deep: Pcm = (frame + smooth - smooth.mean()).astype(np.float32)
        return deep


def _power(spectrum: NDArray[np.complexfloating]) -> float:
    return float(np.vdot(spectrum, spectrum).real)


@cache
def _kernel() -> NDArray[np.float32]:
    kernel: NDArray[np.float32] = np.hanning(SMOOTHED + 2)[1:-1].astype(np.float32)
    kernel /= kernel.sum()
    return kernel
