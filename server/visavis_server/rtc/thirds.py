"""48 kHz, as sound travels, to 16 kHz, as it is heard. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis_models.ports import HEARING_RATE, Pcm

WIRE_RATE = 48_000
RATIO = WIRE_RATE // HEARING_RATE
TAPS = 96  # passes 7 kHz, stops 9 kHz by 60 dB


def _lowpass() -> Pcm:
    """Windowed sinc, cut off at 8 kHz of 48 kHz, unit gain."""
    n = np.arange(TAPS) - (TAPS - 1) / 2
    taps = np.sinc(n / RATIO) * np.kaiser(TAPS, 6.0)
    return np.asarray(taps / taps.sum(), np.float32)


class Thirds:
    """48 kHz to 16 kHz, piece by piece, with a delay of DELAY_S."""

    DELAY_S = (TAPS - 1) / 2 / WIRE_RATE
    _TAPS = _lowpass()

    def __init__(self) -> None:
        self._past: Pcm = np.zeros(TAPS - 1, np.float32)

    def __call__(self, pcm: Pcm) -> Pcm:
        """pcm: (3 n,) at 48 kHz. Returns (n,) at 16 kHz."""
        joined = np.concatenate([self._past, pcm])
        self._past = joined[len(joined) - (TAPS - 1) :]
        step = joined.itemsize
        windows: Pcm = np.ndarray((len(pcm) // RATIO, TAPS), np.float32, joined, strides=(RATIO * step, step))
        return windows @ self._TAPS


def mono(frame: Any) -> Pcm:
    """A decoded Opus frame (48 kHz, stereo, interleaved int16) as (samples,) float32."""
    pcm = np.frombuffer(frame.planes[0], np.int16, 2 * frame.samples).astype(np.float32)
    return (pcm[0::2] + pcm[1::2]) * np.float32(0.5 / 32768)
