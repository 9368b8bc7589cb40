"""Models that a profile or setting names by hub repository: fetched by `visavis models pull`, found when serving.

They lie in the hub library's own cache, which other programs share. A record in the packs' folder says which commit was
pulled and how large its files are, so that half a download is noticed and a server never asks the hub for anything:
`load.py` gives a backend the folder.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import msgspec

from visavis_models.errors import PackMissing, PullError
from visavis_models.packs import File
from visavis_models.progress import Progress
from visavis_models.settings import BackendSettings
from visavis_models.sources import hub_error

# The files that a backend reads, as (wanted, unwanted) patterns; repositories hold the same weights in many formats.
FILES: dict[str, tuple[list[str], list[str]]] = {
    "faster_whisper": (["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"], []),
    # InstructBLIP keeps a second tokenizer in a folder; other folders hold the same weights for other programs.
    "transformers": (["*.json", "*.jinja", "*.txt", "*.model", "*.safetensors"], ["*/*.safetensors", "onnx/*"]),
    "diffusers": (
        ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors"],
        ["*.fp16*", "*.bf16*", "*non_ema*"],
    ),
    "coqui": (["*"], []),
}
_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_WHISPER = re.compile(r"(tiny|base|small|medium)(\.en)?|large-v[123]")  # sizes, as faster-whisper names them


class Pulled(msgspec.Struct, frozen=True):
    """A hub model on this machine. folder: a snapshot in the hub library's cache, of one commit."""

    folder: str
    files: tuple[File, ...]  # without SHA-256: the hub library checks it while fetching


def repository(backend: BackendSettings) -> str:
    """The hub repository that this backend's model is, or empty: a folder, an endpoint's name, a pack."""
    if backend.backend not in FILES or Path(backend.model).expanduser().exists():
        return ""
    if backend.backend == "faster_whisper" and _WHISPER.fullmatch(backend.model):
        return f"Systran/faster-whisper-{backend.model}"
    return backend.model if _REPOSITORY.fullmatch(backend.model) else ""


def fetch(root: Path, name: str, backend: str, progress: Progress) -> None:
    """Pull what `backend` needs of a repository, going on where an earlier pull was cut off. Raises PullError."""
    from huggingface_hub import snapshot_download

    wanted, unwanted = FILES.get(backend, (["*"], []))
    for path in _damaged(_read(root, name)):  # the hub library takes what lies in its cache for whole
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    progress.line(f"fetching {name}")
    try:
        folder = Path(snapshot_download(name, allow_patterns=wanted, ignore_patterns=unwanted))
    except Exception as error:  # the hub's errors have no common base
        raise PullError(hub_error(name, error)) from error
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    files = tuple(File(str(path.relative_to(folder)), path.stat().st_size, "") for path in found)
    place = _place(root, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(Pulled(str(folder), files)))
    part.replace(place)
    progress.line(f"{name}: {sum(file.bytes for file in files) / 1e6:.0f} MB in {folder}")


def local(root: Path, name: str) -> Path:
    """The folder of a pulled repository. Raises PackMissing naming the command that fetches it."""
    pulled = _read(root, name)
    if pulled is None:
        raise PackMissing(f"the hub model {name} is missing: run `visavis models pull {name}`")
    if harm := _damaged(pulled):
        raise PackMissing(f"the hub model {name} is damaged ({harm[0].name}): run `visavis models pull {name}`")
    return Path(pulled.folder)


def stay_offline() -> None:
    """From here on the hub's libraries fetch nothing, whatever they are asked for."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    if constants := sys.modules.get("huggingface_hub.constants"):  # read the environment when they were imported
        constants.HF_HUB_OFFLINE = True  # type: ignore[attr-defined]


def _place(root: Path, name: str) -> Path:
    return root / ".hub" / f"{name.replace('/', '--')}.json"


def _read(root: Path, name: str) -> Pulled | None:
    try:
        return msgspec.json.decode(_place(root, name).read_bytes(), type=Pulled)
    except (OSError, msgspec.MsgspecError):
        return None


def _damaged(pulled: Pulled | None) -> list[Path]:
    """Files that are missing or of another size than when they were pulled."""
    if pulled is None:
        return []
    paths = {Path(pulled.folder) / file.name: file.bytes for file in pulled.files}
    return [path for path, size in paths.items() if not path.is_file() or path.stat().st_size != size]
