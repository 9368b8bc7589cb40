"""Packets of sound into a track without holes: what to decode now, and what stands in for what does not come. Pure.

Who listens is a recognizer, not an ear: it takes sound as unevenly as it comes. So a packet in order leaves at once,
and nothing is held back against jitter. Only a missing packet is asked for, again with every packet that comes, and
makes these wait, for twice as long as packets lately took to come after all (20 to 200 ms): a question or a repeat may
be lost as well. Then the copy in the next packet (FEC) and concealment take its place, and all leave together, so that
the delay is gone with the gap. When nothing comes at all, nothing is made up: sound that a network has held up is still
wanted. Only a sender that says it rests (DTX) is followed by silence in real time.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Any

from visavis_server.rtc import opus
from visavis_server.rtc.ticks import Unwrapped, ahead

RATE = 48_000  # RTP ticks a second of every Opus track (RFC 7587, 4.1)
LEAST_S, FIRST_S, MOST_S = 0.02, 0.12, 0.2  # patience with a missing packet: hopeless, nothing known, at most
AGAIN_S = 0.018  # between two questions for one packet: with each that comes; the sender knows what is under way
ROUNDS = 2  # of asking and repeating: the first may be lost as well
HOPELESS = 3  # waits for nothing after which a sender is thought not to repeat
WINDOW_S = 10.0  # how long lateness is remembered
RESTART = 100  # packets ahead or behind at which the sender must have started anew
FILLED = RATE // 2  # ticks; longer holes are left open, and the place of what follows says so
RESTED_S = 0.06  # a resting sender's silence is this late, so that its next packet is not overtaken
RESTS_S = 1.0  # a resting sender says so every 0.4 s; after this it is not resting but gone
STEP = RATE // 50  # ticks of a resting sender's silence at once


class How(enum.Enum):
    PLAY = "decode data"
    RECOVER = "decode the copy that data, the next packet, has of this"
    CONCEAL = "nothing came"
    REST = "the sender rests"


@dataclass(frozen=True, slots=True)
class Piece:
    """`ticks` of the track from `place` on, 48,000 to the second; place counts on when RTP's numbers wrap."""

    how: How
    place: int
    ticks: int
    data: bytes = b""


@dataclass
class Counts:
    """Packets so far. missed: did not come in their turn; lost: of those, did not come in time; late: of those, came
    after all; longest: ticks of the longest hole that only concealment filled."""

    played: int = 0
    missed: int = 0
    lost: int = 0
    late: int = 0
    longest: int = 0


class Patience:
    """How long to wait for a missing packet: until it could have been asked for twice, as long as packets lately came
    so late; not much where they never do."""

    def __init__(self) -> None:
        self._now: float | None = None  # latest in this half of the window; None: none was missed
        self._before: float | None = None  # and in the one before
        self._gone = 0  # waits since a packet came late
        self._turn: float | None = None  # when this half ends

    def came(self, late_s: float, now: float) -> None:
        """A packet came late_s after it was missed. Later than can be waited for counts for nothing."""
        self._pass(now)
        if late_s <= MOST_S:
            self._now, self._gone = max(self._now or 0.0, late_s), 0

    def gone(self, now: float) -> None:
        """A packet was waited for and did not come."""
        self._pass(now)
        self._gone += 1
        if self._gone >= HOPELESS:
            self._now = self._now or 0.0

    def seconds(self, now: float) -> float:
        self._pass(now)
        lately = [late for late in (self._now, self._before) if late is not None]
        return min(MOST_S, LEAST_S + ROUNDS * max(lately)) if lately else FIRST_S

    def _pass(self, now: float) -> None:
        if self._turn is None:
            self._turn = now + WINDOW_S / 2
        elif now >= self._turn:
            self._before = self._now if now < self._turn + WINDOW_S / 2 else None
            self._now, self._turn = None, now + WINDOW_S / 2


@dataclass
class Rest:
    """A sender's rest. next: when the next piece of its silence is due; end: when it is not resting but gone."""

    next: float
    end: float


@dataclass
class Missed:
    """A packet that is missing. since: when it turned out to be; asked: for it last."""

    since: float
    asked: float = -math.inf


