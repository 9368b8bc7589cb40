"""A scene placed on the canvas: what stands on the ground in a row, what hangs in the sky, what lies far off. Pure.

Here x runs to the right and y downwards, both in heights of the canvas: x in 0..aspect, y in 0..1. The same scene
always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from visavis_models.composer.floating import floating
from visavis_models.composer.group import Group, grouped, is_aloft
from visavis_models.composer.items import Item
from visavis_models.composer.paper import on_paper
from visavis_models.composer.placed import MARGIN, Placed, Stage, put, side_of, stage_of, starts_of
from visavis_models.composer.scatter import Area
from visavis_models.composer.scene import Backdrop, Scene, Thing

__all__ = ["Placed", "lay_out"]

LEGIBLE = 0.1  # canvas heights: nothing that stands is drawn lower, where there is room


def lay_out(scene: Scene, aspect: float) -> list[Placed]:
    """All pictures, those behind first. aspect: the canvas's width / height."""
    if scene.backdrop == "paper":
        return on_paper(scene, aspect)
    groups = grouped(scene, flat=False)
    stage = stage_of(scene.backdrop)
    kinds: dict[str, list[Group]] = {"float": [], "far": [], "water": [], "ground": []}
    for group in groups:
        kinds[_kind(scene.things[group.things[0]], scene.backdrop)].append(group)
    above = bool(kinds["float"]) and scene.backdrop not in ("space", "underwater")
    placed: list[Placed] = []
    if kinds["water"]:
        foot = stage.water + (0.0 if kinds["float"] else 0.1)
        placed += _row(scene, kinds["water"], aspect, foot, stage.tallest[above], 2.0, most=0.75)
    placed += _standing(scene, kinds["ground"], aspect, stage, above, bool(kinds["far"]))
    if kinds["far"]:
        placed += _far(scene, kinds["far"], aspect, stage, bool(kinds["ground"]))
    placed += floating(scene, kinds["float"], aspect, stage, placed)
    return sorted(placed, key=lambda picture: picture.depth)


def _kind(thing: Thing, backdrop: Backdrop) -> str:
    place = thing.subject.place
    if backdrop == "moon":
        return "float" if place in ("sky", "space") and thing.subject.kind != "person" else "ground"
    if backdrop == "space":
        return "float"
    if backdrop == "underwater":
        return "float" if place in ("deep", "water") or is_aloft(thing) else "ground"
    if "far" in thing.spots and place in ("far", "ground"):
        return "far"
    if is_aloft(thing) or (place == "wall" and backdrop == "room"):
        return "float"
    if backdrop == "beach" and place in ("deep", "water"):
        return "float"
    if backdrop == "sea" and place == "deep":
        return "float"
    if place == "far":
        return "far"
    return "water" if backdrop == "sea" else "ground"


def _standing(scene: Scene, groups: list[Group], aspect: float, stage: Stage, above: bool, far: bool) -> list[Placed]:
    """One row; where that would make things tiny, the tall ones go to a second row behind."""
    if not groups:
        return []
    tallest = stage.tallest[above]
    if len(groups) == 1:
        lone = _lone(scene, groups[0], aspect, tallest * (0.7 if far else 1.0))
        return _row(scene, groups, aspect, stage.foot, tallest, 4.0, unit=lone)
    unit = _unit(groups, aspect, tallest)
    tall, low = _two_rows(scene, groups)
    if tall and low and (unit < 0.24 or (len(groups) > 3 and unit < 0.36)):
        back = min(_unit(tall, aspect, tallest * 0.9), 0.42)
        front = min(_unit(low, aspect, 0.3), back * 1.7)
        return [
            *_row(scene, tall, aspect, max(stage.horizon + 0.12, stage.foot - 0.22), tallest, 3.0, unit=back),
            *_row(scene, low, aspect, stage.foot + 0.035, 0.3, 4.0, unit=front),
        ]
    return _row(scene, groups, aspect, stage.foot, tallest, 4.0, unit=unit)


def _lone(scene: Scene, group: Group, aspect: float, tallest: float) -> float:
    """A thing alone fills much of the picture, more when it is said to be big, whatever its size in the world."""
    scale = scene.things[group.things[0]].scale
    usual = group.box.height / scale
    high = min(tallest, max(0.36, 0.85 * usual)) * scale**0.8
    return float(min(min(high, tallest * 1.35) / group.box.height, (aspect - 2 * MARGIN) / group.box.width))


