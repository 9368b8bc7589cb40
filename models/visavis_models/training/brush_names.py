"""What is on a painting, by an encoder that no painter learned from: EfficientNet-Lite0, trained on photographs.

Its features of a part of the painting are compared with those of drawings by other hands (`--packages`, see
`brush_pictures.py`), and the names of the nearest are what it shows. A drawing of one set finds its name among the 840
of the other two sets first in 6 of 10 cases and among the first five in 8 or 9 of 10: no painter can be seen to be
better than that. Whitened: without it nearly all drawings on white are near each other.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet
from visavis_models.composer.raster import rendered
from visavis_models.packs import Packs
from visavis_models.ports import Picture
from visavis_models.training.brush_parts import Part, parts, small

Floats = NDArray[np.float32]

SETS = ("noto", "twemoji", "fluent-emoji-flat")
KEPT, SOFTENED = 256, 0.3  # directions of the whitening; share of the mean spread that the small ones are given
TOGETHER = 16
PAD = 16  # pixels round a drawing
FINE, STEPS = 0.36, 4  # windows: their side, and how many across
MOST_PARTS = 12
PAPERS = ((255, 255, 255), (176, 214, 160))  # references lie on both: white, and meadow with sky


class Encoder:
    """EfficientNet-Lite0's 1280 features."""

    def __init__(self, packs: Packs, threads: int = 1) -> None:
        import openvino

        model = packs.folder(efficientnet.PACK) / efficientnet.NETWORK
        self._net = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads})

    def __call__(self, pictures: Sequence[Picture]) -> Floats:
        """pictures: any sizes; they are made square. (n, 1280)."""
        side = (efficientnet.SIDE, efficientnet.SIDE)
        square = [cv2.resize(picture, side, interpolation=cv2.INTER_AREA) for picture in pictures]
        found = [
            np.array(self._net(np.stack(square[start : start + TOGETHER]))["features"])
            for start in range(0, len(square), TOGETHER)
        ]
        return np.concatenate(found).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Seen:
    """A painting looked at: where, and how near each name is there: (places, names), cosines."""

    places: tuple[Part, ...]
    nearness: Floats
    features: Floats  # (places, KEPT), of length 1
    loose: int  # the first so many places are parts, the others windows


class Names:
    """Drawings of every name, as the encoder sees them."""

    def __init__(self, names: Sequence[str], owners: NDArray[np.int64], features: Floats) -> None:
        """owners: for each row of features, the number of its name."""
        self.names = tuple(names)
        self._owners = owners
        self._mean = features.mean(axis=0)
        _, spread, directions = np.linalg.svd(features - self._mean, full_matrices=False)
        spread = spread[:KEPT]
        self._white = (directions[:KEPT].T / (spread + spread.mean() * SOFTENED)).astype(np.float32)
        self._bank = self._whitened(features)

    def _whitened(self, features: Floats) -> Floats:
        made = (features - self._mean) @ self._white
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

    def near(self, features: Floats) -> tuple[Floats, Floats]:
        """(n, names): the nearest drawing of each name; and the whitened features."""
        white = self._whitened(features)
        cosines = white @ self._bank.T
        best = np.full((len(features), len(self.names)), -1.0, np.float32)
        np.maximum.at(best.T, self._owners, cosines.T)
        return best, white


def looked(encoder: Encoder, names: Names, picture: Picture) -> Seen:
    """The parts that stand out, on white; then the whole and windows of it as they are."""
    view = small(picture)
    loose = parts(view)[:MOST_PARTS]
    windows = [_window(0, 0, 1.0), *(_window(x, y, FINE) for y in _starts(FINE, STEPS) for x in _starts(FINE, STEPS)),
               *(_window(x, y, 0.62) for y in _starts(0.62, 2) for x in _starts(0.62, 2))]  # fmt: skip
    places = [*loose, *(Part(box, _inside(view, box)) for box in windows)]
    crops = [_on_white(view, part) for part in loose] + [_cut(picture, place.box) for place in places[len(loose) :]]
    nearness, white = names.near(encoder(crops))
    return Seen(tuple(places), nearness, white, len(loose))


def known_names(packages: Path, encoder: Encoder, kept: Path, without: str = "noto") -> Names:
    """All names of the composer's set, by the drawings of the other sets. kept: a file for the features, made once.

    Raises OSError where the packages are not there."""
    listed: list[dict[str, Any]] = json.loads(
        gzip.decompress(files("visavis_models.composer").joinpath("pictures.json.gz").read_bytes())
    )
    names = [entry["name"] for entry in listed]
    rows: list[tuple[int, str, str]] = []
    for style in SETS:
        icons = json.loads((packages / "@iconify-json" / style / "icons.json").read_text("utf-8"))
        for number, name in enumerate(names):
            if entry := icons["icons"].get(name):
                wide, high = (entry.get(key, icons.get(key, 16)) for key in ("width", "height"))
                head = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
                rows.append((number, style, f'<svg {head} viewBox="0 0 {wide} {high}">{entry["body"]}</svg>'))
    label = [f"{style}/{names[number]}" for number, style, _ in rows]
    if kept.is_file() and list((stored := np.load(kept))["labels"]) == label:
        features = stored["features"]
    else:
        print(f"encoding {len(rows)} drawings", flush=True)
        features = encoder([_paper(svg, paper) for _, _, svg in rows for paper in PAPERS])
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, labels=np.array(label), features=features)
    chosen = [row for row, (_, style, _) in enumerate(rows) if style != without]
    both = [len(PAPERS) * row + paper for row in chosen for paper in range(len(PAPERS))]
    owners = np.repeat(np.array([rows[row][0] for row in chosen]), len(PAPERS))
    return Names(names, owners, features[both])


def _paper(svg: str, paper: tuple[int, int, int]) -> Picture:
    side = efficientnet.SIDE
    drawn = rendered(svg, side - 2 * PAD, side - 2 * PAD).astype(np.float32)
    sheet = np.full((side, side, 3), paper, np.float32)
    if paper != PAPERS[0]:
        sheet[: side * 6 // 10] = (190, 224, 248)
    inner = sheet[PAD:-PAD, PAD:-PAD]
    inner += (drawn[..., :3] - inner) * (drawn[..., 3:] / 255)
    return sheet.astype(np.uint8)


def _starts(side: float, steps: int) -> list[float]:
    return [number * (1 - side) / (steps - 1) for number in range(steps)]


def _window(x: float, y: float, side: float) -> tuple[float, float, float, float]:
    return (x, y, x + side, y + side)


def _inside(picture: Picture, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """The middle of a window."""
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    shown = np.zeros((height, width), bool)
    x, y = (right - left) * 0.2, (bottom - top) * 0.2
    rows = slice(round((top + y) * height), round((bottom - y) * height))
    shown[rows, round((left + x) * width) : round((right - x) * width)] = True
    return shown


def _cut(picture: Picture, box: tuple[float, float, float, float]) -> Picture:
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    return picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def _on_white(picture: Picture, part: Part) -> Picture:
    """The part alone, its holes filled, in the middle of a white square."""
    inner = cv2.morphologyEx(part.shown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(inner, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(inner, outlines, -1, 1, -1)
    cut = _cut(np.where(inner[..., None] > 0, picture, 255).astype(np.uint8), part.box)
    side = round(max(cut.shape[:2]) * 1.16)
    sheet = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    sheet[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return sheet
