"""What is written in files beside the rules: requests and what is said to them (`talk.txt`), and tables of facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from visavis_agents.lines import lines_of
from visavis_agents.rules.kinds import Say

_PARTS = {
    "{name}": r"( (vis|there|my friend|(my )?dear|darling|love|sir|madam|ma'am|"
    r"everyone|everybody|again|to you( too)?|today|computer|assistant))*"
}
_PLACEHOLDER = re.compile(r"\{\w+\}")
SHORT = 3  # words that may well be said again
_ONCE_MORE = ("Once more: ", "As I said: ", "I can only say it again: ")


def lines(name: str) -> Iterator[str]:
    """name: of a file beside the rules."""
    return lines_of(__package__, name)


@cache
def table(name: str) -> dict[str, str]:
    """A file with lines like "france: Paris"."""
    return {head: rest.strip() for head, _, rest in (line.partition(":") for line in lines(name))}


def unheard(answers: Sequence[str], heard: Sequence[str]) -> str:
    """The first that was not heard, else the one that was heard longest ago. heard: the newest last.

    What stands in its placeholders does not make an answer another one."""
    kept = {answer: max(_PLACEHOLDER.split(answer), key=len) or answer for answer in answers}
    return min(answers, key=lambda answer: max((n for n, line in enumerate(heard) if kept[answer] in line), default=-1))


def not_again(text: str, before: str) -> str:
    """text, or where just that was said before, so that it is plain that it is said once more."""
    opening = next((one for one in _ONCE_MORE if before.startswith(one)), "")
    if text != before.removeprefix(opening) or len(text.split()) <= SHORT:
        return text
    return _ONCE_MORE[(_ONCE_MORE.index(opening) + 1) % len(_ONCE_MORE) if opening else 0] + text


class Table:
    def __init__(self, name: str, parts: Mapping[str, str] = _PARTS) -> None:
        """name: of the file. parts: what stands for longer patterns in it. Its patterns are compiled at the first
        question."""
        self._name, self._parts = name, parts
        self._rows = cache(self._read)

    def say(self, words: str, heard: Sequence[str] = ()) -> Say | None:
        """words: plain ones, `plain.py`. heard: what was said lately, of which nothing is said again if there is a
        choice."""
        answers = next((answers for pattern, answers in self._rows() if pattern.fullmatch(words)), ())
        if not answers:
            return None
        text = unheard(answers, heard)
        return Say(text, others=tuple(one for one in answers if one != text))

    def find(self, words: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """What the named groups of the first row that fits hold, and what may be said."""
        for pattern, answers in self._rows():
            if found := pattern.fullmatch(words):
                return {name: value for name, value in found.groupdict().items() if value}, tuple(answers)
        return {}, ()

    def _read(self) -> tuple[tuple[re.Pattern[str], list[str]], ...]:
        rows: list[tuple[re.Pattern[str], list[str]]] = []
        asked: list[str] = []
        said: list[str] = []
        for line in lines(self._name):
            if line.startswith("> "):
                if asked:
                    said = []
                    apart = any("(?P<" in one for one in asked)  # a name may stand once in a pattern
                    rows += [(re.compile(one), said) for one in (asked if apart else ["|".join(asked)])]
                    asked = []
                said.append(line[2:])
            else:
                for mark, pattern in self._parts.items():
                    line = line.replace(mark, pattern)
                asked.append(line)
        return tuple(rows)
