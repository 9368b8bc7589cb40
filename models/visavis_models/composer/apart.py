"""A composed scene taken apart again, for making it move: backdrop, shadows, and what goes together, with what it does.

What rests on, is worn by or stands close before something moves with it: pictures that overlap are one layer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from visavis_models.composer.draw import Canvas, backdrop, shade, thing, weather
from visavis_models.composer.placed import Placed
from visavis_models.composer.scatter import Area
from visavis_models.composer.scene import Scene
from visavis_models.composer.shapes import SHADES
from visavis_models.ports import Layer, Life

CLOSE = 0.12  # of the smaller one's box lies in the other's: they belong together
FAR, NEAR = 0.15, 1.0  # depths of what is farthest and nearest
_DRIFTS = re.compile(r"cloud|fog|wind|comet|airplane|rocket|helicopter|satellite")
_FIXED = re.compile(r"\b(?:sun|rainbow|moon|star|planet|earth|milky)")
_SWAYS = re.compile(r"tree|palm|flower|tulip|rose|blossom|hibiscus|cactus|herb|seedling|plant|leaf|sheaf|bouquet|face")
_STANDS = frozenset({"building", "furniture", "outdoors", "vehicle", "shape", "clothing", "part"})


def apart(scene: Scene, placed: list[Placed], drawings: Mapping[str, str], width: int, height: int) -> list[Layer]:
    """The layers of a picture of that size, farthest first. Empty: its style holds it together."""
    if scene.style == "pixels":
        return []
    depths = [picture.depth for picture in placed]
    low, span = min(depths, default=0.0), max(depths, default=0.0) - min(depths, default=0.0)
    found = [_layer(backdrop(scene, width, height), 0.0, "still")]
    for group in _together(placed):
        main = max(group, key=lambda picture: picture.area.width * picture.area.height)
        depth = FAR + (NEAR - FAR) * ((main.depth - low) / span if span else 0.5)
        ground, things = np.zeros((height, width, 4), np.float32), np.zeros((height, width, 4), np.float32)
        for picture in group:
            if picture.shadow:
                shade(ground, picture, SHADES[picture.shadow])
            thing(things, scene, picture, drawings)
        found += [_layer(ground, depth, "still"), _layer(things, depth, _life(main))]
    if (falling := weather(scene, width, height)) is not None:
        found.append(_layer(falling, NEAR, "still"))
    return [layer for layer in found if layer.pixels.size]


def _together(placed: list[Placed]) -> list[list[Placed]]:
    """Groups of pictures that overlap, in the order of their farthest."""
    groups: list[list[Placed]] = []
    for picture in placed:
        mine = [group for group in groups if any(_close(picture.area, other.area) for other in group)]
        rest = [group for group in groups if group not in mine]
        groups = [*rest, [*(known for group in mine for known in group), picture]]
    return sorted(groups, key=lambda group: min(picture.depth for picture in group))


def _close(one: Area, other: Area) -> bool:
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    smaller = min(one.width * one.height, other.width * other.height)
    return wide > 0 and high > 0 and wide * high > CLOSE * smaller


def _life(picture: Placed) -> Life:
    """What it does when everything moves."""
    subject = picture.subject
    if subject.place in ("sky", "space"):
        return "still" if _FIXED.search(subject.name) else "drift" if _DRIFTS.search(subject.name) else "float"
    if subject.place in ("water", "deep"):
        return "float"
    if subject.kind in _STANDS or subject.place in ("far", "wall"):
        return "still"
    if _SWAYS.search(subject.name):
        return "sway"
    return "hop" if subject.place == "ground" else "still"


def _layer(canvas: Canvas, depth: float, life: Life) -> Layer:
    """canvas: (height, width, 4), straight alpha. Only the part is kept in which there is something."""
    rows, columns = (np.nonzero(canvas[..., 3].max(axis=axis) >= 1)[0] for axis in (1, 0))
    if not rows.size:
        return Layer(np.zeros((0, 0, 4), np.uint8), 0.0, 0.0)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    pixels = np.clip(canvas[top:bottom, left:right] + 0.5, 0, 255).astype(np.uint8)
    return Layer(pixels, left / canvas.shape[1], top / canvas.shape[0], depth, life)
