"""Who answers a question about a picture, and how it is said. Pure.

Faces, hands, fingers and who is there are surer from networks made to find them, the colour of what is held up from
counting, the name of the one thing in the picture from a classifier that knows a thousand, where it is sure. Whether a
common thing is there is surest from the network of things; the decoder answers the rest. Which kinds go where was
decided by the tables in docs/cards/eyes.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from visavis_models.backends.everyday import with_article
from visavis_models.backends.eyes_concepts import mentioned, words
from visavis_models.backends.eyes_pooled import Chance

Way = Literal["finders", "describe", "things", "there", "name", "ask"]

CERTAIN, LIKELY, UNLIKELY = 1.5, -0.2, -0.8  # gains from which a thing is there, may be there, may not be there
MISSING = 6.0  # loss from which what a question takes for granted is not there: below, the decoder knows better
NAMED = 0.75  # probability from which a thing is named unasked
SURELY, EVEN, PLACED = 0.8, 0.5, 0.4  # probabilities: of inside or outside without "I think", and with it; of a place
MOST = 4  # things named unasked

_FINDERS = re.compile(
    r"\bfingers?\b|\bhands?\b|\bsee me\b|\bam i\b|\bdo i look\b|\bhow old\b|\b(?:any|some)(?:body|one)\b"
    r"|\bnobody\b|\bpoint|\bhow many (?:people|persons|faces|men|women|visitors|of us)\b"
    r"|\bi(?:'m| am) (?:holding|showing)\b|\bam i (?:holding|showing)\b|\bshowing you\b"
    r"|\bmy (?:face|head|hair|eyes?|shirt|sweater|jacket)\b"
    r"|\bhave i got\b|\b(?:what|which) colou?rs? (?:is|are) (?:this|that|it|these|those|they)\b"
)
_NAME = re.compile(r"\bwhat(?:'s| is| are| kind of \w+ is| do you think is)? (?:this|that|these|those|it)(?: is)?\b")
_DESCRIBE = re.compile(
    r"\bdescribe\b|\bwhat (?:do|can) you see\b|\bwhat(?:'s| is) (?:there|in front of|in the (?:picture|scene|room))"
    r"|\blook at (?:this|that|it)\b"
    r"|\btell me (?:what you see|about (?:this|that|it|the picture))\b|\bwhat am i looking at\b"
    r"|\bwhat does it look like\b"
    r"|\bwhat(?:'s| is) shown\b|^(?:and )?(?:now|what now)$"
)
_INSIDE = re.compile(
    r"\b(?:in|out)(?:doors|side)\b.*\b(?:in|out)(?:doors|side)\b"
    r"|^(?:is|are) (?:this|it|we|that) (?:in|out)(?:doors|side)\b"
)
_PLACE = re.compile(r"\bwhere (?:is|was|are) (?:this|that|it|we|they)\b|\bwhat (?:kind of )?place\b|\bwhere am i\b")
_THINGS = re.compile(r"\b(?:what|which) (?:things|objects)\b|\blist\b")
_THERE = re.compile(
    r"^(?:is|are) (?:there|that|this|these|those)\b|\bhave i\b"
    r"|^(?:can|do|did) you see\b(?! (?:what|who|where|how|which)\b)"
)


def way(question: str) -> Way:
    asked = " ".join(re.sub(r"[^a-z' ]", " ", question.lower().replace("\u2019", "'")).split())
    if _FINDERS.search(asked):
        return "finders"
    if _THINGS.search(asked):
        return "things"
    if _DESCRIBE.search(asked):
        return "describe"
    if _NAME.search(asked):
        return "name"
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
    return f"No, I don't think I see {thing}." if gain > UNLIKELY else f"No, I don't see {thing}."


def absent(question: str, chances: Mapping[str, Chance]) -> str:
    """What to say to a question that takes for granted what is not there; empty where all of it may be."""
    for name in sorted(mentioned(question) - words().people.keys()):
        if name in chances and chances[name].gain < -MISSING:
            return f"I don't see {name if name in _STUFF else with_article(name)}."
    return ""


def scene(question: str, chances: Mapping[str, Chance]) -> str:
    """Where this is, or whether inside or outside; empty where that is not asked, or no place is likely."""
    if _INSIDE.search(question.lower()):
        likely, side = _side(chances)
        if likely < EVEN:
            return "I can't tell."
        return f"It's {side}." if likely > SURELY else f"I think it's {side}."
    if _PLACE.search(question.lower()):
        places = [name for name in chances if name.startswith("@") and name not in ("@indoors", "@outdoors")]
        best = max(places, key=lambda name: chances[name].probability, default="")
        if best and chances[best].probability >= PLACED:
            return f"I think it's {best[1:]}."
    return ""


def side(question: str, chances: Mapping[str, Chance]) -> str:
    """Inside or outside, at least, where a place is asked for that nobody can tell; empty where that is not asked."""
    likely, found = _side(chances)
    return (
        f"I can't tell where, but I think it's {found}." if likely > SURELY and _PLACE.search(question.lower()) else ""
    )


def _side(chances: Mapping[str, Chance]) -> tuple[float, str]:
    inner, outer = (chances[name].probability if name in chances else 0.0 for name in ("@indoors", "@outdoors"))
    return max(inner, outer), "indoors" if inner > outer else "outdoors"


def people(question: str) -> bool:
    """Whether somebody is asked for: man, woman, person or who."""
    return bool(mentioned(question) & words().people.keys()) or "who" in question.lower().split()


def things(chances: Mapping[str, Chance]) -> str:
    """The likeliest common things, as a sentence; empty where none is likely."""
    people = max(("man", "woman", "person"), key=lambda name: chances[name].probability if name in chances else 0)
    likely = sorted(
        (name for name in chances if chances[name].probability >= NAMED and name in words().concepts),
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
    """How much the network of things holds against what a text names: 0 for nothing, 1 and more for much.

    Of whom it names, only that nobody may be there: man or woman, the network is no surer than the text."""
    named, people = mentioned(text) & chances.keys(), words().people.keys() & chances.keys()
    gains = [chances[name].gain for name in named - people]
    if named & people:
        gains.append(max(chances[name].gain for name in people))
    return sum(max(0.0, -gain) for gain in gains)


def spoken(text: str) -> str:
    """A sentence for the ear, of the model's lower-case words."""
    text = re.sub(r"\bi\b", "I", text.strip())
    return f"{text[0].upper()}{text[1:]}." if text else ""


_STUFF = frozenset("snow water grass sand fish sheep scissors broccoli".split())
