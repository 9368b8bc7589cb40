"""The doors: HTTP routes, the WebSocket, and what starts and ends with them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from visavis_agents.painting.gallery import PLACE
from visavis_agents.session import HEARTBEAT_S
from visavis_server import page, pictures
from visavis_server.guard import Guard, Refused
from visavis_server.memory import settle
from visavis_server.metrics import Metrics
from visavis_server.rtc import fence
from visavis_server.seat import Open
from visavis_server.sessions import Seats
from visavis_server.settings import ServerSettings
from visavis_server.signalling import Doors
from visavis_server.state import State, StateError
from visavis_server.traces import Traces

log = logging.getLogger(__name__)

POLICY = 1008  # WebSocket close code: refused
RETRY_S = "2"

Load = Callable[[], Awaitable[Open]]  # loads the models, then makes conversations


class Server:
    """One server: `app` for ASGI; `seats` for its conversations; `load` runs beside it from the start."""

    def __init__(self, settings: ServerSettings, role: str, load: Load, traces: Traces | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._role = role
        self._load = load
        self._traces = traces
        self._guard = Guard(settings)
        self.ready = asyncio.Event()
        self.failed: Exception | None = None
        self.app = Starlette(
            routes=self._routes(),
            lifespan=self._live,
            middleware=[
                Middleware(
                    CORSMiddleware,
                    allow_origins=list(settings.origins),
                    allow_methods=["GET", "POST"],
                    allow_headers=["authorization", "content-type"],
                )
            ],
            exception_handlers={Refused: _refused},
        )

    def _routes(self) -> list[Any]:
        routes: list[Any] = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics_page),
            Route("/api/config", self._config),
            Route("/api/offer", self._offer, methods=["POST"]),
            Route(f"/{PLACE}{{name}}", self._picture),
            WebSocketRoute("/ws", self._socket),
        ]
        if (folder := page.folder()) is not None:
            routes.append(Mount("/", page.Page(directory=folder, html=True)))
        return routes

    @contextlib.asynccontextmanager
    async def _live(self, app: Starlette) -> AsyncIterator[None]:
        fence.install()
        clock = asyncio.get_running_loop().time
        state = await self._state()
        self.seats = Seats(self.settings, self.metrics, clock, state, self._traces)
        self.doors = Doors(self.seats, self._guard, self.metrics)
        beside = [
            asyncio.create_task(self._get_ready(), name="load"),
            asyncio.create_task(self.seats.watch(), name="watch"),
            asyncio.create_task(self.metrics.watch_loop(clock), name="lag"),
        ]
        for task in beside:
            task.add_done_callback(_ended)
        try:
            yield
        finally:
            await self.seats.close(finish=False)
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            if state is not None:
                await state.close()
            if self._traces is not None:
                await asyncio.to_thread(self._traces.close)

    async def _state(self) -> State | None:
        if self.settings.state is None:
            return None
        state = State(self.settings.state)
        try:
            await state.open()
        except StateError as error:
            log.error("%s", error)
            return None
        return state

    async def _get_ready(self) -> None:
        try:
            self.seats.open = await self._load()
            await asyncio.to_thread(settle)
        except Exception as error:
            self.failed = error  # told by /readyz, raised by `serving.serve`
        finally:
            self.ready.set()

    # --- routes ------------------------------------------------------------------------------------------------------

    async def _healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _readyz(self, request: Request) -> Response:
        if self.failed is not None:
            return PlainTextResponse(f"the models were not loaded: {self.failed}\n", 503)
        if self.seats.stopping:
            return PlainTextResponse("stopping\n", 503)
        if self.seats.open is None:
            return PlainTextResponse("loading\n", 503, {"Retry-After": RETRY_S})
        return PlainTextResponse("ready\n")

    async def _metrics_page(self, request: Request) -> Response:
        self._guard.check(request.headers, request.query_params)
        return Response(self.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _config(self, request: Request) -> Response:
        """What the page must know before it connects. TURN passwords only for those who know the token."""
        knows = self._guard.knows(request.headers, request.query_params)
        servers = [server.model_dump(exclude_defaults=True) for server in self.settings.ice_servers] if knows else []
        return JSONResponse(
            {
                "role": self._role,
                "ready": self.seats.open is not None,
                "token_needed": bool(self.settings.token),
                "token_ok": knows,
                "ice_servers": servers,
                "heartbeat_s": HEARTBEAT_S,
                "silent_s": self.settings.silent_s,
                "resume_s": self.settings.resume_s,
            }
        )

    async def _offer(self, request: Request) -> Response:
        self._guard.check(request.headers, request.query_params)
        body = await _body(request, self.settings.max_message_bytes, self.settings.connect_s)
        return JSONResponse(await self.doors.exchange(body, request.client.host if request.client else ""))

    async def _picture(self, request: Request) -> Response:
        """A finished picture of a conversation that goes on. Its address is known to its client only."""
        self._guard.check(request.headers, request.query_params)
        key, _, form = request.path_params["name"].partition(".")
        return pictures.answer(self.seats.work(key), form, request.headers, self.settings.pictures_s)

    async def _socket(self, socket: WebSocket) -> None:
        try:
            self._guard.check(socket.headers, socket.query_params)
        except Refused as refused:
            if refused.status == 403:
                log.warning("a WebSocket was refused: %s", refused.what)
                await socket.close(POLICY)  # before it is accepted: HTTP 403
                return
            await socket.accept()
            await socket.send_json({"type": "error", "what": refused.what, "todo": refused.todo})
            await socket.close(POLICY)
            return
        await socket.accept()
        await self.doors.socket(socket)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the task %r has failed: start the server anew", task.get_name(), exc_info=error)


async def _body(request: Request, most: int, within_s: float) -> bytes:
    """Raises Refused for more than `most` bytes, without reading them, and for one that does not come in time."""
    body = b""
    try:
        async with asyncio.timeout(within_s):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise Refused(413, f"the offer is longer than {most} bytes", "Send a smaller one.")
    except TimeoutError:
        raise Refused(408, f"the offer was not complete after {within_s:.0f} s", "Send it at once.") from None
    return body


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    headers = {"Retry-After": RETRY_S} if error.status in (429, 503) else None
    body = {"type": "error", "what": error.what, "todo": error.todo}
    return JSONResponse(body, error.status, headers)
