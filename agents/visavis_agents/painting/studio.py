"""A clip in the making, some pictures at a time: shots (`moving.py`) become WebM and GIF (`clip_file.py`).

Everything here is blocking, milliseconds to a tenth of a second, and runs on the painter's thread at its low priority.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import cv2
import numpy as np

from visavis_agents.painting.drawing import encode_picture
from visavis_agents.painting.gallery import Work
from visavis_agents.painting.moving import Shot, alive, film, over, way
from visavis_models.clip_file import WebM, gif
from visavis_models.errors import ModelError
from visavis_models.picture_file import decoded
from visavis_models.ports import Layered, Painting, Picture

ONE_S, EACH_S = 6.0, 3.0  # seconds of a clip of one picture, and of each in a film
RATE, GIF_EVERY = 20, 2  # pictures a second; every second one is in the GIF
SIDE = 512  # pixels of the longer side
STEP = 10  # pictures made at once, some 100 ms: a drawing's steps come between


class Studio:
    """One clip. drawn: at least one picture; last: the painting of the only one, for its layers; title: as it is told.

    Use in this order: poster(), step() until it is True, files(); and close() in any case."""

    def __init__(self, drawn: Sequence[Work], last: Painting | None, painter: object, title: str) -> None:
        self._drawn, self._last, self._painter, self._title = drawn, last, painter, title
        self._left = round(RATE * (ONE_S if len(drawn) == 1 else EACH_S * len(drawn)))
        self._made = 0
        self._kept: list[Picture] = []  # for the GIF
        self._webm: WebM | None = None

    def poster(self) -> bytes:
        """A JPEG of the first picture, shown until the clip is there."""
        picture = fitted(_pixels(self._drawn[0]), SIDE)
        self._pictures = film(self._shots(picture), self._left)
        self._webm = WebM((picture.shape[1], picture.shape[0]), RATE, self._title)
        return encode_picture(picture, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 85])

    def step(self) -> bool:
        """Make some more. Returns whether that was the last of it."""
        assert self._webm is not None
        for picture in islice(self._pictures, STEP):
            self._webm.add(picture)
            if self._made % GIF_EVERY == 0:
                self._kept.append(picture)
            self._made += 1
            self._left -= 1
        return self._left <= 0

    def files(self) -> dict[str, bytes]:
        """The clip, by form."""
        assert self._webm is not None
        webm, self._webm = self._webm, None
        return {"webm": webm.close(), "gif": gif(self._kept, RATE // GIF_EVERY)}

    def close(self) -> None:
        """Let go of what was not finished."""
        if self._webm is not None:
            self._webm.close()
        self._webm, self._kept = None, []

    def _shots(self, first: Picture) -> list[Shot]:
        height, width = first.shape[:2]
        last, painter = self._last, self._painter
        if last is not None and isinstance(painter, Layered) and (layers := painter.layers(last, (width, height))):
            return [alive(layers, (width, height))]
        pictures = [framed(_pixels(work), width, height) for work in self._drawn]
        return [over(picture, way(number)) for number, picture in enumerate(pictures)]


def _pixels(work: Work) -> Picture:
    try:
        return decoded(work.files.get("png") or work.files["jpg"])
    except ValueError as error:
        raise ModelError(f"the picture {error}") from None


def fitted(picture: Picture, longest: int) -> Picture:
    """The longer side at most `longest` pixels, both even, as video wants them."""
    scale = min(1.0, longest / max(picture.shape[:2]))
    size = (max(2, 2 * round(picture.shape[1] * scale / 2)), max(2, 2 * round(picture.shape[0] * scale / 2)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def framed(picture: Picture, width: int, height: int) -> Picture:
    """Fill width x height with it; what stands over is cut off evenly."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    big = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    return np.asarray(big[y : y + height, x : x + width], np.uint8)
