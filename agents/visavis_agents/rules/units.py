"""One measure in another: lengths, weights, volumes, times, speeds, temperatures."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Route, Rule, Say, rule

# kind: how many of the kind's first unit each holds; names as spoken, singular first where it matters
_SIZES: dict[str, dict[str, float]] = {
    "length": {
        "meter": 1, "metre": 1, "kilometer": 1000, "kilometre": 1000, "km": 1000, "k": 1000, "centimeter": 0.01,
        "centimetre": 0.01, "cm": 0.01, "millimeter": 0.001, "millimetre": 0.001, "mm": 0.001, "mile": 1609.344,
        "foot": 0.3048, "feet": 0.3048, "inch": 0.0254, "inches": 0.0254, "yard": 0.9144,
    },
    "weight": {
        "gram": 1, "g": 1, "kilogram": 1000, "kilo": 1000, "kg": 1000, "kilograms": 1000, "pound": 453.59237,
        "lb": 453.59237, "ounce": 28.349523, "oz": 28.349523, "stone": 6350.29318, "ton": 907184.74,
        "tonne": 1e6, "milligram": 0.001,
    },
    "volume": {
        "liter": 1, "litre": 1, "milliliter": 0.001, "millilitre": 0.001, "ml": 0.001, "cup": 0.2365882,
        "pint": 0.4731765, "quart": 0.9463529, "gallon": 3.785412, "tablespoon": 0.01478676, "teaspoon": 0.004928922,
        "fluid ounce": 0.02957353,
    },
    "time": {
        "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "year": 31536000,
    },
    "speed": {
        "kilometers per hour": 1, "kilometres per hour": 1, "kilometers an hour": 1, "miles per hour": 1.609344,
        "miles an hour": 1.609344, "knot": 1.852, "meters per second": 3.6,
    },
}  # fmt: skip
_DEGREES = {"celsius": "celsius", "centigrade": "celsius", "fahrenheit": "fahrenheit", "farenheit": "fahrenheit"}


def _all_names() -> str:
    names = {name for sizes in _SIZES.values() for name in sizes}
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_UNIT = rf"(?:{_all_names()})(?:e?s)?"
_N = r"(?:-?\d+(?:\.\d+)?(?: and a half)?|minus \d+|an?|one|half an?)"


def _kind(name: str) -> tuple[str, float] | None:
    for form in (name, name.removesuffix("s"), name.removesuffix("es")):
        for kind, sizes in _SIZES.items():
            if form in sizes:
                return kind, sizes[form]
    return None


def _number(text: str) -> float:
    text = text.replace("minus ", "-")
    if text.startswith("half"):
        return 0.5
    whole = text.removesuffix(" and a half")
    return (1.0 if whole in ("a", "an", "one") else float(whole)) + (0.5 if whole != text else 0.0)


def spoken_amount(value: float) -> str:
    """To three significant digits from 1 up, exactly where it is whole: "about 3.11"."""
    if abs(value - round(value)) < 1e-6 * max(1.0, abs(value)) and abs(value) < 1e15:
        return f"{round(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    if 0 < abs(value) < 0.01:
        return f"about {value:.2g}"
    shown = f"{value:,.{digits}f}"
    return f"about {shown.rstrip('0').rstrip('.') if '.' in shown else shown}"


def _plural(name: str, amount: float) -> str:
    if name in ("foot", "feet"):
        return "foot" if amount == 1 else "feet"
    if name in ("inch", "inches"):
        return "inch" if amount == 1 else "inches"
    short = {"km": "kilometer", "k": "kilometer", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "g": "gram",
             "lb": "pound", "oz": "ounce", "ml": "milliliter"}  # fmt: skip
    single = short.get(name, short.get(name.removesuffix("s"), name.removesuffix("s")))
    if " per " in name or " an hour" in name:
        return name
    return single if amount == 1 else single if single == "stone" else f"{single}s"


def convert(amount: float, source: str, target: str, extra: tuple[float, str] | None = None) -> str | None:
    """ "5 kilometers is about 3.11 miles."; None where the two measure different things."""
    a, b = _kind(source), _kind(target)
    if a is None or b is None or a[0] != b[0]:
        return None
    value, said = amount * a[1], f"{_exact(amount)} {_plural(source, amount)}"
    if extra is not None and (more := _kind(extra[1])) is not None and more[0] == a[0]:
        value += extra[0] * more[1]
        said += f" {_exact(extra[0])} {_plural(extra[1], extra[0])}"
    result = value / b[1]
    return f"{said} is {spoken_amount(result)} {_plural(target, round(result, 6))}."


def amount_of(text: str) -> tuple[str, float] | None:
    """ "2 miles" -> ("length", 3218.7): what is measured, and how much in the first unit of its kind; or None."""
    found = _AMOUNT.fullmatch(text)
    kind = _kind(found["unit"]) if found else None
    return (kind[0], _number(found["n"]) * kind[1]) if found and kind else None


def followed_up(words: str, before: str) -> Route:
    """ "And in feet?" after something was said in meters. before: what the assistant said last."""
    asked = _IN_UNITS.match(words)
    target = _kind(asked["unit"]) if asked else None
    if asked is None or target is None:
        return None
    for found in _SAID.finditer(before.replace(",", "")):
        source = _kind(found["unit"])
        if source and source[0] == target[0] and source[1] != target[1]:
            amount = float(found["n"]) * {"million": 1e6, "billion": 1e9}.get(found["times"] or "", 1)
            value = float(f"{amount * source[1] / target[1]:.4g}")  # the figure that was said may be round
            many = f"{value / 1e6:g} million" if value >= 1e6 else spoken_amount(value).removeprefix("about ")
            return Say(f"That is about {many} {_plural(asked['unit'], value)}.")
    return None


def _exact(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def _convert(found: re.Match[str], _: str) -> Route:
    made = convert(_number(found["n"]), found["source"], found["target"], _more(found))
    return Say(made) if made else None


_ELSEWHERE = {  # what somebody wants to hear who names no other measure
    "cup": "milliliters", "pint": "milliliters", "quart": "liters", "gallon": "liters", "tablespoon": "milliliters",
    "teaspoon": "milliliters", "ounce": "grams", "pound": "kilograms", "stone": "kilograms", "mile": "kilometers",
    "foot": "centimeters", "feet": "centimeters", "inch": "centimeters", "inche": "centimeters", "yard": "meters",
    "kilometer": "miles", "kilometre": "miles", "meter": "feet", "metre": "feet", "centimeter": "inches",
    "centimetre": "inches", "kilogram": "pounds", "kilo": "pounds", "gram": "ounces", "liter": "pints",
    "litre": "pints",
}  # fmt: skip


def _elsewhere(found: re.Match[str], _: str) -> Route:
    """ "How much are two and a half cups?" """
    target = _ELSEWHERE.get(found["source"].removesuffix("s"))
    made = convert(_number(found["n"]), found["source"], target, _more(found)) if target else None
    return Say(made) if made else None


def _more(found: re.Match[str]) -> tuple[float, str] | None:
    """The smaller unit of "6 feet 2"."""
    groups = found.groupdict()
    small = groups.get("small") or {"f": "inches", "p": "ounces", "s": "pounds"}.get(found["source"][:1], "")
    return (float(groups["more"]), small) if groups.get("more") else None


def _degrees(found: re.Match[str], _: str) -> Route:
    amount, source = _number(found["n"]), _DEGREES[found["source"]]
    target = _DEGREES.get(found.groupdict().get("target") or "", "fahrenheit" if source == "celsius" else "celsius")
    if source == target:
        return None
    value = amount * 9 / 5 + 32 if target == "fahrenheit" else (amount - 32) * 5 / 9
    return Say(
        f"{_exact(amount)} degrees {source.title()} is {spoken_amount(round(value, 1))} degrees {target.title()}."
    )


_D = "|".join(_DEGREES)
_FROM = (
    rf"(?P<n>{_N}) (?P<source>{_UNIT})(?:(?: and)? (?P<more>\d+(?:\.\d+)?)(?: (?P<small>inch(?:es)?|"
    rf"ounces?|pounds?))?)?"
)
_IN_UNITS = re.compile(
    rf"^(?:what is (?:that|it) |how (?:much|far|long|tall|high|many) is (?:that|it) )?in (?P<unit>{_UNIT})$"
)
_SAID = re.compile(rf"(?P<n>\d+(?:\.\d+)?) (?:(?P<times>million|billion) )?(?P<unit>{_UNIT})\b")
_AMOUNT = re.compile(rf"(?P<n>{_N}) (?P<unit>{_UNIT})")
RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:what is |convert |how much is |how hot is |change |turn )?(?P<n>{_N}) ?(?:degrees? |° "
        rf"?)?(?P<source>{_D})(?:(?: is how many| in| to| into| as)(?: degrees)?(?: in)?(?: "
        rf"(?P<target>{_D}))?)?$",
        _degrees,
    ),
    rule(
        rf"^how many (?:degrees )?(?P<target>{_D}) (?:is|are|in) (?P<n>{_N}) ?(?:degrees? )?(?P<source>{_D})$", _degrees
    ),
    rule(
        rf"^(?:what is |what are |convert |how much is |how long is |how far is |how heavy is |change |turn "
        rf")?{_FROM} (?:in|to|into|as|is how many) (?P<target>{_UNIT})$",
        _convert,
    ),
    rule(
        rf"^how many (?P<target>{_UNIT}) (?:is|are|in|are in|is in|are there in|is there in|do|does|make|to|"
        rf"make up|fit in|go in(?:to)?) (?:the )?{_FROM}(?: have)?$",
        _convert,
    ),
    rule(rf"^how (?:much|long|far|heavy|tall|big|high) (?:is|are) {_FROM}$", _elsewhere),
)
