"""Training of the adapter on the real weights: a few small steps, stopped and gone on with; and the served graph."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from visavis_models.training.words_examples import Example, Prepared, read
from visavis_models.training.words_log import curves
from visavis_models.training.words_model import LAYERS, Words
from visavis_models.training.words_tokens import prepared

PLAN = Plan(seconds=12, tokens=300, frozen=28, rank=4, rate=3e-3, tests=2)
ROLES = Path("agents/visavis_agents/roles")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Packs(ModelSettings().packs).folder("smollm2-135m")


@pytest.fixture(scope="module")
def made(folder: Path) -> Prepared:
    """A few short dialogues after a bare prompt: one batch."""
    found = prepared(folder, ROLES, 8, 60, 20)
    short = next(number for number, tokens in enumerate(found.prompts) if len(tokens) < 30)

    def some(all_of: tuple[Example, ...], count: int) -> tuple[Example, ...]:
        return tuple(replace(each, prompt=short) for each in all_of if len(each.tokens) < 90)[:count]

    return Prepared(found.prompts, some(found.learned, 3), some(found.held_out, 2), some(found.anchors, 2))


def lines(work: Path, key: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, (work / "log.jsonl").read_text().splitlines()) if key in line]


def test_learns_and_goes_on_where_it_was_stopped(folder: Path, made: Prepared, tmp_path: Path) -> None:
    file = GgufFile(folder / GGUF)

    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        train(PLAN, made, file, tmp_path, "cpu", stop)
    stopped = lines(tmp_path, "loss")
    train(PLAN, made, file, tmp_path, "cpu")
    losses = lines(tmp_path, "loss")
    assert [line["step"] for line in losses] == list(range(1, len(losses) + 1))
    assert len(losses) > len(stopped)
    assert losses[-1]["loss"] < losses[0]["loss"]  # the same batch again
    curves(tmp_path)
    assert (tmp_path / "curves.png").stat().st_size > 1000
    name = f"blk.{LAYERS - 1}.attn_q"
    weights = GgufFile(folder / GGUF).weights(f"{name}.weight")
    assert np.abs(LowRank(tmp_path / "last.npz").added(name, weights) - weights).max() > 0
    with pytest.raises(SystemExit, match="another plan"):
        train(replace(PLAN, seed=9), made, file, tmp_path, "cpu")


def test_a_file_of_tokens_is_read_as_it_was_written(made: Prepared, tmp_path: Path) -> None:
    made.save(tmp_path / "made.npz")
    again = read(tmp_path / "made.npz")
    assert again.prompts == made.prompts
    for before, after in zip(made.learned + made.held_out, again.learned + again.held_out, strict=True):
        assert replace(after, number=before.number) == before


def test_the_served_graph_is_the_file_and_the_adapter(folder: Path) -> None:
    """Every product has its own weights: the scores are those of torch with the same, but for 8-bit rows."""
    served = SmolLM2(folder, 0)
    prompt = list(served._encode("<|im_start|>user\nWhy do birds sing?<|im_end|>\n"))
    reply = list(served._encode("<|im_start|>assistant\nBirds sing because"))
    adapter = LowRank(ADAPTER)
    file = GgufFile(folder / GGUF)
    model = Words(file, LAYERS, 0)
    for number, layer in enumerate(model.layers):

        def both(*parts: str, number: int = number) -> object:
            names = [f"blk.{number}.{part}" for part in parts]
            return torch.from_numpy(np.concatenate([adapter.added(n, file.weights(f"{n}.weight")) for n in names]))

        layer.qkv.weights = both("attn_q", "attn_k", "attn_v")
        layer.output.weights = both("attn_output")
        layer.gate_up.weights = both("ffn_gate", "ffn_up")
        layer.down.weights = both("ffn_down")
    with torch.no_grad():
        hidden = model(torch.tensor(prompt), torch.tensor([reply]))
        wished = model.scores(hidden[0, -1:])[0].numpy()
    given = served._slots.read(served._slots.slots[0], [*prompt, *reply])
    assert np.corrcoef(given, wished)[0, 1] > 0.99
    assert given.argmax() == wished.argmax()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF\x03\0\0\0")
    with pytest.raises(ModelError, match=r"a\.gguf is not a GGUF file"):
        GgufFile(tmp_path / "a.gguf")
