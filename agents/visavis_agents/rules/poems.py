"""Short poems of our own, by their subject (`tables/poems.txt`), in the place of a small language model."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Say
from visavis_agents.rules.written import lines

_ASKED = re.compile(
    r"^(?:(?:write|tell|make(?: up)?|compose|give|recite|say|create|read|i (?:want|would like)|do you know|"
    r"have you got|know)(?: me| us)? )?"
    r"(?:(?:an?|another|some|one|my|any) )?(?:(?:short|little|small|nice|beautiful|funny|sweet|new|tiny|"
    r"romantic|sad|happy) )*"
    r"(?:poems?|verses?|rhymes?|haikus?|limericks?|poetry|lines)(?: (?:about|on|for|of|to) (?P<subject>.+))?$"
)
_ANOTHER = re.compile(
    r"^(?:(?:tell|give|read|say|write)(?: me)? )?(?:another|one more|a different)(?: one| poem| verse)?$|^more$"
)
OTHER = "I have no poem about that. I know some about the sea, the moon, cats, love and rain: which would you like?"


@cache
def poems() -> dict[str, str]:
    """By each of their subjects."""
    found: dict[str, str] = {}
    for line in lines("tables/poems.txt"):
        subjects, _, poem = line.partition(" = ")
        found |= {subject: poem for subject in subjects.split(", ")}
    return found


def is_poem(said: str) -> bool:
    return said in poems().values()


def poem(words: str, before: str = "") -> Say | None:
    """words: plain ones; before: what the assistant said last."""
    if is_poem(before) and _ANOTHER.match(words):
        told = list(dict.fromkeys(poems().values()))
        return Say(told[(told.index(before) + 1) % len(told)])
    found = _ASKED.match(words)
    subject = found["subject"] if found else words if before.endswith(OTHER) else ""
    if not subject:
        return None
    wanted = [word for word in re.findall(r"[a-z]+", subject) if word in poems()]
    if wanted:
        return Say(poems()[wanted[-1]])
    return Say(OTHER) if found else None
