"""Finds hands and their finger joints, and tells a pointing finger: MediaPipe's palm detector and hand landmarks.

Source: mediapipe 0.10.21, modules/hand_landmark/palm_detection_detection_to_roi.pbtxt (crop 2.6 boxes wide, half a
box towards the fingers, turned so that the fingers point up) and hand_landmark_cpu.pbtxt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis_models.backends.detector import Detection, Detector, Floats, compiled, overlap, upright
from visavis_models.ports import Picture

_SURE = 0.5
_PRESENT = 0.5
_WIDER, _FURTHER = 2.6, 0.5
_WRIST, _MIDDLE = 0, 2  # points of the palm detector
_FINGERS = {"index": (5, 6, 8), "middle": (9, 10, 12), "ring": (13, 14, 16), "little": (17, 18, 20)}


@dataclass(frozen=True, slots=True)
class Hand:
    """In pixels of the picture. box: x, y, w, h round all joints; joints: (21, 2) as MediaPipe numbers them."""

    score: float
    box: Floats
    joints: Floats

    @property
    def points(self) -> bool:
        """The index finger is stretched and the other three are not."""
        index, *others = (self._stretched(name) for name in _FINGERS)
        return index and not any(others)

    @property
    def fingers(self) -> int:
        """How many are stretched, the thumb too: its tip then lies further from the little finger than its joint."""
        joints, little = self.joints, self.joints[17]
        thumb = np.linalg.norm(joints[4] - little) > 1.15 * np.linalg.norm(joints[2] - little)
        return sum(map(self._stretched, _FINGERS)) + int(thumb)

    @property
    def tip(self) -> Floats:
        """End of the index finger, (2,)."""
        tip: Floats = self.joints[8]
        return tip

    @property
    def aim(self) -> Floats:
        """Direction of the index finger, (2,), of length 1."""
        along = self.joints[8] - self.joints[5]
        aim: Floats = along / max(float(np.linalg.norm(along)), 1e-6)
        return aim

    def _stretched(self, finger: str) -> bool:
        base, middle, tip = (self.joints[i] for i in _FINGERS[finger])
        return bool(np.linalg.norm(tip - self.joints[0]) > 1.1 * np.linalg.norm(middle - self.joints[0])) and bool(
            np.linalg.norm(tip - base) > 1.3 * np.linalg.norm(middle - base)
        )


class Hands:
    """Both networks, on `threads` threads."""

    def __init__(self, palms: Path, joints: Path, threads: int = 1) -> None:
        self._palms = Detector(palms, threads, low=0)
        self._joints = compiled(joints, threads)

    def find(self, picture: Picture, most: int = 4) -> list[Hand]:
        """Hands, best first, at most `most`."""
        found: list[Hand] = []
        for palm in self._palms.detect(picture, _SURE)[:most]:
            hand = self._hand(picture, palm)
            if hand and not any(overlap(hand.box, other.box[None])[0] > 0.5 for other in found):
                found.append(hand)
        return found

    def _hand(self, picture: Picture, palm: Detection) -> Hand | None:
        up = palm.points[_MIDDLE] - palm.points[_WRIST]
        length = float(np.linalg.norm(up))
        if length < 1:
            return None
        side = float(palm.box[2:].max())
        centre = palm.box[:2] + palm.box[2:] / 2 + up / length * side * _FURTHER
        angle = math.atan2(float(up[1]), float(up[0])) + math.pi / 2
        crop, matrix = upright(picture, centre, side * _WIDER, angle, 224)
        outputs = self._joints(crop[None])
        if float(outputs[1].ravel()[0]) < _PRESENT:
            return None
        inside = outputs[0].reshape(21, 3)[:, :2]
        joints = inside @ matrix[:, :2].T + matrix[:, 2]
        low, high = joints.min(0), joints.max(0)
        return Hand(palm.score, np.concatenate([low, high - low]), joints)
