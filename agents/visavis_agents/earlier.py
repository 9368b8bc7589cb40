"""What the user told earlier in this conversation, found again when they ask for it.

A small language model answers such questions out of the air. Here the user's own sentence is found by the words that
question and sentence share, and told back to them: it may be the wrong sentence, but never an invented one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from visavis_agents.plain import content, plain
from visavis_agents.rules.again import corrected
from visavis_agents.rules.doubt import asks
from visavis_agents.rules.memory import restored, to_you

if TYPE_CHECKING:
    from visavis_agents.tools.port import Hands

FURTHEST = 100  # of the user's lines are looked through
SUBJECT = 4  # words of a clause that may name whom it is about
_SUBJECT = r"(?:i|we|he|she|it|they|there|this|that|my|our|his|her|their|its|the|a|an|[A-Z][\w'-]*)"
_VERB = (
    r"(?:is|are|was|were|am|has|have|had|will|would|can|could|must|should|do|does|did|got|live|work|like|love|hate|need|"
    r"want|go|come|leave|start|begin|end|eat|drink|play|put|left|met|saw|bought|went|came|made|took|moved|parked|know|"
    r"prefer|enjoy|study|learn|speak|arrive|leave|lost|found|gave|told|call|called|named|married|own|drive|collect|"
    r"take|make|see|use|wear|run|walk|sleep|cook|read|write|visit|pay|give|keep|grow|bring|sing|swim|meet|teach|sell|build|"
    r"travel|move|stay|spend|turn|die|died|won|win|grew|ran|swam|sold|spent|wrote|built|broke|fell|began|felt|drank|sang|taught)"
)
_CLAUSE = re.compile(rf"^(?:(?:and|but|so|because|then) )?{_SUBJECT}\b.*(?:'[sdm]|'re|'ve|'ll|\b{_VERB}(?:s|es|ed)?)\b")
_OF_US = re.compile(r"(?:i|we|you|there|that|this|nobody|everybody)\b")
_OF_SAME = re.compile(r"(?:he|she|they|it|his|her|their|its)\b")
_UP_TO_VERB = re.compile(rf"((?:my |our |the )?\w+(?: \w+){{0,3}}?) {_VERB}(?:s|es)?\b")
_SEAMS = re.compile(r"[.!?;]+\s+|,\s+|\s+(?=(?:and|but|so|because|then)\s)")
_JOINED = re.compile(r"^(?:and|but|so|because|then)\s+", re.IGNORECASE)
_MINE = re.compile(r"\b(?:i|me|my|mine|we|us|our|ours|myself)\b")
_EMPTY = frozenset(
    "what who whom whose where when why how which call tell told remember know old many much long time day colour "
    "name kind do did again just before earlier mention said my mine i me myself older he she they him her them "
    "his their come coming arrive happen place then".split()
)
_SAME = {
    "child": "kid", "children": "kid", "mum": "mother", "mom": "mother", "dad": "father", "job": "work",
    "left": "leave", "lost": "lose", "bought": "buy", "went": "go", "met": "meet", "ate": "eat", "drove": "drive",
    "coming": "come", "saw": "see", "gave": "give", "hid": "hide", "kept": "keep", "took": "take", "came": "come",
    "made": "make",
}  # fmt: skip
_COMING = frozenset("come arrive happen leave start begin".split())  # of whom, was said before
_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|no|many|a lot)\b")
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_WHEN = re.compile(
    rf"\d|\b(?:{_DAY}|{_MONTH}|today|tomorrow|tonight|yesterday|noon|midnight|morning|afternoon|evening|night|week|month|"
    rf"weekend|spring|summer|autumn|winter|christmas|easter|soon|later)\b"
)
_PLACE = re.compile(r"\b(?:in|at|on|from|to|under|behind|near|next to|inside|by|with|over|beside|between|here|there)\b")
_NAMED = re.compile(r"[^.!?]\s[A-Z][a-z]|\b(?:name|names|called|named)\b")
_NAME = re.compile(r"\b[A-Z][a-z]{2,}\b")
_CALLED = re.compile(r"\b(?:names?|called|named)\b")
_JOB = re.compile(
    r"\b(?:works?|working|worked|job|teach(?:es)?|stud(?:y|ies)|learns?|retired)\b|"
    r"\b(?:is|am) an? [a-z]+(?:er|or|ist|an|nt|se)\b"
)
_THIRD = re.compile(r"\b(?:he|she|they|him|her|them|his|their)\b")
_EXPECTED = (  # (what the question is, what the sentence must hold)
    (re.compile(r"^what (?:does|do|did) .+ do(?: for a living| at work)?$"), _JOB),
    (re.compile(r"\bhow (?:old|many|much|long|big|tall|far)\b"), _NUMBER),
    (re.compile(r"\bwhen\b|\bwhat (?:time|day|date|month|year)\b|\bwhich (?:day|month|year)\b"), _WHEN),
    (re.compile(r"\bwhere\b"), _PLACE),
    (re.compile(r"\bwho\b|\bname|\bcalled\b"), _NAMED),
)
_ASKED_BACK = re.compile(r"^(?:do|can|did) you (?:still )?(?:know|remember|recall|tell me)\b|^(?:remind|tell) me\b")


_ITS_NAME = re.compile(
    r"^(?:his|her|its|their) names? (?:is|are|was|were) |^(?:he|she|it|they) (?:is|are|was|were) (?:called|named) "
)
_AGE = re.compile(
    r"^(?P<who>[a-z]+|my [a-z]+) (?:is|am|turned) (?:already |only |now )?(?P<age>\d{1,3})(?: years old)?\b"
)
_OLDER = re.compile(
    r"^(?:who|which) is (?:the )?(?:older|younger)(?: one)? (?P<a>[a-z ]+) or (?P<b>[a-z ]+)$|"
    r"^is (?P<c>[a-z ]+) (?:older|younger) than (?P<d>[a-z ]+)$|"
    r"^how much (?:older|younger) is (?P<e>[a-z ]+) than (?P<f>[a-z ]+)$"
)


class Statement(NamedTuple):
    """A clause of the user's: as they put it, in plain words, and its content words."""

    clause: str
    words: str
    content: frozenset[str]


