"""Camera packets in all orders, and which frames come out whole."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given, settings, strategies as st

from visavis_server.rtc.shots import ASK_S, KEY_S, Frames, begins_key_frame

KEY = b"\x10\x00\x00\x9d\x01\x2a"
DELTA = b"\x11\x00\x00\x00\x00\x00"


@dataclass
class Piece:
    """A camera packet: frame number, place in the frame."""

    sequence_number: int
    timestamp: int
    marker: int
    _data: bytes
    ssrc: int = 1
    payload_type: int = 97


def film(frames: int, each: int = 3, keys: tuple[int, ...] = (0,), first: int = 0) -> list[Piece]:
    """Frames of `each` packets at 15 a second."""
    return [
        Piece(
            (first + frame * each + place) & 0xFFFF,
            (frame * 6000 + 0xFFFFF000) & 0xFFFFFFFF,
            int(place == each - 1),
            (KEY if frame in keys else DELTA) if place == 0 else b"%d" % frame,
        )
        for frame in range(frames)
        for place in range(each)
    ]


def watched(buffer: Frames, arriving: list[Piece]) -> tuple[list[bytes], list[int]]:
    """What leaves, and at which arrivals key frames were asked for."""
    seen, asked = [], []
    for number, piece in enumerate(arriving):
        ask, frames = buffer.add(piece)
        if ask:
            asked.append(number)
        seen += [frame.data for frame in frames]
    return seen, asked


def test_a_frame_leaves_with_its_last_packet() -> None:
    buffer, pieces = Frames(), film(3)
    left = [buffer.add(piece)[1] for piece in pieces]
    assert [len(frames) for frames in left] == [0, 0, 1] * 3
    assert left[2][0].data == KEY + b"00"
    assert [frames[0].key for frames in left[2::3]] == [True, False, False]


def test_without_a_marker_the_next_frame_ends_it() -> None:
    pieces = film(3)
    for piece in pieces:
        piece.marker = 0
    assert len(watched(Frames(), pieces)[0]) == 2


def test_a_repeated_packet_closes_the_gap() -> None:
    pieces = film(10)
    late = pieces.pop(7)
    pieces.insert(9, late)
    seen, asked = watched(Frames(), pieces)
    assert len(seen) == 10
    assert asked == [0]  # before the first key frame was whole


def test_a_lost_packet_freezes_until_a_key_frame_that_is_asked_for() -> None:
    pieces = film(30, keys=(0, 12))
    del pieces[3 * 5 + 1]
    buffer = Frames()
    seen, asked = watched(buffer, pieces)
    assert len(seen) == 5 + (30 - 12)
    assert seen[5].startswith(KEY)
    assert buffer.freezes == 1
    assert 3 * 7 < asked[1] < 3 * 9  # 0.15 s after the loss


def test_a_key_frame_that_does_not_come_is_asked_for_again() -> None:
    pieces = film(60)
    del pieces[3 * 5 + 1]
    _, asked = watched(Frames(), pieces)
    between = [(later - earlier) / 45 for earlier, later in zip(asked[1:], asked[2:], strict=False)]
    assert len(asked) > 10
    assert all(ASK_S <= seconds < ASK_S + 0.1 for seconds in between)


def test_a_key_frame_is_asked_for_now_and_then() -> None:
    _, asked = watched(Frames(), film(15 * 10, keys=(0, 50, 100)))
    times = [number / 45 for number in asked[1:]]  # the first was before the first key frame was whole
    assert all(after - 50 / 15 * (number + 1) > -0.4 for number, after in enumerate(times[::2]))
    assert times[0] > KEY_S


def test_joining_in_the_middle_waits_for_a_key_frame() -> None:
    seen, asked = watched(Frames(), film(20, keys=(9,)))
    assert len(seen) == 11
    assert asked[0] == 0


def test_padding_is_no_picture() -> None:
    pieces = film(6, each=2)
    for number, piece in enumerate(pieces):
        piece.sequence_number += 2 * (number >= 6)
    padding = [Piece(6 + n, pieces[5].timestamp, 0, b"") for n in range(2)]
    seen, _ = watched(Frames(), pieces[:6] + padding + pieces[6:])
    assert len(seen) == 6


def test_h264_key_frames() -> None:
    assert begins_key_frame(b"\x00\x00\x00\x01\x67rest")
    assert begins_key_frame(b"\x00\x00\x00\x01\x65")
    assert not begins_key_frame(b"\x00\x00\x00\x01\x41")
    assert not begins_key_frame(b"\x00\x00\x00\x01")
    assert not begins_key_frame(b"")


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 0xFFFF), st.floats(0, 0.3))
def test_frames_leave_whole_and_in_order(chance: random.Random, first: int, loss: float) -> None:
    pieces = film(40, keys=tuple(range(0, 40, 8)), first=first)
    whole = ["".join(p._data.decode("latin1") for p in pieces[n : n + 3]) for n in range(0, 120, 3)]
    arriving = [piece for piece in pieces if chance.random() >= loss]
    places = {id(piece): place + chance.random() * 3 for place, piece in enumerate(arriving)}
    arriving.sort(key=lambda piece: places[id(piece)])
    buffer = Frames()
    left = [frame for piece in arriving for frame in buffer.add(piece)[1]]
    assert all(frame.data.decode("latin1") in whole for frame in left)
    assert len(buffer._waiting) <= 120
    if loss == 0 and arriving[0] is pieces[0]:
        assert len(left) == 40
