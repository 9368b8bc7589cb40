"""The weight store without fetching: the catalogue, the states of a pack, the profiles."""

from __future__ import annotations

import hashlib
import importlib
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from visavis_models import hub
from visavis_models.errors import PackMissing
from visavis_models.load import backends
from visavis_models.packs import RECORD, File, Pack, Packs, Record, catalogue, measured, needed, read_record
from visavis_models.profiles import ABILITIES, choices
from visavis_models.settings import BackendSettings, ModelSettings, Profile

PROFILES: tuple[Profile, ...] = get_args(Profile)
WEIGHTS = b"weights"


def toy(**fields: Any) -> Pack:
    """A pack of one file."""
    file = {"name": "a.bin", "bytes": len(WEIGHTS), "sha256": hashlib.sha256(WEIGHTS).hexdigest()}
    listed = {
        "name": "toy",
        "ability": "language",
        "licence": "MIT",
        "about": "",
        "from": "wheel toy==1",
        "files": [file],
    }
    return msgspec.convert(listed | fields, Pack)


def lay(root: Path, pack: Pack, **made: bytes) -> Packs:
    """A store in which the pack lies whole, with the files made of it."""
    folder = root / pack.name
    folder.mkdir(parents=True)
    for name, content in ({file.name: WEIGHTS for file in pack.files} | made).items():
        (folder / name).write_bytes(content)
    record = Record(tuple(measured(folder, path.name) for path in sorted(folder.iterdir())), pack.recipe)
    (folder / RECORD).write_bytes(msgspec.json.encode(record))
    return Packs(root, {pack.name: pack})


def test_a_whole_pack_gives_its_files(tmp_path: Path) -> None:
    packs = lay(tmp_path, toy(), **{"made.xml": b"<net/>"})
    assert packs.state(toy()) == "ready"
    assert packs.file("toy", "a.bin").read_bytes() == WEIGHTS
    assert packs.file("toy", "made.xml") == packs.folder("toy") / "made.xml"
    assert packs.changed(toy()) == []
    with pytest.raises(PackMissing, match=r"no file b\.bin"):
        packs.file("toy", "b.bin")


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lambda folder: (folder / RECORD).unlink(), "missing"),
        (lambda folder: (folder / RECORD).write_text('{"files": 3}'), "missing"),
        (lambda folder: (folder / "a.bin").write_bytes(b"short"), "damaged"),
        (lambda folder: (folder / "a.bin").unlink(), "damaged"),
        (lambda folder: (folder / "made.xml").unlink(), "damaged"),
    ],
)
def test_harm_is_seen_and_the_cure_named(tmp_path: Path, harm: Any, state: str) -> None:
    packs = lay(tmp_path, toy(), **{"made.xml": b"<net/>"})
    harm(tmp_path / "toy")
    with pytest.raises(PackMissing, match=rf"^the pack 'toy' is {state}: run `visavis models pull toy`$"):
        packs.file("toy", "a.bin")


def test_harm_of_the_same_size_is_seen_by_check(tmp_path: Path) -> None:
    packs = lay(tmp_path, toy())
    (tmp_path / "toy" / "a.bin").write_bytes(WEIGHTS[::-1])
    assert packs.state(toy()) == "ready"
    assert packs.changed(toy()) == ["a.bin"]


def test_a_new_edition_of_the_weights_is_outdated(tmp_path: Path) -> None:
    packs = lay(tmp_path, toy())
    newer = toy(files=[{"name": "a.bin", "bytes": len(WEIGHTS), "sha256": "0" * 64}])
    assert packs.state(newer) == "outdated"
    more = toy(files=[*msgspec.to_builtins(toy().files), {"name": "b.bin", "bytes": 1, "sha256": "0" * 64}])
    assert packs.state(more) == "outdated"


@pytest.mark.parametrize(
    "change", [{"edition": 2}, {"prepare": "other:step"}, {"versions": ["pytest"]}, {"versions": ["no-such-package"]}]
)
def test_a_new_recipe_asks_for_preparing(tmp_path: Path, change: dict[str, Any]) -> None:
    packs = lay(tmp_path, toy(prepare="some:step"))
    assert packs.state(toy(prepare="some:step")) == "ready"
    assert packs.state(toy(**{"prepare": "some:step"} | change)) == "not prepared"


def test_an_unknown_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="no pack 'nonsense'"):
        Packs(tmp_path).folder("nonsense")


@pytest.mark.parametrize("pack", [pack for pack in catalogue().values() if pack.package], ids=lambda pack: pack.name)
def test_files_of_an_installed_package_are_used_where_they_lie(tmp_path: Path, pack: Pack) -> None:
    packs = Packs(tmp_path)
    assert packs.state(pack) == "ready"
    assert packs.changed(pack) == []
    assert [packs.file(pack.name, file.name).stat().st_size for file in pack.files] == [f.bytes for f in pack.files]


