"""Loading: every chosen backend once, each with its own thread, all at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from visavis_models.errors import BackendMissing, ModelError
from visavis_models.packs import Packs
from visavis_models.profiles import choices
from visavis_models.senses import Sense, Senses
from visavis_models.settings import Ability, BackendSettings, ModelSettings
from visavis_models.workers import Worker

GROUP = "visavis.backends"
NEEDED: tuple[Ability, ...] = ("voice_activity", "recognizer", "language", "voice")
PAINTER_NICENESS = 10
EXTRAS = {
    "torch": "torch", "transformers": "torch", "diffusers": "torch", "TTS": "torch",
    "faster_whisper": "whisper", "ctranslate2": "whisper", "piper": "piper",
}  # fmt: skip


def load_senses(settings: ModelSettings) -> Senses:
    """Load all models. Blocking, seconds. Raises ModelError with one line on what is missing and what to do."""
    chosen = choices(settings)
    if lacking := [ability for ability in NEEDED if ability not in chosen]:
        raise BackendMissing(f"a conversation needs {', '.join(lacking)}: set models.{lacking[0]}.backend")
    packs = Packs(settings.packs)
    with ThreadPoolExecutor(len(chosen), thread_name_prefix="load") as pool:
        loading = {ability: pool.submit(load, ability, backend, packs) for ability, backend in chosen.items()}
    try:
        ports = {ability: future.result() for ability, future in loading.items()}
    except ImportError as error:
        name = (error.name or "").split(".")[0]
        extra = f": pip install 'visavis[{EXTRAS[name]}]'" if name in EXTRAS else ""
        raise BackendMissing(f"the package {name or error} is not installed{extra}") from error
    senses: dict[str, Any] = {ability: Sense(port, _worker(ability, port)) for ability, port in ports.items()}
    return Senses(**senses)


def load(ability: Ability, settings: BackendSettings, packs: Packs) -> Any:
    """The port of one ability. Raises ModelError, or ImportError for a package that is not installed."""
    point = backends().get(f"{ability}.{settings.backend}")
    if point is None:
        known = sorted(name.split(".", 1)[1] for name in backends() if name.startswith(f"{ability}."))
        raise BackendMissing(
            f"models.{ability}.backend = {settings.backend!r} is unknown: use {', '.join(known)}, none"
        )
    port = point.load()(settings, packs)
    if port is None:
        raise ModelError(f"the backend {point.value} loaded nothing")
    return port


def backends() -> dict[str, EntryPoint]:
    """All installed backends by "ability.name", other packages' included."""
    return {point.name: point for point in entry_points(group=GROUP)}


def _worker(ability: Ability, port: Any) -> Worker:
    concurrency = getattr(port, "concurrency", 1)
    return Worker(ability, concurrency=concurrency, niceness=PAINTER_NICENESS if ability == "painter" else 0)
