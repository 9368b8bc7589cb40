"""What the brush is to paint: a request as a scene, with things in it that no drawing exists of; and changes to it.

The words are read by the composer. Where it knows no such thing the brush tries: the name goes to MiniLM as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from visavis_models.composer.assemble import read_request
from visavis_models.composer.changes import read_changes
from visavis_models.composer.edited import edited
from visavis_models.composer.pictures import Pictures
from visavis_models.composer.placed import Placed
from visavis_models.composer.scene import Scene, Subject
from visavis_models.errors import ModelError

MOST_NEW = 6  # things without a drawing, in one request
LONGEST = 40  # characters of such a thing's name
MOST_UNDONE = 20
UNCLEAR = "I could not tell what to change. Say something like “make it bigger” or “add a tree”."


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a Painting carries: its scene, the things it has beside the picture set, what "it" means, earlier sheets."""

    scene: Scene
    new: tuple[Subject, ...] = ()
    focus: tuple[int, ...] = ()
    before: tuple[Sheet, ...] = ()
    seed: int = 0  # of the noise that it was painted from: what a change leaves alone comes out as it was


def begun(request: str, pictures: Pictures) -> Sheet:
    """Raises ModelError when nothing in the request can be drawn."""
    scene, new = _read(request, pictures.names)
    if not scene.things and not scene.asked:
        raise ModelError("I could not tell what to draw. Name some things, like a cat under a tree.")
    return Sheet(scene, new)


def going_on(before: Any, alt: str, request: str, pictures: Pictures) -> tuple[Sheet, str]:
    """The changed sheet, and what is to be said of it. before: the last Sheet; of another painter, the alt text is all.

    Raises ModelError when nothing was changed."""
    sheet = before if isinstance(before, Sheet) else begun(alt, pictures)
    changes = read_changes(request)
    undone = sum(change.verb == "undo" for change in changes)
    if undone and not sheet.before:
        raise ModelError("There is nothing to undo: this is the first picture.")
    if undone:
        past = sheet.before[: max(0, len(sheet.before) - undone)]
        sheet = replace(sheet.before[max(0, len(sheet.before) - undone)], before=past)
    rest = [change for change in changes if change.verb != "undo"]
    if not rest:
        if undone:
            return sheet, ""
        raise ModelError(UNCLEAR)
    names = {**pictures.names, **{subject.label: subject for subject in sheet.new}}
    made = edited(sheet.scene, sheet.focus, rest, names, {})
    if made.scene.unknown:
        new = _subjects(made.scene.unknown)
        made = edited(sheet.scene, sheet.focus, rest, {**names, **{each.label: each for each in new}}, {})
        sheet = replace(sheet, new=(*sheet.new, *new)[-MOST_NEW * 2 :])
    if not made.done and not undone:
        raise ModelError(" ".join(made.notes) or UNCLEAR)
    past = (*sheet.before, replace(sheet, before=()))[-MOST_UNDONE:]
    return Sheet(made.scene, sheet.new, made.focus, past, sheet.seed), " ".join(made.notes)


def phrase_of(placed: Placed, colours: Sequence[str]) -> tuple[str, str]:
    """What a thing is called, and its colour; a colour that was not learned stays a word."""
    phrase = placed.subject.name.replace("-", " ")
    colour = {"gray": "grey", "golden": "yellow", "gold": "yellow", "silver": "grey", "violet": "purple"}.get(
        placed.colour, placed.colour
    )
    if colour and colour not in colours:
        return f"{colour} {phrase}", ""
    own = [word for word in phrase.split() if word in colours]  # "black cat" was learned as a cat, and black
    if own and len(phrase.split()) > 1:
        return " ".join(word for word in phrase.split() if word != own[0]), colour or own[0]
    return phrase, colour


def _read(request: str, names: Mapping[str, Subject]) -> tuple[Scene, tuple[Subject, ...]]:
    scene = read_request(request, names, {})
    if not scene.unknown:
        return scene, ()
    new = _subjects(scene.unknown)
    return read_request(request, {**names, **{each.label: each for each in new}}, {}), new


def _subjects(unknown: Sequence[str]) -> tuple[Subject, ...]:
    """Things that nobody has drawn: as large as a dog, standing where there is room."""
    made = []
    for said in unknown[:MOST_NEW]:
        words = said.split()
        name = " ".join(words[1:] if words[0] in ("a", "an") else words)[:LONGEST].strip()
        if name:
            made.append(Subject(name=name, label=name, size=0.7, aspect=1.0, place="ground"))
    return tuple(made)
