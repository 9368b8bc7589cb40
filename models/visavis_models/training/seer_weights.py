"""What the large eyes learned, in two files of float16 by name.

`seer-adapter.npz` is as `backends/low_rank.py` adds it to SmolLM2; `seer-look.npz` has the projector, the upper half of
the image network, and the pieces that are said.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.backends.everyday import Everyday
from visavis_models.backends.gguf_file import GgufFile
from visavis_models.training.seer_model import Seer
from visavis_models.training.seer_words import SmolLM2Words

ADAPTER, LOOK = "seer-adapter", "seer-look"


def fresh(
    file: GgufFile, lite: Mapping[str, NDArray[Any]], words: SmolLM2Words, said: list[int], rank: int, dropout: float
) -> Seer:
    """lite: EfficientNet-Lite0, `efficientnet.folded`. said: the pieces that may be said."""
    everyday = [(words.pieces(name), classes) for name, classes in Everyday().words]
    return Seer(file, lite, rank, dropout, everyday, said)


def save(model: Seer, folder: Path) -> None:
    """The files are whole at any time: those before are replaced when the new ones are written."""
    trained = {name: _half(value) for name, value in model.words.named_parameters() if value.requires_grad}
    adapter = {name.removeprefix("layers."): value for name, value in trained.items()}
    look = {f"look.{name}": _half(value) for name, value in model.look.state_dict().items()}
    look |= {f"tower.{name}": _half(value) for name, value in model.tower.upper.state_dict().items()}
    look |= {"said": model.said.cpu().numpy().astype(np.int32)}
    for name, arrays in ((ADAPTER, adapter), (LOOK, look)):
        np.savez(folder / f"{name}.new.npz", **arrays)
        (folder / f"{name}.new.npz").replace(folder / f"{name}.npz")


def load(folder: Path, file: GgufFile, lite: Mapping[str, NDArray[Any]], words: SmolLM2Words) -> Seer:
    with np.load(folder / f"{ADAPTER}.npz") as adapter, np.load(folder / f"{LOOK}.npz") as look:
        model = fresh(file, lite, words, look["said"].tolist(), len(adapter["0.qkv.down"]), 0.0)
        for name in adapter.files:
            model.words.layers.get_parameter(name).data.copy_(torch.from_numpy(adapter[name]))
        for part, module in (("look.", model.look), ("tower.", model.tower.upper)):
            values = {name.removeprefix(part): look[name] for name in look.files if name.startswith(part)}
            module.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    return model


def _half(value: Tensor) -> NDArray[np.float16]:
    made: NDArray[np.float16] = value.detach().float().cpu().numpy().astype(np.float16)
    return made
