"""Training of the brush: a few steps, stopped and gone on with; the served graphs and the diffusers pipeline beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs visavis[train]")
pytest.importorskip("diffusers", reason="training needs visavis[train]")

from visavis_models.backends.brush_graph import Weights, finishing, flowing, sketching
from visavis_models.training import brush_finish, checkpoints
from visavis_models.training.brush import SHEET, Plan, train
from visavis_models.training.brush_model import ASKED, FREE, LATENT, Brush, Finish, Shape
from visavis_models.training.brush_pack import arrays
from visavis_models.training.brush_pictures import COLOURS, Drawing, NoPictures, read, without_colour
from visavis_models.training.brush_scenes import Scenes, tinted

SHAPE = Shape(hidden=24, narrow=16, channels=(16, 32), heads=16)
PLAN = Plan(alone=2, wide=6, steps=1, batch=2, measured=12, tested=2, every=3)


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    """Twelve discs and bars of three styles, and words for them."""
    drawings, pictures = [], np.zeros((36, 64, 64, 4), np.uint8)
    for number in range(36):
        name = f"thing {number // 3 + 9}"  # the last one is held out, by its name
        drawings.append(Drawing(number % 3, name, (name, f"a {name}"), -1, True, ""))
        shade = (40 + 5 * number, 200 - 4 * number, 90, 255)
        cv2.circle(pictures[number], (20 + number % 9, 30), 14 + number % 5, shade, -1)
        cv2.rectangle(pictures[number], (10, 50), (50, 50 + number % 8), (30, 30, 200, 255), -1)
    random = np.random.default_rng(1)
    phrases = [phrase for drawing in drawings for phrase in drawing.phrases]
    phrases += [without_colour(part)[0] for each in SHEET for part in each.split(" + ")]
    words = {phrase: random.normal(size=384).astype(np.float32) for phrase in phrases}
    return {"drawings": drawings, "pictures": pictures, "words": words}


def test_stopped_and_gone_on_with_it_comes_to_the_same(world: dict[str, Any], tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(PLAN, **world, work=whole, shape=SHAPE)
    for step in range(1, 1 + PLAN.alone + PLAN.steps):
        train(PLAN, **world, work=parts, shape=SHAPE, minutes=0.0)  # the clock runs out after every step
        assert torch.load(parts / checkpoints.NAME, weights_only=True)["step"] == step
    first, second = (torch.load(work / checkpoints.NAME, weights_only=True)["model"] for work in (whole, parts))
    assert all(torch.equal(value, second[name]) for name, value in first.items() if name.startswith("now."))
    log = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert log[0]["things"] + log[0]["held_out"] == 12
    assert any("unseen" in line for line in log)
    assert (whole / "sheet-00003.png").exists() and (whole / "curves.png").exists()
    with pytest.raises(SystemExit, match="another plan"):
        train(Plan(seed=3, alone=2, wide=6, measured=12), **world, work=whole, shape=SHAPE)


def test_batches_are_a_function_of_seed_and_step(world: dict[str, Any]) -> None:
    scenes = Scenes(world["drawings"], world["pictures"], world["words"])
    first, second = (scenes.batch(5, np.random.default_rng((1, 7)), 0.3) for _ in range(2))
    assert torch.equal(first.canvas(first.thing), second.canvas(second.thing))
    canvas = first.canvas(first.thing)
    assert canvas.shape == (5, 3, 64, 64)
    assert canvas.min() >= 0
    assert canvas.max() <= 1.001


def test_another_colour_keeps_the_shape(world: dict[str, Any]) -> None:
    picture = world["pictures"][20]
    for colour in COLOURS:
        made = tinted(picture, colour)
        assert np.array_equal(made[..., 3], picture[..., 3])
    red = tinted(picture, "red")[30, 22, :3].astype(int)
    assert red[0] > red[1] + 40 and red[0] > red[2] + 40


@pytest.fixture(scope="module")
def packed() -> tuple[Brush, Finish, Weights]:
    """Random weights, as they are once they have been packed."""
    torch.manual_seed(1)
    brush, finish = Brush(SHAPE), Finish((16, 16, 8))
    for value in brush.parameters():
        value.data += 0.1 * torch.randn_like(value)
    words = {"words_mean": torch.zeros(384), "words_scale": torch.ones(())}
    weights = Weights(arrays(brush.state_dict(), finish.state_dict(), words, SHAPE))
    whole = {name: torch.from_numpy(np.array(value)) for name, value in weights.whole().items()}
    brush.load_state_dict({name: whole[name] for name in brush.state_dict()})
    finish.load_state_dict({name: whole[f"finish.{name}"] for name in finish.state_dict()})
    return brush.eval(), finish.eval(), weights


def test_the_served_graphs_give_the_numbers_of_torch(packed: tuple[Brush, Finish, Weights]) -> None:
    import openvino

    brush, finish, weights = packed
    core, exact = openvino.Core(), {"INFERENCE_PRECISION_HINT": "f32"}
    with torch.no_grad():
        asked = torch.randn(3, ASKED)
        made = core.compile_model(sketching(weights), "CPU", exact)([asked.numpy()])[0]
        assert np.allclose(made, brush.sketch.layers(asked), atol=1e-4)
        flow = core.compile_model(flowing(weights), "CPU", exact)
        for high, wide in ((16, 16), (8, 24)):
            seen = torch.randn(1, 2 * LATENT + FREE, high, wide)
            said = flow([seen.numpy(), np.array([0.37], np.float32)])[0]
            assert np.allclose(said, brush.unet(seen, torch.tensor(370.0)).sample, atol=1e-4)
        latents, plain = torch.randn(1, LATENT, 8, 12), torch.rand(1, 3, 32, 48)
        pixels = core.compile_model(finishing(weights), "CPU", exact)([latents.numpy(), plain.numpy()])[0]
        assert pixels.shape == (1, 3, 64, 96)
        assert np.allclose(pixels, finish(latents, plain), atol=1e-4)


def test_the_finish_learns_and_goes_on(world: dict[str, Any]) -> None:
    torch.manual_seed(1)
    model = brush_finish.Finishing()
    latents, goal = torch.randn(2, LATENT, 4, 4), torch.rand(2, 3, 32, 32)
    optimizer = torch.optim.AdamW(model.finish.parameters(), 2e-3)
    losses = []
    for _ in range(8):
        value = brush_finish.loss(model(latents), goal)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value.item())
    assert losses[-1] < losses[0]
    draws = [torch.Generator().manual_seed(1) for _ in range(2)]
    assert torch.equal(*(brush_finish.washed(latents, 0.3, each) for each in draws))


def test_missing_packages_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoPictures, match="npm install @iconify-json/noto"):
        read(tmp_path)
