"""A drawing in another colour: its main colour is moved to the one asked for, its shading and its other colours stay.

Worked in CIE Lab, where lightness and colour are apart.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.english import COLOURS
from visavis_models.composer.raster import Rgba

NEAR = 28.0  # Lab distance at which a drawing has the colour already
KIN = 0.9  # radians of hue that belong to the main colour
GREY = 14.0  # chroma below which a pixel has no hue

Floats = NDArray[np.float32]


def coloured(pixels: Rgba, colour: str) -> Rgba:
    """pixels: (height, width, 4) RGBA; colour: a key of COLOURS. Returns a new array."""
    lab = cv2.cvtColor(pixels[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    target = cv2.cvtColor(np.array([[COLOURS[colour]]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    weight = _main(lab, pixels[..., 3])
    total = float(weight.sum())
    if total <= 0:
        return pixels
    main = (lab * weight[..., None]).sum(axis=(0, 1)) / total
    if float(np.linalg.norm(main - target)) < NEAR:
        return pixels
    moved = lab.copy()
    # Shades keep their distance from the main colour, less where the new one is near black or white.
    room = min(target[0], 100 - target[0], 40.0) / 40.0
    moved[..., 0] = np.clip(target[0] + (lab[..., 0] - main[0]) * (0.45 + 0.4 * room), 4, 99)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    strength = np.clip(chroma / max(GREY, float(np.hypot(main[1], main[2]))), 0.75, 1.15)
    moved[..., 1:] = target[1:] * strength[..., None]
    mixed = np.asarray(lab + (moved - lab) * weight[..., None], np.float32)
    rgb = np.clip(cv2.cvtColor(mixed, cv2.COLOR_LAB2RGB) * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.dstack([rgb, pixels[..., 3]])


def _main(lab: Floats, alpha: NDArray[np.uint8]) -> Floats:
    """0..1 for each pixel: how much it belongs to the drawing's main colour."""
    solid = (alpha > 127).astype(np.float32)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    hue = np.arctan2(lab[..., 2], lab[..., 1])
    vivid = solid * np.clip((chroma - GREY * 0.6) / (GREY * 0.6), 0, 1)
    light = lab[..., 0]
    if float(vivid.sum()) < 0.25 * float(solid.sum()):  # a grey or white drawing: all of it but eyes and outlines
        return np.asarray(
            solid * np.clip((light - 22) / 12, 0, 1) * (1 - np.clip((chroma - GREY) / GREY, 0, 1)), np.float32
        )
    bins = np.histogram(hue, bins=36, range=(-np.pi, np.pi), weights=vivid * chroma)[0]
    smooth = bins + np.roll(bins, 1) + np.roll(bins, -1)
    peak = (int(smooth.argmax()) + 0.5) / 36 * 2 * np.pi - np.pi
    away = np.abs(np.angle(np.exp(1j * (hue - peak))))
    kin = np.clip((KIN - away) / 0.25, 0, 1)
    return np.asarray(vivid * kin, np.float32)
