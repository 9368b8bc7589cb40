"""How far to trust what the decoder says: said as it is, as a guess, or not at all. Pure.

Which number tells whether it is right, and from where on, differs with what is asked: docs/cards/eyes.md shows how the
limits were read, from held-out photos that are not in the exam.
"""

from __future__ import annotations

import re

from visavis_models.backends.eyes_asked import spoken
from visavis_models.backends.eyes_say import Told
from visavis_models.backends.eyes_words import plain

CANT_TELL = "I can't tell."
SURE, GUESS = -0.3, -1.8  # log-probability of the least likely piece from which an answer is said, and said as a guess
ACT = -1.0  # of what somebody does: that of the verb, from which it is a guess; above SURE it is said
CLOTHES = -0.28  # of what somebody wears or holds: the mean of all pieces
COUNTED, COLOURED, SIDED = -1.0, -1.4, -0.6  # of the least likely piece
PLACE = -0.6  # of that of a place: below, only inside or outside is told

_DOES = re.compile(r"\b(?:doing|up to|happening|going on)\b")
_HAS = re.compile(
    r"\bwear(?:ing|s)?\b|\bwhat(?:'s| is| are) (?:the |that |this )?\w+ (?!thing|doing)\w+ing(?: there)?$"
    r"|\bwhat (?:the |that |this )?\w+ (?:is|are) (?!doing)\w+ing$"
)
_SIDES = re.compile(r"\b(?:left|right|middle|side)\b")


def sure(told: Told, question: str) -> str:
    """An answer as it is, as a guess, or not at all, by how sure the model is of it."""
    if told.text.startswith(("i can't", "i don't")):
        return spoken(told.text)
    asked = plain(question)
    least, guess = told.least, GUESS
    if _DOES.search(asked):
        least, guess = told.act or told.least, ACT
    elif _HAS.search(asked):
        guess = GUESS if told.belief >= CLOTHES else 0.0
    elif "how many" in asked:
        guess = COUNTED
    elif "colour" in asked:
        guess = COLOURED
    elif _SIDES.search(asked) or _SIDES.search(told.text):
        guess = SIDED
    if least >= SURE and least >= guess:  # half of the colours it is sure of are those that such things mostly have
        return f"I think {_within(told.text)}." if "colour" in asked else spoken(told.text)
    return f"I'm not sure, but I think {_within(told.text)}." if least >= guess else CANT_TELL


def _within(text: str) -> str:
    """An answer as it goes on in a sentence."""
    for begin in ("yes, ", "no, "):
        text = text.removeprefix(begin)
    return text if not text.startswith("i ") else f"I {text[2:]}"
