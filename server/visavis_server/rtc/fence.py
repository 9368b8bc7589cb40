"""The only file that reaches into aiortc and aioice (1.16 and 0.13): what they cannot be told from outside.

* receive buffers and decoder queues of our own (`buffers.py`);
* a limit to what a camera is told it may send;
* sender reports, which tie a track's time to the sender's clock;
* gathering of candidates ends after a set time instead of five seconds;
* a machine without a network still has its loopback address;
* a lost packet on a quiet data channel is repeated after 0.2 s instead of a second;
* a data channel message is bounded before it is whole;
* decoder threads end before the event loop would wait for them.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import aioice.ice
import aiortc.rtcsctptransport
from aiortc import RTCPeerConnection
from aiortc.rtp import RtcpSrPacket

from visavis_server.rtc.buffers import AudioBuffer, DecodeQueue, VideoBuffer

REPEAT_S = 0.2  # SCTP's shortest retransmission timeout; browsers use 0.12 to 0.4 s
CAMERA_BITRATE = 600_000  # bits per second; plenty for 640x480 at 15 frames/s, and every packet costs the event loop
REASSEMBLY = 1024 * 1024  # bytes of unfinished messages a peer may make us keep

OnReport = Callable[[str, float, float], None]  # (kind, seconds on the track's time, seconds on the sender's clock)

_RATES = {"audio": 48_000, "video": 90_000}  # RTP ticks per second
_addresses = aioice.ice.get_host_addresses


def _never_none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    found: list[str] = _addresses(use_ipv4, use_ipv6)
    return found or ["127.0.0.1"]


def install() -> None:
    """Change the two module constants; once is enough, more do no harm."""
    aioice.ice.get_host_addresses = _never_none
    aiortc.rtcsctptransport.SCTP_RTO_MIN = REPEAT_S


def tame(connection: RTCPeerConnection, gather_s: float, on_report: OnReport) -> list[AudioBuffer]:
    """Call between setRemoteDescription and setLocalDescription. Returns the audio buffers, for their counts."""
    buffers = []
    for transport in _ice_transports(connection):
        agent = transport._connection
        agent.get_component_candidates = functools.partial(agent.get_component_candidates, timeout=gather_s)
    for receiver in connection.getReceivers():
        receiver._RTCRtpReceiver__decoder_queue = DecodeQueue(receiver._RTCRtpReceiver__decoder_error.set)
        if receiver._RTCRtpReceiver__kind == "audio":
            buffers.append(AudioBuffer())
            receiver._RTCRtpReceiver__jitter_buffer = buffers[-1]
        else:
            receiver._RTCRtpReceiver__jitter_buffer = VideoBuffer()
            _limit(receiver._RTCRtpReceiver__remote_bitrate_estimator)
        _listen_for_reports(receiver, on_report)
    if connection.sctp is not None:
        _bound(connection.sctp)
    return buffers


async def close(connection: RTCPeerConnection) -> None:
    """Close a connection without holding up the event loop."""
    threads = []
    for receiver in connection.getReceivers():
        if (thread := receiver._RTCRtpReceiver__decoder_thread) is not None:
            receiver._RTCRtpReceiver__decoder_queue.put(None)
            threads.append(thread)
    while any(thread.is_alive() for thread in threads):
        await asyncio.sleep(0.005)
    await connection.close()


def _ice_transports(connection: RTCPeerConnection) -> set[Any]:
    return set(connection._RTCPeerConnection__iceTransports)


def _limit(estimator: Any) -> None:
    estimate = estimator.add

    def estimate_limited(**packet: Any) -> tuple[int, list[int]] | None:
        found = estimate(**packet)
        return found and (min(found[0], CAMERA_BITRATE), found[1])

    estimator.add = estimate_limited


def _listen_for_reports(receiver: Any, on_report: OnReport) -> None:
    handle = receiver._handle_rtcp_packet
    kind = receiver._RTCRtpReceiver__kind

    async def handle_and_tell(packet: Any) -> None:
        await handle(packet)
        origin = receiver._RTCRtpReceiver__timestamp_mapper._origin
        if isinstance(packet, RtcpSrPacket) and origin is not None:
            ticks = ((packet.sender_info.rtp_timestamp - origin + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            on_report(kind, ticks / _RATES[kind], packet.sender_info.ntp_timestamp / 2**32)

    receiver._handle_rtcp_packet = handle_and_tell


def _bound(sctp: Any) -> None:
    receive = sctp._receive_data_chunk

    async def receive_bounded(chunk: Any) -> None:
        if sctp._advertised_rwnd < -REASSEMBLY:
            raise ConnectionError("the peer sends unfinished messages without end")
        await receive(chunk)

    sctp._receive_data_chunk = receive_bounded
