"""Cards that the user asks for: lists that are kept, charts of numbers, and what a language model wants to show."""

from __future__ import annotations

import re
from typing import Literal

from visavis_agents.cards import ITEMS, CardError
from visavis_agents.plain import plain
from visavis_agents.seeing.things import listed
from visavis_agents.shown import ChartContent, Content, ListContent, ListItem, TableContent
from visavis_agents.tools.port import Hands, ToolError, tool

LISTS = 8  # of a conversation
FACT = "Your {name} is {items}."  # as it is remembered, where that is allowed


@tool(effects=True)
async def show_card(
    hands: Hands,
    title: str,
    kind: Literal["list", "steps", "table", "bar", "line", "pie"],
    rows: tuple[tuple[str, ...], ...],
    columns: tuple[str, ...] = (),
    unit: str = "",
) -> str:
    """Show the user something that is better seen than heard, beside what you say. rows: for a list or steps one text
    each, for a table its cells, for a bar, line or pie chart a label and a number. columns: headings of a table."""
    try:
        hands.cards.show(title, _content(kind, rows, columns, unit))
    except CardError as error:
        raise ToolError(str(error)) from None
    return f"The card {title!r} is shown. Do not read all of it aloud."


def _content(kind: str, rows: tuple[tuple[str, ...], ...], columns: tuple[str, ...], unit: str) -> Content:
    match kind:
        case "list" | "steps":
            return ListContent(tuple(ListItem(" ".join(row)) for row in rows), ordered=kind == "steps")
        case "table":
            return TableContent(columns, rows)
        case "bar" | "line" | "pie":
            if any(len(row) != 2 for row in rows):
                raise CardError("Every row of a chart is a label and a number.")
            return ChartContent(kind, tuple(row[0] for row in rows), tuple(_number(row[1]) for row in rows), unit)
    raise CardError(f"There is no card of kind {kind!r}.")


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "").strip(" %$€£"))
    except ValueError:
        raise CardError(f"{text[:20]!r} is not a number.") from None


@tool(effects=True)
async def compare_numbers(
    hands: Hands,
    labels: tuple[str, ...],
    values: tuple[float, ...],
    form: Literal["bar", "line", "pie"] = "bar",
    unit: str = "",
) -> str:
    """Show numbers as a chart, one label for each, and say which is the largest and which the smallest."""
    title = {"bar": "Comparison", "line": "Course", "pie": "Shares"}[form]
    try:
        hands.cards.show(title, ChartContent(form, labels, values, unit))
    except CardError as error:
        raise ToolError(str(error)) from None
    name = "pie chart" if form == "pie" else f"{form} chart"
    most, least = max(values), min(values)
    if most == least:
        return f"Here is a {name}. They are all the same."
    top, bottom = labels[values.index(most)], labels[values.index(least)]
    with_unit = f" {unit}" if unit else ""
    if all(label == f"{n}" for n, label in enumerate(labels, 1)):
        return f"Here is a {name}. They go from {_said(least)} to {_said(most)}{with_unit}."
    first, last = f"{top}, with {_said(most)}{with_unit}", f"{bottom}, with {_said(least)}"
    return f"Here is a {name}. The most is {first}, and the least {last}."


