"""Guess a number from 1 to 100: either side thinks of it. Where the game stands is read off what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from visavis_agents.history import Line

LOW, HIGH = 1, 100
MINE = f"I'm thinking of a number between {LOW} and {HIGH}. What is your guess?"
YOURS = f"Think of a number between {LOW} and {HIGH}, and answer higher, lower or yes."
GUESS_AGAIN = "Guess again."
CHEATED = "Then no number is left. One of us has made a mistake!"
_ASKED = re.compile(r"\b[Ii]s it (\d+)\?$")
_TOLD = re.compile(r"^It is (?:higher|lower) than \d+\.")
_HIGHER = re.compile(r"\b(?:higher|bigger|greater|more|larger|above|up|too (?:low|small))\b")
_LOWER = re.compile(r"\b(?:lower|smaller|less|below|under|down|too (?:high|big|large|much))\b")
_YES = re.compile(
    r"^(?:yes|yeah|yep|correct|right|exactly|that is (?:it|right|correct)|you (?:got|have|guessed) it|bingo)\b"
)


def guessing(before: str) -> bool:
    """The user is to guess. before: what the assistant said last."""
    return before.startswith(MINE[:30]) or (_TOLD.match(before) is not None)


def answering(before: str) -> bool:
    """The user is to say higher, lower or yes."""
    return _ASKED.search(before) is not None


def direction(words: str) -> str:
    """higher, lower, yes, or empty. words: plain ones."""
    if _HIGHER.search(words) and not _LOWER.search(words):
        return "higher"
    return "lower" if _LOWER.search(words) else "yes" if _YES.match(words) else ""


def guessed(said: Sequence[str], number: int, session: str) -> str:
    """said: what the assistant said so far, oldest first."""
    starts, secret = _thought_of(said, session)
    count = 1 + sum(_TOLD.match(line) is not None for line in said[starts[-1] if starts else 0 :])
    if number == secret:
        return f"Yes, it is {number}! You needed {count} {'guess' if count == 1 else 'guesses'}."
    return f"It is {'higher' if number < secret else 'lower'} than {number}. {GUESS_AGAIN}"


def given_up(said: Sequence[str], session: str) -> str:
    return f"It was {_thought_of(said, session)[1]}."


def _thought_of(said: Sequence[str], session: str) -> tuple[list[int], int]:
    """Where games began, and the number of the last one: the same for the same game of the same conversation."""
    starts = [n for n, line in enumerate(said) if line.startswith(MINE[:30])]
    return starts, Random(f"{session} number {len(starts)}").randint(LOW, HIGH)


def asked(lines: Sequence[Line], answer: str) -> str:
    """Our next guess. lines: of this conversation; answer: the user's newest one in plain words, perhaps in them."""
    low, high, count, open_guess = LOW, HIGH, 0, 0
    for line in lines:
        if line.who == "assistant":
            if line.text.startswith(YOURS[:20]):
                low, high, count = LOW, HIGH, 0
            found = _ASKED.search(line.text)
            if found:
                open_guess, count = int(found[1]), count + 1
        elif open_guess:
            low, high = _narrowed(low, high, open_guess, direction(line.text.lower()))
            open_guess = 0
    if open_guess:
        low, high = _narrowed(low, high, open_guess, direction(answer))
    if open_guess and not direction(answer):
        return f"Higher or lower? Is it {open_guess}?"
    if direction(answer) == "yes":
        return f"I have it, after {count} {'guess' if count == 1 else 'guesses'}! Now you: say guess a number."
    return f"Is it {(low + high) // 2}?" if low <= high else CHEATED


def _narrowed(low: int, high: int, guess: int, way: str) -> tuple[int, int]:
    return (
        (max(low, guess + 1), high)
        if way == "higher"
        else (low, min(high, guess - 1))
        if way == "lower"
        else (low, high)
    )
