"""Dialogues for the language model's adapter, made by rule from the grammars in `dialogues/`.

A family is a block of lines: "> " the user, "< " the assistant, "~ " the assistant by a rule or tool (not learned),
"! " a remembered fact, "$ " a document's sentence that comes with the next question, "..." other turns pass here; "^"
says that nothing may come before. {a|b} is one of them, [slot] a word of slots.toml. A dialogue joins families; some
are held out for testing, whole.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

HERE = Path(__file__).parent / "dialogues"
SHARES = {
    "memory": 20,
    "talk": 15,
    "daily": 14,
    "facts": 13,
    "follow": 9,
    "unknown": 9,
    "self": 8,
    "stories": 5,
    "sight": 4,
    "kiosk": 8,
}
HELD_OUT = 12  # every so many-th family is for testing
MOST_WORDS = 110  # of a dialogue; it is not made longer than that
_SLOT = re.compile(r"\[([A-Za-z]+)(\+*)(?::(\d))?\]")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_DOCUMENTS = ("{doc} {question}", 'From our information: "{doc}" {question}', "{question} (It is written: {doc})")
_OPENINGS = ("Um, ", "So, ", "Well, ", "Okay, ", "Hey, ", "Oh, ", "And ", "Vis, ")


@dataclass(frozen=True, slots=True)
class Turn:
    """learned: the assistant's words count."""

    role: str
    text: str
    learned: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    theme: str
    lines: tuple[str, ...]
    first: bool = False  # makes sense only where nothing was said before

    @property
    def held_out(self) -> bool:
        return zlib.crc32("\n".join(self.lines).encode()) % HELD_OUT == 0

    @property
    def short(self) -> bool:
        """One question and its answer: may come between others."""
        return not self.first and len(self.lines) == 2 and self.lines[1].startswith("< ")


@dataclass(frozen=True, slots=True)
class Dialogue:
    theme: str
    turns: tuple[Turn, ...]


def families(folder: Path = HERE) -> list[Family]:
    found = []
    for path in sorted(folder.glob("*.txt")):
        text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
        for block in re.split(r"\n\s*\n", text.strip()):
            lines = tuple(line.rstrip() for line in block.splitlines())
            first = lines[0] == "^"
            lines = lines[first:]
            if bad := [line for line in lines if line != "..." and line[:2] not in ("> ", "< ", "~ ", "! ", "$ ")]:
                raise ValueError(f"{path.name}: no rule for the line {bad[0]!r}")
            found.append(Family(path.stem, lines, first or lines[0][0] == "!"))
    return found


def dialogues(seed: int, held_out: bool) -> Iterator[Dialogue]:
    """Without end; the same for the same seed. held_out: of the families kept for testing, or of the others."""
    maker = _Maker(Random(f"{seed} {held_out}"), [each for each in families() if each.held_out == held_out])
    while True:
        yield maker.dialogue()


class _Maker:
    def __init__(self, random: Random, known: list[Family]) -> None:
        self._random = random
        self._slots = {
            name: [[cell.strip().replace("/", ",") for cell in row.split(",")] for row in rows.split(";")]
            for name, rows in tomllib.loads((HERE / "slots.toml").read_text("utf-8")).items()
        }
        self._themes = {theme: [each for each in known if each.theme == theme] for theme in SHARES}
        self._fillers = [each for each in known if each.short and each.theme in ("talk", "facts", "self")]

    def dialogue(self) -> Dialogue:
        theme = self._theme()
        turns = self._turns(self._random.choice(self._themes[theme]))
        for _ in range(self._random.choice((0, 0, 1, 1, 1, 2))):
            if sum(len(turn.text.split()) for turn in turns) < MOST_WORDS // 2:
                other = theme if theme == "kiosk" else self._theme()
                later = self._random.choice(self._themes["talk" if other == "kiosk" != theme else other])
                if not later.first:
                    turns += self._turns(later)
        return Dialogue(theme, tuple(turns))

    def _theme(self) -> str:
        return self._random.choices(list(SHARES), list(SHARES.values()))[0]

    def _turns(self, family: Family) -> list[Turn]:
        draws: dict[str, list[list[str]]] = {}
        turns: list[Turn] = []
        document = ""
        for line in family.lines:
            if line == "...":
                for _ in range(self._random.choice((0, 1, 1, 2))):
                    turns += self._turns(self._random.choice(self._fillers))
                continue
            text = self._text(line[2:], draws)
            match line[0]:
                case "!":
                    turns += [Turn("fact", text)]
                case "$":
                    document = text
                case ">" if document:
                    turns.append(Turn("user", self._random.choice(_DOCUMENTS).format(doc=document, question=text)))
                    document = ""
                case ">":
                    turns.append(Turn("user", self._heard(text)))
                case _:
                    turns.append(Turn("assistant", text, learned=line[0] == "<"))
        return turns

    def _text(self, pattern: str, draws: dict[str, list[list[str]]]) -> str:
        chosen = pattern
        while _CHOICE.search(chosen):  # the inner ones first
            chosen = _CHOICE.sub(lambda found: self._random.choice(found[1].split("|")), chosen)
        text = _SLOT.sub(lambda found: self._slot(draws, *found.groups()), chosen)
        text = re.sub(r"\b([Aa]) (?=[aeiou](?!ni|ne\b|se|ro))", r"\1n ", re.sub(r"\s+", " ", text).strip())
        return text[:1].upper() + text[1:]

    def _slot(self, draws: dict[str, list[list[str]]], name: str, more: str, column: str | None) -> str:
        rows = self._slots[name.lower()]
        drawn = draws.setdefault(name.lower(), [])
        while len(drawn) <= len(more):
            drawn.append(self._random.choice([row for row in rows if row not in drawn]))
        text = drawn[len(more)][int(column or 1) - 1]
        return text[:1].upper() + text[1:] if name[0].isupper() else text

    def _heard(self, text: str) -> str:
        """As a recognizer may write it: sometimes with a filler, sometimes without capitals and marks."""
        chance = self._random.random()
        if chance < 0.08:
            text = self._random.choice(_OPENINGS) + (
                text if text.startswith(("I ", "I'")) else text[:1].lower() + text[1:]
            )
        elif chance < 0.16:
            text = re.sub(r"[.,?!]", "", text.lower())
        elif chance < 0.19:
            text = text.rstrip(".?!")
        return text


def main() -> None:
    """Print some, to be read."""
    import itertools
    import sys

    count, seed = (int(sys.argv[1]) if len(sys.argv) > 1 else 20), (int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    known = families()
    print(f"{len(known)} families, {sum(each.held_out for each in known)} held out\n")
    for each in itertools.islice(dialogues(seed, held_out=False), count):
        print(
            each.theme,
            *(f"  {turn.role:9} {'' if turn.learned else '.'} {turn.text}" for turn in each.turns),
            "",
            sep="\n",
        )


if __name__ == "__main__":
    main()
