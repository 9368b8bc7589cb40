"""The weight store as a server sees it: what packs there are, whether they are whole, where their files lie.

A pack is a folder of files under the setting `models.packs`, with ability, licence, size and SHA-256 of each file in
`packs.toml`. It comes from a pinned wheel, a model-hub repository or a folder (`pull.py` fetches it, at set-up), or its
files lie in an installed Python package and are used from there. Nothing here fetches anything: a missing pack is one
line that names the command. Another package adds packs of its own by an entry point in the group `visavis.packs`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec

from visavis_models.errors import PackMissing
from visavis_models.settings import Ability, BackendSettings

RECORD = "pack.json"  # in a pack's folder: what was put there; written last
CATALOGUE = "packs.toml"
GROUP = "visavis.packs"

State = Literal["ready", "missing", "outdated", "damaged", "not prepared"]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. name: its path in the pack; inside: its path in the wheel, repository, folder or package."""

    name: str
    bytes: int
    sha256: str
    inside: str = ""


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """One entry of packs.toml.

    source: "wheel NAME==VERSION [PYTHON PLATFORM]", "hub OWNER/NAME@REVISION", "folder PATH" or "package NAME".
    serves: backends that need it, as "ability.backend"; a pack that serves none is pulled only by name.
    prepare: "module:function", called with (folder, Packs) after pulling, to make files out of those pulled; again when
    a package in `versions` or the number `edition` has changed.
    """

    name: str
    ability: str
    licence: str
    about: str
    source: str
    files: tuple[File, ...]
    serves: tuple[str, ...] = ()
    prepare: str = ""
    versions: tuple[str, ...] = ()
    edition: int = 1

    @property
    def size(self) -> int:
        """Bytes of its files, without those that `prepare` makes."""
        return sum(file.bytes for file in self.files)

    @property
    def package(self) -> str:
        """The installed package whose files it is, or empty."""
        kind, _, rest = self.source.partition(" ")
        return rest if kind == "package" else ""

    @property
    def recipe(self) -> dict[str, str]:
        """What the prepared files depend on, beside the files they are made of."""
        if not self.prepare:
            return {}
        return {"prepare": self.prepare, "edition": str(self.edition)} | {
            name: _version(name) for name in self.versions
        }


class Record(msgspec.Struct, frozen=True):
    """What lies in a pack's folder: the files pulled and those made of them, and the recipe that was followed."""

    files: tuple[File, ...]
    recipe: dict[str, str] = {}


@cache
def catalogue() -> dict[str, Pack]:
    """All packs by name: our own, then those of other installed packages."""
    packs = listed("visavis_models")
    for point in entry_points(group=GROUP):
        packs = packs | {name: pack for name, pack in listed(point.value).items() if name not in packs}
    return packs


def listed(package: str) -> dict[str, Pack]:
    """The packs of a package's packs.toml, by name."""
    table = tomllib.loads(files(package).joinpath(CATALOGUE).read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **fields}, Pack) for name, fields in table.items()}


def needed(choices: dict[Ability, BackendSettings]) -> list[Pack]:
    """The packs of the chosen backends, in the catalogue's order."""
    chosen = {f"{ability}.{backend.backend}" for ability, backend in choices.items()}
    return [pack for pack in catalogue().values() if chosen.intersection(pack.serves)]


class Packs:
    """The packs on this machine. known: for tests; else the catalogue."""

    def __init__(self, folder: Path, known: dict[str, Pack] | None = None) -> None:
        self.root = folder.expanduser()
        self.known = catalogue() if known is None else known

    def file(self, pack: str, name: str) -> Path:
        """One file of a pack that is whole. Raises PackMissing naming the command that fetches it."""
        folder = self.folder(pack)
        inside = {file.name: file.inside for file in self.known[pack].files} if self.known[pack].package else {}
        path = folder / inside.get(name, name)
        if not path.is_file():
            raise PackMissing(f"the pack {pack!r} has no file {name}")
        return path

    def folder(self, pack: str) -> Path:
        """The folder of a pack that is whole (names and sizes are looked at). Raises PackMissing as `file` does."""
        known = self.known.get(pack)
        if known is None:
            raise PackMissing(f"there is no pack {pack!r}: `visavis models list` shows what there is")
        if (found := self.state(known)) != "ready":
            raise PackMissing(f"the pack {pack!r} is {found}: {cure(known)}")
        return self.place(known)

    def place(self, pack: Pack) -> Path:
        """Where the pack's folder is, or would be."""
        return _installed(pack.package) if pack.package else self.root / pack.name

    def state(self, pack: Pack) -> State:
        """What a glance at names and sizes says."""
        place = self.place(pack)
        if pack.package:
            return _glance((place / file.inside, file.bytes) for file in pack.files)
        record = read_record(place)
        if record is None:
            return "missing"
        there = {(file.name, file.bytes, file.sha256) for file in record.files}
        if not there.issuperset((file.name, file.bytes, file.sha256) for file in pack.files):
            return "outdated"
        if _glance((place / file.name, file.bytes) for file in record.files) != "ready":
            return "damaged"
        return "ready" if record.recipe == pack.recipe else "not prepared"

    def changed(self, pack: Pack) -> list[str]:
        """Names of files whose SHA-256 is not the recorded one; reads everything. Raises PackMissing as `file` does."""
        folder = self.folder(pack.name)
        if pack.package:
            return [file.name for file in pack.files if sha256(folder / file.inside) != file.sha256]
        record = read_record(folder)
        return [file.name for file in record.files if sha256(folder / file.name) != file.sha256] if record else []


def cure(pack: Pack) -> str:
    """What to do about a pack that is not whole."""
    if pack.package:
        return f"install the Python package {pack.package} again (pip install --force-reinstall --no-deps)"
    return f"run `visavis models pull {pack.name}`"


def read_record(folder: Path) -> Record | None:
    """None: there is none, or it cannot be read."""
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None


def measured(folder: Path, name: str) -> File:
    """A file as it lies there."""
    return File(name, (folder / name).stat().st_size, sha256(folder / name))


def sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _installed(package: str) -> Path:
    """The folder of an installed package; nothing of it is imported."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path(f"{package} is not installed")


def _glance(wanted: Iterable[tuple[Path, int]]) -> State:
    for path, size in wanted:
        try:
            if path.stat().st_size != size:
                return "damaged"
        except OSError:
            return "missing"
    return "ready"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
