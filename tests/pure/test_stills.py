"""A still from a client: pieces in any order make it, and whatever else comes is refused before it costs anything."""

from __future__ import annotations

import base64
import random

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from visavis_agents.events import StillChunk
from visavis_agents.seeing.sight import Frame
from visavis_agents.seeing.stills import CHUNK, LARGEST, Pieces, StillError, opened, same_scene
from visavis_models.errors import ModelError


def chunks(data: bytes, size: int = CHUNK, mime: str = "image/jpeg") -> list[StillChunk]:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [
        StillChunk(still=1, index=n, count=len(parts), mime=mime, data=base64.b64encode(part).decode())
        for n, part in enumerate(parts)
    ]


@given(st.binary(min_size=1, max_size=60_000), st.integers(600, CHUNK), st.randoms(use_true_random=False))
def test_pieces_in_any_order_are_the_still(data: bytes, size: int, order: random.Random) -> None:
    pieces, sent = Pieces(), chunks(data, size)
    order.shuffle(sent)
    given_back = [pieces.take(chunk) for chunk in sent]
    assert given_back == [None] * (len(sent) - 1) + [data]


GOOD = chunks(b"x" * 40_000)[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"mime": "image/svg+xml"}, "must be image/jpeg"),
        ({"index": 3}, "no piece 3"),
        ({"index": -1}, "no piece -1"),
        ({"count": 0}, "no piece"),
        ({"count": 10**9}, "no piece"),
        ({"count": 4, "index": 1}, "cannot become"),
        ({"index": 0}, "came twice"),
        ({"index": 1, "data": "not base64!"}, "not base64"),
        ({"index": 1, "data": ""}, "0 bytes"),
        ({"index": 1, "data": base64.b64encode(bytes(CHUNK + 1)).decode()}, "bytes; 1 to"),
    ],
)
def test_what_fits_no_still_is_refused_in_words(change: dict[str, object], why: str) -> None:
    pieces = Pieces()
    pieces.take(GOOD)
    with pytest.raises(StillError, match=why):
        pieces.take(msgspec.structs.replace(GOOD, **change))
    assert pieces.size == CHUNK


def test_a_still_has_a_largest_size() -> None:
    pieces = Pieces()
    sent = [msgspec.structs.replace(GOOD, index=n, count=1000) for n in range(LARGEST // CHUNK + 1)]
    for chunk in sent[:-1]:
        pieces.take(chunk)
    with pytest.raises(StillError, match="larger than"):
        pieces.take(sent[-1])


def jpeg(height: int, width: int) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "no JPEG"),
        (b"\xff\xd8\xff", "no JPEG"),
        (b"\xff\xd8" + bytes(5000), "no JPEG"),
        (jpeg(20, 30)[:200], "damaged|no JPEG"),
        (jpeg(20, 30).replace((30).to_bytes(2, "big"), (60_000).to_bytes(2, "big"), 1), "60000 x"),
        (jpeg(8, 2600), "2600 x 8"),
    ],
)
def test_files_that_are_no_still_are_refused_before_they_are_unpacked(data: bytes, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        opened(data)
    assert opened(jpeg(20, 30)).shape == (20, 30, 3)


def test_a_still_of_the_same_scene_is_told_from_another_one() -> None:
    dice = np.random.default_rng(1)
    scene, other = (
        cv2.resize(dice.integers(0, 255, (6, 8, 3), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    still = cv2.resize(scene, (1440, 1080))
    frame = Frame(0.0, lambda: scene)
    assert same_scene(Frame(0.0, lambda: still), frame)
    assert same_scene(Frame(0.0, lambda: np.roll(scene, 8, 1)), frame)  # the hand is not quite still
    assert not same_scene(Frame(0.0, lambda: other), frame)
