"""Voices of the room: people who talk round the user are voices too, so loudness tells whose turn it may be.

`hearing.py` shows every frame of sound with its probability of speech. Where the quietest moments of the last seconds
are voices themselves, the room talks: then only what stands out of it is somebody's turn, and the user is silent as
soon as nothing does. Where it does not (a quiet room, a fan, music), nothing is changed. Pure but for its own past.

Measured on recorded people, frame by frame. Eight others talk at once 10 dB softer than the user: the end of what the
user said is found 0.3 s after it (median; 90 %: 1 s) instead of 0.9 s (never), at 5 dB 0.2 s instead of 3.5 s (as long
as was listened). Of speech where nobody else talks no frame is lost, in hiss, rumble and fans at 5 dB 0.1 to 0.9 %.
"""

from __future__ import annotations

from collections import deque
from math import log10

import numpy as np

from visavis_agents.endpoint import FRAME_S
from visavis_agents.frames import spectrum
from visavis_models.ports import Pcm

AVERAGED = 6  # frames, 0.2 s: a syllable
REMEMBERED = round(4.0 / FRAME_S)  # frames of which the softest is the room; who speaks breathes once in that time
KNOWN = 16  # of which a room is known
CLOSE_DB = 1.5  # a frame that is so little louder than the room is the room
VOICED, UNVOICED = 0.1, 0.2  # share of its past that such a frame replaces: one without a voice tells more
TALKS, RESTS = 0.4, 0.15  # mean probability of speech in them from which on the room talks, and below which no more
COMES_DB, STAYS_DB = 8.0, 5.0  # above the room: somebody begins, somebody goes on
SUDDEN_DB = 3.0  # more than that in a single frame counts as much
AWAY = 5  # frames in a row without, after which nobody speaks: shorter is between two syllables
STANDS_OUT_DB = 8.5  # of a quarter of the frames: in eight voices at once no moment of theirs does, at 10 dB all users
BAND = slice(8, 48)  # of the 31 Hz steps in a frame of 32 ms: 250-1,500 Hz, where voices are loudest over noise
NOTHING = 1e-9  # power of digital silence: a room as quiet as can be


class Room:
    """One session's. talks: there are voices all the time; clear: the newest frame stands out of them."""

    def __init__(self) -> None:
        self.talks = False
        self.clear = False
        self._powers: deque[float] = deque(maxlen=AVERAGED)
        self._levels: deque[float] = deque(maxlen=REMEMBERED)
        self._voice = 0.0
        self._away = AWAY

    def near(self, frame: Pcm, probability: float) -> float:
        """The probability that somebody speaks to us. frame: (512,), 16 kHz; probability: that anybody speaks."""
        band = spectrum(frame)[BAND]
        power = float(np.vdot(band, band).real)
        if power < NOTHING and probability >= TALKS:
            return probability  # not of a sound
        self._powers.append(power)
        level = _db(sum(self._powers) / len(self._powers))
        self._levels.append(level)
        room = min(self._levels)
        if level < room + CLOSE_DB:
            self._voice += (VOICED if probability > self._voice else UNVOICED) * (probability - self._voice)
        self.talks = self._voice >= (RESTS if self.talks else TALKS) and len(self._levels) >= KNOWN
        above = STAYS_DB if self._away < AWAY else COMES_DB
        stands_out = level >= room + above or _db(power) >= room + above + SUDDEN_DB
        self._away = 0 if stands_out else self._away + 1
        self.clear = level >= room + STANDS_OUT_DB
        return 0.0 if self.talks and self._away >= AWAY else probability


def _db(power: float) -> float:
    return 10 * log10(power + NOTHING)
