"""The user's voice on its way in: Opus frames to 16 kHz mono, stamped with session time.

Lost packets are filled in so that what is heard stays continuous: the last 20 ms, fading, then silence. Longer gaps are
left open, and the stamp says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from aiortc.mediastreams import MediaStreamError

from visavis_models.ports import HEARING_RATE, Pcm
from visavis_server.rtc.stamps import Stamps

WIRE_RATE = 48_000
RATIO = WIRE_RATE // HEARING_RATE
TAPS = 96  # passes 7 kHz, stops 9 kHz by 60 dB
FILLED_S = 0.5  # longer gaps are not filled

Listen = Callable[[Pcm, float], None]


def _lowpass() -> Pcm:
    """Windowed sinc, cut off at 8 kHz of 48 kHz, unit gain."""
    n = np.arange(TAPS) - (TAPS - 1) / 2
    taps = np.sinc(n / RATIO) * np.kaiser(TAPS, 6.0)
    return np.asarray(taps / taps.sum(), np.float32)


class Thirds:
    """48 kHz to 16 kHz, piece by piece, with a delay of DELAY_S."""

    DELAY_S = (TAPS - 1) / 2 / WIRE_RATE
    _TAPS = _lowpass()

    def __init__(self) -> None:
        self._past: Pcm = np.zeros(TAPS - 1, np.float32)

    def __call__(self, pcm: Pcm) -> Pcm:
        """pcm: (3 n,) at 48 kHz. Returns (n,) at 16 kHz."""
        joined = np.concatenate([self._past, pcm])
        self._past = joined[len(joined) - (TAPS - 1) :]
        step = joined.itemsize
        windows: Pcm = np.ndarray((len(pcm) // RATIO, TAPS), np.float32, joined, strides=(RATIO * step, step))
        return windows @ self._TAPS


class Ear:
    """Takes pieces of a 48 kHz track with their place in it, gives continuous stamped 16 kHz sound."""

    def __init__(self, listen: Listen, clock: Callable[[], float], stamps: Stamps | None = None) -> None:
        self._listen = listen
        self._clock = clock
        self._stamps = stamps or Stamps()
        self._thirds = Thirds()
        self._at = 0.0  # session time of the last piece; never goes backwards
        self._expected: int | None = None  # sample of the track that comes next
        self._last: Pcm = np.zeros(0, np.float32)

    def take(self, pcm: Pcm, place: int) -> None:
        """pcm: (3 n,), 48 kHz, mono; place: number of its first sample in the track."""
        missing = 0 if self._expected is None else place - self._expected
        if 0 < missing <= FILLED_S * WIRE_RATE:
            self._pass_on(self._filling(missing - missing % RATIO), place - missing)
        self._pass_on(pcm, place)
        self._expected = place + len(pcm)
        self._last = pcm

    def _pass_on(self, pcm: Pcm, place: int) -> None:
        if len(pcm):
            end = self._stamps.at((place + len(pcm)) / WIRE_RATE, self._clock())
            self._at = max(self._at, end - len(pcm) / WIRE_RATE - Thirds.DELAY_S)
            self._listen(self._thirds(pcm), self._at)

    def _filling(self, samples: int) -> Pcm:
        filling = np.zeros(samples, np.float32)
        known = min(samples, len(self._last))
        filling[:known] = self._last[len(self._last) - known :] * np.linspace(1.0, 0.0, known, dtype=np.float32)
        return filling


def mono(frame: Any) -> Pcm:
    """A decoded Opus frame (48 kHz, stereo, interleaved int16) as (samples,) float32."""
    pcm = np.frombuffer(frame.planes[0], np.int16, 2 * frame.samples).astype(np.float32)
    return (pcm[0::2] + pcm[1::2]) * np.float32(0.5 / 32768)


async def hear(track: Any, ear: Ear, alive: Callable[[], None]) -> None:
    """Listen to an aiortc track until it ends."""
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        alive()
        ear.take(mono(frame), frame.pts)
