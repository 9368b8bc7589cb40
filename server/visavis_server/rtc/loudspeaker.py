"""The assistant's voice on its way out: 20 ms every 20 ms, pulled from the session, as Opus.

The schedule is absolute, so that no drift builds up: sound leaves as evenly as a sound card takes it. A loop that was
held up sends at most `CATCH_UP` frames at once; beyond that the schedule moves, because a burst would only make the
listener's buffer longer. Silence that lasts is encoded once and sent again, which spares most of the encoder's work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray

log = logging.getLogger(__name__)

RATE = 48_000
SAMPLES = 960
FRAME_S = 0.02
CATCH_UP = 3  # frames
BITRATE = 40_000  # bits per second; mono speech is transparent there
SETTLE = 10  # silent frames encoded before the last one is repeated
TIME_BASE = Fraction(1, RATE)

Pull = Callable[[], NDArray[np.int16]]


class Pace:
    """An absolute schedule of 20 ms steps. Pure: times come in, seconds to wait go out."""

    def __init__(self) -> None:
        self._due: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until the next frame is due; each call is one frame."""
        if self._due is None or now - self._due > CATCH_UP * FRAME_S:
            self._due = now
        due = self._due
        self._due = due + FRAME_S
        return max(0.0, due - now)


class OpusVoice:
    """20 ms of int16 in, one Opus packet out."""

    def __init__(self) -> None:
        codec: Any = av.CodecContext.create("libopus", "w")
        codec.sample_rate = RATE
        codec.layout = "mono"
        codec.format = "s16"
        codec.bit_rate = BITRATE
        codec.time_base = TIME_BASE
        codec.options = {
            "application": "voip",
            "frame_duration": "20",
            "fec": "1",  # a lost packet is rebuilt from the next one
            "packet_loss": "10",
            "compression_level": "5",  # 0.3 ms a frame on one AVX2 core, 10 takes twice that
        }
        self._codec = codec
        self._silent = 0
        self._last = b""

    def encode(self, pcm: NDArray[np.int16], pts: int) -> bytes:
        self._silent = 0 if pcm.any() else self._silent + 1
        if self._silent <= SETTLE or not self._last:
            frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = pts
            frame.time_base = TIME_BASE
            self._last = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        return self._last


class VoiceTrack(MediaStreamTrack):
    """What aiortc's sender asks for the next packet."""

    kind = "audio"

    def __init__(self, pull: Pull, clock: Callable[[], float]) -> None:
        super().__init__()
        self._pull = pull
        self._clock = clock
        self._pace = Pace()
        self._opus = OpusVoice()
        self._pts = 0

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(self._pace.wait(self._clock()))
        try:
            pcm = self._pull()
        except Exception:
            log.exception("the voice could not be pulled")  # aiortc would end the track without a word
            raise
        packet = av.Packet(self._opus.encode(pcm, self._pts))
        packet.pts = self._pts
        packet.time_base = TIME_BASE
        self._pts += SAMPLES
        return packet
