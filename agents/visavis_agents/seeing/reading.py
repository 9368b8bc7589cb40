"""Reading aloud what is long: a few lines at a time, then "Shall I go on?"; on, again, the last word spelled.

Pure. Where the listener is follows from the history, which holds only what was heard: a draft that was dropped and a
reply that was cut need no account of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from visavis_agents.history import Line
from visavis_agents.seeing.columns import in_order, place
from visavis_models.ports import Found

AT_ONCE = 45  # words that are read without a question
PIECE = 28  # words after which a piece ends with its sentence or line
PART = 16  # words after which a longer sentence may be interrupted, at a comma if it has one
RECENT = 8  # lines of the history in which the reading may be gone on with
LINES = 200  # lines of one text
LINE = 200  # characters of a line
IT_SAYS = "It says"
GO_ON = "Shall I go on?"
ALL = "That is all."

Asked = Literal["next", "again", "start", "spell", "left"]


@dataclass(frozen=True, slots=True)
class Place:
    """Of the newest reply that read from the text: its first word, and the one after the last that was heard."""

    start: int
    end: int
    newest: bool  # nothing was said since


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: its words in order, and the places where one may stop (after that many words)."""

    words: tuple[str, ...]
    stops: tuple[int, ...]

    @staticmethod
    def of(lines: Sequence[Found], aspect: float = 4 / 3) -> Text:
        """lines: as a reader finds them. aspect: width of the picture by its height."""
        words: list[str] = []
        stops: list[int] = []
        for block in in_order(lines[:LINES], aspect):
            for part in (part for sentence in _sentences(block) for part in _parts(sentence)):
                words += part
                stops.append(len(words))
        return Text(tuple(words), tuple(stops))

    def first(self) -> str:
        """What is said first."""
        return f"{IT_SAYS}: {self.piece(0)}"

    def piece(self, start: int) -> str:
        """From word `start` on, with the question whether to go on where more is left."""
        end = self._end(start)
        said = " ".join(self.words[start:end])
        return f"{said} {GO_ON}" if end < len(self.words) else said

    def answer(self, asked: Asked, lines: Sequence[Line]) -> str:
        """lines: the history."""
        now = self.place(lines) or Place(0, 0, False)
        match asked:
            case "next" if now.end >= len(self.words):
                return ALL
            case "next":
                return self.piece(self._begun(now.end))
            case "again":
                return self.piece(now.start)
            case "start":
                return self.first()
            case "spell":
                word = self.words[max(0, min(now.end, len(self.words)) - 1)]
                return spelled(word)
            case "left":
                left = len(self.words) - now.end
                return f"About {_round(left)} words are left. {GO_ON}" if left > 0 else ALL

    def place(self, lines: Sequence[Line]) -> Place | None:
        """Where the listener is; None: none of it was heard lately."""
        found: Place | None = None
        for line in lines[-RECENT:]:
            if line.who != "assistant":
                continue
            if heard := self._heard(line.text, self._begun(found.end) if found else 0):
                found = Place(*heard, True)
            elif found:
                found = replace(found, newest=False)
        return found

    def _heard(self, said: str, expected: int) -> tuple[int, int] | None:
        """The words of the text that a reply consists of: first, and one after the last. expected: likely its first."""
        letters = _letters(" ".join(self.words))
        ends = [0, *accumulate(len(_letters(word)) for word in self.words)]  # letters before each word
        bare = said.removesuffix(GO_ON)
        for heard in (_letters(bare), _letters(_SAYS.sub("", bare))):
            for begin in (expected, 0, *self.stops[:-1]):
                if heard and letters.startswith(heard, ends[begin]):
                    return begin, bisect_left(ends, ends[begin] + len(heard))
        return None

    def _begun(self, word: int) -> int:
        """The start of the sentence or line that was cut off after this word, or of the next one."""
        return max((stop for stop in (0, *self.stops) if stop <= word), default=0)

    def _end(self, start: int) -> int:
        if len(self.words) - start <= AT_ONCE:
            return len(self.words)
        return next(stop for stop in self.stops if stop >= start + PIECE)


def asked(words: str, now: Place | None, before: str) -> Asked | None:
    """What of the reading a request is about. words: plain ones; before: what the assistant said last."""
    if now is None:
        return None
    if _SPELL.fullmatch(words):
        return "spell"
    if _START.fullmatch(words):
        return "start"
    if _LEFT.fullmatch(words):
        return "left"
    if _NEXT.fullmatch(words) or (before.endswith(GO_ON) and _YES.fullmatch(words)):
        return "next"
    return "again" if now.newest and _AGAIN.fullmatch(words) else None


def refused(words: str, before: str) -> bool:
    """Whether this is a no to the question whether to go on."""
    return before.endswith(GO_ON) and bool(_NO.fullmatch(words))


