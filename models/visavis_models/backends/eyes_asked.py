"""Who answers a question about a picture, and how it is said. Pure.

Faces, hands, fingers and who is there are surer from networks made to find them. Whether a common thing is there is
surest from the network of things; the decoder answers the rest. Which kinds go where was decided by the table in
docs/cards/eyes.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from visavis_models.backends.everyday import with_article
from visavis_models.backends.eyes_concepts import mentioned, words
from visavis_models.backends.eyes_pooled import Chance

Way = Literal["finders", "describe", "things", "there", "ask"]

CERTAIN, LIKELY = 1.5, 0.3  # gains from which a thing is said to be there, and is thought to be
NAMED = 0.5  # probability from which a thing is named unasked
MOST = 4  # things named unasked

_FINDERS = re.compile(
    r"\bfingers?\b|\bhands?\b|\bsee me\b|\bam i\b|\bdo i look\b|\bhow old\b|\b(?:any|some)(?:body|one)\b"
    r"|\bnobody\b|\bpoint|\bhow many (?:people|persons|faces|men|women|visitors|of us)\b"
    r"|\bi(?:'m| am) (?:holding|showing)\b|\bam i (?:holding|showing)\b|\bshowing you\b"
    r"|\bmy (?:face|head|hair|eyes?|shirt|sweater|jacket)\b"
    r"|\bhave i got\b"
)
_DESCRIBE = re.compile(
    r"\bdescribe\b|\bwhat (?:do|can) you see\b|\bwhat(?:'s| is) (?:there|in front of|in the (?:picture|scene|room))"
    r"|\blook at (?:this|that|it)\b"
    r"|\btell me (?:what you see|about (?:this|that|it|the picture))\b|\bwhat am i looking at\b"
    r"|\bwhat does it look like\b"
    r"|\bwhat(?:'s| is) (?:happening|going on)\b|\bwhat(?:'s| is) shown\b|^(?:and )?(?:now|what now)$"
)
_THINGS = re.compile(r"\b(?:what|which) (?:things|objects)\b|\blist\b")
_THERE = re.compile(r"^(?:is|are) (?:there|that|this|these|those)\b|^(?:can|do|did) you see\b|\bhave i\b")


def way(question: str) -> Way:
    asked = " ".join(re.sub(r"[^a-z' ]", " ", question.lower().replace("\u2019", "'")).split())
    if _FINDERS.search(asked):
        return "finders"
    if _THINGS.search(asked):
        return "things"
    if _DESCRIBE.search(asked):
        return "describe"
    return "there" if _THERE.search(asked) and " or " not in asked else "ask"


def is_there(question: str, chances: Mapping[str, Chance]) -> str:
    """Yes or no to a question that names one common thing; empty where it names none or another."""
    asked = [name for name in mentioned(question) if name in chances]
    if len(asked) > 1 and "person" in asked:
        asked.remove("person")
    if len(asked) != 1:
        return ""
    name, gain = asked[0], chances[asked[0]].gain
    thing = with_article(name) if name not in _STUFF else name
    if gain >= CERTAIN:
        return f"Yes, I see {thing}."
    if gain >= LIKELY:
        return f"Yes, I think I see {thing}."
    return f"No, I don't think I see {thing}." if gain > -LIKELY else f"No, I don't see {thing}."


def things(chances: Mapping[str, Chance]) -> str:
    """The likeliest common things, as a sentence; empty where none is likely."""
    people = max(("man", "woman", "person"), key=lambda name: chances[name].probability if name in chances else 0)
    likely = sorted(
        (name for name in chances if chances[name].probability >= NAMED and name not in words().people),
        key=lambda name: -chances[name].gain,
    )
    if people in chances and chances[people].probability >= NAMED:
        likely = [people, *likely]
    named = [name if name in _STUFF else with_article(name) for name in likely[:MOST]]
    if not named:
        return ""
    told = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"I see {told}."


def doubt(text: str, chances: Mapping[str, Chance]) -> float:
    """How much the network of things holds against what a text names: 0 for nothing, 1 and more for much."""
    return sum(max(0.0, -chances[name].gain) for name in mentioned(text) if name in chances)


def spoken(text: str) -> str:
    """A sentence for the ear, of the model's lower-case words."""
    text = re.sub(r"\bi\b", "I", text.strip())
    return f"{text[0].upper()}{text[1:]}." if text else ""


_STUFF = frozenset("snow water grass sand fish sheep scissors broccoli".split())
