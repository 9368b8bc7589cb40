"""The visitor's camera: the newest frame, stamped on the session clock and converted only when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from visavis_agents.sight import Frame
from visavis_models.ports import Picture
from visavis_server.rtc.microphone import SessionTime

LARGEST = 1920  # pixels of the longer side that anybody looks at


async def watch(track: MediaStreamTrack, clock: Callable[[], float], see: Callable[[Frame], None]) -> None:
    """Call `see` with every decoded frame until the track ends; it keeps what it wants."""
    time = SessionTime()
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        if isinstance(frame, VideoFrame) and frame.pts is not None and frame.time_base:
            see(Frame(time.of(float(frame.pts * frame.time_base), clock()), lambda frame=frame: picture(frame)))


def picture(frame: VideoFrame) -> Picture:
    """RGB pixels, at most 1920 on the longer side. Blocks for about a millisecond."""
    scale = min(1.0, LARGEST / max(frame.width, frame.height))
    return cast(
        Picture,
        frame.to_ndarray(format="rgb24", width=round(frame.width * scale), height=round(frame.height * scale)),
    )
