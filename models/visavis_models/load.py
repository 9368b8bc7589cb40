"""Loading: every chosen backend once, each with its own thread, all at the same time. Nothing is fetched here."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from visavis_models import hub
from visavis_models.errors import BackendMissing, ModelError
from visavis_models.packs import Packs
from visavis_models.profiles import choices
from visavis_models.senses import Sense, Senses
from visavis_models.settings import Ability, BackendSettings, ModelSettings
from visavis_models.workers import Worker, lower_priority

GROUP = "visavis.backends"
NEEDED: tuple[Ability, ...] = ("voice_activity", "recognizer", "language", "voice")
# Of a model's threads: eight sessions on two cores, four of them talking, held up the event loop by 20 to 50 ms (p99)
# without, by 5 to 10 ms with it. Voice activity is too short to hold up anybody; a picture may take longer.
NICENESS, PAINTER_NICENESS = 5, 15
EXTRAS = {
    "torch": "torch", "transformers": "torch", "diffusers": "torch", "accelerate": "torch", "TTS": "torch",
    "faster_whisper": "whisper", "ctranslate2": "whisper", "piper": "piper",
}  # fmt: skip

_LOG = logging.getLogger(__name__)


def load_senses(settings: ModelSettings, spared: Collection[Ability] = ()) -> Senses:
    """Load all models but those of `spared` abilities. Blocking, seconds.

    Raises ModelError with one line on what is missing and what to do."""
    chosen = {ability: backend for ability, backend in choices(settings).items() if ability not in spared}
    if lacking := [ability for ability in NEEDED if ability not in chosen]:
        raise BackendMissing(f"a conversation needs {', '.join(lacking)}: set models.{lacking[0]}.backend")
    hub.stay_offline()
    os.environ.setdefault(
        "OMP_WAIT_POLICY", "passive"
    )  # torch's threads spin while they wait: 10 times slower when busy
    packs = Packs(settings.packs)
    torch = threading.Lock()  # torch's packages import each other lazily, which two threads at once can break

    def one(ability: Ability, backend: BackendSettings) -> Any:
        with torch if backend.backend in hub.FILES else nullcontext():
            began = time.perf_counter()
            port = load(ability, backend, packs)
            _LOG.info("%s: %s, loaded in %.1f s", ability, backend.backend, time.perf_counter() - began)
            return port

    _touch_arrays()
    with ThreadPoolExecutor(
        len(chosen), thread_name_prefix="load", initializer=lower_priority, initargs=(NICENESS,)
    ) as pool:  # libraries' own threads are like the one that loads them
        loading = {ability: pool.submit(one, ability, backend) for ability, backend in chosen.items()}
    ports = {ability: future.result() for ability, future in loading.items()}
    senses: dict[str, Any] = {ability: Sense(port, _worker(ability, port)) for ability, port in ports.items()}
    return Senses(**senses)


def _touch_arrays() -> None:
    """Let OpenVINO and onnxruntime meet numpy on one thread.

    pybind11 does that at the first array, behind a lock that one thread waits for with the interpreter's, while another
    has it and waits for the interpreter's: then nothing in the process moves any more. Seen in one start of hundreds.
    """
    array = np.zeros(1, np.float32)
    with suppress(ImportError):
        import openvino

        openvino.Tensor(array).data  # noqa: B018
    with suppress(ImportError):
        import onnxruntime

        onnxruntime.OrtValue.ortvalue_from_numpy(array).numpy()


def with_embedder(senses: Senses, settings: ModelSettings) -> Senses:
    """These senses and the embedder that was spared, where one is chosen. Blocking, a second. Raises ModelError."""
    if senses.embedder is not None or (backend := choices(settings).get("embedder")) is None:
        return senses
    port = load("embedder", backend, Packs(settings.packs))
    return replace(senses, embedder=Sense(port, _worker("embedder", port)))


def load(ability: Ability, settings: BackendSettings, packs: Packs) -> Any:
    """The port of one ability. Raises ModelError, one line."""
    point = backends().get(f"{ability}.{settings.backend}")
    if point is None:
        known = sorted(name.split(".", 1)[1] for name in backends() if name.startswith(f"{ability}."))
        raise BackendMissing(
            f"models.{ability}.backend = {settings.backend!r} is unknown: use {', '.join([*known, 'none'])}"
        )
    if repository := hub.repository(settings):
        settings = settings.model_copy(update={"model": str(hub.local(packs.root, repository))})
    try:
        port = point.load()(settings, packs)
    except ModelError:
        raise
    except ImportError as error:
        raise BackendMissing(_lacking(ability, settings.backend, error)) from error
    except (OSError, RuntimeError, ValueError) as error:  # what the libraries raise for files and settings
        raise ModelError(
            f"models.{ability}: the backend {settings.backend!r} did not load: {_first_line(error)}. "
            f"Check models.{ability}.model and .device, or choose another backend"
        ) from error
    if port is None:
        raise ModelError(f"models.{ability}: the backend {point.value} loaded nothing")
    return port


@cache
def backends() -> dict[str, EntryPoint]:
    """All installed backends by "ability.name", other packages' included."""
    return {point.name: point for point in entry_points(group=GROUP)}


def _lacking(ability: str, backend: str, error: ImportError) -> str:
    name = (error.name or "").split(".")[0]
    if name in EXTRAS:
        return f"models.{ability}.backend = {backend!r} needs the package {name}: pip install 'visavis[{EXTRAS[name]}]'"
    return f"models.{ability}.backend = {backend!r} does not import: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _worker(ability: Ability, port: Any) -> Worker:
    concurrency = max(1, int(getattr(port, "concurrency", 1)))
    niceness = {"voice_activity": 0, "painter": PAINTER_NICENESS}.get(ability, NICENESS)
    return Worker(ability, concurrency=concurrency, niceness=niceness)
