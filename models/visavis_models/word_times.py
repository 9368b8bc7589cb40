"""When each word was said: from the recognizer's attention to the sound, and from the sound's own pauses.

A decoder that writes a word looks at the sound it came from. `cut` divides the sound among the tokens so that each gets
the stretch it looked at; `settle` then moves the edges of words that lie beside a pause to the edges of the pause.
Pure functions; `backends/moonshine.py` feeds them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

STEP = 160  # samples, 10 ms: the grain of loudness
QUIET_RUN = 10  # steps: shorter silences belong to a word (the closure of a "p" or "t" lasts 30-80 ms)
ABOVE_FLOOR_DB = 9.0
BELOW_PEAK_DB = 32.0

Span = tuple[float, float]


def cut(attention: NDArray[np.float32]) -> NDArray[np.intp]:
    """Divide the frames among the tokens, in order, so that the attention inside the pieces is greatest.

    attention: (tokens, frames). Returns (tokens + 1,) edges in frames, from 0 to frames; a token may get none.
    """
    tokens, frames = attention.shape
    gain = np.zeros((tokens, frames + 1))
    np.cumsum(attention, axis=1, out=gain[:, 1:])
    best = gain[0].copy()  # best[j]: the first i + 1 tokens share the first j frames
    back = np.zeros((tokens, frames + 1), np.intp)
    for i in range(1, tokens):
        ahead = best - gain[i]
        peak = np.maximum.accumulate(ahead)
        back[i] = np.maximum.accumulate(np.where(ahead == peak, np.arange(frames + 1), 0))
        best = peak + gain[i]
    edges = np.zeros(tokens + 1, np.intp)
    edges[tokens] = frames
    for i in range(tokens - 1, 0, -1):
        edges[i] = back[i][edges[i + 1]]
    return edges


def loud(pcm: Pcm) -> NDArray[np.bool_]:
    """(samples // 160,): is there more than background in these 10 ms? Short silences are filled."""
    steps = pcm[: pcm.size // STEP * STEP].reshape(-1, STEP)
    power = np.convolve(np.square(steps).mean(axis=1), np.full(3, 1 / 3), mode="same") if len(steps) else np.zeros(0)
    level = 10 * np.log10(power + 1e-10)
    if not level.size:
        return np.zeros(0, np.bool_)
    floor, peak = np.percentile(level, 5), np.percentile(level, 97)
    over = level > min(max(floor + ABOVE_FLOOR_DB, peak - BELOW_PEAK_DB), peak - 6.0)
    for start, stop in _runs(~over):
        if stop - start < QUIET_RUN and start > 0 and stop < over.size:
            over[start:stop] = True
    return np.asarray(over, np.bool_)


def settle(spans: Sequence[Span], pcm: Pcm) -> list[Span]:
    """Words beside a pause end and begin at its edges: each keeps the longest sounding stretch of its span.

    spans: seconds from the first sample of pcm, in order. A span with no sound at all stays as it is.
    """
    sounding = [(start * STEP / HEARING_RATE, stop * STEP / HEARING_RATE) for start, stop in _runs(loud(pcm))]
    settled = []
    for start, end in spans:
        pieces = [(max(start, a), min(end, b)) for a, b in sounding if a < end and b > start]
        settled.append(max(pieces, key=lambda piece: piece[1] - piece[0], default=(start, end)))
    return settled


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