_SAYS = re.compile(r"^.{0,200}?\bsays: ")
_YES = re.compile(r"(?:yes|yeah|yep|sure|ok|of course|do|please|go ahead|all right|alright|yes .{0,20})")
_NO = re.compile(
    r"(?:no|nope|not now|no (?:thanks|thank you|stop|that is (?:all|enough|fine))|that is (?:all|enough|fine)|stop|"
    r"i have heard enough|do not)"
)
_NEXT = re.compile(
    r"(?:go on|go ahead|continue|carry on|keep (?:going|reading)|read (?:on|more|further|the rest|the next .{1,12})|"
    r"next|more|on|go on reading|continue reading|the next (?:one|line|lines|part|page)|what (?:comes )?next|"
    r"what else does it say)(?: reading)?"
)
_AGAIN = re.compile(
    r"(?:again|repeat|once more|one more time|what|what was that|pardon|come again|repeat (?:that|it)|"
    r"(?:say|read|repeat) (?:that|it|this)(?: (?:part|line|piece|bit))? (?:again|once more|one more time))"
)
_START = re.compile(
    r"(?:start (?:over|again)|(?:read (?:it |that |all )?)?(?:again )?from the (?:start|beginning|top)|"
    r"(?:start|begin)(?: again)? (?:at|from) the (?:start|beginning|top)|read (?:it|that) all again)"
)
_SPELL = re.compile(
    r"(?:spell|how (?:do you|is) (?:spell|spelled))(?: out)? (?:the |that )?last (?:word|one|name)|spell (?:that|it)"
)
_LEFT = re.compile(
    r"how (?:much|many (?:words|lines))(?: more)?(?: (?:is|are))?(?: there)?(?: (?:left|more|to go))?(?: to read)?"
)


def spelled(word: str) -> str:
    """ "Parking," -> "Parking: P, A, R, K, I, N, G." """
    bare = word.strip(".,;:!?\"'()")
    return f"{bare}: {', '.join(letter.upper() for letter in bare if letter.isalnum())}."


def _sentences(block: Sequence[Found]) -> list[list[str]]:
    """The block's words by sentence; a line that does not run on into the next is one too."""
    right = max(place(line).x + place(line).w for line in block)
    tall = sorted(place(line).h for line in block)[len(block) // 2]
    sentences: list[list[str]] = [[]]
    for line, after in zip(block, [*block[1:], None], strict=True):
        words = line.label[:LINE].split()
        if sentences[-1] and sentences[-1][-1].endswith("-") and words and words[0][:1].islower():
            words[0] = sentences[-1].pop()[:-1] + words[0]
        for word in words:
            sentences[-1].append(word)
            if _ends(word):
                sentences.append([])
        if sentences[-1] and after is not None and _beside(line, after):
            sentences[-1][-1] = sentences[-1][-1].rstrip(",.-") + ","
        elif sentences[-1] and (after is None or not _runs_on(line, after, right, tall)):
            sentences[-1][-1] = _closed(sentences[-1][-1])
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _beside(line: Found, after: Found) -> bool:
    """Whether the next line stands in the same row: a dish and its price."""
    here, there = place(line), place(after)
    return min(here.y + here.h, there.y + there.h) - max(here.y, there.y) > 0.5 * min(here.h, there.h) > 0


def _runs_on(line: Found, after: Found, right: float, tall: float) -> bool:
    """Whether a sentence goes on in the next line: the line is full, or the next one begins small."""
    here, there = place(line), place(after)
    apart = there.y - (here.y + here.h)
    if abs(here.h - there.h) > 0.5 * max(here.h, there.h) or apart > 1.2 * tall:
        return False
    if line.label.endswith((",", "-")) or after.label[:1].islower():
        return True
    first = after.label.split()[0] if after.label.split() else ""
    room = right - (here.x + here.w)  # the next line's first word would not have fitted
    return len(line.label) >= 18 and room < here.w * (len(first) + 1) / max(1, len(line.label))


_ABBREVIATED = frozenset(
    "mr mrs ms dr st no nr vs etc tel fax ave rd e.g i.e a.m p.m jan feb mar apr aug sept oct nov dec".split()
)


def _ends(word: str) -> bool:
    """Whether a sentence ends with this word; the "1." of a list and "Dr." end none."""
    bare = word.rstrip("\"')\u201d")
    stem = bare[:-1].lower()
    if bare.endswith(("!", "?")):
        return True
    return bare.endswith(".") and len(stem) > 1 and stem not in _ABBREVIATED and not (stem.isdigit() and len(stem) < 3)


def _parts(sentence: list[str]) -> list[list[str]]:
    """A long sentence in parts that one can stop after."""
    parts: list[list[str]] = []
    while len(sentence) > PIECE:
        commas = [n for n in range(PART, PIECE) if sentence[n - 1].endswith((",", ";", ":"))]
        at = commas[-1] if commas else PART
        parts.append(sentence[:at])
        sentence = sentence[at:]
    return [*parts, sentence]


def _closed(word: str) -> str:
    return word if word.endswith((".", "!", "?", ":", ";")) else word.rstrip(",-") + "."


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _round(count: int) -> int:
    return count if count < 10 else round(count / 10) * 10
