"""What is said to correct or to carry on the request before: "No, I meant fifteen minutes.", "And of Italy?"

The request before is said anew with the new words in it (`slots.py`), and that is taken only where a rule then knows
what to do just as it did before: so a sentence that only looks like a correction changes nothing. Pure; the words of
the user are all it reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from visavis_agents.plain import plain
from visavis_agents.rules.amends import Turn, heard, within
from visavis_agents.rules.doubt import asks
from visavis_agents.rules.kinds import Call, Route, Say
from visavis_agents.rules.referring import referred
from visavis_agents.rules.slots import put
from visavis_agents.rules.sums import plain_sum, sum_of

BACK = 3  # of the user's requests that a plain correction may mean
TRIED = 5  # ways to put a thing into a request
MOST_WORDS = 6  # of a thing that is named
Rules = Callable[[str], Route]  # what rules make of a request


@dataclass(frozen=True, slots=True)
class Anew:
    """The whole request in plain words, with the capitals that it had; what is made of it, and of the one it corrects.
    sure: something of the same kind was in its place, a day where a day is said."""

    text: str
    made: Route
    was: Route
    corrects: bool
    sure: bool = False


_OPERATION = re.compile(r"^(?:plus|minus|times|divided by|multiplied by|over|less) (?:minus )?\d+(?:\.\d+)?(?: more)?$")
_SHARE = re.compile(r"^(plus|minus) (\d+(?:\.\d+)?) percent(?: (?:tax|vat|tip|discount|interest))?$")
_LAST_OPERATION = re.compile(r" (?:plus|minus|times|divided by|multiplied by|over|less) (?:minus )?\d+(?:\.\d+)?$")
_WHICH_DAY = re.compile(r"^(?:what|which) (?P<what>day|date|weekday|day of the week) (?:is|will) (?:that|it)(?: be)?$")
_ONCE_MORE = re.compile(
    r"^(?:(?:flip|roll|toss|throw|pick|choose|do|try)(?: (?:it|one|them|that))? )?(?:again|another(?: one| number)?|"
    r"once more|one more(?: time)?)$"
)
_STATES = re.compile(r"^(?:i|my|we|our|the|he|she|they|it)\b|^\w+(?: and \w+)? (?:is|are|was|were)\b")
_CLAUSE = re.compile(
    r"\b(?:i|you|we|they|he|she|it|am|is|are|was|were|have|has|had|do|does|did|not|will|can|should|would|want|need)\b"
)
_BESIDES = re.compile(r"\b(?:another|also|too|as well|more|second|2nd|both|besides)\b")
_ASKED_FOR = re.compile(r"^(?:how (?:many [a-z]+|[a-z]+)|(?:what|which) [a-z]+|who|when|where|why|what)(?= |$)")
_FACTS = ("told", "remember")
_TAKES_ALL = frozenset("told remember set_timer set_alarm use_list draw tell_story watch_for".split())  # any words do


def anew(text: str, earlier: Sequence[str], rules: Rules) -> Anew | None:
    """text: one turn of the user; earlier: their lines before, oldest first; rules: what they make of a whole request.

    None: it is neither a correction nor one more question, or it cannot be told of what."""
    if found := within(text):
        at_once = heard(found[1])
        made = _against(at_once and replace(at_once, plainly=True), found[1], found[0], rules)
        if made is not None and made.was is not None:
            return replace(made, corrects=False)  # nothing has been done yet
    turn = heard(text)
    if earlier and _ONCE_MORE.match(plain(text)):
        was = _made(rules, earlier[-1])
        return Anew(earlier[-1], was, was, False) if isinstance(was, Call) and was.tool == "chance" else None
    if turn is None:
        return None
    if not turn.corrects and asks(turn.value):
        if (day := _WHICH_DAY.match(turn.value)) and earlier and isinstance(was := _made(rules, earlier[-1]), Call):
            named = was.arguments.get("day", "") if was.tool == "calendar" else ""
            request = f"what {day['what']} is {named}"
            return Anew(request, _made(rules, request), was, False) if named else None
        if made := _asked_so(turn, earlier, rules) or _referring(turn, text, earlier, rules):
            return made
    for n, line in enumerate(reversed(earlier[-BACK:] if turn.corrects else earlier[-1:])):
        if (made := _against(turn, text, line, rules, newest=n == 0)) is not None:
            return made
        if put_right(text, line):
            return None  # it is about what they told
    return None


def whole(lines: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """The user's last requests, each as a whole one: "And Spain?" -> "what is the capital of Spain". As many as are
    looked back to."""
    told: tuple[str, ...] = ()
    for line in lines[-2 * BACK :]:
        told = (*told[-BACK:], _whole(told, line, rules))
    return told


@lru_cache(64)
def _whole(earlier: tuple[str, ...], line: str, rules: Rules) -> str:
    made = anew(line, earlier, rules)
    return line if made is None else made.text


def at_once(line: str) -> str:
    """A statement that was corrected in the same breath, put right, or empty: "Lena is twelve, no, thirteen." """
    found = within(line)
    return put_right(found[1], found[0]) if found else ""


def corrected(lines: Sequence[str]) -> list[str]:
    """What the user told, with what they corrected put right."""
    told: list[str] = []
    for line in lines:
        if right := at_once(line):
            told.append(right)
        elif told and (right := put_right(line, told[-1])):
            told[-1] = right
        else:
            told.append(line)
    return told


@lru_cache(128)
def put_right(line: str, before: str) -> str:
    """The user's statement before with what was wrong in it put right by `line`, or empty."""
    turn, words = heard(line), re.sub(r"\btwo\b", "2", plain(before))
    if turn is None or not turn.corrects or asks(words) or not _STATES.match(words):
        return ""
    told = next(((made, sure) for made, sure in _ways(turn, words)), None)
    fits = told and (told[1] or turn.plainly or (turn.named and not _CLAUSE.search(turn.value)))
    return _cased(told[0], turn, before, line) if told and fits else ""


