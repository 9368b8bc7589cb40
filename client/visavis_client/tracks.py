"""The visitor's clock, microphone and camera, as aiortc asks for them."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from aiortc import MediaStreamTrack
from numpy.typing import NDArray

from visavis_client.picture import FRAMES_A_SECOND, Reel
from visavis_client.sound import FRAME, RATE, Pcm

BEHIND_S = 0.5  # a microphone that was away for longer goes on with silence instead of catching up


class Clock:
    """Seconds since the first microphone sample was taken; 0 until then."""

    def __init__(self) -> None:
        self.began: float | None = None  # the loop's time at 0

    def start(self) -> None:
        if self.began is None:
            self.began = asyncio.get_running_loop().time()

    def __call__(self) -> float:
        return 0.0 if self.began is None else asyncio.get_running_loop().time() - self.began


class Microphone(MediaStreamTrack):
    """Sends silence, and what `say` is given, 20 ms at a time; keeps all it sent.

    As with a real one, a piece leaves when its last sample has been taken: sample n of `recorded` belongs to
    n / 48000 s on the clock.
    """

    kind = "audio"

    def __init__(self, clock: Clock, keep: bool = True) -> None:
        super().__init__()
        self._clock = clock
        self._keep = keep
        self._sent = 0
        self._queue: Pcm = np.zeros(0, np.float32)
        self._recorded: list[NDArray[np.int16]] = []

    def say(self, pcm: Pcm) -> float:
        """Queue sound. Returns the time on the clock of its first sample."""
        start = (self._sent + len(self._queue)) / RATE
        self._queue = np.concatenate([self._queue, pcm])
        return start

    def hush(self) -> None:
        """Nothing more of what was queued."""
        self._queue = self._queue[:0]

    def again(self) -> Microphone:
        """The same microphone for the next connection: what it took so far is kept."""
        heir = Microphone(self._clock, self._keep)
        heir._sent, heir._queue, heir._recorded = self._sent, self._queue, self._recorded
        return heir

    def recorded(self) -> Pcm:
        """Everything sent, sample 0 at clock 0."""
        return np.concatenate([*self._recorded, np.zeros(0, np.int16)]).astype(np.float32) / np.float32(32767)

    async def recv(self) -> av.AudioFrame:
        self._clock.start()
        if self._clock() - self._sent / RATE > BEHIND_S:
            self._took(np.zeros(int((self._clock() - self._sent / RATE) * RATE) // FRAME * FRAME, np.int16))
        if (wait := (self._sent + FRAME) / RATE - self._clock()) > 0:
            await asyncio.sleep(wait)
        piece, self._queue = self._queue[:FRAME], self._queue[FRAME:]
        samples = (np.clip(np.pad(piece, (0, FRAME - len(piece))), -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._took(samples)
        return frame

    def _took(self, samples: NDArray[np.int16]) -> None:
        self._sent += len(samples)
        if self._keep:
            self._recorded.append(samples)


class Camera(MediaStreamTrack):
    """A clip in a loop, or a photo, at 640x480 and 15 frames a second.

    began: the loop's time of the first picture; places[n]: picture n was taken so many fifteenths of a second later."""

    kind = "video"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._reel = Reel(path)
        self.began: float | None = None
        self.places: list[int] = []
        self._count = 0

    def still(self, longest: int) -> bytes:
        """What it showed last at its own size, as a JPEG. Blocking, some ten milliseconds. Raises ValueError."""
        return self._reel.still(longest)

    async def recv(self) -> av.VideoFrame:
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        behind = int((now - self.began) * FRAMES_A_SECOND)
        if behind > self._count + FRAMES_A_SECOND:
            self._count = behind  # after a hold-up the missed pictures are left out
        if (wait := self._count / FRAMES_A_SECOND - (now - self.began)) > 0:
            await asyncio.sleep(wait)
        frame = next(self._reel.frames)
        self.places.append(self._count)
        frame.pts, frame.time_base = self._count * 90_000 // FRAMES_A_SECOND, Fraction(1, 90_000)
        self._count += 1
        return frame
