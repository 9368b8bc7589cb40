"""A conversation over one WebSocket, where UDP is blocked: PCM both ways as binary messages, events as JSON text.

The client sends s16le mono at the rate it stated; it gets 48 kHz frames of 20 ms while something is said.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import numpy as np
import soxr
from starlette.websockets import WebSocket, WebSocketDisconnect

from visavis_agents.events import Event, FromClient, SessionEnded, encode
from visavis_models.ports import HEARING_RATE
from visavis_server.incoming import Understand
from visavis_server.rtc.loudspeaker import Schedule
from visavis_server.rtc.microphone import SessionTime
from visavis_server.sessions import Conversation
from visavis_server.settings import ServerSettings

RATES = (8000, 16_000, 24_000, 32_000, 44_100, 48_000)
QUEUE = 2000  # events and frames waiting for a slow client; then it is let go
BUSY = 20  # pictures wait while more messages than this wait


class SocketConnection:
    """Implements Connection."""

    def __init__(
        self,
        socket: WebSocket,
        settings: ServerSettings,
        conversation: Conversation,
        rate: int,
        receive: Callable[[FromClient], None],
    ) -> None:
        self._socket = socket
        self._conversation = conversation
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self.seen = self._loop.time()
        self._queue: asyncio.Queue[str | bytes | None] = asyncio.Queue(QUEUE)
        self._room = asyncio.Event()
        self._room.set()
        self._time = SessionTime()
        self._resample = soxr.ResampleStream(rate, HEARING_RATE, 1, dtype="float32", quality="LQ")
        self._heard = 0  # samples received
        self._understand = Understand(settings.message_bytes, receive, self.send, conversation.clock)

    async def serve(self) -> None:
        """Carry the conversation until either side leaves."""
        tasks = [self._loop.create_task(work) for work in (self._hear(), self._speak(), self._write())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            done, _ = await asyncio.wait(tasks)
        for task in done:
            if not task.cancelled() and (error := task.exception()) and not isinstance(error, WebSocketDisconnect):
                raise error

    def send(self, event: Event) -> None:
        self._put(encode(event))
        if isinstance(event, SessionEnded):
            self._put(None)

    async def room(self) -> None:
        await self._room.wait()

    async def close(self) -> None:
        self._put(None)

    def _put(self, message: str | bytes | None) -> None:
        if self._queue.full():
            self._queue.get_nowait()
            message = None  # too slow: this ends the connection, and the client may come back
        self._queue.put_nowait(message)
        if self._queue.qsize() > BUSY:
            self._room.clear()

    async def _write(self) -> None:
        while (message := await self._queue.get()) is not None:
            if isinstance(message, str):
                await self._socket.send_text(message)
            else:
                await self._socket.send_bytes(message)
            if self._queue.qsize() <= BUSY:
                self._room.set()
        with contextlib.suppress(RuntimeError):
            await self._socket.close(1000)

    async def _speak(self) -> None:
        schedule, speech, silent = Schedule(), self._conversation.session.speech, True
        while True:
            await schedule.wait()
            frame = speech.pull()
            if frame.any() or not silent:
                self._put(frame.tobytes())
            silent = not frame.any()

    async def _hear(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self.seen = self._loop.time()
            if (text := message.get("text")) is not None:
                self._understand(text)
            elif data := message.get("bytes"):
                self._sound(data)

    def _sound(self, data: bytes) -> None:
        pcm = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768.0
        at = self._time.of(self._heard / self._rate, self._conversation.clock() - len(pcm) / self._rate)
        self._heard += len(pcm)
        heard = self._resample.resample_chunk(pcm)
        if len(heard):
            self._conversation.session.listen(heard, at)
