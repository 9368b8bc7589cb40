"""Twenty questions: the user thinks of an animal (`creatures.txt`). What is known is read off what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from visavis_agents.games.written import lines
from visavis_agents.history import Line

START = "Answer yes, no, or I don't know."
LOST = "Then I give up. You win!"
FOUND = "I have it! That was fun. Shall we play again?"  # ends a game; a yes after it begins one
QUESTIONS, GUESSES = 14, 3  # at most
SURE = 2.0  # points by which an animal leads when it is guessed
_NO = re.compile(
    r"^(?:no|nope|not|never|wrong|it (?:does not|is not|has no|has not|can not)|of course not|i do not think so|nah)\b"
)
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|right|correct|sure|exactly|it (?:does|is|has|can|likes)|of course|i think so|absolutely)\b"
)
_UNSURE = re.compile(
    r"^(?:i (?:do not|am not)|not sure|maybe|perhaps|sometimes|some|it depends|partly|kind of|a bit|no idea)\b"
)


@dataclass(frozen=True, slots=True)
class Creature:
    """holds: letters of the questions whose answer is yes; open: of those whose answer may be both."""

    name: str
    holds: str
    open: str


@cache
def questions() -> dict[str, str]:
    """By letter."""
    return dict(line.split(": ") for line in lines("creatures.txt") if line[1:2] == ":")


@cache
def creatures() -> tuple[Creature, ...]:
    found = []
    for line in list(lines("creatures.txt"))[len(questions()) + 1 :]:
        name, _, letters = line.partition(": ")
        holds, _, may = letters.partition("|")
        found.append(Creature(name, holds.strip(), may.strip()))
    return tuple(found)


def heard(words: str) -> str:
    """yes, no, unsure, or empty. words: plain ones."""
    return "unsure" if _UNSURE.match(words) else "no" if _NO.match(words) else "yes" if _YES.match(words) else ""


def asking(before: str) -> bool:
    """Is an answer awaited? before: what the assistant said last."""
    return _asked(before) != ""


def _asked(line: str) -> str:
    """The letter or the name that a line of ours ends with the question of."""
    for letter, question in questions().items():
        if line.endswith(question):
            return letter
    return next((one.name for one in creatures() if line.endswith(f"Is it {one.name}?")), "")


def next_line(told: Sequence[Line], answer: str) -> str:
    """told: lines of this conversation; answer: the user's newest, yes, no or unsure, which may be in them."""
    answers = _answers(told, answer)
    guessed = [asked for asked in answers if len(asked) > 1]
    if any(answers[name] == "yes" for name in guessed):
        return FOUND
    left = [one for one in creatures() if one.name not in guessed]
    ranked = sorted(((_points(one, answers), one) for one in left), key=lambda pair: -pair[0])
    unasked = [letter for letter in questions() if letter not in answers]
    best = [one for points, one in ranked if points > ranked[0][0] - SURE]
    splits = {letter: _split(best, letter) for letter in unasked}
    if len(best) > 1 and len(answers) - len(guessed) < QUESTIONS and unasked and max(splits.values()) > 0:
        return questions()[max(unasked, key=lambda letter: splits[letter])]
    return f"Is it {ranked[0][1].name}?" if len(guessed) < GUESSES else LOST


def _answers(told: Sequence[Line], answer: str) -> dict[str, str]:
    answers: dict[str, str] = {}
    waiting = ""
    for line in told:
        if line.who == "assistant":
            if START in line.text:
                answers = {}
            waiting = _asked(line.text) or waiting
        elif waiting and (said := heard(line.text.lower().replace("n't", " not"))):
            answers[waiting], waiting = said, ""
    if waiting and answer:
        answers[waiting] = answer
    return answers


def _points(one: Creature, answers: dict[str, str]) -> float:
    points = 0.0
    for letter, answer in answers.items():
        if len(letter) == 1 and answer != "unsure" and letter not in one.open:
            points += 1 if (letter in one.holds) == (answer == "yes") else -1.5
    return points


def _split(best: Iterable[Creature], letter: str) -> float:
    """How evenly a question parts them."""
    sides = [letter in one.holds for one in best if letter not in one.open]
    return min(sum(sides), len(sides) - sum(sides))
