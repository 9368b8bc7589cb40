"""The course of a training of our eyes: which photos it learns from and which are held out, and the rows of every step.

Everything follows from the plan and the photos' names, so that a run can be stopped at any step and repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.backends.everyday import Everyday
from visavis_models.backends.eyes_cells import NARROW
from visavis_models.backends.eyes_graph import HINTS
from visavis_models.backends.eyes_words import Vocabulary
from visavis_models.training.eyes_facts import Facts, facts
from visavis_models.training.eyes_features import Cells
from visavis_models.training.eyes_photos import NoPhotos, Photo, views
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_texts import Row, row

_HELD_OUT = 9  # one photo in so many
_TWINS = 0.93  # likeness of two pictures from which they count as one


@dataclass(frozen=True)
class Plan:
    """What a run depends on; kept beside its checkpoints."""

    seed: int = 9
    pieces: int = 4000  # of the vocabulary
    together: int = 16  # photos in a batch
    boxed: int = 5  # of them, photos with boxes and no captions
    named: int = 1  # of them, photos of one thing whose name is known
    passes: float = 8.0  # over the photos with captions
    rate: float = 6e-4
    warm_up: int = 100  # steps
    last: float = 0.35  # share of the steps in which the rate goes down
    smooth: float = 0.1  # label smoothing
    dropout: float = 0.1  # less for a run of few passes
    blind: float = 0.04  # share of rows without a picture
    every: int = 150  # steps between tests and checkpoints

    def rate_at(self, step: int, done: float) -> float:
        """A warm-up, then flat, then down to a fiftieth, so that longer runs begin the same. done: part of it."""
        return self.rate * min((step + 1) / self.warm_up, 1.0, max(0.02, (1 - done) / self.last))


@dataclass
class Set:
    """Photos with what is known of them, and the order in which a pass takes them."""

    photos: list[Photo]
    known: list[Facts]


def held_out(photo: Photo) -> bool:
    return crc32(photo.name.encode()) % _HELD_OUT == 0


def divided(photos: Sequence[Photo], cells: Cells) -> tuple[Set, Set, int]:
    """What is learned from, what is held out, and how many are in neither because they look like one held out."""
    tests, rest = [p for p in photos if held_out(p)], [p for p in photos if not held_out(p)]
    if not tests or not rest:
        raise NoPhotos("a dozen photos are not enough: bring some hundreds at least, with captions")
    mean = np.mean([_pooled(cells, photo) for photo in rest[:: max(1, len(rest) // 500)]], axis=0)

    def directions(some: Sequence[Photo]) -> NDArray[np.float32]:
        rows = np.stack([_pooled(cells, photo) - mean for photo in some])
        made: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return made

    alike = (directions(rest) @ directions(tests).T).max(1) > _TWINS
    kept = [photo for photo, same in zip(rest, alike, strict=True) if not same]
    return Set(kept, [facts(p) for p in kept]), Set(tests, [facts(p) for p in tests]), int(alike.sum())


def _pooled(cells: Cells, photo: Photo) -> NDArray[np.float32]:
    made: NDArray[np.float32] = cells.get(photo.name, 0)[0][:, :NARROW].astype(np.float32).mean(0)
    return made


class Everydays:
    """The everyday words and their probabilities."""

    def __init__(self) -> None:
        tables = Everyday().words
        self.names = [word for word, _ in tables]
        self.sums = np.zeros((1000, len(tables)), np.float32)
        for column, (_, classes) in enumerate(tables):
            self.sums[classes, column] = 1

    def first(self, probabilities: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(n, 1000) -> numbers and probabilities of the HINTS likeliest words, (n, HINTS) each."""
        sums = probabilities.astype(np.float32) @ self.sums
        order = np.argsort(-sums, axis=1)[:, :HINTS]
        return order, np.take_along_axis(sums, order, 1)


@dataclass
class Batch:
    pieces: Tensor
    goals: Tensor
    places: Tensor
    mask: Tensor
    cells: Tensor
    hints: Tensor
    sure: Tensor
    blind: Tensor


def batch(rows: Sequence[Row], cells: Cells, everydays: Everydays) -> Batch:
    longest = max(len(row.pieces) for row in rows)
    numbers = torch.zeros(3, len(rows), longest, dtype=torch.long)
    texts = torch.full((len(rows), longest), -1)
    for at, each in enumerate(rows):
        n = len(each.pieces)
        numbers[:, at, :n] = torch.tensor([each.pieces, each.goals, each.places])
        texts[at, :n] = torch.tensor(each.texts)
    own = texts.unsqueeze(1) == texts.unsqueeze(2)
    mask = own & torch.ones(longest, longest, dtype=torch.bool).tril()
    kept = [cells.get(each.name, each.view) for each in rows]
    hints, sure = everydays.first(np.stack([names for _, names in kept]))
    pieces, goals, places = numbers.unbind(0)
    return Batch(
        pieces,
        goals,
        places,
        mask.unsqueeze(1),
        torch.from_numpy(np.stack([numbers for numbers, _ in kept])).float(),
        torch.from_numpy(hints),
        torch.from_numpy(sure),
        torch.tensor([each.blind for each in rows]),
    )


class Course:
    """The rows of a run, step by step; the same again from any step."""

    def __init__(self, plan: Plan, learned: Set, together: Together, words: Vocabulary, cells: Cells) -> None:
        self._plan, self._set, self._together, self._words = plan, learned, together, words
        self._views = {photo.name: cells.views(photo.name) for photo in learned.photos}
        kinds: tuple[list[int], list[int], list[int]] = [], [], []
        for number, photo in enumerate(learned.photos):
            kinds[0 if photo.captions else 1 if photo.things else 2].append(number)
        self._told, self._boxed, self._named = kinds
        shares = (plan.boxed if self._boxed else 0, plan.named if self._named else 0)
        self._shares = (plan.together - sum(shares), *shares)
        per = max(1, round(len(self._told) / self._shares[0]))
        self.steps = math.ceil(plan.passes * per)
        self._per = per

    def rows(self, step: int) -> list[Row]:
        plan, (turn, at) = self._plan, divmod(step, self._per)
        order = Random(f"{plan.seed} {turn}")
        told = order.sample(self._told, len(self._told))[at :: self._per]
        random = Random(f"{plan.seed} {step}")
        boxed, named = (
            random.sample(some, min(share, len(some)))
            for some, share in zip((self._boxed, self._named), self._shares[1:], strict=True)
        )
        rows = []
        for number in (*told, *boxed, *named):
            photo, view = self._set.photos[number], random.randrange(self._views[self._set.photos[number].name])
            made = row(
                photo,
                self._set.known[number],
                views(photo.name)[view],
                view,
                self._together,
                self._words,
                random,
                plan.blind,
            )
            if made.pieces:
                rows.append(made)
        return rows
