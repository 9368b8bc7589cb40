"""Placed pictures made pixels: rendered, coloured as asked, lit, shadowed and laid over the backdrop, one by one."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.backdrops import backdrop_svg, weather_svg
from visavis_models.composer.colour import coloured
from visavis_models.composer.layout import Placed
from visavis_models.composer.raster import Rgba, rendered
from visavis_models.composer.scene import Scene
from visavis_models.ports import Picture

Canvas = NDArray[np.float32]

_LIGHTS = {"night": (0.72, 0.76, 0.95), "sunset": (1.0, 0.92, 0.84), "rain": (0.92, 0.94, 0.96)}
_SHINING = frozenset({"sky", "space"})  # these give light of their own


def drawn(
    scene: Scene, placed: list[Placed], drawings: Mapping[str, str], width: int, height: int
) -> Generator[Picture, None, None]:
    """The backdrop, then the picture after each thing laid on it; (height, width, 3) uint8, each its own array."""
    canvas = rendered(backdrop_svg(scene, width, height), width, height)[..., :3].astype(np.float32)
    yield _pixels(canvas)
    light = _LIGHTS.get(scene.light) if scene.backdrop not in ("paper", "room", "space", "underwater") else None
    for picture in placed:
        if picture.shadow:
            _shade(canvas, picture, 0.22 if picture.shadow == "ground" else 0.12)
        pixels = _pixels_of(picture, drawings[picture.subject.name], height)
        if light and picture.subject.place not in _SHINING:
            pixels[..., :3] *= np.array(light, np.float32)
        hidden = round(len(pixels) * (1 - picture.rim))
        _lay(canvas, pixels[hidden:], round(picture.area.x * height), round(picture.area.y * height) + hidden)
        yield _pixels(canvas)
    if weather := weather_svg(scene, width, height):
        _lay(canvas, rendered(weather, width, height).astype(np.float32), 0, 0)
        yield _pixels(canvas)


def _pixels_of(picture: Placed, svg: str, height: int) -> Canvas:
    wide, high = max(2, round(picture.area.width * height)), max(2, round(picture.area.height * height))
    pixels = _cached(svg, wide, high, picture.colour)
    return (pixels[:, ::-1] if picture.flip else pixels).astype(np.float32)


@lru_cache(maxsize=32)
def _cached(svg: str, wide: int, high: int, colour: str) -> Rgba:
    """Copies of one thing are rendered once."""
    pixels = rendered(svg, wide, high)
    return coloured(pixels, colour) if colour else pixels


def _lay(canvas: Canvas, pixels: Canvas, x: int, y: int) -> None:
    """Alpha over, cut at the edges."""
    high, wide = pixels.shape[:2]
    left, top, right, bottom = max(0, x), max(0, y), min(canvas.shape[1], x + wide), min(canvas.shape[0], y + high)
    if right <= left or bottom <= top:
        return
    piece = pixels[top - y : bottom - y, left - x : right - x]
    alpha = piece[..., 3:] / 255
    under = canvas[top:bottom, left:right]
    under += (piece[..., :3] - under) * alpha


def _shade(canvas: Canvas, picture: Placed, strength: float) -> None:
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


def _pixels(canvas: Canvas) -> Picture:
    return np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8)
