"""`visavis models list | pull | check`: the weights of this machine."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from visavis_models import hub
from visavis_models.errors import PackMissing, PullError
from visavis_models.packs import Pack, Packs, needed
from visavis_models.profiles import choices
from visavis_models.progress import Progress
from visavis_models.pull import pull
from visavis_models.settings import ModelSettings, Profile

app = typer.Typer(help="The weights: what there is, fetch it, check it.", no_args_is_help=True, rich_markup_mode=None)
settings = ModelSettings()  # replaced by the command line's own before a command runs

Names = Annotated[
    list[str] | None, typer.Argument(help="packs or hub repositories (owner/name); what the profile needs if none")
]
ProfileName = Annotated[Profile | None, typer.Option(help="embedded, standard, gpu or remote")]
All = Annotated[bool, typer.Option("--all", help="every pack, those for tests too")]


@app.command("list")
def list_packs(profile: ProfileName = None) -> None:
    """Every pack with its state, size, ability, licence and source. * = the profile needs it."""
    packs, wanted = Packs(settings.packs), [pack.name for pack in needed(choices(_settings(profile)))]
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = Table(box=None, pad_edge=False)
    for heading in ("", "pack", "state", "MB", "ability", "licence", "from"):
        table.add_column(heading, justify="right" if heading == "MB" else "left", no_wrap=True)
    for pack in packs.known.values():
        size, source = f"{pack.size / 1e6:.1f}", " ".join(pack.source.split()[:2]).replace("==", " ")
        mark = "*" if pack.name in wanted else ""
        table.add_row(mark, pack.name, packs.state(pack), size, pack.ability, pack.licence, source)
    for ability, name, _ in _hub_models(profile):
        table.add_row("*", name, _hub_state(packs, name), "", ability, "see there", "hub")
    console.print(table, highlight=False)
    console.print(f"\nKept in {packs.root}", highlight=False, soft_wrap=True)


@app.command("pull")
def pull_packs(
    names: Names = None,
    profile: ProfileName = None,
    all_: All = False,
    again: Annotated[bool, typer.Option("--again", help="even what is there")] = False,
) -> None:
    """Fetch, verify and prepare weights. What is there is left alone; what was cut off goes on."""
    packs, progress = Packs(settings.packs), Progress()
    wanted, repositories = _asked(packs, names, profile, all_)
    try:
        made = pull(packs, wanted, progress, again=again)
        for name, backend in repositories:
            if again or _hub_state(packs, name) != "ready":
                hub.fetch(packs.root, name, backend, progress)
                made += 1
    except PullError as error:
        _fail(str(error))
    size = sum(path.stat().st_size for path in packs.root.rglob("*") if path.is_file()) if made else 0
    typer.echo(f"the packs are ready: {size / 1e6:.0f} MB in {packs.root}" if made else "the packs are ready")


@app.command("check")
def check_packs(names: Names = None, profile: ProfileName = None, all_: All = False) -> None:
    """Read every file and compare its SHA-256. Exit status 2 if anything is missing or damaged."""
    packs, bad = Packs(settings.packs), 0
    wanted, repositories = _asked(packs, names, profile, all_)
    for pack in wanted:
        try:
            wrong = packs.changed(pack)
        except PackMissing as error:
            wrong = [str(error)]
            typer.echo(str(error))
        else:
            repair = f"damaged ({', '.join(wrong)}): run `visavis models pull --again {pack.name}`"
            typer.echo(f"{pack.name}: {repair if wrong else 'ok'}")
        bad += bool(wrong)
    for name, _ in repositories:
        state = _hub_state(packs, name)
        typer.echo(f"{name}: {'sizes ok' if state == 'ready' else f'{state}: run `visavis models pull {name}`'}")
        bad += state != "ready"
    if bad:
        raise typer.Exit(2)


def _asked(
    packs: Packs, names: list[str] | None, profile: Profile | None, all_: bool
) -> tuple[list[Pack], list[tuple[str, str]]]:
    """Packs, and hub repositories with the backend each is for."""
    models = {name: backend for _, name, backend in _hub_models(profile)}
    if not names:
        wanted = list(packs.known.values()) if all_ else needed(choices(_settings(profile)))
        return wanted, list(models.items())
    if unknown := [name for name in names if name not in packs.known and "/" not in name]:
        _fail(f"there is no pack {unknown[0]!r}; there are {', '.join(packs.known)}")
    repositories = [(name, models.get(name, "")) for name in names if name not in packs.known]
    return [packs.known[name] for name in names if name in packs.known], repositories


def _hub_models(profile: Profile | None) -> list[tuple[str, str, str]]:
    """(ability, repository, backend) of the hub models that the profile and settings choose."""
    chosen = choices(_settings(profile)).items()
    return [(ability, name, backend.backend) for ability, backend in chosen if (name := hub.repository(backend))]


def _hub_state(packs: Packs, name: str) -> str:
    try:
        hub.local(packs.root, name)
    except PackMissing as error:
        return "damaged" if "damaged" in str(error) else "missing"
    return "ready"


def _settings(profile: Profile | None) -> ModelSettings:
    return settings.model_copy(update={"profile": profile}) if profile else settings


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)
