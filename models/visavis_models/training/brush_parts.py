"""What stands out in a painting, and what can be said of it by rule: its parts, their colours, light and weather. Pure.

Background is what is smooth and reaches the border: sky, ground, paper, walls. What is left, part by part, are the
things; two that touch are one part.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.colours import painted
from visavis_models.ports import Picture

SIDE = 256  # pixels of the longer side at which is looked
SMOOTH = 7.0  # CIE Lab, steepest change of a smooth place from one pixel to the next
LARGE, LEAST = 0.02, 0.0022  # of the picture: a piece of background, a part

KIN = {"blue": ("blue", "turquoise"), "golden": ("yellow", "orange", "brown"), "pink": ("pink", "red"),
       "orange": ("orange", "yellow"), "yellow": ("yellow", "orange"), "white": ("white", "grey"),
       "black": ("black", "grey"), "purple": ("purple",)}  # fmt: skip
COLOURED = 0.25  # of a part, to have a colour


@dataclass(frozen=True, slots=True)
class Part:
    """box: left, top, right, bottom, as fractions of the picture. shown: (h, w) bool at SIDE, where it is."""

    box: tuple[float, float, float, float]
    shown: NDArray[np.bool_]

    @property
    def middle(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def surface(self) -> float:
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def small(picture: Picture) -> Picture:
    """The longer side SIDE pixels."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def parts(picture: Picture) -> list[Part]:
    """picture: as `small` gives it. Largest first."""
    things = _things(picture)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(things.astype(np.uint8), connectivity=8)
    height, width = things.shape
    found = []
    for number in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[number])
        if area >= LEAST * height * width and min(wide, high) >= 6:
            box = (left / width, top / height, (left + wide) / width, (top + high) / height)
            found.append((area, Part(box, labels == number)))
    return [part for _, part in sorted(found, key=lambda one: -one[0])]


def _things(picture: Picture) -> NDArray[np.bool_]:
    lab = cv2.cvtColor(cv2.medianBlur(picture, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    across = np.linalg.norm(np.diff(lab, axis=1, prepend=lab[:, :1]), axis=2)
    down = np.linalg.norm(np.diff(lab, axis=0, prepend=lab[:1]), axis=2)
    smooth = (np.maximum(across, down) < SMOOTH).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth, connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_border = np.bincount(border, minlength=count)
    ground = np.zeros(count, bool)
    for number in range(1, count):
        ground[number] = at_border[number] >= 12 and stats[number, cv2.CC_STAT_AREA] >= LARGE * smooth.size
    rest = (~ground[labels]).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def has_colour(picture: Picture, shown: NDArray[np.bool_], colour: str) -> bool:
    """Whether a quarter of the pixels shown, or of those that are not grey, are called so."""
    names = painted(picture)[shown]
    if not len(names):
        return False
    kin = KIN.get(colour, (colour,))
    share = float(np.isin(names, kin).mean())
    vivid = names[~np.isin(names, ("black", "white", "grey"))]
    among = float(np.isin(vivid, kin).mean()) if len(vivid) > 0.2 * len(names) else 0.0
    return max(share, among) >= COLOURED


def has_setting(picture: Picture, setting: str) -> bool:
    """night, sunset, snow, underwater, grey: by the lightness and colour of the whole."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = float(np.median(lab[..., 0]))
    top = lab[: len(lab) // 2]
    match setting:
        case "night":
            return light < 45
        case "sunset":
            return float(np.median(top[..., 1])) > 6 and float(np.median(top[..., 0])) < 85
        case "snow":
            return float(np.mean(lab[len(lab) // 2 :, :, 0] > 84)) > 0.4 and light > 70
        case "underwater":
            return float(np.mean(lab[..., 2] < -8)) > 0.7
        case "grey":
            return float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 90)) < 8
    raise ValueError(f"no rule for the setting {setting!r}")


def is_placed(link: str, one: Part, other: Part | None) -> bool:
    """Whether `one` stands so to `other`, or, for a spot, in the picture. Parts that are one and the same never do."""
    x, y = one.middle
    if other is None:
        return {"left": x < 0.45, "right": x > 0.55, "top": y < 0.42, "bottom": y > 0.58, "middle": 0.33 < x < 0.67}[
            link
        ]
    if one is other:
        return False
    there_x, there_y = other.middle
    left, _, right, bottom = one.box
    overlap = min(right, other.box[2]) - max(left, other.box[0])
    match link:
        case "left":
            return x < there_x - 0.04
        case "right":
            return x > there_x + 0.04
        case "on":
            return y < there_y - 0.02 and overlap > 0
        case "above":
            return y < there_y - 0.04
        case "under":
            return y > there_y + 0.02 and overlap > 0
        case "beside":
            return abs(x - there_x) > 0.05 and abs(bottom - other.box[3]) < 0.25
        case "front":
            return bottom >= other.box[3] - 0.03 and overlap > 0
        case "smaller":
            return one.surface < 0.7 * other.surface
    raise ValueError(f"no rule for {link!r}")
