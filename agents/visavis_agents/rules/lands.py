"""How large a country is (`tables/sizes.txt`), and what its flag looks like (`tables/flags.txt`)."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.known import place, shown
from visavis_agents.rules.sizes import size
from visavis_agents.rules.written import lines

_AREA = {"usa": "united states", "us": "united states", "america": "united states", "uk": "united kingdom"}


@cache
def flags() -> dict[str, tuple[str, str]]:
    """By the country and by what is of it: the country, and what is on its flag."""
    found: dict[str, tuple[str, str]] = {}
    for line in lines("tables/flags.txt"):
        names, _, told = line.partition(": ")
        country = names.split(", ")[0]
        found |= {name: (country, told) for name in names.split(", ")}
    return found


def _flag(found: re.Match[str], _: str) -> Route:
    name = re.sub(r"^the ", "", named(found))
    known = flags().get(name) or flags().get(_AREA.get(name, "")) or flags().get(place(name))
    if known is None:
        return None
    return Say(f"The flag of {shown(known[0])} is {known[1]}.")


def _area(found: re.Match[str], _: str) -> Route:
    name = re.sub(r"^the ", "", named(found))
    known = size(_AREA.get(name, name), "area")
    if known is None and place(name):
        name = place(name)
        known = size(name, "area")
    if known is None:
        return None
    said = (
        f"{known / 1e6:.3g} million"
        if known >= 1e6
        else f"{float(f'{known:.2g}'):,.0f}"
        if known >= 10
        else f"{known:g}"
    )
    country = shown(_AREA.get(name, name))
    return Say(f"{country[:1].upper()}{country[1:]} has about {said} square kilometers.")


_WHERE = r"(?P<{}>(?:the )?[a-z]+(?: [a-z]+){{0,2}})"
_ASKED = r"(?:what (?:are|is) (?:the colou?rs? (?:of|on|in) |on )?|what colou?rs? (?:is|are|has|does) (?:in |on )?)"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^{_ASKED}(?:the )?flag of {_WHERE.format('a')}(?: have)?$|"
        rf"^{_ASKED}(?:the )?{_WHERE.format('b')} flag(?: have)?$|"
        rf"^(?:what|how) does (?:the )?flag of {_WHERE.format('c')} look(?: like)?$|"
        rf"^(?:what|how) does (?:the )?{_WHERE.format('d')} flag look(?: like)?$|"
        rf"^describe (?:the )?flag of {_WHERE.format('e')}$|"
        rf"^(?:describe|which colou?rs (?:are (?:in|on)|has)) (?:the )?{_WHERE.format('f')} flag(?: have)?$|"
        rf"^what (?:kind of |sort of )?flag (?:does|has) {_WHERE.format('g')}(?: have)?$",
        _flag,
    ),
    rule(
        rf"^how (?:big|large) is {_WHERE.format('a')}$|^what is the (?:area|size|surface) of {_WHERE.format('b')}$|"
        rf"^how many square kilomet(?:er|re)s (?:is|has|does) {_WHERE.format('c')}(?: have)?$",
        _area,
    ),
)