class Playout:
    """One track."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.places = Unwrapped()
        self._patience = Patience()
        self._ssrc: int | None = None
        self._begin(0)

    def _begin(self, number: int) -> None:
        self._next = number
        self._newest = (number - 1) & 0xFFFF  # the number furthest ahead that has come
        self._place: int | None = None  # of the sound that comes next
        self._waiting: dict[int, tuple[int, bytes]] = {}  # by number: place and data
        self._missed: dict[int, Missed] = {}  # by number, in order; given up ones too
        self._rest: Rest | None = None

    def take(self, packet: Any, now: float) -> list[Piece]:
        """packet: with sequence_number, timestamp, ssrc, _data. Returns what may be decoded at `now`, in order."""
        number, data = packet.sequence_number, packet._data
        if not opus.length(data):
            return []  # no Opus: as good as lost
        if packet.ssrc != self._ssrc or abs(ahead(number, self._next)) > RESTART:
            self._ssrc = packet.ssrc
            self._begin(number)
        if number in self._missed:
            self._patience.came(now - self._missed.pop(number).since, now)
            self.counts.late += ahead(number, self._next) < 0
        if ahead(number, self._next) < 0:
            return []  # given up, or come twice
        place = self.places(packet.timestamp)
        self._waiting.setdefault(number, (place, data))
        if self._place is None:
            self._place = place
        self._look_back_from(number, now)
        return self.due(now)

    def due(self, now: float) -> list[Piece]:
        """What may be decoded at `now`, whether a packet has come or not."""
        pieces: list[Piece] = []
        while self._waiting:
            if self._next in self._waiting:
                pieces += self._play(now)
            elif now >= self._given_up_at(now):
                self._patience.gone(now)
                pieces += self._pass_over()
            else:
                return pieces
        return pieces + self._resting(now)

    def wake(self, now: float) -> float | None:
        """When `due` should be asked, if no packet comes before."""
        if self._waiting:
            return self._given_up_at(now)
        return self._rest.next if self._rest is not None and self._rest.next < self._rest.end else None

    def missing(self, now: float) -> list[int]:
        """Numbers of packets to ask for now: each once, and again while it is waited for."""
        asking = []
        for number, missed in reversed(self._missed.items()):
            if missed.asked > -math.inf and ahead(number, self._next) < 0:
                break  # given up, as are all before
            if now - missed.asked >= AGAIN_S:
                missed.asked = now
                asking.append(number)
        return asking[::-1]

    def again(self, number: int) -> bool:
        """Whether a packet is behind one that has come already."""
        return -RESTART <= ahead(number, self._newest) <= 0

    # --- inside ------------------------------------------------------------------------------------------------------

    def _look_back_from(self, number: int, now: float) -> None:
        """Miss what should have come before."""
        missing = [(self._newest + n) & 0xFFFF for n in range(1, ahead(number, self._newest))]
        if missing:
            self._missed |= {number: Missed(now) for number in missing}
            self.counts.missed += len(missing)
        if ahead(number, self._newest) > 0:
            self._newest = number
            while self._missed and ahead(number, first := next(iter(self._missed))) > RESTART:
                del self._missed[first]

    def _given_up_at(self, now: float) -> float:
        missed = self._missed.get(self._next)
        return (missed.since if missed is not None else now) + self._patience.seconds(now)

    def _play(self, now: float) -> list[Piece]:
        place, data = self._waiting.pop(self._next)
        self._next = (self._next + 1) & 0xFFFF
        pieces = self._fill(place, How.REST)  # no number is missing: the sender rested
        ticks = opus.length(data)
        self._place = place + ticks
        self._rest = Rest(now + ticks / RATE + RESTED_S, now + RESTS_S) if opus.resting(data) else None
        self.counts.played += 1
        return [*pieces, Piece(How.PLAY, place, ticks, data)]

    def _pass_over(self) -> list[Piece]:
        """Give up what is missing before the first packet that waits."""
        number = min(self._waiting, key=lambda n: ahead(n, self._next))
        place, data = self._waiting[number]
        self.counts.lost += ahead(number, self._next)
        self._next = number
        assert self._place is not None
        hole = max(0, place - self._place)
        copied = min(opus.length(data), hole) if opus.carries_copy(data) else 0
        if hole <= FILLED:
            self.counts.longest = max(self.counts.longest, hole - copied)
        pieces = self._fill(place - copied, How.REST if self._rest is not None else How.CONCEAL)
        if copied > 0 and hole <= FILLED:
            pieces.append(Piece(How.RECOVER, place - copied, copied, data))
        self._place = place
        return pieces

    def _fill(self, until: int, how: How) -> list[Piece]:
        assert self._place is not None
        missing = until - self._place
        return [Piece(how, self._place, missing)] if 0 < missing <= FILLED else []

    def _resting(self, now: float) -> list[Piece]:
        pieces: list[Piece] = []
        rest = self._rest
        while rest is not None and self._place is not None and rest.next <= min(now, rest.end):
            pieces.append(Piece(How.REST, self._place, STEP))
            self._place += STEP
            rest.next += STEP / RATE
        return pieces
