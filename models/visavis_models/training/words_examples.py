"""Dialogues as the tokens that are learned from, prompts before them: batches of one prompt and length, and a file.

The file lets a machine learn that has no tokenizer: `words_tokens.py` fills it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as tokens. prompt: number of the prompt it follows; counts: tokens that are to be foretold."""

    number: int
    prompt: int
    theme: str
    tokens: tuple[int, ...]
    counts: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """anchors: answers that the plain model gives, where the adapted one shall stay near it."""

    prompts: tuple[tuple[int, ...], ...]
    learned: tuple[Example, ...]
    held_out: tuple[Example, ...]
    anchors: tuple[Example, ...]

    def save(self, path: Path) -> None:
        found: dict[str, Any] = {"prompts": np.array([len(each) for each in self.prompts], np.uint16)}
        found["prompt_tokens"] = np.array([token for each in self.prompts for token in each], np.uint16)
        for name in ("learned", "held_out", "anchors"):
            some: Sequence[Example] = getattr(self, name)
            themes = sorted({each.theme for each in some})
            found[f"{name}_themes"] = np.array(themes)
            found[f"{name}_about"] = np.array(
                [(each.prompt, themes.index(each.theme), len(each.tokens)) for each in some], np.uint16
            )
            found[f"{name}_tokens"] = np.array([token for each in some for token in each.tokens], np.uint16)
            found[f"{name}_counts"] = np.packbits(np.array([count for each in some for count in each.counts], bool))
        np.savez_compressed(path, **found)


def read(path: Path) -> Prepared:
    with np.load(path, allow_pickle=False) as file:
        ends = np.cumsum(file["prompts"].astype(int))
        made = tuple(tuple(each.tolist()) for each in np.split(file["prompt_tokens"], ends[:-1]))
        parts = {}
        for name in ("learned", "held_out", "anchors"):
            about, themes, tokens = file[f"{name}_about"], file[f"{name}_themes"].tolist(), file[f"{name}_tokens"]
            counts = np.unpackbits(file[f"{name}_counts"], count=len(tokens)).astype(bool)
            cuts = np.cumsum(about[:, 2].astype(int))[:-1]
            rows = zip(about.tolist(), np.split(tokens, cuts), np.split(counts, cuts), strict=True)
            parts[name] = tuple(
                Example(number, prompt, themes[theme], tuple(own.tolist()), tuple(counted.tolist()))
                for number, ((prompt, theme, _), own, counted) in enumerate(rows)
            )
    return Prepared(made, **parts)


def batches(found: Sequence[Example], most: int, random: Random) -> list[list[Example]]:
    """Dialogues of one prompt and about one length together: `most` tokens, padding included. In random order."""
    made: list[list[Example]] = []
    for prompt in sorted({each.prompt for each in found}):
        same = [each for each in found if each.prompt == prompt]
        same.sort(key=lambda each: (len(each.tokens) + random.uniform(-8, 8), each.number))
        batch: list[Example] = []
        longest = 0
        for each in same:
            longest = max(longest, len(each.tokens))
            if batch and longest * (len(batch) + 1) > most:
                made.append(batch)
                batch, longest = [], len(each.tokens)
            batch.append(each)
        made.append(batch)
    random.shuffle(made)
    return made