def told_before(hands: Hands, question: str) -> str:
    """What the user said before that answers, told back; nothing where they want nothing remembered."""
    if hands.facts.allowed is False:
        return ""
    said = hands.history.said_by_user()
    if said and said[-1].endswith(question):  # it is being asked in this line
        said = said[:-1]
    return who_is_older(question, said) or told_back(question, said)


def told_back(question: str, said: Sequence[str]) -> str:
    """The sentence that answers, told back ("You told me that Tom is 4."), or empty. said: the user's lines."""
    asked = plain(question)
    if not _asks(asked):
        return ""
    topic = _alike(content(asked) - _EMPTY)
    needed = next((sign for kind, sign in _EXPECTED if kind.search(asked)), None)
    mine = bool(_MINE.search(asked))
    if not topic:
        if mine and re.search(r"\bname\b", asked):
            topic = frozenset({"nam"})
        elif not (needed and _THIRD.search(asked)):
            return ""
    told = _linked(statement for line in corrected(said[-FURTHEST:]) for statement in _statements(line))
    verbs = _alike(content(asked)) & _alike(_COMING)
    if not topic and needed is not None and verbs:  # "When does she come?"
        topic, mine = verbs, True
    for n, (clause, words, about) in reversed(list(enumerate(told))):
        called = needed is _NAMED and bool(_CALLED.search(asked))  # "What's she called?"
        if topic <= about and (topic or _OF_SAME.match(words) or (called and _CALLED.search(words))):
            if called and not topic and not _CALLED.search(words):
                continue
            if needed is _NAMED and not _CALLED.search(words) and (name := _named_next(told[n + 1 : n + 3])):
                return f"You told me that {name}"
            if needed and not needed.search(words) and not needed.search(clause):
                continue
            if mine or _is_theirs(topic, words, clause, asked, needed is not None):
                return f"You told me that {_small(restored(to_you(words), clause), clause)}"
    return ""


def _linked(told: Iterable[Statement]) -> list[Statement]:
    """Statements of "he" are of whom was spoken of last, also a sentence or two before."""
    linked: list[Statement] = []
    of: frozenset[str] = frozenset()
    for clause, words, about in told:
        if _OF_SAME.match(words):
            about |= of
        elif not _OF_US.match(words):
            of = _alike(content(_who(words)))
        linked.append(Statement(clause, words, about))
    return linked


