"""Who somebody was, and when they were born and died (`tables/people.txt`)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from visavis_agents.plain import plain
from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.written import lines, table

LONG_AGO = 1900  # who was born before lives no more
ALIKE = 0.87  # of the letters of a name


@dataclass(frozen=True, slots=True)
class Person:
    """born, died: a year, or empty where it is not surely known."""

    name: str
    born: str
    died: str
    told: str

    @property
    def sentence(self) -> str:
        lives = self.born.isdigit() and int(self.born) > LONG_AGO and not self.died
        return f"{self.name} {'is' if lives else 'was'} {self.told[0].lower()}{self.told[1:]}"


@cache
def people() -> dict[str, Person]:
    """By every name, in plain words."""
    found: dict[str, Person] = {}
    for line in lines("tables/people.txt"):
        name, others, born, died, told = (part.strip() for part in line.split("|"))
        for one in (name, *others.split(",")):
            if one.strip():
                found[plain(one)] = Person(name, born, died, told)
    return found


def person(name: str) -> Person | None:
    name = (
        re.sub(r"^(?:the |emperor |king |president |professor |mr |sir )(?=\S)", "", name)
        if name not in people()
        else name
    )
    near = difflib.get_close_matches(name, people(), 1, ALIKE) if len(name) > 6 else []
    return people().get(name) or (people()[near[0]] if near else None)


def who(name: str) -> Say | None:
    """name: plain words."""
    one = person(name)
    return Say(one.sentence) if one else None


def _year(found: re.Match[str], part: str) -> Route:
    one = person(found["name"])
    if one is None:
        return None
    year = one.born if part == "born" else one.died
    return Say(f"{one.name} {'was born' if part == 'born' else 'died'} in {year}.") if year else None


def _birthplace(found: re.Match[str], _: str) -> Route:
    one = person(named(found))
    where = table("tables/birthplaces.txt").get(one.name, "") if one else ""
    return Say(f"{one.name} was born in {where}.") if one and where else None


def followed_up(words: str, before: str) -> Route:
    """ "When was he born?" after it was said who somebody was. before: what the assistant said last."""
    asked = _THEM.match(words)
    if asked is None:
        return None
    one = next((one for one in people().values() if before.startswith(f"{one.name} ")), None)
    if one is None:
        return None
    if asked["who"]:
        return Say(one.sentence)
    year = one.born if asked["born"] else one.died
    return Say(f"{one.name} {'was born' if asked['born'] else 'died'} in {year}.") if year else None


_THEM = re.compile(
    r"^(?:when|(?:in )?(?:what|which) year) (?:(?:was|is) (?:he|she|that|this person) (?P<born>born)|"
    r"did (?:he|she) die)$|"
    r"^(?P<who>who (?:was|is) (?:he|she|that|this))$"
)
_NAME = r"(?P<name>[a-z0-9.'\u00e0-\u017f ]+?)"
_WHEN = r"(?:when|(?:in )?(?:what|which) year)"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^where (?:was|were|is) {_NAME} born$|^where (?:does|did) (?P<other>[a-z .]+) come from$|"
        r"^(?:what|which) (?:city|country|town|place) was (?P<third>[a-z .]+) born(?: in)?$|"
        r"^where (?:was|is) (?P<fourth>[a-z .]+) from$",
        _birthplace,
    ),
    rule(rf"^{_WHEN} (?:was|were|is) {_NAME} born$", lambda f, t: _year(f, "born")),
    rule(rf"^{_WHEN} did {_NAME} die$", lambda f, t: _year(f, "died")),
    rule(rf"^who (?:was|is|were) {_NAME}$", lambda f, t: who(f["name"])),
    rule(
        rf"^what (?:was|is|made) {_NAME} (?:famous|(?:best )?known)(?: for)?$|^what did (?P<did>[a-z ]+) do$|"
        r"^why (?:was|is) (?P<why>[a-z ]+) famous$",
        lambda f, t: who(f["name"] or f["did"] or f["why"]),
    ),
)
