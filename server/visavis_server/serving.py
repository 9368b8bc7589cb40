"""The process: takes the port, loads the models, serves, and leaves in good order.

The first signal ends it politely: nobody new is let in, sentences being spoken end (bounded), everybody is told. The
second ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn

from visavis_agents.knowledge import Knowledge
from visavis_agents.roles import load_role
from visavis_agents.rules import read_tables
from visavis_agents.session import Session
from visavis_models.errors import ModelError
from visavis_models.load import load_senses, with_embedder
from visavis_models.packs import needed
from visavis_models.ports import PictureEmbedder, Rests
from visavis_models.profiles import choices
from visavis_models.senses import Senses
from visavis_models.settings import Ability, ModelSettings
from visavis_server import memory
from visavis_server.app import Server
from visavis_server.guard import loopback
from visavis_server.recorder import Consented, Recorder
from visavis_server.settings import ServerSettings, Settings
from visavis_server.traces import Traces, TracesMissing, wanted

log = logging.getLogger(__name__)

DRAIN_S = 3.0  # for HTTP requests in progress, at the end
INTERRUPTED = 130  # exit status after a second signal

Say = Callable[[str], None]


async def serve(settings: Settings, say: Say) -> None:
    """Serve until a signal. say: one line for the person who started it.

    Raises ModelError, RoleError, DocumentError, TracesMissing, OSError."""
    began = time.monotonic()
    role = load_role(settings.agent.role)
    listening = _listen(settings.server)
    loaded: list[Senses] = []

    recorder = Recorder(settings.recorder, settings.recorder.folder) if settings.recorder.folder else None

    async def load() -> Callable[..., Session | Consented]:
        folder = settings.agent.knowledge or role.knowledge
        spared: tuple[Ability, ...] = () if folder else ("embedder",)
        memory.be_lean()
        loaded.append(await asyncio.to_thread(load_senses, settings.models, spared))
        if "where_seen" in role.tools and loaded[0].vision and isinstance(loaded[0].vision.port, PictureEmbedder):
            loaded[0] = await asyncio.to_thread(with_embedder, loaded[0], settings.models)  # finds pictures by words
        await asyncio.to_thread(read_tables)
        knowledge = await asyncio.to_thread(_documents, Path(folder), loaded[0]) if folder else None
        server.seats.rest = functools.partial(_rest, loaded[0])
        make = recorder.open if recorder is not None else Session
        return functools.partial(make, role=role, senses=loaded[0], settings=settings.agent, knowledge=knowledge)

    server = Server(settings.server, role.name, load, _traces(settings.server))
    web = web_server(server)
    stop = _signals()
    say(f"visavis will be at {_address(settings.server, listening)} when its models are loaded")
    serving = asyncio.create_task(web.serve(sockets=[listening]), name="serve")
    try:
        if await _first(serving, server.ready, stop) is server.ready:
            if server.failed is not None:
                raise server.failed
            say(f"visavis is ready after {time.monotonic() - began:.1f} s: open {_address(settings.server, listening)}")
            for hint in (*restricted(settings.models), _hint(settings.server)):
                if hint:
                    say(hint)
            await _first(serving, stop)
            say("visavis is leaving: sentences end, everybody is told; press again to end at once")
        if not serving.done():
            await server.seats.close(finish=True)
    finally:
        web.should_exit = True
        await serving
        for senses in loaded:
            senses.close()
        if recorder is not None:
            await recorder.close()
    if stop.is_set() and not loaded:
        os._exit(0)  # models are still being read, and reading cannot be interrupted


async def _rest(senses: Senses) -> None:
    language = senses.language
    if isinstance(language.port, Rests):
        await language.worker.run(language.port.rest)


def _documents(folder: Path, senses: Senses) -> Knowledge:
    """Read the documents that are answered from. Raises DocumentError, ModelError."""
    if senses.embedder is None:
        raise ModelError("answers from documents need models.embedder: do not set its backend to 'none'")
    return Knowledge.of(folder.expanduser(), senses.embedder)


def web_server(server: Server) -> uvicorn.Server:
    """uvicorn with everything bounded, and without a log of addresses, which may hold the token."""
    settings = server.settings
    config = uvicorn.Config(
        server.app,
        ws="websockets-sansio",
        ws_max_size=max(settings.max_message_bytes, 96_000),  # a second of sound
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(DRAIN_S),
        h11_max_incomplete_event_size=32_768,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise OSError(f"server.certificate or server.key cannot be used: {error}") from None
    web = uvicorn.Server(config)
    web.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # they are ours
    return web


def _signals() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; the second ends the process."""
    stop = asyncio.Event()

    def leave() -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    return stop


async def _first(serving: asyncio.Task[None], *events: asyncio.Event) -> object:
    """Wait until one of these has come. Raises what the server failed with."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait([serving, *waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    if serving.done():
        serving.result()
    return next((event for event in events if event.is_set()), serving)


def _listen(server: ServerSettings) -> socket.socket:
    """Take the port before seconds are spent on models."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((server.host, server.port))
    except OSError as error:
        listening.close()
        why = error.strerror or str(error)
        raise OSError(f"{server.host}:{server.port} cannot be listened on ({why}): choose another --port") from None
    return listening


def _traces(server: ServerSettings) -> Traces | None:
    """Raises TracesMissing where the settings, not only the environment, ask for them."""
    if not wanted(server.traces):
        return None
    try:
        return Traces(server.traces)
    except TracesMissing as error:
        if server.traces:
            raise
        log.warning("%s", error)
        return None


def _address(server: ServerSettings, listening: socket.socket) -> str:
    scheme = "https" if server.certificate else "http"
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(server.host, server.host)
    shown = f"[{host}]" if ":" in host else host
    token = "?token=<your token>" if server.token else ""
    return f"{scheme}://{shown}:{listening.getsockname()[1]}/{token}"


def restricted(models: ModelSettings) -> list[str]:
    """What whoever runs this server must know of the licences of the weights it uses."""
    chosen = choices(models)
    return [
        f"Weights of {pack.name!r}: {pack.licence}. Another models.{pack.ability}.backend does without them"
        f"{' (finders: Apache-2.0)' if pack.ability == 'vision' else ''}."
        for pack in needed(chosen)
        if pack.licence.startswith("research only")
    ]


def _hint(server: ServerSettings) -> str:
    if server.certificate or loopback(server.host):
        return ""
    return (
        "From other machines browsers give no microphone to plain http: set server.certificate and server.key, "
        "or put a proxy with a certificate in front."
    )
