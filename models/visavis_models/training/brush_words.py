"""The drawings of the packages with the vectors of all that they are called: what needs packages and packs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.minilm import load
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings
from visavis_models.training.brush_pictures import Drawing, kept, read

Words = dict[str, NDArray[np.float32]]  # phrase -> vector


def read_packages(packages: Path, cache: Path, packs: Packs) -> tuple[list[Drawing], NDArray[np.uint8], Words]:
    """packages: the node_modules folder; cache: where pixels and vectors are kept. Raises NoPictures."""
    drawings = read(packages)
    return drawings, kept(drawings, cache), described(drawings, packs, cache)


def described(drawings: Sequence[Drawing], packs: Packs, cache: Path) -> Words:
    """MiniLM's vectors of all phrases, as they come; kept."""
    wanted = sorted({phrase for drawing in drawings for phrase in drawing.phrases})
    path = cache / "words.npz"
    if path.exists() and list((held := np.load(path))["phrases"]) == wanted:
        vectors = held["vectors"]
    else:
        vectors = load(BackendSettings(), packs).embed(wanted)
        np.savez(path, phrases=np.array(wanted), vectors=vectors)
    return dict(zip(wanted, vectors, strict=True))
