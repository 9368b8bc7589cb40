"""Animals: their young, a group of them, what they say and eat, how long they live (`tables/animals.txt`)."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Make, Route, Rule, Say, named, rule
from visavis_agents.rules.written import table

_OTHERWISE = {
    "mouse": "mice|mouses", "goose": "geese", "wolf": "wolves", "cow": "calves|cattle|bull", "ox": "oxen",
    "rabbit": "bunny|bunnies", "hippo": "hippopotamus", "rhino": "rhinoceros", "rooster": "cock", "fish": "goldfish",
    "dog": "puppies|doggy", "cat": "kittens|kitty", "pig": "hog", "horse": "pony|ponies", "bee": "honeybee|honeybees",
}  # fmt: skip
_ODD = {name: one for one, names in _OTHERWISE.items() for name in names.split("|")}
_CALLED = r"(?:what (?:is|are)|what do (?:you|we|they) call|what is the (?:name|word) for|tell me)"


def animal(name: str) -> str:
    """ "wolves" -> "wolf", as in the table, or empty."""
    for one in (name, _ODD.get(name, ""), re.sub(r"ies$", "y", name), name.removesuffix("es"), name.removesuffix("s")):
        if one in table("tables/animals.txt"):
            return one
    return ""


def _of(name: str, part: int) -> tuple[str, str]:
    """An animal and one thing that is told of it; empty: not told. part: from 0, in the order of the table."""
    one = animal(name)
    told = [told.strip() for told in table("tables/animals.txt")[one].split(";")] if one else []
    return one, told[part] if part < len(told) else ""


def _young(found: re.Match[str], _: str) -> Route:
    one, young = _of(named(found), 0)
    article = "an" if one[:1] in "aeio" else "a"
    return Say(f"The young of {article} {one} is {young}.") if young else None


def _group(found: re.Match[str], _: str) -> Route:
    _one, group = _of(found["animal"], 1)
    return Say(f"A group of {found['animal']} is called {group}.") if group else None


def _told(part: int) -> Make:
    def say(found: re.Match[str], _: str) -> Route:
        told = _of(next(name for name in found.groups() if name), part)[1]
        return Say(f"{told[:1].upper()}{told[1:]}.") if told else None

    return say


_NAME = r"[a-z]+(?: (?:bear|pig)s?)?"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^{_CALLED} (?:an?|the) (?:baby|young) (?:of an? )?(?P<animal>{_NAME})(?: called)?$|"
        rf"^(?:what is the (?:baby|young) of an?|what are (?:baby|young)) (?P<other>{_NAME}) called$",
        _young,
    ),
    rule(rf"^{_CALLED} an? (?:group|bunch|herd|lot) of (?P<animal>{_NAME})(?: called)?$", _group),
    rule(
        rf"^what (?:sound|noise)s? (?:does|do) (?:an? |the )?({_NAME}) make$|^what (?:does|do) (?:an? |the "
        rf")?({_NAME}) say$|"
        rf"^how (?:does|do) (?:an? |the )?({_NAME}) (?:sound|go)$",
        _told(2),
    ),
    rule(rf"^what (?:does|do|can|should) (?:an? |the )?({_NAME}) (?:like to )?eat$", _told(3)),
    rule(
        rf"^how (?:long|old) (?:does|do|can|will) (?:an? |the )?({_NAME}) (?:live|get|become|grow|be)(?: to be)?$|"
        rf"^what is the (?:lifespan|life span|life expectancy) of (?:an? |the )?({_NAME})$",
        _told(4),
    ),
)
