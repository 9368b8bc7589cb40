"""What this assistant has no hands, ears or wires for: said plainly, not pretended (`cannot.txt`)."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Route, Rule, rule
from visavis_agents.rules.written import Table

_TABLE = Table("cannot.txt")


def _said(found: re.Match[str], _: str) -> Route:
    return _TABLE.say(found[0])


RULES: tuple[Rule, ...] = (rule(r"^.+$", _said),)
