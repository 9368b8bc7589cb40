"""What is said to what people tell (`reactions.txt`, `listening.txt`): it takes up whom and what they spoke of.

In the place of a small language model, which would make up the details. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.plain import content, plain
from visavis_agents.rules.doubt import asks
from visavis_agents.rules.memory import restored, to_you
from visavis_agents.rules.written import Table, unheard

_KIN = (
    r"(?:(?:my|our|his|her) (?:(?:little|big|old|older|younger|elder|best|new|great|late|first|second|oldest|"
    r"youngest) )*"
    r"(?:grand|step)?(?:sisters?|brothers?|mother|father|mum|mom|mummy|dad|daddy|parents|sons?|daughters?|child|"
    r"children|kids?|husband|wife|partner|boyfriend|girlfriend|friends?|fianc[eé]e?|grandma|grandpa|granny|aunt|uncle|"
    r"cousins?|niece|nephew|boss|colleagues?|teacher|neighbou?rs?|family|dogs?|cats?|rabbits?|hamster|horse|bird|"
    r"parrot|teddy|doll|baby|roommate|landlord|son-in-law|daughter-in-law|mother-in-law)(?: (?!he|she|they|who|"
    r"and|it)[a-z]+(?= (?:is|has|was|"
    r"works|lives|died)\b))?)"
)
_HE = "(?:he|she|they)"
_PARTS = {"{one}": _KIN, "{he}": _HE, "{kin}": _KIN}
_REACTIONS = Table("reactions.txt", _PARTS)
_LISTENING = Table("listening.txt", _PARTS)
_ANYTHING = (
    "I see. Tell me more about it.",
    "I'm listening. Go on.",
    "I understand. How is that for you?",
    "All right. And what do you make of it?",
)
_OBJECT = {"he": "him", "she": "her", "they": "them", "it": "it"}
_SUBJECT = {"him": "he", "her": "she", "them": "they"}
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_BEGINS = re.compile(
    r"^(?:(?:yes|yeah|no|well|oh|ah|and|but|so|anyway|because|you know|i mean|today|yesterday|now|then|here|also|"
    r"actually|"
    r"by the way|this morning|last night|thank you|thanks|sadly|luckily|unfortunately|"
    r"i (?:think|guess|suppose|believe|hope|fear|am afraid)(?: that)?(?= (?:he|she|they|my|our|the)\b)) )+(?=(?:i|"
    r"we|my|our|he|she|it|they|the|"
    r"that|nobody|there|his|her|maybe|perhaps)\b)"
)
_A = re.compile(r"^(?:an?|some) ")
_WHEN = re.compile(r"when (?:i|we|he|she|they|my [a-z]+) (?:was|were|had|lived|came|got)\b")
MIRRORED = 12  # words of a sentence that is given back


def reaction(text: str, heard: Sequence[str]) -> str:
    """What fits what is told, or empty. heard: what the assistant said lately, the newest last."""
    return _said(_REACTIONS, text, heard)


def topical(text: str, heard: Sequence[str]) -> str:
    """What takes up whom or what they spoke of, or empty."""
    return _said(_LISTENING, text, heard)


def listening(text: str, heard: Sequence[str]) -> str:
    """That it was heard, whatever was told."""
    return topical(text, heard) or unheard(_ANYTHING, heard)


def _said(table: Table, text: str, heard: Sequence[str]) -> str:
    told = _SENTENCES.split(text.strip())[-1]
    words = _BEGINS.sub("", plain(told))
    if not words or (asks(words) and not _WHEN.match(words)) or told.endswith("?"):
        return ""
    groups, answers = table.find(words)
    if content(plain(told.split()[0])):
        told = f"- {told}"  # it may begin with a name
    mirrored = restored(to_you(words), told) if len(words.split()) <= MIRRORED else ""
    return _filled(unheard(answers, heard), groups, mirrored, told) if answers else ""


def _filled(answer: str, groups: dict[str, str], mirrored: str, told: str) -> str:
    for name, value in groups.items():
        yours = restored(to_you(value), told).removesuffix(".")
        yours = _A.sub("the ", f"{yours[:1].lower()}{yours[1:]}")  # it has been spoken of
        subject = _SUBJECT.get(value, yours)
        if name == "who":
            answer = answer.replace("{who}", subject).replace("{him}", _OBJECT.get(subject, yours))
        answer = answer.replace(f"{{{name}}}", yours).replace(f"{{{name.capitalize()}}}", yours.capitalize())
    answer = answer.replace("{him}", "them").replace("{who}", "they")  # where nobody was named
    return answer.replace("{all}", mirrored).strip()