def test_a_package_that_is_not_installed(tmp_path: Path) -> None:
    lost = toy(**{"from": "package no_such_package"})
    with pytest.raises(PackMissing, match="'toy' is missing: install the Python package no_such_package again"):
        Packs(tmp_path, {"toy": lost}).file("toy", "a.bin")


@pytest.mark.parametrize("pack", catalogue().values(), ids=lambda pack: pack.name)
def test_the_catalogue_is_complete(pack: Pack) -> None:
    assert pack.files
    assert pack.licence
    assert pack.about
    assert re.match(r"(wheel [\w.-]+==[\w.]+( 3\.\d+ \w+)?|hub \S+/\S+@\w+|folder \S+|package \w+)$", pack.source)
    assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) and file.bytes > 0 for file in pack.files)
    assert set(pack.serves) <= set(backends())
    if pack.prepare:
        module, _, function = pack.prepare.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="lisence"):
        toy(lisence="MIT")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_hold_a_conversation(profile: Profile) -> None:
    chosen = choices(ModelSettings(profile=profile))
    assert set(chosen) == set(ABILITIES)
    assert {f"{ability}.{backend.backend}" for ability, backend in chosen.items()} <= set(backends())


def test_a_profile_pulls_what_it_needs() -> None:
    def names(profile: Profile) -> set[str]:
        return {pack.name for pack in needed(choices(ModelSettings(profile=profile)))}

    assert names("embedded") == set(catalogue()) - {"recordings", "brush"}
    assert "smollm2-135m" not in names("gpu")
    assert {"silero-vad", "smart-turn"} <= names("gpu")
    assert "moonshine-tiny-en" in names("remote")


def test_one_setting_overrides_one_ability() -> None:
    standard = choices(ModelSettings(profile="standard"))

    def language(**own: Any) -> BackendSettings:
        chosen = choices(ModelSettings(profile="standard", language=BackendSettings(**own)))
        assert {**chosen, "language": 0} == {**standard, "language": 0}
        return chosen["language"]

    assert language(threads=3) == standard["language"].model_copy(update={"threads": 3})
    assert language(backend="transformers", model="me/mine").dtype == standard["language"].dtype
    assert language(backend="openai", model="gpt") == BackendSettings(backend="openai", model="gpt")
    without = choices(ModelSettings(painter=BackendSettings(backend="none")))
    assert "painter" not in without


def test_options_belong_to_a_model() -> None:
    kept = choices(ModelSettings(profile="gpu", painter=BackendSettings(device="cuda:1")))["painter"]
    assert kept.options == {"steps": 2, "guidance": 0.0}
    assert kept.device == "cuda:1"
    other = choices(ModelSettings(profile="gpu", painter=BackendSettings(model="me/mine")))["painter"]
    assert other.options == {}
    assert other.device == "cuda"


@pytest.mark.parametrize(
    ("backend", "model", "repository"),
    [
        ("transformers", "Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("faster_whisper", "small.en", "Systran/faster-whisper-small.en"),
        ("faster_whisper", "my model", ""),
        ("openai", "meta/llama", ""),
        ("moonshine", "moonshine-tiny-en", ""),
        ("transformers", "/some/folder", ""),
        ("transformers", "../folder", ""),
        ("transformers", "a/b/c", ""),
        ("transformers", "", ""),
    ],
)
def test_what_is_a_hub_repository(backend: str, model: str, repository: str) -> None:
    assert hub.repository(BackendSettings(backend=backend, model=model)) == repository


def test_a_hub_model_is_whole_or_missing(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="is missing: run `visavis models pull me/mine`"):
        hub.local(tmp_path, "me/mine")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "model.bin").write_bytes(WEIGHTS)
    record = hub.Pulled(str(snapshot), (File("model.bin", len(WEIGHTS), ""),))
    (tmp_path / ".hub").mkdir()
    (tmp_path / ".hub" / "me--mine.json").write_bytes(msgspec.json.encode(record))
    assert hub.local(tmp_path, "me/mine") == snapshot
    (snapshot / "model.bin").write_bytes(b"half")
    with pytest.raises(PackMissing, match=r"damaged \(model\.bin\)"):
        hub.local(tmp_path, "me/mine")


def test_a_record_can_be_read_back(tmp_path: Path) -> None:
    packs = lay(tmp_path, toy())
    record = read_record(packs.folder("toy"))
    assert record is not None
    assert record.files == toy().files
