"""Packs checkpoints of the brush for serving: int8 rows with a scale each, no torch needed to read it.

`python -m visavis_models.training.brush_pack out/brush models/visavis_models/brush --packages FOLDER/node_modules`.
With the weights go MiniLM's vectors of the names learned: a name is painted somewhat like the one that is nearest.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from visavis_models.backends.brush_graph import packed
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training import checkpoints
from visavis_models.training.brush import described
from visavis_models.training.brush_model import Shape
from visavis_models.training.brush_pictures import read as pictures

WEIGHTS = "brush.npz"


def arrays(
    brush: Mapping[str, Any], finish: Mapping[str, Any], words: Mapping[str, Any], shape: Shape
) -> dict[str, Any]:
    """What `brush_graph.Weights` reads. brush, finish: state dictionaries; words: words_mean, words_scale."""
    made: dict[str, NDArray[Any]] = {"channels": np.array(shape.channels), "heads": np.array(shape.heads)}
    whole = {**brush, **{f"finish.{name}": value for name, value in finish.items()}, **words}
    for name, value in whole.items():
        array = np.asarray(value, np.float32)
        if name.endswith(".weight") and array.ndim >= 2:
            made[f"{name}.whole"], made[f"{name}.scale"] = packed(array)
        else:
            made[name] = array
    return made


def read(work: Path, names: NDArray[np.float32], which: str = "mean") -> dict[str, Any]:
    """The brush in the folder, as it is "now" or its moving "mean", and its finish. names: vectors of MiniLM."""
    model: dict[str, Any] = torch.load(work / checkpoints.NAME, weights_only=True)["model"]
    finish: dict[str, Any] = torch.load(work / "finish" / checkpoints.NAME, weights_only=True)["model"]
    return arrays(
        {name.removeprefix(f"{which}."): value for name, value in model.items() if name.startswith(f"{which}.")},
        {name.removeprefix("finish."): value for name, value in finish.items() if name.startswith("finish.")},
        {"known.weight": names, **{name: model[name] for name in ("words_mean", "words_scale")}},
        Shape(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path, help="the folder that `brush` and `brush_finish` worked in")
    parser.add_argument("out", type=Path, help="folder of the pack's file")
    parser.add_argument("--which", choices=("mean", "now"), default="mean", help="after a short run now is better")
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"), help="the drawings")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--cache", type=Path, default=Path("out/brush-cache"))
    given = parser.parse_args()
    drawings = pictures(given.packages)
    words = described(drawings, Packs(given.packs), given.cache)
    names = sorted({drawing.phrases[0] for drawing in drawings if not drawing.held})
    given.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(given.out / WEIGHTS, **read(given.work, np.stack([words[name] for name in names]), given.which))
    print({path.name: path.stat().st_size for path in sorted(given.out.iterdir())})


if __name__ == "__main__":
    main()
