"""Words themselves: spelling, opposites, counting, the alphabet."""

from __future__ import annotations

import re
from functools import cache

from visavis_agents.rules.kinds import Route, Rule, Say, rule
from visavis_agents.rules.written import lines


@cache
def _opposites() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines("tables/opposites.txt"):
        one, other = line.split(": ")
        found.setdefault(one, other)
        found.setdefault(other, one)
    return found


_NATO = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa "
    "Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
).split()
MOST = 30  # numbers counted aloud
_NO_WORD = frozenset(("it", "that", "this", "them", "words", "check", "well", "my name"))  # they stand for a word


def _spell(found: re.Match[str], text: str) -> Route:
    word = found["word"].strip("'\" ")
    if " " in word and len(word.split()) > 3:
        return None
    word = re.sub(r"^(?:the )?(?:word|name) ", "", word)
    if not re.fullmatch(r"[a-z' ]{1,30}", word) or word in _NO_WORD or word == "your name":
        return Say("V, I, S.") if word == "your name" else None
    shown = re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    letters = ", ".join(letter.upper() for letter in word if letter.isalpha())
    return Say(f"{(shown[0] if shown else word)[:1].upper()}{(shown[0] if shown else word)[1:]} is spelled {letters}.")


def _opposite(found: re.Match[str], _: str) -> Route:
    other = _opposites().get(found["word"])
    return Say(f"The opposite of {found['word']} is {other}.") if other else None


def _count(found: re.Match[str], _: str) -> Route:
    start, end = int(found["start"] or 1), int(found["end"])
    if start == end or abs(start - end) > MOST:
        return Say(f"That would take long. I can count {MOST} numbers at a time.") if start != end else None
    step = 1 if end > start else -1
    return Say(", ".join(str(number) for number in range(start, end + step, step)) + ".")


def _count_down(found: re.Match[str], _: str) -> Route:
    start = int(found["start"])
    if start > MOST:
        return Say(f"That would take long. I can count {MOST} numbers at a time.")
    return Say(", ".join(str(number) for number in range(start, 0, -1)) + ".")


def _letters(found: re.Match[str], _: str) -> Route:
    word = found["word"]
    if word in _NO_WORD:
        return None
    count = sum(letter.isalpha() for letter in word)
    return Say(f"{word[:1].upper()}{word[1:]} has {count} letter{'' if count == 1 else 's'}.")


def _letter_count(found: re.Match[str], _: str) -> Route:
    letter, word = found["letter"], found["word"]
    count = word.count(letter)
    times = "none" if not count else "one" if count == 1 else str(count)
    return Say(f"There {'is' if count == 1 else 'are'} {times} in {word}.")


def _first_letter(found: re.Match[str], _: str) -> Route:
    places = {
        "1st": 0,
        "first": 0,
        "2nd": 1,
        "second": 1,
        "3rd": 2,
        "third": 2,
        "4th": 3,
        "5th": 4,
        "last": 25,
        "10th": 9,
        "20th": 19,
        "26th": 25,
    }
    at = places.get(found["place"])
    return Say(f"It is {chr(65 + at)}.") if at is not None else None


def _nato(found: re.Match[str], _: str) -> Route:
    return Say(f"{found['letter'].upper()} is {_NATO[ord(found['letter']) - 97]}.")


def _backwards(found: re.Match[str], _: str) -> Route:
    if found["word"] in _NO_WORD:
        return None
    letters = [letter.upper() for letter in found["word"] if letter.isalpha()]
    return Say(f"Backwards, {found['word']} is {', '.join(reversed(letters))}.")


RULES: tuple[Rule, ...] = (
    rule(
        r"^spell (?:my name|it|that|this)(?: it is| its| that is| is| which is)? (?P<word>(?!backwards)[a-z' ]+)$",
        _spell,
    ),
    rule(
        r"^(?:spell|how (?:do|would|can|should) (?:you|i|we|one) spell|how (?:to|do) spell|how is)(?: "
        r"out)?(?: the (?:word|name))? (?P<word>[a-z' ]+?)(?: backwards)?(?: spelled| spelt| written)?$",
        lambda f, t: (
            None
            if f[0].startswith("how is") and not re.search(r"spel(?:led|t)$", f[0])
            else _backwards(f, t)
            if f[0].endswith("backwards")
            else _spell(f, t)
        ),
    ),
    rule(
        r"^(?:what is|what would be|tell me|give me|say)? ?the opposite (?:of|to|word for) (?P<word>[a-z]+)$", _opposite
    ),
    rule(r"^count (?:up )?(?:(?:from )?(?P<start>\d+) )?(?:to|till|until|up to) (?P<end>\d+)$", _count),
    rule(r"^count (?:down |backwards )(?:from )?(?P<start>\d+)(?: to (?:0|zero|one|1))?$", _count_down),
    rule(
        r"^(?:how many letters (?:are (?:there )?in|does|has|are in|in)(?: the word)?) (?P<word>[a-z]+)(?: have)?$",
        _letters,
    ),
    rule(
        r"^how many (?P<letter>[a-z])(?:'?s)? (?:are (?:there )?in|does|in)(?: the word)? (?P<word>[a-z]+)(?: have)?$",
        _letter_count,
    ),
    rule(
        r"^what is the (?P<place>first|second|third|last|\d+(?:st|nd|rd|th)) letter (?:of|in) the alphabet$",
        _first_letter,
    ),
    rule(
        r"^(?:what is|how do you say) (?:the letter )?(?P<letter>[a-z]) in the (?:nato|phonetic|radio|"
        r"spelling)(?: phonetic)? alphabet$",
        _nato,
    ),
    rule(
        r"^(?:say|recite|tell me|sing)(?: me)? (?:the alphabet|your a ?b ?cs?|the abc)$",
        Say("A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z."),
    ),
)
