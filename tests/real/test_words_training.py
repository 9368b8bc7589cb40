"""Training of the adapter on the real weights: a few small steps, stopped and gone on with; and the served graph."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.low_rank import LowRank
from visavis_models.backends.smollm2 import SmolLM2
from visavis_models.backends.smollm2_graph import ADAPTER, GGUF
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings

torch = pytest.importorskip("torch", reason="training needs visavis[train]")

from visavis_models.training.words import Plan, train
from visavis_models.training.words_model import LAYERS, Words

PLAN = Plan(dialogues=6, passes=3, tokens=300, frozen=28, rank=4, warm_up=2, tests=3, every=100)
ROLES = Path("agents/visavis_agents/roles")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Packs(ModelSettings().packs).folder("smollm2-135m")


def lines(work: Path, key: str) -> list[dict[str, object]]:
    return [line for line in map(json.loads, (work / "log.jsonl").read_text().splitlines()) if key in line]


def test_learns_and_goes_on_where_it_was_stopped(folder: Path, tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    train(PLAN, folder, whole, ROLES, threads=2, minutes=60)
    losses = [line["loss"] for line in lines(whole, "loss")]
    once = len(losses) // PLAN.passes
    assert np.mean(losses[-once:]) < np.mean(losses[:once])  # the same dialogues
    assert (whole / "curves.png").stat().st_size > 1000
    train(PLAN, folder, halves, ROLES, threads=2, minutes=0)  # one step, then it keeps what it has
    assert len(lines(halves, "loss")) == 1
    train(PLAN, folder, halves, ROLES, threads=2, minutes=60)
    assert [line["loss"] for line in lines(halves, "loss")] == pytest.approx(losses, abs=2e-3)
    assert all(a["step"] < b["step"] for a, b in pairwise(lines(halves, "loss")))
    name = f"blk.{LAYERS - 1}.attn_q"
    weights = GgufFile(folder / GGUF).weights(f"{name}.weight")
    changes = [LowRank(work / "words.npz").added(name, weights) - weights for work in (whole, halves)]
    assert np.abs(changes[0]).max() > 0
    np.testing.assert_allclose(changes[0], changes[1], atol=1e-3)


def test_another_plan_does_not_go_on_with_it(folder: Path, tmp_path: Path) -> None:
    train(PLAN, folder, tmp_path, ROLES, threads=2, minutes=0)
    with pytest.raises(SystemExit, match="another plan"):
        train(Plan(**{**PLAN.__dict__, "seed": 9}), folder, tmp_path, ROLES, threads=2, minutes=0)


def test_the_served_graph_is_the_file_and_the_adapter(folder: Path) -> None:
    """Every product has its own weights: the scores are those of torch with the same, but for 8-bit rows."""
    served = SmolLM2(folder, 0)
    prompt = list(served._encode("<|im_start|>user\nWhy do birds sing?<|im_end|>\n"))
    reply = list(served._encode("<|im_start|>assistant\nBirds sing because"))
    adapter = LowRank(ADAPTER) if ADAPTER.exists() else None
    file = GgufFile(folder / GGUF)
    model = Words(file, LAYERS, 0)
    if adapter:
        for number, layer in enumerate(model.layers):

            def both(*parts: str, number: int = number) -> object:
                names = [f"blk.{number}.{part}" for part in parts]
                return torch.from_numpy(np.concatenate([adapter.added(n, file.weights(f"{n}.weight")) for n in names]))

            layer.qkv.weights = both("attn_q", "attn_k", "attn_v")
            layer.output.weights = both("attn_output")
            layer.gate_up.weights = both("ffn_gate", "ffn_up")
            layer.down.weights = both("ffn_down")
    with torch.no_grad():
        hidden = model.upper(*model.lower(torch.tensor(prompt), torch.tensor([reply])))
        wished = model.scores(hidden[0, -1:])[0].numpy()
    given = served._slots.read(served._slots.slots[0], [*prompt, *reply])
    assert np.corrcoef(given, wished)[0, 1] > 0.99
    assert given.argmax() == wished.argmax()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF\x03\0\0\0")
    with pytest.raises(ModelError, match=r"a\.gguf is not a GGUF file"):
        GgufFile(tmp_path / "a.gguf")