def _said(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


# --- lists -----------------------------------------------------------------------------------------------------------


@tool(effects=True)
async def use_list(
    hands: Hands,
    do: Literal["make", "add", "remove", "tick", "read", "clear", "has"],
    items: tuple[str, ...] = (),
    name: str = "",
    instead_of: tuple[str, ...] = (),
) -> str:
    """Keep a list for the user, such as a shopping list, and show it. name: "shopping", "to-do" and so on, or empty
    for the list they spoke of last. tick: cross off what is done. has: whether it is there. instead_of: what was added
    by mistake."""
    lists = hands.lists
    name = _named(hands, name)
    if do == "make":
        lists.pop(name, None)
        lists[name] = []
    elif name not in lists and (kept := _remembered(hands, name)):
        lists[name] = kept
    if name not in lists:
        if do != "add":
            return f"There is no {name}. Say make a {name}, and what is to be on it."
        lists[name] = []
    while len(lists) > LISTS:
        del lists[next(iter(lists))]
    there = lists[name] = lists.pop(name)  # the last one is the one spoken of
    there[:] = [known for known in there if not any(_same(item, known.text) for item in instead_of)]
    wanted = [item for item in (" ".join(item.split()) for item in items) if item][:ITEMS]
    said = _change(do, name, there, wanted)
    _show(hands, name, there)
    return said


def _change(do: str, name: str, there: list[ListItem], wanted: list[str]) -> str:
    """Change the list in place. Returns what to say."""
    match do:
        case "make" | "add":
            new = [item for item in wanted if not any(_same(item, known.text) for known in there)]
            if len(there) + len(new) > ITEMS:
                raise ToolError(f"A list has room for {ITEMS} things.")
            there.extend(ListItem(item) for item in new)
            if do == "make" or not wanted:
                return f"Your {name} has {_listed(there)}." if there else f"Your {name} is ready. What shall be on it?"
            return (
                f"I've put {listed(wanted)} on your {name}."
                if new
                else f"{listed(wanted).capitalize()} is on your {name} already."
            )
        case "remove":
            gone = [known for known in there if any(_same(item, known.text) for item in wanted)]
            there[:] = [known for known in there if known not in gone]
            if not gone:
                return f"Your {name} has no {listed(wanted)}." if wanted else f"That is not on your {name}."
            return f"I've taken {listed([item.text for item in gone])} off your {name}."
        case "has":
            has = [item for item in wanted if any(_same(item, known.text) for known in there)]
            missing = [item for item in wanted if item not in has]
            if not has:
                return f"No, your {name} has no {listed(missing)}."
            return f"Yes, your {name} has {listed(has)}{f', but no {listed(missing)}' if missing else ''}."
        case "tick":
            done = [known for known in there if any(_same(item, known.text) for item in wanted)]
            there[:] = [ListItem(known.text, known.done or known in done) for known in there]
            left = [item for item in there if not item.done]
            if not done:
                return f"Your {name} has no {listed(wanted)}." if wanted else f"That is not on your {name}."
            return (
                f"Done. On your {name} there is still {_listed(left)}."
                if left
                else f"Everything on your {name} is done."
            )
        case "clear":
            there.clear()
            return f"Your {name} is empty now."
    left = [item for item in there if not item.done]
    return f"Your {name} has {_listed(left)}." if left else f"Your {name} is empty."


def _show(hands: Hands, name: str, there: list[ListItem]) -> None:
    title = f"{name[0].upper()}{name[1:]}"
    hands.cards.replace(title, ListContent(tuple(there)))
    facts = hands.facts
    if facts.allowed is False:
        return
    left = "; ".join(item.text for item in there if not item.done)
    if left:
        facts.tell(FACT.format(name=name, items=left))
    else:
        facts.forget(name)
    hands.emit(facts.changed(hands.clock()))


def _remembered(hands: Hands, name: str) -> list[ListItem]:
    """A list of an earlier conversation, where it was kept."""
    start = FACT.partition("{items}")[0].format(name=name)
    known = next((fact for fact in hands.facts if fact.startswith(start)), "")
    return [ListItem(item) for item in known.removeprefix(start).rstrip(".").split("; ") if item]


def _named(hands: Hands, name: str) -> str:
    name = re.sub(r"\s*\blist\b\s*", " ", " ".join(re.findall(r"[\w'-]+", name.lower()))[:30]).strip()
    if name:
        return f"{name} list"
    if hands.lists:
        return next(reversed(hands.lists))
    kept = next((found[1] for fact in hands.facts if (found := re.match(r"Your ([\w' -]*list) is ", fact))), "")
    return kept or "list"


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|some|an?|my) ", "", plain(text)).removesuffix("s")


def _listed(items: list[ListItem]) -> str:
    return (listed([item.text for item in items[:8]]) or "nothing") + (
        f", and {len(items) - 8} more" if len(items) > 8 else ""
    )
