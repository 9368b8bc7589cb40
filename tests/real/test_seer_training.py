"""Training of the large eyes on SmolLM2's first layers and the image network: ten steps, and what they say."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs visavis[train]")
pytest.importorskip("tokenizers", reason="training needs visavis[train]")

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.smollm2_graph import GGUF
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training import words_model
from visavis_models.training.eyes_carry import lite
from visavis_models.training.eyes_course import Set
from visavis_models.training.eyes_device import decoded
from visavis_models.training.eyes_facts import facts
from visavis_models.training.eyes_photos import Photo, read
from visavis_models.training.seer import SeerPlan, train
from visavis_models.training.seer_model import SEEN
from visavis_models.training.seer_say import Asked, say
from visavis_models.training.seer_weights import load

PACKS = Packs(ModelSettings().packs)
PLAN = SeerPlan(together=2, longest=48, steps=10, rate=4e-3, warm_up=1, tests=2, rank=2, processes=1)
LAYERS = 3  # of SmolLM2's 30


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    """A dozen balls on a table."""
    rows = []
    for number in range(12):
        name, colour = (("red", (200, 30, 30)), ("blue", (30, 60, 200)))[number % 2]
        picture = np.full((120, 160, 3), 150, np.uint8)
        cv2.circle(picture, (20 + 10 * number, 60), 18, colour, -1)
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture[..., ::-1])
        captions = [f"A {name} ball on a table.", f"One {name} ball lies there.", f"A {name} ball.", "A ball."]
        rows.append(json.dumps({"id": number, "file": f"{number}.png", "captions": captions}))
    (tmp_path / "balls.jsonl").write_text("\n".join(rows))
    return read([tmp_path / "balls.jsonl"])


def test_learns_and_says_the_same_alone_and_among_others(
    photos: list[Photo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_model, "LAYERS", LAYERS)
    learned, tests = (Set(some, [facts(photo) for photo in some]) for some in (photos[3:], photos[:3]))
    figures = list[dict[str, float]]()
    model, words = train(PLAN, learned, tests, PACKS, tmp_path, "cpu", math.inf, lambda **told: figures.append(told))
    losses = {told["step"]: told["loss"] for told in figures if "loss" in told}
    assert losses.keys() == {1, 2, 3, 10}
    assert losses[10] < losses[1] - 2
    assert figures[-1]["tested"] < losses[1]

    pictures = decoded(tests.photos, 1)
    asked = [
        Asked(pictures[0], "is there a ball?"),
        Asked(pictures[1], "what colour is the ball that lies there on the table?"),
        Asked(pictures[2], ""),
    ]
    together = say(model, words, asked)
    (alone,) = say(model, words, asked[:1])
    assert alone.text == together[0].text
    assert alone.belief == pytest.approx(together[0].belief, abs=1e-3)

    file = GgufFile(PACKS.folder("smollm2-135m") / GGUF)
    loaded = load(tmp_path, file, lite(PACKS), words).eval()  # from float16
    seen = [each.eval().picture(pictures.float(), torch.zeros(3, dtype=torch.bool)) for each in (model, loaded)]
    mask = torch.ones(SEEN, SEEN, dtype=torch.bool).tril()
    with torch.no_grad():
        scores = [
            each.scores(each.through(x, torch.arange(SEEN).expand(3, -1), mask, None)[0][:, -1]).log_softmax(-1)
            for each, x in zip((model, loaded), seen, strict=True)
        ]
    assert (scores[0] - scores[1]).abs().max() < 0.2