def _is_theirs(topic: frozenset[str], words: str, clause: str, asked: str, needed: bool) -> bool:
    """Whether a statement is of whom or what a question is about that is not of the user: who asks about the world asks
    about what a sentence of theirs begins with. words: the clause in plain ones."""
    if any(name.lower() in asked.split() for name in _NAME.findall(" ".join(clause.split()[:SUBJECT]))):
        return True
    of_the = re.search(r"\bthe\b", asked) is not None
    if needed and (of_the or _THIRD.search(asked) or _OF_SAME.match(words)):
        return True
    return (needed or of_the) and bool(topic & _alike(content(" ".join(words.split()[:3]))))


def _named_next(following: Sequence[Statement]) -> str:
    """ "I have a rabbit. His name is Fluffy.": what is said next may be the name."""
    found = next((one for one in following if _ITS_NAME.match(one.words)), None)
    return f"{_small(restored(to_you(found.words), found.clause), found.clause)}" if found else ""


def who_is_older(question: str, said: Sequence[str]) -> str:
    """Which of two is older, by the ages that the user told, or empty. said: the user's lines."""
    asked = _OLDER.match(plain(question))
    if asked is None:
        return ""
    one, other = asked["a"] or asked["c"] or asked["e"], asked["b"] or asked["d"] or asked["f"]
    ages: dict[str, int] = {}
    for line in corrected(said[-FURTHEST:]):
        for statement in _statements(line):
            if told := _AGE.match(statement.words):
                ages[told["who"]] = int(told["age"])
    if one not in ages or other not in ages:
        return ""
    apart, names = ages[one] - ages[other], [_name(name, said) for name in (one, other)]
    if apart == 0:
        return f"They are both {ages[one]}."
    older, younger = names if apart > 0 else reversed(names)
    return f"{older} is {abs(apart)} year{'' if abs(apart) == 1 else 's'} older than {younger}."


def _name(plainly: str, said: Sequence[str]) -> str:
    spelled = next((found[0] for line in said if (found := re.search(rf"\b{plainly.title()}\b", line))), plainly)
    return {"i": "You"}.get(plainly, re.sub(r"^my ", "your ", spelled))


def _asks(words: str) -> bool:
    return asks(words) or bool(_ASKED_BACK.match(words))


_OPENERS = frozenset("The A An His Her Its Their It He She They We My Our There This That".split())


def _small(back: str, clause: str) -> str:
    """In the middle of a sentence, unless it begins with a name."""
    first = back.split()[0]
    return back if first in clause.split() and first not in _OPENERS else f"{back[:1].lower()}{back[1:]}"


@lru_cache(512)
def _statements(line: str) -> tuple[Statement, ...]:
    """The statements of a line, in order; kept, since every question looks through the same lines. A tenth of a
    millisecond each when it is new."""
    told: list[Statement] = []
    for clause in _clauses(line):
        words = plain(clause)
        if _asks(words):
            continue
        about = _alike(content(words))
        if told and _OF_SAME.match(words):  # "My brother Jonas lives here and he works as a nurse."
            about |= _alike(content(_who(told[-1].words)))
        told.append(Statement(clause, words, about))
    return tuple(told)


def _who(words: str) -> str:
    """What a statement begins with, up to its verb: whom "he" in the next one means."""
    found = _UP_TO_VERB.match(words)
    return found[1] if found else ""


def _clauses(line: str) -> Iterator[str]:
    """A piece that cannot stand alone stays with the one before it."""
    whole: list[str] = []
    for piece in _SEAMS.split(line.strip()):
        if whole and not _CLAUSE.match(piece):
            whole[-1] = f"{whole[-1]} {piece}"
        elif piece:
            whole.append(_JOINED.sub("", piece))
    return (piece for piece in whole if _CLAUSE.match(piece))


def _alike(words: frozenset[str]) -> frozenset[str]:
    """Words without their endings, those of one meaning as one."""
    return frozenset(re.sub(r"(?<=...)(?:ed|e)$", "", _SAME.get(word, word)) for word in words)
