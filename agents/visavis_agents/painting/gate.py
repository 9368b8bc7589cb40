"""What is not drawn: a short, readable list (`gate.txt`) that every request passes before a brush is touched. Pure.

It runs here, needs no model, and errs towards drawing: knives, skeletons, battles and bikinis are drawn; sexual
pictures, cruelty, signs of hate and self-harm are not. Words are looked for as they are meant, not as they are spelled:
"n u d e", "p0rn", "nuuude" and letters of other alphabets that look alike are the same to it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LONGEST = 2000  # characters of a request that are read
_ALIKE = str.maketrans(  # letters of other alphabets and signs that look like a Latin letter
    "аеорсухікмтнвԁԛѕјɡοαερτυνικβ0345789@$€£!|+",
    "aeopcyxikmthbdqsjgoaeptuvikboeastbgaselilt",
)
_LONG = re.compile(r"(\w)\1{2,}")
_SINGLE = re.compile(r"(?<!\w)(?:\w[^\w\n]{1,3}){2,}\w(?!\w)")  # "n u d e", "n.u.d.e"
_MIXED = re.compile(r"[^\s,.;:?]+")
_NAMED = re.compile(r"\b[A-Z][a-z]+ (?:[A-Z]\. )?(?:[Mm]c|[Oo]'|[Vv]an |[Dd]e )?[A-Z][a-z]+\b")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One section of the list. words: what is not drawn; innocent: phrases with such words in them that are."""

    name: str
    answer: str
    words: re.Pattern[str]
    whole: re.Pattern[str]
    innocent: re.Pattern[str]


def refusal(request: str) -> str:
    """What to say instead of drawing this; empty: it is drawn. request: as said, typed or asked for by a model."""
    request = request[:LONGEST]
    for text in _readings(request):
        for kind in _kinds():
            if kind.name == "real people" and not _about_somebody(request):
                continue
            left = kind.innocent.sub(" ", text)
            if kind.words.search(left) or any(kind.whole.fullmatch(pair) for pair in _pairs(left)):
                return kind.answer
    return ""


def _readings(request: str) -> list[str]:
    """The words in the ways they may be meant: plain, with look-alikes read as letters, and without stretched ones."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", request.lower()) if not unicodedata.combining(letter)
    )
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")  # zero width
    read = _MIXED.sub(lambda found: _as_letters(found[0]), plain)
    joined = _SINGLE.sub(lambda found: re.sub(r"[\W_]", "", found[0].translate(_ALIKE)), plain)
    ways = [plain, read, read.replace("1", "i"), read.replace("1", "l"), joined]
    ways += [re.sub(r"(?<=\w)[.*_\-](?=\w)", "", way) for way in ways[:2]]  # "na.ked"
    ways += [_LONG.sub(short, way) for way in ways for short in (r"\1", r"\1\1")]
    return [re.sub(r"[\s_]+", " ", way) for way in dict.fromkeys(ways)]


def _as_letters(word: str) -> str:
    """ "p0rn" -> "porn"; a number, and a sign at the end of a word, stays what it is."""
    bare = word.rstrip("!|+")
    return bare.translate(_ALIKE) + word[len(bare) :] if any(letter.isalpha() for letter in word) else word


def _pairs(text: str) -> list[str]:
    """Neighbours written as one: "po rn"."""
    words = re.findall(r"\w+", text)
    return [a + b for a, b in itertools.pairwise(words)]


def _about_somebody(request: str) -> bool:
    """A name, or somebody the user knows."""
    return bool(_NAMED.search(request)) or bool(_KNOWN.search(request.lower()))


_KNOWN = re.compile(
    r"\b(?:my|our|his|her|their|the) (?:(?:ex|former|little|older|younger|best)[ -]?)*"
    r"(?:girl ?friend|boy ?friend|wife|husband|ex|boss|teacher|neighbou?r|colleague|co-?worker|sister|brother|mother|"
    r"mum|mom|father|dad|daughter|son|cousin|aunt|uncle|friend|classmate|student|president|prime minister|queen|king|"
    r"princess|prince|pope|chancellor|actress|actor|singer)\b|\bcelebrit(?:y|ies)\b"
)


@cache
def _kinds() -> tuple[_Kind, ...]:
    kinds: list[_Kind] = []
    for section in files(__package__).joinpath("gate.txt").read_text("utf-8").split("\n== ")[1:]:
        name, *lines = section.splitlines()
        wanted = [line for line in lines if line and line[0] not in "#>+"]
        innocent = [line[2:] for line in lines if line.startswith("+ ")]
        answer = next(line[2:] for line in lines if line.startswith("> "))
        words = "|".join(wanted)
        kinds.append(
            _Kind(
                name,
                answer,
                re.compile(rf"\b(?:{words})\b"),
                re.compile("|".join(line for line in wanted if " " not in line) or "(?!)"),
                re.compile(rf"\b(?:{'|'.join(innocent) or '(?!)'})\b"),
            )
        )
    return tuple(kinds)
