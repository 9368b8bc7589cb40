"""Rules before models: requests that a pattern understands more surely than a small language model.

`route` is pure: it names the tool and its arguments, or the words to say, or None for the language model. A rule fires
only on a request that is plainly one; everything else is conversation. One family of requests is one file here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.plain import plain
from visavis_agents.rules import (
    animals,
    brush,
    cannot,
    cards,
    chance,
    clock,
    closer,
    compare,
    countries,
    curious,
    dates,
    elements,
    examples,
    games,
    itself,
    known,
    lands,
    memory,
    moving,
    people,
    phrases,
    poems,
    reactions,
    seen,
    sight,
    sights,
    spelling,
    story,
    sums,
    talk,
    units,
    vocabulary,
    watch,
    works,
)  # fmt: skip
from visavis_agents.rules.changes import changes
from visavis_agents.rules.doubt import asks, asks_a_fact
from visavis_agents.rules.kinds import Call, Repeat, Route, Rule, Say
from visavis_agents.rules.written import Table
from visavis_agents.tools.fun import told_last

__all__ = [
    "LONGEST",
    "Call",
    "Repeat",
    "Route",
    "Say",
    "asks",
    "asks_a_fact",
    "changes",
    "plain",
    "read_tables",
    "route",
    "small_talk",
    "told_instead",
    "whole_request",
]

_RULES: tuple[Rule, ...] = (
    *watch.RULES,
    *dates.RULES,
    *clock.RULES,
    *examples.RULES,
    *cards.RULES,
    *sums.RULES,
    *units.RULES,
    *spelling.RULES,
    *story.RULES,
    *games.RULES,
    *chance.RULES,
    *seen.RULES,
    *memory.RULES,
    *talk.RULES,
    *moving.RULES,
    *brush.RULES,
    *phrases.RULES,
    *vocabulary.RULES,
    *countries.RULES,
    *people.RULES,
    *works.RULES,
    *elements.RULES,
    *animals.RULES,
    *known.RULES,
    *lands.RULES,
    *compare.RULES,
    *cannot.RULES,
    *closer.RULES,
    *sight.RULES,
)


_SMALL = Table("small.txt")
_ABOUT = re.compile(
    r"^(?:tell me (?:something |more |a bit |a little )?|what do you know |do you know anything )about (?P<name>.+)$"
)
_PARTS = re.compile(r"[,.!?]+\s+")
_ASKED = re.compile(  # at the end of a sentence: "My hands are wet, what time is it?"
    r"(?:what|where|when|why|how|who|which|whose|(?:can|could|will|would|do|does|did|is|are|was|were|should|shall|may) "
    r"(?:i|you|we|they|he|she|it|there|that|this|my|your|the))\b",
    re.IGNORECASE,
)
_COMMAS = re.compile(r",\s+")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
LONGEST = 240  # characters of a request; whoever says more is telling something


def route(text: str, before: str = "") -> Route:
    """text: one turn of the user, as transcribed or typed. before: what the assistant said last."""
    made = _route(text, before)
    if (
        made is None
        and len(parts := [part for part in _PARTS.split(text.strip()) if part]) == 2
        and talk.said(plain(parts[0]))
    ):
        return _route(parts[1], before)  # "Thank you, goodbye."
    if made is None and len(parts := _SENTENCES.split(text.strip())) > 1 and asks(plain(parts[-1])):
        return _route(parts[-1], " ".join(parts[:-1]))  # "I'm 178 centimeters tall. How much is that in feet?"
    if made is None and (last := newest(text)) != text:
        return _route(last, before)  # "My hands are wet, what time is it?"
    return made


def _route(text: str, before: str) -> Route:
    words = plain(text[: 2 * LONGEST])
    if len(words) > LONGEST:
        return None
    for follow in (
        games.answered,
        clock.followed_up,
        memory.answered,
        talk.followed_up,
        story.followed_up,
        people.followed_up,
        countries.followed_up,
        units.followed_up,
    ):
        if before and (made := follow(words, before)) is not None:
            return made
    if (
        before
        and (made := cards.followed_up(words, before, text) or phrases.followed_up(words, before, text)) is not None
    ):
        return made
    if before and (made := chance.offered(words, before) or chance.followed_up(words, told_last(before))) is not None:
        return made
    for pattern, make in _RULES:
        if (found := pattern.search(words)) and (made := make(found, text)) is not None:
            return made
    return games.guessed(words, before) if before else None


def read_tables() -> None:
    """Read what is written beside the rules, which would otherwise make the first questions wait. Blocking: 0.3 s."""
    for asked in (
        "Who wrote something of which no table knows?", "Who was nobody we know of?", "What does xyz mean?",
        "What rhymes with xyz?", "What is another word for xyz?", "What is the opposite of xyz?", "A poem about xyz.",
        "A fun fact about xyz.", "Name three xyz.", "What is the symbol of xyz?",
    ):  # fmt: skip
        route(asked)
        told_instead(plain(asked))
        small_talk(asked)
        reactions.listening(asked, ())
        itself.said(plain(asked), (), "")
        itself.unsure(plain(asked), (), ())


def whole_request(text: str) -> Route:
    """What rules and tables make of a request by itself."""
    return _route(text, "") or (Say(told) if (told := told_instead(plain(text[: 2 * LONGEST]))) else None)


def told_instead(words: str, before: str = "") -> str:
    """What written tables know that a larger language model tells better: poems, meanings, advice, who somebody was.

    Empty: nothing. words: plain ones; before: what the assistant said last."""
    about = _ABOUT.match(words)
    made = poems.poem(words, before) or vocabulary.meaning(words) or known.advice(words)
    made = made or sights.sights(words) or curious.fact(words, before) or games.unknown(words)
    made = made or (people.who(about["name"]) if about else None)
    return made.text if made is not None else ""


def newest(text: str) -> str:
    """What is to be answered of what was said: the question that it ends with, or what follows a courtesy."""
    sentences = _SENTENCES.split(text.strip())
    if len(sentences) > 1 and (asks(plain(sentences[-1])) or talk.said(plain(sentences[0]))):
        return sentences[-1]
    clauses = _COMMAS.split(text.strip())
    asked = len(clauses) > 1 and not asks(plain(clauses[0])) and _ASKED.match(clauses[-1])
    return clauses[-1] if asked else text


def small_talk(text: str, heard: Sequence[str] = ()) -> str:
    """What to say in the place of a small language model that would lose the thread, or empty. heard: what the
    assistant said lately, the newest last."""
    made = _SMALL.say(plain(text), heard)
    return made.text if made is not None else reactions.reaction(text, heard)
