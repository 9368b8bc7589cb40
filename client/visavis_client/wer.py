"""Word error rate: substitutions, deletions and insertions over the words that were said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from text_to_num import alpha2digit

_SAME = (
    (r"\bmr\b", "mister"), (r"\bmrs\b", "missus"), (r"\bdr\b", "doctor"), (r"\bok\b", "okay"),
    (r"%", " percent"), (r"\bo'clock\b", "oclock"), (r"\bgrey\b", "gray"), (r"\bcolour\b", "color"),
)  # fmt: skip


RESAMPLED = 4000  # sets of recordings, for an interval


def words(text: str) -> list[str]:
    """Lower case, no marks, numbers as digits: "It's twenty-two." -> ["it's", "22"]."""
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").replace("-", " ")
    for pattern, same in _SAME:
        text = re.sub(pattern, same, text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"[^\w' ]+|_", " ", text)
    return [word.strip("'") for word in alpha2digit(" ".join(text.split()), "en").split() if word.strip("'")]


def errors(said: Sequence[str], recognized: Sequence[str]) -> int:
    """Fewest words to change, drop and insert."""
    row = list(range(len(recognized) + 1))
    for n, word in enumerate(said, 1):
        above, row = row, [n]
        for m, other in enumerate(recognized, 1):
            row.append(min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (word != other)))
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """pairs: (what was said, what was recognized). Raises ValueError where nothing was said."""
    wrong = count = 0
    for said, recognized in pairs:
        reference = words(said)
        wrong += errors(reference, words(recognized))
        count += len(reference)
    if not count:
        raise ValueError("no words were said: there is no rate")
    return wrong / count


def added(
    said: Sequence[str], recognized: Sequence[Sequence[str]], instead: Sequence[Sequence[str]]
) -> tuple[float, float, float]:
    """Word error rate of `recognized` less that of `instead`, and the ends of the difference's 95 % interval.

    Both heard the same recordings, each once or several times: what is resampled is their difference, recording by
    recording (Bisani and Ney, ICASSP 2004). Raises ValueError where nothing was said."""
    references = [words(text) for text in said]
    count = np.array([len(reference) for reference in references])
    more = np.array(
        [
            np.mean([errors(reference, words(one)) for one in ones])
            - np.mean([errors(reference, words(other)) for other in others])
            for reference, ones, others in zip(references, recognized, instead, strict=True)
        ]
    )
    if not count.sum():
        raise ValueError("no words were said: there is no rate")
    drawn = np.random.default_rng(0).integers(0, len(said), (RESAMPLED, len(said)))
    rates = more[drawn].sum(axis=1) / np.maximum(1, count[drawn].sum(axis=1))
    low, high = np.percentile(rates, (2.5, 97.5))
    return float(more.sum() / count.sum()), float(low), float(high)
