"""Which of two is bigger, heavier, faster, older: by a table (`sizes.py`), by who was born when, or by arithmetic.

Where none of them tells surely, nothing is said here, and the question goes the way of facts that are not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from visavis_agents.rules.kinds import Route, Rule, Say, rule
from visavis_agents.rules.people import person
from visavis_agents.rules.sizes import bare_name, called, is_plural, size
from visavis_agents.rules.sums import sum_of
from visavis_agents.rules.units import amount_of
from visavis_agents.tools.arithmetic import evaluate
from visavis_agents.tools.port import ToolError

# How many times as big the bigger one must be, so that it surely is: the figures of cities and animals are rough.
_TIMES = {"big": 1.25, "area": 1.03, "people": 1.3, "tall": 1.15, "high": 1.002, "long": 1.05, "heavy": 1.3,
          "fast": 1.2, "far": 1.2, "dense": 1.03, "lives": 1.3}  # fmt: skip
_APART = {"hot": 8.0, "old": 5.0}  # degrees, years
FAR = 3.0  # times: "by far"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compare. parts: of the table, in the order they are looked through; sign: whether more of it is asked
    for; amounts: kinds of amounts ("2 miles") that are compared so."""

    said: str
    parts: tuple[str, ...]
    sign: int
    amounts: tuple[str, ...] = ()


def _ways() -> dict[str, Way]:
    size, tall, old = ("big", "area", "people", "heavy"), ("tall", "high", "big"), ("old",)
    every = ("length", "weight", "volume", "time", "speed", "number")
    rows = (
        ("bigger|larger|greater|huger|more|higher", size, 1, every),
        ("smaller|tinier|littler|less|fewer|lower", size, -1, every),
        ("taller|higher", tall, 1, ("number",)),
        ("shorter|lower", (*tall, "long"), -1, ("length", "time")),
        ("longer", ("long", "big"), 1, ("length", "time")),
        ("heavier|weighs more|weigh more|weighed more", ("heavy", "dense"), 1, ("weight",)),
        ("lighter|weighs less|weigh less", ("heavy", "dense"), -1, ("weight",)),
        ("denser", ("dense",), 1, ()),
        ("faster|quicker|swifter", ("fast",), 1, ("speed",)), ("runs faster|swims faster", ("fast",), 1, ()),
        ("moves faster|travels faster|flies faster", ("fast",), 1, ()),
        ("slower|moves slower|runs slower", ("fast",), -1, ("speed",)),
        ("farther|further|farther away|further away|more distant|further off|farther off", ("far",), 1, ("length",)),
        ("closer|nearer|less far|less far away", ("far",), -1, ("length",)),
        ("closer to us|nearer to us|closer to earth|nearer to earth", ("far",), -1, ()),
        ("hotter|warmer", ("hot",), 1, ()),
        ("colder|cooler", ("hot",), -1, ()),
        ("older|more ancient|built first|built earlier|invented first|invented earlier", old, -1, ()),
        ("younger|newer|built later|invented later", old, 1, ()),
        ("live longer|lives longer|gets older|get older", ("lives",), 1, ()),
        ("live shorter|lives shorter", ("lives",), -1, ()),
    )  # fmt: skip
    found: dict[str, Way] = {}
    for names, parts, sign, amounts in rows:
        for name in names.split("|"):
            one = Way(name, parts, sign, amounts)
            other = found.get(name)
            found[name] = (
                one if other is None else Way(name, (*one.parts, *other.parts), sign, (*amounts, *other.amounts))
            )
    return found


_WAYS = _ways()
_AS = {"big": "bigger", "large": "larger", "tall": "taller", "high": "higher", "long": "longer", "heavy": "heavier",
       "fast": "faster", "far away": "further away", "hot": "hotter", "old": "older", "much": "more"}  # fmt: skip


