"""The brush's canvas: sketches laid over a backdrop, and pictures as principal components of their patches. Pure numpy.

The same sums as `training/brush_model.py`. Pictures are (h, w, 3) in 0..1, things (h, w, 4) premultiplied; codes and
latents are (channels, h / 4, w / 4).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.brush_graph import Weights

PATCH = 4
CELLS = 16  # patches a side of a sketch
WRONG = (0.06, 0.4)  # how far off a canvas is: its backdrop, its things. Learned with 0.7; less noise is left so
FOG = 0.06  # opacity that a sketch gives to what it is not sure is empty
Floats = NDArray[np.float32]


class Patches:
    def __init__(self, weights: Weights, name: str) -> None:
        self._mean = weights.array(f"{name}.mean")
        scale = weights.array(f"{name}.scale")[:, None]
        basis = weights.array(f"{name}.basis")
        self._code, self._back = basis / scale, basis * scale

    def code(self, picture: Floats) -> Floats:
        """(h, w, c) -> (k, h / 4, w / 4); h and w are multiples of 4."""
        high, wide, deep = picture.shape
        rows = picture.reshape(high // PATCH, PATCH, wide // PATCH, PATCH, deep).transpose(4, 1, 3, 0, 2)
        flat = rows.reshape(deep * PATCH**2, -1) - self._mean[:, None]
        return np.asarray((self._code @ flat).reshape(-1, high // PATCH, wide // PATCH), np.float32)

    def picture(self, codes: Floats) -> Floats:
        _, high, wide = codes.shape
        rows = self._back.T @ codes.reshape(len(codes), -1) + self._mean[:, None]
        deep = len(self._mean) // PATCH**2
        spread = rows.reshape(deep, PATCH, PATCH, high, wide).transpose(3, 1, 4, 2, 0)
        return np.asarray(spread.reshape(high * PATCH, wide * PATCH, deep), np.float32)


class Canvas:
    """A backdrop on which things are laid, the last in front; what the U-Net is given of it."""

    def __init__(self, backdrop: Floats, free: int) -> None:
        """backdrop: (h, w, 3), h and w multiples of 16. free: channels of a sketch beside its looks."""
        self.picture = backdrop.copy()
        self._covered = np.zeros(backdrop.shape[:2], np.float32)
        self._free = np.zeros((free, backdrop.shape[0] // PATCH, backdrop.shape[1] // PATCH), np.float32)

    def lay(self, thing: Floats, free: Floats, x: float, y: float, side: float, flip: bool) -> None:
        """thing: (64, 64, 4); free: (channels, 16, 16). x, y: left and top of its square, in pixels of the canvas."""
        high, wide = self.picture.shape[:2]
        layer = _placed(cleared(thing), x, y, side, flip, wide, high)
        self.picture = layer[..., :3] + (1 - layer[..., 3:]) * self.picture
        small = _placed(free.transpose(1, 2, 0), x / PATCH, y / PATCH, side / PATCH, flip, wide // PATCH, high // PATCH)
        cover = cv2.resize(layer[..., 3], (wide // PATCH, high // PATCH), interpolation=cv2.INTER_AREA)
        self._free = small.transpose(2, 0, 1) + (1 - cover) * self._free
        self._covered = np.maximum(self._covered, layer[..., 3])

    def things(self) -> Floats:
        """(h / 4, w / 4): 1 where things are, and round them; what is 0 is backdrop and stays as it is."""
        high, wide = self.picture.shape[:2]
        cells = self._covered.reshape(high // PATCH, PATCH, wide // PATCH, PATCH).max((1, 3))
        return np.asarray(cv2.dilate((cells > 0.1).astype(np.float32), np.ones((3, 3), np.uint8)), np.float32)

    def given(self, patches: Patches) -> Floats:
        """(latents + free, h / 4, w / 4)"""
        return np.concatenate([patches.code(self.picture), self._free])


def cleared(thing: Floats) -> Floats:
    """A sketch without the fog round it: what is nearly transparent is gone."""
    solid = np.clip((thing[..., 3:] - FOG) / FOG, 0, 1)
    return np.asarray(np.clip(thing, 0, 1) * solid, np.float32)


def mixture(level: float, wrong: Floats) -> tuple[Floats, Floats, Floats]:
    """Parts of noised latents, of the canvas, and of what the U-Net says, in what is painted; level: 1 is noise."""
    both = wrong**2 * (1 - level) ** 2 + level**2
    return wrong**2 * (1 - level) / both, level**2 / both, wrong * level / np.sqrt(both)


def _placed(layer: Floats, x: float, y: float, side: float, flip: bool, wide: int, high: int) -> Floats:
    """(h, h, c) as a square of `side` at x, y of (high, wide, c), nothing around it."""
    if flip:
        layer = layer[:, ::-1]
    size = len(layer)
    least = max(2, round(side))
    if least < size * 0.75:  # too small for four neighbours to tell what is there
        layer = _resized(layer, least)
        size = least
    scale = side / size
    move = np.array([[scale, 0, x + scale / 2 - 0.5], [0, scale, y + scale / 2 - 0.5]])
    planes = [  # cv2 warps four channels at once
        cv2.warpAffine(np.ascontiguousarray(layer[..., at : at + 4]), move, (wide, high), flags=cv2.INTER_LINEAR)
        for at in range(0, layer.shape[2], 4)
    ]
    return np.concatenate([plane.reshape(high, wide, -1) for plane in planes], 2, dtype=np.float32)


def _resized(layer: Floats, side: int) -> Floats:
    planes = [
        cv2.resize(np.ascontiguousarray(layer[..., at : at + 4]), (side, side), interpolation=cv2.INTER_AREA)
        for at in range(0, layer.shape[2], 4)
    ]
    return np.concatenate([plane.reshape(side, side, -1) for plane in planes], 2, dtype=np.float32)
