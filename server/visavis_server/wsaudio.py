"""The way without UDP: sound as PCM and events as JSON over one WebSocket.

The client sends `{"type": "audio", "rate": 16000}` (or 48000; `session` to go on with a conversation), is answered by
`{"type": "audio", "session": ..., "rate": 48000}`, and from then on sends binary messages of signed 16-bit
little-endian mono sound at its rate, of any length up to a second, and events as text. It receives 20 ms of the same
at 48 kHz (1,920 bytes) every 20 ms, and events as text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from visavis_models.ports import HEARING_RATE
from visavis_server.rtc.loudspeaker import Pace
from visavis_server.rtc.microphone import Ear
from visavis_server.rtc.thirds import RATIO, WIRE_RATE, Thirds
from visavis_server.seat import Seat

log = logging.getLogger(__name__)

RATES = (HEARING_RATE, WIRE_RATE)
SOUND = 50  # frames of 20 ms waiting to be sent; older ones are dropped
EVENTS = 8 * 1024 * 1024  # bytes of events waiting at which the client is thought not to read
LOW = 64 * 1024  # bytes waiting below which pictures may be sent
CLOSE_S = 2.0  # for what is waiting, at the end


class SocketLine:
    """A line (see `seat.Line`) over a WebSocket."""

    def __init__(self, socket: WebSocket, seat: Seat, rate: int, clock: Callable[[], float]) -> None:
        self._socket = socket
        self._seat = seat
        self._rate = rate
        self._clock = clock
        self.heard_at = clock()
        self._sound: deque[bytes] = deque(maxlen=SOUND)
        self._events: deque[str] = deque()
        self._waiting = 0  # bytes of events
        self._something = asyncio.Event()
        self._low = asyncio.Event()
        self._low.set()
        self._task: asyncio.Task[None] | None = None
        self._gone = False
        self._rest = np.zeros(0, np.float32)  # received, not yet a whole sample at 16 kHz
        self._samples = 0  # received and passed on
        self._thirds = Thirds()
        self._ear = Ear(lambda pcm, at: seat.listen(self, pcm, at), seat.clock)

    # --- the line ----------------------------------------------------------------------------------------------------

    def send(self, text: str) -> bool:
        if self._waiting > EVENTS:
            return False
        self._events.append(text)
        self._waiting += len(text)
        if self._waiting > LOW:
            self._low.clear()
        self._something.set()
        return True

    async def room(self) -> None:
        await self._low.wait()

    def hang_up(self) -> None:
        if not self._gone and self._task is not None:  # once: what it does last must not be interrupted
            self._task.cancel()
        self._gone = True

    async def run(self) -> None:
        """Own the connection until either side ends it."""
        self._task = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as group:
                sending = [group.create_task(self._speak()), group.create_task(self._write())]
                if not self._gone:
                    self._seat.attach(self)
                    await self._read()
                for task in sending:
                    task.cancel()
        except* WebSocketDisconnect:
            pass
        finally:
            self._gone = True
            self._seat.forget(self)
            await self._say_last()

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                self._seat.receive(self, message["text"])
            elif message.get("bytes"):
                self._hear(message["bytes"])

    def _hear(self, data: bytes) -> None:
        self.heard_at = self._clock()
        if len(data) % 2 or len(data) > 2 * self._rate:
            self._seat.trouble("a sound message was not understood", "Send up to a second of 16-bit mono PCM.")
            return
        pcm = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        if self._rate == WIRE_RATE:
            pcm = np.concatenate([self._rest, pcm])
            pcm, self._rest = np.split(pcm, [len(pcm) - len(pcm) % RATIO])
            self._samples += len(pcm)
            self._ear.take(self._thirds(pcm), self._samples / self._rate, Thirds.DELAY_S)
        else:
            self._samples += len(pcm)
            self._ear.take(pcm, self._samples / self._rate)

    async def _speak(self) -> None:
        pace = Pace()
        while True:
            await asyncio.sleep(pace.wait(self._clock()))
            self._sound.append(self._seat.pull(self).astype("<i2").tobytes())
            self._something.set()

    async def _write(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            await self._write_waiting()

    async def _write_waiting(self) -> None:
        while self._sound or self._events:
            if self._sound:
                await said(self._socket.send_bytes(self._sound.popleft()))
            if self._events:
                text = self._events.popleft()
                self._waiting -= len(text)
                if self._waiting <= LOW:
                    self._low.set()
                await said(self._socket.send_text(text))

    async def _say_last(self) -> None:
        self._low.set()
        self._sound.clear()
        with contextlib.suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_S):
                await self._write_waiting()
                await said(self._socket.close())


async def said(saying: Coroutine[Any, Any, None]) -> None:
    """Send. Raises WebSocketDisconnect where the socket is closed already: starlette's own error for that is any
    RuntimeError, and a fault of ours must not pass for it."""
    try:
        await saying
    except RuntimeError as error:
        raise WebSocketDisconnect from error
