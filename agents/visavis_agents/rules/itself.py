"""What the assistant says of itself and of what it does not know, in the place of a small model (`itself.txt`,
`unsure.txt`): that one would make up a life, an opinion or an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.rules.indirect import indirect
from visavis_agents.rules.memory import restored
from visavis_agents.rules.written import Table, unheard

_ITSELF = Table("itself.txt")
_UNSURE = Table("unsure.txt")
_OURS = re.compile(r"\bI (?:am|was)\b|\bI\b|\bmy\b")


def said(words: str, heard: Sequence[str], unsure: str) -> str:
    """What is said to a question about it or an order that nobody understands, or empty. words: plain ones; heard:
    what the assistant said lately, the newest last; unsure: what is said where it is not sure."""
    made = _ITSELF.say(words, heard)
    return made.text.replace("{unsure}", unsure) if made is not None else ""


def unsure(words: str, heard: Sequence[str], own: Sequence[str], text: str = "", at_a_desk: bool = False) -> str:
    """An "I don't know" that was not heard just before and that names what was asked. words: of the question, plain
    ones; own: the role's, if it has any; text: the question with its capitals; at_a_desk: "you" means the house."""
    made = None if own else _UNSURE.say(words, heard)
    said = unheard(own, heard) if own else made.text if made is not None else ""
    asked = restored(indirect(words), text) if "," not in text else ""
    if asked.startswith("whether I ") and not at_a_desk:
        asked = ""  # of itself it should know
    if at_a_desk:
        asked = _OURS.sub(lambda found: {"I am": "we are", "I was": "we were", "I": "we", "my": "our"}[found[0]], asked)
    return said.replace("{asked}", asked or "that")
