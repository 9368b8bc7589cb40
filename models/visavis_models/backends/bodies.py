"""Finds the nearest person, also from behind: MediaPipe's pose detector, checked by its pose landmarks.

Source: mediapipe 0.10.21, modules/pose_landmark/pose_detection_to_roi.pbtxt (a square round the hips, as wide as twice
the way from the hips to the end of the body and a quarter more, turned so that the body stands).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from visavis_models.backends.detector import Detection, Detector, compiled, upright
from visavis_models.ports import Picture

_SURE = 0.7  # below, chairs and bottles are taken for people
_PRESENT = 0.95
_WIDER = 1.25
_HIPS, _END = 0, 1  # points of the detector


class Bodies:
    """Both networks, on `threads` threads."""

    def __init__(self, detector: Path, landmarks: Path, threads: int = 1) -> None:
        self._detector = Detector(detector, threads, low=-1, strides=(8, 16, 32, 32, 32))
        self._landmarks = compiled(landmarks, threads)

    def find(self, picture: Picture) -> list[Detection]:
        """People, best first; the detector is made for one or two, near. The box is of the whole body."""
        height, width = picture.shape[:2]
        found = []
        for body in self._detector.detect(picture, _SURE):
            along = body.points[_END] - body.points[_HIPS]
            side = float(np.linalg.norm(along)) * 2 * _WIDER
            if side < 8:
                continue
            angle = math.atan2(float(along[1]), float(along[0])) + math.pi / 2
            crop, matrix = upright(picture, body.points[_HIPS], side, angle, 256)
            outputs = self._landmarks(crop[None])
            if float(outputs[1].ravel()[0]) < _PRESENT:
                continue
            joints = outputs[0].reshape(39, 5)[:33]  # x, y, z, visibility, presence
            seen = joints[joints[:, 4] > 0][:, :2]
            if not len(seen):
                continue
            seen = np.clip(seen @ matrix[:, :2].T + matrix[:, 2], 0, [width, height])
            low, high = seen.min(0), seen.max(0)
            found.append(Detection(body.score, np.concatenate([low, high - low]), seen))
        return found
