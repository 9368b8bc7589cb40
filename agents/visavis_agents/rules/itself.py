"""What the assistant says of itself and of what it does not know, in the place of a small model (`itself.txt`,
`unsure.txt`): that one would make up a life, an opinion or an answer."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_agents.rules.written import Table, unheard

_ITSELF = Table("itself.txt")
_UNSURE = Table("unsure.txt")


def said(words: str, heard: Sequence[str], unsure: str) -> str:
    """What is said to a question about it or an order that nobody understands, or empty. words: plain ones; heard:
    what the assistant said lately, the newest last; unsure: what is said where it is not sure."""
    made = _ITSELF.say(words, heard)
    return made.text.replace("{unsure}", unsure) if made is not None else ""


def unsure(words: str, heard: Sequence[str], own: Sequence[str]) -> str:
    """An "I don't know" that was not heard just before. own: the role's, if it has any."""
    if own:
        return unheard(own, heard)
    made = _UNSURE.say(words, heard)
    return made.text if made is not None else ""
