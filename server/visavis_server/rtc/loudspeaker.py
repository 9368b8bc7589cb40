"""The assistant's voice as a track: 20 ms pulled from the session every 20 ms, on one absolute schedule."""

from __future__ import annotations

import asyncio
from fractions import Fraction

from aiortc import MediaStreamTrack
from av import AudioFrame

from visavis_agents.speech import FRAME, RATE, Speech
from visavis_server import metrics

FRAME_S = FRAME / RATE
FARTHEST_BEHIND_S = 0.2  # after a longer stall the schedule starts anew instead of catching up in a burst


class Schedule:
    """When the next frame is due; sleeping until then is exact on average, so that nothing drifts."""

    def __init__(self) -> None:
        self._next = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        late = now - self._next
        if late > FRAME_S:
            metrics.LATE_FRAMES.inc()
        if late > FARTHEST_BEHIND_S:
            self._next = now
        elif late < 0:
            await asyncio.sleep(-late)
        self._next += FRAME_S


class Loudspeaker(MediaStreamTrack):
    kind = "audio"

    def __init__(self, speech: Speech) -> None:
        super().__init__()
        self._speech = speech
        self._schedule: Schedule | None = None
        self._pts = 0

    async def recv(self) -> AudioFrame:
        """One frame: 960 samples, s16, mono, 48 kHz."""
        if self._schedule is None:
            self._schedule = Schedule()
        await self._schedule.wait()
        frame = AudioFrame.from_ndarray(self._speech.pull()[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = self._pts
        frame.time_base = Fraction(1, RATE)
        self._pts += FRAME
        return frame
