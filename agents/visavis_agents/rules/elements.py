"""The chemical elements: their symbols and numbers (`tables/elements.txt`)."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.written import lines

_OTHER = {"aluminum": "aluminium", "sulfur": "sulphur", "cesium": "caesium", "quicksilver": "mercury"}


@cache
def elements() -> dict[str, str]:
    """Symbols by name, in the order of their atomic numbers."""
    pairs = [pair.split() for line in lines("tables/elements.txt") for pair in line.split(",") if pair.strip()]
    return {name: symbol for name, symbol in pairs}


def _symbol(found: re.Match[str], _: str) -> Route:
    symbol = elements().get(_OTHER.get(found["name"], found["name"]))
    return Say(f"The symbol of {found['name']} is {', '.join(symbol.upper())}.") if symbol else None


def _number(found: re.Match[str], _: str) -> Route:
    name = _OTHER.get(found["name"], found["name"])
    if name not in elements():
        return None
    return Say(f"The atomic number of {found['name']} is {list(elements()).index(name) + 1}.")


def _by_symbol(found: re.Match[str], _: str) -> Route:
    symbol = named(found).replace(" ", "").capitalize()
    return next((Say(f"{symbol.upper()} is {name}.") for name, known in elements().items() if known == symbol), None)


def _by_number(found: re.Match[str], _: str) -> Route:
    number = int(named(found))
    return Say(f"That is {list(elements())[number - 1]}.") if 0 < number <= len(elements()) else None


RULES: tuple[Rule, ...] = (
    rule(r"^what is the (?:chemical |atomic )?symbol (?:of|for) (?:the element )?(?P<name>[a-z]+)$", _symbol),
    rule(r"^what is the (?:atomic|proton) number of (?P<name>[a-z]+)$", _number),
    rule(r"^how many protons (?:does|do) (?:an? )?(?:atom of )?(?P<name>[a-z]+)(?: atom)? have$", _number),
    rule(
        r"^(?:what|which) (?:chemical )?element (?:is|has the (?:chemical )?symbol) (?P<symbol>[a-z] ?[a-z]?)$|"
        r"^what is (?:the )?element (?P<other>[a-z] ?[a-z]?)$",
        _by_symbol,
    ),
    rule(
        r"^(?:what|which) (?:chemical )?element has (?:the )?(?:atomic )?number (?P<number>\d{1,3})$|"
        r"^what is element (?:number )?(?P<other>\d{1,3})$",
        _by_number,
    ),
)
