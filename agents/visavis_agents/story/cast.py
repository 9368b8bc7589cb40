"""Who and what may be in a story, and where (`cast.toml`), and the words that are said of them. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

PRONOUNS = {
    "she": ("she", "her", "her", "was"),
    "he": ("he", "him", "his", "was"),
    "they": ("they", "them", "their", "were"),
}  # subject, object, of whom, "was"


@cache
def cast() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("cast.toml").read_text("utf-8"))


@cache
def plots() -> tuple[dict[str, Any], ...]:
    """Plots as `plots.txt` writes them."""
    made: list[dict[str, Any]] = []
    for line in files(__package__).joinpath("plots.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            made.append({"name": line.strip("[]"), "thing": "", "default": ("star",), "not": (), "pages": []})
        elif line.startswith("> "):
            made[-1]["pages"].append({"picture": line[2:], "say": []})
        elif line and not line.startswith("#"):
            if made[-1]["pages"]:
                made[-1]["pages"][-1]["say"].append(line)
            else:
                key, _, value = line.partition(": ")
                made[-1][key] = tuple(value.split(", ")) if key in ("default", "not") else value
    return tuple(made)


@cache
def creatures() -> frozenset[str]:
    """Kinds of beings that a story can be about."""
    known = cast()
    return frozenset([*known["heroes"], *known["friends"], *known["creatures"]])


def place_called(name: str) -> dict[str, Any] | None:
    return next((place for place in cast()["place"] if name in place["names"]), None)


def classes_of(thing: str) -> list[str]:
    """The classes of things that it belongs to; one that is not known can be lost and given away."""
    return [kind for kind, names in cast()["things"].items() if thing in names] or ["small"]


@dataclass(frozen=True, slots=True)
class Being:
    """Somebody in a story. kind: "fox"; nature: "little"; colour: or empty; pronoun: a key of PRONOUNS."""

    name: str
    kind: str
    pronoun: str
    nature: str = ""
    colour: str = ""

    @property
    def told(self) -> str:
        """ "a little green dragon"; of somebody whom the listener named as one only, "Santa Claus"."""
        return with_article(" ".join(word for word in (self.nature, self.colour, self.kind) if word))

    @property
    def shown(self) -> str:
        """For the painter: the same in every picture."""
        return with_article(f"{self.colour} {self.kind}".strip())

    def slots(self, before: str = "") -> dict[str, str]:
        """before: of the friend's slots, "f"."""
        subject, object_, whose, was = PRONOUNS[self.pronoun]
        who = "friend" if before else "hero"
        return {
            who: self.name,
            f"a_{who}": self.told,
            f"the_{who}": f"the {self.kind}",
            f"{who}_pic": self.shown,
            f"{before}he": subject,
            f"{before}him": object_,
            f"{before}his": whose,
            f"{before}was": was,
        }


def with_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' and not noun.startswith('uni') else 'a'} {noun}"
