"""The web application: the page, the doors, health and metrics. Models are loaded before anybody is let in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from visavis_agents.roles import load_role
from visavis_models.senses import Senses
from visavis_server import metrics
from visavis_server.guard import Guard
from visavis_server.sessions import Refused, Sessions
from visavis_server.settings import Settings
from visavis_server.signalling import Signalling

log = logging.getLogger(__name__)

# The page is plain files of our own: nothing else may run in it.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; style-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(self), speaker-selection=(self)",
    "Cache-Control": "no-cache",
}


def build(settings: Settings, senses: Senses) -> Starlette:
    """The application of one server. Closing its lifespan ends every conversation."""
    server = settings.server
    role = load_role(settings.agent.role)
    sessions = Sessions(server, settings.agent, role, senses)
    guard = Guard(server)
    signalling = Signalling(server, guard, sessions)
    started = time.monotonic()

    async def config(request: Request) -> Response:
        try:
            guard.check(request)
        except Refused as refused:
            if refused.status != 401:
                return JSONResponse({"error": {"what": refused.what, "todo": refused.todo}}, refused.status)
        known = guard.knows(request)
        ice = [s.model_dump(exclude_defaults=True) for s in server.ice_servers] if known else []
        return JSONResponse(
            {"ice_servers": ice, "heartbeat_s": server.heartbeat_s, "role": role.name, "token_needed": not known}
        )

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(request: Request) -> Response:
        return JSONResponse(
            {
                "ready": True,
                "sessions": len(sessions),
                "places": server.sessions,
                "up_s": round(time.monotonic() - started),
            }
        )

    async def told(request: Request) -> Response:
        if not guard.knows(request):
            return PlainTextResponse("a token is needed\n", 401)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        watching = [asyncio.create_task(work) for work in (sessions.watch(), metrics.watch_lag())]
        try:
            yield
        finally:
            await sessions.close()
            for task in watching:
                task.cancel()
            await asyncio.wait(watching)

    return Starlette(
        routes=[
            Route("/api/config", config),
            Route("/api/offer", signalling.post_offer, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", told),
            WebSocketRoute("/ws", signalling.socket),
            Mount("/", StaticFiles(directory=page_folder(), html=True)),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_with_headers)],
        lifespan=lifespan,
    )


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def page_folder() -> Path:
    """The page: inside the installed package, or in the checkout."""
    here = Path(__file__).resolve().parent
    return packaged if (packaged := here / "web").is_dir() else here.parents[1] / "client" / "web"
