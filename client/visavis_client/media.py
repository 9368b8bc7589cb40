"""The visitor's microphone and camera: tracks fed from files, on one clock that starts with the first sample."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack
from numpy.typing import NDArray

from visavis_client.sound import FRAME, RATE, Pcm

WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 480, 15


class Clock:
    """Seconds since the first microphone sample left."""

    def __init__(self) -> None:
        self._began: float | None = None

    def start(self) -> None:
        if self._began is None:
            self._began = asyncio.get_running_loop().time()

    def __call__(self) -> float:
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began


class Microphone(MediaStreamTrack):
    """Sends silence, and what `say` is given, 20 ms at a time; keeps all it sent."""

    kind = "audio"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._sent = 0
        self._queue = np.zeros(0, np.float32)
        self.recorded: list[NDArray[np.int16]] = []

    def say(self, pcm: Pcm) -> float:
        """Queue sound. Returns the time on the clock at which its first sample leaves."""
        start = (self._sent + len(self._queue)) / RATE
        self._queue = np.concatenate([self._queue, pcm])
        return start

    async def recv(self) -> av.AudioFrame:
        self._clock.start()
        if (wait := self._sent / RATE - self._clock()) > 0:
            await asyncio.sleep(wait)
        piece, self._queue = self._queue[:FRAME], self._queue[FRAME:]
        samples = (np.clip(np.pad(piece, (0, FRAME - len(piece))), -1, 1) * 32767).astype(np.int16)
        self.recorded.append(samples)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += FRAME
        return frame


class Camera(MediaStreamTrack):
    """A clip in a loop, or a photo, at 640x480 and 15 frames a second."""

    kind = "video"

    def __init__(self, clock: Clock, path: Path) -> None:
        super().__init__()
        self._clock = clock
        self._frames = frames(path)
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        due = self._count / FRAMES_A_SECOND
        if (wait := due - self._clock()) > 0:
            await asyncio.sleep(wait)
        frame = av.VideoFrame.from_ndarray(next(self._frames), format="bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = int(due * 90_000), Fraction(1, 90_000)
        self._count += 1
        return frame


def frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Endless BGR pictures, letterboxed. Raises ValueError for what is neither photo nor clip."""
    if (photo := cv2.imread(str(path))) is not None:
        fitted = _fit(photo)
        while True:
            yield fitted
    clip = cv2.VideoCapture(str(path))
    step = (clip.get(cv2.CAP_PROP_FPS) or FRAMES_A_SECOND) / FRAMES_A_SECOND
    shown: list[NDArray[np.uint8]] = []
    at = 0.0
    while len(shown) < 60 * FRAMES_A_SECOND and clip.grab():
        if (at := at + 1) >= len(shown) * step:
            shown.append(_fit(clip.retrieve()[1]))
    clip.release()
    if not shown:
        raise ValueError(f"{path} is neither a photo nor a clip")
    while True:
        yield from shown


def _fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:HEIGHT, :WIDTH]
    whole = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    y, x = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    whole[y : y + small.shape[0], x : x + small.shape[1]] = small
    return whole


class Ear:
    """Keeps what is received, placed on the clock by stream time, anchored at the least delay seen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pieces: list[tuple[float, NDArray[np.float32]]] = []
        self._offset: float | None = None

    async def listen(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        while True:
            frame = await track.recv()
            stream_s = float(frame.pts * frame.time_base)
            offset = self._clock() - stream_s
            self._offset = offset if self._offset is None else min(self._offset, offset)
            for piece in resampler.resample(frame):
                self.keep(stream_s, piece.to_ndarray()[0].astype(np.float32) / 32768)

    def keep(self, stream_s: float, pcm: NDArray[np.float32]) -> None:
        """pcm: (samples,) that begins at stream_s."""
        self._pieces.append((stream_s, pcm))

    def recorded(self) -> Pcm:
        """Everything heard, sample 0 at clock 0."""
        if not self._pieces or self._offset is None:
            return np.zeros(0, np.float32)
        end = max(0.0, self._pieces[-1][0] + self._offset) + 1
        sound = np.zeros(int(end * RATE) + RATE, np.float32)
        for stream_s, piece in self._pieces:
            at = round((stream_s + self._offset) * RATE)
            if at >= 0:
                sound[at : at + len(piece)] = piece[: len(sound) - at]
        return sound[: int(end * RATE)]
