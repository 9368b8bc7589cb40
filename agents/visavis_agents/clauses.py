"""A stream of words cut into clauses that can be spoken: the first one early, the rest by the sentence."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_BREAK = re.compile(r"(?<=[,;:\u2014])\s+")
_JOINT = re.compile(
    r"\s(?=(?:and|but|or|so|because|that|which|who|when|where|while|if|to|for|with|without|in|on|at|from|by|about|into|"
    r"than|as|until|after|before|like)\s)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|etc|e\.g|i\.e|[A-Z])\.$")
FIRST_WORDS = 2  # words before the first clause may end at a comma
JOINT_WORDS = 4  # words before it may end where the sentence has a joint: a person breathes there too
FIRST_LONGEST = 9  # words after which it ends anyway: a second and a half of sound, in which the next is made
LONGEST_WORDS = 40  # a clause without any punctuation is cut here


class Clauses:
    """Feed pieces of text, get complete clauses. `rest()` gives what is left at the end."""

    def __init__(self) -> None:
        self._text = ""
        self._given = 0

    def feed(self, piece: str) -> list[str]:
        self._text += piece
        clauses = []
        while (cut := self._cut()) is not None:
            clause, self._text = self._text[:cut].strip(), self._text[cut:].lstrip()
            if clause:
                clauses.append(clause)
                self._given += 1
        return clauses

    def rest(self) -> str:
        rest, self._text = self._text.strip(), ""
        return rest

    def _cut(self) -> int | None:
        """Where the next clause ends, or None. White space after the mark proves that "3.5" goes on."""
        for match in _END.finditer(self._text):
            if not _ABBREVIATION.search(self._text[: match.start()]):
                return match.end()
        if not self._given:
            for match in _BREAK.finditer(self._text):
                if len(self._text[: match.start()].split()) >= FIRST_WORDS:
                    return match.end()
            for match in _JOINT.finditer(self._text):
                if len(self._text[: match.start()].split()) >= JOINT_WORDS:
                    return match.end()
        words = list(re.finditer(r"\S+\s+", self._text))
        longest = LONGEST_WORDS if self._given else FIRST_LONGEST
        return words[longest - 1].end() if len(words) >= longest else None
