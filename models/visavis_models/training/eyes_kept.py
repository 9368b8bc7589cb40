"""What a training of `eyes_tuned.py` keeps: one archive cut into three files, written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNT = 3


def parts(arrays: Mapping[str, NDArray[Any]], folder: Path) -> None:
    """Write eyes.part1 .. eyes.part3."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = io.BytesIO()
    np.savez(whole, **arrays)  # type: ignore[arg-type]
    data = whole.getbuffer()
    size = -(-len(data) // COUNT)
    for number in range(COUNT):
        (folder / f"new.part{number + 1}").write_bytes(data[number * size : (number + 1) * size])
    for number in range(COUNT):
        (folder / f"new.part{number + 1}").replace(folder / f"eyes.part{number + 1}")


def joined(folder: Path) -> dict[str, NDArray[Any]]:
    """What `parts` wrote, in single precision."""
    data = b"".join((folder / f"eyes.part{number + 1}").read_bytes() for number in range(COUNT))
    with np.load(io.BytesIO(data)) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    return {name: value.astype(np.float32) if value.dtype == np.float16 else value for name, value in found.items()}
