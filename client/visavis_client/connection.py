"""The visitor's line to a server: one POST with an offer, then sound, pictures and events over WebRTC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from visavis_agents import events as ev
from visavis_client.ear import Ear
from visavis_client.impair import Impairment, impair
from visavis_client.screen import Screen
from visavis_client.tracks import Camera, Microphone

CONNECT_S = 15.0
LOW = 16 * 1024  # bytes waiting below which a part of a still may be sent
FIRST_BEAT_S = 1.0  # until the server says how often it wants to hear from us


class VisitError(Exception):
    """The visit could not be made; the message says why and what to do."""


class Connection:
    """One connection. hear: told every event of the server; it must not block. lost: why it ended, or empty."""

    def __init__(self, server: str, token: str, hear: Callable[[ev.FromServer], None]) -> None:
        self.lost = ""
        self.session = ""
        self._server = server.rstrip("/")
        self._token = token
        self._hear = hear
        self._beat_s = FIRST_BEAT_S
        self._tasks: list[asyncio.Task[None]] = []
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = self._peer.createDataChannel("events")
        self._opened = asyncio.Event()
        self._channel.on("open", self._opened.set)
        self._channel.on("message", self._on_message)
        self._low = asyncio.Event()
        self._channel.bufferedAmountLowThreshold = LOW
        self._channel.on("bufferedamountlow", self._low.set)
        self._channel.on("close", self._low.set)
        self._peer.on("connectionstatechange", self._on_state)

    async def open(
        self,
        microphone: Microphone,
        ear: Ear,
        camera: Camera | None = None,
        session: str = "",
        impairment: Impairment | None = None,
        screen: Screen | None = None,
    ) -> None:
        """Come in; session: the conversation to go on with; screen: is to show the pictures. Raises VisitError."""
        if screen is not None:
            self._peer.on("track", lambda track: screen.watch(track) if track.kind == "video" else None)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._join(microphone, ear, camera, session, impairment, screen is not None)
                await self._opened.wait()
        except TimeoutError:
            await self.close()
            raise VisitError(f"{self._server} answered but no connection came about: is UDP blocked?") from None
        except BaseException:
            await self.close()
            raise
        self._tasks.append(asyncio.create_task(self._beat()))

    async def _join(
        self,
        microphone: Microphone,
        ear: Ear,
        camera: Camera | None,
        session: str,
        impairment: Impairment | None,
        screen: bool,
    ) -> None:
        self._peer.addTrack(microphone)
        if camera is not None:
            self._peer.addTrack(camera)
        if screen:
            self._peer.addTransceiver("video", direction="recvonly")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        if impairment is not None:
            self._tasks += [impair(line, impairment) for line in self._lines()]
        ear.connect()
        voice = next(each.receiver for each in self._peer.getTransceivers() if each.kind == "audio")
        voice._RTCRtpReceiver__jitter_buffer = ear
        offer = {"sdp": self._peer.localDescription.sdp, "type": "offer"}
        answer = await self._post({**offer, "session": session} if session else offer)
        try:
            self.session = answer["session"]
            await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
            for each in self._peer.getTransceivers():  # one connection for all; aiortc forgets the second video
                each.receiver.setTransport(voice.transport)
                each.sender.setTransport(voice.transport)
        except (KeyError, ValueError) as error:
            raise VisitError(f"{self._server} gave an answer that is none ({error!r})") from None

    def _lines(self) -> list[Any]:
        """The ICE transports under everything; bundled, so that one of them will carry it."""
        users = [*self._peer.getSenders(), self._peer.sctp]
        return list({id(user.transport): user.transport.transport for user in users if user is not None}.values())

    async def _post(self, offer: dict[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with httpx.AsyncClient(timeout=CONNECT_S) as http:
                reply = await http.post(f"{self._server}/api/offer", json=offer, headers=headers)
            fields: dict[str, Any] = reply.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise VisitError(f"{self._server} did not answer ({error}): is `visavis serve` running there?") from None
        if reply.status_code != 200:
            raise VisitError(f"{self._server} refused: {fields.get('what')}. {fields.get('todo')}")
        return fields

    def send(self, event: ev.Event) -> None:
        """Send if there is anybody to hear it; if not, `lost` tells."""
        if self._channel.readyState == "open":
            self._channel.send(ev.encode(event))
        else:
            self.lost = self.lost or "the connection to the server was lost"

    async def room(self) -> None:
        """Wait until something large may be sent, or nothing can be any more."""
        if self._channel.bufferedAmount > LOW:
            self._low.clear()
            await self._low.wait()

    async def close(self) -> None:
        """Let go. Whoever leaves for good sends `bye` before."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._peer.close()

    def cut(self) -> None:
        """From now on nothing leaves and nothing arrives, as if the cable had been pulled."""

        async def swallow(data: bytes) -> None:
            pass

        async def starve() -> bytes:
            await asyncio.get_running_loop().create_future()  # never done
            raise AssertionError

        for line in self._lines():
            line._send, line._recv = swallow, starve
        self.lost = "the cable was pulled"

    async def _beat(self) -> None:
        number = 0
        while True:
            number += 1
            self.send(ev.Ping(n=number))
            await asyncio.sleep(self._beat_s)

    def _on_state(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self.lost = self.lost or "the connection to the server was lost"

    def _on_message(self, message: str) -> None:
        try:
            event = ev.decode_from_server(message)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self.lost = f"the server sent what this version does not know: {error}"
            return
        if isinstance(event, ev.SessionStarted):
            self._beat_s = event.heartbeat_s
        if isinstance(event, ev.SessionEnded):
            self.lost = f"the server ended the conversation: {event.reason}"
        self._hear(event)
