"""A quiz, five questions a round (`quiz.txt`). Where it stands is read off what was said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from visavis_agents.games.written import cut_off, names, rows

ROUND = 5  # questions
START = "Here is the first question."
NEXT = "Next question:"
RIGHT = "Right!"
LATELY = 3  # lines; a word into a silence may have been said since
MORE = "Shall we play another round?"  # ends a round; a yes after it begins one


@dataclass(frozen=True, slots=True)
class Question:
    """right: words, one of which a right answer has."""

    text: str
    answer: str
    right: tuple[str, ...]


@cache
def questions() -> tuple[Question, ...]:
    return tuple(Question(text, answer, right) for text, answer, right in rows("quiz.txt"))


def asked(before: str) -> Question | None:
    """The question that waits. before: what the assistant said last, perhaps cut off."""
    if not before.startswith((START, RIGHT, NEXT, "No,", "It is ", "It was ")):
        return None
    return next((one for one in questions() if before.endswith(one.text) or cut_off(before, one.text)), None)


def begun(said: Sequence[str], dice: Random) -> str:
    """said: what the assistant said so far, oldest first."""
    return f"{START} {_new(said, dice).text}"


def answered(said: Sequence[str], guess: str, dice: Random) -> str:
    """guess: plain words; empty: given up."""
    question = next((one for line in reversed(said[-LATELY:]) if (one := asked(line))), None)
    if question is None:
        return begun(said, dice)
    right = names(guess, question.right)
    verdict = (
        RIGHT if right else f"No, it is {_within(question.answer)}." if guess else f"It is {_within(question.answer)}."
    )
    played = _round(said)
    score = sum(line.startswith(RIGHT) for line in played) + right
    if len(played) >= ROUND:
        points = "all" if score == ROUND else "none" if not score else f"{score}"
        return f"{verdict} That was the last of {ROUND} questions, and you had {points} of them right. {MORE}"
    return f"{verdict} {NEXT} {_new(said, dice).text}"


def _round(said: Sequence[str]) -> list[str]:
    """What the assistant asked in this round, oldest first."""
    lines = list(said)
    start = max((n for n, line in enumerate(lines) if line.startswith(START)), default=0)
    return [line for line in lines[start:] if asked(line) is not None]


def _new(said: Sequence[str], dice: Random) -> Question:
    """One that was not asked yet, where there is one."""
    fresh = [one for one in questions() if not any(one.text in line for line in said)]
    return dice.choice(fresh or list(questions()))


def _within(answer: str) -> str:
    return answer[0].lower() + answer[1:] if answer.startswith(("The ", "A ")) else answer
