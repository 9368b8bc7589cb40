"""One WebRTC connection: answers an offer, then carries a seat's sound, pictures and events until it is gone.

aiortc starts event handlers and forgets them, so handlers here only set an event or cancel the one task that owns the
connection, `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.sdp import candidate_from_sdp

from visavis_server.metrics import Metrics
from visavis_server.rtc import bounds, fence, offer
from visavis_server.rtc.camera import Camera
from visavis_server.rtc.channel import LABEL, Channel
from visavis_server.rtc.loudspeaker import VoiceTrack
from visavis_server.rtc.microphone import Ear, Microphone
from visavis_server.rtc.offer import OfferError
from visavis_server.rtc.screen import CODECS, ScreenTrack
from visavis_server.rtc.stamps import Together
from visavis_server.seat import Seat
from visavis_server.settings import ServerSettings

log = logging.getLogger(__name__)

CHANNEL_S = 5.0  # an offered data channel that is not open by then is done without
FLUSH_S = 0.5  # for the last events before closing
LINGER_S = 0.2  # until the last sound has passed the client's buffer


class Peer:
    """A line (see `seat.Line`) over WebRTC."""

    def __init__(self, seat: Seat, settings: ServerSettings, clock: Callable[[], float], metrics: Metrics) -> None:
        self._seat = seat
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self.heard_at = clock()
        servers = [
            RTCIceServer(urls=s.urls, username=s.username or None, credential=s.credential or None)
            for s in settings.ice_servers
        ]
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._channel: Channel | None = None
        self._ready = asyncio.Event()
        self._stamps = Together()
        self._candidates = 0
        self._microphone: Microphone | None = None
        self._voice: VoiceTrack | None = None
        self._camera: Camera | None = None
        self._screen: ScreenTrack | None = None
        self._task: asyncio.Task[None] | None = None
        self._gone = False
        self._looking_up: set[asyncio.Task[None]] = set()

    # --- signalling --------------------------------------------------------------------------------------------------

    async def answer(self, sdp: str) -> str:
        """Returns the answer's SDP, with candidates. Raises OfferError; then `discard` must follow."""
        offered = offer.read(sdp)
        connection = self._connection
        connection.on("datachannel", self._on_channel)
        connection.on("connectionstatechange", lambda: self._on_state(offered.kinds))
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offered.sdp, "offer"))
            fence.bundle(connection)
            fence.tame(connection, self._settings.gather_s)
            for kind in ("audio", "video"):
                offering = [t for t in connection.getTransceivers() if t.kind == kind]
                if kind == "video" and (screens := [t for t in offering if fence.only_receives(t)]):
                    offering = [t for t in offering if t is not screens[0]]
                    self._screen = fence.film(screens[0], CODECS, self._film)
                first, *extra = offering or [None]
                for transceiver in extra:
                    transceiver.direction = "inactive"
                if first is not None:
                    self._take(kind, first.receiver)
            if "audio" in offered.kinds:
                self._voice = VoiceTrack(lambda: self._seat.pull(self), self._clock)
                sender = connection.addTrack(self._voice)
                fence.watch_loss(sender, self._voice.lost)
                bounds.repeats(sender)
            await connection.setLocalDescription(await connection.createAnswer())
        except (InvalidAccessError, InvalidStateError, OperationError) as error:
            raise OfferError(f"the offer cannot be answered: {error}") from error
        except Exception as error:  # whatever aiortc's parsers run into on garbage
            log.info("an offer was not understood", exc_info=error)
            raise OfferError("the offer is not well-formed SDP") from error
        for candidate, section in offered.mdns:
            self._look_up(candidate, None, section)
        answer: str = connection.localDescription.sdp
        return answer

    def candidate(self, text: str, mid: str | None, section: int | None) -> None:
        """A candidate that came later; empty: that was the last; not passed on (`offer.py`). Raises OfferError."""
        if not text or not offer.usable(text):
            return
        self._candidates += 1
        if self._candidates > offer.CANDIDATES:
            raise OfferError(f"more than {offer.CANDIDATES} candidates: the rest is not tried")
        self._look_up(text, mid, section)

    def _look_up(self, text: str, mid: str | None, section: int | None) -> None:
        try:
            candidate = candidate_from_sdp(text.removeprefix("candidate:"))
        except (ValueError, IndexError, AssertionError, KeyError) as error:
            raise OfferError("a candidate is not well-formed") from error
        candidate.sdpMid, candidate.sdpMLineIndex = mid, section
        if mid is None and section is None:
            raise OfferError("a candidate needs sdpMid or sdpMLineIndex")
        task = asyncio.get_running_loop().create_task(self._add(candidate), name="candidate")
        self._looking_up.add(task)
        task.add_done_callback(self._looking_up.discard)

    async def _add(self, candidate: Any) -> None:
        try:
            await self._connection.addIceCandidate(candidate)
        except (OSError, ValueError) as error:  # no multicast here, or a name that is not an address
            log.info("a candidate was not used: %s", error)

    # --- the line ----------------------------------------------------------------------------------------------------

    def send(self, text: str) -> bool:
        return self._channel is None or self._channel.send(text)

    async def room(self) -> None:
        if self._channel is not None:
            await self._channel.room()

    def hang_up(self) -> None:
        if not self._gone and self._task is not None:  # once: what it does last must not be interrupted
            self._task.cancel()
        self._gone = True

    async def run(self) -> None:
        """Own the connection from its answer to its end. As a task of its own: `hang_up` cancels it."""
        self._task = asyncio.current_task()
        try:
            async with asyncio.timeout(0 if self._gone else self._settings.connect_s):
                await self._ready.wait()
            self._seat.attach(self)
            await asyncio.Event().wait()
        except TimeoutError:
            log.info("session %s: no connection within %.0f s", self._seat.id[:8], self._settings.connect_s)
        finally:
            self._gone = True
            await self.discard()

    async def discard(self) -> None:
        """Close what there is."""
        if self._microphone is not None:
            self._metrics.packets_missed.inc(self._microphone.counts.missed)
            self._metrics.packets_lost.inc(self._microphone.counts.lost)
        if self._voice is not None:
            self._metrics.frames_late.inc(self._voice.late)
        if self._camera is not None:
            self._metrics.freezes.inc(self._camera.freezes)
        self._seat.forget(self)
        if self._connection.connectionState == "connected":
            await asyncio.sleep(LINGER_S)
        if self._channel is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await self._channel.flushed()
        for task in list(self._looking_up):
            task.cancel()
        if self._looking_up:
            await asyncio.wait(self._looking_up)
        try:
            await self._connection.close()
        finally:
            if self._microphone is not None:
                self._microphone.close()
            if self._screen is not None:
                self._screen.stop()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _take(self, kind: str, receiver: Any) -> None:
        """Let the packets of a track be heard or seen."""
        seat, stamps = self._seat, self._stamps
        if kind == "audio":
            ear = Ear(lambda pcm, at: seat.listen(self, pcm, at), seat.clock, stamps.sound)
            self._microphone = Microphone(ear, self._alive)
            fence.give(receiver, self._microphone, stamps.report)
        else:
            self._camera = Camera(
                lambda frame: seat.see(self, frame),
                lambda track_s: stamps.picture(track_s, seat.clock()),
                self._alive,
                lambda payload_type: fence.codec(receiver, payload_type),
            )
            fence.give(receiver, self._camera, stamps.report)

    def _film(self, codec: str) -> ScreenTrack:
        return ScreenTrack(lambda: self._seat.easel(self), self._clock, codec)

    def _alive(self) -> None:
        self.heard_at = self._clock()

    def _on_state(self, kinds: frozenset[str]) -> None:
        match self._connection.connectionState:
            case "connected" if "application" not in kinds:
                self._ready.set()
            case "connected":
                asyncio.get_running_loop().call_later(CHANNEL_S, self._ready.set)
            case "failed" | "closed":
                self.hang_up()

    def _on_channel(self, channel: Any) -> None:
        if channel.label != LABEL or self._channel is not None:
            channel.close()
            return
        self._channel = Channel(channel, lambda data: self._seat.receive(self, data), self.hang_up)
        self._ready.set()
