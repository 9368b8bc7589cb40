"""Coins, dice, numbers and choices, and a small collection of jokes, riddles, facts, stories and poems.

A riddle is only asked; its answer waits (`games/riddles.py`)."""

from __future__ import annotations

import random
import re
from functools import cache
from importlib.resources import files

from visavis_agents.games.riddles import riddles
from visavis_agents.seeing.things import listed
from visavis_agents.tools.port import Hands, ToolError, tool


@cache
def collection() -> dict[str, tuple[str, ...]]:
    """What can be told, by its kind."""
    kinds: dict[str, list[str]] = {"riddle": [one.question for one in riddles()]}
    kind = ""
    for line in files(__package__).joinpath("told.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            kinds.setdefault(kind, []).append(line)
    return {kind: tuple(lines) for kind, lines in kinds.items()}


def told_last(before: str) -> str:
    """The kind of thing that these words of the assistant are, or empty."""
    return next((kind for kind, lines in collection().items() if before.endswith(lines)), "")


@tool()
async def tell(hands: Hands, kind: str = "joke", about: str = "") -> str:
    """Tell one from a small collection, a new one each time. kind: joke, riddle, fact, story, poem, tongue twister or
    kind word. about: what it shall be about; another one is told where there is none."""
    lines = collection().get(kind)
    if lines is None:
        raise ToolError(f"I have none of these: {kind}.")
    heard = [line.text for line in hands.history.lines if line.who == "assistant"]
    if about:
        bare = re.sub(r"^(?:an?|the|some) ", "", about.lower()).removesuffix("s")
        fits = tuple(line for line in lines if re.search(rf"\b{re.escape(bare)}s?\b", line.lower()))
        if not fits:
            return f"I know none about {about}, but here is another {kind}. {await tell(hands, {'kind': kind})}"
        lines = fits
    heard = [next((one for one in lines if text.endswith(one)), text) for text in heard]
    start = _dice(hands).randrange(len(lines)) if not any(text in lines for text in heard) else _after(lines, heard)
    order = [*lines[start:], *lines[:start]]
    return next((line for line in order if line not in heard), order[0])


def _after(lines: tuple[str, ...], heard: list[str]) -> int:
    """The place after the one told last."""
    last = next(text for text in reversed(heard) if text in lines)
    return (lines.index(last) + 1) % len(lines)


@tool()
async def chance(hands: Hands, of: str = "coin", count: int = 1, low: int = 1, high: int = 6, options: str = "") -> str:
    """Flip a coin, roll dice, pick a number or choose. of: coin, dice, number or choice.

    count: dice to roll. low, high: the range of the number; high: the sides of the dice. options: "tea|coffee"."""
    dice = _dice(hands)
    match of:
        case "coin":
            return f"{dice.choice(('Heads', 'Tails'))}."
        case "dice":
            if not (1 <= count <= 10 and 2 <= high <= 1000):
                raise ToolError("I can roll up to ten dice.")
            rolled = [dice.randint(1, high) for _ in range(count)]
            if count == 1:
                return f"You rolled a {rolled[0]}."
            return f"You rolled {listed([str(one) for one in rolled])}, which makes {sum(rolled)}."
        case "number":
            return f"{dice.randint(min(low, high), max(low, high))}."
        case "choice" if options:
            return f"I choose {dice.choice(options.split('|'))}."
    raise ToolError("I can flip a coin, roll dice, pick a number, or choose between things.")


def _dice(hands: Hands) -> random.Random:
    """The same for the same reply of the same conversation, so that a draft and a replay say the same."""
    return random.Random(f"{hands.session} {hands.reply}")
