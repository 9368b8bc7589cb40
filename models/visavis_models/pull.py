"""Pulling packs, at set-up and never while serving: fetch, verify, prepare, put in place.

A pack is made in a folder beside its place: files copied out of their source and compared with the catalogue's
SHA-256, the `prepare` step run on them, a record written. Then the folder is renamed into place, so a pack is there
whole or not at all. Packs that are ready are left alone, so a pull that was cut off goes on where it was; two packs of
one wheel fetch it once; a pack whose recipe alone has changed is made again from its own files.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from filelock import FileLock

from visavis_models.errors import PullError
from visavis_models.packs import RECORD, File, Pack, Packs, Record, cure, measured
from visavis_models.progress import Progress
from visavis_models.sources import copy, opened

_SLACK = 3  # times a pack's size: the wheel, the pack, and what is prepared from it


def pull(packs: Packs, wanted: Iterable[Pack], progress: Progress, *, again: bool = False) -> int:
    """Bring packs into the state "ready". again: even those that are. Returns how many were made.

    Blocking. Raises PullError, one line; packs made before stay."""
    try:
        packs.root.mkdir(parents=True, exist_ok=True)
        with FileLock(packs.root / ".lock"):  # two pulls at once: the second finds everything ready
            return _pull(packs, list(wanted), progress, again)
    except OSError as error:
        raise PullError(f"{error.filename or packs.root}: {error.strerror or error}") from error


def _pull(packs: Packs, wanted: list[Pack], progress: Progress, again: bool) -> int:
    sources: dict[str, list[Pack]] = {}
    remade: list[Pack] = []
    for pack in wanted:
        state = packs.state(pack)
        if state == "ready" and not again:
            continue
        if pack.package:
            if state != "ready":
                raise PullError(f"the pack {pack.name!r} is {state}: {cure(pack)}")
        elif state == "not prepared" and not again:
            remade.append(pack)
        else:
            sources.setdefault(pack.source, []).append(pack)
    _room(packs.root, sum(pack.size for group in [*sources.values(), remade] for pack in group) * _SLACK)
    for source, group in sources.items():
        inside = [file.inside or file.name for pack in group for file in pack.files]
        with opened(source, inside, packs.root, progress) as origin:
            for pack in group:
                _make(packs, pack, origin, {file.name: file.inside or file.name for file in pack.files}, progress)
    for pack in remade:
        _make(packs, pack, packs.place(pack), {file.name: file.name for file in pack.files}, progress)
    return sum(map(len, sources.values())) + len(remade)


def _make(packs: Packs, pack: Pack, origin: Path, inside: dict[str, str], progress: Progress) -> None:
    place = packs.place(pack)
    with tempfile.TemporaryDirectory(prefix=f".{pack.name}-", dir=packs.root) as made:
        whole = Path(made) / "new"
        for file in pack.files:
            copy(origin, inside[file.name], whole / file.name)
            _verify(pack, file, whole)
        if pack.prepare:
            progress.line(f"{pack.name}: preparing")
            _prepare(packs, pack, whole)
        names = sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file())
        record = Record(tuple(measured(whole, name) for name in names), pack.recipe)
        (whole / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
        if place.exists():
            place.rename(Path(made) / "old")
        whole.rename(place)
    progress.line(f"{pack.name}: {sum(file.bytes for file in record.files) / 1e6:.1f} MB, {pack.licence}")


def _verify(pack: Pack, file: File, folder: Path) -> None:
    found = measured(folder, file.name)
    if found.sha256 != file.sha256:
        raise PullError(
            f"{pack.name}: {file.name} of {pack.source} has SHA-256 {found.sha256[:12]} and {found.bytes} bytes, not "
            f"{file.sha256[:12]} and {file.bytes}: it was changed at the source or on the way, and is not used"
        )


def _prepare(packs: Packs, pack: Pack, folder: Path) -> None:
    module, _, function = pack.prepare.partition(":")
    try:
        getattr(importlib.import_module(module), function)(folder, packs)
    except Exception as error:  # whatever a converter can raise, it means the same here
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PullError(f"{pack.name} was fetched but could not be prepared: {why}") from error


def _room(root: Path, bytes_needed: int) -> None:
    free = shutil.disk_usage(root).free
    if free < bytes_needed:
        raise PullError(
            f"{root} has {free / 1e6:.0f} MB free and {bytes_needed / 1e6:.0f} MB are needed: "
            "free some space, or set models.packs (VISAVIS_MODELS__PACKS) to a folder on another disk"
        )
