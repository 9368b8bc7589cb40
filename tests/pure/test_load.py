"""Backends found by name, loaded once, each with its thread; and what is said when that fails."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from tests.pure.installed import installed
from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.load import load, load_senses
from visavis_models.packs import Packs
from visavis_models.profiles import ABILITIES
from visavis_models.settings import Ability, BackendSettings, ModelSettings

MODULE = """
from visavis_models.errors import PackMissing

class Port:
    def __init__(self, settings):
        self.settings = settings

class Endpoint(Port):
    concurrency = 4

def load(settings, packs): return Port(settings)
def many(settings, packs): return Endpoint(settings)
def nothing(settings, packs): return None
def missing(settings, packs): raise PackMissing("the pack 'x' is missing: run `visavis models pull x`")
def file(settings, packs): raise OSError("no such file: weights.bin\\nand much more")
def bug(settings, packs): raise KeyError("a bug")
def torch(settings, packs):
    raise ImportError("No module named 'transformers'", name="transformers.models")
def other(settings, packs): import no_such_package_at_all
"""


@pytest.fixture(autouse=True)
def toys(tmp_path: Path) -> Iterator[None]:
    points = {f"{ability}.toy": "toys:load" for ability in ABILITIES}
    points |= {
        f"language.{name}": f"toys:{name}" for name in ("many", "nothing", "missing", "file", "bug", "torch", "other")
    }
    with installed(tmp_path / "site", "visavis-toys", {"toys.py": MODULE}, {"visavis.backends": points}):
        yield


def choose(**others: str) -> ModelSettings:
    names = {ability: "toy" for ability in ABILITIES} | others
    return ModelSettings(**{ability: BackendSettings(backend=name) for ability, name in names.items()})


def test_every_ability_gets_its_model_and_thread() -> None:
    senses = load_senses(choose(language="many"))

    async def where(ability: Ability) -> tuple[str, int]:
        worker = getattr(senses, ability).worker
        return await worker.run(
            lambda: (threading.current_thread().name, os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        )

    found = {ability: asyncio.run(where(ability)) for ability in ABILITIES}
    senses.close()
    assert all(name.startswith(f"model-{ability}") for ability, (name, _) in found.items())
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    lower = {ability: nice - usual for ability, (_, nice) in found.items()}
    assert lower.pop("voice_activity") == 0 < lower["recognizer"] < lower.pop("painter")
    assert set(lower.values()) == {lower["recognizer"]}


def test_a_remote_endpoint_answers_several_at_once() -> None:
    senses = load_senses(choose(language="many"))
    barrier = threading.Barrier(4, timeout=10)  # passed only by four threads at a time

    async def four() -> None:
        await asyncio.gather(*(senses.language.worker.run(barrier.wait) for _ in range(4)))

    asyncio.run(four())
    senses.close()


def test_an_ability_can_be_left_out_but_not_the_needed_ones() -> None:
    senses = load_senses(choose(painter="none", vision="none"))
    assert senses.painter is None
    assert senses.vision is None
    assert senses.reader is not None
    senses.close()
    with pytest.raises(BackendMissing, match=r"a conversation needs language: set models\.language\.backend"):
        load_senses(choose(language="none"))


@pytest.mark.parametrize(
    ("backend", "error", "told"),
    [
        ("nonsense", BackendMissing, r"models\.language\.backend = 'nonsense' is unknown: use .*smollm2.*, none$"),
        ("nothing", ModelError, "loaded nothing"),
        ("missing", PackMissing, "visavis models pull x"),
        ("file", ModelError, r"'file' did not load: no such file: weights\.bin\. Check models\.language\.model"),
        ("torch", BackendMissing, r"needs the package transformers: pip install 'visavis\[torch\]'$"),
        ("other", BackendMissing, "does not import: No module named 'no_such_package_at_all'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(backend: str, error: type[ModelError], told: str) -> None:
    with pytest.raises(error, match=told) as raised:
        load_senses(choose(language=backend))
    assert "\n" not in str(raised.value)


def test_a_bug_in_a_backend_is_not_dressed_up(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="a bug"):
        load("language", BackendSettings(backend="bug"), Packs(tmp_path))


def test_serving_never_asks_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    settings = BackendSettings(backend="transformers", model="me/mine")
    with pytest.raises(PackMissing, match="visavis models pull me/mine"):
        load("language", settings, Packs(tmp_path))
    load_senses(choose()).close()
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert huggingface_hub.constants.HF_HUB_OFFLINE
