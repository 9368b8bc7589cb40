"""Our own voice coming back: a kiosk's loudspeaker in its microphone, where no browser takes it away.

What was played and when is known. `Echo` compares how the loudness of 14 bands changed in the last 1.5 s with what was
played, for every delay that a room, a network and a loudspeaker may add; if they go together, it knows the delay and
how loud the echo is in each band. A frame is ours if the echo explains what is in it: louder or other sound is
somebody's, once it is in most frames of a quarter of a second. So the reply does not interrupt itself, and who speaks
over it is still heard. No model, no filter.

Measured with simulated rooms (0.35 s of reverberation, delays of 0.08-0.35 s, echo at -6 to -30 dB): nine in ten voiced
frames of echo are known after the first half second; of people without any echo 0.6 % are mistaken for it. Not proven
with a real loudspeaker: before the echo is known, only the words tell (`judge.echoes`), and they may be misheard.
"""

from __future__ import annotations

from collections import deque
from functools import cache

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

PLAYED_RATE = 48_000
HOP_S = 0.02  # of what is played
FRAME = 512  # samples of a frame that is heard
DELAYS = 36  # hops: an echo comes within 0.7 s
KEPT = 48  # heard frames compared: 1.5 s
LEAST = 12  # of them with something played, before anything is said
LEARN_EVERY = 4  # frames
CHANGE = 3  # frames
ALIKE = 0.6  # mean correlation of the bands: an echo
UNLIKE = 0.3  # below this there is none any more
MARGIN_DB = 7.0  # louder than the echo by this in a band is something else
OTHERS = 0.35  # share of a frame's energy that is something else from which on it is not ours
VOTES = 8  # frames, a quarter of a second: somebody is heard in most of them, noise in one or two
DECAY_DB = 3.0  # of a room, in a hop: what was played before still sounds
FLOOR_DB = -75.0

_EDGES_HZ = np.geomspace(180.0, 5500.0, 15)
Bands = NDArray[np.float64]  # (14,), dB


class Echo:
    """One session's loudspeaker and microphone. Times are session time."""

    def __init__(self) -> None:
        self.delay: int | None = None  # hops, while there is an echo
        self.compared = False  # enough was played to know whether there is one
        self._tail: NDArray[np.float64] = np.zeros(1536)
        self._room = np.full(14, FLOOR_DB)
        self._played: deque[tuple[float, Bands]] = deque(maxlen=DELAYS + 120)
        self._heard: deque[tuple[Bands, NDArray[np.float64]]] = deque(maxlen=KEPT)
        self._gain = np.zeros(14)
        self._lately: deque[bool] = deque(maxlen=VOTES)  # was there something else in these frames?
        self._count = 0  # of frames heard

    def played(self, frame: NDArray[np.int16], at: float) -> None:
        """frame: (960,), 48 kHz, leaves at `at`."""
        if self._played and at - self._played[-1][0] > DELAYS * HOP_S / 2:  # after a silence nothing sounds on
            self._room = np.full(14, FLOOR_DB)
        self._tail = np.concatenate([self._tail[960:], frame / 32768.0])
        self._room = np.maximum(_bands(self._tail, PLAYED_RATE), self._room - DECAY_DB)
        self._played.append((at + HOP_S, self._room))

    def sounding(self, at: float) -> bool:
        """Is something played, or was a moment ago?"""
        return bool(self._played) and at - self._played[-1][0] <= DELAYS * HOP_S

    def ours(self, pcm: Pcm, at: float) -> bool:
        """Is this nothing but what was played? pcm: (512,), 16 kHz, ends at `at`."""
        if not self.sounding(at):
            self._lately.clear()
            return False
        times = np.array([time for time, _ in self._played])
        bands = np.array([b for _, b in self._played])
        index = np.searchsorted(times, at - np.arange(DELAYS) * HOP_S + HOP_S / 2) - 1
        known = (index >= 0) & (np.abs(times[index] - at + np.arange(DELAYS) * HOP_S) < 2 * HOP_S)
        before = np.where(known[:, None], bands[index], FLOOR_DB)  # (delays, bands)
        now = _bands(pcm, HEARING_RATE)
        self._heard.append((now, before))
        self._count += 1
        if self._count % LEARN_EVERY == 0:
            self._learn()
        if self.delay is None:
            return False
        echo = before[self.delay] + self._gain
        power = 10 ** (now / 10)
        self._lately.append(bool(power[now > echo + MARGIN_DB].sum() >= OTHERS * power.sum()))
        return not self._lately[-1] or 2 * sum(self._lately) <= VOTES

    def _learn(self) -> None:
        """Is there an echo, how late and how loud?"""
        now = np.array([heard for heard, _ in self._heard])  # (frames, bands)
        before = np.array([played for _, played in self._heard])  # (frames, delays, bands)
        active = before.max(axis=2) > FLOOR_DB + 20
        if active.any(axis=1).sum() < LEAST:
            return
        mine = now[CHANGE:] - now[:-CHANGE]  # changes: that both begin to sound is no likeness
        theirs = before[CHANGE:] - before[:-CHANGE]
        spread = np.sqrt((mine**2).sum(axis=0) * (theirs**2).sum(axis=0)) + 1e-9
        weight = mine.var(axis=0) / (mine.var(axis=0).sum() + 1e-9)  # a band of steady noise tells nothing
        alike = ((mine[:, None] * theirs).sum(axis=0) / spread) @ weight  # (delays,)
        best = int(alike.argmax())
        loud = active[:, best]
        self.compared |= bool(loud.sum() >= 2 * LEAST)
        if alike[best] >= ALIKE and loud.sum() >= LEAST:
            self.delay = best
            self._gain = np.percentile(now[loud] - before[loud, best], 75, axis=0)
        elif self.delay is not None and alike[self.delay] < UNLIKE and len(self._heard) == KEPT:
            self.delay = None


def _bands(pcm: NDArray[np.floating], rate: int) -> Bands:
    """Loudness of 14 bands in a piece of 32 ms, in dB; 31 Hz a bin at either rate."""
    power = np.abs(np.fft.rfft(pcm * _window(len(pcm)))) ** 2 / len(pcm) ** 2
    edges = np.round(_EDGES_HZ * len(pcm) / rate).astype(int)
    sums = np.add.reduceat(power, edges[:-1])
    return 10 * np.log10(sums + 10 ** (FLOOR_DB / 10))


@cache
def _window(length: int) -> NDArray[np.float64]:
    return np.hanning(length)
