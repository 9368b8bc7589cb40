"""Makes of what `eyes_tuned.py` kept the files of the pack: `python -m ...training.eyes_read_back KEPT OUT`.

eyes.npz (the decoder, int8 rows), kinds.npz (what lies in which cell), tower.npz (the upper half of the picture
network, halves), things.npz and join.npz. Beside things.npz comes the network that `eyes_things.py` makes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.training.eyes_facts import BOXED
from visavis_models.training.eyes_kept import joined
from visavis_models.training.eyes_model import Shape
from visavis_models.training.eyes_pack import TOWER, VOCABULARY, WEIGHTS, WHERE, arrays, kinds, two_layers


def within(kept: dict[str, NDArray[Any]], at: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(f"{at}."): value for name, value in kept.items() if name.startswith(f"{at}.")}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kept", type=Path, help="folder of eyes.part1 to eyes.part3")
    parser.add_argument("out", type=Path, help="folder of the pack's files")
    parser.add_argument("--vocabulary", type=Path, default=Path(__file__).parents[1] / "eyes/vocab.txt")
    given = parser.parse_args()
    kept = joined(given.kept)
    given.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(given.out / WEIGHTS, **arrays(within(kept, "eyes"), Shape.heads))  # type: ignore[arg-type]
    tower = {name: value.astype(np.float16) for name, value in within(kept, "tower").items()}
    np.savez_compressed(given.out / TOWER, **tower)  # type: ignore[arg-type]
    things = two_layers(within(kept, "things")) | {"names": kept["names"], "prior": kept["prior"]}
    np.savez_compressed(given.out / "things.npz", **things)  # type: ignore[arg-type]
    where = kinds(within(kept, "kinds"), sorted(BOXED))
    np.savez_compressed(given.out / WHERE, **where)  # type: ignore[arg-type]
    np.savez_compressed(given.out / "join.npz", **two_layers(within(kept, "join")))  # type: ignore[arg-type]
    copyfile(given.vocabulary, given.out / VOCABULARY)
    print(f"step {int(kept['step'])}", {path.name: path.stat().st_size for path in sorted(given.out.iterdir())})


if __name__ == "__main__":
    main()
