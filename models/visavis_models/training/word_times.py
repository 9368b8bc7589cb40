"""`python -m visavis_models.training.word_times FOLDER`: which of Moonshine's heads tell where words begin and end.

FOLDER/short.jsonl names recordings and the times of their words (`file`, `speaker`, `words`: [word, start, end] in
seconds, `speech_start_s`, `speech_end_s`). Each is recognized; of every frame in a word that was heard as it was said,
a logistic regression learns to tell from the attention of the words around which of them it belongs to. Heads that
count little are left out, a third of those too many at a time. What is printed: how far the middles of words are off
for speakers the weights were not fitted on, and `LOOKS` for `backends/moonshine.py`, fitted on all. A few minutes.
"""

from __future__ import annotations

import difflib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soundfile
import torch
import typer
from numpy.typing import NDArray
from torch.nn import functional as F

from visavis_models.backends import moonshine
from visavis_models.backends.moonshine_graph import HEADS, LAYERS
from visavis_models.load import load
from visavis_models.packs import Packs
from visavis_models.ports import HEARING_RATE
from visavis_models.profiles import choices
from visavis_models.settings import ModelSettings
from visavis_models.word_times import FAINT, claims, cut, settle

BEFORE_S, AFTER_S = 0.42, 0.1  # of sound round the words, as a conversation has it
AROUND = 3  # words on either side that a frame could be taken for
DECAY = 1e-4
EVERY = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]

Look = tuple[int, int]


@dataclass(frozen=True)
class Heard:
    """One recording as it was recognized. looked: (words + end, all heads, frames). times: start and end of those words
    that were heard as they were said, in seconds of pcm. half: of the speakers."""

    pcm: NDArray[np.float32]
    looked: NDArray[np.float32]
    times: dict[int, tuple[float, float]]
    half: int

    def labels(self) -> NDArray[np.intp]:
        """(frames,): the word said in the middle of each frame; -1: none, or one that was misheard."""
        frames = self.looked.shape[2]
        middles = (np.arange(frames) + 0.5) * moonshine.FRAME_S + moonshine.CENTRE_S - _SILENCE_S
        labels = np.full(frames, -1)
        for word, (start, end) in self.times.items():
            labels[(middles >= start) & (middles < end)] = word
        return labels

    def spans(self, looks: Sequence[Look], weights: NDArray[np.float32]) -> list[tuple[float, float]]:
        """As `Moonshine.words` places them."""
        edges = cut(claims(self.looked[:, _places(looks)], weights)) * moonshine.FRAME_S + moonshine.CENTRE_S
        at = np.clip(edges - _SILENCE_S, 0, self.pcm.size / HEARING_RATE).tolist()
        return settle(list(pairwise(at))[:-1], self.pcm)


_SILENCE_S = moonshine.BEFORE.size / HEARING_RATE


def main(folder: Annotated[Path, typer.Argument()], heads: int = len(moonshine.LOOKS)) -> None:
    heard = recognized(folder)
    off: list[float] = []
    for half in (0, 1):
        looks, weights = fitted([each for each in heard if each.half != half], heads)
        off += errors([each for each in heard if each.half == half], looks, weights)
    typer.echo(f"speakers not fitted on: {told(off)}")
    looks, weights = fitted(heard, heads)
    typer.echo(f"speakers fitted on: {told(errors(heard, looks, weights))}")
    for look, (before, at, after) in zip(looks, weights.tolist(), strict=True):
        typer.echo(f"    ({look}, ({before:+.2f}, {at:+.2f}, {after:+.2f})),")


