"""A spoken request cut into tokens: noun phrases, and the links, spots and marks between them. Pure.

"three red apples on a table, a small cat on the left" -> apples(3, red) · on · table · mark · cat(small) · left. A
noun phrase is a number, a size, a colour and a noun: a picture's name, a near one's name, or a place ("beach"). Other
words before a known noun describe it and are passed over; a phrase without one is a noun that nobody can draw.
`assemble.py` makes a scene of the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from visavis_models.composer.english import (
    ALONE,
    ARTICLES,
    COLOURS,
    EMPTY,
    GROUPS,
    KNOWN,
    NUMBERS,
    PRONOUNS,
    SHADES,
    SIZES,
    singulars,
)
from visavis_models.composer.places import GROUNDS, LIGHTS, PLAIN, SKY
from visavis_models.composer.scene import Link, Spot, Subject

LONGEST = 600  # characters of a request that are read


@dataclass(slots=True)
class Noun:
    """A noun phrase. count 0: not said; many: a plural. Named by said, ground, pronoun, or words: what is unknown."""

    count: int = 0
    size: str = ""
    colour: str = ""
    many: bool = False
    said: str = ""  # the noun in the singular
    near: bool = False  # said is what the picture only stands for
    ground: str = ""  # a place's noun
    pronoun: bool = False
    known: bool = False  # "the cat": one that has been told of
    one: bool = False  # "a fish"
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Linked:
    """links: the noun before it to the one after it, or the other way round when turned ("full of")."""

    link: Link
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Spotted:
    spots: frozenset[Spot]


@dataclass(frozen=True, slots=True)
class Between:
    """ "between a tree and a house": the noun before it, and the two after it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """word: ",", "and" or "with"."""

    word: str


Token = Noun | Linked | Spotted | Between | Mark

_OPENING = re.compile(
    r"^(?:(?:please|can|could|would|you|now|hey|and|then|i|want|like|let|us|lets|for|to|me|show|create|generate|draw|"
    r"paint|sketch|make|picture|drawing|image|painting|scene|of|with|(?:an?|the|some|another)"
    r"(?= (?:picture|drawing|image|painting|sketch|scene)))(?: |$))*"
)
_PICTURE = r"(?: of the (?:picture|image|drawing|page|scene))?"
_SIDE = rf"(?: hand)?(?: side| half)?{_PICTURE}(?! (?:of|corner))"
_SPOTS: tuple[tuple[str, tuple[Spot, ...]], ...] = (
    (rf"(?:on|at|in|to) the (?:upper|top) left(?: hand)?(?: corner)?{_PICTURE}", ("top", "left")),
    (rf"(?:on|at|in|to) the (?:upper|top) right(?: hand)?(?: corner)?{_PICTURE}", ("top", "right")),
    (rf"(?:on|at|in|to) the (?:lower|bottom) left(?: hand)?(?: corner)?{_PICTURE}", ("bottom", "left")),
    (rf"(?:on|at|in|to) the (?:lower|bottom) right(?: hand)?(?: corner)?{_PICTURE}", ("bottom", "right")),
    (rf"(?:on|at|in|to) (?:the|its|my|your) (?:far )?left{_SIDE}", ("left",)),
    (rf"(?:on|at|in|to) (?:the|its|my|your) (?:far )?right{_SIDE}", ("right",)),
    (rf"(?:in|at) the (?:middle|cent(?:er|re)){_PICTURE}(?! of)", ("middle",)),
    (rf"(?:at|on|in) the (?:very )?top{_PICTURE}(?! of)", ("top",)),
    (rf"(?:at|on|in) the (?:very )?bottom{_PICTURE}(?! of)", ("bottom",)),
    (r"in the (?:background|distance|back)|far away", ("far",)),
    (r"in the (?:foreground|front)(?! of)", ("bottom",)),
    (r"(?:up )?(?:high )?(?:in|into|across) the (?:blue |night )?(?:sky|air)", ("sky",)),
)
_LINKS: tuple[tuple[str, Link, bool], ...] = (
    (r"(?:(?:on|to|at) the )?left(?: hand)?(?: side)? of", "left", False),
    (r"(?:(?:on|to|at) the )?right(?: hand)?(?: side)? of", "right", False),
    (r"in (?:the )?front of", "front", False),
    (r"(?:on|at) (?:the )?top of|on top|up on|onto|upon|atop|on|riding(?: on)?|climbing(?: up)?", "on", False),
    (r"above|over", "above", False),
    (r"under ?neath|under|below|beneath", "under", False),
    (r"next to|beside|besides|near to|near|close to|alongside|by|at", "beside", False),
    (r"behind|in back of", "behind", False),
    (r"(?:in|into|at) the (?:middle|center|centre) of|inside of|inside|in|within|into", "inside", False),
    (r"wearing|dressed in", "worn", True),
    (r"holding|carrying|eating|drinking|reading|kicking|throwing|playing(?: with)?(?= [a-z])", "held", True),
    (r"flying(?= (?:an?|the|his|her|their|two|three) )", "held", True),
    (r"full of|filled with", "inside", True),
    (r"surrounded by", "around", True),
    (r"all around|around", "around", False),
)
_MATCH_SPOTS = [(re.compile(rf"(?:{pattern})(?= |$)"), frozenset(spots)) for pattern, spots in _SPOTS]
_MATCH_LINKS = [(re.compile(rf"(?:{pattern})(?= |$)"), Linked(link, turned)) for pattern, link, turned in _LINKS]
_MATCH_BETWEEN = re.compile(r"(?:in )?between(?= |$)")
_CONTAINERS = {"basket", "bowl", "bucket", "box", "jar", "vase", "bag", "plate", "pot", "cup", "glass", "nest", "chest"}


