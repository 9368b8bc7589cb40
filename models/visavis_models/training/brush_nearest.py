"""Does the brush copy? Its samples beside the drawings that it learned from and that are nearest to them.

`python -m visavis_models.training.brush_nearest --packages FOLDER/node_modules` writes a sheet, each row a sample, the
three nearest drawings by pixels and the three nearest by features (EfficientNet-Lite0), and the distances, beside those
from each of these drawings to the one that is nearest to it among the others.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import brush, efficientnet
from visavis_models.backends.brush_canvas import Floats, cleared
from visavis_models.backends.brush_flow import STYLES, levels_of
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.brush_pictures import Drawing, kept, read

SAMPLES = (  # phrase and colour; the last five are of things held out or of none of the sets
    ("cat", ""), ("cat", "blue"), ("house", "red"), ("apple", ""), ("apple", "purple"), ("rocket", ""), ("tree", ""),
    ("guitar", "green"), ("pizza", ""), ("owl", ""), ("car", "yellow"), ("capybara", ""), ("dishwasher", ""),
    ("pirate ship", ""), ("happiness", ""), ("golden retriever", ""),
)  # fmt: skip
SIDE = 64  # pixels of a side, at which pixels are compared
NEAREST = 3


def sample(painter: brush.Brush, phrase: str, colour: str) -> Floats:
    """(128, 128, 3) in 0..1: one thing on white."""
    (thing,) = painter.things([(phrase, colour)], 1).values()
    for level, after in pairwise(levels_of(brush.STEPS)):
        made = painter.step(thing, level, after)
    clear = cv2.resize(cleared(brush.pixels(painter.finished(made))), (128, 128), interpolation=cv2.INTER_AREA)
    return np.asarray(clear[..., :3] + 1 - clear[..., 3:], np.float32)


def on_white(pictures: NDArray[np.uint8]) -> Floats:
    """(n, h, h, 4) straight RGBA bytes -> (n, SIDE, SIDE, 3) in 0..1."""
    made = np.empty((len(pictures), SIDE, SIDE, 3), np.float32)
    for number, picture in enumerate(pictures):
        each = picture.astype(np.float32) / 255
        whole = each[..., :3] * each[..., 3:] + 1 - each[..., 3:]
        made[number] = cv2.resize(whole, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return made


class Features:
    def __init__(self, packs: Packs) -> None:
        import openvino

        path = packs.folder(efficientnet.PACK) / efficientnet.NETWORK
        self._net = openvino.Core().compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": 1})

    def __call__(self, pictures: Floats) -> Floats:
        """(n, h, h, 3) -> (n, 1280), each of length 1 round their common mean."""
        found = []
        for start in range(0, len(pictures), 16):
            some = [cv2.resize(each, (efficientnet.SIDE,) * 2) for each in pictures[start : start + 16]]
            found.append(np.array(self._net(np.asarray(np.stack(some) * 255, np.uint8))["features"]))
        return np.concatenate(found).astype(np.float32)


def unit(features: Floats, mean: Floats) -> Floats:
    centred = features - mean
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"))
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cache", type=Path, default=Path("out/brush-cache"))
    parser.add_argument("--out", type=Path, default=Path("out/brush"))
    given = parser.parse_args()
    packs = Packs(given.packs)
    drawings = read(given.packages)
    pictures = on_white(kept(drawings, given.cache))
    learned = [number for number, drawing in enumerate(drawings) if not drawing.held]
    painter = brush.load(BackendSettings(options={"seed": 1}), packs)
    samples = np.stack([sample(painter, *each) for each in SAMPLES])
    small = np.stack([cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for each in samples])
    features = Features(packs)
    kept_features = given.cache / f"features-{len(drawings)}.npy"
    if not kept_features.exists():
        np.save(kept_features, features(pictures))
    known = np.load(kept_features)
    mean = known.mean(0)
    bank, seen = unit(known, mean), unit(features(samples), mean)
    rows, told = [], []
    for number, (phrase, colour) in enumerate(SAMPLES):
        far = np.sqrt(((pictures - small[number]) ** 2).mean((1, 2, 3)))
        unlike = 1 - bank @ seen[number]
        by_pixels = sorted(learned, key=lambda n: far[n])[:NEAREST]
        by_features = sorted(learned, key=lambda n: unlike[n])[:NEAREST]
        first, other = by_pixels[0], by_features[0]
        told.append(
            {
                "sample": f"{colour} {phrase}".strip(),
                "pixels": round(float(far[first]), 3),
                "pixels_name": _named(drawings[first]),
                "pixels_of_drawings": round(_least(pictures, learned, first, drawings), 3),
                "features": round(float(unlike[other]), 3),
                "features_name": _named(drawings[other]),
                "features_of_drawings": round(
                    float(min(1 - bank[n] @ bank[other] for n in learned if drawings[n].svg != drawings[other].svg)), 3
                ),
            }
        )
        print(json.dumps(told[-1]), flush=True)
        row = [samples[number], *(cv2.resize(pictures[n], (128, 128)) for n in (*by_pixels, *by_features))]
        rows.append(np.concatenate(row, 1))
    half = len(rows) // 2
    sheet = np.concatenate([np.concatenate(rows[:half]), np.ones((half * 128, 24, 3)), np.concatenate(rows[half:])], 1)
    given.out.mkdir(parents=True, exist_ok=True)
    pixels = (np.clip(sheet, 0, 1) * 255).astype(np.uint8)[..., ::-1]
    cv2.imwrite(str(given.out / "brush-nearest.webp"), pixels, [cv2.IMWRITE_WEBP_QUALITY, 85])
    (given.out / "nearest.json").write_text(json.dumps(told, indent=1))


def _named(drawing: Drawing) -> str:
    return f"{drawing.name} ({STYLES[drawing.style]})"


def _least(pictures: Floats, learned: list[int], one: int, drawings: list[Drawing]) -> float:
    others = [n for n in learned if drawings[n].svg != drawings[one].svg]
    return float(np.sqrt(((pictures[others] - pictures[one]) ** 2).mean((1, 2, 3))).min())


if __name__ == "__main__":
    main()
