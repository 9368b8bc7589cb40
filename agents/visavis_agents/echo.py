"""Our own voice coming back: a kiosk's loudspeaker in its microphone, where no browser takes it away.

What was played and when is known. `Echo` compares how the loudness of 14 bands changed in the last 1.5 s with what was
played, for every delay that a room, a network and a loudspeaker may add; if they go together, it knows the delay and
how loud the echo is in each band. A frame is ours if the echo explains what is in it: louder or other sound is
somebody's, once it is in most frames of a quarter of a second. So the reply does not interrupt itself, and who speaks
over it is still heard. No model, no filter.

It runs on the event loop while a reply is heard, so it does little: what is played and heard is put by and looked at
in one go, 0.3 ms every eighth of a second. Only where an echo is known is each frame looked at as it comes.

Measured with simulated rooms (0.35 s of reverberation, delays of 0.08-0.35 s, echo at -6 to -30 dB): nine in ten voiced
frames of echo are known after the first half second; of people without any echo 0.6 % are mistaken for it. Not proven
with a real loudspeaker: before the echo is known, only the words tell (`judge.echoes`), and they may be misheard.
"""

from __future__ import annotations

from collections import deque
from math import inf

import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm

PLAYED_RATE = 48_000
HOP = 960  # samples of what is played at a time
HOP_S = HOP / PLAYED_RATE
WINDOW_S = 0.032  # of sound whose bands are measured: a frame that is heard
DELAYS = 36  # hops: an echo comes within 0.7 s
PLAYED = DELAYS + 120  # hops kept, and up to as many more
PUT_BY = 8  # hops that were not looked at yet, at most
KEPT = 48  # heard frames compared: 1.5 s
LEAST = 12  # of them with something played, before a known echo is looked at again,
FIRST = 24  # and before one is found: who begins to speak 0.3 s after a reply does is very like an echo at first
AT_ONCE = 4  # heard frames: so often it learns
CHANGE = 3  # frames
ALIKE = 0.6  # mean correlation of the bands: an echo
UNLIKE = 0.3  # below this there is none any more
LOUDNESS = 0.75  # quantile of how loud the echo was in a band
MARGIN_DB = 7.0  # louder than the echo by this in a band is something else
OTHERS = 0.35  # share of a frame's energy that is something else from which on it is not ours
VOTES = 8  # frames, a quarter of a second: somebody is heard in most of them, noise in one or two
DECAY_DB = 3.0  # of a room, in a hop: what was played before still sounds
FLOOR_DB = -75.0
LOUD_DB = FLOOR_DB + 20  # of a band: something is played

BANDS = 14
_EDGES = np.round(np.geomspace(180.0, 5500.0, BANDS + 1) * WINDOW_S).astype(int)[:-1]  # bins, 31 Hz each at either rate
_HEARD = np.hanning(round(WINDOW_S * HEARING_RATE)) / round(WINDOW_S * HEARING_RATE)
_PLAYED = np.hanning(round(WINDOW_S * PLAYED_RATE)) / round(WINDOW_S * PLAYED_RATE) / 32768
_AGO_S = np.arange(DELAYS) * HOP_S

Floats = NDArray[np.floating]


class Echo:
    """One session's loudspeaker and microphone. Times are session time."""

    def __init__(self) -> None:
        self.delay: int | None = None  # hops, while there is an echo
        self.compared = False  # enough was played to know whether there is one
        self._played = _Played()
        self._put_by: list[tuple[Pcm, float]] = []  # heard frames that were not looked at yet
        self._count = 0  # of frames looked at; what belongs to number n is kept at n % KEPT
        self._heard: Floats = np.zeros((KEPT, BANDS), np.float32)  # dB
        self._before: Floats = np.zeros((KEPT, BANDS, DELAYS), np.float32)  # dB, of what was played so long before
        self._active = np.zeros((KEPT, DELAYS), bool)  # was anything?
        self._mine: Floats = np.zeros((KEPT - CHANGE, BANDS), np.float32)  # changes: that both begin is no likeness
        self._theirs: Floats = np.zeros((KEPT - CHANGE, BANDS, DELAYS), np.float32)
        self._gain: Floats = np.zeros(BANDS, np.float32)
        self._lately: deque[bool] = deque(maxlen=VOTES)  # was there something else in these frames?

    def played(self, frame: NDArray[np.int16], at: float) -> None:
        """frame: (960,), 48 kHz, leaves at `at`."""
        self._played.add(frame, at)

    def sounding(self, at: float) -> bool:
        """Is something played, or was a moment ago?"""
        return at - self._played.end_s <= DELAYS * HOP_S

    def ours(self, pcm: Pcm, at: float) -> bool:
        """Is this nothing but what was played? pcm: (512,), 16 kHz, ends at `at`."""
        if not self.sounding(at):
            self._lately.clear()
            return False
        self._put_by.append((pcm, at))
        if len(self._put_by) == AT_ONCE:
            self._look()
            self._learn()
        if self.delay is None:
            return False
        power = _powers((pcm * _HEARD)[None])[0]
        before, _ = self._played.before(np.array(at - self.delay * HOP_S))
        other = power[_decibels(power) > before + self._gain + MARGIN_DB].sum()
        self._lately.append(bool(other >= OTHERS * power.sum()))
        return not self._lately[-1] or 2 * sum(self._lately) <= VOTES

    def _look(self) -> None:
        """Look at the frames put by."""
        frames, self._put_by = self._put_by, []
        heard = _decibels(_powers(np.array([pcm for pcm, _ in frames]) * _HEARD))
        before, active = self._played.before(np.array([at for _, at in frames])[:, None] - _AGO_S)
        order = np.arange(self._count, self._count + len(frames))
        self._count += len(frames)
        place = order % KEPT
        self._heard[place], self._before[place], self._active[place] = heard, before.swapaxes(1, 2), active
        order = order[order >= CHANGE]
        place, past, change = order % KEPT, (order - CHANGE) % KEPT, order % (KEPT - CHANGE)
        self._mine[change] = self._heard[place] - self._heard[past]
        self._theirs[change] = self._before[place] - self._before[past]

    def _learn(self) -> None:
        """Is there an echo, how late and how loud?"""
        if np.count_nonzero(self._active.any(axis=1)) < LEAST:
            return
        mine, theirs = self._mine, self._theirs
        mine_squared = np.einsum("tb,tb->b", mine, mine)
        theirs_squared = np.einsum("tbd,tbd->bd", theirs, theirs)
        spread = np.sqrt(mine_squared[:, None] * theirs_squared) + 1e-9
        varies = mine_squared - mine.sum(axis=0) ** 2 / min(self._count - CHANGE, len(mine))
        weight = varies / (varies.sum() + 1e-9)  # a band of steady noise tells nothing
        alike = weight @ (np.einsum("tb,tbd->bd", mine, theirs) / spread)  # (delays,)
        best = int(alike.argmax())
        loud = self._active[:, best]
        count = int(np.count_nonzero(loud))
        self.compared |= count >= FIRST
        if alike[best] >= ALIKE and count >= (LEAST if self.delay is not None else FIRST):
            self.delay = best
            self._gain = _quantile(self._heard[loud] - self._before[loud, :, best])
        elif self.delay is not None and alike[self.delay] < UNLIKE and self._count >= KEPT:
            self.delay = None