def _ways(turn: Turn, words: str) -> list[tuple[str, bool]]:
    """The request before in plain words with the new ones in it."""
    if turn.old and turn.old == turn.value:  # "not Paris London": which is which shows in the request
        said = turn.value.split()
        for n in range(len(said) - 1, 0, -1):
            if re.search(rf"\b{re.escape(' '.join(said[:n]))}\b", words):
                return list(put(words, " ".join(said[n:]), " ".join(said[:n])))
        return []
    return list(put(words, turn.value, turn.old))


def _against(turn: Turn | None, text: str, line: str, rules: Rules, newest: bool = True) -> Anew | None:
    """What `text` makes of the request `line`, or None. newest: else only what surely fits is put into it."""
    if turn is None:
        return None
    words = plain(line)
    was = _made(rules, line)
    itself = _made(rules, turn.value)
    if isinstance(itself, Call) or (isinstance(itself, Say) and (asks(turn.value) or len(turn.value.split()) > 4)):
        if not turn.corrects:
            return None
        alike = _alike(was, itself)
        request = _cased(turn.value, turn, line, text)
        instead = alike and newest and not _BESIDES.search(turn.value)
        fits = instead or (turn.plainly and newest and isinstance(itself, Call))
        return Anew(request, _made(rules, request), was, instead) if fits else None
    if (_OPERATION.match(turn.value) or _SHARE.match(turn.value)) and (expression := _carried_on(words, turn)):
        return _checked(expression, was, turn, rules)
    if (was is None and not asks(words)) or (turn.result and not (isinstance(was, Call) and was.tool in _FACTS)):
        return None
    vague = not newest or bool(_CLAUSE.search(turn.value)) or len(turn.value.split()) > MOST_WORDS
    for n, (request, sure) in enumerate(_ways(turn, words)):
        if not sure and (vague or n >= (TRIED if was else TRIED - 2)):
            break
        made = _checked(_cased(request, turn, line, text), was, turn, rules, sure)
        if made is not None:
            return made
    return None


def _checked(request: str, was: Route, turn: Turn, rules: Rules, sure: bool = False) -> Anew | None:
    """sure: the same may be answered: nobody knows the weather of tomorrow either."""
    made = _made(rules, request)
    if made is None or (made == was and not sure) or not (was is None or _alike(was, made)):
        return None
    if isinstance(made, Call) and made.tool in _TAKES_ALL and not (sure or turn.plainly or turn.named):
        return None
    return Anew(request, made, was, turn.corrects, sure)


@lru_cache(128)
def _made(rules: Rules, request: str) -> Route:
    return rules(request)


def _alike(was: Route, made: Route) -> bool:
    if isinstance(was, Call) and isinstance(made, Call):
        clocks = ("set_timer", "set_alarm")
        return (
            was.tool == made.tool
            or (was.tool in clocks and made.tool in clocks)
            or {was.tool, made.tool} <= {"time_and_date", "calendar"}
        )
    return isinstance(was, Say) and isinstance(made, Say)


def _carried_on(words: str, turn: Turn) -> str:
    """ "And minus 7?" after a sum goes on from its result; "No, minus 7." is another way to go on in the sum."""
    asked = re.sub(r"^(?:what is|how much is|calculate) ", "", words)
    if share := _SHARE.match(turn.value):
        factor = 1 + float(share[2]) / 100 * (1 if share[1] == "plus" else -1)
        return f"what is {_LAST_OPERATION.sub('', asked) if turn.corrects else _result(asked)} times {factor:.6g}"
    if turn.corrects:
        return f"what is {_LAST_OPERATION.sub('', asked)} {turn.value}"
    result = _result(asked)
    return f"what is {result} {turn.value.removesuffix(' more')}" if result else ""


def _result(asked: str) -> str:
    expression = sum_of(asked)
    result = plain_sum(expression) if expression else None
    return result.removeprefix("about ") if result else ""


def _asked_so(turn: Turn, earlier: Sequence[str], rules: Rules) -> Anew | None:
    """ "And how many days?" after "How many weeks are in a year?"."""
    asked = _ASKED_FOR.match(turn.value)
    if asked is None or not earlier or not (was := _ASKED_FOR.match(line := plain(earlier[-1]))):
        return None
    request = f"{turn.value}{line[was.end() :]}" if asked.end() == len(turn.value) else ""
    made = _made(rules, request) if request and request != line else None
    return Anew(request, made, _made(rules, line), False) if made is not None else None


def _referring(turn: Turn, text: str, earlier: Sequence[str], rules: Rules) -> Anew | None:
    """ "And what does it eat?" after something was asked of a dog."""
    for asked in referred(turn.value, [plain(line) for line in earlier]):
        request = _cased(asked, turn, earlier[-1], text)
        if isinstance(made := _made(rules, request), Say):
            return Anew(request, made, _made(rules, earlier[-1]), False)
    return None


def _cased(words: str, turn: Turn, *said: str) -> str:
    """Plain words with the capitals that they had in what was said."""
    for text in said:
        for capital in re.findall(r"(?<=[\w,] )[A-Z][\w'-]*", text):
            if not re.match(r"I\b", capital):
                words = re.sub(rf"\b{re.escape(capital.lower())}\b", capital, words)
    first = turn.value.split(" ")[0]
    if turn.old and re.search(rf"(?<=\w ){re.escape(turn.old.split()[0].capitalize())}\b", said[0]):
        words = re.sub(rf"\b{re.escape(first)}\b", first.capitalize(), words)
    return words
