"""Which of the frames near a moment to look at: a sharp one of what was there, not of what came before or after.

Every frame is judged on a small grey copy (OpenCV): how sharp it is by the variance of its Laplacian, and how much it
has changed against another by the difference of their greys. A millisecond a frame, beside the 1 to 1.5 ms that
decoding takes; blocking, so on a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_agents.seeing.sight import Frame
from visavis_models.ports import Picture

SPREAD_S = 0.1  # frames so near a moment may stand for it
STILL = 0.01  # of black to white, mean difference of two greys: nothing moves
ALIKE = 0.03  # one picture, though a hand may move in it
CHANGED = 0.06  # from here on it is another
SHARPER = 1.6  # times as sharp as the nearest frame: worth showing a little of another moment
GONE_S = 4.0  # before the question: what was there then may be asked about
APART_S = 0.25  # between two looks into the past
_WIDE, _HIGH = 160, 120  # of the grey copy


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame judged. grey: (120, 160) in 0..1, smoothed."""

    at: float
    sharpness: float
    grey: NDArray[np.float32]


def judged(at: float, picture: Picture) -> Judged:
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (_WIDE, _HIGH), interpolation=cv2.INTER_AREA)
    sharpness = float(cv2.Laplacian(small, cv2.CV_32F).var())
    grey: NDArray[np.float32] = cv2.GaussianBlur(small, (0, 0), 2).astype(np.float32) / 255
    return Judged(at, sharpness, grey)


def changed(one: Judged, other: Judged) -> float:
    """0: the same picture; 1: black and white."""
    return float(np.abs(one.grey - other.grey).mean())


def unchanged(one: Picture, other: Picture, moves: float = STILL) -> bool:
    """Do two pictures show the same, but for noise, or for what moves?"""
    return one.shape == other.shape and changed(judged(0, one), judged(0, other)) < moves


def sharpest(judgements: Sequence[Judged], moment: float) -> int:
    """Which one to take: the nearest, unless one of the same picture near it is much sharper. Pure.

    judgements: at least one, in order of time."""
    nearest = min(range(len(judgements)), key=lambda n: abs(judgements[n].at - moment))
    best = nearest
    for step in (-1, 1):
        n = nearest + step
        while 0 <= n < len(judgements) and changed(judgements[n], judgements[nearest]) < ALIKE:
            if judgements[n].sharpness > max(SHARPER * judgements[nearest].sharpness, judgements[best].sharpness):
                best = n
            n += step
    return best


def gone(judgements: Sequence[Judged]) -> int:
    """Which one shows what was there and changed last before the newest one. Pure.

    Something came and went, and the picture is as it was: the one that differs most from now. It changed for good:
    the sharpest since the change. Nothing changed: the newest. judgements: at least one, in order of time."""
    newest = len(judgements) - 1
    now = [changed(one, judgements[newest]) for one in judgements]
    last = next((n for n in range(newest, 0, -1) if changed(judgements[n - 1], judgements[n]) >= CHANGED), None)
    if last is None:
        return newest
    as_now = next((n for n in range(last - 1, -1, -1) if now[n] < CHANGED), None)
    if as_now is not None:  # back again: what was between is meant
        return max(range(as_now, last), key=lambda n: (round(now[n], 2), judgements[n].sharpness))
    return max(range(last, len(judgements)), key=lambda n: judgements[n].sharpness)


def take(frames: Sequence[Frame], moment: float, past: bool) -> tuple[int, Picture]:
    """The frame to look at, by its place, and its picture. Blocking. Raises ValueError if none can be decoded.

    frames: at least one, in order of time; past: what was there before is meant."""
    judgements: list[Judged] = []
    places: list[int] = []
    kept: tuple[int, Picture] | None = None  # the likeliest to be chosen; pictures are large
    failed: ValueError | None = None
    for place, frame in enumerate(frames):
        try:
            picture = frame.picture()
        except ValueError as error:  # a damaged one does not spoil the others
            failed = error
            continue
        places.append(place)
        judgements.append(judged(frame.at, picture))
        if past or kept is None or abs(frame.at - moment) < abs(frames[kept[0]].at - moment):
            kept = place, picture
    if kept is None:
        raise failed or ValueError("there is no frame")
    chosen = places[gone(judgements) if past else sharpest(judgements, moment)]
    return kept if chosen == kept[0] else (chosen, frames[chosen].picture())
