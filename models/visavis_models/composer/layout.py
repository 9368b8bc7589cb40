"""A scene placed on the canvas: what stands on the ground in a row, what hangs in the sky, what lies far off. Pure.

Here x runs to the right and y downwards, both in heights of the canvas: x in 0..aspect, y in 0..1. The same scene
always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis_models.composer.group import Group, Item, copies, grouped, is_aloft
from visavis_models.composer.scatter import Area, Float, scattered
from visavis_models.composer.scene import Backdrop, Scene, Subject, Thing

MARGIN = 0.045
LEGIBLE = 0.1  # canvas heights: nothing that stands is drawn lower, where there is room


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


def lay_out(scene: Scene, aspect: float) -> list[Placed]:
    """All pictures, those behind first. aspect: the canvas's width / height."""
    if scene.backdrop == "paper":
        return _on_paper(scene, aspect)
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
    placed += _standing(scene, kinds["ground"], aspect, stage, above)
    if kinds["far"]:
        placed += _far(scene, kinds["far"], aspect, stage, bool(kinds["ground"]))
    placed += _floating(scene, kinds["float"], aspect, stage, placed)
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


# --- on the ground ---------------------------------------------------------------------------------------------------


def _standing(scene: Scene, groups: list[Group], aspect: float, stage: Stage, above: bool) -> list[Placed]:
    """One row; where that would make things tiny, the tall ones go to a second row behind."""
    if not groups:
        return []
    tallest = stage.tallest[above]
    if len(groups) == 1:
        return _row(scene, groups, aspect, stage.foot, tallest, 4.0, unit=_lone(scene, groups[0], aspect, tallest))
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
    ordered = sorted(groups, key=lambda group: _side(scene, group))
    sides = [_side(scene, group) for group in ordered]
    units = [max(unit, min(LEGIBLE / group.box.height, 2.5 * unit)) for group in ordered]
    widths = [group.box.width * own for group, own in zip(ordered, units, strict=True)]
    room = aspect - 2 * MARGIN - sum(widths)
    gap = min(0.16, room / max(1, len(ordered)))
    starts = _starts(sides, widths, gap, aspect)
    placed = []
    for group, left, width, unit in zip(ordered, starts, widths, units, strict=True):
        box = group.box
        centre = left + width / 2
        depth = 0.07 * min(1.0, box.height * unit / 0.5) if layer >= 3 else 0.0  # what is tall stands farther back
        turn = len(ordered) > 1 and centre < aspect * 0.4
        placed += _set(group, left - box.left * unit, foot - depth, unit, layer + foot - depth, turn)
    return placed


def _starts(sides: Sequence[int], widths: Sequence[float], gap: float, aspect: float) -> list[float]:
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


def _side(scene: Scene, group: Group) -> int:
    spots = {spot for number in group.things for spot in scene.things[number].spots}
    return -1 if "left" in spots else 1 if "right" in spots else 0


