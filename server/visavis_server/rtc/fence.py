"""aiortc 1.16's rough edges, smoothed in one place. Everything that touches its private parts is here.

* Audio waits for four packets before the first is decoded (80 ms, always), and one lost packet blocks sixteen (320 ms).
  `InOrder` hands packets on at once, waits 60 ms for a missing one and then goes on without it.
* Stopping a receiver joins its decoder thread on the event loop.
* Gathering candidates waits five seconds for a STUN server that does not answer.
* Speech is encoded as 96 kbit/s stereo.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from aiortc import RTCPeerConnection
from aiortc.codecs.opus import OpusEncoder
from aiortc.jitterbuffer import JitterFrame
from av import AudioResampler, CodecContext

PATIENCE = 3  # packets of 20 ms that may arrive before a missing one is given up
RESTART = 100  # a sequence number this far off is a new stream
VOICE_BITS = 32_000  # bit/s: Opus fullband mono speech is transparent from about 28 kbit/s (RFC 7587, 3.1.1)


class InOrder:
    """Stands in for aiortc's JitterBuffer of an audio receiver: packets in, frames in order out, no delay."""

    def __init__(self, decode: Callable[[int, JitterFrame], None]) -> None:
        self._decode = decode  # (payload type, frame)
        self._next: int | None = None
        self._early: dict[int, Any] = {}

    def add(self, packet: Any) -> tuple[bool, None]:
        """The receiver's own call; frames leave through `decode`, so it is given none."""
        number = packet.sequence_number
        if self._next is None or RESTART < (number - self._next) % 65536 < 65536 - RESTART:
            self._next = number
            self._early.clear()
        if (number - self._next) % 65536 < 32768:  # not older than what was decoded already
            self._early[number] = packet
        while self._early:
            if self._next in self._early:
                packet = self._early.pop(self._next)
                self._decode(packet.payload_type, JitterFrame(packet._data, packet.timestamp))
            elif len(self._early) < PATIENCE:
                break
            self._next = (self._next + 1) % 65536
        return False, None


class VoiceEncoder(OpusEncoder):
    """Opus, mono, at a voice's rate."""

    def __init__(self) -> None:
        super().__init__()
        self.codec = CodecContext.create("libopus", "w")
        self.codec.bit_rate = VOICE_BITS
        self.codec.format = "s16"
        self.codec.layout = "mono"
        self.codec.options = {"application": "voip"}
        self.codec.sample_rate = 48_000
        self.resampler = AudioResampler(format="s16", layout="mono", rate=48_000, frame_size=960)


class _Unjoined:
    """A decoder thread that ends by itself; nobody waits for it on the event loop."""

    def join(self) -> None:
        pass


def hear_in_order(receiver: Any) -> None:
    """Give an audio receiver the buffer above. Call it before the connection starts."""
    decoder_queue = receiver._RTCRtpReceiver__decoder_queue

    def decode(payload_type: int, frame: JitterFrame) -> None:
        codec = receiver._RTCRtpReceiver__codecs.get(payload_type)
        if codec is not None and receiver._RTCRtpReceiver__decoder_thread:
            frame.timestamp = receiver._RTCRtpReceiver__timestamp_mapper.map(frame.timestamp)
            decoder_queue.put((codec, frame))

    receiver._RTCRtpReceiver__jitter_buffer = InOrder(decode)


def stop_without_joining(peer: RTCPeerConnection) -> None:
    """Make closing the peer free of thread joins."""
    for receiver in peer.getReceivers():
        if receiver._RTCRtpReceiver__decoder_thread:
            receiver._RTCRtpReceiver__decoder_thread = _Unjoined()


def speak_mono(sender: Any) -> None:
    sender._RTCRtpSender__encoder = VoiceEncoder()


def cap_gathering(peer: RTCPeerConnection, seconds: float) -> None:
    """Do not wait longer for STUN and TURN servers. Call it between the two descriptions."""
    for transceiver in peer.getTransceivers():
        _cap(transceiver.receiver.transport.transport, seconds)
    if peer.sctp is not None:
        _cap(peer.sctp.transport.transport, seconds)


def _cap(ice_transport: Any, seconds: float) -> None:
    connection = ice_transport.iceGatherer._connection
    gather = type(connection).get_component_candidates
    connection.get_component_candidates = functools.partial(gather, connection, timeout=seconds)