def _two_rows(scene: Scene, groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """The tall ones and the others, so that neither row is crowded; in the order they were told."""
    tall = [group for group in groups if group.box.height >= 1.15]
    if not tall or len(tall) == len(groups):
        ranked = sorted(groups, key=lambda group: -group.box.height)
        half, width = sum(group.box.width for group in groups) / 2, 0.0
        tall = []
        for group in ranked:
            if tall and width + group.box.width > 1.15 * half:
                break
            tall.append(group)
            width += group.box.width
    return [group for group in groups if group in tall], [group for group in groups if group not in tall]


def _unit(groups: Sequence[Group], aspect: float, tallest: float, most: float = 0.85) -> float:
    """How much of the canvas one scene unit is, so that all fit side by side."""
    width = sum(group.box.width for group in groups) + 0.14 * (len(groups) - 1)
    return min(most, (aspect - 2 * MARGIN) / width, tallest / max(group.box.height for group in groups))


def _row(
    scene: Scene,
    groups: Sequence[Group],
    aspect: float,
    foot: float,
    tallest: float,
    layer: float,
    most: float = 0.85,
    unit: float | None = None,
) -> list[Placed]:
    """Groups side by side on one line: those wished left first, those wished right last."""
    unit = unit or _unit(groups, aspect, tallest, most)
    ordered = sorted(groups, key=lambda group: side_of(scene, group))
    sides = [side_of(scene, group) for group in ordered]
    units = [max(unit, min(LEGIBLE / group.box.height, 2.5 * unit)) for group in ordered]
    widths = [group.box.width * own for group, own in zip(ordered, units, strict=True)]
    room = aspect - 2 * MARGIN - sum(widths)
    gap = min(0.16, room / max(1, len(ordered)))
    starts = starts_of(sides, widths, gap, aspect)
    placed = []
    for group, left, width, unit in zip(ordered, starts, widths, units, strict=True):
        box = group.box
        centre = left + width / 2
        depth = 0.07 * min(1.0, box.height * unit / 0.5) if layer >= 3 else 0.0  # what is tall stands farther back
        turn = len(ordered) > 1 and centre < aspect * 0.4
        placed += put(group, left - box.left * unit, foot - depth, unit, layer + foot - depth, turn)
    return placed


def _far(scene: Scene, groups: Sequence[Group], aspect: float, stage: Stage, behind: bool) -> list[Placed]:
    """On the horizon: ranges that overlap, large, behind everything else."""
    items = [item for group in groups for item in group.items]
    arches = [item for item in items if item.subject.name == "rainbow"]
    items = [item for item in items if item not in arches]
    high = 0.46 if not (behind or arches) else 0.4 if len(items) == 1 and not arches else 0.34
    if arches:
        wide = min(0.92 * aspect, 1.9 * stage.horizon)
        area = Area(
            0.5 * aspect - wide / 2, stage.horizon + 0.03 - wide / 2, wide, wide / arches[0].width * arches[0].height
        )
        return [
            Placed(arches[0].subject, arches[0].colour, area, 1.2, False, ""),
            *_range(scene, groups, items, high, aspect, stage, behind),
        ]
    return _range(scene, groups, items, high, aspect, stage, behind)


def _range(
    scene: Scene, groups: Sequence[Group], items: Sequence[Item], high: float, aspect: float, stage: Stage, behind: bool
) -> list[Placed]:
    """Side by side on the horizon; one alone is put aside where something stands before it."""
    if not items:
        return []
    step = aspect / (len(items) + (0 if len(items) > 1 else 1))
    placed = []
    for number, item in enumerate(items):
        unit = min(high / item.height, 1.35 * aspect / max(2, len(items)) / item.width)
        side = side_of(scene, groups[0]) or (-0.7 if behind and len(items) == 1 else 0)
        centre = (number + (0.5 if len(items) > 1 else 1.0)) * step + side * 0.25 * aspect
        tall = item.height * unit * (1.0 - 0.14 * (number % 2))
        wide = tall * item.width / item.height
        area = Area(centre - wide / 2, stage.horizon + 0.025 - tall, wide, tall)
        placed.append(Placed(item.subject, item.colour, area, 1.5 - 0.01 * (number % 2), False, ""))
    return placed
