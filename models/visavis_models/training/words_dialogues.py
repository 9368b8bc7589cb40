"""Dialogues for the language model's adapter, made by rule from the grammars in `dialogues/`.

A family is a block of lines: "> " the user, "< " the assistant, "~ " the assistant by a rule or tool (not learned),
"= " the assistant, cut off somewhere by the next line ([rest] is what it had still to say), "! " a remembered fact,
"$ " a document's sentence that comes with the next question, "..." other turns pass here; "^" says that nothing may
come before. {a|b} is one of them, [slot] a word of slots.toml ([ack] is said, but not learned). A dialogue joins
families. Those of `recall` and `known` stand for themselves and are woven together: several things told, then asked
for. Some families are held out for testing, whole.
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
    "recall": 15,
    "memory": 8,
    "known": 8,
    "talk": 9,
    "daily": 9,
    "warmth": 8,
    "opinions": 6,
    "advice": 7,
    "explain": 7,
    "facts": 5,
    "follow": 9,
    "documents": 6,
    "cut": 4,
    "unknown": 4,
    "self": 5,
    "stories": 3,
    "child": 3,
    "sight": 3,
    "kiosk": 5,
    "guide": 3,
    "news": 15,
    "views": 8,
    "chain": 13,
    "after": 10,
    "way": 7,
    "counter": 11,
    "compare": 5,
    "amend": 9,
    "wishes": 6,
}
ALONE = ("kiosk", "counter", "guide")  # roles of their own: no other theme comes between
WOVEN = ("recall", "known")
# may come between others:
FILLERS = ("talk", "daily", "facts", "self", "warmth", "opinions", "advice", "explain", "news", "views")
HELD_OUT = 12  # every so many-th family is for testing
WORDS_TOLD = 5  # of what was cut off, as `visavis_agents/history.py` tells it
MOST_WORDS = 110  # of a dialogue; it is not made longer than that
ANCHORS = "anchors.txt"  # questions and the plain model's own answers to them, where they are good
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

    @property
    def halves(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is told, and what is asked later."""
        at = 1 if self.lines[0][0] == "!" else self.lines.index("...")
        return self.lines[:at], tuple(line for line in self.lines[at:] if line != "...")


@dataclass(frozen=True, slots=True)
class Dialogue:
    theme: str
    turns: tuple[Turn, ...]


def families(folder: Path = HERE) -> list[Family]:
    found = []
    for path in sorted(each for each in folder.glob("*.txt") if each.name != ANCHORS):
        text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
        for block in re.split(r"\n\s*\n", text.strip()):
            lines = tuple(line.rstrip() for line in block.splitlines())
            first = lines[0] == "^"
            lines = lines[first:]
            if bad := [
                line for line in lines if line != "..." and line[:2] not in ("> ", "< ", "~ ", "= ", "! ", "$ ")
            ]:
                raise ValueError(f"{path.name}: no rule for the line {bad[0]!r}")
            found.append(Family(path.stem, lines, first or lines[0][0] == "!"))
    return found


def dialogues(seed: int, held_out: bool) -> Iterator[Dialogue]:
    """Without end; the same for the same seed. held_out: of the families kept for testing, or of the others."""
    maker = _Maker(Random(f"{seed} {held_out}"), [each for each in families() if each.held_out == held_out])
    while True:
        yield maker.dialogue()


def anchors(folder: Path = HERE) -> list[Dialogue]:
    """What the plain model says well, and shall go on saying."""
    found = []
    for block in (folder / ANCHORS).read_text("utf-8").strip().split("\n\n"):
        question, answer = block.splitlines()
        found.append(Dialogue("anchor", (Turn("user", question[2:]), Turn("assistant", answer[2:], learned=True))))
    return found


Draws = dict[str, list[list[str]]]


