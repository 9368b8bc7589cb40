"""The user's voice on its way in: Opus packets to 16 kHz mono, continuous, stamped with session time.

All of it happens when a packet comes, on the event loop: 0.2 ms for 20 ms of sound, less than a thread would cost to
wake. A timer is only set while a missing packet is waited for, or the sender rests.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from visavis_models.ports import HEARING_RATE, Pcm
from visavis_server.rtc import opus
from visavis_server.rtc.playout import RATE, How, Piece, Playout
from visavis_server.rtc.stamps import Stamps

log = logging.getLogger(__name__)

Listen = Callable[[Pcm, float], None]


class Ear:
    """Gives pieces of a track on, stamped with the session time of their first sample, which never goes back."""

    def __init__(self, listen: Listen, clock: Callable[[], float], stamps: Stamps | None = None) -> None:
        self._listen = listen
        self._clock = clock
        self._stamps = stamps or Stamps()
        self._at = 0.0

    def take(self, pcm: Pcm, end_s: float, delay_s: float = 0.0) -> None:
        """pcm: (n,), 16 kHz, mono. end_s: where it ends on the track's time. delay_s: how much later it came out."""
        if len(pcm):
            end = self._stamps.at(end_s, self._clock())
            self._at = max(self._at, end - len(pcm) / HEARING_RATE - delay_s)
            self._listen(pcm, self._at)


class Microphone:
    """Stands where aiortc's receive buffer would: `add` is told of every packet."""

    def __init__(self, ear: Ear, alive: Callable[[], None]) -> None:
        self._ear = ear
        self._alive = alive
        self._playout = Playout()
        self._decoder = opus.decoder()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.counts = self._playout.counts

    def add(self, packet: Any) -> tuple[bool, None]:
        """Called by aiortc. Nothing is left for aiortc to decode."""
        self._alive()
        now = self._loop.time()
        self._pass_on(self._playout.take(packet, now), now)
        return False, None

    def place_of(self, timestamp: int) -> int | None:
        """Ticks between the track's first RTP timestamp and this one; None: it has not begun."""
        return self._playout.places.of(timestamp)

    def missing(self) -> list[int]:
        """Numbers of packets to ask for again now."""
        return self._playout.missing(self._loop.time())

    def again(self, number: int) -> bool:
        """Whether this packet comes out of its turn: repeated because it was lost."""
        return self._playout.again(number)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _pass_on(self, pieces: list[Piece], now: float) -> None:
        for piece in pieces:
            self._ear.take(self._sound(piece), (piece.place + piece.ticks) / RATE, self._decoder.delay_s)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (at := self._playout.wake(now)) is not None:
            self._timer = self._loop.call_at(at, self._due)

    def _due(self) -> None:
        now = self._loop.time()
        self._pass_on(self._playout.due(now), now)

    def _sound(self, piece: Piece) -> Pcm:
        samples = piece.ticks * HEARING_RATE // RATE
        try:
            match piece.how:
                case How.PLAY:
                    return self._decoder.decode(piece.data)
                case How.RECOVER:
                    return self._decoder.recover(piece.data, samples)
        except opus.OpusError as error:
            log.debug("%s", error)
        return self._decoder.conceal(samples)
