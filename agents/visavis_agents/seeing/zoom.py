"""Looking closer: which part of the last picture is looked at after "zoom in on the left", "zoom out", "to the right".

Pure. A region is a box in fractions of the whole picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis_agents.seeing.sight import Frame
from visavis_models.ports import Box

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
SHARE = 0.55  # of a side is left by one step: a little more than half, so that what lies on the border is not cut
LEAST = 0.08  # of the picture's side: closer shows nothing more
ROOM = 1.3  # the region round a thing, by the thing
PAN = 0.6  # of the region's side, by one step aside

WORDS = {"in": "closer", "out": "farther away", "whole": "the whole picture"}


@dataclass(frozen=True, slots=True)
class View:
    """What was looked at last: the frame, with which question, which part of it. still: at full resolution."""

    frame: Frame
    question: str
    region: Box = WHOLE
    still: bool = False


def zoomed(region: Box, way: str) -> Box:
    """The region after one step; the same one where no step is possible.

    way: in, out, whole; left, "top right", ...: that part of it; "pan left", ...: beside it. Other words mean "in"."""
    match way.split():
        case ["whole"]:
            return WHOLE
        case ["out"]:
            return _about(region, 1 / SHARE)
        case ["pan", *sides]:
            dx, dy = _direction(sides)
            return _placed(region.x + dx * PAN * region.w, region.y + dy * PAN * region.h, region.w, region.h)
        case ["in" | "centre"]:
            return _about(region, SHARE) if min(region.w, region.h) * SHARE >= LEAST else region
        case sides:
            dx, dy = _direction(sides)
            if not (dx or dy):
                return zoomed(region, "in")
            w, h = (region.w * SHARE if dx else region.w), (region.h * SHARE if dy else region.h)
            if min(w, h) < LEAST:
                return region
            return Box(region.x + (dx > 0) * (region.w - w), region.y + (dy > 0) * (region.h - h), w, h)


def around(boxes: Sequence[Box]) -> Box:
    """The region that shows these, with some room round them."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    w, h = max(box.x + box.w for box in boxes) - left, max(box.y + box.h for box in boxes) - top
    wide, high = min(1.0, max(w * ROOM, LEAST)), min(1.0, max(h * ROOM, LEAST))
    return _placed(left - (wide - w) / 2, top - (high - h) / 2, wide, high)


def where(way: str) -> str:
    """In words: "on the left", "at the top right", "closer"."""
    if way in WORDS:
        return WORDS[way]
    sides = way.removeprefix("pan ")
    farther = "farther " if way.startswith("pan") else ""
    at = "in" if sides == "centre" else "at" if sides.startswith(("top", "bottom")) else "on"
    return f"{farther}{at} the {sides}"


def _about(region: Box, scale: float) -> Box:
    w, h = min(1.0, region.w * scale), min(1.0, region.h * scale)
    return _placed(region.x + (region.w - w) / 2, region.y + (region.h - h) / 2, w, h)


def _placed(x: float, y: float, w: float, h: float) -> Box:
    return Box(min(max(x, 0.0), 1.0 - w), min(max(y, 0.0), 1.0 - h), w, h)


def _direction(sides: list[str]) -> tuple[int, int]:
    return ("right" in sides) - ("left" in sides), ("bottom" in sides) - ("top" in sides)
