"""What nobody told it and it cannot know (`unknown.txt`): said in the place of a small model, which would guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.plain import content, plain
from visavis_agents.rules.written import Table

NOT_TOLD = "I can't know that, because you haven't told me."
_TABLE = Table("unknown.txt")
_ASKING = content("what where when who how why which old tall heavy big long much many far my am i did say do")
_THEIRS = r"(?:(?:i|we|he|she|they)|(?:my|our|the) \w+)"
_OF_YOU = re.compile(
    r"^(?:how (?:old|tall|heavy|big|long|much|many|far|often|late|early)\b.*\b(?:am i|(?:is|are|was) my|(?:do|did) i "
    r"(?:have(?! to\b)|weigh|own|owe|earn|need to pay|look|take|drink|eat)|have i|did i)\b.*|"
    r"(?:what|where|when|who|whose|which)\b(?: \w+){0,2} (?:is|are|was|were) (?:my|our) "
    r"(?!chances?|options?|rights?|.*\b(?:thinking|dreaming|feeling)$).+|"
    rf"(?:what|where|when|who|which|why|how)\b(?: \w+){{0,2}} did {_THEIRS} .+|did {_THEIRS} .+|"
    r"who [a-z]+(?:ed|t)? (?:me|us)(?: .+)?|"
    r"what (?:is|was|are|were) (?:his|her|its|their) (?:names?|age|job|address|number|birthday)|"
    r"how old (?:is|was) (?:he|she|it)|"
    r"(?:is|are|was|were|has|have|does|did) my .+|was i .+)$"
)


def said(words: str, told: Sequence[str], unsure: str, heard: Sequence[str] = ()) -> str:
    """What to say, or empty. words: plain ones; told: the user's lines; unsure: what is said where it is not sure;
    heard: what the assistant said lately."""
    if (made := _TABLE.say(words, heard)) is not None:
        return made.text.replace("{unsure}", unsure)
    return NOT_TOLD if _OF_YOU.match(words) and not _spoken_of(words, told) else ""


def _spoken_of(words: str, told: Sequence[str]) -> bool:
    """Whether something of what is asked came up before: then it may have been told in words that no rule knows."""
    asked = content(words) - _ASKING
    return any(asked & content(plain(line)) for line in told)
