"""The brush's canvas: painted things laid over the composer's backdrop, as its layout wants them. Numpy and OpenCV.

Things are (h, h, 4) premultiplied in 0..1, as the networks make them; canvases (h, w, 3) in 0..255.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.colour import multiplied
from visavis_models.composer.draw import backdrop, shade, weather
from visavis_models.composer.placed import Placed
from visavis_models.composer.scene import Scene
from visavis_models.composer.shapes import LIGHTS, SHADES, light_of
from visavis_models.composer.styles import paint_of
from visavis_models.ports import Picture

FOG = 0.1  # opacity that is not sure to be anything
Floats = NDArray[np.float32]


def background(scene: Scene, width: int, height: int) -> Floats:
    canvas = np.full((height, width, 3), 255, np.float32)
    over(canvas, unmixed(backdrop(scene, width, height)), 0, 0)
    return canvas


def unmixed(pixels: Floats) -> Floats:
    """Straight RGBA in 0..255, as the composer renders it, to a thing's kind of numbers."""
    made = pixels / np.float32(255)
    made[..., :3] *= made[..., 3:]
    return np.asarray(made, np.float32)


def composed(
    scene: Scene, placed: Sequence[Placed], things: Sequence[Floats], ground: Floats, falling: bool = True
) -> Picture:
    """All things laid in their order on a copy of the background; falling: and the weather before it. things: of each
    that is placed."""
    canvas = ground.copy()
    height, width = canvas.shape[:2]
    for each, thing in zip(placed, things, strict=True):
        if each.shadow:
            shade(canvas, each, SHADES[each.shadow])
        lay(canvas, scene, each, thing)
    if falling and (rain := weather(scene, width, height)) is not None:
        over(canvas, unmixed(rain), 0, 0)
    return np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8)


def lay(canvas: Floats, scene: Scene, placed: Placed, thing: Floats) -> None:
    """The thing, cut to its outline, as large as its area lets it be, standing on the area's foot."""
    height = canvas.shape[0]
    cut = outlined(cleared(thing))
    area = placed.area
    fit = min(area.width * height / cut.shape[1], area.height * height / cut.shape[0])
    wide, high = max(2, round(cut.shape[1] * fit)), max(2, round(cut.shape[0] * fit))
    made = painted_over(scene, placed, enlarged(cut, wide, high))
    x = round((area.x + area.width / 2) * height - wide / 2)
    y = round((area.y + area.height) * height) - high
    if placed.subject.place not in ("ground", "far", "thing"):  # it hangs, or swims
        y -= round((area.height * height - high) / 2)
    hidden = round(high * (1 - placed.rim))
    over(canvas, (made[:, ::-1] if placed.flip else made)[hidden:], x, y + hidden)


def painted_over(scene: Scene, placed: Placed, thing: Floats) -> Floats:
    """In the scene's light and style."""
    paints = []
    if light := light_of(scene, placed):
        paints.append(multiplied(LIGHTS[light]))
    if (paint := paint_of(scene.style)) is not None:
        paints.append(paint)
    if not paints:
        return thing
    made = thing.copy()
    solid = made[..., 3] > 1 / 255
    rgb = made[solid][:, :3] / made[solid][:, 3:]
    for paint in paints:
        rgb = paint(np.clip(rgb, 0, 1))
    made[solid, :3] = rgb * made[solid][:, 3:]
    return made


def cleared(thing: Floats) -> Floats:
    """Without the fog round it; colours no stronger than their opacity."""
    made = np.clip(thing, 0, 1)
    solid = np.clip((made[..., 3:] - FOG) / (1 - 2 * FOG), 0, 1)
    rgb = np.minimum(made[..., :3] / np.maximum(made[..., 3:], 1e-3), 1)
    return np.asarray(np.concatenate([rgb * solid, solid], 2), np.float32)


def outlined(thing: Floats) -> Floats:
    """What is not empty of it; all of it where nothing is."""
    rows, columns = (np.flatnonzero(thing[..., 3].max(axis) > 0.3) for axis in (1, 0))
    if len(rows) < 2 or len(columns) < 2:
        return thing
    return thing[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]


def enlarged(picture: Floats, width: int, height: int) -> Floats:
    """To (height, width, ...); edges that enlarging has softened are made steep again."""
    factor = width / picture.shape[1]
    if factor <= 1.2:
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.float32)
    made = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    reach = max(3, 2 * round(factor) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    straight = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    low, high = cv2.erode(straight, kernel), cv2.dilate(straight, kernel)
    soft = cv2.GaussianBlur(made, (0, 0), factor * 0.5)
    return np.asarray(np.clip(made + 1.5 * (made - cv2.GaussianBlur(soft, (0, 0), factor)), low, high), np.float32)


def over(canvas: Floats, pixels: Floats, x: int, y: int) -> None:
    """Premultiplied RGBA laid on, cut at the edges."""
    high, wide = pixels.shape[:2]
    left, top, right, bottom = max(0, x), max(0, y), min(canvas.shape[1], x + wide), min(canvas.shape[0], y + high)
    if right <= left or bottom <= top:
        return
    piece = pixels[top - y : bottom - y, left - x : right - x]
    under = canvas[top:bottom, left:right]
    under += 255 * piece[..., :3] - piece[..., 3:] * under
