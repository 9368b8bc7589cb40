"""Placed pictures made pixels: rendered, shadowed and laid over the backdrop, one by one.

`shapes.picture_svg` gives the same as one file of shapes.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.backdrops import backdrop_body, weather_body
from visavis_models.composer.placed import Placed
from visavis_models.composer.raster import Rgba, rendered
from visavis_models.composer.scene import Scene
from visavis_models.composer.shapes import SHADES, drawing, in_style, light_of, standing, unit_of
from visavis_models.ports import Picture

Canvas = NDArray[np.float32]

PIXELS = 64  # across, in the style of that name


def drawn(
    scene: Scene, placed: list[Placed], drawings: Mapping[str, str], width: int, height: int
) -> Generator[Picture, None, None]:
    """The backdrop, then the picture after each thing laid on it; (height, width, 3) uint8, each its own array."""
    canvas = np.full((height, width, 3), 255, np.float32)
    _lay(canvas, backdrop(scene, width, height), 0, 0)
    yield _pixels(canvas, scene)
    for picture in placed:
        if picture.shadow:
            shade(canvas, picture, SHADES[picture.shadow])
        thing(canvas, scene, picture, drawings)
        yield _pixels(canvas, scene)
    if (falling := weather(scene, width, height)) is not None:
        _lay(canvas, falling, 0, 0)
        yield _pixels(canvas, scene)


def backdrop(scene: Scene, width: int, height: int) -> Canvas:
    """(height, width, 4)."""
    ground = in_style(backdrop_body(scene, width, height), scene.style, 1.0, "wash")
    part = 2 if scene.style == "watercolour" else 1  # its grain is coarse, and slow to make
    sheet = rendered(standing(_box(width, height), ground), width // part, height // part)
    return np.asarray(cv2.resize(sheet, (width, height)), np.float32)


def weather(scene: Scene, width: int, height: int) -> Canvas | None:
    """What falls before everything: (height, width, 4)."""
    if body := weather_body(scene, width, height):
        return rendered(standing(_box(width, height), body), width, height).astype(np.float32)
    return None


def thing(canvas: Canvas, scene: Scene, picture: Placed, drawings: Mapping[str, str]) -> None:
    """Lay one picture on the canvas."""
    height = canvas.shape[0]
    svg = drawings[picture.subject.name]
    shapes = drawing(svg, picture.colour, light_of(scene, picture), scene.style, unit_of(picture, svg, scene.style))
    wide, high = max(2, round(picture.area.width * height)), max(2, round(picture.area.height * height))
    pixels = _cached(standing(*shapes), wide, high).astype(np.float32)
    hidden = round(len(pixels) * (1 - picture.rim))
    across, down = round(picture.area.x * height), round(picture.area.y * height)
    _lay(canvas, (pixels[:, ::-1] if picture.flip else pixels)[hidden:], across, down + hidden)


def _box(width: int, height: int) -> str:
    return f"0 0 {1000 * width / height:.6g} 1000"


@lru_cache(maxsize=32)
def _cached(svg: str, wide: int, high: int) -> Rgba:
    """Copies of one thing are rendered once."""
    return rendered(svg, wide, high)


def _lay(canvas: Canvas, pixels: Canvas, x: int, y: int) -> None:
    """Alpha over, cut at the edges. canvas: three channels, or four with straight alpha."""
    high, wide = pixels.shape[:2]
    left, top, right, bottom = max(0, x), max(0, y), min(canvas.shape[1], x + wide), min(canvas.shape[0], y + high)
    if right <= left or bottom <= top:
        return
    piece = pixels[top - y : bottom - y, left - x : right - x]
    alpha = piece[..., 3:] / 255
    under = canvas[top:bottom, left:right]
    if canvas.shape[2] == 3:
        under += (piece[..., :3] - under) * alpha
        return
    whole = alpha + under[..., 3:] / 255 * (1 - alpha)
    share = np.divide(alpha, whole, out=np.zeros_like(whole), where=whole > 0)
    under[..., :3] += (piece[..., :3] - under[..., :3]) * share
    under[..., 3:] = 255 * whole


def shade(canvas: Canvas, picture: Placed, strength: float) -> None:
    """A soft dark ellipse where a thing touches the ground."""
    height = canvas.shape[0]
    area = picture.area
    across, down = max(3, round(area.width * height * 0.46)), max(2, round(area.width * height * 0.075))
    pad = down + 2
    patch = np.zeros((2 * (down + pad) + 1, 2 * (across + pad) + 1, 4), np.float32)
    middle = (across + pad, down + pad)
    cv2.ellipse(patch, middle, (across, down), 0, 0, 360, (0, 0, 0, 255 * strength), -1, cv2.LINE_AA)
    patch = cv2.GaussianBlur(patch, (0, 0), max(1.0, down * 0.45)).astype(np.float32)
    x = round((area.x + area.width / 2) * height) - middle[0]
    y = round((area.y + area.height) * height) - middle[1] - down // 3
    _lay(canvas, patch, x, y)


def pixels_across(width: int, height: int) -> int:
    return max(8, round(PIXELS * width / max(width, height)))


def _pixels(canvas: Canvas, scene: Scene) -> Picture:
    height, width = canvas.shape[:2]
    if scene.style == "pixels":
        across = pixels_across(width, height)
        coarse = cv2.resize(canvas, (across, max(8, round(across * height / width))), interpolation=cv2.INTER_AREA)
        canvas = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST), np.float32)
    return np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8)
