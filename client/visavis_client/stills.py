"""Answers a wish for more than the stream shows: the photo or clip at its own size, in parts."""

from __future__ import annotations

import asyncio
import base64

from visavis_agents.events import StillChunk, StillFailed, StillWanted
from visavis_client.connection import Connection
from visavis_client.tracks import Camera

CHUNK = 12 * 1024  # bytes in one event; with base64 16 KB, which every peer accepts (RFC 8831, 6.6)


async def send_still(wanted: StillWanted, camera: Camera | None, line: Connection) -> None:
    """In parts that wait for room on the line, until it would come too late."""
    try:
        if camera is None:
            raise ValueError("there is no camera")
        data = await asyncio.to_thread(camera.still, wanted.longest)
    except ValueError as error:
        line.send(StillFailed(still=wanted.still, reason=str(error)))
        return
    parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    try:
        async with asyncio.timeout(wanted.within_s):
            for index, part in enumerate(parts):
                await line.room()
                line.send(
                    StillChunk(
                        still=wanted.still,
                        index=index,
                        count=len(parts),
                        mime="image/jpeg",
                        data=base64.b64encode(part).decode(),
                    )
                )
    except TimeoutError:
        pass  # the server looks at the stream's own frame by now
