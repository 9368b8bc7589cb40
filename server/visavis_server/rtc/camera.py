"""The user's camera on its way in: the newest frame, stamped; converted only when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiortc.mediastreams import MediaStreamError

from visavis_agents.sight import Frame
from visavis_models.ports import Picture

LARGEST = 1920 * 1088  # pixels; larger frames are not kept


def look_at(frame: Any) -> Picture:
    """A decoded frame as (height, width, 3) RGB. Takes milliseconds: call it on a worker."""
    picture: Picture = frame.to_ndarray(format="rgb24")
    return picture


async def watch(
    track: Any,
    see: Callable[[Frame], None],
    stamp: Callable[[float], float],
    alive: Callable[[], None],
    dropped: Callable[[], None],
) -> None:
    """Watch an aiortc track until it ends. Frames that were overtaken by a newer one are dropped.

    stamp: seconds on the track's time to session time."""
    while True:
        try:
            frame = await track.recv()
            while not track._queue.empty():  # aiortc queues without bound: only the newest matters
                dropped()
                frame = await track.recv()
        except MediaStreamError:
            return
        alive()
        at = stamp(float(frame.pts * frame.time_base))
        if frame.width * frame.height <= LARGEST:
            see(Frame(at, lambda frame=frame: look_at(frame)))  # type: ignore[misc]
        else:
            dropped()
