"""Questions of games as they are written: a question, its answer, and the words that are right, between bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from visavis_agents.lines import lines_of

ENOUGH = 12  # letters of a question that was cut off, by which it is known


def lines(name: str) -> Iterator[str]:
    """name: of a file beside the games."""
    return lines_of(__package__, name)


def rows(name: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for line in lines(name):
        question, answer, right = (part.strip() for part in line.split("|"))
        yield question, answer, tuple(right.split(", "))


def cut_off(before: str, question: str) -> bool:
    """Does `before` end within the question? Whoever knows the answer does not wait for its end."""
    start = before.rfind(question[:ENOUGH])
    return start >= 0 and question.startswith(before[start:].rstrip(" .,:;-…"))


def names(guess: str, right: Sequence[str]) -> bool:
    """Is one of these words in it? guess: plain words."""
    words = re.findall(r"[a-z0-9]+", guess)
    return any(word in right or word.removesuffix("s") in right for word in words) or guess.replace(" ", "") in right
