"""The face mesh on photos: somebody is there, looks this way, and moves the lips."""

from __future__ import annotations

import json
import zipfile
from functools import cache

import cv2
import numpy as np
import pytest

from tests.real.test_eyes import DATA, PACKS
from visavis_agents.lips import Lips, lips
from visavis_agents.seeing.attention import look_of
from visavis_models.backends import gaze
from visavis_models.errors import ModelError
from visavis_models.ports import Face, Picture
from visavis_models.settings import BackendSettings

PHOTOS = DATA / "photos"
# One person each, near enough; which way they look was judged by eye.
FACING = [
    "flickr8k_3042488474_0d2ec81eb8",
    "flickr8k_3041645937_ff7591d134",
    "flickr8k_2083778090_3aecaa11cc",
    "flickr8k_374104006_7f32c8c5de",
]
AWAY = [
    "flickr8k_1419385780_1383ec7ba9",
    "flickr8k_3427540832_c882fded1d",
    "flickr8k_300222673_573fd4044b",
    "flickr8k_2994179598_a45c2732b5",
]
pytestmark = pytest.mark.skipif(not PHOTOS.is_dir(), reason="needs ../shared/data/photos")


@pytest.fixture(scope="module")
def port() -> gaze.Gaze:
    return gaze.load(BackendSettings(backend="gaze"), PACKS)


@cache
def listed() -> dict[str, dict]:
    lines = (PHOTOS / "flickr8k_research_only.jsonl").read_text("utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def photo(number: str) -> Picture:
    row = listed()[number]
    with zipfile.ZipFile(PHOTOS / row["shard"]) as shard:
        data = np.frombuffer(shard.read(row["file"]), np.uint8)
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def near(port: gaze.Gaze, number: str, high: int = 150) -> tuple[Picture, Face]:
    """640x480 with the nearest face of the photo in its middle, so many pixels high."""
    picture = photo(number)
    face = port.faces(picture)[0]
    height, width = picture.shape[:2]
    scale = high / (face.box.h * height)
    x, y = (face.box.x + face.box.w / 2) * width, (face.box.y + face.box.h / 2) * height
    matrix = np.array([[scale, 0, 320 - scale * x], [0, scale, 240 - scale * y]], np.float32)
    placed = cv2.warpAffine(picture, matrix, (640, 480), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return placed, port.faces(placed)[0]


def camera(picture: Picture, seed: int) -> Picture:
    noise = np.random.default_rng(seed).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def opened(picture: Picture, face: Face, by: float) -> Picture:
    """The lower face stretched downwards from the middle of the lips: a poor man's open mouth."""
    height, width = picture.shape[:2]
    left, top = face.box.x * width, face.box.y * height
    w, h = face.box.w * width, face.box.h * height
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    across = np.exp(-(((x - left - w / 2) / (0.3 * w)) ** 2))
    lips_y, reach = top + 0.73 * h, 0.2 * h
    drop = np.clip((y - lips_y) / (0.08 * h), 0, 1) * np.clip((lips_y + 2 * reach - y) / reach, 0, 1)
    return cv2.remap(picture, x, y - (by * h * across * drop).astype(np.float32), cv2.INTER_LINEAR)


def seen(port: gaze.Gaze, pictures: list[Picture]) -> list:
    known: tuple[Face, ...] = ()
    looks = []
    for n, picture in enumerate(pictures):
        known = port.faces(picture, known)
        looks.append(look_of(known, 0.133 * n))
    return looks


@pytest.mark.parametrize("number", FACING)
def test_who_looks_this_way_is_seen_to(port: gaze.Gaze, number: str) -> None:
    picture, face = near(port, number)
    look = look_of([face], 1.0)
    assert look.facing
    assert 0.1 < look.mouth < 0.5
    (followed,) = port.faces(np.roll(picture, 6, axis=1), [face])
    assert followed.box.x - face.box.x == pytest.approx(6 / 640, abs=0.004)
    assert abs(followed.yaw - face.yaw) < 5


@pytest.mark.parametrize("number", AWAY)
def test_who_looks_elsewhere_is_not_taken_to(port: gaze.Gaze, number: str) -> None:
    assert look_of(port.faces(photo(number)), 1.0).facing is not True


@pytest.mark.parametrize("number", FACING)
def test_still_lips_are_still_and_opened_ones_move(port: gaze.Gaze, number: str) -> None:
    picture, face = near(port, number)
    still = seen(port, [camera(picture, n) for n in range(8)])
    talks = seen(port, [camera(opened(picture, face, by), n) for n, by in enumerate((0, 0.16, 0.03, 0.2) * 2)])
    assert lips(still) is Lips.STILL
    assert lips(talks) is Lips.MOVING


def test_lips_are_not_told_in_the_dark_or_from_afar(port: gaze.Gaze) -> None:
    picture, face = near(port, FACING[0])
    for hard in (picture // 8, near(port, FACING[0], high=50)[0]):
        assert all(found.mouth is None for found in port.faces(hard, [face]) or port.faces(hard))


def test_nobody_is_seen_where_nobody_is(port: gaze.Gaze) -> None:
    assert port.faces(np.zeros((480, 640, 3), np.uint8)) == ()
    assert port.faces(np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)) == ()
    assert port.faces(np.zeros((16, 16, 3), np.uint8), [Face(gaze.Box(2.0, -1.0, 0.0, 0.0), 0.0, 0.0, 0.0)]) == ()


@pytest.mark.parametrize("shape", [(480, 640), (4, 4, 3), (480, 640, 4)])
def test_what_is_no_picture_is_refused(port: gaze.Gaze, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError):
        port.faces(np.zeros(shape, np.uint8))
