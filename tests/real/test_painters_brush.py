"""Our own diffusion painter with its shipped weights: previews, cancel, changes, and the same weights under diffusers."""

from __future__ import annotations

import contextlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.brush import Brush, load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Editor, Painting
from visavis_models.settings import BackendSettings, ModelSettings

PACKS = Packs(ModelSettings().packs)


def loaded(**options: object) -> Brush:
    return load(BackendSettings(backend="brush", options={"seed": 5, **options}), PACKS)


@pytest.fixture(scope="module")
def brush() -> Brush:
    return loaded()


def done(paintings: list[Painting]) -> Painting:
    assert [painting.done for painting in paintings] == [False] * (len(paintings) - 1) + [True]
    assert all(first.progress < second.progress for first, second in pairwise(paintings))
    return paintings[-1]


def test_a_picture_comes_out_of_previews(brush: Brush) -> None:
    paintings = list(brush.paint("a red car on the left and a blue house"))
    last = done(paintings)
    assert len(paintings) >= 4
    assert last.picture.shape == (512, 512, 3)
    assert last.picture.dtype == np.uint8
    assert "car" in last.alt and "house" in last.alt
    left, right = last.picture[150:450, :256].astype(int), last.picture[150:450, 256:].astype(int)

    def share(part: np.ndarray, strong: int, weak: int) -> float:
        return float((part[..., strong] > part[..., weak] + 60).mean())

    assert share(left, 0, 2) > share(right, 0, 2)  # more red on the left
    wide = done(list(brush.paint("three apples", (640, 320))))
    assert wide.picture.shape == (320, 640, 3)


def test_it_stops_between_steps(brush: Brush) -> None:
    steps = brush.paint("a cat")
    next(steps)
    steps.close()
    assert list(steps) == []


def test_a_seed_gives_the_same_picture() -> None:
    first, second = (done(list(loaded(steps=2).paint("a cat", (128, 128)))).picture for _ in range(2))
    assert np.array_equal(first, second)


def test_what_no_drawing_exists_of_is_painted(brush: Brush) -> None:
    last = done(list(brush.paint("a zeppelin")))
    assert "zeppelin" in last.alt
    assert last.picture.std() > 10


def test_a_change_goes_on_from_the_picture(brush: Brush) -> None:
    assert isinstance(brush, Editor)
    before = done(list(brush.paint("a cat")))
    after = done(list(brush.edit(before, "make it night")))
    assert after.picture[:100].mean() < before.picture[:100].mean() - 40
    again = done(list(brush.edit(after, "undo that")))
    assert again.picture[:100].mean() > after.picture[:100].mean() + 40
    with pytest.raises(ModelError, match="could not tell what to change"):
        list(brush.edit(before, "  "))


@pytest.mark.parametrize("prompt", ["cat " * 3000, "\x00<svg/onload=x>", "🐈🐈🐈", "a" * 5000])
def test_hostile_requests_end_in_a_picture_or_in_words(brush: Brush, prompt: str) -> None:
    steps = brush.paint(prompt, (10**9, -3))
    with contextlib.suppress(ModelError):
        assert max(next(steps).picture.shape[:2]) <= 1536
    steps.close()


def test_damaged_weights_are_said(tmp_path: Path) -> None:
    (tmp_path / "brush.npz").write_bytes(b"PK nothing")
    with pytest.raises(PackMissing, match="brush"):
        load(BackendSettings(backend="brush", model=str(tmp_path / "brush.npz")), PACKS)


def test_the_same_weights_paint_under_diffusers(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs visavis[torch]")
    pytest.importorskip("diffusers", reason="needs visavis[torch]")
    from visavis_models.backends.brush_graph import Weights
    from visavis_models.backends.brush_pipeline import pipeline
    from visavis_models.backends.diffusers_painter import load as load_diffusers

    torch.set_num_threads(1)
    weights = (Weights(dict(np.load(PACKS.file("brush", name)))) for name in ("brush.npz", "finish.npz"))
    pipeline(*weights).save_pretrained(tmp_path)
    painter = load_diffusers(BackendSettings(model=str(tmp_path), options={"steps": 3, "seed": 1}), PACKS)
    last = done(list(painter.paint("a rocket")))
    assert last.picture.shape == (256, 256, 3)
    assert last.picture.std() > 10
