"""Sound files in and out, and where speech lies in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 48_000  # samples per second of everything the visitor sends, hears and writes
FRAME = RATE // 50
AUDIBLE_DBFS = -45.0  # a 5 ms piece of a reply louder than this is heard

Pcm = NDArray[np.float32]


def read(path: Path) -> Pcm:
    """Any sound file as (samples,), mono, 48 kHz. Raises ValueError with what is wrong."""
    try:
        pcm, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise ValueError(f"{path} could not be read as sound: {error}") from None
    if not len(pcm):
        raise ValueError(f"{path} holds no sound")
    mono: Pcm = soxr.resample(pcm.mean(axis=1), rate, RATE)
    return mono


def write(path: Path, pcm: Pcm) -> None:
    soundfile.write(path, np.clip(pcm, -1.0, 1.0), RATE, subtype="PCM_16")


def speech_span(pcm: Pcm) -> tuple[float, float]:
    """Seconds at which the speech of a recording begins and ends: 5 ms pieces louder than the noise floor by 8 dB and
    than the loud speech less 32 dB, in runs of at least 30 ms, so that a click is not speech."""
    levels = _levels(pcm, RATE // 200)
    whole = 0.0, len(pcm) / RATE
    if not len(levels):
        return whole
    threshold = max(np.percentile(levels, 5) + 8, np.percentile(levels, 95) - 32, -70.0)
    loud = np.concatenate([[0], (levels > threshold).astype(int), [0]])
    starts, ends = np.flatnonzero(np.diff(loud) == 1), np.flatnonzero(np.diff(loud) == -1)
    runs = [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= 6]
    return (runs[0][0] / 200, min(runs[-1][1] / 200, whole[1])) if runs else whole


def first_audible(pcm: Pcm, since: float, until: float | None = None) -> float | None:
    """The second of the first audible 5 ms piece that begins at or after `since`, and before `until`."""
    piece = RATE // 200
    start = max(0, round(since * RATE))
    loud = np.flatnonzero(_levels(pcm[start : None if until is None else round(until * RATE)], piece) > AUDIBLE_DBFS)
    return round((start + int(loud[0]) * piece) / RATE, 4) if len(loud) else None


def silent_from(pcm: Pcm, since: float, until: float, gap_s: float = 0.2) -> float | None:
    """When sound that is audible between `since` and `until` falls silent: the end of its last run, which may go on
    after `until` and has no gap of `gap_s`. None where nothing is audible between them."""
    piece = RATE // 200
    start = max(0, round(since * RATE))
    loud = np.flatnonzero(_levels(pcm[start:], piece) > AUDIBLE_DBFS)
    before = np.flatnonzero(loud * piece < (until - since) * RATE)
    if not len(before):
        return None
    gaps = np.flatnonzero(np.diff(loud[before[-1] :]) > gap_s * 200)
    last = loud[before[-1] + gaps[0]] if len(gaps) else loud[-1]
    return round((start + (int(last) + 1) * piece) / RATE, 4)


def _levels(pcm: Pcm, piece: int) -> NDArray[np.float64]:
    """dBFS of each piece."""
    pieces = pcm[: len(pcm) // piece * piece].reshape(-1, piece).astype(np.float64)
    levels: NDArray[np.float64] = 10 * np.log10((pieces**2).mean(axis=1) + 1e-10)
    return levels
