"""Lists and charts: "make a shopping list: milk, eggs", "add bread", "what's on the list?", "plot 3, 5 and 8"."""

from __future__ import annotations

import re

from visavis_agents.plain import digits, without_fillers
from visavis_agents.rules.kinds import Call, Make, Route, Rule, rule

_ITEMS = re.compile(r"\s*(?:,|;|\band\b|\bplus\b|\bas well as\b|\n)\s*", re.IGNORECASE)
_OF_LIST = r"(?:the |my |our |that |a |this )?(?P<name>(?:[a-z'-]+ ){0,2}?)list"
_NOT_KINDS = frozenset("the my our a that this new long short".split())
_PAIR = re.compile(
    r"(?P<label>[a-z][a-z' ]*?)?[ :=]*(?:is|are|has|have|had|was|were|with|at|of)?[ :]*(?P<value>-?\d+(?:\.\d+)?)"
    r"(?: ?(?P<unit>%|percent|kilometers?|km|kilograms?|kg|euros?|dollars?|degrees|minutes|hours|years|people|points))?"
    r"(?: (?P<after>(?!and\b)[a-z][a-z']*))?"
)


def things(text: str) -> tuple[str, ...]:
    """ "milk, eggs and some bread" -> ("milk", "eggs", "some bread")."""
    parts = [part.strip(" .!?:\"'") for part in _ITEMS.split(without_fillers(text))]
    return tuple(part[:1].lower() + part[1:] if part[1:2].islower() else part for part in parts if part)


def _after(mark: str, text: str) -> str:
    """What was said after a word, as it was said."""
    found = re.search(
        rf"\b{mark}\b\s*(?:of things|for me|please)?\s*[:,-]?\s*(?:with|of|for|and put on it|it has)?\s*[:,]?"
        r"\s*(?P<rest>.*)$",
        text,
        re.I | re.S,
    )
    return found["rest"] if found else ""


def _name(found: re.Match[str]) -> str:
    return " ".join(word for word in (found["name"] or "").split() if word not in _NOT_KINDS)


def _make(found: re.Match[str], text: str) -> Route:
    items, name = things(_after("list", text)), _name(found)
    return Call("use_list", {"do": "make", "items": items, "name": name})


def _put(do: str, verbs: str, joins: str) -> Make:
    cut = re.compile(
        rf"\b(?:{verbs})\b\s+(?P<items>.+?)\s+\b(?:{joins})\b\s+(?:the |my |our |that |a |this )?"
        r"(?:[\w'-]+ ){0,2}?list\b",
        re.I,
    )

    def make(found: re.Match[str], text: str) -> Route:
        said = cut.search(text)
        if said is None:
            return None
        return Call("use_list", {"do": do, "items": things(said["items"]), "name": _name(found)})

    return make


_OFF = r"(?: (?:off|out|away|down|from it|off it|from there|again))"
_TAKEN = re.compile(
    rf"^(?:remove|delete|take|cross|strike|scratch|drop|leave){_OFF}? "
    rf"(?P<items>(?!it\b|that\b|a |.*\blist$)[a-z].{{1,60}}?){_OFF}*$"
)
_IS_THERE = (
    r"^(?:is|are|have (?:i|we) got|do (?:i|we) have|did (?:i|we) (?:put|add)) (?:the |there )?(?P<items>[a-z' ]{2,40}?)"
    r"(?: already| still)? (?:on|in) "
)
_IS_ON = re.compile(rf"{_IS_THERE}(?:it|there)(?: already| too| yet)?$")


def followed_up(words: str, before: str, text: str) -> Route:
    """ "Add bread." after something was said of a list."""
    last = re.split(r"(?<=[.!?])\s+", before)[-1]
    if not re.search(r"\b(?:your|Your) (?:[\w'-]+ ){0,2}list\b|What shall be on it\?$", before) or "?" in last[:-1]:
        return None
    if found := re.match(
        r"^(?:and |also |please )*(?:add|put)(?: on)? (?P<items>[a-z].{1,100}?)(?: (?:to it|on it|too|as well))?$",
        words,
    ):
        said = re.search(
            r"\b(?:add|put)\b\s+(?:on\s+)?(?P<items>.+?)(?:\s+(?:to it|on it|too|as well|please))*\W*$", text, re.I
        )
        return Call("use_list", {"do": "add", "items": things(said["items"] if said else found["items"])})
    if found := _TAKEN.match(words):
        return Call("use_list", {"do": "remove", "items": things(found["items"])})
    if found := re.match(
        r"^(?:tick(?: off)?|check(?: off)?|cross off|i (?:have )?(?:done|bought|got|made|finished|cleaned|had|did)|"
        r"i have) (?:the )?(?P<items>[a-z].{1,60})$",
        words,
    ):
        return Call("use_list", {"do": "tick", "items": things(found["items"])})
    if found := _IS_ON.match(words):
        return Call("use_list", {"do": "has", "items": things(found["items"])})
    if re.match(
        r"^what (?:is|are|do i have|have i)(?: still| else)? (?:left|missing|open|to do|to buy)(?: on it)?$", words
    ):
        return Call("use_list", {"do": "read"})
    if (
        before.endswith("What shall be on it?")
        and len(words.split()) <= 30
        and not re.match(r"^(?:what|how|when|who|nothing|no)\b", words)
    ):
        return Call("use_list", {"do": "add", "items": things(text)})
    return None


