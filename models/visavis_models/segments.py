"""Where a long utterance may be cut, so that the cost of recognizing it stays bounded."""

from __future__ import annotations

import numpy as np

from visavis_models.ports import HEARING_RATE, Pcm

LONGEST_S = 12.0  # an open segment longer than this is cut
SEARCH_S = (5.0, 11.5)  # where in it the cut may lie
HUSH = 0.24  # seconds that are quiet together where words part

_STEP = 320  # samples, 20 ms


def cut_at(pcm: Pcm) -> int | None:
    """The sample to cut at, in the quietest moment of the search range, or None while pcm is short enough."""
    if pcm.size <= LONGEST_S * HEARING_RATE:
        return None
    first, last = (int(edge * HEARING_RATE) // _STEP for edge in SEARCH_S)
    power = np.square(pcm[: last * _STEP].reshape(-1, _STEP)).mean(axis=1)
    width = round(HUSH * HEARING_RATE / _STEP)
    level = np.convolve(power, np.full(width, 1 / width), mode="same")
    return (first + int(level[first:].argmin())) * _STEP
