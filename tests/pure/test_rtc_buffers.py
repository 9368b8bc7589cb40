"""Packets in all orders, and what becomes of them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from visavis_server.rtc.buffers import DECODING, PATIENCE, AudioBuffer, DecodeQueue, VideoBuffer, begins_key_frame


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    ssrc: int = 1

    @property
    def _data(self) -> bytes:
        return str(self.sequence_number).encode()


def packets(*numbers: int, ssrc: int = 1) -> list[Packet]:
    return [Packet(n & 0xFFFF, n * 960 & 0xFFFFFFFF, ssrc) for n in numbers]


def through(buffer: AudioBuffer, arriving: list[Packet]) -> list[list[int]]:
    """What leaves at each arrival."""
    leaving = []
    for packet in arriving:
        _, frame = buffer.add(packet)
        leaving.append([int(f.data) for f in frame.frames()] if frame else [])
    return leaving


# --- audio buffer ----------------------------------------------------------------------------------------------------


def test_packets_in_order_leave_at_once() -> None:
    assert through(AudioBuffer(), packets(5, 6, 7)) == [[5], [6], [7]]


def test_a_late_packet_is_waited_for_and_all_leave_together() -> None:
    assert through(AudioBuffer(), packets(1, 3, 4, 2, 5)) == [[1], [], [], [2, 3, 4], [5]]


def test_a_lost_packet_is_passed_over_after_three() -> None:
    buffer = AudioBuffer()
    assert through(buffer, packets(1, 3, 4, 5, 6, 7)) == [[1], [], [], [], [3, 4, 5, 6], [7]]
    assert buffer.lost == 1


def test_two_holes() -> None:
    buffer = AudioBuffer()
    assert through(buffer, packets(1, 3, 5, 6, 7, 8, 9)) == [[1], [], [], [], [3], [5, 6, 7, 8], [9]]
    assert buffer.lost == 2


def test_twice_and_too_late_are_dropped() -> None:
    assert through(AudioBuffer(), packets(1, 2, 2, 1, 3)) == [[1], [2], [], [], [3]]


def test_numbers_wrap() -> None:
    assert through(AudioBuffer(), packets(0xFFFE, 0xFFFF, 0x10001, 0x10000)) == [[0xFFFE], [0xFFFF], [], [0, 1]]


def test_another_sender_and_a_jump_start_anew() -> None:
    buffer = AudioBuffer()
    assert through(buffer, [*packets(1, 3), *packets(50, ssrc=2), *packets(1000, ssrc=2)]) == [[1], [], [50], [1000]]


def test_timestamps_of_a_burst_keep_their_distance() -> None:
    buffer = AudioBuffer()
    *_, (_, frame) = [buffer.add(packet) for packet in packets(1, 3, 4, 2)]
    assert frame is not None
    frame.timestamp = 77  # aiortc moves the first to its own scale
    assert [f.timestamp for f in frame.frames()] == [77, 77 + 960, 77 + 1920]


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 0xFFFF), st.floats(0, 0.4))
def test_whatever_arrives_leaves_once_and_in_order(chance: random.Random, first: int, loss: float) -> None:
    sent = [Packet((first + n) & 0xFFFF, n) for n in range(60)]
    arriving = [packet for packet in sent if chance.random() >= loss]
    arriving.sort(key=lambda packet: packet.timestamp + chance.random() * 2)  # at most one place out of order
    buffer = AudioBuffer()
    frames = [frame for packet in arriving if (frame := buffer.add(packet)[1])]
    left = [piece.timestamp for frame in frames for piece in frame.frames()]
    assert left == sorted(set(left))
    assert len(buffer._waiting) <= PATIENCE
    if loss == 0 and arriving[0] is sent[0]:
        assert len(left) == len(sent)


def test_the_decoder_is_never_far_behind() -> None:
    told = []
    waiting = DecodeQueue(lambda: told.append(True))
    for packet in packets(*range(DECODING + 10)):
        _, frame = AudioBuffer().add(packet)
        waiting.put(("opus", frame))
    assert len(told) == 1
    assert waiting.qsize() == 10
    waiting.put(None)
    assert waiting.get_nowait() is None


# --- video buffer ----------------------------------------------------------------------------------------------------

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


def watched(buffer: VideoBuffer, arriving: list[Piece]) -> tuple[list[bytes], list[int]]:
    """What leaves, and at which arrivals key frames were asked for."""
    seen, asked = [], []
    for number, piece in enumerate(arriving):
        ask, burst = buffer.add(piece)
        if ask:
            asked.append(number)
        seen += [frame.data for frame in burst.frames()] if burst else []
    return seen, asked


def test_a_frame_leaves_with_its_last_packet() -> None:
    buffer, pieces = VideoBuffer(), film(3)
    left = [buffer.add(piece)[1] for piece in pieces]
    assert [frame is not None for frame in left] == [False, False, True] * 3
    assert left[2] is not None
    assert left[2].data == KEY + b"00"


def test_without_a_marker_the_next_frame_ends_it() -> None:
    pieces = film(3)
    for piece in pieces:
        piece.marker = 0
    assert len(watched(VideoBuffer(), pieces)[0]) == 2


def test_a_repeated_packet_closes_the_gap() -> None:
    pieces = film(10)
    late = pieces.pop(7)
    pieces.insert(9, late)
    seen, asked = watched(VideoBuffer(), pieces)
    assert len(seen) == 10
    assert asked == [0]  # before the first key frame was whole


def test_a_lost_packet_freezes_until_a_key_frame_that_is_asked_for() -> None:
    pieces = film(30, keys=(0, 12))
    del pieces[3 * 5 + 1]
    buffer = VideoBuffer()
    seen, asked = watched(buffer, pieces)
    assert len(seen) == 5 + (30 - 12)
    assert seen[5].startswith(KEY)
    assert buffer.lost == 1
    assert 3 * 7 < asked[1] < 3 * 9  # 0.15 s after the loss


def test_a_key_frame_that_does_not_come_is_asked_for_again() -> None:
    pieces = film(60)
    del pieces[3 * 5 + 1]
    _, asked = watched(VideoBuffer(), pieces)
    assert len(asked) == 1 + 9  # every 0.4 s; the film goes on for 3.5 s


def test_joining_in_the_middle_waits_for_a_key_frame() -> None:
    seen, asked = watched(VideoBuffer(), film(20, keys=(9,)))
    assert len(seen) == 11
    assert asked[0] == 0


def test_padding_is_no_picture() -> None:
    pieces = film(6, each=2)
    for number, piece in enumerate(pieces):
        piece.sequence_number += 2 * (number >= 6)
    padding = [Piece(6 + n, pieces[5].timestamp, 0, b"") for n in range(2)]
    seen, _ = watched(VideoBuffer(), pieces[:6] + padding + pieces[6:])
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
    buffer = VideoBuffer()
    left = [piece for p in arriving if (burst := buffer.add(p)[1]) for piece in burst.frames()]
    assert all(frame.data.decode("latin1") in whole for frame in left)
    assert len(buffer._waiting) <= 120
    if loss == 0 and arriving[0] is pieces[0]:
        assert len(left) == 40
