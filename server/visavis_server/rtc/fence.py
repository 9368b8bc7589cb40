"""The only file that reaches into aiortc and aioice (1.16 and 0.13): what they cannot be told from outside.

* receive buffers and decoder queues of our own (`buffers.py`);
* gathering of candidates ends after a set time instead of five seconds;
* a machine without a network still has its loopback address;
* a lost packet on a quiet data channel is repeated after 0.2 s instead of a second;
* a data channel message is bounded before it is whole;
* decoder threads end before the event loop would wait for them.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import aioice.ice
import aiortc.rtcsctptransport
from aiortc import RTCPeerConnection

from visavis_server.rtc.buffers import AudioBuffer, DecodeQueue

REPEAT_S = 0.2  # SCTP's shortest retransmission timeout; browsers use 0.12 to 0.4 s
REASSEMBLY = 1024 * 1024  # bytes of unfinished messages a peer may make us keep

_addresses = aioice.ice.get_host_addresses


def _never_none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    found: list[str] = _addresses(use_ipv4, use_ipv6)
    return found or ["127.0.0.1"]


def install() -> None:
    """Change the two module constants; once is enough, more do no harm."""
    aioice.ice.get_host_addresses = _never_none
    aiortc.rtcsctptransport.SCTP_RTO_MIN = REPEAT_S


def tame(connection: RTCPeerConnection, gather_s: float) -> list[AudioBuffer]:
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


def _bound(sctp: Any) -> None:
    receive = sctp._receive_data_chunk

    async def receive_bounded(chunk: Any) -> None:
        if sctp._advertised_rwnd < -REASSEMBLY:
            raise ConnectionError("the peer sends unfinished messages without end")
        await receive(chunk)

    sctp._receive_data_chunk = receive_bounded
