"""Packs photos and what is known of them for a machine that has neither: `python -m ...training.eyes_carry`.

Two folders of one size, each a manifest (`photos.jsonl.gz`, as `eyes_photos.py` reads it) and the pictures in one file
(`photos.bin`: WebP of 224 x 224, or the JPEG as it was where it has that size). `split` says what each is for: `learn`
or `test` (held out by name); what looks nearly like one held out is left behind. Beside them stand EfficientNet-Lite0
in halves, every norm folded in (`lite0.npz`), what MiniLM makes of the captions (`texts.npz`), and its embeddings of
the pieces of the vocabulary (`pieces.npz`).
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet, minilm
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.eyes_cells import shrunk
from visavis_models.backends.eyes_graph import packed
from visavis_models.backends.eyes_words import Vocabulary
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.eyes import embeddings
from visavis_models.training.eyes_course import divided
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_photos import Photo, read

SIDE = efficientnet.SIDE
LISTING, PICTURES, LITE, TEXTS = "photos.jsonl.gz", "photos.bin", "lite0.npz", "texts.npz"
PIECES = "pieces.npz"
CAPTIONS = 3  # of a photo, as MiniLM has them


def picture(photo: Photo, quality: int) -> bytes:
    """The file as it is if it is a JPEG of the right size, else a WebP."""
    with photo.path.open("rb") as file:
        file.seek(photo.offset)
        data = file.read(photo.size or -1)
    if data[:2] == b"\xff\xd8" and photo.picture().shape[:2] == (SIDE, SIDE) and len(data) < 6_500:
        return data
    small = cv2.cvtColor(shrunk(photo.picture()), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()


def entry(photo: Photo, split: str, offset: int, size: int) -> dict[str, Any]:
    """The photo's line in the manifest."""
    made: dict[str, Any] = {"name": photo.name, "shard": PICTURES, "offset": offset, "size": size, "split": split}
    known = {
        "captions": photo.captions,
        "captions_from_qa": photo.loose,
        "boxes": [{key: round(v, 3) if key != "label" else v for key, v in asdict(t).items()} for t in photo.things],
        "labels": photo.labels,
        "qa": photo.asked,
    }
    made |= {key: value for key, value in known.items() if value}
    if photo.things and not photo.boxed:
        made["some_boxes"] = True
    return made


def carry(photos: Sequence[tuple[Photo, str]], folders: Sequence[Path], quality: int) -> None:
    """Every second photo into each of two folders."""
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / PICTURES).open("wb") as pictures, gzip.open(folder / LISTING, "wt", 9, "utf-8") as listing:
            for photo, split in photos[number :: len(folders)]:
                data = picture(photo, quality)
                listing.write(json.dumps(entry(photo, split, pictures.tell(), len(data))) + "\n")
                pictures.write(data)


def lite(packs: Packs) -> dict[str, NDArray[np.float16]]:
    """EfficientNet-Lite0 with its norms folded in, by names like `stem.weight`, `8.expand.bias`, `head.weight`."""
    weights = read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT)
    return {name: value.astype(np.float16) for name, value in efficientnet.folded(weights).items()}


def texts(photos: Sequence[Photo], packs: Packs) -> dict[str, NDArray[Any]]:
    """names, and of each as many rows of MiniLM as `counts` says, int8 with a scale each."""
    embedder = minilm.load(BackendSettings(backend="minilm"), packs)
    told = [(photo, (photo.captions or photo.loose)[:CAPTIONS]) for photo in photos]
    told = [(photo, captions) for photo, captions in told if captions]
    whole, scale = packed(embedder.embed([caption for _, captions in told for caption in captions]))
    names, counts = [photo.name for photo, _ in told], [len(captions) for _, captions in told]
    return {"names": np.array(names), "counts": np.array(counts, np.int8), "whole": whole, "scale": scale}


def pieces(vocabulary: Path, packs: Packs) -> dict[str, NDArray[Any]]:
    """MiniLM's embeddings of the pieces, int8 with a scale each; small numbers by lot where it has none."""
    whole, scale = packed(embeddings(Vocabulary(vocabulary), packs, 9))
    return {"whole": whole, "scale": scale}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="manifests (.jsonl)")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument("--out", type=Path, nargs=2, default=[Path("out/photos1"), Path("out/photos2")])
    parser.add_argument("--vocabulary", type=Path, default=Path(__file__).parents[1] / "eyes/vocab.txt")
    parser.add_argument("--quality", type=int, default=50, help="of WebP")
    given = parser.parse_args()
    packs, photos = Packs(given.packs), read(given.photos)
    keep(photos, given.cells, packs, 1, 1)
    learned, tests, twins = divided(photos, Cells(given.cells, [photo.name for photo in photos]))
    use = {p.name: "learn" for p in learned.photos} | {p.name: "test" for p in tests.photos}
    carry([(photo, use[photo.name]) for photo in photos if photo.name in use], given.out, given.quality)
    np.savez(given.out[0] / LITE, **lite(packs))  # type: ignore[arg-type]
    np.savez(given.out[1] / TEXTS, **texts([*learned.photos, *tests.photos], packs))  # type: ignore[arg-type]
    np.savez(given.out[1] / PIECES, **pieces(given.vocabulary, packs))  # type: ignore[arg-type]
    print(f"{len(learned.photos)} to learn from, {len(tests.photos)} held out, {twins} like one held out")
    for folder in given.out:
        print(folder, {path.name: path.stat().st_size for path in sorted(folder.iterdir())})


if __name__ == "__main__":
    main()
