"""What is written in files beside the rules: requests and what is said to them (`talk.txt`), and tables of facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from visavis_agents.lines import lines_of
from visavis_agents.rules.kinds import Say

_PARTS = {
    "{name}": r"( (vis|there|my friend|(my )?dear|darling|love|sir|madam|ma'am|"
    r"everyone|everybody|again|to you( too)?|today|computer|assistant))*"
}


def lines(name: str) -> Iterator[str]:
    """name: of a file beside the rules."""
    return lines_of(__package__, name)


@cache
def table(name: str) -> dict[str, str]:
    """A file with lines like "france: Paris"."""
    return {head: rest.strip() for head, _, rest in (line.partition(":") for line in lines(name))}


def unheard(answers: Sequence[str], heard: Sequence[str]) -> str:
    """The first that was not heard, else the one that was heard longest ago. heard: the newest last."""
    return min(answers, key=lambda answer: max((n for n, line in enumerate(heard) if answer in line), default=-1))


class Table:
    def __init__(self, name: str) -> None:
        """name: of the file. Its patterns are compiled at the first question."""
        self._name = name
        self._rows = cache(self._read)

    def say(self, words: str, heard: Sequence[str] = ()) -> Say | None:
        """words: plain ones, `plain.py`. heard: what was said lately, of which nothing is said again if there is a
        choice."""
        answers = next((answers for pattern, answers in self._rows() if pattern.fullmatch(words)), ())
        return Say(unheard(answers, heard)) if answers else None

    def _read(self) -> tuple[tuple[re.Pattern[str], list[str]], ...]:
        rows: list[tuple[re.Pattern[str], list[str]]] = []
        asked: list[str] = []
        for line in lines(self._name):
            if line.startswith("> "):
                if asked:
                    rows.append((re.compile("|".join(asked)), []))
                    asked = []
                rows[-1][1].append(line[2:])
            else:
                for mark, pattern in _PARTS.items():
                    line = line.replace(mark, pattern)
                asked.append(line)
        return tuple(rows)
