"""What aiortc and aioice (1.16 and 0.13) cannot be told from outside. Only this file and `bounds.py` reach into them:

* packets go to receive buffers of our own (`microphone.py`, `camera.py`), and no decoder thread is kept for them;
* Opus alone is answered for sound, with a copy of each packet in the next one asked for;
* missing packets of sound are asked for again (browsers and aiortc repeat them, negotiated or not), and the browser is
  told that it may ask likewise (Chromium does, though its offer says nothing of it);
* a limit to what a camera is told it may send;
* reports: the sender's, which tie a track's time to its clock, and the receiver's, which tell what was lost;
* gathering of candidates ends after a set time instead of five seconds;
* a machine without a network still has its loopback address;
* a section of video that only asks to receive is told from a camera's, and its wishes for key frames are heard;
* two sections of video share the one connection of all (aiortc leaves the second at one that it has closed);
* a lost packet on a quiet data channel is repeated after 0.2 s instead of a second;
* how much of a data channel is on its way, acknowledged or not, and how long it took (its own count leaves that out).

What a peer can make them do is bounded by `bounds.py`.
"""

from __future__ import annotations

import functools
import itertools
import queue
from collections.abc import Callable
from typing import Any, Protocol

import aioice.ice
import aiortc.rtcrtpreceiver
import aiortc.rtcsctptransport
from aiortc import RTCPeerConnection
from aiortc.exceptions import OperationError
from aiortc.rtcrtpparameters import RTCRtcpFeedback
from aiortc.rtp import RtcpRrPacket, RtcpSrPacket

from visavis_server.rtc import bounds
from visavis_server.rtc.room import Room

REPEAT_S = 0.2  # SCTP's shortest retransmission timeout; browsers use 0.12 to 0.4 s
CAMERA_BITRATE = 600_000  # bits per second; plenty for 640x480 at 15 frames/s, and every packet costs the event loop
ASKED = 16  # missing packets asked for at once

# RFC 7587, 6.1: copies of lost packets, no pauses, one channel, and what 16 kHz can hold
SOUND = {
    "minptime": 10,
    "useinbandfec": 1,
    "usedtx": 0,
    "stereo": 0,
    "maxplaybackrate": 16_000,
    "maxaveragebitrate": 32_000,
}

Sent = Callable[[str, float, float], None]  # (kind, seconds on the track's time, seconds on the sender's clock)

_RATES = {"audio": 48_000, "video": 90_000}  # RTP ticks per second
_addresses = aioice.ice.get_host_addresses
_decode = aiortc.rtcrtpreceiver.decoder_worker


class Taker(Protocol):
    """Takes packets in the place of aiortc's receive buffer."""

    def place_of(self, timestamp: int) -> int | None:
        """Ticks between the track's first RTP timestamp and this one."""
        ...

    def add(self, packet: Any) -> tuple[bool, None]:
        """Returns (whether to ask for a key frame, nothing for aiortc to decode)."""
        ...

    def missing(self) -> list[int]:
        """Numbers of packets to ask for again now."""
        ...

    def again(self, number: int) -> bool:
        """Whether this packet comes out of its turn: repeated because it was lost."""
        ...


class Nobody:
    """Takes packets that nobody wants."""

    def place_of(self, timestamp: int) -> int | None:
        return None

    def add(self, packet: Any) -> tuple[bool, None]:
        return False, None

    def missing(self) -> list[int]:
        return []

    def again(self, number: int) -> bool:
        return False


class _Undecoded(queue.Queue[Any]):
    """A decoder's queue that stays empty: its thread ends at once, so that nobody has to wait for it."""


def _decode_perhaps(loop: Any, packets: Any, *more: Any) -> None:
    if not isinstance(packets, _Undecoded):
        _decode(loop, packets, *more)


def _never_none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    found: list[str] = _addresses(use_ipv4, use_ipv6)
    return found or ["127.0.0.1"]


def install() -> None:
    """Change three names in the libraries; once is enough, more do no harm."""
    aioice.ice.get_host_addresses = _never_none
    aiortc.rtcsctptransport.SCTP_RTO_MIN = REPEAT_S
    aiortc.rtcrtpreceiver.decoder_worker = _decode_perhaps


def tame(connection: RTCPeerConnection, gather_s: float) -> None:
    """Call between setRemoteDescription and setLocalDescription."""
    for transport in _ice_transports(connection):
        agent = transport._connection
        agent.get_component_candidates = functools.partial(agent.get_component_candidates, timeout=gather_s)
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "audio":
            transceiver._codecs = [codec for codec in transceiver._codecs if codec.name.lower() == "opus"]
            if not transceiver._codecs:
                raise OperationError("a section for sound has no Opus")
            for codec in transceiver._codecs:
                codec.parameters = dict(SOUND)
                codec.rtcpFeedback = [RTCRtcpFeedback(type="nack")]
    for transport in {receiver.transport for receiver in connection.getReceivers()}:
        bounds.streams(transport)
    for receiver in connection.getReceivers():
        receiver._RTCRtpReceiver__decoder_queue = _Undecoded()
        receiver._RTCRtpReceiver__jitter_buffer = Nobody()
        if receiver._RTCRtpReceiver__kind == "video":
            _limit(receiver._RTCRtpReceiver__remote_bitrate_estimator)
    if connection.sctp is not None:
        bounds.messages(connection.sctp)


