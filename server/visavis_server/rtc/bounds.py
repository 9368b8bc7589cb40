"""What a peer cannot make aiortc (1.16) do: endless work on everybody's event loop, or memory that only grows.

Whoever gets here has passed DTLS, but may be anybody.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable
from typing import Any

from aiortc.rtp import RtcpRtpfbPacket

log = logging.getLogger(__name__)

AT_ONCE = 64  # packets that are sent again
STREAMS = 16  # sources of sound and pictures; browsers have one or two a section
REASSEMBLY = 1024 * 1024  # bytes of unfinished messages


class Repeats:
    """Which of the packets that are asked for again are sent: in the long run no more than for the first time. Pure.

    One question can name thousands, and each is encrypted and sent at once."""

    def __init__(self) -> None:
        self._room, self._sent = AT_ONCE, 0

    def __call__(self, numbers: Iterable[int], sent: int) -> list[int]:
        """numbers: asked for; aiortc counts on where 16 bits wrap. sent: packets sent for the first time so far."""
        self._room, self._sent = min(AT_ONCE, self._room + sent - self._sent), sent
        some = list(dict.fromkeys(number & 0xFFFF for number in numbers))[: self._room]
        self._room -= len(some)
        return some


def repeats(sender: Any) -> None:
    """Let the receiver of what a sender sends have packets again, but not without end."""
    hear, some = sender._handle_rtcp_packet, Repeats()

    async def hear_some(packet: Any) -> None:
        if isinstance(packet, RtcpRtpfbPacket):
            packet.lost = some(packet.lost, sender._RTCRtpSender__packet_count)
        await hear(packet)

    sender._handle_rtcp_packet = hear_some


def streams(transport: Any) -> None:
    """Packets of sources beyond `STREAMS`, and packets that cannot be read, are as good as lost."""
    router, route = transport._rtp_router, transport._rtp_router.route_rtp
    rtp, rtcp = transport._handle_rtp_data, transport._handle_rtcp_data

    def route_some(packet: Any) -> Any:
        known = packet.ssrc in router.ssrc_table or len(router.ssrc_table) < STREAMS
        return route(packet) if known else None

    async def handle_rtp(data: bytes, arrival_time_ms: int) -> None:
        try:
            await rtp(data, arrival_time_ms)
        except struct.error as error:  # of an extension of its header, which would end the connection
            log.debug("a packet could not be read: %s", error)

    async def handle_rtcp(data: bytes) -> None:
        try:
            await rtcp(data)
        except struct.error as error:
            log.debug("a report could not be read: %s", error)

    router.route_rtp, transport._handle_rtp_data, transport._handle_rtcp_data = route_some, handle_rtp, handle_rtcp


def messages(sctp: Any) -> None:
    """A message is bounded before it is whole."""
    receive = sctp._receive_data_chunk

    async def receive_bounded(chunk: Any) -> None:
        if sctp._advertised_rwnd < -REASSEMBLY:
            raise ConnectionError("the peer sends unfinished messages without end")
        await receive(chunk)

    sctp._receive_data_chunk = receive_bounded
