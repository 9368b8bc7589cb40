"""Things of one kind: "Name three fruits.", "Show me a list of five birds." (`tables/examples.txt`)."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Route, Rule, Say, rule
from visavis_agents.rules.written import table
from visavis_agents.seeing.things import listed

FEW = 3  # where no number was said


@cache
def examples() -> dict[str, tuple[str, ...]]:
    """By each name of the kind."""
    return {
        name.strip(): tuple(things.split(", "))
        for names, things in table("tables/examples.txt").items()
        for name in names.split(",")
    }


def _name(found: re.Match[str], _: str) -> Route:
    things = examples().get(
        re.sub(r"^(?:different|famous|popular|common|examples? of|kinds of|types of) ", "", found["kind"]), ()
    )
    count = {"a": 1, "an": 1, "one": 1, "some": FEW, "a few": FEW, "a couple of": 2}.get(
        found["count"] or "some"
    ) or int(found["count"])
    if not things or not 0 < count <= len(things):
        return None
    named = things[:count]
    said = listed(named)
    return Say(f"{said[:1].upper()}{said[1:]}.", None if count == 1 else (f"{count} {found['kind']}", "\n".join(named)))


_OF = r"(?:the names of|an? (?:short )?list (?:of|with)|(?:some |a few )?examples of|an example of)"
_MANY = r"(?P<count>[2-9]|10|some|a few|a couple of)"
_KIND = r"(?:(?:examples of|kinds of|types of|names of) )?(?P<kind>[a-z ]{3,30})$"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:name|list|mention|tell me|think of|what are) (?P<count>an?|one|[2-9]|10|some|a few|a couple of) {_KIND}",
        _name,
    ),
    rule(rf"^(?:give|say)(?: me| us)? {_MANY} {_KIND}", _name),
    rule(
        rf"^(?:name|list|tell|give|say|show|what are|what is|can i have)(?: me| us)? {_OF} (?:{_MANY} )?{_KIND}", _name
    ),
    rule(rf"^(?:make|write|create)(?: me| us)? {_OF} {_MANY} {_KIND}", _name),
)