def give(receiver: Any, taker: Taker, sent: Sent) -> None:
    """Let a receiver's packets go to `taker`, and its sender's reports to `sent`."""
    receiver._RTCRtpReceiver__jitter_buffer = taker
    kind = receiver._RTCRtpReceiver__kind
    take, hear = receiver._handle_rtp_packet, receiver._handle_rtcp_packet

    async def take_and_ask(packet: Any, arrival_time_ms: int) -> None:
        again = taker.again(packet.sequence_number)
        await take(packet, arrival_time_ms)
        if again and (stream := receiver._RTCRtpReceiver__remote_streams.get(packet.ssrc)) is not None:
            stream.packets_received -= 1  # aiortc would report no loss, and the sender would send no more copies
        if missing := taker.missing():
            await receiver._send_rtcp_nack(packet.ssrc, sorted(missing[:ASKED]))  # aiortc stumbles where they wrap

    async def hear_and_tell(packet: Any) -> None:
        await hear(packet)
        if isinstance(packet, RtcpSrPacket):
            place = taker.place_of(packet.sender_info.rtp_timestamp)
            if place is not None:
                sent(kind, place / _RATES[kind], packet.sender_info.ntp_timestamp / 2**32)

    receiver._handle_rtp_packet, receiver._handle_rtcp_packet = take_and_ask, hear_and_tell


def watch_loss(sender: Any, lost: Callable[[float], None]) -> None:
    """Tell `lost` the share of a sender's packets that its receiver has lost lately, 0 to 1."""
    hear = sender._handle_rtcp_packet

    async def hear_and_tell(packet: Any) -> None:
        await hear(packet)
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == sender._ssrc:
                    lost(report.fraction_lost / 256)

    sender._handle_rtcp_packet = hear_and_tell


def bundle(connection: RTCPeerConnection) -> None:
    """Call after setRemoteDescription, at once."""
    alive = connection._RTCPeerConnection__dtlsTransports
    for transceiver in connection.getTransceivers():
        if transceiver.receiver.transport not in alive:
            used = next(t.receiver.transport for t in connection.getTransceivers() if t.receiver.transport in alive)
            transceiver.receiver.setTransport(used)
            transceiver.sender.setTransport(used)


def only_receives(transceiver: Any) -> bool:
    """Does the client, who has offered this section, want to receive and not to send?"""
    return bool(transceiver._offerDirection == "sendonly")  # as seen from here


def film(transceiver: Any, codecs: tuple[str, ...], make: Callable[[str], Any]) -> Any:
    """Send the track that `make(codec)` gives over a section, in the first of its codecs that is one of these.

    Returns the track, or None where they have none in common. Call between setRemoteDescription and createAnswer."""
    name = next((codec.name for codec in transceiver._codecs if codec.name in codecs), None)
    if name is None:
        return None
    kept = [codec for codec in transceiver._codecs if codec.name == name]
    again = [codec for codec in transceiver._codecs if codec.parameters.get("apt") == kept[0].payloadType]
    transceiver._codecs = [kept[0], *again]  # a packet that is lost is sent once more
    track = make(name)
    transceiver.sender.replaceTrack(track)
    transceiver.direction = "sendonly"
    transceiver.sender._send_keyframe = track.key
    bounds.repeats(transceiver.sender)
    return track


class Wire:
    """What of a data channel's messages is on its way. told() after every acknowledgement.

    room: learns from them."""

    def __init__(self, channel: Any, room: Room, clock: Callable[[], float], told: Callable[[], None]) -> None:
        self._channel, self._sctp = channel, channel.transport
        update, take = self._sctp._update_rto, self._sctp._receive_sack_chunk

        flying = 0

        def update_and_tell(took_s: float) -> None:
            update(took_s)
            room.round_trip(took_s, clock(), flying)

        async def take_and_tell(chunk: Any) -> None:
            nonlocal flying
            flying = self._sctp._flight_size
            recovering = self._sctp._fast_recovery_exit
            await take(chunk)
            if recovering is None and self._sctp._fast_recovery_exit is not None:
                room.lost(clock())
            told()

        self._sctp._update_rto, self._sctp._receive_sack_chunk = update_and_tell, take_and_tell

    @property
    def bytes(self) -> int:
        """Not acknowledged yet, or not even sent."""
        sctp = self._sctp
        chunks = itertools.chain(sctp._sent_queue, sctp._outbound_queue)
        return int(self._channel.bufferedAmount) + sum(len(chunk.user_data) for chunk in chunks)


def codec(receiver: Any, payload_type: int) -> str:
    """The codec's name in SDP."""
    name: str = receiver._RTCRtpReceiver__codecs[payload_type].name
    return name


def _ice_transports(connection: RTCPeerConnection) -> set[Any]:
    return set(connection._RTCPeerConnection__iceTransports)


def _limit(estimator: Any) -> None:
    estimate = estimator.add

    def estimate_limited(**packet: Any) -> tuple[int, list[int]] | None:
        found = estimate(**packet)
        return found and (min(found[0], CAMERA_BITRATE), found[1])

    estimator.add = estimate_limited
