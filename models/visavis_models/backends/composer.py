"""The embedded painter: scenes composed of Noto Emoji drawings (Apache-2.0), by name, count, size, colour and place.

Pictures of things come from `composer/pictures.json.gz`; what it has no picture of, it says. A painting grows thing by
thing, back to front.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Generator
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.layout import HORIZON, Spot, is_outdoors, lay_out
from visavis_models.composer.raster import Rgba, rendered
from visavis_models.composer.scene import Scene, scene_of, told
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Painting
from visavis_models.settings import BackendSettings

SHARP = 2  # drawings are made this much larger and averaged down
SKIES = {  # top and bottom of the sky, RGB
    "": ((126, 194, 245), (222, 241, 252)),
    "night": ((12, 18, 52), (52, 62, 118)),
    "sunset": ((92, 84, 152), (255, 178, 112)),
    "space": ((6, 6, 22), (18, 14, 44)),
}
GROUNDS = {  # far and near, RGB
    "grass": ((150, 202, 108), (98, 164, 74)),
    "sea": ((92, 168, 214), (38, 104, 168)),
    "sand": ((246, 222, 168), (228, 192, 126)),
    "snow": ((250, 252, 255), (222, 234, 246)),
    "floor": ((226, 206, 182), (198, 170, 140)),
}
PAPER = (252, 250, 245)


def load(settings: BackendSettings, packs: Packs) -> Composer:
    packed = files("visavis_models.composer").joinpath("pictures.json.gz").read_bytes()
    return Composer(json.loads(gzip.decompress(packed)))


class Composer:
    """Painter port."""

    def __init__(self, pictures: list[dict[str, Any]]) -> None:
        self._pictures = {picture["name"]: picture for picture in pictures}
        self._near = {word: picture["name"] for picture in pictures for word in picture.get("near", ())}
        self._names = {word: picture["name"] for picture in reversed(pictures) for word in picture["words"]}
        self._aspect = {name: _aspect(picture["svg"]) for name, picture in self._pictures.items()}

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        scene = scene_of(prompt, self._names, self._near)
        missing = f"I have no picture of {' or '.join(map(_with_article, scene.missing[:3]))}." if scene.missing else ""
        if not scene.things:
            raise ModelError(missing or "I could not tell what to draw. Name some things, such as a cat under a tree.")
        width, height = (min(max(side, 64), 1024) for side in size)
        canvas = _background(scene, is_outdoors(scene, self._pictures), width, height)
        spots = lay_out(scene, self._pictures, self._aspect)
        for number, spot in enumerate(spots):
            _put(canvas, self._drawn(spot, width, height), spot, width, height)
            if number + 1 < len(spots) and number % 3 == 0:
                yield Painting(canvas.astype(np.uint8), False, (number + 1) / len(spots))
        yield Painting(canvas.astype(np.uint8), True, 1.0, told(scene), missing)

    def _drawn(self, spot: Spot, width: int, height: int) -> Rgba:
        w, h = max(2, round(spot.width * width)), max(2, round(spot.height * height))
        large = rendered(self._pictures[spot.name]["svg"], w * SHARP, h * SHARP)
        drawn = np.asarray(cv2.resize(large, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
        return drawn if spot.colour is None else _tinted(drawn, spot.colour)


def _with_article(name: str) -> str:
    return name if name.endswith("s") else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _background(scene: Scene, outdoors: bool, width: int, height: int) -> NDArray[np.float32]:
    """(height, width, 3): plain paper, or sky over ground."""
    if not outdoors:
        return np.full((height, width, 3), PAPER, np.float32)
    horizon = height if scene.sky == "space" else round(HORIZON * height)
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:horizon] = _gradient(*SKIES[scene.sky], horizon)
    if horizon < height:
        ground = _gradient(*GROUNDS[scene.ground or "grass"], height - horizon)
        canvas[horizon:] = ground * (0.45 if scene.sky == "night" else 1.0)
    return canvas


def _gradient(top: tuple[int, ...], bottom: tuple[int, ...], rows: int) -> NDArray[np.float32]:
    share = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    return np.asarray(np.array(top, np.float32) * (1 - share) + np.array(bottom, np.float32) * share, np.float32)


def _put(canvas: NDArray[np.float32], drawn: Rgba, spot: Spot, width: int, height: int) -> None:
    """Blend a drawing in, cut at the edges, with a soft shadow at its foot."""
    h, w = drawn.shape[:2]
    x, y = round(spot.x * width - w / 2), round(spot.foot * height - h)
    if spot.depth >= 1.0 and spot.foot > HORIZON:
        shadow = np.zeros(canvas.shape[:2], np.float32)
        foot = (round(spot.x * width), round(spot.foot * height) - 2)
        cv2.ellipse(shadow, foot, (max(2, int(w * 0.42)), max(2, int(w * 0.07))), 0, 0, 360, 0.2, -1, cv2.LINE_AA)
        canvas *= (1 - shadow)[..., None]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + w), min(height, y + h)
    if right <= left or bottom <= top:
        return
    piece = drawn[top - y : bottom - y, left - x : right - x].astype(np.float32)
    alpha = piece[..., 3:] / 255
    canvas[top:bottom, left:right] = canvas[top:bottom, left:right] * (1 - alpha) + piece[..., :3] * alpha


def _tinted(drawn: Rgba, hue: int) -> Rgba:
    """The drawing's own shades in another colour; greys and whites stay as they are."""
    hsv = cv2.cvtColor(drawn[..., :3], cv2.COLOR_RGB2HSV)
    coloured = hsv[..., 1] > 40
    hsv[..., 0] = np.where(coloured, hue, hsv[..., 0])
    return np.dstack([cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), drawn[..., 3]])


def _aspect(svg: str) -> float:
    box = svg.split('viewBox="', 1)[1].split('"', 1)[0].split()
    return float(box[2]) / float(box[3])
