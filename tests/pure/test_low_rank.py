"""An adapter's matrices find the weights they were trained for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis_models.backends.low_rank import LowRank


@pytest.fixture
def adapter(tmp_path: Path) -> LowRank:
    """Layer 29: a change of 1 in every place, times the number of the row."""
    rows = {"qkv": 960, "output": 576, "gate_up": 3072, "down": 576}
    columns = {"qkv": 576, "output": 576, "gate_up": 576, "down": 1536}
    found: dict[str, Any] = {}
    for part, count in rows.items():
        number = np.arange(count)
        found[f"29.{part}.up"] = np.stack([number // 100, number % 100], 1).astype(np.int8)
        found[f"29.{part}.down"] = np.ones((2, columns[part]), np.int8)
        found[f"29.{part}.scale"] = np.array([100, 1], np.float32)
    np.savez(tmp_path / "adapter.npz", **found)
    return LowRank(tmp_path / "adapter.npz")


@pytest.mark.parametrize(
    ("part", "shape", "first"),
    [
        ("attn_q", (576, 576), 0),
        ("attn_k", (192, 576), 576),
        ("attn_v", (192, 576), 768),
        ("attn_output", (576, 576), 0),
        ("ffn_gate", (1536, 576), 0),
        ("ffn_up", (1536, 576), 1536),
        ("ffn_down", (576, 1536), 0),
    ],
)
def test_each_weight_gets_its_own_rows(adapter: LowRank, part: str, shape: tuple[int, int], first: int) -> None:
    added = adapter.added(f"blk.29.{part}", np.ones(shape, np.float32))
    assert added.shape == shape
    rows = np.arange(first, first + shape[0], dtype=np.float32)
    np.testing.assert_allclose(added, 1 + np.repeat(rows[:, None], shape[1], 1))


@pytest.mark.parametrize("name", ["blk.28.attn_q", "token_embd"])
def test_the_others_stay(adapter: LowRank, name: str) -> None:
    weights = np.ones((4, 4), np.float32)
    assert adapter.added(name, weights) is weights
