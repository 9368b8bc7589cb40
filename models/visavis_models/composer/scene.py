"""A scene: what a request to draw comes to. `request.py` makes it, `layout.py` places it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from visavis_models.composer.english import counted, listed
from visavis_models.composer.styles import TOLD, Style

Where = Literal["ground", "far", "sky", "space", "water", "deep", "wall", "thing"]
Link = Literal[
    "on", "above", "under", "left", "right", "beside", "between", "front", "behind", "inside", "worn", "held", "around"
]
Spot = Literal["left", "right", "middle", "top", "bottom", "sky", "far"]
Backdrop = Literal[
    "paper", "day", "night", "sunset", "rain", "snow", "desert", "beach", "sea", "underwater", "space", "moon", "room",
    "street", "city", "forest", "garden",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a picture. size: its longer side, a standing adult is 1. aspect: width / height. top: where
    others rest on it, a fraction of its height. head: (x, y) from the left and the bottom. faces: left or empty."""

    name: str
    label: str
    size: float
    aspect: float
    place: Where
    kind: str = ""
    top: float = 1.0
    head: tuple[float, float] | None = None
    faces: str = ""

    @property
    def box(self) -> tuple[float, float]:
        """Width and height in scene units."""
        return (self.size, self.size / self.aspect) if self.aspect >= 1 else (self.size * self.aspect, self.size)


@dataclass(frozen=True, slots=True)
class Relation:
    """link: how it stands to thing number `to`; "left" means to the left of it."""

    link: Link
    to: int


@dataclass(frozen=True, slots=True)
class Thing:
    """count of one picture. said: its name in the singular, as the user said it; near: another name was said, this
    one. scale: 1.0 is its usual size. colour: a key of COLOURS or empty. spots: where in the picture it was wished.
    known: said with "the". turned: looks the other way."""

    subject: Subject
    said: str
    near: str = ""
    count: int = 1
    scale: float = 1.0
    size_word: str = ""
    colour: str = ""
    spots: frozenset[Spot] = frozenset()
    relations: tuple[Relation, ...] = ()
    known: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """backdrop: what was asked for or fits. light: night, sunset or rain over it. paper: a plain background's
    colour; sky, ground: colours that were asked for these. foreign: a style that was asked for and that it cannot have.
    unknown: names without a picture, with their article."""

    things: tuple[Thing, ...]
    backdrop: Backdrop = "paper"
    light: Backdrop = "day"
    paper: str = ""
    sky: str = ""
    ground: str = ""
    style: Style = ""
    foreign: str = ""
    unknown: tuple[str, ...] = ()
    capped: bool = False  # more of something was asked for than is drawn
    asked: bool = False  # the backdrop or the light was asked for


_LINKED: Mapping[Link, str] = {
    "on": "on", "above": "above", "under": "under", "left": "to the left of", "right": "to the right of",
    "beside": "next to", "between": "between", "front": "in front of", "behind": "behind", "inside": "in",
    "worn": "on", "held": "with", "around": "around",
}  # fmt: skip
_CARRIED: Mapping[Link, str] = {  # told of the one that has it: "a basket with three apples in it"
    "on": " on {it}", "inside": " in {it}", "worn": "", "held": "", "around": " around {it}",
}  # fmt: skip
_AT: Mapping[Backdrop, str] = {
    "night": "at night", "sunset": "at sunset", "rain": "in the rain", "snow": "in the snow", "desert": "in the desert",
    "beach": "on the beach", "sea": "on the sea", "underwater": "under water", "space": "in space",
    "moon": "on the moon",
    "street": "on a street", "city": "in a city", "forest": "in a forest", "garden": "in a garden",
}  # fmt: skip

_EMPTY: Mapping[Backdrop, str] = {"room": "an empty room", "day": "a green field", "paper": "a sheet of paper"}


def told(scene: Scene) -> str:
    """What is on the picture, in words: "three red apples on a table, and a small cat on the left"."""
    heads = [index for index in range(len(scene.things)) if not _is_told_earlier(scene, index)]
    rows: list[list[int]] = []
    for index in heads:
        relations = scene.things[index].relations
        if rows and relations and scene.things[rows[-1][0]].relations == relations:
            rows[-1].append(index)  # "an orange and a banana on a table"
        else:
            rows.append([index])
    text = listed([_row_told(scene, row) for row in rows])
    for place in dict.fromkeys((scene.backdrop, scene.light)):
        if place in _AT and _AT[place] not in text:
            text = f"{text} {_AT[place]}".strip()
    text = text or _EMPTY.get(scene.backdrop, "an empty scene")
    text += f" under a {scene.sky} sky" if scene.sky and scene.backdrop not in ("paper", "room") else ""
    return f"{text} {TOLD[scene.style]}" if scene.style else text


def _row_told(scene: Scene, row: list[int]) -> str:
    text = listed([_phrase(scene, index) for index in row])
    first = scene.things[row[0]]
    if first.relations:
        told_hosts = [_host_told(scene, relation.to, row[0]) for relation in first.relations]
        if len(told_hosts) == 2 and told_hosts[0] == told_hosts[1]:
            told_hosts = [counted(2, scene.things[first.relations[0].to].said)]
        hosts = listed(told_hosts)
        text += f" {_LINKED[first.relations[0].link]} {hosts}"
    else:
        text += "".join(f" on the {spot}" for spot in ("left", "right") if spot in first.spots)
    return text


def _phrase(scene: Scene, index: int) -> str:
    """ "three big red apples", with what it carries: "a cat with a hat"."""
    thing = scene.things[index]
    words = (thing.size_word, "" if thing.colour in thing.said.split() else thing.colour, thing.said)
    text = counted(thing.count, " ".join(word for word in words if word))
    carried = [number for number in range(len(scene.things)) if _carries(scene, index, number)]
    if carried:
        it = "it" if thing.count == 1 else "them"
        ending = _CARRIED[scene.things[carried[-1]].relations[0].link].format(it=it)
        text += f" with {listed([_phrase(scene, number) for number in carried])}{ending}"
    return text


def _carries(scene: Scene, host: int, guest: int) -> bool:
    relations = scene.things[guest].relations
    return guest > host and len(relations) == 1 and relations[0].to == host and relations[0].link in _CARRIED


def _host_told(scene: Scene, index: int, teller: int) -> str:
    """In full by the thing that tells it first, "the house" by the others."""
    thing = scene.things[index]
    first = next(number for number, guest in enumerate(scene.things) if _to(guest, index))
    return (
        _row_told(scene, [index]) if first == teller < index else f"the {counted(thing.count, thing.said).split()[-1]}"
    )


def _is_told_earlier(scene: Scene, index: int) -> bool:
    """As what an earlier thing is on, under or beside, or as what an earlier thing carries."""
    return any(_to(guest, index) for guest in scene.things[:index]) or any(
        _carries(scene, host, index) for host in range(index)
    )


def _to(guest: Thing, host: int) -> bool:
    return any(relation.to == host for relation in guest.relations)
