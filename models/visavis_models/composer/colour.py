"""Colours moved: a drawing in another colour, in another light, in greys. On pixels and in the text of an SVG alike.

A `Paint` gives new colours for old. To recolour, a drawing's main colour is moved to the one asked for, its shading and
its other colours stay. Worked in CIE Lab, where lightness and colour are apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.english import COLOURS
from visavis_models.composer.raster import Rgba

NEAR = 28.0  # Lab distance at which a drawing has the colour already
KIN = 0.9  # radians of hue that belong to the main colour
DARK = 36.0  # lightness of a drawing that is black all over
GREY = 14.0  # chroma below which a pixel has no hue

Floats = NDArray[np.float32]
Paint = Callable[[Floats], Floats]  # (n, 3) RGB in 0..1 to the same

_COLOUR = re.compile(
    r'(?P<name>(?:fill|stroke|stop-color|flood-color)=")(?:#(?P<hex>[0-9a-fA-F]{6}|[0-9a-fA-F]{3})|(?P<word>[a-z]{3,9}))(?=")'
    r'|(?P<rgba>(?:fill|stroke|stop-color)="rgba?)\((?P<parts>[\d.,% ]+)\)(?=")'
)
_WORDS = {
    "silver": "c0c0c0",
    "gray": "808080",
    "orange": "ffa500",
    "red": "ff0000",
    "black": "000000",
    "white": "ffffff",
}


def repainted(svg: str, paint: Paint) -> str:
    """The SVG text with every colour that it names given by `paint`; what names none is black and stays so."""
    found = {key for match in _COLOUR.finditer(svg) if (key := _hex(match))}
    if not found:
        return svg
    order = sorted(found)
    old = _floats([[int(key[at : at + 2], 16) for at in (0, 2, 4)] for key in order]) / np.float32(255)
    new = np.clip(paint(old) * 255 + 0.5, 0, 255).astype(int)
    table = {key: "#{:02x}{:02x}{:02x}".format(*rgb) for key, rgb in zip(order, new, strict=True)}

    def put(match: re.Match[str]) -> str:
        key = _hex(match)
        if not key:
            return match[0]
        if match["name"]:
            return match["name"] + table[key]
        red, green, blue = (int(table[key][at : at + 2], 16) for at in (1, 3, 5))
        rest = match["parts"].split(",")[3:]
        return f"{match['rgba']}({','.join([str(red), str(green), str(blue), *rest])})"

    return _COLOUR.sub(put, svg)


def _hex(match: re.Match[str]) -> str:
    if match["hex"]:
        text = match["hex"].lower()
        return text if len(text) == 6 else "".join(2 * letter for letter in text)
    if match["word"]:
        return _WORDS.get(match["word"], "")
    parts = match["parts"].split(",")
    return "".join(f"{min(255, int(float(part))):02x}" for part in parts[:3]) if "%" not in match["parts"] else ""


def multiplied(light: Sequence[float]) -> Paint:
    """As under coloured light."""
    factors = np.array(light, np.float32)
    return lambda rgb: rgb * factors


def greyed(tone: Sequence[float] = (1.0, 1.0, 1.0)) -> Paint:
    """Luminance only (ITU-R BT.601), in one tone."""
    weights, tones = np.array([0.299, 0.587, 0.114], np.float32), np.array(tone, np.float32)
    return lambda rgb: np.asarray((rgb @ weights)[:, None] * tones, np.float32)


def softened(share: float, to: Sequence[float] = (1.0, 1.0, 1.0)) -> Paint:
    """Mixed with a share of another colour."""
    other = np.array(to, np.float32)
    return lambda rgb: np.asarray(rgb * (1 - share) + other * share, np.float32)


def shifted(colour: str, main: Sequence[float]) -> Paint:
    """All colours moved so that `main` (RGB in 0..1) becomes `colour`; lighter and darker ones stay so."""
    target, middle = _lab(_floats([COLOURS[colour]]) / np.float32(255))[0], _lab(_floats([main]))[0]

    def paint(rgb: Floats) -> Floats:
        lab = _lab(rgb)
        lab[:, 0] = np.clip(target[0] + (lab[:, 0] - middle[0]) * 0.7, 4, 98)
        lab[:, 1:] = target[1:] * np.clip(1 - (lab[:, :1] - target[0]) / 140, 0.4, 1.1)
        return _rgb(lab)

    return paint


def coloured(pixels: Rgba, colour: str) -> Rgba:
    """pixels: (height, width, 4) RGBA; colour: a key of COLOURS. Returns a new array."""
    paint = recoloured(pixels, colour)
    if paint is None:
        return pixels
    rgb = paint(_floats(pixels[..., :3].reshape(-1, 3)) / np.float32(255)).reshape(*pixels.shape[:2], 3)
    return np.dstack([np.clip(rgb * 255 + 0.5, 0, 255).astype(np.uint8), pixels[..., 3]])


def recoloured(pixels: Rgba, colour: str) -> Paint | None:
    """How to give a drawing, rendered as (height, width, 4), another colour. None: it has it already, or has none."""
    solid = _floats(pixels[..., :3][pixels[..., 3] > 127]) / np.float32(255)
    if not len(solid):
        return None
    lab = _lab(solid)
    belongs = _main(lab)
    weight = belongs(lab)
    if float(weight.sum()) <= 0:
        return None
    main = (lab * weight[:, None]).sum(axis=0) / weight.sum()
    target = _lab(_floats([COLOURS[colour]]) / np.float32(255))[0]
    if float(np.linalg.norm(main - target)) < NEAR:
        return None
    # Shades keep their distance from the main colour, less where the new one is near black or white.
    room = min(target[0], 100 - target[0], 40.0) / 40.0

    def paint(rgb: Floats) -> Floats:
        lab = _lab(rgb)
        moved = lab.copy()
        moved[:, 0] = np.clip(target[0] + (lab[:, 0] - main[0]) * (0.45 + 0.4 * room), 4, 99)
        chroma = np.hypot(lab[:, 1], lab[:, 2])
        strength = np.clip(chroma / max(GREY, float(np.hypot(main[1], main[2]))), 0.75, 1.15)
        moved[:, 1:] = target[1:] * strength[:, None]
        return _rgb(lab + (moved - lab) * belongs(lab)[:, None])

    return paint


def _main(lab: Floats) -> Callable[[Floats], Floats]:
    """lab: a drawing's pixels. 0..1 for each of other colours: how much it belongs to the drawing's main colour."""
    vivid, hue, chroma = _vivid(lab), *_polar(lab)
    if float(vivid.sum()) < 0.25 * len(
        lab
    ):  # a grey or white drawing: all of it but eyes and outlines; a black one: all
        least = 22.0 if float(np.median(lab[:, 0])) > DARK else -12.0
        return lambda other: np.asarray(
            np.clip((other[:, 0] - least) / 12, 0, 1) * (1 - np.clip((_polar(other)[1] - GREY) / GREY, 0, 1)),
            np.float32,
        )
    bins = np.histogram(hue, bins=36, range=(-np.pi, np.pi), weights=vivid * chroma)[0]
    smooth = bins + np.roll(bins, 1) + np.roll(bins, -1)
    peak = (int(smooth.argmax()) + 0.5) / 36 * 2 * np.pi - np.pi

    def belongs(other: Floats) -> Floats:
        away = np.abs(np.angle(np.exp(1j * (_polar(other)[0] - peak))))
        return np.asarray(_vivid(other) * np.clip((KIN - away) / 0.25, 0, 1), np.float32)

    return belongs


def _vivid(lab: Floats) -> Floats:
    return np.asarray(np.clip((np.hypot(lab[:, 1], lab[:, 2]) - GREY * 0.6) / (GREY * 0.6), 0, 1), np.float32)


def _polar(lab: Floats) -> tuple[Floats, Floats]:
    """Hue in radians and chroma."""
    return np.arctan2(lab[:, 2], lab[:, 1]), np.hypot(lab[:, 1], lab[:, 2])


def _floats(values: Any) -> Floats:
    return np.asarray(values, np.float32)


def _lab(rgb: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb[None], np.float32), cv2.COLOR_RGB2LAB)[0], np.float32)


def _rgb(lab: Floats) -> Floats:
    made = cv2.cvtColor(np.ascontiguousarray(lab[None], np.float32), cv2.COLOR_LAB2RGB)[0]
    return np.asarray(np.clip(made, 0, 1), np.float32)
