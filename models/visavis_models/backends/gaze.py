"""Who is before the camera, whether they look this way and how they hold their lips: MediaPipe's face mesh.

Faces are found by `faces.py`; from then on each is followed by its own mesh of 468 points, 2 ms a face. The direction
of the head and the height of the mouth are read off the mesh. Nothing that could tell one person from another is
computed, and no picture is kept.
Source of the following: mediapipe 0.10.21, modules/face_landmark/face_landmark_landmarks_to_roi.pbtxt (crop 1.5 boxes
wide, turned so that the eyes are level).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from visavis_models.backends.detector import Detection, Floats, compiled, overlap, sigmoid, upright
from visavis_models.backends.faces import Faces
from visavis_models.backends.finders import PACK
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Box, Face, Picture
from visavis_models.settings import BackendSettings

MOST = 3  # faces followed
PRESENT = 0.8  # the mesh's own word on whether it lies on a face
SMALLEST = 70  # pixels of a face's height below which its lips are a guess,
DARKEST = 40  # mean brightness of it, of 255,
FURTHEST = 40.0  # and degrees that it is turned away

_SIDE, _WIDER = 192, 1.5
_RIGHT_EYE, _LEFT_EYE, _FOREHEAD, _CHIN, _RIGHT_CHEEK, _LEFT_CHEEK = 33, 263, 10, 152, 234, 454
_UPPER_LIP, _LOWER_LIP = (
    0,
    17,
)  # their outer edges; of all measures, this moves most with speech and least with the head
_PITCH = 4.0  # degrees that the line from forehead to chin is inclined in a face that looks straight ahead


def load(settings: BackendSettings, packs: Packs) -> Gaze:
    """Raises PackMissing. Options: none; threads: 1 unless set."""
    files = packs.folder(PACK)
    threads = settings.threads or 1
    mesh = files / "face_landmark.tflite"
    gaze = Gaze(Faces(files / "face_detection_short_range.tflite", mesh, threads), compiled(mesh, threads))
    gaze.faces(np.zeros((480, 640, 3), np.uint8))  # the first call of a network is slow
    return gaze


class Gaze:
    """The Faces port. It remembers nothing from one call to the next."""

    def __init__(self, finder: Faces, mesh: object) -> None:
        self._finder = finder
        self._mesh = mesh

    def faces(self, picture: Picture, known: Sequence[Face] = ()) -> tuple[Face, ...]:
        """Raises ModelError for what is no picture."""
        if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 16 or picture.dtype != np.uint8:
            raise ModelError(f"a picture of shape {picture.shape} has no faces: send 16x16 pixels of RGB or more")
        followed = [face for old in known[:MOST] if (face := self._follow(picture, old)) is not None]
        if not known or len(followed) < len(known[:MOST]):
            for found in self._finder.find(picture)[:MOST]:
                rough = _rough(found, picture)
                if not any(_same(rough, face) for face in followed):
                    followed += [face for face in [self._follow(picture, rough)] if face is not None]
        return tuple(sorted(followed, key=lambda face: -face.box.h)[:MOST])

    def _follow(self, picture: Picture, old: Face) -> Face | None:
        """The face where it was, or a little beside it; None if it is gone."""
        height, width = picture.shape[:2]
        size = np.array([width, height], np.float32)
        corner, extent = np.array([old.box.x, old.box.y]) * size, np.array([old.box.w, old.box.h]) * size
        centre = (corner + extent / 2).astype(np.float32)
        crop, matrix = upright(picture, centre, max(8.0, float(extent.max())) * _WIDER, math.radians(old.roll), _SIDE)
        results = sorted(self._mesh(crop[None]).to_tuple(), key=lambda result: result.size)  # type: ignore[operator]
        if float(sigmoid(results[0].ravel())[0]) < PRESENT:
            return None
        points: Floats = results[-1].reshape(-1, 3)
        return read(points, matrix, picture)


def read(points: Floats, matrix: Floats, picture: Picture) -> Face:
    """points: (468, 3) in pixels of the upright crop, depth on the same scale; matrix: from there to the picture."""
    height, width = picture.shape[:2]
    placed = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    eyes = placed[_LEFT_EYE] - placed[_RIGHT_EYE]
    low, high = placed.min(0), placed.max(0)
    across = points[_LEFT_CHEEK] - points[_RIGHT_CHEEK]
    down = points[_CHIN] - points[_FOREHEAD]
    ahead = np.cross(down, across)  # from the face towards the camera; depth grows away from it
    yaw = math.degrees(math.atan2(float(ahead[0]), -float(ahead[2])))
    pitch = math.degrees(math.atan2(float(ahead[1]), -float(ahead[2]))) - _PITCH
    inside = picture[max(0, int(low[1])) : int(high[1]) + 1, max(0, int(low[0])) : int(high[0]) + 1]
    told = high[1] - low[1] >= SMALLEST and abs(yaw) <= FURTHEST and inside.size and inside[::4, ::4].mean() >= DARKEST
    lips = points[_LOWER_LIP] - points[_UPPER_LIP]
    return Face(
        box=Box(*(float(value) for value in (*(low / [width, height]), *((high - low) / [width, height])))),
        roll=math.degrees(math.atan2(float(eyes[1]), float(eyes[0]))),
        yaw=yaw,
        pitch=pitch,
        mouth=float(np.linalg.norm(lips) / np.linalg.norm(down)) if told else None,
    )


def _rough(found: Detection, picture: Picture) -> Face:
    """A face as the detector gives it: box and eyes."""
    height, width = picture.shape[:2]
    eyes = found.points[1] - found.points[0]
    x, y, w, h = (float(value) for value in found.box / [width, height, width, height])
    return Face(Box(x, y, w, h), math.degrees(math.atan2(float(eyes[1]), float(eyes[0]))), 0.0, 0.0)


def _same(one: Face, other: Face) -> bool:
    a, b = (np.array([face.box.x, face.box.y, face.box.w, face.box.h], np.float32) for face in (one, other))
    return bool(overlap(a, b[None])[0] > 0.2)
