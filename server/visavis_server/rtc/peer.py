"""One WebRTC connection of a conversation: microphone and camera in, voice out, events on the data channel `events`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceCandidate,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from visavis_agents.events import Event, FromClient, encode
from visavis_server.incoming import Understand
from visavis_server.rtc import fence
from visavis_server.rtc.camera import watch
from visavis_server.rtc.loudspeaker import Loudspeaker
from visavis_server.rtc.microphone import listen
from visavis_server.sessions import Conversation, Refused
from visavis_server.settings import ServerSettings

log = logging.getLogger(__name__)

EARLY_EVENTS = 500  # kept until the client has opened its channel
BUSY_BYTES = 48 * 1024  # pictures wait while this much is on its way
STUCK_BYTES = 4 << 20  # a channel with this much unsent is dead


class Peer:
    """Implements Connection."""

    def __init__(
        self,
        settings: ServerSettings,
        conversation: Conversation,
        receive: Callable[[FromClient], None],
        gone: Callable[[Peer], None],
    ) -> None:
        self._settings = settings
        self._conversation = conversation
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self.seen = self._loop.time()
        servers = [
            RTCIceServer(urls=s.urls, username=s.username or None, credential=s.credential or None)
            for s in settings.ice_servers
        ]
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._voice = Loudspeaker(conversation.session.speech)
        self._channel: RTCDataChannel | None = None
        self._early: deque[str] = deque(maxlen=EARLY_EVENTS)
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._understand = Understand(settings.message_bytes, receive, self.send, conversation.clock)
        self._peer.on("track", self._on_track)
        self._peer.on("datachannel", self._on_channel)
        self._peer.on("connectionstatechange", self._on_state)

    async def answer(self, sdp: str, kind: str) -> RTCSessionDescription:
        """Take the client's offer. Returns the answer with our candidates inside. Raises Refused."""
        try:
            if kind != "offer" or not sdp.startswith("v=0"):
                raise ValueError("not an SDP offer")
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))
            if not self._peer.getTransceivers() and self._peer.sctp is None:
                raise ValueError("it offers neither sound nor a data channel")
            self._add_voice()
            fence.cap_gathering(self._peer, self._settings.gather_s)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:  # a hostile SDP makes aiortc raise almost anything
            await self.close()
            raise Refused(f"The offer could not be understood: {error}.", "Send a WebRTC offer.", 400) from error
        return self._peer.localDescription

    async def add_candidate(self, candidate: dict[str, Any] | None) -> None:
        """Trickle ICE: a candidate as browsers' toJSON makes it; None or an empty one ends them. Raises Refused."""
        line = (candidate or {}).get("candidate")
        if not line:
            await self._peer.addIceCandidate(None)
            return
        try:
            parsed: RTCIceCandidate = candidate_from_sdp(str(line).partition(":")[2])
            parsed.sdpMid, parsed.sdpMLineIndex = candidate.get("sdpMid"), candidate.get("sdpMLineIndex")  # type: ignore[union-attr]
            await self._peer.addIceCandidate(parsed)
        except Exception as error:  # aiortc again
            raise Refused(
                f"The candidate could not be understood: {error}.", "Send it as RTCIceCandidate.toJSON().", 400
            ) from error

    # --- Connection --------------------------------------------------------------------------------------------------

    def send(self, event: Event) -> None:
        if self._closed:
            return
        text = encode(event)
        if self._channel is None or self._channel.readyState != "open":
            self._early.append(text)
            return
        if self._channel.bufferedAmount > STUCK_BYTES:
            self._leave()
            return
        self._channel.send(text)
        if self._channel.bufferedAmount > BUSY_BYTES:
            self._room.clear()

    async def room(self) -> None:
        await self._room.wait()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._room.set()
        fence.stop_without_joining(self._peer)
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._voice.stop()
        with contextlib.suppress(ConnectionError):
            await self._peer.close()

    # --- what aiortc calls -------------------------------------------------------------------------------------------

    def _add_voice(self) -> None:
        for transceiver in self._peer.getTransceivers():
            if transceiver.kind == "audio":
                fence.hear_in_order(transceiver.receiver)
        if any(transceiver.kind == "audio" for transceiver in self._peer.getTransceivers()):
            fence.speak_mono(self._peer.addTrack(self._voice))

    def _on_track(self, track: MediaStreamTrack) -> None:
        session, clock = self._conversation.session, self._conversation.clock
        if track.kind == "audio":
            self._spawn(listen(track, clock, lambda pcm, at: (self._alive(), session.listen(pcm, at))[1]))
        else:
            self._spawn(watch(track, clock, lambda frame: (self._alive(), session.see(frame))[1]))

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != "events" or self._channel is not None:
            channel.close()
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = BUSY_BYTES // 2
        channel.on("bufferedamountlow", self._room.set)
        channel.on("message", self._on_message)
        while self._early:
            channel.send(self._early.popleft())

    def _on_message(self, message: str | bytes) -> None:
        self._alive()
        self._understand(message)

    def _on_state(self) -> None:
        if self._peer.connectionState in ("failed", "closed") and not self._closed:
            self._leave()

    def _alive(self) -> None:
        self.seen = self._loop.time()

    def _leave(self) -> None:
        self._gone(self)
        self._spawn(self.close())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a connection of session %s failed", self._conversation.id[:8], exc_info=error)
            self._gone(self)
