"""A scene laid out: where each copy of each picture stands, in pixels. Pure.

Things of the ground stand on it, large ones behind; things of the sky hang above; small things without a ground are
set out on plain paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visavis_models.composer.scene import Scene, Thing

HORIZON = 0.6  # of the height, from above
ADULT = 0.42  # of the height: a standing adult
NEAREST = 0.93  # where the foremost things stand
PAPER = 0.8  # share of the width that things on paper may take


@dataclass(frozen=True, slots=True)
class Spot:
    """One picture: centre x, foot y, width, height as fractions of the canvas. depth: drawn from low to high."""

    name: str
    x: float
    foot: float
    width: float
    height: float
    depth: float
    colour: int | None


def lay_out(scene: Scene, pictures: Mapping[str, Mapping[str, Any]], aspect: Mapping[str, float]) -> list[Spot]:
    """pictures: traits by name; aspect: width / height by name. Back to front."""
    outdoors = is_outdoors(scene, pictures)
    zoom = _zoom(scene, pictures) if outdoors else 1.0
    groups: list[list[Spot]] = []
    free = [i for i, thing in enumerate(scene.things) if thing.to is None]
    for index, thing in enumerate(scene.things):
        traits = pictures[thing.name]
        width, height = _size(thing, traits, aspect[thing.name], outdoors, len(free), zoom)
        if thing.to is not None:
            groups.append(_related(thing, traits, width, height, groups[thing.to], pictures))
            continue
        centre = thing.x if thing.x is not None else _column(free.index(index), len(free), scene)
        groups.append(_row(thing, traits, width, height, centre, outdoors, free.index(index), len(free)))
    return sorted((spot for group in groups for spot in group), key=lambda spot: spot.depth)


def is_outdoors(scene: Scene, pictures: Mapping[str, Mapping[str, Any]]) -> bool:
    if scene.ground or scene.sky:
        return True
    places = {pictures[thing.name]["place"] for thing in scene.things}
    return bool(places & {"ground", "far", "sky", "water", "deep"}) and not (
        places == {"sky"} and len(scene.things) == 1
    )


def _column(number: int, count: int, scene: Scene) -> float:
    """Even columns; the first thing named stands in the middle of an odd number."""
    order = sorted(range(count), key=lambda n: abs(n - (count - 1) / 2))
    return (order[number] + 0.5) / count


def _zoom(scene: Scene, pictures: Mapping[str, Mapping[str, Any]]) -> float:
    """A scene of small things is seen from near."""
    largest = max(float(pictures[thing.name]["size"]) for thing in scene.things) * ADULT
    return max(1.0, min(2.2, 0.46 / largest))


def _size(
    thing: Thing, traits: Mapping[str, Any], aspect: float, outdoors: bool, things: int, zoom: float
) -> tuple[float, float]:
    longer = float(traits["size"]) * ADULT * thing.scale * zoom
    if not outdoors:
        longer = (0.55 if things == 1 else 0.36) * min(1.5, thing.scale)
    elif traits["place"] == "thing":
        longer = max(longer, 0.16)  # small things must still be seen
    copies = max(1.0, thing.count**0.5 if outdoors else thing.count**0.62)
    longer = min(longer, 0.95) / (copies if thing.count > 3 or not outdoors else 1.0)
    return (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)


def _row(
    thing: Thing,
    traits: Mapping[str, Any],
    width: float,
    height: float,
    x: float,
    outdoors: bool,
    number: int,
    things: int,
) -> list[Spot]:
    """The copies of one thing round x, in up to three rows."""
    room = PAPER if things == 1 else 0.92 / things
    across = max(1, min(thing.count, int(max(room, width) / (width * 1.08))))
    if not outdoors:
        across = min(
            thing.count, max(across, 1) if thing.count <= 3 else -(-thing.count // (2 if thing.count <= 8 else 3))
        )
    if outdoors and traits["place"] in ("sky", "space"):
        across, room = min(across, 4), 0.92
    rows = -(-thing.count // across)
    spots = []
    for n in range(thing.count):
        row, column = divmod(n, across)
        here = min(across, thing.count - row * across)
        step = width * 1.1
        if outdoors and traits["place"] in ("sky", "space") and thing.count > 1:  # scattered over the sky
            step = max(step, room / max(across, 1))
            x = 0.5 + 0.06 * (-1) ** row
        cx = x + (column - (here - 1) / 2) * step
        cx = min(max(cx, width / 2 + 0.01), 0.99 - width / 2)
        foot, depth = _foot(traits["place"], height, outdoors, row, rows, number, thing.scale)
        spots.append(Spot(thing.name, cx, foot, width, height, depth, thing.colour))
    return spots


def _foot(
    place: str, height: float, outdoors: bool, row: int, rows: int, number: int, scale: float
) -> tuple[float, float]:
    if not outdoors:
        middle = 0.5 + (row - (rows - 1) / 2) * height * 1.12
        return middle + height / 2, 2.0
    if place in ("sky", "space"):
        return 0.05 + height + row * height * 1.25 + 0.04 * (number % 2), 0.1
    if place == "far":
        return HORIZON + 0.02, 0.0
    back = min(1.0, max(0.0, height / 0.8))  # tall things stand farther back
    foot = NEAREST - 0.2 * back - 0.07 * (rows - 1 - row) - 0.015 * (number % 2)
    return max(foot, HORIZON + 0.06), 1.0 + foot


def _related(
    thing: Thing,
    traits: Mapping[str, Any],
    width: float,
    height: float,
    owners: list[Spot],
    pictures: Mapping[str, Mapping[str, Any]],
) -> list[Spot]:
    """Copies on, under, behind or in front of the first copy of another thing."""
    owner = owners[0]
    top = float(pictures[owner.name].get("top", 0.9))
    spots = []
    for n in range(thing.count):
        x = owner.x + (n - (thing.count - 1) / 2) * width * 1.05
        match thing.relation:
            case "on" | "on top of" | "in":
                sunk = 0.35 if thing.relation == "in" else 0.0
                foot = owner.foot - owner.height * top + height * sunk
                depth = owner.depth + (0.01 if thing.relation != "in" else -0.01)
            case "above" | "over":
                foot, depth = owner.foot - owner.height - 0.05, owner.depth
            case "under" | "below":
                foot, depth = owner.foot + 0.02, owner.depth + 0.02
            case "behind":
                x, foot, depth = x + owner.width * 0.35, owner.foot - 0.05, owner.depth - 0.02
            case _:
                foot, depth = min(0.98, owner.foot + 0.05), owner.depth + 0.05
        spots.append(Spot(thing.name, min(max(x, 0.05), 0.95), foot, width, height, depth, thing.colour))
    return spots
