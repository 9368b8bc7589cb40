"""Requests and what is said to them, as written in a table: `talk.txt`, `cannot.txt`, `small.txt`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from visavis_agents.rules.kinds import Say

_PARTS = {"{name}": r"( (vis|there|my friend|everyone|everybody|again|to you( too)?|today|computer|assistant))*"}


class Table:
    def __init__(self, name: str) -> None:
        """name: of the file. Its patterns are compiled at the first question."""
        self._name = name
        self._rows = cache(self._read)

    def say(self, words: str, before: str = "") -> Say | None:
        """words: plain ones, `plain.py`. before: what was said last, which is not said twice if there is a choice."""
        answers = next((answers for pattern, answers in self._rows() if pattern.fullmatch(words)), ())
        return next((Say(answer) for answer in answers if answer != before), Say(answers[0]) if answers else None)

    def _read(self) -> tuple[tuple[re.Pattern[str], list[str]], ...]:
        rows: list[tuple[re.Pattern[str], list[str]]] = []
        asked: list[str] = []
        for line in files(__package__).joinpath(self._name).read_text("utf-8").splitlines():
            if line.startswith("> "):
                if asked:
                    rows.append((re.compile("|".join(asked)), []))
                    asked = []
                rows[-1][1].append(line[2:])
            elif line and not line.startswith("#"):
                for mark, pattern in _PARTS.items():
                    line = line.replace(mark, pattern)
                asked.append(line)
        return tuple(rows)
