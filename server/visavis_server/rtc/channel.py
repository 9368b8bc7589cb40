"""The data channel `events`: one event per message, both ways, never blocking.

Sound must not wait for pictures, so a sender of large things asks `room` first; whoever does not read what it is sent
is hung up on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiortc.exceptions import InvalidStateError

log = logging.getLogger(__name__)

LABEL = "events"
LOW = 64 * 1024  # bytes waiting below which pictures may be sent
FULL = 8 * 1024 * 1024  # bytes waiting at which the other side is thought not to read


class Channel:
    """on_message(data) for every message; on_close() once."""

    def __init__(self, channel: Any, on_message: Callable[[str | bytes], None], on_close: Callable[[], None]) -> None:
        self._channel = channel
        self._low = asyncio.Event()
        self._low.set()
        channel.bufferedAmountLowThreshold = LOW
        channel.on("message", on_message)
        channel.on("bufferedamountlow", self._low.set)
        channel.on("close", self._closed)
        self._on_close = on_close

    def _closed(self) -> None:
        self._low.set()
        self._on_close()

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
        if self._channel.bufferedAmount > LOW:
            self._low.clear()
        return True

    async def room(self) -> None:
        await self._low.wait()

    async def flushed(self) -> None:
        """Wait until all that was sent has been handed to the network."""
        while self._channel.readyState == "open" and self._channel.bufferedAmount:
            await asyncio.sleep(0.01)
