"""Where pictures are on the canvas, and the stages that backdrops give them. Pure.

x runs to the right and y downwards, both in heights of the canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis_models.composer.group import Group
from visavis_models.composer.scatter import Area
from visavis_models.composer.scene import Backdrop, Scene, Subject

MARGIN = 0.045


@dataclass(frozen=True, slots=True)
class Placed:
    """One picture on the canvas. shadow: "ground", "paper" or none. rim: share of its height that is shown, from
    below."""

    subject: Subject
    colour: str
    area: Area
    depth: float
    flip: bool
    shadow: str
    rim: float = 1.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things go before a backdrop. horizon, foot (of what stands in front): y. floats: where what hangs may be.
    tallest: of what stands, without and with things above it. water: foot of what swims, 0 for none."""

    horizon: float
    foot: float
    floats: tuple[float, float]
    tallest: tuple[float, float] = (0.56, 0.44)
    water: float = 0.0


_DAY = Stage(0.62, 0.9, (0.05, 0.5))


STAGES: dict[Backdrop, Stage] = {
    "room": Stage(0.68, 0.92, (0.07, 0.5)),
    "street": Stage(0.6, 0.86, (0.05, 0.45)),
    "city": Stage(0.66, 0.9, (0.04, 0.34), (0.42, 0.36)),
    "forest": Stage(0.6, 0.9, (0.04, 0.3), (0.48, 0.42)),
    "sea": Stage(0.46, 0.9, (0.04, 0.38), (0.5, 0.42), water=0.72),
    "beach": Stage(0.4, 0.92, (0.04, 0.34), (0.5, 0.46), water=0.55),
    "underwater": Stage(0.86, 0.95, (0.06, 0.8), (0.4, 0.34), water=0.4),
    "space": Stage(2.0, 0.95, (0.05, 0.95)),
    "moon": Stage(0.66, 0.92, (0.05, 0.5)),
    "paper": Stage(2.0, 0.8, (0.0, 0.0)),
}


def stage_of(backdrop: Backdrop) -> Stage:
    return STAGES.get(backdrop, _DAY)


def starts_of(sides: Sequence[int], widths: Sequence[float], gap: float, aspect: float) -> list[float]:
    """The left edges. Wished left or right: at that edge; the others in the middle of what is between."""
    total = sum(widths) + gap * (len(widths) - 1)
    starts = []
    at = (aspect - total) / 2
    for width in widths:
        starts.append(at)
        at += width + gap
    if len(set(sides)) > 1 or sides[0] != 0:
        spare = max(0.0, (aspect - total) / 2 - MARGIN - 0.02)
        starts = [
            start + spare * side * (1.0 if len(sides) > 1 else 0.8) for start, side in zip(starts, sides, strict=True)
        ]
    return starts


def side_of(scene: Scene, group: Group) -> int:
    spots = {spot for number in group.things for spot in scene.things[number].spots}
    return -1 if "left" in spots else 1 if "right" in spots else 0


def put(
    group: Group, x: float, foot: float, unit: float, depth: float, turn: bool, shadow: str = "ground"
) -> list[Placed]:
    """A group's pictures, its own x = 0 at `x` and its ground at `foot`."""
    alone = len(group.things) == 1
    found = []
    for item in group.items:
        flip = item.flip != (turn and alone and bool(item.subject.faces))
        area = Area(
            x + (item.x - item.width / 2) * unit,
            foot - (item.y + item.height) * unit,
            item.width * unit,
            item.height * unit,
        )
        found.append(
            Placed(
                item.subject, item.colour, area, depth + item.depth * 0.1, flip, shadow if item.rests else "", item.rim
            )
        )
    return found
