"""Log-mel features as Whisper takes them, in numpy: what `backends/smart_turn.py` shows its model.

Source: Whisper (arXiv:2212.04356, 2.2) with the Slaney mel scale; the sound is first brought to mean 0, variance 1, as
Smart Turn was trained.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
MELS = 80


def log_mel(pcm: Pcm) -> NDArray[np.float32]:
    """pcm: (samples,), 16 kHz. Returns (80, samples // 160), oldest frame first, about -1..1.

    Raises ValueError for less than 25 ms.
    """
    if pcm.size < WINDOW:
        raise ValueError(f"log-mel features need {WINDOW} samples, got {pcm.size}")
    level = (pcm - pcm.mean()) / np.sqrt(pcm.var() + 1e-7)
    padded = np.pad(level.astype(np.float32), WINDOW // 2, mode="reflect")
    frames = sliding_window_view(padded, WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(frames * _window(), axis=-1)) ** 2
    mel = np.log10(np.maximum(power.astype(np.float32) @ _filters(), 1e-10)).T
    return np.asarray((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0, np.float32)


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    """(201, 80): triangles of equal area on the Slaney mel scale, 0-8 kHz."""
    edges = _hertz(np.linspace(0.0, _mel(HEARING_RATE / 2), MELS + 2))
    bins = np.linspace(0, HEARING_RATE / 2, WINDOW // 2 + 1)
    slopes = edges[None, :] - bins[:, None]
    widths = np.diff(edges)
    triangles = np.maximum(0.0, np.minimum(-slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2])), np.float32)


_KNEE_HZ, _KNEE_MEL, _STEP = 1000.0, 15.0, np.log(6.4) / 27.0  # linear below 1 kHz, logarithmic above


def _mel(hertz: float) -> float:
    """For 1 kHz and above."""
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HZ) / _STEP)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < _KNEE_MEL, mel * 200.0 / 3.0, _KNEE_HZ * np.exp(_STEP * (mel - _KNEE_MEL)))
