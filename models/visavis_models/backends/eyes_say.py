"""Our eyes' own words: the packed weights running on OpenVINO, from cells to a sentence and how sure it is.

Everything here is one picture and one text at a time, a millisecond or two a piece, and bounded: a sentence ends after
MOST pieces whatever the network says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.everyday import Everyday
from visavis_models.backends.eyes_graph import HINTS, PLACES, Weights, looking, saying
from visavis_models.backends.eyes_words import ANSWER, ASK, DESCRIBE, END, Vocabulary, plain
from visavis_models.errors import PackMissing

Floats = NDArray[np.float32]

MOST = 24  # pieces of a sentence
LONGEST_QUESTION = PLACES - MOST - 3  # pieces; what goes beyond is not read
BEAMS = 3  # sentences thought of at once in a description
EITHER = 1.5  # a man is likelier than a woman, or the other way round, by a factor of e to this: below, it is a person
_OTHER = {"man": "woman", "woman": "man", "men": "women", "women": "men"}
_NEUTRAL = {"man": "person", "woman": "person", "men": "people", "women": "people"}
_PAIR = re.compile(r"\ba man and (?:a )?woman\b|\ba woman and (?:a )?man\b")
TWICE = 2  # times that a word of content is said in a sentence, at most
JOINTS = frozenset("a an the of in on at to and with for by from into his her its their is are , ' -".split())
_OPEN = frozenset("a an the of in on at to and with for by from into his her its their is are".split())


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence without capital and stop.

    belief: mean log-probability of its pieces, 0 at best; least: that of the least likely; act: that of the first piece
    after "is" or "are", of a sentence that tells what somebody does."""

    text: str
    belief: float
    least: float
    act: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What the decoder looks at: keys and values, (layers, 1, heads, SEEN, size).

    where: of the kinds of things that the weights tell apart, how likely one lies in each cell, (49,)."""

    keys: Floats
    values: Floats
    where: Mapping[str, Floats] = field(default_factory=dict)


class Speaker:
    """The decoder. One call at a time."""

    def __init__(self, weights: Path, vocabulary: Path, threads: int, kinds: Path | None = None) -> None:
        """kinds: what tells kinds of things in the cells of these weights.

        Raises PackMissing where the files are not what they should be."""
        import openvino as ov

        kept = Weights(_arrays(weights) | (_arrays(kinds) if kinds else {}))
        self.words = Vocabulary(vocabulary)
        if len(self.words) != kept.pieces:
            raise PackMissing(f"{vocabulary.name} has {len(self.words)} pieces, the weights {kept.pieces}")
        options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        core = ov.Core()
        self._look = core.compile_model(looking(kept), "CPU", options).create_infer_request()
        self._say = core.compile_model(saying(kept), "CPU", options).create_infer_request()
        self._kinds = kept.kinds
        number = {name: n for n, name in enumerate(self.words.names)}
        self._others = {number[one]: number[two] for one, two in _OTHER.items() if {one, two} <= number.keys()}
        self._joints = frozenset(n for n, name in enumerate(self.words.names) if name in JOINTS or n == END)
        self._empty = np.zeros((kept.layers, 1, kept.heads, 0, kept.width // kept.heads), np.float32)
        table = kept.rows("pieces")
        self._classes = [classes for _, classes in Everyday().words]
        self._names = np.stack([table[self.words.pieces(word)].mean(0) for word, _ in Everyday().words])

    def look(self, cells: Floats, probabilities: Floats) -> Memory:
        """cells: (49, WIDTH); probabilities: (1000,) of ImageNet's classes."""
        scores = np.array([probabilities[classes].sum() for classes in self._classes], np.float32)
        first = np.argsort(-scores)[:HINTS]
        given = {"cells": cells[None], "names": self._names[first][None], "sure": scores[first][None, :, None]}
        made = self._look.infer(given)
        where = zip(self._kinds, np.array(made["where"])[0].T, strict=True) if self._kinds else ()
        return Memory(np.array(made["keys"]), np.array(made["values"]), dict(where))

    def answer(self, memory: Memory, question: str) -> Told:
        """The likeliest answer, piece by piece."""
        asked = [ASK, *self.words.pieces(plain(question))[:LONGEST_QUESTION], ANSWER]
        return self._beams(memory, asked, 1)[0]

    def describe(self, memory: Memory) -> list[Told]:
        """One to BEAMS descriptions, the likeliest first. Who may be a man or a woman is a person in them."""
        return self._beams(memory, [DESCRIBE], BEAMS, neutral)

    def _beams(
        self,
        memory: Memory,
        given: Sequence[int],
        beams: int,
        worded: Callable[[str, Collection[str]], str] = lambda text, unsure: text,
    ) -> list[Told]:
        """The best `beams` sentences that begin with given, by mean log-probability. worded: of a text and of its words
        for men and women of which it is not sure, the text that is said."""
        scores, keys, values = self._step(memory, np.array([given]), self._empty, self._empty)
        live = [Beam()]
        done: list[Beam] = []
        for _ in range(MOST):
            grown: list[tuple[float, int, int, float]] = []
            for row, beam in enumerate(live):
                for piece in np.argsort(-scores[row])[: beams + 1]:
                    chance = float(scores[row, piece])
                    if not again(beam.pieces, int(piece), self._joints):
                        grown.append((beam.total + chance, row, int(piece), chance))
            grown.sort(reverse=True)
            live_rows, new = [], list[Beam]()
            for total, row, piece, chance in grown[: 2 * beams]:
                other, unsure = self._others.get(piece), live[row].unsure
                if other is not None and chance - scores[row, other] < EITHER:
                    unsure |= {self.words.names[piece]}
                beam = Beam((*live[row].pieces, piece), total, (*live[row].chances, chance), unsure)
                if piece == END:
                    done.append(beam)
                elif len(new) < beams:
                    new.append(beam)
                    live_rows.append(row)
            if not new or len(done) >= beams:
                break
            live = new
            pieces = np.array([[beam.pieces[-1]] for beam in live])
            scores, keys, values = self._step(memory, pieces, keys[:, live_rows], values[:, live_rows])
        made = [
            Told(
                worded(whole(self.words.text(beam.pieces)), beam.unsure),
                beam.total / len(beam.pieces),
                min(beam.chances),
                act([self.words.names[piece] for piece in beam.pieces], beam.chances),
            )
            for beam in done or live
        ]
        return sorted(made, key=lambda told: -told.belief)[:beams]

    def _step(
        self, memory: Memory, pieces: NDArray[np.int64], keys: Floats, values: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Log-probabilities of the next piece, (b, pieces), marks but END left out; and the grown keys and values."""
        before, new = keys.shape[3], pieces.shape[1]
        mask = np.triu(np.full((new, before + new), -1e4, np.float32), before + 1)
        given = {
            "pieces": pieces.astype(np.int64),
            "places": np.arange(before, before + new),
            "mask": mask,
            "past_keys": keys,
            "past_values": values,
            "seen_keys": memory.keys,
            "seen_values": memory.values,
        }
        made = self._say.infer(given)
        scores = np.array(made["scores"])
        scores[:, :END] = -np.inf
        scores -= scores.max(1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(1, keepdims=True))
        return scores, np.array(made["keys"]), np.array(made["values"])


@dataclass(frozen=True, slots=True)
class Beam:
    """A sentence as far as it is thought, the sum of its log-probabilities, and each of them; the words for men and
    women that are not sure."""

    pieces: tuple[int, ...] = ()
    total: float = 0.0
    chances: tuple[float, ...] = ()
    unsure: frozenset[str] = frozenset()


def again(pieces: Sequence[int], piece: int, joints: frozenset[int]) -> bool:
    """Would the sentence turn in circles: three pieces a second time, two of content, one more than `TWICE` times?"""
    last = (*pieces[-2:], piece)
    if len(pieces) >= 3 and any(tuple(pieces[n : n + 3]) == last for n in range(len(pieces) - 2)):
        return True
    if piece in joints:
        return False
    pair = last[-2:]
    twice = (
        len(pair) == 2
        and pair[0] not in joints
        and any(tuple(pieces[n : n + 2]) == pair for n in range(len(pieces) - 1))
    )
    return twice or list(pieces).count(piece) >= TWICE


def neutral(text: str, unsure: Collection[str]) -> str:
    """The same of people, where a word for a man or a woman is not sure. "A man and a woman" never is: six of ten times
    one of them is not there."""
    text = _PAIR.sub("two people", text)
    text = " ".join(_NEUTRAL[word] if word in unsure else word for word in text.split())
    return text if _NEUTRAL.keys() & set(text.split()) else re.sub(r"\b(?:his|her)\b", "their", text)


def act(names: Sequence[str], chances: Sequence[float]) -> float:
    """The log-probability of the first piece after "is" or "are"; 0 where there is none."""
    return next((after for name, after in zip(names, chances[1:], strict=False) if name in ("is", "are")), 0.0)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        raise PackMissing(f"{path.name} cannot be read ({error}): install visavis again") from error


def whole(text: str) -> str:
    """A sentence that was cut off, back to where it could have ended."""
    words = text.split()
    while words and words[-1].strip(",") in _OPEN:
        words.pop()
    return " ".join(words)
