"""Plain questions with sure answers: capitals, and written lists of what people ask often (`known/*.txt`).

A question is compared by its content words, so that small words, their order, endings and one misheard word do not
matter; a question with any other content word in it is a different question. So is one that points at something
("that sound", "your heart"), and a statement where a yes or no was asked for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from itertools import product

from visavis_agents.plain import content, without_politeness
from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.written import lines, table

_ASKING = frozenset("what who whom where when why how which name tell is?".split())
SOUNDS_ALIKE = 0.8  # of a word's letters; "Everist" for "Everest", but not "moon" for "noon" (short ones must be equal)
MOST = 12  # content words of a question
_LISTS = ("often", "history", "world", "nature", "home", "play")
_ADVICE = ("advice",)
_CHOICE = re.compile(r"\(([^()]*)\)")
_MARKS = (  # what small words ask for
    ("is?", re.compile(r"^(?:is|are|was|were|do|does|did|can|could|will|would|has|have|should)\b")),
    ("do?", re.compile(r"\b(?:can|could|should|do) (?:i|we|you) do\b")),
    ("is it", re.compile(r"^what (?:is|are) (?:an? |the )?[a-z'-]+$")),  # "What is a watch?", not what to watch
    ("have", re.compile(r"^i have (?:got )?(?:an? )?")),
)
_SAME = (  # other words for the same
    (re.compile(r"^(?:in |at )?(?:what|which) (?:year|month)\b(?! is\b)"), "when"),
    (re.compile(r"\b(?:biggest|largest)\b"), "largest"),
    (re.compile(r"\b(?:tallest|highest)\b"), "highest"),
    (re.compile(r"\b(?:begin|begins|began|started|starts)\b"), "start"),
    (re.compile(r"\b(?:movies?)\b"), "film"),
    (re.compile(r"\bsoccer\b"), "football"),
    (re.compile(r"\b(?:does|do|should) it take (?:me |one )?to\b|\bagainst\b"), ""),
    (re.compile(r"\b(?:second world war|2nd world war|ww ?(?:2|two|ii)|world war (?:two|ii))\b"), "world war 2"),
    (re.compile(r"\b(?:first world war|1st world war|ww ?(?:1|one|i)|world war (?:one|i))\b"), "world war 1"),
    (re.compile(r"\b(?:usa|united states(?: of america)?|u s|us of a)\b"), "america"),
    (re.compile(r"\b(?:united kingdom|great britain|uk)\b"), "britain"),
    (re.compile(r"\b(?:needs?|have|has) to\b"), ""),
)
_POINTING = re.compile(r"\b(?:this|that|these|those|here|your|yours|you have|you got)\b")
_HOW_ONE = re.compile(r"^how (?:to|(?:do|can|should|would|must) (?:you|one))\b")  # there "your" is anybody's
_OF_IT = re.compile(  # asks of what was talked about before
    r"^(?:where|what|how)\b.* (?:do|does|did) (?:it|he|she|they) (?:come from|do|eat|have|live|look like)$"
)
_TOLD = re.compile(
    r"^(?:what an? |(?:i|you|we|he|she|they) (?:already |now |all )?(?:know|knew|told|learned|understand|wondered)\b)"
)


@cache
def answers(lists: tuple[str, ...] = _LISTS) -> dict[frozenset[str], str]:
    """What is compared of every question in the lists, and its answer."""
    return {key(without_politeness(asked.lower())): answer for asked, answer in entries(lists)}


def entries(lists: tuple[str, ...] = _LISTS + _ADVICE) -> Iterator[tuple[str, str]]:
    """Every question as written, which is in plain words but for capitals and politeness, and its answer."""
    for name in lists:
        read = lines(f"known/{name}.txt")
        for asked, answer in zip(read, read, strict=True):
            for question in asked.split(" | "):
                for wording in _wordings(question):
                    yield wording, answer


def _wordings(question: str) -> Iterator[str]:
    """ "When did it (start/begin)" -> "When did it start", "When did it begin"."""
    parts = [part.split("/") if n % 2 else [part] for n, part in enumerate(_CHOICE.split(question))]
    for chosen in product(*parts):
        yield " ".join("".join(chosen).split())


def key(words: str) -> frozenset[str]:
    """What is compared of plain words: content words, what points, and whether a yes or no is asked for."""
    for said, meant in _SAME:
        words = said.sub(meant, words)
    pointing = [] if _HOW_ONE.match(words) else _POINTING.findall(words)
    asking = [mark for mark, pattern in _MARKS if pattern.search(words)]
    return content(words) | set(pointing) | set(asking)


@cache
def capitals() -> dict[str, str]:
    return table("tables/capitals.txt")


@cache
def _words() -> frozenset[str]:
    """Every word that some question has: such a word was not misheard."""
    names = {word for name in (*capitals(), *table("tables/countries.txt")) for word in name.split()}
    return frozenset(word for known in answers() for word in known) | frozenset(names)


def said(words: str, lists: tuple[str, ...] = _LISTS) -> Say | None:
    asked = key(words)
    if not 2 <= len(asked) <= MOST or _TOLD.match(words) or _OF_IT.match(words):
        return None
    if (answer := answers(lists).get(asked)) is not None:
        return Say(answer)
    near = {answers(lists)[known] for known in _near(asked, lists) if _alike(asked, known)}
    return Say(near.pop()) if len(near) == 1 else None


def _near(asked: frozenset[str], lists: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Questions that may be the same but for one word: such a one has one of any two words of what is asked."""
    by_word = _by_word(lists)
    for word in sorted(asked, key=lambda word: len(by_word.get(word, ())))[:2]:
        yield from by_word.get(word, ())