def plain(request: str) -> str:
    """As `worded` gives it, without an opening such as "please draw me a picture of"."""
    return _OPENING.sub("", worded(request))


def worded(request: str) -> str:
    """Lower case; words and commas apart by single spaces."""
    text = request[:LONGEST].lower().replace("’", "'").replace("'", "")
    text = re.sub(r"[,.;:!?()\"]", " , ", re.sub(r"[&+]", " and ", text))
    text = re.sub(r"\bfamily\b(?! room)", "father, a mother and a child", text)
    return " ".join(re.findall(r"[a-z0-9]+|,", text))


def tokens(text: str, names: Mapping[str, Subject], near: Mapping[str, Subject]) -> list[Token]:
    """text: as `plain` gives it. names: what pictures are called, in the singular; near: words for near ones."""
    found: list[Token] = []
    noun = Noun()

    def close() -> None:
        nonlocal noun
        if noun.words and not (noun.said or noun.ground or noun.pronoun):
            _head(noun, near)
        if noun.said or noun.ground or noun.pronoun or noun.words or noun.count or noun.colour:
            found.append(noun)
        noun = Noun()

    at = 0
    while at < len(text):
        rest = text[at:]
        word = rest.split(" ", 1)[0]
        named = _named(rest, names)
        spot = next(((match.end(), spots) for pattern, spots in _MATCH_SPOTS if (match := pattern.match(rest))), None)
        link = next(((match.end(), link) for pattern, link in _MATCH_LINKS if (match := pattern.match(rest))), None)
        length = len(word)
        if spot:
            close()
            found.append(Spotted(spot[1]))
            length = spot[0]
        elif link and (not named or named[0] <= link[0]):
            close()
            found.append(link[1])
            length = link[0]
        elif between := _MATCH_BETWEEN.match(rest):
            close()
            found.append(Between())
            length = between.end()
        elif word in (",", "and", "with", "then", "plus"):
            # "a red and white boat" is one phrase
            if not (word == "and" and noun.colour and not noun.said and _colour_next(rest)):
                close()
                found.append(Mark("," if word in ("then", "plus") else word))
        elif word == "of" and noun.said.split(" ")[-1] in _CONTAINERS:
            close()
            found.append(Linked("inside", turned=True))
        elif word in ARTICLES and word not in PRONOUNS:
            close()
            noun.known, noun.one = word in KNOWN, word not in KNOWN and word != "some"
        else:
            length = _grow(noun, rest, named, bool(found))
            if length == 0:  # the phrase is full: this word begins the next one
                close()
                continue
        at += length + 1
    close()
    return found


