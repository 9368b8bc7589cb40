"""What a request holds that another word can take the place of: a duration, a number, a day, a country, its last thing.

"What is the capital of France?" with "Italy" in it asks for Rome. Works on plain words (`plain.py`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from visavis_agents.rules.clock_words import MONTHS, WEEKDAYS
from visavis_agents.rules.known import place

_NUMBER = r"(?:minus |-)?\d+(?:\.\d+)?"
_TIME_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|days?|weeks?)"
_DURATION = (
    rf"(?:half an|a quarter of an|an? (?:couple of|few)|\d+(?:\.\d+)?|an?|one)(?: and a half)?[ -]{_TIME_UNIT}"
    rf"(?: and a half)?(?:(?: and)? \d+ {_TIME_UNIT})?"
)
_CLOCK = (
    r"(?:(?:half past|(?:a )?quarter (?:past|to)|\d+ (?:minutes? )?(?:past|to)) \d{1,2}|"
    r"\d{1,2}(?:[: .]\d{2})?(?: o'?clock)?|noon|midnight|midday)(?: ?[ap]m)?(?: in the (?:morning|afternoon|evening))?"
)
_DAY = (
    rf"(?:(?:next |this )?(?:{'|'.join(WEEKDAYS)})|the day after tomorrow|today|tomorrow|yesterday|tonight|"
    rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{'|'.join(MONTHS)})|"
    rf"(?:{'|'.join(MONTHS)})(?: (?:the )?\d{{1,2}}(?:st|nd|rd|th)?)?|"
    r"christmas(?: eve| day)?|new year'?s?(?: eve| day)?|halloween|easter|valentine'?s?(?: day)?|independence day)"
)
_PERIOD = r"(?:this|next|last) (?:year|month|week|weekend)"
_ORDINAL = r"(?:(?:the )?(?:\d+(?:st|nd|rd|th)|first|second|third|last))"
_COLOUR = (
    r"(?:red|blue|green|yellow|black|white|brown|orange|pink|purple|violet|gr[ea]y|turquoise|golden?|silver|beige)"
)
_AT = re.compile(rf"\b(?:alarm|wake|remind|at|until|by)\b.*?(?P<slot>{_CLOCK})(?! (?:{_TIME_UNIT}|percent)\b)\b")
_KINDS = tuple(  # a value of this kind takes the place of the last one of the same kind
    (re.compile(rf"(?:in |for |to |at |on )?({kind})"), re.compile(rf"\b(?P<slot>{kind})(?![\w:'])"))
    for kind in (_DURATION, _DAY, _PERIOD, _ORDINAL, _COLOUR)
)
_EITHER = re.compile(r"\b(?P<slot>(?:an? |the )?[a-z]+ or (?:an? |the )?[a-z]+)$")
_ON_LIST = re.compile(r"^(?:add|put|write|note) (?P<slot>.+) (?:to|on|onto) (?:[a-z'-]+ ){0,3}list$")
_MEASURE = re.compile(rf"(?:in |for |of )?({_NUMBER}) ?([a-z]+)")
_BARE = re.compile(rf"(?:to |for |at |by |of |the )*({_NUMBER})")
_A_UNIT = re.compile(rf"\b(?P<slot>an?|one)(?= {_TIME_UNIT}\b)")
_PHRASE = re.compile(
    r"(?P<mark>than|until|till|before|after|since|of|in|into|for|to|at|about|from|with|between|by|on|as) (?P<rest>.+)"
)
_STOPS = frozenset(
    """a an the of in into on at to for from by with about between and or than as what who whom whose which where when
    why how is are was were be been am do does did can could will would should has have had it he she they there this
    that these those me my you your we our i us tell say said said name give spell write wrote painted paint composed
    invented discovered built founded made born die died live lives lived eat eats drink mean means cost speak speaks
    spoken use used called named word words long old tall high far big heavy much many fast deep large hot cold rhymes
    start starts started begin began end ended happen sleep fly swim run taller bigger older smaller longer larger
    faster higher far away his her its their him them going go went like likes love loves than next last week month year
    rhyme backwards letters sound make makes opposite synonym another find know show many people remind wake set add put
    call noise""".split()
)
_ARTICLE = re.compile(r"^(?:an?|the) ")
MOST = 8  # ways to put a value into a request


def put(request: str, value: str, old: str = "") -> Iterator[tuple[str, bool]]:
    """The request with the value in it, likeliest first, and whether it took the place of something of its kind.

    request, value, old: plain words. old: what the value shall take the place of, or empty if that was not said."""
    found = 0
    for words, sure in _ways(request, value, old):
        if words != request:
            yield words, sure
            found += 1
        if found == MOST:
            return


def _ways(request: str, value: str, old: str) -> Iterator[tuple[str, bool]]:
    if old and (at := _last(re.compile(rf"\b(?P<slot>{re.escape(_ARTICLE.sub('', old))})\b"), request)):
        yield _with(request, at, _bare(value, request[: at.start()])), True
        return
    if at := _ON_LIST.match(request):
        yield _with(request, at, value), False
    if " or " in value and (at := _last(_EITHER, request)):
        yield _with(request, at, value), True
    if made := _clock(request, value):
        yield made, True
    for whole, slot in _KINDS:
        if (kind := whole.fullmatch(value)) and (at := _last(slot, request)):
            yield _with(request, at, kind[1].removeprefix("on ")), True
    yield from _numbers(request, value)
    if named := _place(request, value):
        start, end, name = named
        yield f"{request[:start]}{name}{request[end:]}", True
    if phrase := _PHRASE.fullmatch(value):
        marked = re.compile(rf"\b{phrase['mark']} (?P<slot>(?!.*\b{phrase['mark']}\b).+)$")
        if at := _last(marked, request):
            tail = re.search(r" (?:in|for|to|at|about|from|on) .+$", at["slot"])
            kept = at["slot"][tail.start() :] if tail else ""
            if kept:
                yield _with(request, at, phrase["rest"] + kept), False
            yield _with(request, at, phrase["rest"]), False
        elif phrase["mark"] in ("about", "in", "for"):
            yield f"{request} {value}", False
    for start, end in things(request):
        bare = _bare(value.removeprefix(phrase["mark"] + " ") if phrase else value, request[:start])
        yield f"{request[:start]}{bare}{request[end:]}", False
        if bare != value and not phrase and (article := re.search(r"\b(?:an?|the) $", request[:start])):
            yield f"{request[: article.start()]}{value}{request[end:]}", False


def _clock(request: str, value: str) -> str:
    at = _AT.search(request)
    said = re.fullmatch(rf"(?:at |to |for )?({_CLOCK})", value)
    return _with(request, at, said[1]) if at and said else ""


def _numbers(request: str, value: str) -> Iterator[tuple[str, bool]]:
    if found := _MEASURE.fullmatch(value):
        unit = found[2].removesuffix("s")
        if at := _last(re.compile(rf"\b(?P<slot>{_NUMBER} ?{re.escape(unit)}s?)\b"), request):
            yield _with(request, at, f"{found[1]} {found[2]}"), True
        elif at := _last(re.compile(rf"\b(?P<slot>{_NUMBER} [a-z]+)\b"), request):
            yield _with(request, at, f"{found[1]} {found[2]}"), False
    if (found := _BARE.fullmatch(value)) and (
        at := _last(re.compile(rf"(?<![\w.])(?P<slot>{_NUMBER})(?![\w.])"), request) or _last(_A_UNIT, request)
    ):
        yield _with(request, at, found[1]), True


def _place(request: str, value: str) -> tuple[int, int, str] | None:
    """Where the request names a country, if the value is one, and what to say there."""
    name = re.sub(r"^(?:in|of|for|from|to|the) (?:the )?", "", value)
    if not 1 <= len(name.split()) <= 3 or not place(name):
        return None
    words = [(found.start(), found.end()) for found in re.finditer(r"\S+", request)]
    for size in (3, 2, 1):
        for first in range(len(words) - size, -1, -1):
            start, end = words[first][0], words[first + size - 1][1]
            if (said := request[start:end]) not in _STOPS and _is_place(said):
                return start, end, name
    return None


def place_in(request: str) -> str:
    """The country that a request names last, or empty."""
    words = request.split()
    for last in range(len(words), 0, -1):
        for first in range(max(0, last - 3), last):
            said = " ".join(words[first:last])
            if said not in _STOPS and _is_place(said):
                return said.removeprefix("the ")
    return ""


@lru_cache(512)
def _is_place(words: str) -> bool:
    return words.split()[0] not in ("in", "of", "for", "from", "to") and place(words) == words.removeprefix("the ")


def things(request: str) -> Iterator[tuple[int, int]]:
    """Where the things are that a request speaks of, the last one first."""
    runs: list[tuple[int, int]] = []
    last = -2
    for n, word in enumerate(re.finditer(r"\S+", request)):
        if word[0] in _STOPS:
            continue
        if last == n - 1:
            runs[-1] = (runs[-1][0], word.end())
        else:
            runs.append((word.start(), word.end()))
        last = n
    yield from reversed(runs)


def _bare(value: str, before: str) -> str:
    """Without its article where one stands there already."""
    return _ARTICLE.sub("", value) if re.search(r"\b(?:an?|the|my|your) $", before) else value


def _last(pattern: re.Pattern[str], request: str) -> re.Match[str] | None:
    return max(pattern.finditer(request), key=lambda found: found.start(), default=None)


def _with(request: str, at: re.Match[str], value: str) -> str:
    return f"{request[: at.start('slot')]}{value}{request[at.end('slot') :]}"
