"""Plain questions with sure answers: capitals, and a written list of what people ask often (`known.txt`).

A question is compared by its content words, so that small words, their order, endings and one misheard word do not
matter; a question with any other content word in it is a different question.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files

from visavis_agents.plain import content, plain
from visavis_agents.rules.kinds import Route, Rule, Say, rule

_ASKING = frozenset("what who whom where when why how which name tell".split())
SOUNDS_ALIKE = 0.8  # of a word's letters; "Everist" for "Everest", but not "moon" for "noon" (short ones must be equal)
_ENTRIES = re.compile(r"(?m)^(?!#)(?P<asked>\S.*)\n(?P<answer>.*)$")


@cache
def answers() -> dict[frozenset[str], str]:
    """Content words of every question in the list, and its answer."""
    known: dict[frozenset[str], str] = {}
    for entry in _ENTRIES.finditer(files(__package__).joinpath("known.txt").read_text("utf-8")):
        for asked in entry["asked"].split("|"):
            known[content(plain(asked))] = entry["answer"]
    return known


@cache
def capitals() -> dict[str, str]:
    lines = files(__package__).joinpath("capitals.txt").read_text("utf-8").splitlines()
    return dict(line.split(": ") for line in lines)


def _known(found: re.Match[str], _: str) -> Route:
    asked = content(found[0])
    if not 2 <= len(asked) <= 9:
        return None
    if (answer := answers().get(asked)) is not None:
        return Say(answer)
    near = [answer for words, answer in answers().items() if _alike(asked, words)]
    return Say(near[0]) if len(set(near)) == 1 else None


def _alike(asked: frozenset[str], known: frozenset[str]) -> bool:
    """The same words but for one that sounds alike; the question word must be the same."""
    if len(asked) != len(known) or len(known) < 3 or len(asked - known) != 1:
        return False
    (heard,), (meant,) = asked - known, known - asked
    if heard in _ASKING or meant in _ASKING or min(len(heard), len(meant)) < 5:
        return False
    return difflib.SequenceMatcher(None, heard, meant).ratio() >= SOUNDS_ALIKE


def _capital(found: re.Match[str], _: str) -> Route:
    place = re.sub(r"^(?:the |republic of )+", "", found["place"]).strip()
    name = place if place in capitals() else next(iter(difflib.get_close_matches(place, capitals(), 1, 0.85)), "")
    if not name:
        return None
    shown = " ".join(word.capitalize() for word in name.split()).replace("Usa", "the USA")
    if name.startswith(
        ("united", "netherlands", "philippines", "czech republic", "dominican republic", "maldives", "bahamas")
    ):
        shown = f"the {shown}"
    return Say(f"The capital of {shown} is {capitals()[name]}.")


def _capital_of(found: re.Match[str], _: str) -> Route:
    for country, city in capitals().items():
        if city.lower().replace(", d.c.", "") == found["city"]:
            return Say(f"{city} is the capital of {' '.join(word.capitalize() for word in country.split())}.")
    return None


RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:what|which|where)(?: city)? (?:is|was) (?:the )?capit[ao]l(?: city)? (?:of|in|off) "
        r"(?P<place>[a-z ]+)$|^(?:name )?the capit[ao]l(?: city)? of (?P<other>[a-z ]+)$",
        lambda f, t: _capital(f, t) if f["place"] else _capital(re.match(r"(?P<place>.*)", f["other"]) or f, t),
    ),
    rule(r"^(?:what|which)(?: country)? is (?P<city>[a-z' ]+) the capit[ao]l of$", _capital_of),
    rule(r"^.+$", _known),
)
