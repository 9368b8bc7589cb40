"""What hangs in the sky, swims under water or floats in space: each copy where it is free, near its wish. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_models.composer.group import Group, copies
from visavis_models.composer.placed import MARGIN, Placed, Stage, put
from visavis_models.composer.scatter import Area, Float, scattered
from visavis_models.composer.scene import Scene, Thing


def floating(scene: Scene, groups: Sequence[Group], aspect: float, stage: Stage, others: list[Placed]) -> list[Placed]:
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
        found += put(float_.group, x - box.middle * unit_, y + box.top * unit_, unit_, 1.0 + number * 0.001, turn, "")
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
