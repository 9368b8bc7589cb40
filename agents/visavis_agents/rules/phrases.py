"""What one says abroad: "How do I say thank you in Italian?", "What does gracias mean?" (`tables/phrases.txt`).

It is said as near as an English voice comes to it, and shown as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from visavis_agents.plain import plain
from visavis_agents.rules.kinds import Route, Rule, Say, rule
from visavis_agents.rules.written import lines

_LANGUAGES = {"mandarin": "Chinese", "mandarin chinese": "Chinese", "brazilian": "Portuguese", "castilian": "Spanish"}
_OTHERWISE = {  # other ways to ask for a line of the table
    "thank you": "thanks|thank you very much|thank you so much|many thanks",
    "goodbye": "bye|bye bye|good bye|see you|farewell",
    "hello": "good day",
    "sorry": "i am sorry",
    "excuse me": "pardon|pardon me",
    "how are you": "how do you do|how is it going",
    "you are welcome": "no problem",
    "where is the toilet": "where is the bathroom|where is the restroom|where are the toilets|where is the loo|toilet|"
    "bathroom",
    "i do not understand": "i do not understand you",
    "i love you": "i love you too",
    "my name is": "i am called",
    "bon appetit": "enjoy your meal",
    "help": "help me",
    "merry christmas": "happy christmas",
    "numbers": "the numbers|the numbers from 1 to 10|the numbers 1 to 10",
}
_SAME = {asked: english for english, others in _OTHERWISE.items() for asked in others.split("|")}
_ALSO_ENGLISH = frozenset("ai ask bu da drug hai la maa ne nee nero nie oi pardon salute shi sim su tack van".split())


@dataclass(frozen=True, slots=True)
class Phrase:
    """written: as in its own script; spoken: for an English voice. The two have as many numbers between commas."""

    language: str
    english: str
    written: str
    spoken: str


@cache
def phrases() -> tuple[Phrase, ...]:
    found: list[Phrase] = []
    language = ""
    for line in lines("tables/phrases.txt"):
        if line.startswith("["):
            language = line.strip("[]")
            continue
        english, written, spoken = (part.strip() for part in line.split(" = "))
        found.append(Phrase(language, english, written, spoken))
    return tuple(found)


@cache
def _by_english() -> dict[tuple[str, str], Phrase]:
    return {(one.language, one.english): one for one in phrases()}


@cache
def _by_written() -> dict[str, Phrase]:
    """By bare words, also those in brackets; the first language that has them."""
    found: dict[str, Phrase] = {}
    english = {one.english for one in phrases()}
    for one in phrases():
        for words in re.split(r"[()]|, from a woman", one.written):
            if one.english != "numbers" and bare(words) and bare(words) not in english:
                found.setdefault(bare(words), one)
    return found


def bare(words: str) -> str:
    """Without accents and marks: "Où sont" -> "ou sont"."""
    words = unicodedata.normalize("NFD", words.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return " ".join(re.findall(r"[^\W_]+", "".join(letter for letter in words if unicodedata.category(letter) != "Mn")))


def _language(name: str) -> str:
    name = name.removeprefix("the ")
    return _LANGUAGES.get(name, name.capitalize())


def _shown(words: str) -> str:
    words = f"{words[:1].upper()}{words[1:]}"
    return re.sub(r"\bi\b", "I", words)


def _in_language(found: re.Match[str], _: str) -> Route:
    return _say(_language(found["language"]), found["what"].strip("' "))


def _say(language: str, what: str) -> Route:
    """what: plain English words."""
    if re.fullmatch(r"(?:10|[1-9])", what):
        numbers = _by_english().get((language, "numbers"))
        return _one(language, what, numbers, int(what) - 1) if numbers else None
    one = _by_english().get((language, _SAME.get(what, what)))
    return None if one is None else _all(one) if one.english == "numbers" else _one(language, one.english, one)


def _one(language: str, what: str, phrase: Phrase, at: int | None = None) -> Say:
    written, spoken = phrase.written, phrase.spoken
    if at is not None:
        written, spoken = written.split(", ")[at], spoken.split(", ")[at]
    return Say(f"{_shown(what)} in {language} is {spoken}.", (f"{_shown(what)} in {language}", written))


def followed_up(words: str, before: str, text: str) -> Route:
    """ "And in French?", "And goodbye?" after a phrase. before: what the assistant said last; text: as transcribed."""
    last = _SAID.match(before)
    found = _AND.match(text.lower().strip(" .?!")) if last else None
    if last is None or found is None:
        return None
    asked = found["asked"].strip(" ,?.!")
    language = _language(re.sub(r"^(?:in|into) (?:the )?", "", asked))
    if any(one.language == language for one in phrases()):
        return _say(language, last["english"].lower())
    return _say(last["language"], plain(asked)) if found["and"] else None


def _all(numbers: Phrase) -> Say:
    """One to ten."""
    return Say(f"In {numbers.language}: {numbers.spoken}.", (f"One to ten in {numbers.language}", numbers.written))


def _count(found: re.Match[str], _: str) -> Route:
    numbers = _by_english().get((_language(found["language"]), "numbers"))
    return _all(numbers) if numbers else None


def _meaning(found: re.Match[str], _: str) -> Route:
    what = bare(found["what"] or found["other"] or found["third"])
    one = _by_written().get(what)
    if what in _ALSO_ENGLISH and found["language"] in ("", None, "english"):
        return None  # "What does van mean?" does not ask for the Swedish word
    if found["language"] and (language := _language(found["language"])) != "English":
        said = (each for each in phrases() if each.language == language)
        one = next((each for each in said if what == bare(each.written.split(" (")[0])), one)
        if one is None or one.language != language:
            return None
    if one is None:
        return None
    english = _shown(one.english) if one.english.startswith("i ") else one.english
    return Say(f"It is {one.language} for {english}.")


@cache
def _names() -> str:
    return "|".join(sorted({one.language.lower() for one in phrases()} | set(_LANGUAGES), key=len, reverse=True))


_SAID = re.compile(r"^(?P<english>.+) in (?P<language>[A-Z][a-z]+) is [a-z ,-]+\.$")
_AND = re.compile(r"^(?P<and>(?:and|what about|how about|but)\b(?: for| to say)?,? ?)?(?P<asked>.+)$")
_IN = rf"(?:in|into|to|and) (?:the )?(?P<language>{_names()})"
_TO_SAY = (
    r"(?:how (?:do|would|can|could|should|must) (?:you|i|we|they|one|people) say|how (?:to|you|i) say|how do you|"
    r"what is|what are|say|translate|how is|what do (?:you|they) say for)"
)
RULES: tuple[Rule, ...] = (
    rule(rf"^count (?:from 1 )?(?:up )?to 10 in (?P<language>{_names()})$", _count),
    rule(rf"^{_TO_SAY} (?:the words? )?(?P<what>.+?) {_IN}(?: called| said)?$", _in_language),
    rule(
        rf"^(?:{_TO_SAY} )?(?:in|the) (?P<language>{_names()}) (?:(?:word|phrase|term|expression) )?(?:for "
        rf")?(?P<what>.+)$",
        _in_language,
    ),
    rule(
        rf"^what (?:does|do) (?:the )?(?:word |words |phrase )?(?P<what>.+?)(?: mean| means)(?: in "
        rf"(?P<language>{_names()}|english))?$|"
        r"^what is (?:the meaning of )?(?P<other>.+) in english$|^translate (?P<third>.+?)(?: (?:in)?to english)?$",
        _meaning,
    ),
)