@cache
def _by_word(lists: tuple[str, ...]) -> dict[str, list[frozenset[str]]]:
    found: dict[str, list[frozenset[str]]] = {}
    for known in answers(lists):
        for word in known:
            found.setdefault(word, []).append(known)
    return found


def advice(words: str) -> Say | None:
    """In the place of a small language model."""
    return said(words, _ADVICE)


def _alike(asked: frozenset[str], known: frozenset[str]) -> bool:
    """The same words but for one that sounds alike; the question word must be the same."""
    if len(asked) != len(known) or len(known) < 3 or len(asked - known) != 1:
        return False
    (heard,), (meant,) = asked - known, known - asked
    if heard in _ASKING or meant in _ASKING or heard in _words() or min(len(heard), len(meant)) < 5:
        return False
    return difflib.SequenceMatcher(None, heard, meant).ratio() >= SOUNDS_ALIKE


def place(name: str) -> str:
    """ "the federal republic of germany" -> "germany": a country as in the tables, or empty."""
    name = re.sub(r"^(?:the |federal |people's |republic of |kingdom of |state of )+", "", name).strip()
    known = {**capitals(), **table("tables/countries.txt")}
    if name in known or name in _words():
        return name if name in known else ""
    return next(iter(difflib.get_close_matches(name, known, 1, 0.85)), "")


def shown(place: str) -> str:
    """ "united states" -> "the United States"."""
    name = " ".join(word.capitalize() for word in place.split()).replace("Usa", "the USA")
    if place.startswith(
        (
            "united",
            "netherlands",
            "philippines",
            "czech republic",
            "dominican republic",
            "maldives",
            "bahamas",
            "vatican",
        )
    ):
        return f"the {name}"
    return name


def capital(found: re.Match[str], _: str) -> Route:
    asked = named(found)
    state = re.sub(r"^the state of ", "", asked)
    if city := table("tables/states.txt").get(state):
        return Say(f"The capital of {shown(state)} is {city}.")
    name = place(asked)
    return Say(f"The capital of {shown(name)} is {capitals()[name]}.") if name in capitals() else None


def _capital_of(found: re.Match[str], _: str) -> Route:
    for country, city in capitals().items():
        if city.lower().replace(", d.c.", "") == found["city"]:
            return Say(f"{city} is the capital of {shown(country)}.")
    return None


RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:what|which|where)(?: city)? (?:is|was) (?:the )?capit[ao]l(?: city)? (?:of|in|off|from) "
        r"(?P<place>[a-z ]+)$|^(?:name )?the capit[ao]l(?: city)? of (?P<other>[a-z ]+)$",
        capital,
    ),
    rule(r"^(?:what|which)(?: country)? is (?P<city>[a-z' ]+) the capit[ao]l of$", _capital_of),
    rule(r"^.+$", lambda found, _: said(found[0])),
)
