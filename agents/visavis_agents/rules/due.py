"""What is asked of timers and reminders that run: "When do I have to take my pills?", "Which one is first?", "No, the
other one." Told by the words that a question shares with what was set. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from visavis_agents.plain import content, plain
from visavis_agents.rules.kinds import Call, Route, Say


class Due(NamedTuple):
    """One that runs. what: as it is called aloud ("reminder to take your pills"). at: when, on any clock."""

    what: str
    at: float


_WHEN = re.compile(r"^(?:when|(?:at |by )?what time|how (?:long|much longer|much time)|in how many minutes)\b")
_ALL = re.compile(
    r"^(?:(?:what|which|tell me|show me|list|read(?: me)?|do i have|have i|are there|is there)\b.*\b(?:reminders?|"
    r"remind me)\b.*|did i (?:ask|tell) you to remind me(?: of| about| to)?(?: (?:any|some)thing)?(?: today)?|"
    r"what (?:else )?(?:(?:do|did) i (?:still )?(?:have|need)|must i|am i supposed)(?: still)?(?: to)? "
    r"(?:do|remember)(?: .{1,20})?|"
    r"(?:do i have |have i got |is there )?(?:any|some)thing (?:else )?(?:to do|"
    r"i (?:still )?(?:have|need) to (?:do|remember)|planned|coming up|due)(?: .{1,20})?|"
    r"what (?:else )?is (?:next|coming up|due|planned|on (?:my|the) (?:agenda|plan|schedule))(?: .{1,20})?)$"
)
_WHICH = re.compile(
    r"^(?:which|what)(?: one| timer| reminder| alarm)?(?: of (?:them|these|those))? (?:is|rings|comes|goes|will|has)"
    r"(?: (?:off|be|up|done|ready|due|ring|come|go|the|next|over|finished))*? "
    r"(?P<end>first|next|soonest|sooner|earlier|last|later|longer)$"
)
_END = re.compile(
    r"^(?:when|how long|how much longer)(?: (?:is|does|will|has|have|until|till|for))* the "
    r"(?P<end>first|next|last)(?: (?:one|timer|reminder|alarm))?(?: .{1,12})?$"
)
_DROP = re.compile(
    r"^(?:(?:forget|cancel|delete|drop|remove|scratch|skip|stop|end|turn off|never mind|do not remind me|"
    r"you (?:need not|do not (?:have|need) to) remind me|i do not need)(?: any ?more)?(?: about| of| to)?) "
    r"(?P<what>.+)$"
)
_OTHER = re.compile(
    r"^(?:(?:no|sorry|wait|oops|oh|actually) |not (?:that|this)(?: one)? |i (?:mean|meant) |"
    r"(?P<drop>cancel|stop|delete|end|turn off|remove) |"
    r"what about |how about |how is )*the other(?: one| timer| alarm| reminder)?$"
)
_ASKING = content(
    "when what time how long longer much till until by do did does have must should supposed going want need remind "
    "my me off go done ready finished finish over up due ring rings again still yet"
)
_NAMELESS = frozenset("one thing it that this them all other both".split())
NOTHING = "Nothing that I know of. Say remind me, and what of, and I will."
CANCELLED = "is cancelled."
WHICH = "Which one shall I cancel"


def due(words: str, before: str, running: Sequence[Due]) -> Route:
    """words: plain ones. before: what the assistant said last. running: at least one."""
    if before.startswith(WHICH) and (chosen := _meant(content(words) - _ASKING - _NAMELESS, running)):
        return Call("cancel_timer", {"name": chosen})
    if _WHEN.match(words) and (found := _meant(content(words) - _ASKING, running)):
        return Call("timers_left", {"name": found})
    if _ALL.match(words):
        reminders = any(one.what.startswith("reminder") for one in running)
        return Call("timers_left", {"name": "reminder" if reminders else ""})
    if len(running) > 1 and (which := _WHICH.match(words) or _END.match(words)):
        end = max if which["end"] in ("last", "later", "longer") else min
        return Call("timers_left", {"name": end(running, key=lambda one: one.at).what})
    if dropped := _DROP.match(words):
        asked = content(dropped["what"]) - _ASKING - _NAMELESS
        if found := _meant(asked, running):
            return Call("cancel_timer", {"name": found})
    other = _OTHER.match(words)
    return _other(other["drop"] is not None, before, running) if other else None


def asks_all(words: str) -> bool:
    """Whether plain words ask what there is to do. Of nothing that runs, too."""
    return _ALL.match(words) is not None


def _meant(asked: frozenset[str], running: Sequence[Due]) -> str:
    """The only one that has all these words, or empty."""
    found = [one.what for one in running if asked and asked <= content(plain(one.what))]
    return found[0] if len(found) == 1 else ""


def _other(drop: bool, before: str, running: Sequence[Due]) -> Route:
    named = [one.what for one in running if one.what.lower() in before.lower()]
    others = [one.what for one in running if one.what not in named]
    if len(others) == 1 and before.endswith(CANCELLED) and not named:
        return Call("cancel_timer", {"name": others[0], "instead": not drop})
    if len(others) == 1 and named:
        return Call("cancel_timer" if drop else "timers_left", {"name": others[0]})
    if not drop or len(running) < 2:
        return None
    return Say(f"{WHICH}: the {' or the '.join(one.what for one in running)}?")
