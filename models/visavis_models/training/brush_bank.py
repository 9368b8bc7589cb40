"""What the brush learns from, as it lies on the device that learns: drawings in all their colours, and their words.

`python -m visavis_models.training.brush_bank FOLDER --packages NODE_MODULES` writes drawings and words into a folder of
15 MB, so that they can be learned from where there are no packages and no MiniLM: drawings.webp (lossless, 32 across),
drawings.npz. Every batch is a function of seed and step.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.backends.brush_flow import COLOURS, SIDE, STYLES, WORDS
from visavis_models.backends.brush_torch import ASKED
from visavis_models.training.brush_tint import tinted

MAIN = STYLES.index("noto")  # the style that is learned most, and painted in unless another is asked for
OFTEN = 0.6  # of the draws of a thing that has it
RECOLOURED = 0.35  # of the draws of what may have another colour
ACROSS, DOWN = 32, 16  # drawings on a sheet


@dataclass(frozen=True)
class Drawings:
    """Of n drawings. pictures: (n, 128, 128, 4) straight RGBA; phrases: of each, rows of vectors, -1 for none, the
    first is its name; vectors: (phrases, 384) of MiniLM; style, colour (-1: none named), tinted (another colour may be
    put on it), held (never learned from)."""

    pictures: NDArray[np.uint8]
    names: NDArray[np.str_]
    phrases: NDArray[np.int32]
    vectors: NDArray[np.float32]
    style: NDArray[np.int64]
    colour: NDArray[np.int64]
    tinted: NDArray[np.bool_]
    held: NDArray[np.bool_]

    def some(self, count: int) -> Drawings:
        """The first so many."""
        return replace(self, **{name: rows[:count] for name, rows in vars(self).items() if name != "vectors"})


def gathered(
    drawings: Sequence[Any], pictures: NDArray[np.uint8], words: Mapping[str, NDArray[np.float32]]
) -> Drawings:
    """drawings: of `brush_pictures`; words: phrase -> vector."""
    rows = {phrase: row for row, phrase in enumerate(words)}
    most = max(len(drawing.phrases) for drawing in drawings)
    phrases = np.full((len(drawings), most), -1, np.int32)
    for number, drawing in enumerate(drawings):
        phrases[number, : len(drawing.phrases)] = [rows[phrase] for phrase in drawing.phrases]
    return Drawings(
        np.asarray(pictures), np.array([drawing.name for drawing in drawings]), phrases, np.stack(list(words.values())),
        *(np.array([getattr(drawing, key) for drawing in drawings]) for key in ("style", "colour", "tinted", "held")),
    )  # fmt: skip


def write(folder: Path, drawings: Drawings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    each = ACROSS * DOWN
    for sheet in range(math.ceil(len(drawings.pictures) / each)):
        some = drawings.pictures[sheet * each : (sheet + 1) * each]
        made = np.zeros((each, SIDE, SIDE, 4), np.uint8)
        made[: len(some)] = some
        rows = made.reshape(DOWN, ACROSS, SIDE, SIDE, 4).transpose(0, 2, 1, 3, 4)
        pixels = cv2.cvtColor(rows.reshape(DOWN * SIDE, ACROSS * SIDE, 4), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(folder / f"drawings-{sheet}.webp"), pixels, [cv2.IMWRITE_WEBP_QUALITY, 101])  # lossless
    rest = {name: getattr(drawings, name) for name in ("names", "phrases", "style", "colour", "tinted", "held")}
    np.savez_compressed(folder / "drawings.npz", vectors=drawings.vectors.astype(np.float16), **rest)


def read(folder: Path) -> Drawings:
    rest = dict(np.load(folder / "drawings.npz"))
    sheets = []
    for sheet in range(math.ceil(len(rest["names"]) / (ACROSS * DOWN))):
        pixels = cv2.imread(str(folder / f"drawings-{sheet}.webp"), cv2.IMREAD_UNCHANGED)
        if pixels is None:
            raise FileNotFoundError(f"{folder}/drawings-{sheet}.webp is missing or damaged: write the folder again")
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA).reshape(DOWN, SIDE, ACROSS, SIDE, 4)
        sheets.append(pixels.transpose(0, 2, 1, 3, 4).reshape(-1, SIDE, SIDE, 4))
    pictures = np.concatenate(sheets)[: len(rest["names"])]
    return Drawings(pictures, vectors=rest.pop("vectors").astype(np.float32), **rest)


@dataclass(frozen=True)
class Batch:
    asked: Tensor  # (n, ASKED)
    picture: Tensor  # (n, 4, 128, 128), premultiplied, -1..1


class Bank:
    """held: only what is not learned from, instead of all the others. Faces and people come up half as often."""

    def __init__(
        self, drawings: Drawings, mean: NDArray[np.float32], scale: float, device: str, held: bool = False
    ) -> None:
        self.device = device
        chosen = np.flatnonzero(drawings.held == held)
        shares = likelihoods(drawings, chosen)
        pictures = torch.from_numpy(drawings.pictures[chosen].transpose(0, 3, 1, 2).copy()).to(device)
        self.phrases = torch.from_numpy(drawings.phrases[chosen]).to(device).long()
        self.counts = (self.phrases >= 0).sum(1)
        self.vectors = torch.from_numpy((drawings.vectors - mean) / scale).to(device)
        self.style = torch.from_numpy(drawings.style[chosen]).to(device)
        self.colour = torch.from_numpy(drawings.colour[chosen]).to(device)
        self.shares = torch.from_numpy(shares).to(device)
        can = torch.from_numpy(drawings.tinted[chosen]).to(device) & (not held)
        rows = [premultiplied(pictures)]
        self.other = torch.full((len(chosen),), -1, device=device)  # where its copies in all COLOURS begin
        which = torch.nonzero(can)[:, 0]
        self.other[which] = len(chosen) + len(COLOURS) * torch.arange(len(which), device=device)
        for start in range(0, len(which), 64):
            some = pictures[which[start : start + 64]]
            copies = torch.stack([tinted(some, colour) for colour in COLOURS], 1)
            rows.append(premultiplied(copies.flatten(0, 1)))
        self.pictures = torch.cat(rows)

    def batch(self, size: int, draws: torch.Generator, blur: float, nameless: float = 0.0) -> Batch:
        """blur: of vectors, so that words near the learned ones mean nearly the same; nameless: how often the words
        are left out."""
        row = torch.multinomial(self.shares, size, True, generator=draws)

        def chance() -> Tensor:
            return torch.rand(size, generator=draws, device=self.device)

        tint = (self.other[row] >= 0) & (chance() < RECOLOURED)
        other = (chance() * len(COLOURS)).long()
        colour = torch.where(tint, other, self.colour[row])
        picture = self.pictures[torch.where(tint, self.other[row] + other, row)]
        which = torch.where(chance() < 0.5, 0, (chance() * self.counts[row]).long())
        vector = self.vectors[self.phrases[row, which]]
        vector = vector + blur * chance()[:, None] * torch.randn(vector.shape, generator=draws, device=self.device)
        vector = vector * (chance() >= nameless)[:, None]
        style = torch.where(chance() < 0.95, self.style[row], -1)
        return Batch(wished(vector, style, colour), unpacked(picture))


def likelihoods(drawings: Drawings, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of the chosen drawings, how often they come up."""
    things: defaultdict[str, list[int]] = defaultdict(list)
    for at, number in enumerate(chosen):
        things[str(drawings.names[number])].append(at)
    shares = np.zeros(len(chosen))
    for each in things.values():
        main = [at for at in each if drawings.style[chosen[at]] == MAIN]
        some = OFTEN if main and len(each) > len(main) else 1.0
        for at in each:
            shares[at] = some / len(main) if at in main else (1 - some * bool(main)) / (len(each) - len(main))
            shares[at] *= 2 if drawings.tinted[chosen[at]] else 1
    return np.asarray(shares / shares.sum())


