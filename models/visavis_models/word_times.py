"""When each word was said: from the recognizer's attention to the sound, and from the sound's own pauses.

A decoder that writes a word looks at the sound it came from; some of its heads look at the word, some ahead or back.
`claims` weighs them, `cut` divides the sound among the words so that each gets the stretch that is most likely its
own; `settle` then moves the edges of words that lie beside a pause to the edges of the pause. Pure functions;
`backends/moonshine.py` feeds them, `training/word_times.py` finds the weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

FAINT = 0.003  # less attention tells nothing
LEAST = 3  # frames (72 ms): else one word in 500 is claimed whole by the one before it
STEP = 160  # samples, 10 ms: the grain of loudness
QUIET_RUN = 10  # steps: shorter silences belong to a word (the closure of a "p" or "t" lasts 30-80 ms)
ABOVE_FLOOR_DB = 9.0
BELOW_PEAK_DB = 32.0
FADE_S = 0.02  # a word begins and ends more softly than that; beside pauses a forced alignment has it 40 ms wider

Span = tuple[float, float]


def claims(looked: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each word claims each frame of the sound: log-odds, but for what all words share.

    looked: (words, heads, frames), the attention of a word's tokens together. weights: (heads, 3), of the logarithm of
    the attention in the frame before, in the frame and in the one after. Returns (words, frames).
    """
    near = np.log(looked + FAINT)
    shifted: NDArray[np.float32] = np.einsum("whf,hs->swf", near, weights, optimize=True)
    before, at, after = shifted
    at[:, 1:] += before[:, :-1]
    at[:, 0] += before[:, 0]
    at[:, :-1] += after[:, 1:]
    at[:, -1] += after[:, -1]
    return np.asarray(at, np.float32)


def cut(claimed: NDArray[np.float32]) -> NDArray[np.float64]:
    """Divide the frames among the words, in order, so that what they claim of their pieces is greatest.

    claimed: (words, frames). Returns (words + 1,) edges in frames, from 0 to frames, between two frames where the
    claims of two words cross. A word gets `LEAST` frames, or its equal share where there are too few.
    """
    words, frames = claimed.shape
    least = min(LEAST, frames // words)
    gain = np.zeros((words, frames + 1))
    np.cumsum(claimed, axis=1, out=gain[:, 1:])
    best = gain[0].copy()  # best[j]: the first i + 1 words share the first j frames
    best[:least] = -np.inf
    back = np.zeros((words, frames + 1), np.intp)
    for i in range(1, words):
        ahead = best - gain[i]
        peak = np.maximum.accumulate(ahead)
        last = np.maximum.accumulate(np.where(ahead == peak, np.arange(frames + 1), 0))
        best = np.full(frames + 1, -np.inf)
        best[least:] = peak[: frames + 1 - least] + gain[i, least:]
        back[i, least:] = last[: frames + 1 - least]
    edges = np.zeros(words + 1, np.intp)
    edges[words] = frames
    for i in range(words - 1, 0, -1):
        edges[i] = back[i][edges[i + 1]]
    finer = edges.astype(np.float64)
    for i in range(1, words):
        if edges[i - 1] < (at := edges[i]) < edges[i + 1]:
            lost, won = claimed[i, at - 1 : at + 1] - claimed[i - 1, at - 1 : at + 1]
            if lost < 0 < won:  # by how much the second word claims the frames beside the edge more than the first
                finer[i] += -lost / (won - lost) - 0.5
    return finer


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
    """Words beside a pause end and begin at its edges: each keeps the longest sound in its span, and a little.

    spans: seconds from the first sample of pcm, in order. A span with no sound at all stays as it is.
    """
    sounding = [(start * STEP / HEARING_RATE, stop * STEP / HEARING_RATE) for start, stop in _runs(loud(pcm))]
    settled = []
    for start, end in spans:
        pieces = [(max(start, a), min(end, b)) for a, b in sounding if a < end and b > start]
        first, last = max(pieces, key=lambda piece: piece[1] - piece[0], default=(start, end))
        settled.append((max(start, first - FADE_S), min(end, last + FADE_S)))
    return settled


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
