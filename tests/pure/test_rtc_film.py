"""Frames that are decoded only when somebody looks show what the camera saw."""

from __future__ import annotations

import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder, h264_depayload
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload

from visavis_server.rtc.film import LONGEST, Film, Shot

BRIGHT = (20, 60, 100, 140, 180, 220)


def encoded(codec: str, size: tuple[int, int] = (320, 240)) -> list[bytes]:
    """A key frame and five that follow, each of one brightness."""
    encoder = Vp8Encoder() if codec == "VP8" else H264Encoder()
    depayload = vp8_depayload if codec == "VP8" else h264_depayload
    out = []
    for number, bright in enumerate(BRIGHT):
        picture = np.full((size[1], size[0], 3), bright, np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number * 6000, Fraction(1, 90_000)
        payloads, _ = encoder.encode(frame)
        out.append(b"".join(depayload(payload) for payload in payloads))
    return out


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_any_kept_frame_can_be_looked_at_in_any_order(codec: str) -> None:
    film = Film()
    shots = [film.keep(data, codec, key=number == 0) for number, data in enumerate(encoded(codec))]
    for order in itertools.islice(itertools.permutations(range(6), 3), 0, None, 7):
        for number in order:
            shot = shots[number]
            assert shot is not None
            picture = film.develop(shot)
            assert picture.shape == (240, 320, 3)
            assert abs(float(picture.mean()) - BRIGHT[number]) < 12


def test_only_a_key_frame_begins() -> None:
    film = Film()
    key, following = encoded("VP8")[:2]
    assert film.keep(following, "VP8", key=False) is None
    assert film.keep(key, "VP8", key=True) is not None
    assert film.keep(following, "H264", key=False) is None
    assert film.keep(following, "VP8", key=False) is not None


def test_a_film_without_key_frames_ends() -> None:
    film = Film()
    kept = [film.keep(b"x", "VP8", key=number == 0) for number in range(LONGEST + 5)]
    assert [shot is not None for shot in kept] == [True] * LONGEST + [False] * 5


def test_a_new_key_frame_lets_the_old_ones_go() -> None:
    film = Film()
    for number in range(10):
        shot = film.keep(b"x", "VP8", key=number in (0, 8))
    assert shot is not None
    assert isinstance(shot.before, Shot)
    assert shot.before.before is None


def test_damaged_and_huge_frames_are_told() -> None:
    film = Film()
    broken = film.keep(b"\x10\x00\x00\x9d\x01\x2a\x00", "VP8", key=True)
    assert broken is not None
    with pytest.raises(ValueError, match="damaged"):
        film.develop(broken)
    huge = film.keep(encoded("VP8", (2560, 1440))[0], "VP8", key=True)
    assert huge is not None
    with pytest.raises(ValueError, match="too large"):
        film.develop(huge)
