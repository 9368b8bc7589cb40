"""Drawings in other colours: the main colour changed to the one that is named; eyes, leaves and lines stay as they are.

All on tensors, so that it is done on the device that learns.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

HUES = {"red": 2, "orange": 28, "yellow": 50, "green": 120, "blue": 212, "purple": 275, "pink": 335, "brown": 22}
SATURATION = {"brown": 0.62, "pink": 0.5}
GREYS = {"black": (0.08, 0.22), "white": (0.84, 0.15), "grey": (0.3, 0.4)}  # lightness of the darkest; how much more
BINS = 24  # of hues


def tinted(pictures: Tensor, colour: str) -> Tensor:
    """(n, 4, h, w) straight RGBA bytes -> the same with another colour."""
    hue, saturation, value = hsv(pictures[:, :3].float() / 255)
    solid = pictures[:, 3] > 20
    vivid = solid & (saturation > 0.25) & (value > 0.15)
    coloured = vivid.sum((1, 2)) > 0.25 * solid.sum((1, 2))
    away = torch.where(coloured[:, None, None], (hue - main_hue(hue, saturation * vivid) + 180) % 360 - 180, 0)
    change = torch.where(
        coloured[:, None, None], vivid & (away.abs() < 50), solid & (value > 0.3) & (saturation <= 0.3)
    )
    if colour in HUES:
        wanted = SATURATION.get(colour, 0.78)
        new = (HUES[colour] + away * 0.25) % 360
        some = vivid.any(2).any(1)[:, None, None]
        deep = torch.where(some, wanted * 0.7 + saturation * 0.3, wanted)
        light = value * 0.62 if colour == "brown" else torch.maximum(value, 0.3 + 0.6 * value)
    else:
        low, high = GREYS[colour]
        new, deep, light = hue, saturation * 0.12, low + high * value
    made = rgb(
        *(torch.where(change, after, before) for after, before in ((new, hue), (deep, saturation), (light, value)))
    )
    return torch.cat([(made.clamp(0, 1) * 255 + 0.5).to(torch.uint8), pictures[:, 3:]], 1)


def main_hue(hue: Tensor, weights: Tensor) -> Tensor:
    """(n, 1, 1): where most of the colour is."""
    found = torch.zeros(len(hue), BINS, device=hue.device)
    found.scatter_add_(1, (hue.flatten(1) / (360 / BINS)).long().clamp(0, BINS - 1), weights.flatten(1))
    kernel = torch.tensor([[[0.5, 1, 0.5]]], device=hue.device)
    smooth = F.conv1d(F.pad(found[:, None], (1, 1), mode="circular"), kernel)[:, 0]
    return (smooth.argmax(1)[:, None, None] + 0.5) * (360 / BINS)


def hsv(pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(n, 3, h, w) in 0..1 -> hue 0..360, saturation, value, each (n, h, w)."""
    red, green, blue = pictures.unbind(1)
    value, least = pictures.amax(1), pictures.amin(1)
    spread = (value - least).clamp(min=1e-6)
    hue = torch.where(
        value == red,
        (green - blue) / spread,
        torch.where(value == green, 2 + (blue - red) / spread, 4 + (red - green) / spread),
    )
    hue = torch.where(value - least > 1e-6, (hue * 60) % 360, 0)
    return hue, (value - least) / value.clamp(min=1e-6), value


def rgb(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """The way back: (n, 3, h, w)."""
    parts = []
    for shift in (5, 3, 1):
        k = (shift + hue / 60) % 6
        parts.append(value * (1 - saturation * torch.minimum(k, 4 - k).clamp(0, 1)))
    return torch.stack(parts, 1)
