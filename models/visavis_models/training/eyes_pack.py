"""Packs a checkpoint of our eyes for serving: int8 rows with a scale each, no torch needed to read it.

`python -m visavis_models.training.eyes_pack out/eyes models/visavis_models/eyes`
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from visavis_models.backends import efficientnet
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.efficientnet import TUNED
from visavis_models.backends.eyes_graph import KINDS, packed
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.eyes_model import Shape

WEIGHTS, TOWER, VOCABULARY, WHERE = "eyes.npz", "tower.npz", "vocab.txt", "kinds.npz"


def arrays(model: dict[str, Any], heads: int) -> dict[str, NDArray[Any]]:
    """What `eyes_graph.Weights` reads."""
    values = {name: np.asarray(value, np.float32) for name, value in model.items()}
    values.pop("head", None), values.pop("head_shift", None)
    made: dict[str, NDArray[Any]] = {"heads": np.array(heads)}
    for name, value in values.items():
        name = "pieces" if name == "pieces.weight" else name
        if value.ndim == 2 and (name == "pieces" or name.endswith(".weight")):
            made[f"{name}.whole"], made[f"{name}.scale"] = packed(value)
        else:
            made[name] = value.astype(np.float16) if value.ndim == 2 else value
    return made


def two_layers(values: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """What `eyes_pooled.TwoLayers` reads."""
    made: dict[str, NDArray[Any]] = {name: np.asarray(values[name], np.float32) for name in ("mean", "spread")}
    for name in ("first", "second"):
        made[name], made[f"{name}_scale"] = packed(values[f"{name}.weight"])
        made[f"{name}_bias"] = np.asarray(values[f"{name}.bias"], np.float32)
    return made


def kinds(values: dict[str, NDArray[Any]], names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """What `eyes_graph.looking` tells kinds of things by. values: weight and bias, with a row for each name."""
    whole, scale = packed(np.asarray(values["weight"], np.float32))
    bias = np.asarray(values["bias"], np.float32)
    named = {"names": np.array(names, str), "weight.whole": whole, "weight.scale": scale, "bias": bias}
    return {f"{KINDS}.{name}": value for name, value in named.items()}


def tower(packs: Packs) -> dict[str, NDArray[np.float16]]:
    """What `eyes_tower.upper` reads: the upper half of the picture network as it was published."""
    lite = efficientnet.folded(read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT))
    upper = {
        name for name in lite if name.startswith("head") or (name[0].isdigit() and int(name.split(".")[0]) >= TUNED)
    }
    return {name: lite[name].astype(np.float16) for name in sorted(upper)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path, help="folder with checkpoint.pt and vocab.txt")
    parser.add_argument("out", type=Path, help="folder of the pack's files")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    given = parser.parse_args()
    model = torch.load(given.work / "checkpoint.pt", weights_only=True)["model"]
    given.out.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = arrays(model, Shape.heads)
    np.savez_compressed(given.out / WEIGHTS, **made)
    upper: dict[str, Any] = tower(Packs(given.packs))
    np.savez_compressed(given.out / TOWER, **upper)
    nothing: dict[str, Any] = {f"{KINDS}.names": np.array([], str)}  # only `eyes_tuned.py` learns where things lie
    np.savez_compressed(given.out / WHERE, **nothing)
    copyfile(given.work / VOCABULARY, given.out / VOCABULARY)
    print({path.name: path.stat().st_size for path in sorted(given.out.iterdir())})


if __name__ == "__main__":
    main()
