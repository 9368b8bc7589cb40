"""How a client comes in: one POST with an offer, or a WebSocket with trickle ICE or with the sound itself.

`/ws`, client to server: `{"type": "offer", "sdp", "session"?}`, `{"type": "candidate", "candidate": {...} | null}`,
or `{"type": "audio", "rate", "session"?}` after which the socket carries the conversation. Server to client:
`{"type": "answer", "sdp", "session"}`, `{"type": "error", "what", "todo"}`.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from visavis_server import metrics
from visavis_server.guard import Guard
from visavis_server.rtc.peer import Peer
from visavis_server.sessions import Conversation, Refused, Sessions
from visavis_server.settings import ServerSettings
from visavis_server.socket import RATES, SocketConnection


class Offer(msgspec.Struct, tag="offer"):
    sdp: str
    session: str | None = None


class Candidate(msgspec.Struct, tag="candidate"):
    candidate: dict[str, Any] | None = None


class Audio(msgspec.Struct, tag="audio"):
    rate: int
    session: str | None = None


class Answer(msgspec.Struct, tag="answer"):
    sdp: str
    session: str


_signals: msgspec.json.Decoder[Offer | Candidate | Audio] = msgspec.json.Decoder(Offer | Candidate | Audio)


class Signalling:
    def __init__(self, settings: ServerSettings, guard: Guard, sessions: Sessions) -> None:
        self._settings = settings
        self._guard = guard
        self._sessions = sessions

    async def post_offer(self, request: Request) -> Response:
        """POST /api/offer: {sdp, type, session?} -> {sdp, type, session}, candidates inside."""
        try:
            self._guard.check(request, counts=True)
            offer = await self._offer_in(request)
            _, answer = await self._answer(offer)
        except Refused as refused:
            metrics.OFFERS.labels("refused").inc()
            return JSONResponse({"error": {"what": refused.what, "todo": refused.todo}}, refused.status)
        return JSONResponse({"sdp": answer.sdp, "type": "answer", "session": answer.session})

    async def socket(self, socket: WebSocket) -> None:
        """GET /ws."""
        await socket.accept()
        peer: Peer | None = None
        try:
            self._guard.check(socket, counts=True)
            while True:
                match await self._signal(socket):
                    case Offer() as offer:
                        peer, answer = await self._answer(offer)
                        await socket.send_text(msgspec.json.encode(answer).decode())
                    case Candidate(candidate=candidate) if peer is not None:
                        await peer.add_candidate(candidate)
                    case Audio() as audio:
                        await self._carry(socket, audio)
                        return
        except Refused as refused:
            metrics.OFFERS.labels("refused").inc()
            await _tell(socket, refused)
        except WebSocketDisconnect:
            pass  # the media connection lives on without its signalling

    async def _answer(self, offer: Offer) -> tuple[Peer, Answer]:
        conversation = self._sessions.enter(offer.session)
        peer = Peer(
            self._settings,
            conversation,
            lambda event: self._sessions.receive(conversation, event),
            lambda gone: self._sessions.detach(conversation, gone),
        )
        description = await peer.answer(offer.sdp, "offer")
        await self._sessions.attach(conversation, peer)
        metrics.OFFERS.labels("webrtc").inc()
        return peer, Answer(description.sdp, conversation.id)

    async def _carry(self, socket: WebSocket, audio: Audio) -> None:
        if audio.rate not in RATES:
            raise Refused(f"The rate {audio.rate} is not known.", f"Use one of {', '.join(map(str, RATES))}.", 400)
        conversation = self._sessions.enter(audio.session)
        connection = SocketConnection(socket, self._settings, conversation, audio.rate, self._receiver(conversation))
        await self._sessions.attach(conversation, connection)
        metrics.OFFERS.labels("websocket").inc()
        try:
            await connection.serve()
        finally:
            self._sessions.detach(conversation, connection)

    def _receiver(self, conversation: Conversation) -> Any:
        return lambda event: self._sessions.receive(conversation, event)

    async def _offer_in(self, request: Request) -> Offer:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > self._settings.message_bytes:
                raise Refused(f"The offer is longer than {self._settings.message_bytes} bytes.", "Send less.", 413)
        try:
            fields = json.loads(body)
            return msgspec.convert({"type": "offer", **fields}, Offer)
        except (ValueError, TypeError, RecursionError, msgspec.ValidationError) as error:
            raise Refused(
                f"The offer is no JSON object with sdp and type: {error}.", "See docs/protocol.md.", 400
            ) from None

    async def _signal(self, socket: WebSocket) -> Offer | Candidate | Audio:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        data = message.get("text") or message.get("bytes") or b""
        if len(data) > self._settings.message_bytes:
            raise Refused("The message is too long.", f"Send at most {self._settings.message_bytes} bytes.", 413)
        try:
            return _signals.decode(data)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError) as error:
            raise Refused(f"The message could not be understood: {error}.", "See docs/protocol.md.", 400) from None


async def _tell(socket: WebSocket, refused: Refused) -> None:
    try:
        await socket.send_text(json.dumps({"type": "error", "what": refused.what, "todo": refused.todo}))
        await socket.close(1008)
    except (WebSocketDisconnect, RuntimeError):
        pass  # it has left already
