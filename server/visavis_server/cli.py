"""The command line: `visavis serve | talk | models | settings`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from visavis_agents.roles import RoleError
from visavis_client import cli as talk_cli
from visavis_models import cli as models_cli
from visavis_models.errors import ModelError
from visavis_models.senses import Senses
from visavis_server.configure import SettingsError, build, documented
from visavis_server.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="visavis: a real-time assistant on your own machine that sees, hears and answers.",
)
app.add_typer(models_cli.app, name="models")
app.command("talk")(talk_cli.talk)

Config = Annotated[Path | None, typer.Option(help="TOML file; ./visavis.toml if there is one")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="any setting below, e.g. server.idle_s=60")
]

_DOCUMENTED = "\n\n".join(
    ["Settings, in visavis.toml as [group] and key, as VISAVIS_GROUP__KEY, or with --set group.key=value:"]
    + [f"{name} = {default or '(none)'}\n  {about}".replace("\n  ", "  --  ") for name, default, about in documented()]
)


@app.command(epilog=_DOCUMENTED)
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 = any free one")] = None,
    profile: Annotated[str | None, typer.Option(help="embedded, standard, gpu or remote")] = None,
    role: Annotated[str | None, typer.Option(help="companion, kiosk, or a TOML file")] = None,
    token: Annotated[str | None, typer.Option(help="secret that clients must show; better in the environment")] = None,
    config: Config = None,
    set_: Set = None,
) -> None:
    """Serve the page and conversations."""
    short = {
        "server.host": host,
        "server.port": port,
        "models.profile": profile,
        "agent.role": role,
        "server.token": token,
    }
    settings = _settings(config, set_, {name: str(value) for name, value in short.items() if value is not None})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aioice").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(_serve(settings))
    except (ModelError, RoleError, OSError) as error:
        _fail(str(error))


@app.command("settings")
def show_settings(config: Config = None, set_: Set = None) -> None:
    """Print the settings in force, as JSON, secrets hidden."""
    settings = _settings(config, set_, {})
    hidden = settings.model_dump(mode="json")
    if hidden["server"]["token"]:
        hidden["server"]["token"] = "(hidden)"
    for ability in hidden["models"].values():
        if isinstance(ability, dict) and ability.get("api_key"):
            ability["api_key"] = "(hidden)"
    import json

    typer.echo(json.dumps(hidden, indent=2))


@app.callback()
def _before(context: typer.Context) -> None:
    if context.invoked_subcommand == "models":
        models_cli.settings = _settings(None, None, {}).models


async def _serve(settings: Settings) -> None:
    """Serve until the first signal: then sentences end and everybody is told. A second signal ends it at once."""
    import uvicorn

    from visavis_agents.roles import load_role
    from visavis_agents.session import Session
    from visavis_models.load import load_senses
    from visavis_server.app import Server

    settings_here, role = settings.server, load_role(settings.agent.role)
    listening = _listen(settings_here.host, settings_here.port)
    began = time.monotonic()
    loading: list[Senses] = []

    async def load() -> Callable[..., Session]:
        loading.append(await asyncio.to_thread(load_senses, settings.models))
        return functools.partial(Session, role=role, senses=loading[0], settings=settings.agent)

    server = Server(settings_here, role.name, load)
    web = uvicorn.Server(
        uvicorn.Config(
            server.app,
            ws="websockets-sansio",
            ws_max_size=settings_here.max_message_bytes,
            log_config=None,
            timeout_graceful_shutdown=2,
            ssl_certfile=settings_here.certificate,
            ssl_keyfile=settings_here.key,
        )
    )
    web.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave)
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    try:
        await asyncio.wait([serving, asyncio.create_task(server.ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        if server.failed is not None:
            raise server.failed
        scheme = "https" if settings_here.certificate else "http"
        shown = "[::1]" if settings_here.host == "::1" else settings_here.host
        typer.echo(
            f"visavis is ready after {time.monotonic() - began:.1f} s: open {scheme}://{shown}:{_port(listening)}/"
        )
        sys.stdout.flush()
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        await server.seats.close(finish=True)
    finally:
        web.should_exit = True
        await serving
        for senses in loading:
            senses.close()


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before seconds are spent on models."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(f"{host}:{port} cannot be listened on ({error.strerror}): choose another --port") from None
    return listening


def _settings(config: Path | None, assignments: list[str] | None, flags: dict[str, str]) -> Settings:
    for assignment in assignments or []:
        name, equals, value = assignment.partition("=")
        if not equals:
            _fail(f"--set {assignment}: write it as name=value")
        flags[name.strip()] = value.strip()
    if config is None and Path("visavis.toml").is_file():
        config = Path("visavis.toml")
    try:
        return build(config, flags)
    except SettingsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)


def main() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    app()