def wished(vector: Tensor, style: Tensor, colour: Tensor) -> Tensor:
    """What the memory is asked: (n, ASKED). style, colour: (n), -1 for none."""
    asked = torch.zeros(len(vector), ASKED, device=vector.device)
    asked[:, :WORDS] = vector
    for start, which, many in ((WORDS, style, len(STYLES)), (WORDS + len(STYLES), colour, len(COLOURS))):
        asked[:, start : start + many] = which[:, None] == torch.arange(many, device=vector.device)
    return asked


def premultiplied(pictures: Tensor) -> Tensor:
    """(n, 4, h, w) uint8."""
    rgb = (pictures[:, :3].float() * pictures[:, 3:].float() / 255).round().to(torch.uint8)
    return torch.cat([rgb, pictures[:, 3:]], 1)


def unpacked(pictures: Tensor) -> Tensor:
    return pictures.float() / 127.5 - 1


def main() -> None:
    from visavis_models.packs import Packs
    from visavis_models.settings import ModelSettings
    from visavis_models.training.brush_words import read_packages

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"), help="the drawings")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--cache", type=Path, default=Path("out/brush-cache"), help="the drawings as pixels")
    given = parser.parse_args()
    write(given.folder, gathered(*read_packages(given.packages, given.cache, Packs(given.packs))))
    print({path.name: path.stat().st_size for path in sorted(given.folder.iterdir())})


if __name__ == "__main__":
    main()
