"""How big, heavy, fast, far, hot and old things are, roughly (`tables/sizes.txt`), and how they are called."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.written import lines

_OF_NAMES = ("area", "people", "high", "long")
_IRREGULAR = frozenset("mice people men women children geese oxen feet teeth wolves".split())
_PLANETS = frozenset("mars venus mercury jupiter saturn uranus neptune pluto".split())


@cache
def sizes() -> dict[str, dict[str, float]]:
    """Measure -> name -> how much."""
    found: dict[str, dict[str, float]] = {}
    part = ""
    for line in lines("tables/sizes.txt"):
        if line.startswith("["):
            part = line.strip("[]")
            continue
        for thing in line.split(", "):
            names, _, value = thing.rpartition(" ")
            for name in names.split("/"):
                found.setdefault(part, {})[name] = float(value)
    return found


def size(name: str, part: str) -> float | None:
    known = sizes()[part]
    for one in (name, name.removesuffix("s"), name.removesuffix("es"), re.sub(r"ies$", "y", name)):
        if one in known:
            return known[one]
    return None


def bare_name(name: str) -> str:
    return re.sub(r"^(?:an? |the |planet |our |city of |mr |king |your )+", "", name)


def called(name: str) -> str:
    """As it was said, with the capitals of names."""
    bare = bare_name(name)
    if bare not in _PLANETS and not any(bare in sizes()[part] for part in _OF_NAMES):
        return name
    small = ("of", "the")
    return name.removesuffix(bare) + " ".join(w if w in small else w.capitalize() for w in bare.split())


def is_plural(name: str) -> bool:
    bare = bare_name(name)
    if re.match(r"^(?:an? |one )|^1 ", name):
        return False
    return (
        bool(re.match(r"\d", name))
        or bare in _IRREGULAR
        or (bare.endswith("s") and not bare.endswith(("ss", "us", "is")) and bare[:-1] in _every_name())
    )


@cache
def _every_name() -> frozenset[str]:
    return frozenset(name for part in sizes().values() for name in part)
