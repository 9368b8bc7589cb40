"""Make names.npz: MiniLM's vectors of all names of the picture set, for `meaning.py`. After `build_pictures.py`.

For developers; the result is committed: python -m visavis_models.composer.build_meaning
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis_models.backends import minilm
from visavis_models.composer.pictures import load_pictures
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

HERE = Path(__file__).parent


def main() -> None:
    pictures = load_pictures(HERE / "pictures.json.gz")
    names = sorted({*pictures.names, *pictures.near})
    vectors = minilm.load(BackendSettings(), Packs(ModelSettings().packs)).embed(names)
    whole = np.clip(np.round(vectors * 127 / np.abs(vectors).max(axis=1, keepdims=True)), -127, 127).astype(np.int8)
    np.savez_compressed(HERE / "names.npz", names=np.array(names), vectors=whole)
    print(f"{len(names)} names, {(HERE / 'names.npz').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
