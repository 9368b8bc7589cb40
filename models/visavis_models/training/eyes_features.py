"""The cells of all views of all photos, worked out once and kept on disk: 300 KB and 0.12 s a photo on one core."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet
from visavis_models.backends.eyes_cells import BESIDE, NARROW, SIDE, cells, shrunk, with_depths
from visavis_models.backends.eyes_tower import Tower, read
from visavis_models.packs import Packs
from visavis_models.training.eyes_photos import VIEWS, Photo, lit, views

NUMBERS = NARROW + BESIDE  # of a cell, as they are kept: the deep map is made of the narrow one again
SHARD = 500  # photos in a file


class Cells:
    """What the image network says of each photo. Halves, read from disk as they are needed."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._files: list[tuple[Any, Any]] = []
        self._where: dict[str, tuple[int, int]] = {}
        wanted = set(names)
        for listing in sorted(folder.glob("*.json")):
            own = json.loads(listing.read_text())
            kept = tuple(np.load(listing.with_suffix(f".{part}.npy"), mmap_mode="r") for part in ("cells", "names"))
            self._files.append((kept[0], kept[1]))
            self._where |= {name: (len(self._files) - 1, row) for row, name in enumerate(own) if name in wanted}

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def views(self, name: str) -> int:
        """How many of the photo's views are kept."""
        return int(self._files[self._where[name][0]][0].shape[1])

    def get(self, name: str, view: int) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """(49, NUMBERS) and the 1000 probabilities."""
        file, row = self._where[name]
        return self._files[file][0][row, view], self._files[file][1][row, view]


def keep(
    photos: Sequence[Photo], folder: Path, packs: Packs, threads: int, count: int = VIEWS, tower: Path | None = None
) -> None:
    """Work out what is not there yet. count: views of each photo. tower: weights of a picture network that learned on.
    Blocking; goes on where it was stopped, at most SHARD photos before."""
    import openvino as ov

    folder.mkdir(parents=True, exist_ok=True)
    done = {name for listing in folder.glob("*.json") for name in json.loads(listing.read_text())}
    left = [photo for photo in photos if photo.name not in done]
    if not left:
        return
    path = packs.folder(efficientnet.PACK) / efficientnet.NETWORK
    options = {"INFERENCE_NUM_THREADS": threads}
    network = Tower(path, read(tower), threads) if tower else ov.Core().compile_model(with_depths(path), "CPU", options)
    began = time.monotonic()
    for start in range(0, len(left), SHARD):
        some = left[start : start + SHARD]
        number = len(list(folder.glob("*.json")))
        path = folder / f"{number:04}.json"
        rows = np.lib.format.open_memmap(
            path.with_suffix(".cells.npy"), "w+", np.float16, (len(some), count, SIDE * SIDE, NUMBERS)
        )
        names = np.lib.format.open_memmap(path.with_suffix(".names.npy"), "w+", np.float16, (len(some), count, 1000))
        for row, photo in enumerate(some):
            picture, random = photo.picture(), Random(photo.name)
            for at, view in enumerate(views(photo.name)[:count]):
                small = shrunk(view.of(picture) if at < 2 else lit(view.of(picture), random))
                outputs = network(small[None])
                rows[row, at] = cells(outputs, small, "narrow")
                names[row, at] = outputs["probabilities"][0]
            if (row % 20 == 0 and sys.stderr.isatty()) or row % 500 == 0:
                each = (time.monotonic() - began) / (start + row + 1)
                print(f"cells of {start + row + 1} of {len(left)} photos, {each:.2f} s each", flush=True)
        rows.flush()
        names.flush()
        path.write_text(json.dumps([photo.name for photo in some]))
