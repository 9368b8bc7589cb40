"""How much of a picture is on its way at once: what else goes over the line hardly waits, and the line is used."""

from __future__ import annotations

from collections import deque

import pytest

from visavis_server.rtc.room import BURST, LEAST, MOST, PIECE, RATE, Pace, Room

PACKET = 1200  # bytes


class Line:
    """A narrow place with a long queue before it; acknowledgements come back after `away_s`."""

    def __init__(self, rate: float, away_s: float) -> None:
        self.rate, self.away_s = rate / 8, away_s
        self.now = self.free_at = 0.0
        self.flying: deque[tuple[float, float]] = deque()  # (sent, acknowledged)
        self.waits: list[float] = []
        self.sent = 0

    def send(self) -> None:
        self.free_at = max(self.now, self.free_at) + PACKET / self.rate
        self.waits.append(self.free_at - self.now)
        self.flying.append((self.now, self.free_at + self.away_s))
        self.sent += PACKET

    def go(self, room: Room, seconds: float) -> None:
        """Send as much as the room lets."""
        until = self.now + seconds
        while self.now < until:
            while len(self.flying) * PACKET < room.bytes:
                self.send()
            sent, back = self.flying.popleft()
            self.now = max(self.now, back)
            room.round_trip(self.now - sent, self.now, (len(self.flying) + 1) * PACKET)


@pytest.mark.parametrize("mbit", [0.5, 1, 4, 10])
@pytest.mark.parametrize("away_s", [0.005, 0.04, 0.15])
def test_little_waits_in_line_and_the_line_is_used(mbit: float, away_s: float) -> None:
    line, room = Line(mbit * 1e6, away_s), Room()
    line.go(room, 20.0)
    line.waits.clear()
    line.sent = 0
    line.go(room, 40.0)
    least_s = (LEAST + PACKET) / line.rate  # a piece is on its way in any case
    assert max(line.waits) < max(least_s, 0.05) + 0.06
    assert line.sent * 8 / 40 > 0.5 * min(mbit * 1e6, MOST * 8 / (away_s + 0.1))


def test_a_line_that_becomes_narrow_is_noticed() -> None:
    line, room = Line(20e6, 0.03), Room()
    line.go(room, 10.0)
    wide = room.bytes
    line.rate /= 20
    line.go(room, 5.0)
    line.waits.clear()
    line.go(room, 5.0)
    assert room.bytes < wide / 3
    assert max(line.waits) < 0.12


def test_a_longer_way_is_not_taken_for_a_queue_for_ever() -> None:
    line, room = Line(4e6, 0.01), Room()
    line.go(room, 5.0)
    line.away_s = 0.08
    line.go(room, 120.0)
    line.sent = 0
    line.go(room, 60.0)
    assert line.sent * 8 / 60 > 0.4 * 4e6


def test_an_acknowledgement_that_is_held_back_says_nothing() -> None:
    room = Room()
    for n in range(1000):
        room.round_trip(0.2 if n % 7 == 0 else 0.03, n * 0.03, room.bytes)
    assert room.bytes > 100_000


def test_what_was_not_sent_proves_nothing() -> None:
    room = Room()
    for n in range(1000):
        room.round_trip(0.03, n * 0.03, 3000)
    assert room.bytes == LEAST


def test_a_loss_halves_it_once() -> None:
    room = Room()
    for n in range(100):
        room.round_trip(0.02, n * 0.02, room.bytes)
    before = room.bytes
    room.lost(2.1)
    room.lost(2.101)
    assert room.bytes == before // 2
    for n in range(20):
        room.lost(3.0 + n)
    assert room.bytes == LEAST


def test_what_is_small_goes_at_once_and_what_is_large_at_a_pace() -> None:
    pace, now, waits = Pace(), 100.0, []
    for _ in range(200):
        waits.append(pace.wait(now))
        now += waits[-1]
    assert waits[: BURST // PIECE] == pytest.approx([0.0] * (BURST // PIECE))
    assert 200 * PIECE / (now - 100.0) == pytest.approx(RATE, rel=0.1)
    assert [pace.wait(now + 60.0) for _ in range(BURST // PIECE)] == pytest.approx([0.0] * (BURST // PIECE))
