"""Drawings to pixels: SVG text to RGBA, by resvg; it needs no system library and no font."""

from __future__ import annotations

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]


def rendered(svg: str, width: int, height: int) -> Rgba:
    """(height, width, 4) uint8, straight alpha. Raises ValueError for what is no drawing."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=True)
    pixels = np.asarray(cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED))
    if pixels.shape[:2] != (height, width):  # resvg keeps the drawing's own proportions
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGBA))
