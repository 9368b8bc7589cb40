"""A request in words made into a scene: which things, how many, how large, where, before what. Pure.

"three red apples and a small cat on the left under a big sun" -> Scene(things, ground, sky). Names are found by name,
plural and near keyword; what no picture is found for is listed in `missing`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from text_to_num import alpha2digit

MOST = 12  # of one thing
SIZES = {
    "tiny": 0.45, "little": 0.65, "small": 0.65, "big": 1.45, "large": 1.45, "huge": 1.9, "giant": 2.1, "tall": 1.4,
}  # fmt: skip
COLOURS = {
    "red": 0, "orange": 15, "yellow": 28, "green": 60, "blue": 108, "purple": 140, "violet": 140, "pink": 165,
}  # OpenCV hue, 0..179  # fmt: skip
PLACES = {"left": 0.2, "right": 0.8, "middle": 0.5, "centre": 0.5, "center": 0.5}
SKIES = {"night": "night", "dark": "night", "sunset": "sunset", "evening": "sunset", "space": "space"}
GROUNDS = {
    "sea": "sea", "ocean": "sea", "lake": "sea", "water": "sea", "beach": "sand", "desert": "sand", "sand": "sand",
    "snow": "snow", "grass": "grass", "meadow": "grass", "field": "grass", "park": "grass", "garden": "grass",
    "floor": "floor",
}  # fmt: skip
_SPLIT = re.compile(
    r",| and | with | next to | beside | near | by |(?= on the (?:left|right))|(?= in the (?:middle|centre|center))"
)
_OVER = re.compile(
    r" (on top of|on|in|under|below|above|over|behind|in front of) (?!the (?:left|right|middle|centre|center))"
)
_ARTICLES = re.compile(
    r"^(?:(?:a|an|the|some|my|your|his|her|its|one|of|me|picture|drawing|there|is|are|very|please) )+"
)


@dataclass(frozen=True, slots=True)
class Thing:
    """name: a picture's. colour: OpenCV hue or None. x: 0..1 or None for anywhere. on: index of what it is on or in."""

    name: str
    label: str
    count: int = 1
    scale: float = 1.0
    colour: int | None = None
    colour_name: str = ""
    x: float | None = None
    relation: str = ""
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    things: tuple[Thing, ...] = ()
    ground: str = ""
    sky: str = ""
    missing: tuple[str, ...] = ()


def scene_of(request: str, names: Mapping[str, str], near: Mapping[str, str]) -> Scene:
    """names: what pictures are called -> the picture's name; near: keywords that lead to one when no name does."""
    text = alpha2digit(re.sub(r"[.!?;\"]", " ", request.lower()), "en", 0)
    text = re.sub(r"\s+", " ", text).strip()
    things: list[Thing] = []
    missing: list[str] = []
    ground = sky = ""
    for part in _SPLIT.split(text):
        pieces = _OVER.split(part)
        owner: int | None = None
        relation = ""
        # "a cat on a table": the table is placed first, so that the cat can be put on it
        for piece, link in reversed(list(zip(pieces[0::2], ["", *pieces[1::2]], strict=True))):
            words = piece.strip()
            sky = next((SKIES[w] for w in words.split() if w in SKIES), sky)
            found = _thing(words, names) or _thing(words, near)
            if found is None:
                place = next((GROUNDS[w] for w in words.split() if w in GROUNDS), "")
                ground = place or ground
                if place or not _content(words):
                    x = next((PLACES[w] for w in words.split() if w in PLACES), None)
                    if x is not None and things and not _content(words):
                        things[-1] = replace(things[-1], x=x)
                else:
                    missing.append(_content(words))
            else:
                if owner is not None:
                    found = replace(found, relation=relation, to=owner)
                things.append(found)
                owner = len(things) - 1
            relation = link
    return Scene(tuple(things), ground, sky, tuple(missing))


def _thing(words: str, names: Mapping[str, str]) -> Thing | None:
    x = next((PLACES[word] for word in words.split() if word in PLACES), None)
    bare = re.sub(r"\b(?:on|in|at) the (?:left|right|middle|centre|center)(?: side)?\b", " ", words)
    tokens = _ARTICLES.sub("", bare.strip() + " ").split()
    count, scale, colour, colour_name = 1, 1.0, None, ""
    for token in tokens:
        count = min(MOST, int(token)) if token.isdigit() and int(token) else count
        scale = SIZES.get(token, scale)
        if token in COLOURS:
            colour, colour_name = COLOURS[token], token
    if any(token in ("many", "several", "lots", "few") for token in tokens):
        count = 5
    plain = [token for token in tokens if token not in SIZES and not token.isdigit()]
    for size in range(min(3, len(plain)), 0, -1):
        for start in range(len(plain) - size + 1):
            phrase = " ".join(plain[start : start + size])
            if phrase in COLOURS or phrase in PLACES:
                continue
            for form in _singulars(phrase):
                if form in names:
                    many = form != phrase and count == 1 and not any(token.isdigit() for token in tokens)
                    return Thing(names[form], form, 3 if many else count, scale, colour, colour_name, x)
    return None


def _singulars(phrase: str) -> list[str]:
    forms = [phrase]
    if phrase.endswith("ies"):
        forms.append(phrase[:-3] + "y")
    if phrase.endswith("ves"):
        forms += [phrase[:-3] + "f", phrase[:-3] + "fe"]
    if phrase.endswith("es"):
        forms.append(phrase[:-2])
    if phrase.endswith("s"):
        forms.append(phrase[:-1])
    return forms


def _content(words: str) -> str:
    """The words of a thing that was not found, without articles and places; empty where nothing is named."""
    rest = _ARTICLES.sub(
        "", re.sub(r"\b(?:on|in|at|the|left|right|middle|centre|center|side|background)\b", " ", words) + " "
    )
    kept = [w for w in rest.split() if w not in SIZES and w not in COLOURS and w not in SKIES and not w.isdigit()]
    return " ".join(w for w in kept if w not in ("a", "an", "the", "it", "sky"))


def told(scene: Scene) -> str:
    """ "three red apples and a cat": the alternative text."""
    parts = []
    for thing in scene.things:
        colour = f"{thing.colour_name} " if thing.colour_name and thing.colour_name not in thing.label else ""
        name = f"{colour}{thing.label}"
        article = "an" if name[0] in "aeiou" else "a"
        parts.append(f"{article} {name}" if thing.count == 1 else f"{_NUMBERS[thing.count]} {_plural(name)}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def _plural(name: str) -> str:
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else name + "s"
