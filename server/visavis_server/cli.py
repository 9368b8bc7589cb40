"""The command line: `visavis serve | talk | replay | models | settings`."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Annotated, NoReturn, get_args

import typer

from visavis_agents.documents import DocumentError
from visavis_agents.roles import RoleError
from visavis_client import cli as talk_cli
from visavis_models import cli as models_cli
from visavis_models.errors import ModelError
from visavis_models.settings import Ability
from visavis_server.configure import SettingsError, as_toml, build, check_open, documented
from visavis_server.settings import Settings

NOISY = ("aioice", "aiortc", "httpx", "uvicorn")  # their warnings are enough

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


def _documented() -> str:
    """All settings for --help, those of the abilities once; \\b keeps the lines as they are."""
    lines = ["\b", "Settings: in visavis.toml as [group] and key, in the environment as VISAVIS_GROUP__KEY,"]
    lines += ["or with --set group.key=value. Later ones win."]
    before, abilities = "", get_args(Ability)
    for name, default, about in documented():
        *group, key = name.split(".")
        if group[-1] in abilities[1:]:
            continue
        if group[-1] == abilities[0]:
            group[-1] = "ABILITY"
        if (heading := ".".join(group)) != before:
            lines += ["", "\b"]
            before = heading
            if group[-1] == "ABILITY":
                lines.append(f"ABILITY is one of {', '.join(abilities)};")
                lines.append("what is not set is as the profile has it.")
        lines += [f"{heading}.{key}{' = ' + default if default else ''}", f"    {about}"]
    return "\n".join(lines)


@app.command(epilog=_documented())
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 = any free one")] = None,
    profile: Annotated[str | None, typer.Option(help="embedded, standard, gpu or remote")] = None,
    role: Annotated[str | None, typer.Option(help="a shipped role or a TOML file")] = None,
    token: Annotated[str | None, typer.Option(help="secret that clients must show; better in the environment")] = None,
    config: Config = None,
    set_: Set = None,
) -> None:
    """Serve the page and conversations until a signal comes."""
    named = {"server.host": host, "server.port": port, "models.profile": profile, "agent.role": role}
    flags = {name: str(value) for name, value in {**named, "server.token": token}.items() if value is not None}
    settings = _settings(config, set_, flags)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    from visavis_server.serving import serve as run  # the only command that needs it all
    from visavis_server.traces import TracesMissing

    try:
        check_open(settings.server)
        asyncio.run(run(settings, typer.echo))
    except (SettingsError, ModelError, RoleError, TracesMissing, DocumentError, OSError) as error:
        _fail(str(error))


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(help="folder of one recorded conversation")],
    models: Annotated[bool, typer.Option("--models", help="ask the models of these settings again")] = False,
    config: Config = None,
    set_: Set = None,
) -> None:
    """Play a recorded conversation in this version. Status 0: all the same; 1: different; 2: it cannot be read."""
    from visavis_agents.replay.tape import TapeError
    from visavis_models.load import load_senses
    from visavis_server import replay as again

    try:
        senses = load_senses(_settings(config, set_, {}).models) if models else None
        try:
            outcome = again.run(folder, senses)
        finally:
            if senses is not None:
                senses.close()
    except (TapeError, ModelError) as error:
        _fail(str(error))
    for line in again.told(outcome):
        typer.echo(line)
    if outcome.difference is not None or outcome.failed is not None:
        raise typer.Exit(1)


@app.command("settings")
def show_settings(config: Config = None, set_: Set = None) -> None:
    """Print the settings in force, as TOML, secrets hidden."""
    typer.echo(as_toml(_settings(config, set_, {})), nl=False)


@app.callback()
def _before(context: typer.Context) -> None:
    if context.invoked_subcommand == "models":
        models_cli.settings = _settings(None, None, {}).models


def _settings(config: Path | None, assignments: list[str] | None, flags: dict[str, str]) -> Settings:
    for assignment in assignments or []:
        name, equals, value = assignment.partition("=")
        if not equals:
            _fail(f"--set {assignment}: write it as name=value")
        flags[name.strip()] = value.strip()
    try:
        return build(config, flags, os.environ)
    except SettingsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
