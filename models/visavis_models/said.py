"""Written text on its way to a voice: what cannot be said is left out, long text is cut, and written words find what
was spoken for them. Pure; for all voices.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

LONGEST_TEXT = 4000  # characters of one call
FIRST_PIECE = 80  # characters after which the first piece should end, so that sound begins early
LONGEST_PIECE = 220  # characters spoken at once: 14 s
LONGEST_WORD = 60  # characters; longer ones are noise, such as keys
LONGEST_NUMBER = 12  # digits read as one number; longer ones are read digit by digit

_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\s]{0,2000}\)")
_ADDRESS = re.compile(r"(?:https?://|www\.)([^\s/?#]{1,253})[^\s]*?(?=[.,;:!?)]*(?:\s|$))", re.IGNORECASE)
_MARKUP = re.compile(r"[*_`|<>{}\[\]\\^~]+|^\s*(?:[#>]+|[-+•])\s+|(?<=\s)#+(?=\s)|/{2,}", re.MULTILINE)
_LINE_END = re.compile(r"(?<=[^\s.,;:!?…])\s*\n\s*")  # of a line without punctuation
_NUMBER = re.compile(rf"\d{{{LONGEST_NUMBER + 1},}}")
_SILENT = frozenset({"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn"})  # pictures, lone accents, controls, unassigned
_SAID_SIGNS = frozenset("°")  # of those, what is said all the same
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]”’]*\s+")
_TITLE = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|etc|No)|\b[A-Z]|e\.g|i\.e)\.$")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s+")
_JOINT = re.compile(r"\s+(?=(?:and|but|or|because|so|while|when|which|that|if|then|with|for|to)\s)", re.IGNORECASE)


def speakable(text: str) -> str:
    """Text without what nobody says aloud: markup, pictures, control characters. Addresses keep their host."""
    text = _LINK.sub(r"\1", text[:LONGEST_TEXT])
    text = _ADDRESS.sub(lambda match: match[1].removeprefix("www."), text)
    text = _LINE_END.sub(". ", _MARKUP.sub(" ", text).strip())
    text = "".join(_said(character) for character in text)
    text = _NUMBER.sub(lambda match: " ".join(match[0]), text)
    return " ".join(word[:LONGEST_WORD] for word in text.split())


def _said(character: str) -> str:
    if character in _SAID_SIGNS or unicodedata.category(character) not in _SILENT:
        return "" if unicodedata.category(character) == "Mn" and character >= "\ufe00" else character
    return " "


def pieces(text: str) -> list[str]:
    """The text in pieces that are spoken one by one: sentences, the long ones cut at clauses or joints, the first
    piece short. Together they are the text, but for the white space between them."""
    cut: list[str] = []
    for sentence in _sentences(text):
        while sentence:
            wanted = LONGEST_PIECE if cut else FIRST_PIECE
            end = len(sentence) if len(sentence) <= wanted * 1.25 else _cut(sentence, wanted)
            cut.append(sentence[:end].strip())
            sentence = sentence[end:].strip()
    return cut


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for match in _SENTENCE.finditer(text):
        if not _TITLE.search(text[start : match.start()]) and not text[match.end() : match.end() + 1].islower():
            found.append(text[start : match.end()].strip())
            start = match.end()
    return [sentence for sentence in (*found, text[start:].strip()) if sentence]


def _cut(sentence: str, wanted: int) -> int:
    """Where to cut: the last clause end before `wanted`, else a joint, else any space before LONGEST_PIECE."""
    for seam in (_CLAUSE, _JOINT):
        ends = [match.end() for match in seam.finditer(sentence[: wanted + 20]) if match.end() >= wanted // 4]
        if ends:
            return ends[-1]
    if len(sentence) <= LONGEST_PIECE:
        return len(sentence)
    space = sentence.rfind(" ", 0, LONGEST_PIECE)
    return space if space > 0 else LONGEST_PIECE


def owners(written: Sequence[str], spoken: Sequence[str]) -> list[range]:
    """Which spoken words stand for each written word: "$5" owns "five" and "dollars".

    Words that are the same in both are found first; a stretch of others is shared out in order, each written word
    owning at least one where there are enough. Returns ranges in order, without gaps or overlaps."""
    found: list[range] = []
    matcher = SequenceMatcher(None, [_key(word) for word in written], [_key(word) for word in spoken], autojunk=False)
    for _, a, b, start, stop in matcher.get_opcodes():
        if a == b:  # spoken, but not written: belongs to the word before, or to the first
            if found:
                found[-1] = range(found[-1].start, stop)
            continue
        count = b - a
        edges = [start + round(n * (stop - start) / count) for n in range(count + 1)]
        found += [range(edges[n], edges[n + 1]) for n in range(count)]
    if found and found[0].start:
        found[0] = range(0, found[0].stop)
    return found


def _key(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum()) or word
