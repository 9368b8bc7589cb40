"""A clip in which things change every half second, and which tells of each of its pictures which one it is."""

from __future__ import annotations

import colorsys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_client.picture import FRAMES_A_SECOND, HEIGHT, WIDTH

CARD_S = 0.5
FRAMES = 60 * FRAMES_A_SECOND  # then it begins again
_BITS = 10
_STRIP = 40  # pixels, the height of the row of bits at the bottom; the row above is its opposite


def card(frame: int) -> int:
    """Which card picture number `frame` shows: two digits, which a reader finds more surely than one."""
    return 10 + int(frame / FRAMES_A_SECOND / CARD_S)


def clip(path: Path) -> Path:
    """Numbered cards, every one of another colour and with other shapes, for a minute."""
    if not path.is_file():
        part = path.with_suffix(".part.mp4")
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_A_SECOND, (WIDTH, HEIGHT))
        for number in range(FRAMES):
            writer.write(picture(number))
        writer.release()
        part.replace(path)
    return path


def picture(number: int) -> NDArray[np.uint8]:
    """(480, 640, 3) BGR."""
    shown = card(number)
    dice = np.random.default_rng(shown)
    hue = (shown * 0.382) % 1  # golden angle: neighbours differ much
    background = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.7, 0.5 + 0.4 * (shown % 2)))
    whole = np.full((HEIGHT, WIDTH, 3), background, np.uint8)
    for _ in range(3):
        x, y, r = (int(dice.integers(low, high)) for low, high in ((0, WIDTH), (0, HEIGHT - 2 * _STRIP), (30, 90)))
        cv2.circle(whole, (x, y), r, tuple(int(v) for v in dice.integers(0, 255, 3)), -1)
    cv2.putText(whole, str(shown), (180, 290), cv2.FONT_HERSHEY_SIMPLEX, 7, (255, 255, 255), 24, cv2.LINE_AA)
    for bit in range(_BITS):
        left, right = bit * WIDTH // _BITS, (bit + 1) * WIDTH // _BITS
        light = 255 if number >> bit & 1 else 0
        whole[HEIGHT - _STRIP :, left:right] = light
        whole[HEIGHT - 2 * _STRIP : HEIGHT - _STRIP, left:right] = 255 - light
    return whole


def number_of(seen: NDArray[np.uint8]) -> int | None:
    """Which picture this is; None: it cannot be told. seen: (480, 640, 3) as it came out of a camera's encoder."""
    number = 0
    grey = seen.mean(axis=2)
    for bit in range(_BITS):
        cell = slice(bit * WIDTH // _BITS + 12, (bit + 1) * WIDTH // _BITS - 12)
        low = grey[HEIGHT - _STRIP + 10 : HEIGHT - 10, cell].mean()
        high = grey[HEIGHT - 2 * _STRIP + 10 : HEIGHT - _STRIP - 10, cell].mean()
        if abs(low - high) < 80:
            return None
        number |= int(low > high) << bit
    return number if number < FRAMES else None
