"""Pictures found by meaning: for a word that none is called by, the one whose name is nearest in MiniLM's space.

What is found is told to be something else ("I have no picture of a cello, so I drew a violin"). Of 128 words that no
picture is called by, NEAR lets 33 through, 23 of them to a picture that one can accept, judged by hand; at 0.55 it
would be 35 of 68.
MiniLM takes words that begin alike for related (trampoline, tram), so names that do are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_models.composer.english import singulars
from visavis_models.errors import PackMissing

NEAR = 0.62  # cosine; see above
DESCRIBED = 0.6  # of a whole description: it says more than a word
ALIKE = 3  # letters two words begin with that are only spelled alike

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]

_DESCRIPTION = re.compile(
    r"(?:an? |the |some )?(?:thing|something|someone|somebody|vehicle|machine|animal|place|person|tool|building|food|"
    r"fruit|plant|toy|device|instrument|creature|drink|king|queen|man|woman) (?:\w+ )?"
    r"(?:for|that|which|who|to|with which|where|you|of the)\b.+"
    r"|something \w+.*"
)


class Meaning:
    """Every name of the picture set with its vector."""

    def __init__(self, path: Path, embed: Embed) -> None:
        """path: names.npz, made by `build_meaning.py`. Raises PackMissing when it is no such file."""
        try:
            with np.load(path) as kept:
                self._names = [str(name) for name in kept["names"]]
                vectors = kept["vectors"].astype(np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise PackMissing(
                f"the names in {path} cannot be read ({error}): run `visavis models pull pictures`"
            ) from None
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._embed = embed

    def nearest(self, noun: str) -> str:
        """The name that is nearest to a noun, empty where none is near."""
        return self._best(noun, NEAR)

    def described(self, text: str) -> str:
        """The name that a description comes nearest to ("a vehicle for putting out fires"); empty for anything else."""
        return self._best(text, DESCRIBED) if is_description(text) else ""

    def nouns(self, unknown: Sequence[str]) -> dict[str, str]:
        """For nouns that nobody has a picture of, with or without an article: noun in the singular -> nearest name."""
        found: dict[str, str] = {}
        for phrase in unknown:
            *first, last = re.sub(r"^an? ", "", phrase).split()
            for form in (last, *singulars(last)):
                if name := self.nearest(noun := " ".join((*first, form))):
                    found[noun] = name
        return found

    def _best(self, text: str, least: float) -> str:
        nearness: Floats = self._vectors @ self._embed([text])[0]
        for number in np.argsort(-nearness)[:12]:
            if nearness[number] < least:
                return ""
            if not only_alike(text, self._names[number]):
                return self._names[int(number)]
        return ""


def is_description(text: str) -> bool:
    return _DESCRIPTION.fullmatch(text) is not None


def only_alike(text: str, name: str) -> bool:
    """Whether a name shares letters with the text, or words of a longer text, rather than meaning."""
    words, others = text.split(), name.split()
    if len(words) > 3:
        return set(others) <= {form for word in words for form in (word, *singulars(word))}
    return any(
        one != other and one not in singulars(other) and other not in singulars(one) and one[:ALIKE] == other[:ALIKE]
        for one in words
        for other in others
    ) and not set(words) & set(others)
