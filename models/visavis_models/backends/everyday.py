"""The 1000 ImageNet classes in everyday words, and how sure one may be of each.

A classifier that hesitates between forty kinds of dog is still sure of "dog". So its probabilities are summed over
classes that people call by one word (`everyday.txt`), and over broad kinds, and the most particular name that is
probable enough is said; if none is, nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

SURE = 0.5  # summed probability from which a name is said
SURE_KIND = 0.75  # a broad kind says little, so it has to be surer

_ANIMALS = range(398)  # of these people also want the kind: not only a dog, but a beagle
_BARE = frozenset(
    "bread; broccoli; chocolate; coffee; coral; corn; dough; food; glasses; guacamole; hay; ice cream; mashed potato; "
    "pajamas; pasta; rapeseed; red wine; something electronic; something to wear; soup; sunscreen; swimming trunks; "
    "toilet paper; trousers; velvet; wool".split("; ")
)  # no "a" before these


@dataclass(frozen=True, slots=True)
class Naming:
    """What a picture shows. label: the everyday word; particular: the class's own name, or empty; score: summed."""

    label: str
    score: float
    classes: tuple[int, ...]
    particular: str = ""
    broad: bool = False  # label is only a kind of thing


class Everyday:
    """Names a picture from its 1000 probabilities."""

    def __init__(self) -> None:
        self._names = names = class_names()
        words, kinds = tables()
        known = {index for classes in words.values() for index in classes}
        words = words | {name: (index,) for index, name in enumerate(names) if index not in known}
        self.words = [(word, np.array(classes)) for word, classes in words.items()]
        self._kinds = [(kind, np.array(classes)) for kind, classes in kinds.items()]

    def name(self, probabilities: NDArray[np.float32]) -> Naming:
        """The most particular name that is sure (or its broad kind); if none is, the likeliest word with its low score.

        probabilities: (1000,), summing to 1."""
        word, score, classes = _likeliest(self.words, probabilities)
        if score < SURE:
            kind, kind_score, kin = _likeliest(self._kinds, probabilities)
            if kind_score >= SURE_KIND:
                return Naming(kind, kind_score, tuple(kin.tolist()), broad=True)
        top = int(classes[np.argmax(probabilities[classes])])
        own = top in _ANIMALS and probabilities[top] >= SURE and self._names[top] != word
        return Naming(word, score, tuple(classes.tolist()), self._names[top] if own else "")


def _likeliest(
    table: list[tuple[str, NDArray[np.int64]]], probabilities: NDArray[np.float32]
) -> tuple[str, float, NDArray[np.int64]]:
    scores = [float(probabilities[classes].sum()) for _, classes in table]
    best = int(np.argmax(scores))
    return table[best][0], scores[best], table[best][1]


@cache
def tables() -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """The words and the broad kinds of `everyday.txt`, each with its classes."""
    sections: dict[str, dict[str, tuple[int, ...]]] = {"[words]": {}, "[kinds]": {}}
    section = sections["[words]"]
    for line in files(__package__).joinpath("everyday.txt").read_text("utf-8").splitlines():
        if line in sections:
            section = sections[line]
        elif line and not line.startswith("#"):
            name, _, ranges = line.partition(": ")
            bounds = [part.partition("-") for part in ranges.split()]
            section[name] = tuple(i for low, _, high in bounds for i in range(int(low), int(high or low) + 1))
    return sections["[words]"], sections["[kinds]"]


def with_article(name: str) -> str:
    """ "a dog", "an owl", "bread"; a name that has its article already keeps it."""
    if name in _BARE or name.startswith(("a ", "an ")):
        return name
    return f"{'an' if name[0].lower() in 'aeio' or name.startswith('umb') else 'a'} {name}"


@cache
def class_names() -> tuple[str, ...]:
    """The 1000 ImageNet classes in order."""
    lines = files(__package__).joinpath("imagenet.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
