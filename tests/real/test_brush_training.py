"""Training of the brush: a few steps, stopped and gone on with; the served graphs and the diffusers pipeline beside it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs visavis[train]")
pytest.importorskip("diffusers", reason="training needs visavis[train]")

from torch.nn import functional as F

from visavis_models.backends.brush_flow import COLOURS, SIDE, WORDS
from visavis_models.backends.brush_graph import Weights, finishing, flowing, remembering
from visavis_models.backends.brush_pipeline import pipeline
from visavis_models.backends.brush_torch import ASKED, Brush, Finish, Shape
from visavis_models.training import brush_finish, checkpoints
from visavis_models.training.brush import Plan, train
from visavis_models.training.brush_bank import Bank, Drawings, gathered, read, write
from visavis_models.training.brush_pack import arrays
from visavis_models.training.brush_pictures import Drawing, NoPictures, read as read_packages
from visavis_models.training.brush_tint import tinted
from visavis_models.training.muon import orthogonal

SHAPE = Shape(memory=32, recalls=1, told=8, look=16, fine=16, middle=16, coarse=32, head=16, blocks=1)
PLAN = Plan(steps=3, batch=8, wide=4, tested=4, every=3)


@pytest.fixture(scope="module")
def drawings() -> Drawings:
    """Twelve discs and bars of three styles, and words for them."""
    listed, pictures = [], np.zeros((36, SIDE, SIDE, 4), np.uint8)
    for number in range(36):
        name = f"thing-{number // 3 + 46}"  # the last one is held out, by its name
        listed.append(Drawing(number % 3, name, (name, f"a {name}"), -1, True, ""))
        shade = (40 + 5 * number, 200 - 4 * number, 90, 255)
        cv2.circle(pictures[number], (40 + number % 9, 60), 28 + number % 5, shade, -1)
        cv2.rectangle(pictures[number], (20, 100), (100, 100 + number % 8), (30, 30, 200, 255), -1)
    random = np.random.default_rng(1)
    words = {phrase: random.normal(size=WORDS).astype(np.float32) for each in listed for phrase in each.phrases}
    return gathered(listed, pictures, words)


def test_stopped_and_gone_on_with_it_comes_to_the_same(drawings: Drawings, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(PLAN, drawings, whole, shape=SHAPE)
    for step in range(1, 1 + PLAN.steps):
        train(PLAN, drawings, parts, shape=SHAPE, minutes=0.0)  # the clock runs out after every step
        assert torch.load(parts / checkpoints.NAME, weights_only=True)["step"] == step
    first, second = (torch.load(work / checkpoints.NAME, weights_only=True)["model"] for work in (whole, parts))
    assert all(torch.equal(value, second[name]) for name, value in first.items() if name.startswith("now."))
    log = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert (log[0]["drawings"], log[0]["held_out"]) == (36, 3)
    assert {line.get("of") for line in log} >= {"known", "unseen"}
    assert (whole / "sheet-00003.webp").exists() and (whole / "curves.png").exists()
    kept = Weights(dict(np.load(whole / "brush.npz")))
    assert kept.number("memory") == SHAPE.memory
    with pytest.raises(SystemExit, match="another plan"):
        train(Plan(seed=3), drawings, whole, shape=SHAPE)


def test_drawings_are_read_as_they_were_written(drawings: Drawings, tmp_path: Path) -> None:
    write(tmp_path, drawings)
    again = read(tmp_path)
    solid = drawings.pictures[..., 3] > 0
    assert np.array_equal(again.pictures[solid], drawings.pictures[solid])
    assert list(again.names) == list(drawings.names)
    assert np.array_equal(again.phrases, drawings.phrases)
    (tmp_path / "drawings-0.webp").unlink()
    with pytest.raises(FileNotFoundError, match="write the folder again"):
        read(tmp_path)


def test_batches_are_a_function_of_their_draws(drawings: Drawings) -> None:
    bank = Bank(drawings, drawings.vectors.mean(0), 1.0, "cpu")
    first, second = (bank.batch(5, torch.Generator().manual_seed(7), 0.3) for _ in range(2))
    assert torch.equal(first.picture, second.picture) and torch.equal(first.asked, second.asked)
    assert first.picture.shape == (5, 4, SIDE, SIDE)
    assert first.asked.shape == (5, ASKED)
    assert (first.picture.min(), first.picture.max()) == (-1, 1)


def test_another_colour_keeps_the_shape(drawings: Drawings) -> None:
    picture = torch.from_numpy(drawings.pictures[20:21].transpose(0, 3, 1, 2).copy())
    for colour in COLOURS:
        assert torch.equal(tinted(picture, colour)[:, 3], picture[:, 3])
    red = tinted(picture, "red")[0, :3, 60, 44].tolist()
    assert red[0] > red[1] + 40 and red[0] > red[2] + 40


def test_steps_of_matrices_are_made_orthogonal() -> None:
    torch.manual_seed(1)
    for shape in ((2, 8, 24), (2, 24, 8)):
        spread = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert spread.min() > 0.6 and spread.max() < 1.3


@pytest.fixture(scope="module")
def packed() -> tuple[Brush, Weights]:
    """Random weights, as they are once they have been packed."""
    torch.manual_seed(1)
    brush = Brush(SHAPE)
    for value in brush.parameters():
        value.data += 0.1 * torch.randn_like(value)
    words = {"words_mean": torch.zeros(WORDS), "words_scale": torch.ones(()), "known.weight": torch.randn(5, WORDS)}
    weights = Weights(arrays({**brush.state_dict(), **words}, SHAPE))
    whole = {name: torch.from_numpy(np.array(value)) for name, value in weights.whole().items()}
    brush.load_state_dict({name: whole[name] for name in brush.state_dict()})
    return brush.eval(), weights


def test_the_served_graphs_give_the_numbers_of_torch(packed: tuple[Brush, Weights]) -> None:
    import openvino

    brush, weights = packed
    core, exact = openvino.Core(), {"INFERENCE_PRECISION_HINT": "f32"}
    with torch.no_grad():
        asked = torch.randn(3, ASKED)
        told, look = brush.memory(asked)
        sketch = brush.memory.sketched(told)
        made = core.compile_model(remembering(weights), "CPU", exact)([asked.numpy()])
        for number, each in enumerate((told, look, sketch)):
            assert np.allclose(made[number], each, atol=1e-4)
        noised = torch.randn(3, 4, SIDE, SIDE)
        given = [noised.numpy(), sketch.numpy(), np.array([0.37], np.float32), told.numpy(), look.numpy()]
        said = core.compile_model(flowing(weights), "CPU", exact)(given)[0]
        assert np.allclose(said, brush.flow(noised, sketch, torch.full((3,), 0.37), told, look), atol=1e-4)


def test_the_finish_learns_and_is_served_as_it_was_written(tmp_path: Path) -> None:
    import openvino

    random = torch.Generator().manual_seed(1)
    drawn = F.interpolate(torch.rand(28, 4, 16, 16, generator=random) * 2 - 1, scale_factor=16)
    painted = F.interpolate(drawn, scale_factor=0.5, mode="area") + 0.1 * torch.randn(28, 4, SIDE, SIDE)
    finish = brush_finish.train(painted, drawn, steps=60)
    with torch.no_grad():
        plain = F.interpolate(painted[-2:], scale_factor=2, mode="bilinear")
        assert brush_finish.loss(finish(painted[-2:]), drawn[-2:]) < brush_finish.loss(plain, drawn[-2:])
    brush_finish.write(finish, tmp_path / "finish.npz")
    weights = Weights(dict(np.load(tmp_path / "finish.npz")))
    finish.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.whole().items()})
    graph = openvino.Core().compile_model(finishing(weights), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    with torch.no_grad():
        assert np.allclose(graph([painted[:2].numpy()])[0], finish(painted[:2]), atol=1e-4)


def test_the_pipeline_has_the_same_weights(packed: tuple[Brush, Weights], tmp_path: Path) -> None:
    brush, weights = packed
    brush_finish.write(Finish(), tmp_path / "finish.npz")
    made = pipeline(weights, Weights(dict(np.load(tmp_path / "finish.npz")))).parts
    assert made.known.shape == (5, WORDS)
    assert all(torch.equal(value, made.brush.state_dict()[name]) for name, value in brush.state_dict().items())


def test_missing_packages_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoPictures, match="npm install @iconify-json/noto"):
        read_packages(tmp_path)
