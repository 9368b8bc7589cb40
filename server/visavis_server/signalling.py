"""How a client comes in: one exchange over HTTP, or a WebSocket with candidates as they are found.

The WebSocket's messages, client to server:
  {"type": "offer", "sdp": ..., "session": ...}     session: of a conversation to go on with, or absent
  {"type": "candidate", "candidate": {"candidate", "sdpMid", "sdpMLineIndex"} or null}
  {"type": "audio", "rate": 16000, "session": ...}  no WebRTC: see `wsaudio.py`
and back:
  {"type": "answer", "sdp": ..., "session": ...}    with all of the server's candidates inside
  {"type": "audio", "session": ..., "rate": 48000}
  {"type": "error", "what": ..., "todo": ...}       in plain words; the socket stays open

The socket may be closed once the connection stands. A conversation that is over is not an error: the answer then names
a new session, and `session.started` says `resumed: false`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from visavis_server.guard import Guard, Refused
from visavis_server.metrics import Metrics
from visavis_server.rtc.loudspeaker import RATE
from visavis_server.rtc.offer import OfferError
from visavis_server.rtc.peer import Peer
from visavis_server.seat import Seat
from visavis_server.sessions import Seats
from visavis_server.wsaudio import RATES, SocketLine, said

log = logging.getLogger(__name__)

POLICY = 1008  # WebSocket close code: against the rules


class Offer(msgspec.Struct, frozen=True, tag="offer", tag_field="type"):
    sdp: str
    session: str | None = None


class IceCandidate(msgspec.Struct, frozen=True):
    candidate: str
    sdpMid: str | None = None  # the browser's names
    sdpMLineIndex: int | None = None


class Candidate(msgspec.Struct, frozen=True, tag="candidate", tag_field="type"):
    candidate: IceCandidate | None


class Audio(msgspec.Struct, frozen=True, tag="audio", tag_field="type"):
    rate: int = RATES[0]
    session: str | None = None


_decode = msgspec.json.Decoder(Offer | Candidate | Audio).decode
_decode_offer = msgspec.json.Decoder(Offer).decode
_encode = msgspec.json.Encoder().encode


class Doors:
    """Turns offers into lines of seats."""

    def __init__(self, seats: Seats, guard: Guard, metrics: Metrics) -> None:
        self._seats = seats
        self._guard = guard
        self._metrics = metrics

    async def exchange(self, body: bytes, address: str) -> dict[str, str]:
        """Answer one offer; the answer's `session` names the conversation. Raises Refused."""
        try:
            offer = _decode_offer(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(400, f"the offer was not understood: {str(error)[:200]}", 'Send {"type", "sdp"}.') from None
        _, answer = await self._answer(offer, address)
        return answer

    async def _answer(self, offer: Offer, address: str) -> tuple[Peer, dict[str, str]]:
        seat = self._admit(offer.session, address)
        peer = Peer(seat, self._seats.settings, self._seats.clock, self._metrics)
        seat.expect(peer)
        try:
            sdp = await peer.answer(offer.sdp)
        except BaseException as error:
            self._seats.spawn(peer.discard(), "discard")
            if not isinstance(error, OfferError):
                raise
            self._metrics.offers.labels("bad").inc()
            raise Refused(400, str(error), "Send the offer of a browser or of aiortc.") from None
        self._metrics.offers.labels("answered").inc()
        self._seats.spawn(peer.run(), f"peer {seat.id[:8]}")
        return peer, {"type": "answer", "sdp": sdp, "session": seat.id}

    def _admit(self, session: str | None, address: str) -> Seat:
        try:
            self._guard.offer(address, self._seats.clock())
            return self._seats.take(session)
        except Refused:
            self._metrics.offers.labels("refused").inc()
            raise

    async def socket(self, socket: WebSocket) -> None:
        """Serve one WebSocket until it is closed; one that offers nothing is closed."""
        address = socket.client.host if socket.client else ""
        peer: Peer | None = None
        try:
            while True:
                async with asyncio.timeout(self._seats.settings.connect_s if peer is None else None):
                    message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                try:
                    match _read(message):
                        case Offer() as offer:
                            peer, answer = await self._answer(offer, address)
                            await _send(socket, answer)
                        case Candidate(candidate=candidate) if peer is not None:
                            c = candidate or IceCandidate("")
                            peer.candidate(c.candidate, c.sdpMid, c.sdpMLineIndex)
                        case Candidate():
                            raise Refused(400, "a candidate came before its offer", "Send the offer first.")
                        case Audio() as audio:
                            await self._talk(socket, audio, address)
                            return
                except OfferError as error:
                    await _send(socket, {"type": "error", "what": str(error), "todo": ""})
                except Refused as refused:
                    await _send(socket, {"type": "error", "what": refused.what, "todo": refused.todo})
        except TimeoutError:
            await socket.close(POLICY, "no offer came")
        except WebSocketDisconnect:
            return

    async def _talk(self, socket: WebSocket, audio: Audio, address: str) -> None:
        """The rest of this socket's life is a conversation."""
        if audio.rate not in RATES:
            raise Refused(400, f"the rate {audio.rate} is not taken", "Send 16000 or 48000 samples per second.")
        seat = self._admit(audio.session, address)
        await _send(socket, {"type": "audio", "session": seat.id, "rate": RATE})
        line = SocketLine(socket, seat, audio.rate, self._seats.clock)
        seat.expect(line)
        self._metrics.offers.labels("answered").inc()
        await asyncio.wait([self._seats.spawn(line.run(), f"socket {seat.id[:8]}")])


def _read(message: Mapping[str, object]) -> Offer | Candidate | Audio:
    text = message.get("text")
    if not isinstance(text, str):
        raise Refused(400, "binary messages are sound, and sound comes after its offer", 'Send {"type": "audio"}.')
    try:
        read: Offer | Candidate | Audio = _decode(text)
        return read
    except msgspec.DecodeError as error:
        raise Refused(400, f"a message was not understood: {str(error)[:200]}", "Send an offer.") from None


async def _send(socket: WebSocket, message: Mapping[str, object]) -> None:
    await said(socket.send_text(_encode(message).decode()))