class _Maker:
    def __init__(self, random: Random, known: list[Family]) -> None:
        self._random = random
        self._slots = {
            name: [[cell.strip().replace("/", ",") for cell in row.split(",")] for row in rows.split(";")]
            for name, rows in tomllib.loads((HERE / "slots.toml").read_text("utf-8")).items()
        }
        self._themes = {theme: [each for each in known if each.theme == theme] for theme in SHARES}
        self._fillers = [each for each in known if each.short and each.theme in FILLERS]

    def dialogue(self) -> Dialogue:
        theme = self._theme()
        if theme in WOVEN:
            return Dialogue(theme, tuple(self._woven(theme)))
        turns = self._turns(self._random.choice(self._themes[theme]))
        for _ in range(self._random.choice((0, 0, 1, 1, 1, 2))):
            if sum(len(turn.text.split()) for turn in turns) < MOST_WORDS // 2:
                other = theme if theme in ALONE else self._theme()
                later = self._random.choice(self._themes[other if other == theme or other not in ALONE else "talk"])
                if not later.first:
                    turns += self._turns(later)
        return Dialogue(theme, tuple(turns))

    def _theme(self) -> str:
        return self._random.choices(list(SHARES), list(SHARES.values()))[0]

    def _woven(self, theme: str) -> list[Turn]:
        """Several families at once: all that is told, then what is asked about it, in any order."""
        many = self._random.choice((1, 1, 1, 2, 2, 3) if theme == "recall" else (1, 1, 2, 2, 3, 4))
        chosen = self._random.sample(self._themes[theme], many)
        draws: list[Draws] = [{} for _ in chosen]
        taken: dict[str, set[str]] = {}
        turns: list[Turn] = []
        for each, own in zip(chosen, draws, strict=True):
            turns += self._lines(each.halves[0], own, taken)
        if theme == "known":
            turns = [Turn("fact", " ".join(turn.text for turn in turns))]
        order = self._random.sample(range(many), self._random.choice((1, min(2, many), many)))
        for place, at in enumerate(order):
            if self._random.random() < (0.3 if place or theme == "known" else 0.6):
                turns += self._turns(self._random.choice(self._fillers))
            turns += self._lines(chosen[at].halves[1], draws[at], taken)
        return turns

    def _turns(self, family: Family) -> list[Turn]:
        return self._lines(family.lines, {}, {})

    def _lines(self, lines: tuple[str, ...], draws: Draws, taken: dict[str, set[str]]) -> list[Turn]:
        """taken: words that others have drawn, by slot; this adds its own."""
        turns: list[Turn] = []
        document = heard = ""
        for line in lines:
            if line == "...":
                for _ in range(self._random.choice((0, 1, 1, 2))):
                    turns += self._turns(self._random.choice(self._fillers))
                continue
            text = self._text(line[2:], draws, taken)
            match line[0]:
                case "!":
                    turns += [Turn("fact", text)]
                case "$":
                    document = text
                case "=":
                    heard, rest = self._cut(text)
                    draws["rest"] = [[rest]]
                    turns.append(Turn("assistant", heard))
                case ">" if document:
                    turns.append(Turn("user", self._random.choice(_DOCUMENTS).format(doc=document, question=text)))
                    document = ""
                case ">" if heard:
                    last = " ".join(heard.split()[-WORDS_TOLD:])
                    turns.append(Turn("user", f'(I interrupted you after "{last}".) {self._heard(text)}'))
                    heard = ""
                case ">":
                    turns.append(Turn("user", self._heard(text)))
                case _:
                    turns.append(Turn("assistant", text, learned=line[0] == "<" and [text] not in self._slots["ack"]))
        return turns

    def _cut(self, text: str) -> tuple[str, str]:
        """What was heard of it, and the rest, from the beginning of the clause in which it stopped."""
        words = text.split()
        count = self._random.randint(2, max(2, len(words) - 3))
        first = max([at + 1 for at, word in enumerate(words[: count - 1]) if word[-1] in ".,;:!?"], default=0)
        return " ".join(words[:count]), " ".join(words[first:])

    def _text(self, pattern: str, draws: Draws, taken: dict[str, set[str]]) -> str:
        chosen = pattern
        while _CHOICE.search(chosen):  # the inner ones first
            chosen = _CHOICE.sub(lambda found: self._random.choice(found[1].split("|")), chosen)
        text = _SLOT.sub(lambda found: self._slot(draws, taken, *found.groups()), chosen)
        text = re.sub(r"\b([Aa]) (?=[aeiou](?!ni|ne\b|se|ro))", r"\1n ", re.sub(r"\s+", " ", text).strip())
        return text[:1].upper() + text[1:]

    def _slot(self, draws: Draws, taken: dict[str, set[str]], name: str, more: str, column: str | None) -> str:
        slot = name.lower()
        drawn = draws.setdefault(slot, [])
        gone = taken.setdefault(slot, set())
        while len(drawn) <= len(more):
            rows = self._slots[slot]
            drawn.append(self._random.choice([row for row in rows if row not in drawn and row[0] not in gone] or rows))
        gone |= {row[0] for row in drawn}
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