def _colour_next(rest: str) -> bool:
    following = rest.split(" ", 2)
    return len(following) > 1 and following[1] in COLOURS.keys() | SHADES


def _grow(noun: Noun, rest: str, named: tuple[int, str, bool] | None, begun: bool) -> int:
    """Take the beginning of `rest` into the phrase; the characters taken, 0 when it must begin a new phrase."""
    word, _, after = rest.partition(" ")
    following = after.split(" ")[0] if after else ""
    number = int(word) if word.isdigit() and len(word) < 8 else NUMBERS.get(word, 0)
    if word in GROUPS:
        number = GROUPS[word] if following == "of" or word in ALONE else 0
        if number and following == "of" and not noun.said:
            noun.count = noun.count or number
            return len(word) + 3
    if number or word.isdigit():
        if noun.said:
            return 0
        noun.count = noun.count or number
        return len(word)
    ground = _ground(rest)
    more = bool(following) and following != ","
    is_colour = word in COLOURS and (not named or (named[0] == len(word) and _describes(following)))
    is_size = word in SIZES and not named
    if is_colour or is_size or (word in SHADES and more and not named):
        if noun.said and (is_colour or is_size):
            return 0
        noun.colour = word if is_colour else noun.colour
        noun.size = word if is_size else noun.size
        return len(word)
    if ground and not (named and named[0] > len(ground)):
        if noun.said:
            return 0
        noun.ground, noun.said = ground, ""
        return len(ground) + (rest[len(ground) : len(ground) + 1] == "s")
    if named:
        length, noun.said, noun.many = named
        noun.near, noun.ground, noun.words = False, "", []
        return length
    if word in PRONOUNS and begun and not noun.said:
        noun.pronoun = True
    elif word not in EMPTY and not noun.said and not noun.ground:  # else it is a verb or an afterthought
        noun.words.append(word)
    return len(word)


def _describes(following: str) -> bool:
    """A colour before this word belongs to a noun still to come, so it is not itself the fruit or the flower."""
    return (
        following not in ("", ",", "and", "with", "of")
        and following not in EMPTY
        and not any(pattern.match(following) for pattern, _ in _MATCH_LINKS)
    )


def _named(rest: str, names: Mapping[str, Subject]) -> tuple[int, str, bool] | None:
    """The longest name of a picture that `rest` begins with: characters taken, subject's name, whether a plural."""
    words = rest.split(" ", 4)[:4]
    for count in range(len(words), 0, -1):
        if "," in words[:count]:
            continue
        phrase = " ".join(words[:count])
        if phrase in names:
            return len(phrase), phrase, False
        for form in singulars(words[count - 1]):
            if (one := " ".join([*words[: count - 1], form])) in names:
                return len(phrase), one, True
    return None


def _ground(rest: str) -> str:
    """The longest noun of a place, a light or a plain background that `rest` begins with."""
    words = rest.split(" ", 2)
    for phrase in (" ".join(words[:2]), words[0]):
        for one in (phrase, *singulars(phrase)):
            if one in GROUNDS or one in LIGHTS or one in SKY or one in PLAIN:
                return one
    return ""


def _head(noun: Noun, near: Mapping[str, Subject]) -> None:
    """A phrase without a known noun: its last words may be ones that a near picture stands for."""
    for start in range(max(0, len(noun.words) - 3), len(noun.words)):
        *first, last = noun.words[start:]
        for form in (last, *singulars(last)):
            if (phrase := " ".join((*first, form))) in near:
                noun.said, noun.near, noun.many, noun.words = phrase, True, form != last, []
                return
