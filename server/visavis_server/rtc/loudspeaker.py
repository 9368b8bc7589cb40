"""The assistant's voice on its way out: 20 ms every 20 ms, pulled from the session, as Opus.

The schedule is absolute, so that no drift builds up: sound leaves as evenly as a sound card takes it. A loop that was
held up sends at most `CATCH_UP` frames at once; beyond that the schedule moves, because a burst would only make the
listener's buffer longer. Silence that lasts is not sent but for a word every 0.4 s that it lasts (discontinuous
transmission, RFC 7587, 3.1.3): a packet costs more to send than to encode.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray

from visavis_server.rtc import opus

log = logging.getLogger(__name__)

RATE = 48_000
SAMPLES = 960
FRAME_S = 0.02
CATCH_UP = 3  # frames
BITRATE = 40_000  # bits per second; mono speech is transparent there
LOSS = (5, 30)  # per cent of packets that are expected to be lost, whatever is reported
SETTLE = 10  # silent frames sent before a rest
REST_EVERY = 20  # frames between two words that the rest goes on
TIME_BASE = Fraction(1, RATE)

Pull = Callable[[], NDArray[np.int16]]


class Pace:
    """An absolute schedule of 20 ms steps. Pure: times come in, seconds to wait go out.

    behind_s: how long after its time the frame asked for last leaves."""

    def __init__(self) -> None:
        self.behind_s = 0.0
        self._due: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until the next frame is due; each call is one frame."""
        self.behind_s = 0.0 if self._due is None else max(0.0, now - self._due)
        if self._due is None or now - self._due > CATCH_UP * FRAME_S:
            self._due = now
        due = self._due
        self._due = due + FRAME_S
        return max(0.0, due - now)


class Voice:
    """20 ms of int16 in; out an Opus packet, or nothing while silence lasts. It holds nothing back."""

    def __init__(self) -> None:
        self._opus = opus.encoder(BITRATE)
        self._opus.expect_loss(LOSS[0])
        self._silent = 0
        self._rest = b""

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        self._silent = 0 if pcm.any() else self._silent + 1
        if self._silent <= SETTLE:
            packet = self._opus.encode(pcm)
            self._rest = bytes([packet[0] & 0xFC])  # one frame of no bytes: the sender rests (RFC 6716, 3.1 and 3.2.1)
            return packet
        return b"" if (self._silent - SETTLE - 1) % REST_EVERY else self._rest

    def lost(self, share: float) -> None:
        """So much was lost lately, 0 to 1."""
        self._opus.expect_loss(max(LOSS[0], min(LOSS[1], round(100 * share))))


class VoiceTrack(MediaStreamTrack):
    """What aiortc's sender asks for the next packet."""

    kind = "audio"

    def __init__(self, pull: Pull, clock: Callable[[], float]) -> None:
        super().__init__()
        self._pull = pull
        self._clock = clock
        self._pace = Pace()
        self._voice = Voice()
        self.lost = self._voice.lost
        self.late = 0  # frames of sound that left when the next one was due already
        self._pts = 0

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        data = b""
        while not data:
            await asyncio.sleep(self._pace.wait(self._clock()))
            try:
                pcm = self._pull()
                self.late += self._pace.behind_s > FRAME_S and bool(pcm.any())
                data = self._voice.encode(pcm)
            except Exception:
                log.exception("the voice could not be pulled")  # aiortc would end the track without a word
                raise
            self._pts += SAMPLES
        packet = av.Packet(data)
        packet.pts = self._pts - SAMPLES
        packet.time_base = TIME_BASE
        return packet
