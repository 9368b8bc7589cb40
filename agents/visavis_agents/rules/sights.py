"""What is worth seeing in a city or country (`tables/sights.txt`), in the place of a small language model."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Say
from visavis_agents.rules.known import shown
from visavis_agents.rules.written import table

_ASKED = re.compile(
    r"^what (?:should|can|could|must|shall|would|do) (?:i|we|you|one|people)(?: (?:absolutely|really|recommend))* "
    r"(?:to )?(?:see|visit|do|look at|explore)(?: there)?(?: (?:in|when i am in|on a visit to) (?P<a>[a-z ]+))$|"
    r"^what (?:is|are) (?:the )?(?:best |main |top |most famous )*(?:things to (?:see|do)|sights?|attractions?|"
    r"places to (?:see|visit)|worth (?:seeing|visiting)|there to (?:see|do))(?: in| of)? (?P<b>[a-z ]+)$|"
    r"^what is (?P<c>[a-z ]+) (?:famous|known) for$|^where should (?:i|we) go in (?P<d>[a-z ]+)$|"
    r"^what is there to (?:see|do) in (?P<e>[a-z ]+)$"
)


def sights(words: str) -> Say | None:
    """words: plain ones."""
    asked = _ASKED.match(words)
    place = re.sub(r"^the ", "", next((name for name in asked.groups() if name), "")) if asked else ""
    told = table("tables/sights.txt").get(place, "")
    return Say(f"In {shown(place)}, {told} are worth seeing.") if told else None
