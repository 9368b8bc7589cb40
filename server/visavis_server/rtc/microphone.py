"""The visitor's microphone: decoded frames become 16 kHz mono on the session clock; holes become silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler
from numpy.typing import NDArray

RATE = 16_000
LONGEST_HOLE_S = 1.0  # a longer one is a pause of the sender, after which time is anchored anew
LATE_S = 0.5  # sound that is later than this against its own clock: the sender's clock has jumped


class SessionTime:
    """Stream time (RTP) to session time: the least delay seen so far is the anchor; jitter only delays, never moves."""

    def __init__(self) -> None:
        self._offset: float | None = None

    def of(self, stream_s: float, arrived_s: float) -> float:
        """stream_s: time in the stream; arrived_s: session time of arrival. Returns session time of capture."""
        offset = arrived_s - stream_s
        if self._offset is None or offset < self._offset or offset > self._offset + LATE_S:
            self._offset = offset
        return stream_s + self._offset


async def listen(
    track: MediaStreamTrack,
    clock: Callable[[], float],
    hear: Callable[[NDArray[np.float32], float], None],
) -> None:
    """Feed `hear(pcm, at)` until the track ends. pcm: (samples,), float32, 16 kHz."""
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    time = SessionTime()
    expected: float | None = None  # stream time of the next frame, if nothing is lost
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        if not isinstance(frame, AudioFrame) or frame.pts is None or not frame.sample_rate:
            continue
        stream_s = float(frame.pts * frame.time_base) if frame.time_base else frame.pts / frame.sample_rate
        at = time.of(stream_s, clock())
        if expected is not None and 0.005 < stream_s - expected < LONGEST_HOLE_S:
            hole = np.zeros(round((stream_s - expected) * RATE), np.float32)
            hear(hole, at - (stream_s - expected))
        expected = stream_s + frame.samples / frame.sample_rate
        frame.pts = None  # the resampler would fill holes in its own way
        for piece in resampler.resample(frame):
            hear(piece.to_ndarray()[0].astype(np.float32) / 32768.0, at)
