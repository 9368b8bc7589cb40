"""A question with its answer, how things are named in both, and what makes an answer right. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from visavis_models.backends.eyes_concepts import mentioned, words
from visavis_models.training.eyes_facts import NUMBERS

CANT_TELL = "I can't tell."
STUFF = frozenset("snow water grass sand fish sheep scissors broccoli".split())
_IRREGULAR = {
    "man": "men", "woman": "women", "person": "people", "knife": "knives", "computer mouse": "computer mice",
    "pair of skis": "pairs of skis", "wine glass": "wine glasses", "couch": "couches",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """kind: for the table of figures. key: what makes an answer right, in the form `right` reads."""

    kind: str
    question: str
    answer: str
    key: str


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """The ways in which one asks for a kind of thing (`eyes_phrases.toml`)."""
    table = tomllib.loads(files(__package__).joinpath("eyes_phrases.toml").read_text("utf-8"))
    return tuple(table[kind])


def right(asked: Asked, answer: str) -> bool:
    """Whether an answer says what the key wants."""
    told = re.findall(r"[a-z']+", answer.lower())
    known = words()
    kind, _, key = asked.key.partition(":")
    if kind == "no" and answer.lower().startswith(("i can't find", "i don't see", "i don't think")):
        return True
    if kind in ("yes", "no"):
        return bool(told) and (told[0] == kind or (kind == "yes" and answer.lower().startswith("i think so")))
    if kind == "cannot":
        return answer.lower().startswith(("i can't tell", "i don't see", "i'm not sure", "i don't know"))
    if kind == "colour":
        return {word.replace("gray", "grey") for word in told if word in known.colours or word == "gray"} == set(
            key.split()
        )
    if kind == "count":
        numbers = [NUMBERS[word] for word in told if word in NUMBERS]
        return (
            "many" in told
            if key == "many"
            else str(numbers[0]) == key
            if numbers
            else key == "1" and bool({"a", "an"} & set(told))
        )
    if kind == "any":  # one of the words
        return bool(set(key.split()) & set(told))
    if kind == "thing":
        return bool(_forms(key) & set(told)) or key in answer.lower()
    if kind == "things":  # all that is named is there
        named = mentioned(answer)
        return bool(named) and named <= {*key.split(";"), "person"}
    if kind == "side":
        return key in told and not ({"left", "right", "middle"} - {key}) & set(told)
    raise ValueError(f"a key of unknown kind: {asked.key}")


def _forms(name: str) -> frozenset[str]:
    known = words()
    return known.people.get(name) or known.concepts.get(name) or frozenset({name})


def an(name: str) -> str:
    """ "a dog", "an umbrella"; people, pairs and stuff have their own."""
    if name in STUFF:
        return name
    return f"{'an' if name[0] in 'aeio' or name.startswith('umb') else 'a'} {name}"


def plural(name: str) -> str:
    if name in STUFF or name in _IRREGULAR:
        return _IRREGULAR.get(name, name)
    return f"{name}es" if name.endswith(("s", "ch", "sh", "x")) else f"{name}s"
