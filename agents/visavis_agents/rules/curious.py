"""Curious facts about a subject (`tables/curious.txt`), in the place of a small language model."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Say
from visavis_agents.rules.written import lines

_ASKED = re.compile(
    r"^(?:(?:tell|give|teach|say|share|i want|do you know|know)(?: me| us)? )?(?:an?|some|any|one|another)? ?"
    r"(?:(?:fun|interesting|curious|cool|random|strange|amazing|new|good|little) )*(?:facts?|thing|something|trivia)"
    r"(?: (?:interesting|fun|curious|cool|new|strange))?(?: that is interesting)? (?:about|on) (?:the )?"
    r"(?P<subject>[a-z ]+)$"
)


@cache
def facts() -> dict[str, tuple[str, ...]]:
    """By each of their subjects."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines("tables/curious.txt"):
        subjects, _, fact = line.partition(" = ")
        for subject in subjects.split(", "):
            found[subject] = (*found.get(subject, ()), fact)
    return found


def fact(words: str, before: str) -> Say | None:
    """words: plain ones; before: what the assistant said last, which is not said twice if there is a choice."""
    asked = _ASKED.match(words)
    subject = asked["subject"] if asked else ""
    known = facts().get(subject) or facts().get(subject.removesuffix("s")) or facts().get(f"{subject}s", ())
    return next((Say(one) for one in known if one != before), Say(known[0]) if known else None)
