"""Training of our eyes on the real image network: a few steps, stopped and gone on with; and the served graph."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis_models.backends.eyes_say import Speaker
from visavis_models.backends.eyes_words import DESCRIBE, Vocabulary
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings

torch = pytest.importorskip("torch", reason="training needs visavis[train]")
pytest.importorskip("tokenizers", reason="training needs visavis[train]")

from visavis_models.training.eyes import Plan, train
from visavis_models.training.eyes_course import Everydays
from visavis_models.training.eyes_features import Cells
from visavis_models.training.eyes_model import Eyes, Shape
from visavis_models.training.eyes_pack import arrays
from visavis_models.training.eyes_photos import read
from visavis_models.training.eyes_things import fitted

PACKS = Packs(ModelSettings().packs)
PLAN = Plan(pieces=300, together=5, boxed=2, named=0, passes=1.0, warm_up=2, every=100)
COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (30, 60, 200), "yellow": (230, 220, 40)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty balls on a table: half with captions, half with boxes."""
    made = tmp_path_factory.mktemp("balls")
    rows, random = [], np.random.default_rng(1)
    for number in range(40):
        name, colour = list(COLOURS.items())[number % 4]
        picture = np.full((120, 160, 3), 150, np.uint8)
        for _ in range(12):  # something else lies on every table, or they would count as one photo
            corner, shade = random.integers(0, 120, 2), random.integers(0, 255, 3)
            end = corner + random.integers(10, 60, 2)
            cv2.rectangle(picture, corner.tolist(), end.tolist(), shade.tolist(), -1)
        x = 30 + 100 * (number % 2)
        cv2.circle(picture, (x, 60), 25, colour, -1)
        cv2.imwrite(str(made / f"{number}.png"), picture[..., ::-1])
        row: dict[str, object] = {"id": number, "file": f"{number}.png"}
        if number < 20:
            row["captions"] = [
                f"A {name} ball on a table.",
                f"One {name} ball lies there.",
                f"A {name} ball.",
                "A ball.",
            ]
        else:
            row["boxes"] = [{"label": "sports ball", "x": (x - 25) / 160, "y": 0.3, "w": 0.31, "h": 0.42}]
        rows.append(json.dumps(row))
    (made / "balls.jsonl").write_text("\n".join(rows))
    return made


def run(folder: Path, work: str, minutes: float) -> None:
    train(PLAN, read([folder / "balls.jsonl"]), folder / work, folder / "cells", PACKS, 1, minutes)


def test_learns_and_goes_on_where_it_was_stopped(folder: Path) -> None:
    run(folder, "whole", 60)
    for minutes in (0, 0, 60):  # one step, another, the rest
        run(folder, "parts", minutes)
    whole, parts = (torch.load(folder / work / "checkpoint.pt", weights_only=True) for work in ("whole", "parts"))
    assert whole["step"] == parts["step"] > 2
    assert (folder / "whole" / "curves.png").stat().st_size > 1000
    # Dropout draws other numbers after a stop; the rows are the same, so the weights stay close.
    difference = torch.cat([(whole["model"][n] - v).abs().flatten() for n, v in parts["model"].items()])
    assert difference.mean() < 1e-3


def test_the_served_graph_says_the_same(folder: Path) -> None:
    run(folder, "whole", 60)
    words, everydays = Vocabulary(folder / "whole" / "vocab.txt"), Everydays()
    model = Eyes(Shape(len(words)), [words.pieces(name) for name in everydays.names])
    state = torch.load(folder / "whole" / "checkpoint.pt", weights_only=True)["model"]
    model.load_state_dict(state)
    model.eval()
    np.savez(folder / "eyes.npz", **arrays(state, 6))
    speaker = Speaker(folder / "eyes.npz", folder / "whole" / "vocab.txt", 1)
    photo = read([folder / "balls.jsonl"])[3]
    kept, probabilities = Cells(folder / "cells", [photo.name]).get(photo.name, 0)
    hints, sure = everydays.first(probabilities[None])
    pieces = [DESCRIBE, *words.pieces("a red ball")]
    with torch.no_grad():
        given = torch.from_numpy(kept.astype(np.float32))[None]
        memory = model.memory(given, torch.from_numpy(hints), torch.from_numpy(sure), torch.tensor([False]))
        mask = torch.ones(len(pieces), len(pieces), dtype=torch.bool).tril()[None, None]
        hidden = model(torch.tensor([pieces]), torch.arange(len(pieces))[None], mask, memory)
        wanted = torch.log_softmax(model.scores(hidden)[0, -1, 6:], -1).numpy()
        cells = (model.deep(given) * model.spread + model.mean)[0].numpy()
    seen = speaker.look(cells, probabilities.astype(np.float32))
    _, keys, values = speaker._step(seen, np.array([pieces[:1]]), speaker._empty, speaker._empty)
    scores, *_ = speaker._step(seen, np.array([pieces[1:]] * 2), keys[:, [0, 0]], values[:, [0, 0]])
    for row in scores[:, 6:]:
        assert np.corrcoef(row, wanted)[0, 1] > 0.99  # int8 rows against float32
    assert 1 <= len(speaker.describe(seen)) <= 3 and all(len(told.text) < 400 for told in speaker.describe(seen))


def test_the_network_of_things_keeps_its_best_pass(capsys: pytest.CaptureFixture[str]) -> None:
    random = torch.Generator().manual_seed(3)
    there = (torch.rand(600, 4, generator=random) < 0.3).float()
    seen = there @ torch.randn(4, 40, generator=random) + 0.3 * torch.randn(600, 40, generator=random)
    known = torch.ones_like(there)
    parts = [(seen[at], there[at], known[at]) for at in (slice(400, 500), slice(500, 600))]
    model, prior = fitted(seen[:400, None], there[:400], known[:400], parts)
    with torch.no_grad():
        right = ((model(parts[1][0]) > prior) == (parts[1][1] > 0)).float().mean()
    assert right > 0.9
    missed = [json.loads(line)["missed"] for line in capsys.readouterr().out.splitlines()]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(parts[0][0]), parts[0][1], reduction="none")
    assert loss.sum(1).mean().item() == pytest.approx(min(missed), rel=1e-4)
