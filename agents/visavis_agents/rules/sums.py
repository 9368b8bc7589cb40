"""Sums, percentages, tips and how much is in what: worked out, never guessed."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule
from visavis_agents.tools.arithmetic import evaluate, spoken_number
from visavis_agents.tools.port import ToolError

_PARTS = {
    "half": 2,
    "halve": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_PARTS |= {"3rd": 3, "4th": 4, "5th": 5, "6th": 6, "8th": 8, "10th": 10}  # as numbers in words are written
_SPOKEN_OPERATORS = (
    (r"\bto the power of\b", "**"),
    (r"\bsquared\b", "** 2"),
    (r"\bcubed\b", "** 3"),
    (r"\bdivided by\b|\bover\b|÷", "/"),
    (r"\bmultiplied by\b|\btimes\b|×|(?<=\d) ?x ?(?=\d)", "*"),
    (r"\bplus\b|\band\b", "+"),
    (r"\bminus\b|\btake away\b|\bless\b", "-"),
    (r"\b(\d+(?:\.\d+)?) ?(?:percent|%) of\b", r"\1 / 100 *"),
    *((rf"\b(\d+) {part}s? of\b", rf"\1 / {n} *") for part, n in _PARTS.items()),
    (r"\b(?:a |one )?half of\b", "0.5 *"),
    (r"\b(?:a |one )(?:3rd|third) of\b", "1 / 3 *"),
    (r"\b(?:a |one )quarter of\b", "0.25 *"),
    (r"\bdouble\b|\btwice\b", "2 *"),
)
_WORTH = re.compile(r"\b(?:dollars?|euros?|pounds|bucks)\b|[$€£]")


def sum_of(text: str) -> str | None:
    """Spoken arithmetic as an expression, or None where the text is anything else. "7 times 8" -> "7 * 8"."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = (
        re.sub(r"\bone\b", "1", text)
        if re.search(r"\bone (?:plus|minus|times|divided)|(?:plus|minus|times|by) one\b", text)
        else text
    )
    text = re.sub(r"\btwo (?=(?:3rd|third|fifth|5th|half|halve)s? of\b)", "2 ", text)
    text = re.sub(r"\bthe (?:square root|root) of (\d+(?:\.\d+)?)", r"\1 ** 0.5", text)
    text = re.sub(
        r"\bthe (?:sum|product) of (\d+(?:\.\d+)?) and\b", lambda f: f"{f[1]} {'*' if 'product' in f[0] else '+'}", text
    )
    for pattern, sign in _SPOKEN_OPERATORS:
        text = re.sub(pattern, sign, text)
    is_sum = re.fullmatch(r"[-\d. ()*/+%]*[\d.)]", text.strip()) and re.search(r"\d\s*(?:\*|/|\+|-)", text)
    return re.sub(r"\s+", " ", text).strip() if is_sum else None


_ASKED = (
    r"^(?:what(?: is| are| does| do)?|how much (?:is|are|does)|calculate|compute|work out|solve|tell me|"
    r"tell me what(?: is)?|is it true that)? ?(?:is )?"
)


def _sum(found: re.Match[str], _: str) -> Route:
    expression = sum_of(_WORTH.sub("", found["sum"]))
    return Call("calculate", {"expression": expression}) if expression else None


def _tip(found: re.Match[str], _: str) -> Route:
    percent, bill = float(found["percent"] or 15), _money(found["bill"])
    tip = bill * percent / 100
    return Say(f"{spoken_number(percent)} percent is {money(tip)}, which makes {money(bill + tip)} altogether.")


def _off(found: re.Match[str], _: str) -> Route:
    percent, price = float(found["percent"]), _money(found["bill"])
    if percent > 100:
        return None
    return Say(f"{spoken_number(percent)} percent off leaves {money(price * (1 - percent / 100))}.")


def _split(found: re.Match[str], _: str) -> Route:
    bill, people = _money(found["bill"]), int(found["people"])
    return Say(f"That is {money(bill / people)} each.") if people else Say("I can't divide by zero.")


def _bought(found: re.Match[str], _: str) -> Route:
    """ "I have 20 euros and buy 3 coffees for 3.50 each, how much is left?" """
    count = {"a": 1, "an": 1, "one": 1, "two": 2}.get(found["count"] or "one") or int(found["count"])
    cost = count * _money(found["price"])
    if found.groupdict().get("have") is None:
        return Say(f"That is {money(cost)} altogether.") if found["count"] else None
    left = _money(found["have"]) - cost
    return Say(
        f"That costs {money(cost)}, so {money(left)} is left." if left >= 0 else f"That is {money(-left)} too little."
    )


def _left(found: re.Match[str], _: str) -> Route:
    """ "If I have 3 apples and eat one, how many are left?" """
    a, b = (int({"two": "2", "one": "1"}.get(n, n)) for n in (found["a"], found["b"]))
    left = a - b if found["gone"] else a + b
    return Say(f"{left} {found['what'] if left != 1 else found['what'].removesuffix('s')}.") if left >= 0 else None


def _share(found: re.Match[str], _: str) -> Route:
    part, whole = float(found["part"]), float(found["whole"])
    if not whole:
        return Say("Nothing is a percentage of zero.")
    return Say(
        f"{spoken_number(part)} is {spoken_number(round(100 * part / whole, 1))} percent of {spoken_number(whole)}."
    )