class _Played:
    """What was played lately, in bands. What nobody has asked about yet is only put by."""

    def __init__(self) -> None:
        self.end_s = -inf
        self._put_by: list[tuple[NDArray[np.int16], float]] = []
        self._tail = np.zeros(_PLAYED.size - HOP, np.int16)
        self._room: Floats = np.full(BANDS, FLOOR_DB)
        self._size = 1  # hops kept: the first is the silence before all
        self._ends = np.full(1 + 2 * PLAYED, -inf)
        self._bands: Floats = np.full((1 + 2 * PLAYED, BANDS), FLOOR_DB, np.float32)
        self._loud = np.zeros(1 + 2 * PLAYED, bool)

    def add(self, frame: NDArray[np.int16], at: float) -> None:
        self.end_s = at + HOP_S
        self._put_by.append((frame, at))
        if len(self._put_by) == PUT_BY:
            self._look()

    def before(self, left: NDArray[np.float64]) -> tuple[Floats, NDArray[np.bool_]]:
        """left: times. Returns how loud what left then was: (..., bands), dB, and whether that is anything: (...)."""
        latest = left + HOP_S / 2
        if self._put_by and self._put_by[0][1] + HOP_S < latest.max():
            self._look()
        index = np.searchsorted(self._ends[: self._size], latest) - 1
        index = np.where(np.abs(self._ends[index] - left) < 2 * HOP_S, index, 0)
        return self._bands.take(index, axis=0), self._loud.take(index)

    def _look(self) -> None:
        """Look at the hops put by."""
        hops, self._put_by = self._put_by, []
        sound = np.concatenate([self._tail, *(frame for frame, _ in hops)])
        self._tail = sound[-self._tail.size :]
        windows = np.ndarray((len(hops), _PLAYED.size), np.int16, sound, strides=(2 * HOP, 2))
        rooms = []
        end_s = self._ends[self._size - 1]
        for (_, at), loudness in zip(hops, _decibels(_powers(windows * _PLAYED)), strict=True):
            silent = at - end_s > DELAYS * HOP_S / 2  # so long that nothing sounds on
            self._room = loudness if silent else np.maximum(loudness, self._room - DECAY_DB)
            rooms.append(self._room)
            end_s = at + HOP_S
        if self._size + len(hops) > self._ends.size:
            for kept in (self._ends, self._bands, self._loud):
                kept[1 : 1 + PLAYED] = kept[self._size - PLAYED : self._size]
            self._size = 1 + PLAYED
        new = slice(self._size, self._size + len(hops))
        self._size += len(hops)
        self._ends[new] = [at + HOP_S for _, at in hops]
        self._bands[new] = rooms
        self._loud[new] = self._bands[new].max(axis=1) > LOUD_DB


def _powers(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """pieces: (n, samples), 32 ms each, under a window. Returns their power in each band: (n, bands)."""
    parts = np.fft.rfft(pieces).view(np.float64)  # real, imaginary, real, ...
    np.square(parts, out=parts)
    sums: NDArray[np.float64] = np.add.reduceat(parts, 2 * _EDGES, axis=1)
    return sums + 10 ** (FLOOR_DB / 10)


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    decibels: NDArray[np.float64] = 10 * np.log10(power)
    return decibels


def _quantile(values: Floats) -> Floats:
    """values: (n, bands). As `np.quantile` at `LOUDNESS`, in a tenth of its time."""
    ordered = np.sort(values, axis=0)
    place = LOUDNESS * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    quantile: Floats = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return quantile
