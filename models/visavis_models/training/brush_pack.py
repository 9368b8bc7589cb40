"""Packs the brush for serving, one file: int8 rows with a scale each, no torch needed to read it.

With the weights go MiniLM's vectors of the names learned: a name is painted somewhat like the one that is nearest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from visavis_models.backends.brush_graph import packed
from visavis_models.backends.brush_torch import Shape
from visavis_models.training.brush_bank import Drawings

WEIGHTS = "brush.npz"


def arrays(weights: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """What `brush_graph.Weights` reads."""
    made: dict[str, Any] = {f"shape.{name}": np.array(value) for name, value in asdict(shape).items()}
    for name, value in weights.items():
        array = np.asarray(value, np.float32)
        if name.endswith(".weight") and array.ndim >= 2:
            made[f"{name}.whole"], made[f"{name}.scale"] = packed(array)
        else:
            made[name] = array.astype(np.float16) if array.ndim >= 2 else array
    return made


def pack(brush: nn.Module, words: nn.Module, shape: Shape, drawings: Drawings, folder: Path) -> Path:
    """words: has words_mean and words_scale. The file is whole at any time."""
    rows = sorted({int(row) for row in drawings.phrases[~drawings.held, 0]})
    weights = {name: value.detach().cpu() for name, value in brush.state_dict().items()}
    weights |= {name: getattr(words, name).cpu() for name in ("words_mean", "words_scale")}
    weights["known.weight"] = torch.from_numpy(drawings.vectors[rows])
    with (folder / "brush.new").open("wb") as file:
        np.savez(file, **arrays(weights, shape))
    return (folder / "brush.new").replace(folder / WEIGHTS)
