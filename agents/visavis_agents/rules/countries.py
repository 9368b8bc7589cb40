"""Countries: their money, what is spoken there, where they lie (`tables/countries.txt`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from visavis_agents.rules.kinds import Route, Rule, Say, named, rule
from visavis_agents.rules.known import capital, place, shown
from visavis_agents.rules.written import table


def followed_up(words: str, before: str) -> Route:
    """ "And Germany?" after the same was said of another country. before: what the assistant said last."""
    found = re.match(r"^(?:(?:what|how) about |of |in |for )*(?:the )?(?P<place>[a-z ]{3,30})$", words)
    name = place(found["place"]) if found else ""
    if not name or found is None:
        return None
    for pattern, tell in _AGAIN:
        if pattern.match(before):
            return tell(found, "")
    return None


_WHERE = r"(?:the )?(?P<place>[a-z ]+?)"


def _about(part: int, say: Callable[[str, str], str]) -> Callable[[re.Match[str], str], Route]:
    """part: 0 money, 1 languages, 2 where it lies."""

    def made(found: re.Match[str], _: str) -> Route:
        name = place(found["place"] or named(found))
        parts = table("tables/countries.txt").get(name, "").split(";")
        told = parts[part].strip() if part < len(parts) else ""
        return Say(say(shown(name), told)) if told else None

    return made


_MONEY = _about(0, lambda name, money: f"The currency of {name} is {money}.")
_SPOKEN = _about(1, lambda name, spoken: f"In {name} people speak {spoken}.")
_LIES = _about(
    2, lambda name, where: f"{name[:1].upper()}{name[1:]} is {where if where.startswith('a ') else f'in {where}'}."
)


def _is_in(found: re.Match[str], text: str) -> Route:
    """Nothing where the answer is not plainly yes or no, but for the two continents at once."""
    said = _LIES(found, text)
    where = table("tables/countries.txt").get(place(found["place"]), ";;").split(";")[2].strip().lower()
    if not isinstance(said, Say) or where.startswith("a ") or "edge" in where or "mediterranean" in where:
        return said
    if " or " in found[0] or where.startswith("both"):
        return said
    return Say(f"Yes, {said.text}" if where == found["continent"] else f"No, {said.text}")


_CONTINENTS = "africa|antarctica|asia|australia|europe|north america|south america|oceania"
_AGAIN = (
    (re.compile(r"^The capital of .+ is [^.]+(?:\.|D\.C\.)$"), capital),
    (re.compile(r"^The currency of .+ is "), _MONEY),
    (re.compile(r"^In .+ people speak "), _SPOKEN),
)
RULES: tuple[Rule, ...] = (
    rule(rf"^what(?: is| was)? (?:the )?(?:currency|money|coin) (?:of|in|for) {_WHERE}(?: called)?$", _MONEY),
    rule(
        rf"^(?:what|which) (?:kind of )?(?:currency|money)(?: do (?:they|you|people) (?:use|have|pay with)| is "
        rf"(?:used|there|it))? "
        rf"in {_WHERE}$|^what do (?:they|you|people) pay with in (?:the )?(?P<there>[a-z ]+)$",
        _MONEY,
    ),
    rule(
        rf"^(?:what|which) languages?(?: do (?:they|you|people)| does one)? (?:speak|talk|is spoken|are spoken|"
        rf"is used) in {_WHERE}$|"
        r"^what do (?:they|people) speak in (?:the )?(?P<there>[a-z ]+)$|"
        r"^what is the (?:official |main |national )?language (?:of|in) (?:the )?(?P<other>[a-z ]+)$",
        _SPOKEN,
    ),
    rule(rf"^(?:on |in )?(?:what|which) continent is {_WHERE}(?: on| in)?$", _LIES),
    rule(
        rf"^where is (?P<the>the )?{_WHERE}(?: located)?$",  # "Where is the turkey?" does not ask for the country
        lambda f, t: None if f["the"] and not shown(place(f["place"])).startswith("the ") else _LIES(f, t),
    ),
    rule(
        rf"^is {_WHERE} (?:a (?:country )?)?(?:in|part of|on) (?P<continent>{_CONTINENTS})"
        rf"(?: or (?:in )?(?:{_CONTINENTS}))?$",
        _is_in,
    ),
)
