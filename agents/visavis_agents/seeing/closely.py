"""Reading a large picture: once as a whole, and once more round what was found where that is only a part of it.

A reader looks for lines on a copy that has a limited size. What is 12 pixels high in a picture 1920 wide is found badly
there (59 % of its letters wrong), and well in the part that holds it (0.3 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from visavis_models.ports import Box, Found, Picture, Reader

LARGE = 1500  # pixels of the longer side, from which on there may be a second look
MARGIN = 4.0  # line heights round what was found: neighbours that were missed
PART = 0.75  # of a side: where the text takes more, a second look finds no more


def read_closely(reader: Reader, picture: Picture) -> tuple[Found, ...]:
    """Lines of text in reading order. Blocking, twice as long as reading. Raises ModelError."""
    lines = reader.read(picture)
    part = around(lines)
    if max(picture.shape[:2]) < LARGE or part is None or max(part.w, part.h) > PART:
        return lines
    height, width = picture.shape[:2]
    left, top = int(part.x * width), int(part.y * height)
    right, bottom = round((part.x + part.w) * width), round((part.y + part.h) * height)
    closer = reader.read(np.ascontiguousarray(picture[top:bottom, left:right]))
    if _weight(closer) <= _weight(lines):
        return lines
    x, y, w, h = left / width, top / height, (right - left) / width, (bottom - top) / height
    return tuple(
        line
        if (box := line.box) is None
        else Found(line.kind, line.label, line.score, Box(x + box.x * w, y + box.y * h, box.w * w, box.h * h))
        for line in closer
    )


def around(lines: Sequence[Found]) -> Box | None:
    """The part of the picture that holds them all, with a margin."""
    boxes = [line.box for line in lines if line.box is not None]
    if not boxes:
        return None
    margin = MARGIN * median(box.h for box in boxes)
    left, top = (max(0.0, low - margin) for low in (min(box.x for box in boxes), min(box.y for box in boxes)))
    right = min(1.0, max(box.x + box.w for box in boxes) + margin)
    bottom = min(1.0, max(box.y + box.h for box in boxes) + margin)
    return Box(left, top, right - left, bottom - top)


def _weight(lines: Sequence[Found]) -> float:
    """How much was read, each letter by how sure it is."""
    return sum(line.score**3 * len(line.label) for line in lines)
