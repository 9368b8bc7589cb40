"""Which moments of the camera a question is about: from its words, and when each of them was said. Pure.

"What is this?" is about what the camera showed while "this" was said, "this one or that one?" about two such moments,
"what was that?" about what was there and changed before the question began, and everything else about the end of the
words. `sight.py` has the frames, `choosing.py` takes one of those near the moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from visavis_agents.events import Word

TOGETHER_S = 0.35  # pointing words closer together mean the same thing: "that there"
MOST = 3  # things pointed at in one question


@dataclass(frozen=True, slots=True)
class Moment:
    """Session time `at`. word: the pointing word said then, or empty. gone: what changed last before `at` is meant."""

    at: float
    word: str = ""
    gone: bool = False


def moments(text: str, words: Sequence[Word], end_s: float, named: str = "") -> tuple[Moment, ...]:
    """The moments that `text` is about, in the order in which they were said; at least one.

    words: those of text with their times; without them (typed, or a recognizer that gives none) it is end_s, the end of
    the user's speech. named: the word at which the user showed something, if whoever asks knows it better.
    """
    said = [_plain(word.text) for word in words]
    if not words:
        return (Moment(end_s),)
    if named and (chosen := _named(said, named)) is not None:
        return (Moment(_middle(words[chosen]), said[chosen]),)
    if is_past(text):
        return (Moment(words[0].start_s, _last_pointing(said), gone=True),)
    strong = [n for n in range(len(said)) if _points(said, n)]
    found = strong or [n for n, word in enumerate(said) if word in _WEAK and not _exists(said, n)][-1:]
    told: list[Moment] = []
    for n in found:
        at = _middle(words[n])
        if not told or at - told[-1].at >= TOGETHER_S:
            told.append(Moment(at, said[n]))
    return tuple(told[-MOST:]) or (Moment(end_s),)


def points(text: str, surely: bool = False) -> bool:
    """Is something pointed at, or held up, in these words? surely: "it", "here" and "there" are not enough."""
    said = [_plain(word) for word in text.split()]
    weak = not surely and not _WEAK.isdisjoint(said)
    return weak or any(_points(said, n) for n in range(len(said))) or bool(_SHOWS.search(" ".join(said)))


def crops(text: str) -> bool:
    """Is only the part of the picture meant that a hand points at or holds, if one does?"""
    return points(text) and not _WHOLE.search(text.lower())


def is_past(text: str) -> bool:
    """ "What was that?": it is gone, or was another a moment ago."""
    return bool(_PAST.search(" ".join(map(_plain, text.split()))))


_STRONG = frozenset(("this", "that", "these", "those"))
_WEAK = frozenset(("it", "here", "there"))
_SHOWS = re.compile(r"\b(?:i am|i'm|am i) (?:holding|pointing|showing)\b|\bin my hands?\b|\bmy finger\b")
_WHOLE = re.compile(r"\b(?:who|how many|do you see|you can see|describe|(?:is|are) there)\b")
_TIMES = frozenset("week month year morning evening afternoon weekend night time day moment minute".split())
_PAST = re.compile(
    r"\b(?:what|who)(?: on earth)? (?:was|were) (?:it|that|those|these|this)\b(?! like)"
    r"|\bdid you see (?:that|it|him|her|them)\b|\bwhat did i (?:just )?(?:show|hold|have|point)\b"
    r"|\b(?:what|who)(?: just)? (?:went|flew|came|ran|walked|drove|fell)\b"
)
_SUBJECTS = frozenset(
    "i you he she it we they there people everybody everyone nobody the a an my your his her our".split()
)
_BELIEVING = frozenset(
    "know think believe say said tell told sure hope remember so guess hear heard mean forget".split()
)
_BEFORE = frozenset(  # words after which "that" is a thing, and what follows is about it
    "is are am was were does do did read see at about of or and than with on in to from like called what whose what's "
    "who's where's colour color spell describe hold take find translate copy me which under behind over near".split()
)


def _plain(word: str) -> str:
    return word.lower().replace("\u2019", "'").strip(" .,;:!?\"'()\u2026")


def _points(said: Sequence[str], n: int) -> bool:
    """Is word n a pointing one? "that" often only joins sentences, "this week" is a time."""
    word, after = said[n], said[n + 1] if n + 1 < len(said) else ""
    before = said[n - 1] if n else ""
    if word not in _STRONG or after in _TIMES:
        return False
    if word != "that" or not after or not before:
        return True
    if after in _SUBJECTS and (before not in ("is", "are", "what's", "or", "and", "than") or before in _BELIEVING):
        return False
    return before in _BEFORE or after in ("one", "thing")


def _exists(said: Sequence[str], n: int) -> bool:
    """ "Is there a ...": nobody points."""
    return said[n] == "there" and n + 1 < len(said) and n > 0 and said[n - 1] in ("is", "are", "was")


def _named(said: Sequence[str], named: str) -> int | None:
    """The last place of this word, or of the first of these words that was said."""
    for wanted in map(_plain, named.split()):
        if wanted in said:
            return len(said) - 1 - said[::-1].index(wanted)
    return None


def _last_pointing(said: Sequence[str]) -> str:
    return next((word for word in reversed(said) if word in _STRONG or word == "it"), "")


def _middle(word: Word) -> float:
    return (word.start_s + word.end_s) / 2
