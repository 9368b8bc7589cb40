"""Who answers a question about a picture: our eyes' own words, or the finders and their rules. Pure.

Faces, hands, fingers and who is there are surer from networks made to find them; what a thing's name is, from a
classifier that knows a thousand. Which kinds go where was decided by the table in docs/cards/eyes.md.
"""

from __future__ import annotations

import re
from typing import Literal

Way = Literal["finders", "describe", "ask"]

_FINDERS = re.compile(
    r"\bfingers?\b|\bhands?\b|\bsee me\b|\bam i\b|\bdo i look\b|\bhow old\b|\b(?:any|some)(?:body|one)\b"
    r"|\bnobody\b|\bpoint"
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


def way(question: str) -> Way:
    asked = " ".join(re.sub(r"[^a-z' ]", " ", question.lower().replace("\u2019", "'")).split())
    if _FINDERS.search(asked):
        return "finders"
    return "describe" if _DESCRIBE.search(asked) else "ask"


def spoken(text: str) -> str:
    """A sentence for the ear, of the model's lower-case words."""
    text = re.sub(r"\bi\b", "I", text.strip())
    return f"{text[0].upper()}{text[1:]}." if text else ""
