"""Plain verbs with their past (`tables/verbs.txt`): what a question with "do" is about, and how an order begins."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.written import lines

_WHOM = re.compile(
    r"^[a-z]+ (?:up |out |down |on |off )?"
    r"(?:me|us|him|her|them|it|the|an?|that|this|these|those|my|your|our|all|some|to|"
    r"something|anything|\d+)\b"
)
_FINITE = re.compile(r"^\w+(?: \w+)? (?:is|are|was|were|am|has|had|will|would|can|could|does|did|comes?|goes)\b")


@cache
def verbs() -> dict[str, str]:
    """Each with its past."""
    return {base: past or _past(base) for line in lines("tables/verbs.txt") for base, past in _pairs(line)}


def _pairs(line: str) -> list[tuple[str, str]]:
    return [(base, past) for base, _, past in (verb.partition("/") for verb in line.split())]


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    return f"{base[:-1]}ied" if re.search(r"[^aeiou]y$", base) else f"{base}ed"


def third(verb: str) -> str:
    """ "go" -> "goes"."""
    if verb in ("have", "be"):
        return {"have": "has", "be": "is"}[verb]
    if re.search(r"(?:s|sh|ch|x|z|o)$", verb):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if re.search(r"[^aeiou]y$", verb) else f"{verb}s"


@cache
def finite() -> frozenset[str]:
    """Verbs as they stand after "who", but for those that help other verbs."""
    return frozenset(
        form for base, past in verbs().items() if base not in ("be", "do", "have") for form in (third(base), past)
    )


def orders(words: str) -> bool:
    """Whether plain words are an order: they begin with a verb that nobody does, and something it is done to."""
    first = words.split(" ", 1)[0]
    if first not in verbs() or first in ("thank", "love", "hope", "guess", "let", "give", "tell"):
        return False
    return bool(_WHOM.match(words)) and not _FINITE.match(words)
