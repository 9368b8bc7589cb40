"""Finds faces: MediaPipe's short-range detector on the whole picture and its quarters, checked by the face mesh.

The detector is made for faces within two metres; the overlapping quarters reach further. Textures that only look
like a face to the detector are refused by the mesh.
Source: mediapipe 0.10.21, modules/face_landmark/face_detection_front_detection_to_roi.pbtxt (crop 1.5 boxes wide,
turned so that the eyes are level).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from visavis_models.backends.detector import Detection, Detector, Floats, compiled, merged, sigmoid, upright
from visavis_models.ports import Picture

_WIDER = 1.5
_PRESENT = 0.8
_SURE = 0.65  # of the detector
_QUARTER = 0.6  # side of the overlapping "quarters", as a fraction of the picture


class Faces:
    """Both networks, on `threads` threads."""

    def __init__(self, detector: Path, mesh: Path, threads: int = 1) -> None:
        self._detector = Detector(detector, threads, low=-1)
        self._mesh = compiled(mesh, threads)

    def near(self, picture: Picture) -> list[Detection]:
        """Faces as `find` has them, but for those that are far away."""
        return [face for face in self._detector.detect(picture, _SURE) if self._present(picture, face) >= _PRESENT]

    def find(self, picture: Picture) -> list[Detection]:
        """Faces, best first. Points: right eye, left eye, nose, mouth, right ear, left ear (the person's own)."""
        height, width = picture.shape[:2]
        found = self._detector.detect(picture, _SURE)
        h, w = int(height * _QUARTER), int(width * _QUARTER)
        for top in (0, height - h):
            for left in (0, width - w):
                for face in self._detector.detect(picture[top : top + h, left : left + w], _SURE):
                    by = np.array([left, top], np.float32)
                    box = face.box + np.array([left, top, 0, 0], np.float32)
                    found.append(Detection(face.score, box, face.points + by))
        found = [face for face in found if self._present(picture, face) >= _PRESENT]
        if not found:
            return []
        rows = np.stack([np.concatenate([face.box, face.points.ravel()]) for face in found])
        return [
            Detection(score, row[:4], row[4:].reshape(-1, 2))
            for score, row in merged(np.array([face.score for face in found], np.float32), rows)
        ]

    def _present(self, picture: Picture, face: Detection) -> float:
        eyes = face.points[1] - face.points[0]
        centre: Floats = face.box[:2] + face.box[2:] * np.float32(0.5)
        side = float(face.box[2:].max()) * _WIDER
        crop, _ = upright(picture, centre, side, math.atan2(float(eyes[1]), float(eyes[0])), 192)
        logit = min(self._mesh(crop[None]).to_tuple(), key=lambda result: result.size)
        return float(sigmoid(logit.ravel())[0])
