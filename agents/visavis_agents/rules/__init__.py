"""Rules before models: requests that a pattern understands more surely than a small language model.

`route` is pure: it names the tool and its arguments, or the words to say, or None for the language model. A rule fires
only on a request that is plainly one; everything else is conversation. One family of requests is one file here.
"""

from __future__ import annotations

from visavis_agents.plain import plain
from visavis_agents.rules import cannot, chance, clock, known, memory, sight, spelling, sums, talk, units
from visavis_agents.rules.doubt import asks, asks_a_fact
from visavis_agents.rules.kinds import Call, Repeat, Route, Rule, Say
from visavis_agents.tools.fun import told_last

__all__ = ["Call", "Repeat", "Route", "Say", "asks", "asks_a_fact", "plain", "route"]

_RULES: tuple[Rule, ...] = (
    *clock.RULES,
    *sums.RULES,
    *units.RULES,
    *spelling.RULES,
    *chance.RULES,
    *memory.RULES,
    *talk.RULES,
    *cannot.RULES,
    *sight.RULES,
    *known.RULES,
)


def route(text: str, before: str = "") -> Route:
    """text: one turn of the user, as transcribed or typed. before: what the assistant said last."""
    words = plain(text)
    for follow in (clock.followed_up, memory.answered, talk.followed_up):
        if before and (made := follow(words, before)) is not None:
            return made
    if before and (made := chance.followed_up(words, told_last(before))) is not None:
        return made
    for pattern, make in _RULES:
        if (found := pattern.search(words)) and (made := make(found, text)) is not None:
            return made
    return None
