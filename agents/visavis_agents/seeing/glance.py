"""Cheap looks at camera frames: what has changed, by how much, and in which colour. Milliseconds; on a worker's thread.

A look returns plain numbers, because what a worker returns is written to the tape and arrays are not (`replay/`); the
pictures that later ones are compared with stay here. Finders, which cost a hundred times as much, are asked only when
something has moved since they were asked last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_agents.painting.drawing import encode_picture, shrunk
from visavis_agents.seeing.sight import Frame, developed
from visavis_models.backends.colours import painted
from visavis_models.ports import Found, Picture

Floats = NDArray[np.float32]

CELLS = (64, 48)  # of a thumbnail, across and down: of a 640x480 frame each is the mean of 100 pixels
COLOURED = (160, 120)  # of a picture's colours
DIFFERS = 0.12  # of a cell's brightness or colour; noise and flicker that the eye does not see stay below
DARK, PALE = 16.0, 48.0  # of 255: below, a difference of brightness, or of colour, counts less
STEADY = 1.0  # cells over which edges are smoothed, so that a shake of a pixel moves nothing
MOVED = 0.004  # share of the cells that must differ before the finders are asked again: 12 of 3072
LOOKS = 4  # looks back, about two seconds: what something is compared with to have changed

Measured = tuple[float, float, dict[str, float], tuple[Found, ...] | None]


def thumbnail(picture: Picture) -> Floats:
    """(48, 64, 3): of each cell the logarithm of its brightness, and its two colour differences relative to that.

    So more light adds to the first, everywhere alike, and leaves the others as they are."""
    small = cv2.GaussianBlur(cv2.resize(picture, CELLS, interpolation=cv2.INTER_AREA), (0, 0), STEADY)
    bright, red, blue = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32), 2, 0)
    cells = [np.log(bright + DARK), (red - 128) / (bright + PALE), (blue - 128) / (bright + PALE)]
    return np.stack(cells, axis=2)


def difference(a: Floats, b: Floats) -> float:
    """The share of the cells that differ in some colour, whatever the whole picture's light does."""
    return float(np.mean((_apart(a, b) > DIFFERS).any(axis=2)))


def side(a: Floats, b: Floats) -> str:
    """Where they differ most."""
    thirds = [float(third.sum()) for third in np.array_split(_apart(a, b), 3, axis=1)]
    return ("on the left", "in the middle", "on the right")[int(np.argmax(thirds))]


def _apart(a: Floats, b: Floats) -> Floats:
    apart = a - b
    return np.asarray(np.abs(apart - np.median(apart, axis=(0, 1))), np.float32)


def sharpness(picture: Picture) -> float:
    """Mean square of the Laplacian: blur has little of it. Compare only pictures of one scene."""
    grey = cv2.cvtColor(shrunk(picture, 320), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def jpeg(picture: Picture, side: int = 640, quality: int = 80) -> bytes:
    """For the page, no larger than it needs. Blocking."""
    return encode_picture(shrunk(picture, side), ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


class Glance:
    """What a watch remembers of the last looks. One thread at a time."""

    def __init__(self) -> None:
        self._thumbs: deque[Floats] = deque(maxlen=LOOKS + 1)
        self._found_in: Floats | None = None
        self._painted: dict[str, deque[NDArray[np.bool_]]] = {}

    def look(
        self,
        frame: Frame,
        colours: Sequence[str] = (),
        find: Callable[[Picture], tuple[Found, ...]] | None = None,
        surely: bool = False,
    ) -> Measured:
        """(changed, light, turned, found) as in `watching.Evidence`. surely: ask the finders whatever has moved."""
        picture = developed(frame)
        thumb = thumbnail(picture)
        self._thumbs.append(thumb)
        before = self._thumbs[0]
        turned = self._turned(picture, colours) if colours else {}
        found = None
        if find is not None and (surely or self._found_in is None or difference(thumb, self._found_in) >= MOVED):
            found, self._found_in = find(picture), thumb
        return difference(thumb, before), float(np.exp(np.mean((thumb - before)[..., 0]))), turned, found

    def _turned(self, picture: Picture, colours: Sequence[str]) -> dict[str, float]:
        names = painted(cv2.resize(picture, COLOURED, interpolation=cv2.INTER_AREA), vivid=True)
        turned = {}
        for colour in colours:
            masks = self._painted.setdefault(colour, deque(maxlen=LOOKS + 2))
            masks.append(names == colour)
            turned[colour] = _new(list(masks))
        return turned


def _new(masks: list[NDArray[np.bool_]]) -> float:
    """The share of the largest patch that the last two masks have in the same place and no earlier one near it."""
    if len(masks) < 3:
        return 0.0
    had = np.any(masks[:-2], axis=0).astype(np.uint8)
    fresh = masks[-1] & ~cv2.dilate(had, np.ones((7, 7), np.uint8)).astype(bool)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(fresh.astype(np.uint8), connectivity=8)
    shares = [0.0]
    for label in range(1, count):
        patch = labels == label
        stays = float((patch & masks[-2]).sum()) / float(stats[label, cv2.CC_STAT_AREA])
        if stays >= 0.6:  # what passes by has moved on
            shares.append(float(stats[label, cv2.CC_STAT_AREA]) / patch.size)
    return max(shares)
