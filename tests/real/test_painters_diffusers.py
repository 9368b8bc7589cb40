"""A diffusers pipeline of the real classes, made and saved on the spot: it paints, shows how, and stops when told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real.tiny_painter import save_pipeline
from visavis_models.backends.diffusers_painter import DiffusersPainter, load
from visavis_models.backends.diffusers_weights import stored
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Painting
from visavis_models.settings import BackendSettings
from visavis_models.workers import Worker

SMALL = (64, 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_pipeline(tmp_path_factory.mktemp("painter"))


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "painting"]


def painter(folder: str, device: str | None = None, **options: Any) -> DiffusersPainter:
    where = {"device": device} if device else {}
    settings = BackendSettings(backend="diffusers", model=folder, options={"steps": 4} | options, **where)
    return load(settings, Packs(Path("nowhere")))


def test_it_paints_with_previews(folder: str) -> None:
    *previews, last = list(painter(folder, guidance=2.0).paint("a cat", SMALL))
    assert [preview.done for preview in previews] == [False] * 3
    assert [preview.progress for preview in previews] == [0.25, 0.5, 0.75]
    assert {preview.picture.shape for preview in previews} == {(256, 256, 3)}
    assert (last.done, last.alt) == (True, "a cat")
    assert last.picture.shape == (64, 64, 3)
    assert last.picture.dtype == np.uint8
    assert last.picture.std() > 0


def test_the_same_seed_gives_the_same_picture(folder: str) -> None:
    seeded = painter(folder, seed=5)
    first, second = ([*seeded.paint("a cat", SMALL)][-1].picture for _ in range(2))
    assert np.array_equal(first, second)
    other = [*painter(folder, seed=6).paint("a cat", SMALL)][-1].picture
    assert not np.array_equal(first, other)


def test_many_steps_give_few_previews(folder: str) -> None:
    assert 4 <= len(list(painter(folder, steps=25).paint("a cat", SMALL))) <= 8


def test_the_shape_is_as_wished_and_the_size_the_models_own(folder: str) -> None:
    for wished, made in (((63, 70), (64, 64)), ((1, 1), (64, 64)), ((1024, 512), (64, 64))):
        *_, last = painter(folder, steps=1).paint("a cat", wished)
        assert last.picture.shape[:2] == made
    *_, last = painter(folder, steps=1, size=130).paint("a cat", (512, 768))
    assert last.picture.shape[:2] == (128, 64)


def test_closing_it_stops_at_the_next_step(folder: str) -> None:
    slow = painter(folder, steps=12)
    steps = slow.paint("a cat", SMALL)
    next(steps)
    steps.close()
    assert list(steps) == []
    *_, last = slow.edit(Painting(np.zeros((64, 64, 3), np.uint8), True, 1.0), "make it green")
    assert last.done


def test_conversations_paint_one_after_the_other(folder: str) -> None:
    """Through the worker and its line: neither picture mixes with the other, and who gives up holds nobody up."""
    brush = painter(folder, seed=5)
    alone = [*brush.paint("a cat", SMALL)][-1].picture

    async def paint(worker: Worker, before: list[int]) -> Painting:
        async with worker.line.turn(before.append), aclosing(worker.stream(brush.paint("a cat", SMALL))) as steps:
            return [painting async for painting in steps][-1]

    async def scenario() -> None:
        worker, places = Worker("painter"), [[], [], []]  # type: tuple[Worker, list[list[int]]]
        first, second, third = (asyncio.create_task(paint(worker, before)) for before in places)
        while not worker.line.waiting:
            await asyncio.sleep(0)
        second.cancel()
        paintings = await asyncio.gather(first, second, third, return_exceptions=True)
        assert places == [[0], [1], [2, 1, 0]]
        assert isinstance(paintings[1], asyncio.CancelledError)
        for painting in paintings[::2]:
            assert isinstance(painting, Painting)
            assert np.array_equal(painting.picture, alone)
        stopped = asyncio.create_task(paint(worker, []))
        while not stopped.done() and worker.idle:
            await asyncio.sleep(0)
        stopped.cancel()
        await asyncio.wait([stopped])
        assert np.array_equal((await paint(worker, [])).picture, alone)
        worker.close()

    asyncio.run(scenario())


def test_what_the_filter_flags_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="own filter held that picture back"):
        list(painter(save_pipeline(tmp_path, filtered=True), steps=1).paint("a cat", SMALL))


@pytest.mark.parametrize(
    ("failure", "said", "spoken"),
    [
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
            r"ran out of memory: set .*size lower",
            "memory",
        ),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "ran out of memory", "memory"),
        (MemoryError(), "ran out of memory", "I ran out of memory for that picture"),
        (
            RuntimeError("mat1 and mat2\nshapes"),
            r"the painter failed \(StableDiffusionPipeline: mat1 and mat2 shapes\)",
            "failed at that picture",
        ),
        (KeyError(), r"the painter failed \(StableDiffusionPipeline: KeyError\)", "My painter failed at that picture"),
    ],
)
def test_failures_are_said_plainly_and_the_painter_goes_on(
    folder: str, failure: Exception, said: str, spoken: str
) -> None:
    broken = painter(folder, steps=1)

    def fails(*arguments: Any, **named: Any) -> Any:
        raise failure

    broken._pipeline.unet.forward = fails
    with pytest.raises(ModelError, match=said) as raised:
        list(broken.paint("a cat", SMALL))
    assert spoken in raised.value.spoken
    assert "models." not in raised.value.spoken
    assert "\n" not in str(raised.value)
    del broken._pipeline.unet.forward
    *_, last = broken.paint("a cat", SMALL)
    assert last.done


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": ""}, "model is empty"),
        ({"model": "nobody/nothing"}, "visavis models pull"),
        ({"dtype": "int2"}, "use auto, float32"),
        ({"device": "cpu", "dtype": "int4"}, "needs a GPU"),
        ({"options": {"stepz": 4}}, r"names stepz, which StableDiffusionPipeline does not take"),
        ({"options": {"output_type": "pil"}}, "names output_type"),
        ({"options": {"steps": "many"}}, r"Expected `int \| null`, got `str` - at `steps`"),
        ({"options": {"steps": 10**9}}, "<= 200"),
        ({"device": "cpu", "options": {"offload": "model"}}, "set models.painter.device"),
        ({"device": "cuda:7"}, "did not load on cuda:7"),
    ],
)
def test_settings_that_cannot_work(folder: str, settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said):
        load(BackendSettings(**({"backend": "diffusers", "model": folder} | settings)), Packs(tmp_path))


def test_folders_that_hold_no_whole_pipeline(folder: str, tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="no diffusers pipeline"):
        painter(str(tmp_path))
    (tmp_path / "model_index.json").write_bytes((Path(folder) / "model_index.json").read_bytes())
    with pytest.raises(ModelError, match="did not load on cpu"):
        painter(str(tmp_path), device="cpu")


def test_what_does_not_fit_into_memory_is_refused_before_it_is_loaded(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visavis_models.backends.diffusers_weights.free", lambda torch, device: 300_000)
    with pytest.raises(
        ModelError, match=r"needs about 0\.0 GiB on cpu, which has 0\.0 free: choose a smaller one, or set"
    ):
        painter(folder, device="cpu")
    found = stored(BackendSettings(backend="diffusers", model=folder), Packs(Path("nowhere")))
    assert set(found.weights) == {"unet", "vae", "text_encoder"}
    on_gpu = BackendSettings(backend="diffusers", model=folder, device="cuda")
    whole, parts = found.needed(on_gpu, "none"), found.needed(on_gpu, "model")
    assert whole == (2.0 * sum(found.weights.values()), 0.0)
    assert parts == (2.0 * max(found.weights.values()), whole[0])
