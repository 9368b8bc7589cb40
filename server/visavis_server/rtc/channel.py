"""The data channel `events`: one event per message, both ways, never blocking.

Sound and events must not wait for pictures, so a sender of large things asks `room` first, which is given when little
is on its way (`room.py`); whoever does not read what it is sent is hung up on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiortc.exceptions import InvalidStateError

from visavis_server.rtc.fence import Wire
from visavis_server.rtc.room import Pace, Room

log = logging.getLogger(__name__)

LABEL = "events"
FULL = 8 * 1024 * 1024  # bytes waiting at which the other side is thought not to read


class Channel:
    """on_message(data) for every message; on_close() once."""

    def __init__(self, channel: Any, on_message: Callable[[str | bytes], None], on_close: Callable[[], None]) -> None:
        self._channel = channel
        self._room, self._pace = Room(), Pace()
        self._clock = asyncio.get_running_loop().time
        self._wire = Wire(channel, self._room, self._clock, self._give_room)
        self._given = asyncio.Event()
        channel.on("message", on_message)
        channel.on("close", self._closed)
        self._on_close = on_close

    def _closed(self) -> None:
        self._given.set()
        self._on_close()

    def _give_room(self) -> None:
        if self._wire.bytes < self._room.bytes:
            self._given.set()

    def send(self, text: str) -> bool:
        """False: it could not be sent, and nothing more can be."""
        if self._channel.readyState != "open" or self._channel.bufferedAmount > FULL:
            return False
        try:
            self._channel.send(text)
        except (InvalidStateError, ConnectionError):
            return False
        except ValueError as error:  # larger than the peer takes: this one is lost, the channel lives
            log.error("an event was not sent: %s", error)
        return True

    async def room(self) -> None:
        """Wait until a piece of something large may be sent."""
        if (wait := self._pace.wait(self._clock())) > 0:
            await asyncio.sleep(wait)
        while self._channel.readyState == "open" and self._wire.bytes >= self._room.bytes:
            self._given.clear()
            await self._given.wait()

    async def flushed(self) -> None:
        """Wait until all that was sent has been handed to the network."""
        while self._channel.readyState == "open" and self._channel.bufferedAmount:
            await asyncio.sleep(0.01)