def _set(
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


def _far(scene: Scene, groups: Sequence[Group], aspect: float, stage: Stage, behind: bool) -> list[Placed]:
    """On the horizon: ranges that overlap, large, behind everything else."""
    items = [item for group in groups for item in group.items]
    arches = [item for item in items if item.subject.name == "rainbow"]
    items = [item for item in items if item not in arches]
    high = 0.34 if behind or arches else 0.46
    if arches:
        wide = min(0.92 * aspect, 1.9 * stage.horizon)
        area = Area(
            0.5 * aspect - wide / 2, stage.horizon + 0.03 - wide / 2, wide, wide / arches[0].width * arches[0].height
        )
        return [
            Placed(arches[0].subject, arches[0].colour, area, 1.2, False, ""),
            *_range(scene, groups, items, high, aspect, stage),
        ]
    return _range(scene, groups, items, high, aspect, stage)


def _range(
    scene: Scene, groups: Sequence[Group], items: Sequence[Item], high: float, aspect: float, stage: Stage
) -> list[Placed]:
    """Side by side on the horizon."""
    if not items:
        return []
    step = aspect / (len(items) + (0 if len(items) > 1 else 1))
    placed = []
    for number, item in enumerate(items):
        unit = min(high / item.height, 1.35 * aspect / max(2, len(items)) / item.width)
        side = _side(scene, groups[0])
        centre = (number + (0.5 if len(items) > 1 else 1.0)) * step + side * 0.25 * aspect
        tall = item.height * unit * (1.0 - 0.14 * (number % 2))
        wide = tall * item.width / item.height
        area = Area(centre - wide / 2, stage.horizon + 0.025 - tall, wide, tall)
        placed.append(Placed(item.subject, item.colour, area, 1.5 - 0.01 * (number % 2), False, ""))
    return placed


# --- in the sky, under water, in space -------------------------------------------------------------------------------


def _floating(scene: Scene, groups: Sequence[Group], aspect: float, stage: Stage, others: list[Placed]) -> list[Placed]:
    """Each copy by itself, where it is free; groups as they are."""
    if not groups:
        return []
    region = Area(MARGIN * 0.7, stage.floats[0], aspect - MARGIN * 1.4, stage.floats[1] - stage.floats[0])
    if scene.backdrop not in ("space", "underwater", "sea") and not others:
        region = Area(region.x, region.y, region.width, stage.horizon - 0.08 - region.y)
    floats: list[Float] = []
    for order, group in enumerate(groups):
        thing = scene.things[group.things[0]]
        own = region
        if scene.backdrop == "sea" and thing.subject.place == "deep":
            own = Area(region.x, 0.76, region.width, 0.2)
        elif scene.backdrop == "beach" and thing.subject.place in ("deep", "water"):
            own = Area(region.x, 0.2, region.width, stage.water + 0.03 - 0.2)
        pieces = (
            [group] if len(group.things) > 1 else [Group(group.things, (item,)) for item in copies(thing, flat=False)]
        )
        for number, piece in enumerate(pieces):
            wish = _wish(scene, thing, order, number, len(pieces), own, others, aspect)
            floats.append(Float(piece, wish, own))
    lone = not others and len(floats) <= 3
    unit = 0.62 if scene.backdrop == "space" and len(floats) <= 4 else 0.55 if lone else 0.5 if not others else 0.36
    obstacles = [other.area for other in others if other.depth >= 1.6]
    found: list[Placed] = []
    for number, (float_, unit_, x, y) in enumerate(scattered(floats, obstacles, unit)):
        box = float_.group.box
        swims = float_.group.items[0].subject.faces and scene.backdrop in ("underwater", "sea", "space", "day")
        turn = bool(swims) and (x < aspect * 0.45 if number % 2 == 0 else number % 3 == 0)
        found += _set(float_.group, x - box.middle * unit_, y + box.top * unit_, unit_, 1.0 + number * 0.001, turn, "")
    return found


def _wish(
    scene: Scene, thing: Thing, order: int, number: int, count: int, region: Area, others: list[Placed], aspect: float
) -> tuple[float, float]:
    """Where the middle of a floating thing would best be, as fractions of its region."""
    spots = thing.spots
    x = 0.2 if "left" in spots else 0.8 if "right" in spots else 0.5 if "middle" in spots else None
    afloat = scene.backdrop == "beach" and thing.subject.place in ("deep", "water")
    y = 0.9 if "bottom" in spots else 0.1 if "top" in spots else 0.75 if afloat else None
    host = next((relation.to for relation in thing.relations), None)
    guest = next((other for other in scene.things if any(scene.things[r.to] is thing for r in other.relations)), None)
    partner = scene.things[host] if host is not None else guest
    if x is None and count == 1 and partner is not None:
        near = [other.area for other in others if other.subject is partner.subject]
        if near:
            x = (near[0].x + near[0].width / 2) / aspect
            link = thing.relations[0].link if thing.relations else ""
            x += {"left": -0.3, "right": 0.3, "beside": 0.25}.get(link, 0.0)
    if count > 1:
        spread = ((number + 0.5) / count, (number * 0.618 + 0.21) % 1.0)
        return (spread[0] if x is None else x * 0.6 + spread[0] * 0.4), spread[1] if y is None else y
    if x is None:
        x = (0.8, 0.22, 0.5, 0.36, 0.66, 0.1, 0.92)[order % 7] if others or order else 0.5
    if y is None:
        y = 0.5 if not others and order == 0 else (0.2, 0.35, 0.15, 0.55, 0.7)[order % 5]
    return x, y


# --- on paper --------------------------------------------------------------------------------------------------------


def _on_paper(scene: Scene, aspect: float) -> list[Placed]:
    """Groups in rows, as large as they fit, in the middle of the sheet."""
    groups = grouped(scene, flat=True)
    if not groups:
        return []
    rows = _paper_rows(scene, groups, aspect)
    gap = 0.16
    widest = max(sum(group.box.width for group in row) + gap * (len(row) - 1) for row in rows)
    highest = sum(max(group.box.height for group in row) for row in rows) + gap * (len(rows) - 1)
    lone = 0.6 if len(groups) == 1 and len(groups[0].items) == 1 else 0.82
    unit = min(lone * aspect / widest, lone / highest, 1.6)
    flat = all(group.items[0].subject.kind in ("shape", "face") or group.items[0].subject.name.endswith("heart")
               for group in groups)  # fmt: skip
    y = 0.5 - highest * unit / 2
    placed: list[Placed] = []
    for row in rows:
        tall = max(group.box.height for group in row) * unit
        ordered = sorted(row, key=lambda group: _side(scene, group))
        widths = [group.box.width * unit for group in ordered]
        starts = _starts([_side(scene, group) for group in ordered], widths, gap * unit, aspect)
        for group, left in zip(ordered, starts, strict=True):
            foot = y + tall + (group.box.bottom * unit if group.box.bottom < 0 else 0)
            placed += _set(group, left - group.box.left * unit, foot, unit, 1.0 + foot, False, "" if flat else "paper")
        y += tall + gap * unit
    return sorted(placed, key=lambda picture: picture.depth)


def _paper_rows(scene: Scene, groups: list[Group], aspect: float) -> list[list[Group]]:
    """Rows as wished (top, middle, bottom), or as many as make everything largest."""
    spots = [{spot for number in group.things for spot in scene.things[number].spots} for group in groups]
    if any(wished & {"top", "bottom"} for wished in spots):
        heights = [0 if "top" in wished else 2 if "bottom" in wished else 1 for wished in spots]
        return [row for level in range(3) if (row := [g for g, h in zip(groups, heights, strict=True) if h == level])]
    if any(wished & {"left", "right", "middle"} for wished in spots) and len(groups) <= 4:
        return [groups]
    best: tuple[float, list[list[Group]]] = (0.0, [groups])
    for count in range(1, min(4, len(groups)) + 1):
        per = -(-len(groups) // count)
        rows = [groups[start : start + per] for start in range(0, len(groups), per)]
        width = max(sum(group.box.width for group in row) + 0.16 * (len(row) - 1) for row in rows)
        height = sum(max(group.box.height for group in row) for row in rows) + 0.16 * (len(rows) - 1)
        if (unit := min(aspect / width, 1 / height)) > best[0] * 1.05:
            best = (unit, rows)
    return best[1]


__all__ = ["Item", "Placed", "Stage", "lay_out", "stage_of"]