def _compare(found: re.Match[str], _: str) -> Route:
    a, b = float(found["a"]), float(found["b"])
    if a == b:
        return Say("They are the same.")
    larger = found["which"] in ("bigger", "larger", "more", "higher", "greater")
    return Say(f"{spoken_number(max(a, b) if larger else min(a, b))} is {found['which']}.")


def _parity(found: re.Match[str], _: str) -> Route:
    number = 0 if found["n"] == "zero" else int(found["n"])
    match found["what"]:
        case "prime":
            yes = 1 < number < 10**8 and all(number % d for d in range(2, int(number**0.5) + 1))
            return (
                Say(f"{'Yes' if yes else 'No'}, {number:,} is {'' if yes else 'not '}a prime number.")
                if number < 10**8
                else None
            )
        case _:
            return Say(f"{number:,} is {'odd' if number % 2 else 'even'}.")


def _money(text: str) -> float:
    """ "45 50" and "45.50" -> 45.5."""
    whole, _, cents = text.strip().partition(" ")
    return float(whole) + (int(cents) / 100 if cents else 0.0)


def money(amount: float) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


def plain_sum(text: str) -> str | None:
    """The value of a sum in words, or None."""
    try:
        return spoken_number(evaluate(text))
    except ToolError:
        return None


_N = r"\d+(?:\.\d+)?"
_PAY = (
    r"(?:(?:an? )?(?:bill|check) of )?[$€£]? ?(?P<bill>\d+(?:\.\d+)?(?: \d\d)?)(?: (?:dollars?|euros?|pounds|bucks))?"
)
_COIN = r"(?: (?:dollars?|euros?|pounds|bucks))?"
_HAVE = (
    r"(?:if )?(?:i|we) (?:have got|have|had|got|pay with|start with) (?:an? )?"
    rf"[$€£]? ?(?P<have>\d+(?:\.\d+)?){_COIN}(?: and| but)? "
)
_BUY = r"(?:then )?(?:if )?(?:i |we |it |that )?(?:costs?|buy|bought|spend|spent|get|pay|paid|want|take)(?: for)? "
_MANY = r"(?P<count>\d+|an?|one|two) (?!dollars|euros|pounds|bucks)[a-z]+(?: [a-z]+)? (?:for|at|cost|that cost) "
_EACH = (
    rf"[$€£]? ?(?P<price>\d+(?:\.\d+)?(?: \d\d)?){_COIN}(?: (?:each|apiece|a piece|per piece|every one))?(?: on .+?)?"
)
_HOW_MUCH = (
    r"(?:how much|what)(?: money)? (?:is left|do i have left|is my change|change|is that|does that (?:make|cost)|"
    r"do i (?:get back|pay|have)|will i have|is it|do we pay).*"
)
_GONE = r"(?P<gone>eat|ate|lose|lost|give|gave|sell|sold|spend|break|broke|drop|throw|take away|use|drink)"
_MORE = r"(?P<more>buy|bought|get|got|find|found|pick|add|win|won|receive)"
RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:if )?(?:i|you|we|he|she) (?:have|has|had|got) (?P<a>\d+|two) (?P<what>[a-z]+)(?: and| then| and "
        rf"then)?(?: i| you| we)? (?:{_GONE}|{_MORE}) "
        r"(?P<b>\d+|two|one)\b(?!.*\d).*\bhow many\b.*$",
        _left,
    ),
    rule(rf"^(?:{_HAVE})?(?:{_BUY})?(?:{_MANY})?{_EACH} {_HOW_MUCH}$", _bought),
    rule(rf"^how much (?:is|are|does|do|would be) {_MANY}{_EACH}(?: cost| make| together)?$", _bought),
    rule(
        rf"^(?:what is |how much is |calculate )?(?:an? )?(?:the )?(?P<percent>{_N}) percent tip (?:on|for|"
        rf"of) (?:an? )?{_PAY}(?: bill)?$",
        _tip,
    ),
    rule(
        rf"^how much (?:should i |do i |to )?(?:tip|would i tip)(?: is)? (?:on|for) (?:an? )?{_PAY}(?: "
        rf"bill)?(?: at (?P<percent>{_N}) percent)?$",
        _tip,
    ),
    rule(
        rf"^(?:what is the tip|how much is the tip|what is a good tip) (?:on|for) (?:an? )?{_PAY}(?: "
        rf"bill)?(?: at (?P<percent>{_N}) percent)?$",
        _tip,
    ),
    rule(rf"^(?:what is |how much is )?(?P<percent>{_N}) percent off(?: of)? {_PAY}$", _off),
    rule(
        rf"^(?:split|divide|share) (?:an? |the )?(?:bill of |check of )?{_PAY}(?: bill)? (?:between|by|among|"
        rf"with|for|into) (?P<people>\d+)(?: people| friends| ways| of us)?$",
        _split,
    ),
    rule(rf"^(?:what percent(?:age)?(?: of)?|how many percent(?: of)?) (?P<whole>{_N}) is (?P<part>{_N})$", _share),
    rule(rf"^(?P<part>{_N}) is what percent(?:age)? of (?P<whole>{_N})$", _share),
    rule(
        rf"^(?:what|which) (?:number )?is (?P<which>bigger|larger|more|higher|greater|smaller|less|lower) "
        rf"(?P<a>{_N}) or (?P<b>{_N})$",
        _compare,
    ),
    rule(r"^is (?P<n>\d{1,12}|zero) (?:an? )?(?P<what>prime|odd|even)(?: number)?(?: or (?:odd|even))?$", _parity),
    rule(rf"{_ASKED}(?P<sum>.*?)(?: equal| make| equals| is| are)?$", _sum),
)
