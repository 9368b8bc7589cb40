"""What a rule can decide, and how rules are written: a pattern over plain words (`plain.py`) and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """Use this tool."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Say this. "{about}" and "{abilities}" stand for what the role says of itself.

    shown: a card that goes with it, its title and its lines, or None. others: other ways to say it, for who has heard
    this one."""

    text: str
    shown: tuple[str, str] | None = None
    others: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the last reply again."""


Route = Call | Say | Repeat | None
Make = Callable[[re.Match[str], str], Route]  # (what was found, the words as transcribed) -> decision, None: not mine
Rule = tuple[re.Pattern[str], Make]


def named(found: re.Match[str]) -> str:
    """What the first of the named groups holds that took part: one thing may be asked for in several ways."""
    return next((value for value in found.groupdict().values() if value), "")


def rule(pattern: str, make: Make | Route) -> Rule:
    """pattern: searched in plain words. make: the decision, or a function that makes it."""
    if callable(make):
        return re.compile(pattern), make
    return re.compile(pattern), lambda found, text: make


def say(pattern: str, text: str) -> Rule:
    return rule(pattern, Say(text))
