"""How good captions are: BLEU-4 and CIDEr, over words in lower case without punctuation. Pure.

BLEU: Papineni et al. 2002, over the whole set, closest reference length. CIDEr: the variant CIDEr-D of Vedantam et al.,
arXiv:1411.5726 (clipped counts, Gaussian penalty for length with sigma 6, times 10), document frequencies from the
references scored against, so figures of different sets cannot be compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

Grams = Counter[tuple[str, ...]]


def tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", text.lower())


def bleu4(made: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """0 to 1."""
    match, total, length, wanted = [0] * 4, [0] * 4, 0, 0
    for text, others in zip(made, references, strict=True):
        own, given = tokens(text), [tokens(other) for other in others]
        length += len(own)
        wanted += min((abs(len(other) - len(own)), len(other)) for other in given)[1]
        for n in range(1, 5):
            counts, most = _grams(own, n), Counter[tuple[str, ...]]()
            for other in given:
                most |= _grams(other, n)
            match[n - 1] += sum((counts & most).values())
            total[n - 1] += max(0, len(own) - n + 1)
    if min(match) == 0:
        return 0.0
    mean = sum(math.log(m / t) for m, t in zip(match, total, strict=True)) / 4
    return math.exp(mean + min(0.0, 1 - wanted / length))


def cider(made: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """CIDEr-D, 0 to 10, mean over the pictures."""
    given = [[[_grams(tokens(other), n) for n in range(1, 5)] for other in others] for others in references]
    seen: Counter[tuple[str, ...]] = Counter()
    for others in given:
        seen.update({gram for other in others for grams in other for gram in grams})
    pictures = math.log(max(len(references), 2))

    def weighed(grams: Grams) -> dict[tuple[str, ...], float]:
        return {gram: count * (pictures - math.log(max(1, seen[gram]))) for gram, count in grams.items()}

    sums = 0.0
    for text, others in zip(made, given, strict=True):
        own = tokens(text)
        for n in range(4):
            mine = weighed(_grams(own, n + 1))
            size = math.sqrt(sum(value * value for value in mine.values()))
            for other in others:
                theirs = weighed(other[n])
                both = size * math.sqrt(sum(value * value for value in theirs.values()))
                if both:
                    product = sum(
                        min(value, theirs[gram]) * theirs[gram] for gram, value in mine.items() if gram in theirs
                    )
                    apart = len(own) - sum(other[0].values())
                    sums += product / both * math.exp(-(apart**2) / 72) / len(others) / 4
    return 10 * sums / len(made)


def _grams(words: Sequence[str], n: int) -> Grams:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))
