"""The finders' arithmetic, and a checkpoint reader that runs nothing."""

from __future__ import annotations

import math
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.detector import anchors, letterbox, merged, overlap, sigmoid, upright
from visavis_models.backends.finders import _around, _before
from visavis_models.backends.hands import Hand
from visavis_models.errors import PackMissing


@pytest.mark.parametrize(
    ("side", "strides", "count"),
    [(128, (8, 16, 16, 16), 896), (192, (8, 16, 16, 16), 2016), (224, (8, 16, 32, 32, 32), 2254)],
)
def test_anchors_are_as_many_as_the_networks_answer(side: int, strides: tuple[int, ...], count: int) -> None:
    centres = anchors(side, strides)
    assert centres.shape == (count, 2)
    assert ((centres > 0) & (centres < 1)).all()
    np.testing.assert_allclose(centres[0], [4 / side, 4 / side])


def test_letterbox_keeps_the_shape_of_things() -> None:
    square, scale, left, top = letterbox(np.full((480, 640, 3), 255, np.uint8), 128)
    assert (scale, left, top) == (0.2, 0, 16)
    assert square[:16].max() == 0
    assert square[16:112].min() == 255


def test_overlapping_boxes_become_one() -> None:
    rows = np.array([[0, 0, 10, 10], [1, 1, 10, 10], [50, 50, 10, 10]], np.float32)
    found = merged(np.array([0.6, 0.9, 0.7], np.float32), rows)
    assert [round(score, 1) for score, _ in found] == [0.9, 0.7]
    np.testing.assert_allclose(found[0][1], [0.6, 0.6, 10, 10], atol=1e-5)
    assert overlap(rows[0], rows)[0] == pytest.approx(1)


def test_sigmoid_does_not_overflow() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-1e6, 0, 1e6], np.float32)), [0, 0.5, 1])


def test_a_turned_crop_maps_back() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[28:33, 68:73] = 255
    crop, matrix = upright(picture, np.array([50, 50], np.float32), 80, math.radians(30), 64)
    y, x = np.unravel_index(crop[..., 0].argmax(), crop.shape[:2])
    back = matrix[:, :2] @ np.array([x, y]) + matrix[:, 2]
    np.testing.assert_allclose(back, [70, 30], atol=4)


class Evil:
    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> Any:
        return (Path.touch, (self.ran,))


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    ran, path = tmp_path / "ran", tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Evil(ran), protocol=2))
    with pytest.raises(PackMissing, match="visavis models pull"):
        read_tensors(path)
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("evil/data.pkl", pickle.dumps(OrderedDict(a=Evil(ran)), protocol=2))
    with pytest.raises(PackMissing, match="not a tensor"):
        read_tensors(path)
    assert not ran.exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"PK\x03\x04", b"\x00" * 100])
def test_a_broken_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pth"
    path.write_bytes(content)
    with pytest.raises(PackMissing, match=r"broken\.pth is not a readable checkpoint"):
        read_tensors(path)
    with pytest.raises(PackMissing):
        read_tensors(tmp_path / "absent.pth")


def hand(tip: tuple[float, float]) -> Hand:
    """A fist at (100, 300) of which the index finger points to tip."""
    joints = np.full((21, 2), (100.0, 300.0), np.float32)
    joints[9:] += np.random.default_rng(0).uniform(-3, 3, (12, 2)).astype(np.float32)
    joints[0] = (100, 340)
    joints[5:9] = np.linspace((100, 290), tip, 4)
    low, high = joints.min(0), joints.max(0)
    return Hand(0.9, np.concatenate([low, high - low]), joints)


def test_a_pointing_finger_selects_what_lies_before_it() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    pointing = hand((220, 230))
    assert pointing.points
    x, y, side, _ = _before(pointing, picture) or (0, 0, 0, 0)
    middle = np.array([x + side / 2, y + side / 2])
    along = middle - pointing.tip
    assert along @ pointing.aim / np.linalg.norm(along) == pytest.approx(1, abs=1e-3)
    assert 0 < np.linalg.norm(along) < side
    assert _before(hand((102, 299)), picture) is None
    x, y, w, h = _around(pointing)
    assert x < pointing.box[0]
    assert y < pointing.box[1]
    assert w == h
