"""What a listener wishes for in a story, read from their words: a hero, a companion, a place, a thing. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from visavis_agents.story.cast import cast, creatures, place_called

LONGEST = 200  # characters that are read
_APART = re.compile(
    r",|\b(?P<joint>and|with|who|that|which|(?:set |living |lives? |playing )?(?:in|at|on|near|by|under|inside)|lives?|"
    r"meets?|finds?|wants?|goes|looking for|together|for|to|of|about)\b"
)
_NAMED = re.compile(r"\b(?:called|named|whose name is|by the name of) ([a-z][a-z'-]{1,19})\b")
_BEFORE = re.compile(
    r"^(?:(?:an?|the|my|our|his|her|their|your|its|some|one|two|three|four|five|\d|little|small|young|old|big|tiny|very|"
    r"brave|funny|cute|happy|sad|lonely|lost|magic|friendly|shy|baby) )+"
)
_PLACING = ("in", "at", "on", "near", "by", "under", "inside")
_ONE = {
    "mice": "mouse", "geese": "goose", "wolves": "wolf", "children": "child", "fairies": "fairy", "ponies": "pony",
    "puppies": "puppy", "bunnies": "rabbit", "bunny": "rabbit", "witches": "witch", "foxes": "fox", "elves": "elf",
    "kitty": "kitten", "doggy": "dog", "tortoise": "turtle", "spaceship": "rocket", "bike": "bicycle",
    "ladybird": "ladybug", "aeroplane": "plane", "airplane": "plane", "rhinoceros": "rhino", "hippopotamus": "hippo",
    "granny": "grandmother", "grandma": "grandmother", "grandpa": "grandfather", "mum": "woman", "dad": "man",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wished:
    """Somebody or something that was asked for. name, colour: or empty."""

    kind: str
    name: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """missed: words of the listener that no story here can do anything with."""

    hero: Wished | None = None
    friend: Wished | None = None
    thing: Wished | None = None
    place: str = ""
    missed: tuple[str, ...] = ()

    @property
    def nouns(self) -> frozenset[str]:
        return frozenset(wished.kind for wished in (self.hero, self.friend, self.thing) if wished)


def wishes(about: str, listener: str = "") -> Wishes:
    """about: plain words that go on "tell me a story about". listener: their name, for a story about them."""
    beings: list[Wished] = []
    things: list[Wished] = []
    place, missed = "", []
    for joint, phrase in _phrases(about[:LONGEST]):
        named = _NAMED.search(phrase)
        bare = _NAMED.sub("", phrase).strip()
        if bare in ("me", "us", "myself", "i"):
            beings.append(Wished("child", listener))
            continue
        article = _BEFORE.match(f"{bare} ") is not None
        noun, colour = _noun(bare)
        if not noun:
            continue
        wished = Wished(noun, named[1].title() if named else "", colour)
        where = place_called(noun)
        known = any(noun in names for names in cast()["things"].values())
        if where is not None and (not known or joint.rpartition(" ")[2] in _PLACING):
            place = noun
        elif noun in creatures():
            beings.append(wished)
        elif known:
            things.append(wished)
        elif not article and joint and joint not in ("and", "with"):
            pass  # what they do: "who wants to fly"
        elif article and not beings and joint in ("", "of", "about"):
            beings.append(wished)
        elif article:
            things.append(wished)
        else:
            missed.append(noun)
    if len(beings) > 2:
        missed += [being.kind for being in beings[2:]]
    missed += [thing.kind for thing in things[1:]]
    return Wishes(
        beings[0] if beings else None,
        beings[1] if len(beings) > 1 else None,
        things[0] if things else None,
        place,
        tuple(dict.fromkeys(missed)),
    )


def _phrases(about: str) -> list[tuple[str, str]]:
    """Pieces of the words, each with what joins it to the one before."""
    made, joint, start = [], "", 0
    for found in [*_APART.finditer(about), None]:
        piece = about[start : found.start() if found else len(about)].strip(" .!?'")
        if piece:
            made.append((joint, piece))
        if found:
            joint, start = found["joint"] or "and", found.end()
    return made


def _noun(phrase: str) -> tuple[str, str]:
    """What a phrase is about, in the singular, and its colour: "the two red foxes" -> "fox", "red"."""
    words = [word for word in re.sub(r"[^a-z' -]", " ", _BEFORE.sub("", f"{phrase} ")).split() if len(word) <= 20]
    colour = next((word for word in words if word in cast()["colours"]), "")
    words = [word for word in words if word not in cast()["colours"]][:4]
    known = {name for names in cast()["things"].values() for name in names} | creatures()
    for count in (2, 1):
        for start in range(len(words) - count + 1):
            noun = " ".join(words[start : start + count])
            for form in (_ONE.get(noun, noun), noun.removesuffix("s"), noun.removesuffix("es")):
                if form in known or place_called(form):
                    return form, colour
    return " ".join(words[-2:] if len(words) > 1 else words), colour
