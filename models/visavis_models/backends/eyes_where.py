"""On which side a thing lies, by what our eyes see in their 49 cells. Pure.

While the decoder learned, a second head told of every cell which of COCO's kinds lie in it. Where the middle of a kind
is by these cells is far surer than what the decoder says of sides: docs/cards/eyes.md has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.eyes_concepts import mentioned

Floats = NDArray[np.float32]

SHARPER = 1.5  # power of the probabilities by which the cells are weighed
SEEN, SURE = 0.003, 0.2  # probability in the likeliest cell from which a side is guessed, and from which it is told
BOTH, APART = 0.1, 0.1  # of each of two things from which it is told how they lie, if their middles are so far apart
_LEFT, _RIGHT = 0.4, 0.6  # middles, in widths of the picture

_OF_TWO = (
    re.compile(r"\bside of the (?P<second>[a-z ]+?) (?:is|are) the (?P<first>[a-z ]+)$"),
    re.compile(
        r"\b(?:is|are) the (?P<first>[a-z ]+?) (?:on|to|at)? ?(?:the )?(?:left|right)\b.* of the (?P<second>[a-z ]+)$"
    ),
)
_OF_ONE = (
    re.compile(r"\bon (?:which|what) side (?:is|are) the (?P<first>[a-z ]+)$"),
    re.compile(r"\b(?:is|are) the (?P<first>[a-z ]+?) (?:on|to|at)? ?(?:the )?(?:left|right)\b"),
    re.compile(r"\bwhere(?:'s| is| are) the (?P<first>[a-z ]+)$"),
)
_SIDED = re.compile(r"\b(?:left|right|middle)\b")


def beside(question: str, told: str, where: Mapping[str, Floats]) -> str:
    """The side that is asked for, as a sentence; empty where none is, or it cannot be told.

    told: the decoder's answer: "where is the dog?" is answered by a side only if that speaks of one, too."""
    asked = " ".join(re.sub(r"[^a-z' ]", " ", question.lower().replace("\u2019", "'")).split())
    for pattern in _OF_TWO:
        if (found := pattern.search(asked)) and (pair := [_kind(found[name], where) for name in ("first", "second")]):
            return _of_two(found, pair, where) if all(pair) and pair[0] != pair[1] else ""
    found = next((found for pattern in _OF_ONE if (found := pattern.search(asked))), None)
    if found is None or not (name := _kind(found["first"], where)) or where[name].max() < SEEN:
        return ""
    if not re.search(r"\b(?:left|right|side)\b", asked) and not _SIDED.search(told):
        return ""
    x = middle(where[name])
    place = "on the left" if x < _LEFT else "on the right" if x > _RIGHT else "in the middle"
    begin = "The" if where[name].max() >= SURE else "I'm not sure, but I think the"
    return f"{begin} {found['first']} {_is(found['first'])} {place}."


def _of_two(found: re.Match[str], kinds: Sequence[str], where: Mapping[str, Floats]) -> str:
    least = min(float(where[kind].max()) for kind in kinds)
    if least < SEEN:
        return ""
    (first, second), (one, other) = found.group("first", "second"), (middle(where[kind]) for kind in kinds)
    begin = "The" if least >= BOTH and abs(one - other) >= APART else "I'm not sure, but I think the"
    return f"{begin} {first} {_is(first)} on the {'left' if one < other else 'right'} of the {second}."


def middle(cells: Floats) -> float:
    """Of a kind, from left (0) to right (1). cells: (49,) probabilities, row by row."""
    weights = (cells**SHARPER).reshape(7, 7).sum(0)
    return float(weights @ (np.arange(7) + 0.5) / 7 / max(float(weights.sum()), 1e-12))


def _kind(words: str, where: Mapping[str, Floats]) -> str:
    """The one kind that these words name, or empty."""
    kinds = [name for name in mentioned(words) if name in where]
    return kinds[0] if len(kinds) == 1 else ""


def _is(name: str) -> str:
    return "are" if name.endswith("s") and not name.endswith(("ss", "us")) and " of " not in name else "is"
