"""The common things that our eyes know by name, and the words that people use for them. Pure; tables in a file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ALIKE = {
    "bike": "bicycle", "motorbike": "motorcycle", "sofa": "couch", "tvmonitor": "television",
    "diningtable": "table", "pottedplant": "plant", "tv": "television", "cell phone": "phone",
    "sports ball": "ball", "skis": "pair of skis", "dining table": "table", "potted plant": "plant",
    "handbag": "bag", "remote": "remote control", "mouse": "computer mouse", "hair drier": "hair dryer",
    "aeroplane": "airplane",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The tables of eyes_concepts.toml. concepts: forms by concept; of: concept by form."""

    concepts: dict[str, frozenset[str]]
    of: dict[str, str]
    salient: tuple[str, ...]
    people: dict[str, frozenset[str]]
    colours: frozenset[str]
    clothes: frozenset[str]
    places: dict[str, str]
    indoors: frozenset[str]
    outdoors: frozenset[str]


@cache
def words() -> Words:
    table = tomllib.loads(files(__package__).joinpath("eyes_concepts.toml").read_text("utf-8"))
    concepts = {name: frozenset(forms.split()) for part in ("things", "around") for name, forms in table[part].items()}
    people = {name: frozenset(forms.split()) for name, forms in table["people"].items()}
    of = {form: name for name, forms in (*people.items(), *concepts.items()) for form in forms}
    return Words(
        concepts,
        of,
        tuple(table["things"]),
        people,
        frozenset(table["colours"].split()),
        frozenset(table["clothes"]["items"].split()),
        table["places"],
        frozenset(table["inside"]["indoors"].split()),
        frozenset(table["inside"]["outdoors"].split()),
    )


def concept(label: str) -> str:
    """The concept of a COCO label, or the label itself."""
    return _ALIKE.get(label, label)


def clean(caption: str) -> str:
    """Lower case, words and commas only, no full stop."""
    text = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' ,-]", " ", caption.lower())).strip(" ,-'")
    text = re.sub(r"\b(t shirt|tee shirt|t-shirt)\b", "shirt", text).replace(" 's", "'s").replace(" ,", ",")
    return text


def mentioned(text: str) -> set[str]:
    """The concepts that a text names; men and women are persons too."""
    known, text = words(), clean(text)
    found = set()
    for name in sorted(known.concepts, key=len, reverse=True):
        if " " in name and (hit := re.search(rf"\b{name}(?:e?s)?\b|\b{name.replace(' of', 's of')}\b", text)):
            found.add(name)
            text = f"{text[: hit.start()]} {text[hit.end() :]}"
    found |= {known.of[token] for token in re.findall(r"[a-z'-]+", text) if token in known.of}
    return found | ({"person"} if found & {"man", "woman"} else set())
