"""`visavis models list | pull | check`."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from visavis_models.errors import PackMissing
from visavis_models.packs import Pack, PackError, Packs, catalogue, damaged, pull, state
from visavis_models.profiles import HUB_BACKENDS, choices
from visavis_models.settings import ModelSettings

app = typer.Typer(help="The weights: what there is, fetch it, check it.", no_args_is_help=True)
settings = ModelSettings()  # replaced by the command line's own before a command runs


@app.command("list")
def list_packs() -> None:
    """Every pack with its ability, size, licence, source and state."""
    packs = Packs(settings.packs)
    table = Table(box=None, pad_edge=False)
    for heading in ("pack", "ability", "MB", "licence", "state", "from"):
        table.add_column(heading, justify="right" if heading == "MB" else "left")
    for pack in catalogue().values():
        size = f"{pack.size / 1e6:.1f}"
        table.add_row(pack.name, pack.ability, size, pack.licence, state(packs, pack), pack.made_from)
    console = Console()
    console.print(table)
    console.print(f"\nKept in {packs.root}", highlight=False)


@app.command("pull")
def pull_packs(
    names: Annotated[list[str] | None, typer.Argument(help="packs; all that are needed if none")] = None,
) -> None:
    """Fetch, verify and prepare packs, and the hub models of the chosen profile."""
    try:
        pull(Packs(settings.packs), _named(names) if names else _needed(), typer.echo)
        if not names:
            _pull_hub()
    except (PackError, OSError) as error:
        _fail(str(error))


@app.command("check")
def check_packs(
    names: Annotated[list[str] | None, typer.Argument(help="packs; all that are needed if none")] = None,
) -> None:
    """Read every file and compare its SHA-256."""
    packs, bad = Packs(settings.packs), 0
    for pack in _named(names) if names else _needed():
        try:
            wrong = damaged(packs, pack)
        except PackMissing as error:
            typer.echo(str(error))
            bad += 1
            continue
        bad += bool(wrong)
        fix = f"damaged ({', '.join(wrong)}): run `visavis models pull {pack.name}` after removing its folder"
        typer.echo(f"{pack.name}: {fix if wrong else 'ok'}")
    if bad:
        raise typer.Exit(2)


def _named(names: list[str]) -> list[Pack]:
    known = catalogue()
    if unknown := [name for name in names if name not in known]:
        _fail(f"there is no pack {unknown[0]!r}; there are {', '.join(known)}")
    return [known[name] for name in names]


def _needed() -> list[Pack]:
    return [pack for pack in catalogue().values() if not pack.optional]


def _pull_hub() -> None:
    """Hub models of the chosen profile go to the hub library's own cache, where the backends find them."""
    from huggingface_hub import snapshot_download

    for ability, backend in choices(settings).items():
        if backend.backend in HUB_BACKENDS and "/" in backend.model and not backend.model.startswith((".", "/")):
            typer.echo(f"{ability}: fetching {backend.model}")
            try:
                snapshot_download(backend.model)
            except Exception as error:  # the hub's errors have no common base
                _fail(f"{backend.model} could not be fetched: {error}")


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)
