"""Requests and what is said to them, as written in a table beside these modules: `talk.txt`, `cannot.txt`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from visavis_agents.rules.kinds import Route, Say

_PARTS = {"{name}": r"( (vis|there|my friend|everyone|everybody|again|to you( too)?|today|computer|assistant))*"}


class Table:
    def __init__(self, name: str) -> None:
        """name: of the file. Its patterns are compiled at the first question."""
        self._name = name
        self._rows = cache(self._read)

    def say(self, words: str) -> Route:
        """words: plain ones, `plain.py`."""
        return next((Say(answer) for pattern, answer in self._rows() if pattern.fullmatch(words)), None)

    def _read(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        rows: list[tuple[re.Pattern[str], str]] = []
        asked: list[str] = []
        for line in files(__package__).joinpath(self._name).read_text("utf-8").splitlines():
            if line.startswith("> "):
                rows.append((re.compile("|".join(asked)), line[2:]))
                asked = []
            elif line and not line.startswith("#"):
                for mark, pattern in _PARTS.items():
                    line = line.replace(mark, pattern)
                asked.append(line)
        return tuple(rows)