_PARTS_OF = {"half": 2, "third": 3, "3rd": 3, "quarter": 4, "tenth": 10, "hundredth": 100, "thousandth": 1000}
_PARTS_OF |= {f"{n}th": n for n in (*range(4, 13), 20, 100, 1000)}
_TH = ("fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_FRACTION = re.compile(rf"(?:(\d+|an?|one|two) )?({'|'.join(_PARTS_OF)})s?(?: of it)?")


def number(text: str) -> float | None:
    """ "2 thirds" -> 0.667, "20 percent" -> 0.2, "3 times 4" -> 12; None where it is no number."""
    text = text.removeprefix("minus ") if (negative := text.startswith("minus ")) else text
    value: float | None = None
    if found := _FRACTION.fullmatch(text):
        count = {None: 1, "a": 1, "an": 1, "one": 1, "two": 2}.get(found[1])
        value = (int(found[1]) if count is None else count) / _PARTS_OF[found[2]]
    elif found := re.fullmatch(r"(\d+(?:\.\d+)?)(?: (percent))?", text):
        value = float(found[1]) / (100 if found[2] else 1)
    elif found := re.fullmatch(r"(\d+)/(\d+)", text):
        value = int(found[1]) / int(found[2]) if int(found[2]) else None
    elif text in ("a dozen", "one", "two", "zero"):
        value = {"a dozen": 12.0, "one": 1.0, "two": 2.0}.get(text, 0.0)
    elif expression := sum_of(text):
        try:
            value = evaluate(expression)
        except ToolError:
            return None
    return -value if negative and value is not None else value


def _amounts(a: str, b: str, way: Way) -> tuple[float, float, bool] | None:
    """Both in one unit, and whether a different stuff is measured ("a kilo of feathers")."""
    if "number" in way.amounts and (x := number(a)) is not None and (y := number(b)) is not None:
        return x, y, False
    bare = [re.sub(r" of [a-z ]+$", "", one) for one in (a, b)]
    one, other = amount_of(bare[0]), amount_of(bare[1])
    if one and other and one[0] == other[0] and one[0] in way.amounts:
        return one[1], other[1], bare != [a, b]
    return None


def compared(a: str, b: str, way: Way) -> int | None:
    """1: a is more so than b (-1: b than a, 0: neither, 2: a by far, -2: b by far); None: not known surely."""
    if (both := _amounts(a, b, way)) is not None:
        x, y, _ = both
        return way.sign * ((x > y) - (x < y)) if abs(x - y) > 1e-9 * max(abs(x), abs(y)) else 0
    for part in way.parts:
        x_known, y_known = size(bare_name(a), part), size(bare_name(b), part)
        if x_known is None or y_known is None or x_known == y_known:
            continue
        if part in _APART:
            sure, far = abs(x_known - y_known) >= _APART[part], False
        else:
            ratio = max(x_known, y_known) / min(x_known, y_known)
            sure, far = ratio >= _TIMES[part], ratio >= FAR
        if sure:
            return way.sign * (1 if x_known > y_known else -1) * (2 if far else 1)
    return None


def _answer(a: str, b: str, way: Way, asked: bool) -> Route:
    """asked: whether it is so, so that a yes or no comes first."""
    if (
        "old" in way.parts
        and (one := person(a))
        and (other := person(b))
        and one.born.isdigit()
        and other.born.isdigit()
    ):
        if one is other or one.born == other.born:
            return None
        born = f"{one.name} was born in {one.born}, and {other.name} in {other.born}."
        return Say(
            f"{'Yes' if (int(one.born) < int(other.born)) == (way.sign < 0) else 'No'}: {born}" if asked else born
        )
    made = compared(a, b, way)
    if made is None:
        return None
    if made == 0:
        both = _amounts(a, b, way)
        stuff = " A kilo is a kilo, whatever it is of." if both and both[2] and "kilo" in a else ""
        return Say(f"{'No, they' if asked else 'They'} are the same.{stuff}")
    more, less = (a, b) if made > 0 else (b, a)
    verb, said = _said_of(way.said, is_plural(more), "are" if is_plural(more) and number(more) is None else "is")
    told = " ".join(f"{called(more)} {verb} {said} than {called(less)}".split())
    told = re.sub(r"\b3rd", "third", re.sub(r"\b([4-9])th\b", lambda f: _TH[int(f[1]) - 4], told))
    told = told.replace(" first than ", " before ").replace("built earlier than", "built before")
    by_far = ", by far" if abs(made) == 2 else ""
    if asked:
        return Say(f"{'Yes' if made > 0 else 'No'}, {told}{by_far}.")
    return Say(f"{told[:1].upper()}{told[1:]}{by_far}.")


_ACTS = ("weigh", "run", "move", "travel", "swim", "live", "get", "fly")
_STEMS = {form: act for act in _ACTS for form in (act, f"{act}s", f"{act}ed")} | {"flies": "fly"}


def _said_of(said: str, several: bool, be: str) -> tuple[str, str]:
    """The verb of a comparison and the rest: "is", "bigger"; "", "runs faster"; "was", "built first"."""
    first, _, rest = said.partition(" ")
    if first in ("built", "invented"):
        return "were" if several else "was", said
    if (act := _STEMS.get(first)) is None:
        return be, said
    return "", f"{act if several else 'flies' if act == 'fly' else f'{act}s'} {rest}"


def _which(found: re.Match[str], _: str) -> Route:
    return _answer(found["a"], found["b"], _WAYS[found["way"]], False)


def _is_it(found: re.Match[str], _: str) -> Route:
    return _answer(found["a"], found["b"], _WAYS[found["way"]], True)


def _as(found: re.Match[str], _: str) -> Route:
    made = compared(found["a"], found["b"], _WAYS[_AS[found["as"]]])
    if made is None:
        return None
    if made == 0:
        return Say("Yes, they are the same.")
    return _answer(found["a"], found["b"], _WAYS[_AS[found["as"]]], made < 0)


_WAY = rf"(?P<way>{'|'.join(sorted(_WAYS, key=len, reverse=True))})"
_THING = (
    r"(?:one|animal|thing|number|country|city|planet|mountain|river|building|tower|word|car|side|"
    r"of (?:the two|these|them|both))"
)
_BE = r"(?:is|are|was|were|has|would be|can|do|does|will)"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:which|what|who)(?: {_THING})?(?: {_BE})?(?: the)?(?: run| move| go| fly| swim)? {_WAY}"
        r"(?: from (?:us|here|earth)| number| one| animal| country| city| thing)? (?P<a>(?!than ).+?) or (?P<b>.+)$",
        _which,
    ),
    rule(rf"^(?:is it )?(?P<a>.+?) or (?P<b>.+?) (?:which|what|who)(?: one)?(?: {_BE})? {_WAY}$", _which),
    rule(
        rf"^{_BE} (?P<a>.+?)(?: (?:much|a lot|really|far|any))?(?: run| move| go| fly| swim)? {_WAY} than (?P<b>.+)$",
        _is_it,
    ),
    rule(rf"^is (?P<a>.+?) as (?P<as>{'|'.join(_AS)}) as (?P<b>.+)$", _as),
)  # fmt: skip
