"""Riddles that wait for a guess (`riddles.txt`). Which one is open is read off what was said last. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from visavis_agents.games.written import cut_off, names, rows

RIGHT = "Yes, that's right!"
WRONG = "No, that's not it. Guess again, or give up:"
ANOTHER = "Would you like another riddle?"  # ends an answer; a yes after it asks for one


@dataclass(frozen=True, slots=True)
class Riddle:
    """right: words, one of which a right guess has."""

    question: str
    answer: str
    right: tuple[str, ...]


@cache
def riddles() -> tuple[Riddle, ...]:
    return tuple(Riddle(question, answer, right) for question, answer, right in rows("riddles.txt"))


def asked(before: str) -> Riddle | None:
    """The one that waits. before: what the assistant said last, perhaps cut off."""
    return next((one for one in riddles() if before.endswith(one.question) or cut_off(before, one.question)), None)


def judged(riddle: Riddle, guess: str) -> str:
    """What is said to a guess in plain words."""
    if names(guess, riddle.right):
        return f"{RIGHT} {riddle.answer} {ANOTHER}"
    return f"{WRONG} {riddle.question}"


def hint(riddle: Riddle) -> str:
    word = re.sub(r"^(?:An?|The|Your) ", "", riddle.answer)
    return f"It begins with {word[0].upper()}. {riddle.question}"


def told(riddle: Riddle) -> str:
    """The answer, to somebody who gives up."""
    return f"{riddle.answer} {ANOTHER}"
