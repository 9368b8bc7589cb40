"""A MediaPipe single-shot detector of any kind, on OpenVINO: letterbox, anchors, decoding, one box for each thing.

Source: mediapipe 0.10.21, modules/face_detection/face_detection_short_range.pbtxt and
modules/palm_detection and modules/pose_detection (anchors of fixed size, weighted suppression at 0.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import PackMissing
from visavis_models.ports import Picture

Floats = NDArray[np.float32]

_OVERLAP = 0.3  # boxes of one thing


@dataclass(frozen=True, slots=True)
class Detection:
    """In pixels of the picture. box: x, y of the top-left corner, width, height; points: (n, 2)."""

    score: float
    box: Floats
    points: Floats


class Detector:
    """One detection network with its square input side."""

    def __init__(self, path: Path, threads: int, low: float, strides: Sequence[int] = (8, 16, 16, 16)) -> None:
        """low: the value of a black pixel, -1 or 0; a white one is 1. strides: of the layers, in pixels."""
        self._network = compiled(path, threads)
        self._side = int(self._network.input(0).shape[1])
        self._low = low
        self._anchors = anchors(self._side, strides)

    def detect(self, picture: Picture, least: float = 0.5) -> list[Detection]:
        """What scores at least `least`, best first."""
        square, scale, left, top = letterbox(picture, self._side)
        pixels = square.astype(np.float32)[None] * ((1 - self._low) / 255) + self._low
        results = self._network(pixels).to_tuple()
        raw, logits = sorted((result[0] for result in results), key=lambda result: -result.shape[-1])
        scores = sigmoid(logits[:, 0])
        keep = scores >= least
        raw, scores = raw[keep] / self._side, scores[keep]
        raw[:, 0::2] += np.where(np.arange(raw.shape[1] // 2) == 1, 0, self._anchors[keep, :1])
        raw[:, 1::2] += np.where(np.arange(raw.shape[1] // 2) == 1, 0, self._anchors[keep, 1:])
        raw[:, :2] -= raw[:, 2:4] / 2  # centre to corner
        found = []
        for score, row in merged(scores, raw):
            pixels_of = row.reshape(-1, 2) * self._side / scale
            pixels_of[[0, *range(2, len(pixels_of))]] -= np.array([left, top]) / scale
            found.append(Detection(score, pixels_of[:2].ravel(), pixels_of[2:]))
        return found


def compiled(path: Path, threads: int) -> Any:
    """The network of a .tflite or .xml file, ready to be called. Raises PackMissing if it cannot be read."""
    import openvino as ov

    try:
        return ov.Core().compile_model(
            str(path), "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        )
    except RuntimeError as error:
        reason = [line.strip() for line in str(error).splitlines() if line.strip()][-1]
        raise PackMissing(f"{path.name} did not load ({reason}): run `visavis models pull`") from error


def anchors(side: int, strides: Sequence[int]) -> Floats:
    """Centres (n, 2) as fractions: two for every cell of every layer, layers of one stride cell by cell together."""
    rows = []
    for stride in sorted(set(strides)):
        cells, each = math.ceil(side / stride), 2 * strides.count(stride)
        y, x = np.mgrid[0:cells, 0:cells]
        centres = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) / cells
        rows.append(np.repeat(centres, each, axis=0))
    return np.concatenate(rows).astype(np.float32)


def sigmoid(logits: Floats) -> Floats:
    """Probabilities of logits, without overflow."""
    probabilities: Floats = 0.5 * (1 + np.tanh(0.5 * logits))
    return probabilities


def letterbox(picture: Picture, side: int) -> tuple[Picture, float, int, int]:
    """The picture inside a black square. Returns it, the scale, and the width of the left and top bar in it."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - w) // 2, (side - h) // 2
    square = np.zeros((side, side, 3), np.uint8)
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[top : top + h, left : left + w] = cv2.resize(picture, (w, h), interpolation=shrink)
    return square, scale, left, top


def merged(scores: Floats, rows: Floats) -> list[tuple[float, Floats]]:
    """Rows (x, y, w, h, ...) that overlap become their mean, weighted by score; best first."""
    order = np.argsort(-scores)
    scores, rows = scores[order], rows[order]
    found: list[tuple[float, Floats]] = []
    while len(rows):
        same = overlap(rows[0], rows) > _OVERLAP
        same[0] = True
        weight = scores[same, None]
        found.append((float(scores[0]), (rows[same] * weight).sum(0) / weight.sum()))
        scores, rows = scores[~same], rows[~same]
    return found


def overlap(box: Floats, boxes: Floats) -> Floats:
    """Intersection over union of (x, y, w, h) with each of (n, 4 or more)."""
    corner = np.maximum(box[:2], boxes[:, :2])
    end = np.minimum(box[:2] + box[2:4], boxes[:, :2] + boxes[:, 2:4])
    shared = np.clip(end - corner, 0, None).prod(1)
    union = box[2] * box[3] + boxes[:, 2] * boxes[:, 3] - shared
    overlaps: Floats = shared / np.maximum(union, 1e-9)
    return overlaps


def upright(picture: Picture, centre: Floats, side: float, angle: float, out: int) -> tuple[Floats, Floats]:
    """A turned square of the picture, as (out, out, 3) in 0..1, and the (2, 3) matrix from its pixels to the picture's.

    angle: radians, clockwise as one sees it; the direction that becomes "right" in the crop."""
    c, s = math.cos(angle) * side / out, math.sin(angle) * side / out
    matrix = np.array([[c, -s, 0], [s, c, 0]], np.float32)
    matrix[:, 2] = centre - matrix[:, :2] @ np.array([out / 2, out / 2], np.float32)
    crop = cv2.warpAffine(picture, matrix, (out, out), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return crop.astype(np.float32) / 255, matrix