def recognized(folder: Path) -> list[Heard]:
    settings = ModelSettings()
    model = load("recognizer", choices(settings)["recognizer"], Packs(settings.packs))
    assert isinstance(model, moonshine.Moonshine)
    model.heads = EVERY
    heard = []
    for line in (folder / "short.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        pcm, rate = soundfile.read(folder / row["file"], dtype="float32")
        begins, ends = row["speech_start_s"] - BEFORE_S, row["speech_end_s"] + AFTER_S
        around = np.zeros(rate, np.float32)
        pcm = np.concatenate([around, pcm, around])[round((begins + 1) * rate) : round((ends + 1) * rate)]
        heard.append(_recognized(model, pcm, row, begins))
    return heard


def _recognized(model: moonshine.Moonshine, pcm: NDArray[np.float32], row: dict[str, Any], begins: float) -> Heard:
    written = model.write(pcm, [])
    texts, looked = model.apart(written)
    words = [text.lower().replace("\u2019", "'").strip(" .,;:!?\"'-") for text in texts]
    said = [word for word, _, _ in row["words"]]
    blocks = difflib.SequenceMatcher(None, said, words, autojunk=False).get_matching_blocks()
    same = [(block.a + n, block.b + n) for block in blocks for n in range(block.size)]
    times = {b: (row["words"][a][1] - begins, row["words"][a][2] - begins) for a, b in same}
    speaker = row["id"] if row["speaker"].endswith("unlabelled") else row["speaker"]
    return Heard(pcm, looked, times, zlib.crc32(speaker.encode()) & 1)


def fitted(heard: Sequence[Heard], heads: int) -> tuple[list[Look], NDArray[np.float32]]:
    """The heads that tell most, and their weights: (heads, 3)."""
    looks = list(EVERY)
    weights = _fit(heard, looks)
    while len(looks) > heads:
        less = max(1, (len(looks) - heads) // 3)
        kept = sorted(np.argsort(np.square(weights).sum(axis=1))[less:])
        looks = [looks[place] for place in kept]
        weights = _fit(heard, looks)
    return looks, weights


def _fit(heard: Sequence[Heard], looks: Sequence[Look]) -> NDArray[np.float32]:
    pieces, there = [], []
    for each in heard:
        near = np.pad(np.log(each.looked[:, _places(looks)] + FAINT), ((0, 0), (0, 0), (1, 1)), mode="edge")
        seen = np.stack([near[..., :-2], near[..., 1:-1], near[..., 2:]], axis=2)  # (words, heads, 3, frames)
        labels = each.labels()
        frames = np.flatnonzero(labels >= 0)
        words = labels[frames, None] + np.arange(-AROUND, AROUND + 1)
        there.append((words >= 0) & (words < len(seen)))
        pieces.append(seen[np.clip(words, 0, len(seen) - 1), ..., frames[:, None]])
    x, may = torch.from_numpy(np.concatenate(pieces)), torch.from_numpy(np.concatenate(there))
    right = torch.full((len(x),), AROUND)
    weights = torch.zeros(len(looks), 3, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=80, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = torch.einsum("nwhs,hs->nw", x, weights).masked_fill(~may, -1e9)
        off = F.cross_entropy(scores, right) + DECAY * weights.square().sum()
        off.backward()
        return off

    optimizer.step(loss)
    return np.asarray(weights.detach().numpy(), np.float32)


def errors(heard: Sequence[Heard], looks: Sequence[Look], weights: NDArray[np.float32]) -> list[float]:
    """Of every word's middle, in milliseconds; negative: early."""
    off = []
    for each in heard:
        spans = each.spans(looks, weights)
        off += [500 * (sum(spans[word]) - start - end) for word, (start, end) in each.times.items()]
    return off


def told(off: Sequence[float]) -> str:
    far = np.abs(off)
    mean = far[far < 400].mean()  # beyond that, another word was heard in its place
    half, most = np.percentile(far, (50, 95))
    middle = np.median(off)
    return f"{len(off)} words, {mean:.1f} ms off in the mean, half {half:.0f}, 95 % {most:.0f}, median {middle:.1f}"


def _places(looks: Sequence[Look]) -> list[int]:
    return [layer * HEADS + head for layer, head in looks]


if __name__ == "__main__":
    typer.run(main)
