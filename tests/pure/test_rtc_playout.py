"""Packets of sound in all orders, and what is heard of them."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings, strategies as st

from visavis_server.rtc import opus
from visavis_server.rtc.playout import FIRST_S, HOPELESS, LEAST_S, MOST_S, RATE, ROUNDS, How, Patience, Piece, Playout

SPOKEN = b"\x48"  # SILK, 20 ms, one frame (RFC 6716, 3.1)
COPY = 0x40  # the bit that tells of a copy of the frame before


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    ssrc: int = 1
    copy: bool = False
    rest: bool = False

    @property
    def _data(self) -> bytes:
        if self.rest:
            return SPOKEN
        return SPOKEN + bytes([COPY * self.copy]) + self.sequence_number.to_bytes(2, "big")


def packet(number: int, **more: int) -> Packet:
    return Packet(number & 0xFFFF, number * 960 & 0xFFFFFFFF, **more)


def numbers(pieces: list[Piece]) -> list[int | str]:
    """Played packets by number, what stands in for others by what it is."""
    return [int.from_bytes(p.data[2:], "big") if p.how is How.PLAY else p.how.name.lower() for p in pieces]


def heard(playout: Playout, *arriving: int, every: float = 0.02) -> list[list[int | str]]:
    """What is heard at each arrival, one every 20 ms."""
    return [numbers(playout.take(packet(n), at * every)) for at, n in enumerate(arriving)]


def test_packets_in_order_are_heard_at_once() -> None:
    assert heard(Playout(), 5, 6, 7) == [[5], [6], [7]]


def test_a_packet_that_was_overtaken_is_waited_for_and_all_are_heard_together() -> None:
    assert heard(Playout(), 1, 3, 2, 4) == [[1], [], [2, 3], [4]]


def test_a_lost_packet_is_made_up_for_once_patience_ends() -> None:
    playout = Playout()
    assert heard(playout, 1, 3, *range(4, 11))[-2:] == [["conceal", 3, 4, 5, 6, 7, 8, 9], [10]]
    assert playout.counts.lost == 1
    assert playout.counts.longest == 960


def test_patience_ends_without_a_packet_too() -> None:
    playout = Playout()
    heard(playout, 1, 3)
    assert playout.wake(0.02) == pytest.approx(0.02 + FIRST_S)
    assert playout.due(0.02 + FIRST_S - 0.001) == []
    assert numbers(playout.due(0.02 + FIRST_S)) == ["conceal", 3]
    assert playout.wake(0.1) is None


def test_the_next_packet_s_copy_is_heard_instead_of_a_lost_one() -> None:
    playout = Playout()
    playout.take(packet(1), 0.0)
    playout.take(packet(4, copy=True), 0.06)
    concealed, recovered, played = playout.due(0.2)
    assert (concealed.how, concealed.place, concealed.ticks) == (How.CONCEAL, 960, 960)
    assert (recovered.how, recovered.place, recovered.ticks) == (How.RECOVER, 1920, 960)
    assert recovered.data == played.data
    assert playout.counts.longest == 960  # of two lost packets, one was only concealed


def test_two_holes() -> None:
    playout = Playout()
    heard(playout, 1, 3, 5)
    assert numbers(playout.due(0.02 + FIRST_S)) == ["conceal", 3]
    assert numbers(playout.due(0.04 + FIRST_S)) == ["conceal", 5]


def test_who_never_repeats_is_not_waited_for_long() -> None:
    playout = Playout()
    heard(playout, *range(1, 2 * HOPELESS + 2, 2))
    playout.due(0.5)
    playout.take(packet(2 * HOPELESS + 3), 0.5)
    assert playout.wake(0.5) == pytest.approx(0.5 + LEAST_S)


def test_a_missing_packet_is_asked_for_while_it_is_waited_for() -> None:
    playout = Playout()
    heard(playout, 1, 4)
    assert playout.missing(0.02) == [2, 3]
    assert playout.missing(0.02) == []
    playout.take(packet(6), 0.04)
    assert playout.missing(0.04) == [2, 3, 5]
    playout.take(packet(2), 0.06)
    playout.take(packet(7), 0.06)
    assert playout.missing(0.06) == [3, 5]
    playout.due(0.13)  # packet 2 was late by 40 ms: 3 is given up, 5 not yet
    assert playout.missing(0.13) == [5]


def test_what_was_given_up_at_once_has_been_asked_for() -> None:
    playout = Playout()
    heard(playout, 1, 3)
    playout.due(1.0)
    playout.take(packet(5), 1.0)
    assert numbers(playout.due(1.2)) == ["conceal", 5]
    assert playout.missing(1.2) == [2, 4]
    assert playout.missing(1.3) == []


def test_twice_and_too_late_are_dropped() -> None:
    playout = Playout()
    assert heard(playout, 1, 2, 2, 1, 3) == [[1], [2], [], [], [3]]
    heard(playout, 5, 6)
    playout.due(1.0)
    playout.take(packet(4), 1.0)
    assert playout.counts.late == 1


def test_numbers_wrap() -> None:
    assert heard(Playout(), 0xFFFE, 0xFFFF, 0x10001, 0x10000) == [[0xFFFE], [0xFFFF], [], [0, 1]]


def test_another_sender_and_a_jump_start_anew() -> None:
    playout = Playout()
    heard(playout, 1, 3)
    assert numbers(playout.take(packet(50, ssrc=2), 0.1)) == [50]
    assert numbers(playout.take(packet(1000, ssrc=2), 0.2)) == [1000]


def test_a_long_hole_stays_open() -> None:
    playout = Playout()
    heard(playout, 1)
    playout.take(packet(60), 1.2)
    (piece,) = playout.due(1.4)
    assert piece.how is How.PLAY
    assert piece.place == 59 * 960


def test_what_is_no_opus_is_as_good_as_lost() -> None:
    playout = Playout()
    broken = Packet(2, 1920)
    broken.__class__ = type("Empty", (Packet,), {"_data": b""})
    playout.take(packet(1), 0.0)
    assert playout.take(broken, 0.02) == []
    assert numbers(playout.take(packet(3), 0.04)) == []
    assert numbers(playout.due(0.2)) == ["conceal", 3]


# --- rest ------------------------------------------------------------------------------------------------------------


def test_a_sender_that_rests_is_followed_by_silence_in_real_time() -> None:
    playout = Playout()
    playout.take(packet(1), 0.0)
    playout.take(packet(2, rest=True), 0.02)
    silence, at = 0, playout.wake(0.02)
    while at is not None and at < 0.42:
        pieces = playout.due(at)
        assert {piece.how for piece in pieces} == {How.REST}
        silence += sum(piece.ticks for piece in pieces)
        at = playout.wake(at)
    assert 0.3 * RATE < silence < 0.4 * RATE
    again = playout.take(Packet(3, 22 * 960), 0.42)  # the next number, 20 packets' time later
    assert again[-1].how is How.PLAY
    assert silence + sum(piece.ticks for piece in again[:-1]) == 19 * 960
    assert playout.counts.lost == 0


def test_a_sender_that_is_gone_is_not_thought_to_rest() -> None:
    playout = Playout()
    playout.take(packet(1, rest=True), 0.0)
    at, last = playout.wake(0.0), 0.0
    while at is not None:
        playout.due(at)
        at, last = playout.wake(at), at
    assert 0.9 < last <= 1.1


# --- patience --------------------------------------------------------------------------------------------------------


def test_patience_follows_lateness_and_comes_back() -> None:
    patience = Patience()
    assert patience.seconds(0.0) == pytest.approx(FIRST_S)
    patience.came(0.06, 1.0)
    assert patience.seconds(1.0) == pytest.approx(LEAST_S + 0.06 * ROUNDS)
    patience.came(0.11, 2.0)
    assert patience.seconds(2.0) == MOST_S
    patience.came(5.0, 2.0)  # nobody waits so long
    patience.gone(2.0)
    assert patience.seconds(6.0) == MOST_S
    assert patience.seconds(30.0) == FIRST_S  # nothing was missed for long, so nothing is known


def test_patience_ends_where_nothing_ever_comes() -> None:
    patience = Patience()
    for _ in range(HOPELESS):
        assert patience.seconds(1.0) == FIRST_S
        patience.gone(1.0)
    assert patience.seconds(1.0) == LEAST_S
    patience.came(0.03, 2.0)
    assert patience.seconds(2.0) == pytest.approx(LEAST_S + 0.03 * ROUNDS)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 0xFFFF), st.floats(0, 0.4), st.floats(0, 0.05))
def test_whatever_arrives_the_track_is_whole_and_in_order(
    chance: random.Random, first: int, loss: float, jitter: float
) -> None:
    sent = [packet(first + n, copy=n % 2) for n in range(80)]
    arriving = sorted(
        ((0.02 * n + chance.random() * jitter, one) for n, one in enumerate(sent) if chance.random() >= loss),
        key=lambda pair: pair[0],
    )
    playout, pieces, most = Playout(), [], 0
    for at, one in arriving:
        while (wake := playout.wake(at)) is not None and wake < at:
            pieces += playout.due(wake)
        pieces += playout.take(one, at)
        most = max(most, len(playout._waiting))
        assert playout.wake(at) is None or playout.wake(at) <= at + MOST_S
    pieces += playout.due(99.0)
    places = [piece.place for piece in pieces]
    assert places == sorted(places)
    for one, following in zip(pieces, pieces[1:], strict=False):
        gap = following.place - one.place - one.ticks
        assert gap == 0 or gap > RATE // 2 - 960
    assert most <= (MOST_S + jitter) / 0.02 + 2
    played = sum(piece.how is How.PLAY for piece in pieces)
    overtaken = sum(one.timestamp < arriving[0][1].timestamp for _, one in arriving)  # the very first one
    assert played + playout.counts.late + overtaken == len(arriving)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_have_a_length(data: bytes) -> None:
    assert 0 <= opus.length(data) <= 5760
    assert opus.carries_copy(data) in (True, False)
