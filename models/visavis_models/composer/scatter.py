"""Free places for what hangs in the sky or swims: near where it was wished, over nothing else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis_models.composer.group import Group

STEPS = 14  # tried places across and down
TRIES = 10  # each makes everything a tenth smaller
AIR = 0.012  # kept between two


@dataclass(frozen=True, slots=True)
class Area:
    """x, y of the upper left corner, width, height, in heights of the canvas."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Area) -> float:
        """The common surface."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0.0, across) * max(0.0, down)


@dataclass(frozen=True, slots=True)
class Float:
    """A group with the place wished for its middle, (0..1, 0..1) of its region."""

    group: Group
    wish: tuple[float, float]
    region: Area


def scattered(
    floats: Sequence[Float], obstacles: Sequence[Area], unit: float
) -> list[tuple[Float, float, float, float]]:
    """(float, unit, x of its middle, y of its upper edge) for each, large ones first. unit: canvas heights for 1."""
    order = sorted(floats, key=lambda one: -one.group.box.width * one.group.box.height)
    found: list[tuple[Float, float, float, float]] = []
    for _ in range(TRIES):
        found, crowded = _tried(order, obstacles, unit)
        if not crowded:
            break
        unit *= 0.9
    return found


def _tried(
    order: Sequence[Float], obstacles: Sequence[Area], unit: float
) -> tuple[list[tuple[Float, float, float, float]], bool]:
    taken: list[Area] = []
    found = []
    crowded = False
    for one in order:
        box, region = one.group.box, one.region
        own = min(unit, 0.96 * region.width / box.width, region.height / box.height)
        width, height = box.width * own, box.height * own
        best: tuple[float, Area] | None = None
        for across in range(STEPS + 1):
            for down in range(STEPS + 1):
                area = Area(
                    region.x + (region.width - width) * across / STEPS,
                    region.y + (region.height - height) * down / STEPS,
                    width,
                    height,
                )
                cost = _cost(area, one, taken, obstacles)
                if best is None or cost < best[0]:
                    best = (cost, area)
        assert best is not None
        crowded = crowded or best[0] >= 10
        taken.append(best[1])
        found.append((one, own, best[1].x + width / 2, best[1].y))
    return found, crowded


def _cost(area: Area, one: Float, taken: Sequence[Area], obstacles: Sequence[Area]) -> float:
    """Distance from the wish; 10 and more where it would cover something."""
    x = one.region.x + one.wish[0] * one.region.width
    y = one.region.y + one.wish[1] * one.region.height
    far = abs(area.x + area.width / 2 - x) + abs(area.y + area.height / 2 - y)
    wide = Area(area.x - AIR, area.y - AIR, area.width + 2 * AIR, area.height + 2 * AIR)
    covered = sum(wide.overlap(other) for other in (*taken, *obstacles)) / (area.width * area.height)
    return far + (10 + 40 * covered if covered > 0.02 else 0.0)
