"""What "it", "he", "there" and "which one" stand for in a question: the things that the user's last lines speak of.

Gives whole questions, likeliest first, for rules to try (`again.py`). Works on plain words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from visavis_agents.rules.slots import place_in, things

_PRONOUN = re.compile(r"\b(?:it|he|she|they|him|them)\b")
_THERE = re.compile(r"\bthere\b$")
_WHICH = re.compile(
    r"^(?P<asked>(?:which|who|what)(?: one)?(?: of (?:them|these|the two|both))?) "
    r"(?P<rest>(?:is|was|are|were) [a-z ]+)$"
)
_OF_A_COUNTRY = re.compile(
    r"^what (?:is|are) (?:the|their) (?:currency|money|capital|population|language|flag|colou?rs of the flag)$|^what "
    r"(?:currency|language|money) do they (?:have|use|speak)$"
)
_QUESTION_WORDS = frozenset(("where", "when", "who"))
_ASKED = re.compile(r"^(?:(?:in )?(?:what|which) (?:year|city|country|place)|when|where|who)\b")
TRIED = 3  # things that a word may stand for


def referred(words: str, earlier: Sequence[str]) -> Iterator[str]:
    """words: a question; earlier: the user's lines before in plain words, oldest first."""
    if not earlier:
        return
    if (found := _WHICH.match(words)) and len(earlier) > 1:
        one, other = (next((line[a:b] for a, b in things(line)), "") for line in earlier[-2:])
        if one and other and one != other:
            yield f"which {found['rest']} {one} or {other}"
        return
    if _THERE.search(words) or _OF_A_COUNTRY.match(words):
        for line in reversed(earlier[-TRIED:]):
            if (country := place_in(line)) and "capital" not in line:
                yield f"{_THERE.sub('', words).strip()} in {country}"
                yield f"{words} of {country}"
                return
        return
    if words in _QUESTION_WORDS:
        yield _ASKED.sub(words, earlier[-1])
        return
    if not _PRONOUN.search(words):
        return
    line = earlier[-1]
    for n, (start, end) in enumerate(things(line)):
        if n == TRIED:
            return
        article = re.search(r"\b(?:an?|the) $", line[:start])
        yield _PRONOUN.sub(f"{article[0] if article else ''}{line[start:end]}", words, count=1)
