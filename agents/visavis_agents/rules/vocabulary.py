"""Other words for one, rhymes (`tables/synonyms.txt`, `rhymes.txt`), and what one means (`meanings.txt`)."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.written import lines, table
from visavis_agents.seeing.things import listed

MOST = 3  # words that are named


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    return {word: tuple(others.split(", ")) for word, others in table("tables/synonyms.txt").items()}


@cache
def rhymes() -> dict[str, tuple[str, ...]]:
    """By each word of every line; the line that it heads goes first."""
    groups = [tuple(line.lower().split()) for line in lines("tables/rhymes.txt")]
    found: dict[str, tuple[str, ...]] = {}
    for group in (*groups, *groups):
        found.setdefault(group[0], group[1:])
    for group in groups:
        for word in group[1:]:
            found.setdefault(word, tuple(other for other in group if other != word))
    return found


def _others(found: re.Match[str], _: str) -> Route:
    others = synonyms().get(found["word"], ())[:MOST]
    if not others:
        return None
    return Say(f"Other words for {found['word']} are {listed(others)}.")


def _rhymes(found: re.Match[str], _: str) -> Route:
    word = named(found)
    others = rhymes().get(word, ())[:MOST]
    return Say(f"{word.capitalize()} rhymes with {listed(others)}.") if others else None


def _do_rhyme(found: re.Match[str], _: str) -> Route:
    one, other = found["one"], found["other"]
    return Say(f"Yes, {one} rhymes with {other}.") if other in rhymes().get(one, ()) else None


def meaning(words: str) -> Say | None:
    """What a word means, in the place of a small language model. words: plain ones."""
    found = _MEANING.match(words)
    word = named(found) if found else ""
    if told := table("tables/meanings.txt").get(word, ""):
        if (article := re.match(r"what is (an?) ", words)) and _A_THING.match(told):
            return Say(f"{article[1].capitalize()} {word} is {told}.")
        return Say(f"{word.capitalize()}: {told}.")
    if word in synonyms() and found and not found["plainly"]:
        return Say(f"{word.capitalize()} means about the same as {' or '.join(synonyms()[word][:2])}.")
    if unknown := _UNKNOWN.match(words):
        kind = "rhyme" if "rhym" in unknown[0] else "other word"
        return Say(f"I know no {kind} for {unknown['word']}, sorry.")
    return None


_A_THING = re.compile(r"(?:an?|the|somebody|something|two) ")
_A_WORD = r"(?:the )?(?:word )?(?P<word>[a-z-]+)"
_MEANING = re.compile(
    r"^(?:what (?:means|mean) (?:the word )?(?P<means2>[a-z ]+)|"
    r"what does (?:the word )?(?:being |to be )?(?P<means>[a-z ]+?) (?:mean|means|stand for)|"
    r"(?:what is )?(?:the )?(?:meaning|definition) of (?:the word )?(?P<of>[a-z ]+)|"
    r"(?:define|explain)(?: the word)? (?P<define>[a-z ]+)|what does it mean to be (?P<be>[a-z ]+)|"
    r"what (?:is|are) (?:an? |the word )?(?P<plainly>[a-z ]+))$"
)
_UNKNOWN = re.compile(
    r"^(?:what|which|give|tell|find|another|do you know|name)\b.{0,30}\b(?:rhymes? (?:with|for|on)|"
    r"synonyms? (?:for|of|to)|"
    r"(?:other|another|different) words? for) (?:the word )?(?P<word>[a-z'-]+)$"
)
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:(?:what is|what are|what would be|give me|tell me|say|find|find me|name|do you know|i need|"
        r"i am looking for|is there|have you got)(?: me)? )?(?:an?|another|some|any|the|a few|a good|\d)? ?(?:other )?"
        r"(?:synonyms? (?:for|of|to)|(?:different |other |better )?words? (?:for|that mean|which mean|meaning)"
        rf"(?: the same as)?) {_A_WORD}$",
        _others,
    ),
    rule(rf"^what (?:else|other words?) (?:can|could) (?:i|you) (?:say|use) (?:for|instead of) {_A_WORD}$", _others),
    rule(
        rf"^(?:what|which)(?: words?)?(?: else)? rhymes? (?:with|on|to) {_A_WORD}$|"
        r"^(?:(?:give|tell|find)(?: me)?|what is|what are|do you know|i need|name|say)? ?(?:an?|some|any|\d)? "
        r"?(?:words? (?:that|which) )?"
        r"rhymes?(?: with| for| on| to)+ (?:the word )?(?P<other>[a-z-]+)$",
        _rhymes,
    ),
    rule(r"^(?:do|does) (?P<one>[a-z]+)(?: and| rhyme with) (?P<other>[a-z]+)(?: rhyme)?$", _do_rhyme),
)
