"""Stills that move: a slow camera over a picture, layers that live, one picture fading into the next. Pure.

Positions are fractions of the picture, times fractions of the clip. A camera never shows what is beyond the border, and
is interpolated below a pixel, so that nothing jerks. About 3 ms a picture at 512x512.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import Layer, Picture

CLOSER = 1.16  # magnification at the end of the way
DEEP = 0.05  # of the picture's width that the nearest layer moves against the farthest
MARGIN = 1.08  # a picture of layers is seen a little from within, so that its border stays out of sight
FADE = 0.25  # of a picture's time it takes to become the next

Shot = Callable[[float], Picture]  # what is seen at a time, 0 to 1


@dataclass(frozen=True, slots=True)
class Way:
    """Where the camera looks, from the first picture to the last: magnification and centre."""

    zoom: tuple[float, float]
    x: tuple[float, float]
    y: tuple[float, float]


def way(number: int) -> Way:
    """Every picture of a film is gone over in another way: in, out, to the right, to the left."""
    near, mid = CLOSER, (1 + CLOSER) / 2
    return (
        Way((1.0, near), (0.5, 0.54), (0.5, 0.46)),
        Way((near, 1.0), (0.46, 0.5), (0.46, 0.5)),
        Way((mid, near), (0.44, 0.55), (0.5, 0.48)),
        Way((near, mid), (0.56, 0.46), (0.48, 0.5)),
    )[number % 4]


def eased(time: float) -> float:
    """0 to 1 that begins and ends slowly."""
    time = min(max(time, 0.0), 1.0)
    return time * time * (3 - 2 * time)


def over(picture: Picture, path: Way) -> Shot:
    """A camera going over a still."""

    def shot(time: float) -> Picture:
        done = eased(time)
        zoom, x, y = (a + (b - a) * done for a, b in (path.zoom, path.x, path.y))
        return _seen(picture, zoom, x, y)

    return shot


def alive(layers: Sequence[Layer], size: tuple[int, int]) -> Shot:
    """Layers, farthest first, each in its own motion, with a camera that passes by: what is nearer moves more.

    size: (width, height) of the picture; the first layer fills it."""

    ground = np.zeros((size[1], size[0], 3), np.float32)
    prepared = [_premultiplied(layer.pixels) for layer in layers]
    fixed = next((n for n, each in enumerate(layers) if each.depth or each.life != "still"), len(layers))
    for layer, pixels in zip(layers[:fixed], prepared, strict=False):
        _lay(ground, layer, pixels, 0.0, 0.0, 0)

    def shot(time: float) -> Picture:
        canvas = ground.copy()
        side = (2 * eased(time) - 1) / 2  # the camera goes from the left to the right
        for number in range(fixed, len(layers)):
            layer = layers[number]
            _lay(canvas, layer, prepared[number], -DEEP * layer.depth * side, time, number)
        return _seen(np.clip(canvas + 0.5, 0, 255).astype(np.uint8), MARGIN, 0.5, 0.5)

    return shot


def _premultiplied(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """So that an edge takes no colour from beyond it when it is moved by less than a pixel."""
    straight = pixels.astype(np.float32)
    straight[..., :3] *= straight[..., 3:] / 255
    return straight


def film(shots: Sequence[Shot], count: int) -> Iterator[Picture]:
    """`count` pictures: the shots one after the other, each fading into the next."""
    each = 1 / (len(shots) - FADE * (len(shots) - 1))  # of the clip; neighbours overlap by FADE of it
    starts = [number * each * (1 - FADE) for number in range(len(shots))]
    for index in range(count):
        time = index / max(1, count - 1)
        seen: Picture | None = None
        for shot, start in zip(shots, starts, strict=True):
            if not (start <= time or start == 0.0) or time > start + each + 1e-9:
                continue
            picture = shot((time - start) / each)
            part = eased((time - start) / (each * FADE))
            seen = picture if seen is None else cv2.addWeighted(seen, 1 - part, picture, part, 0)
        assert seen is not None
        yield seen


def _seen(picture: Picture, zoom: float, x: float, y: float) -> Picture:
    """What a camera at (x, y) with that magnification sees, kept within the picture."""
    height, width = picture.shape[:2]
    half = 0.5 / zoom
    x, y = min(max(x, half), 1 - half), min(max(y, half), 1 - half)
    matrix = np.array([[zoom, 0, width * (0.5 - zoom * x)], [0, zoom, height * (0.5 - zoom * y)]], np.float32)
    return np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _lay(
    canvas: NDArray[np.float32], layer: Layer, pixels: NDArray[np.float32], aside: float, time: float, number: int
) -> None:
    """aside: how far the camera's way moves it, in widths of the picture."""
    height, width = canvas.shape[:2]
    high, wide = layer.pixels.shape[:2]
    beat = 2 * math.pi * (time * 3 + 0.37 * number)  # three times in a clip; neighbours out of step
    angle, x, y = 0.0, layer.x + aside, layer.y
    match layer.life:
        case "drift":
            x += 0.05 * (time - 0.5)
        case "sway":
            angle = 0.035 * math.sin(beat)
        case "hop":
            y -= 0.02 * max(0.0, math.sin(beat))
        case "float":
            y += 0.012 * math.sin(beat)
            x += 0.008 * math.cos(beat)
    cos, sin = math.cos(angle), math.sin(angle)
    foot_x, foot_y = wide / 2, high  # it sways about the middle of its foot
    left, top = x * width, y * height
    matrix = np.array(
        [
            [cos, -sin, left + foot_x - cos * foot_x + sin * foot_y],
            [sin, cos, top + foot_y - sin * foot_x - cos * foot_y],
        ],
        np.float32,
    )
    pad = 4 + int(0.05 * max(high, wide))
    x0, y0 = max(0, int(left) - pad), max(0, int(top) - pad)
    x1, y1 = min(width, int(left) + wide + pad), min(height, int(top) + high + pad)
    if x1 <= x0 or y1 <= y0:
        return
    matrix[:, 2] -= (x0, y0)
    piece = cv2.warpAffine(pixels, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    under = canvas[y0:y1, x0:x1]
    under *= 1 - piece[..., 3:] / 255
    under += piece[..., :3]
