"""Rows of texts without end, made beside the training in processes of their own, so that a GPU never waits for them.

Every row is of another view of its photo: the whole of it or a part, mirrored or not. Pure Python makes about 800 rows
a second in a process; they come as batches of small arrays through one bounded queue.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Full
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.eyes_words import ASK, Cutter
from visavis_models.training.eyes_course import Set
from visavis_models.training.eyes_facts import Facts
from visavis_models.training.eyes_photos import Photo, View
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_texts import Row, row

LEAST = 0.7  # side of a part, as a fraction
WHOLE = 0.3  # share of rows that see the whole photo
SHARES = {"told": 0.46, "boxed": 0.40, "asked": 0.08, "named": 0.06}  # of the photos, by what is known of them
WAITING = 24  # batches


@dataclass(frozen=True)
class Rows:
    """pieces, goals, places, texts: (n, t), texts -1 where nothing is. photos: (n,) numbers. views: (n, 5), x, y, w, h
    and 1 where mirrored. blind: (n,). captions: (n, t), of the pieces of captions."""

    pieces: NDArray[np.int32]
    goals: NDArray[np.int32]
    places: NDArray[np.int8]
    texts: NDArray[np.int8]
    photos: NDArray[np.int32]
    views: NDArray[np.float32]
    blind: NDArray[np.bool_]
    captions: NDArray[np.bool_]


def part(rows: Rows, start: int, end: int) -> Rows:
    return Rows(**{name: getattr(rows, name)[start:end] for name in Rows.__dataclass_fields__})


def kind(photo: Photo) -> str:
    if len(photo.captions) >= 4:
        return "told"
    return "boxed" if photo.boxed else "asked" if photo.asked else "named"


def some_view(random: Random) -> View:
    mirrored = random.random() < 0.5
    if random.random() < WHOLE:
        return View(mirrored=mirrored)
    w, h = random.uniform(LEAST, 1.0), random.uniform(LEAST, 1.0)
    return View(random.uniform(0, 1 - w), random.uniform(0, 1 - h), w, h, mirrored)


def whole_views(count: int) -> NDArray[np.float32]:
    """(count, 5): all of every photo, not mirrored."""
    return np.tile(np.array([0, 0, 1, 1, 0], np.float32), (count, 1))


def stacked(made: Sequence[tuple[int, View, Row]]) -> Rows:
    """Rows as arrays, as long as the longest, rounded up to eight."""
    longest = -(-max(len(each.pieces) for _, _, each in made) // 8) * 8
    numbers = np.zeros((4, len(made), longest), np.int32)
    numbers[3] = -1
    for at, (_, _, each) in enumerate(made):
        numbers[:, at, : len(each.pieces)] = each.pieces, each.goals, each.places, each.texts
    captions = np.zeros(numbers.shape[1:], np.bool_)
    for at, (_, _, each) in enumerate(made):
        asked = {text for text, piece in zip(each.texts, each.pieces, strict=True) if piece == ASK}
        captions[at, : len(each.texts)] = [text not in asked for text in each.texts]
    views = np.array([(v.x, v.y, v.w, v.h, v.mirrored) for _, v, _ in made], np.float32)
    return Rows(
        numbers[0], numbers[1], numbers[2].astype(np.int8), numbers[3].astype(np.int8),
        np.array([number for number, _, _ in made], np.int32), views, np.array([each.blind for _, _, each in made]),
        captions,
    )  # fmt: skip


def rows(learned: Set, together: Together, words: Cutter, seed: int, count: int, longest: int) -> Iterator[Rows]:
    """Batches of count rows without end; the same seed, the same rows."""
    random = Random(seed)
    by_kind: dict[str, list[int]] = {}
    for number, photo in enumerate(learned.photos):
        by_kind.setdefault(kind(photo), []).append(number)
    kinds, left = sorted(by_kind), dict[str, list[int]]()
    while True:
        made: list[tuple[int, View, Row]] = []
        while len(made) < count:
            name = random.choices(kinds, [SHARES[each] for each in kinds])[0]
            if not left.get(name):
                left[name] = random.sample(by_kind[name], len(by_kind[name]))
            number, view = left[name].pop(), some_view(random)
            known = learned.known[number]
            new = row(learned.photos[number], known, view, 0, together, words, random, 0.04, longest)
            if new.pieces:
                made.append((number, view, new))
        yield stacked(made)


class Making:
    """The processes and their queue; `take` a batch. Start it before anything else has threads or a GPU."""

    def __init__(self, learned: Set, words: Cutter, seed: int, count: int, longest: int, processes: int) -> None:
        context: Any = multiprocessing.get_context("fork")
        self._queue, self._over = context.Queue(WAITING), context.Event()
        given = (learned, words, count, longest, self._queue, self._over)
        self._all = [context.Process(target=_make, args=(seed + n, *given), daemon=True) for n in range(processes)]
        for process in self._all:
            process.start()

    def take(self) -> Rows:
        made: Rows = self._queue.get(timeout=120)
        return made

    def waiting(self) -> int:
        return int(self._queue.qsize())

    def close(self) -> None:
        self._over.set()
        for process in self._all:
            process.join(2)
            process.terminate()


def _make(seed: int, learned: Set, words: Cutter, count: int, longest: int, queue: Any, over: Any) -> None:
    together = Together(learned.known)
    for made in rows(learned, together, words, seed, count, longest):
        while not over.is_set():
            try:
                queue.put(made, timeout=0.5)
                break
            except Full:
                continue
        if over.is_set():
            queue.cancel_join_thread()
            return


def exam(
    photos: Sequence[Photo], known: Sequence[Facts], together: Together, words: Cutter, most: int, longest: int
) -> Rows:
    """Rows of whole held-out photos, always the same."""
    random, made = Random(0), []
    for number in random.sample(range(len(photos)), min(most, len(photos))):
        new = row(photos[number], known[number], View(), 0, together, words, random, 0.0, longest)
        if new.pieces:
            made.append((number, View(), new))
    return stacked(made)