def numbers(text: str) -> tuple[tuple[str, ...], tuple[float, ...], str]:
    """Labels, values and the unit of what was said: "apples 5, pears 3" or "5 apples and 3 pears", or only numbers."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", digits(text.lower()))
    labels: list[str] = []
    values: list[float] = []
    units: set[str] = set()
    for part in re.split(r"\s*(?:,|;|\band\b|\bversus\b|\bto\b|\bagainst\b)\s*|(?<=\d)\s+(?=-?\d)", text):
        for found in _PAIR.finditer(part):
            label = (found["label"] or found["after"] or "").strip()
            label = re.sub(r"^(?:the|in|on|for|of|with|a) ", "", label) or f"{len(values) + 1}"
            labels.append(label[:1].upper() + label[1:])
            values.append(float(found["value"]))
            units.add(found["unit"] or "")
    unit = units.pop() if len(units) == 1 else ""
    return tuple(labels), tuple(values), {"percent": "%"}.get(unit, unit)


_BEFORE = re.compile(
    r"(?i)^.*?\b(?:numbers|values|data|figures|(?:chart|graph|diagram)s?|compare|plot)\b\s*"
    r"(?:of|from|with|for|the following)?\s*[:,]?\s*(?:the |these |following )*(?:numbers|values|figures|data)?\s*[:,]?"
)


def _chart(found: re.Match[str], text: str) -> Route:
    form = next((form for form in ("pie", "line") if re.search(rf"\b{form}\b", found[0])), "bar")
    data = _BEFORE.sub("", text)
    labels, values, unit = numbers(data)
    if len(values) < 2:
        return None
    return Call(
        "compare_numbers", {"labels": labels, "values": values, "form": form, **({"unit": unit} if unit else {})}
    )


def _read(found: re.Match[str], _: str) -> Route:
    return Call("use_list", {"do": "read", "name": (found.groupdict().get("name") or "").strip()})


def _clear(found: re.Match[str], _: str) -> Route:
    return Call("use_list", {"do": "clear", "name": _name(found)})


_TAKE = "remove|delete|take|cross|strike|scratch"
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:make|start|create|write|begin|open|i need|let us make|note)(?: me| us| down)? (?:an? |the |my )?(?:new )?"
        r"(?P<name>(?:[a-z'-]+ ){0,2}?)list\b(?! of (?:all|the) \w+ (?:in|that)).*$",
        _make,
    ),
    rule(rf"^(?:add|put|write|note)\b.* (?:to|on|onto) {_OF_LIST}$", _put("add", "add|put|write|note", "to|on|onto")),
    rule(rf"^(?:{_TAKE})\b.* (?:from|off|out of) {_OF_LIST}$", _put("remove", _TAKE, "from|off|out of")),
    rule(rf"^(?:tick|check|mark)\b.* (?:off|on|from) {_OF_LIST}$", _put("tick", "tick|check|mark", "off|on|from")),
    rule(
        r"^(?:what is|what do i have|what have i|what was|what all is|(?:is there )?anything)"
        rf"(?: still| left| else)* on {_OF_LIST}(?: now| still| again)?$",
        _read,
    ),
    rule(
        r"^(?:show|read|tell|give|open)(?: me| us)?(?: what is on)? (?:the |my |our )(?P<name>(?:[a-z'-]+ )?)list"
        r"(?: again| aloud)?$",
        _read,
    ),
    rule(
        rf"{_IS_THERE}{_OF_LIST}(?: already| too| yet)?$",
        lambda f, t: Call("use_list", {"do": "has", "items": things(f["items"]), "name": _name(f)}),
    ),
    rule(rf"^(?:clear|empty|erase|delete|throw away|start over with) {_OF_LIST}$", _clear),
    rule(
        r"^what (?:do|should|must) (?:i|we) (?:need to |have to |still )?(?:buy|get from the (?:shop|store))$",
        Call("use_list", {"do": "read", "name": "shopping"}),
    ),
    rule(
        r"^(?:show|make|draw|give|plot|create|paint)?(?: me| us)? ?(?:an? |the )?(?:(?:bar|line|pie|column) )?"
        r"(?:chart|graph|diagram|plot)\b.*\d.*$",
        _chart,
    ),
    rule(r"^(?:compare|plot|chart|graph|visualise|visualize)\b.*\d.*\d.*$", _chart),
)
