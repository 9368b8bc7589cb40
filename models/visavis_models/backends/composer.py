"""The embedded painter: scenes composed of drawings by name, count, size, colour and place; no network, no GPU.

`composer/assemble.py` reads the request, `layout.py` places, `draw.py` makes the pixels, thing by thing and back to
front, so that a painting grows before the user's eyes and stops between two things. `changes.py` reads what is to be
changed on a painting, and `edited.py` changes its scene.
Setting `model`: empty for the pack "pictures", or the path of another packed picture set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from visavis_models.backends import minilm
from visavis_models.composer.apart import apart
from visavis_models.composer.assemble import read_request, reading
from visavis_models.composer.changes import read_changes
from visavis_models.composer.draw import drawn, pixels_across
from visavis_models.composer.edited import edited
from visavis_models.composer.english import MOST, counted, listed
from visavis_models.composer.layout import lay_out
from visavis_models.composer.meaning import Meaning, is_description
from visavis_models.composer.pictures import Pictures, load_pictures
from visavis_models.composer.request import plain
from visavis_models.composer.scene import Scene, Subject, told
from visavis_models.composer.shapes import blocks_svg, picture_svg
from visavis_models.composer.styles import styled
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Layer, Painting
from visavis_models.settings import BackendSettings

PACK = "pictures"
LEAST, MOST_PIXELS = 64, 1536  # of a side
PREVIEWS = 6  # at most, besides the backdrop
MOST_UNDONE = 20
UNCLEAR = "I could not tell what to change. Say something like “make it bigger”"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a Painting carries: its scene, what "it" means in a request to change it, and the sheets before it."""

    scene: Scene
    focus: tuple[int, ...] = ()
    before: tuple[Sheet, ...] = ()  # oldest first, each without its own


class Composer:
    """Painter port, Editor and Layered."""

    def __init__(self, pictures: Pictures, meaning: Callable[[], Meaning | None] = lambda: None) -> None:
        """meaning: loads it at the first word that no picture is called by; None where MiniLM is not there."""
        self._pictures = pictures
        self._meaning = cache(meaning)

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """One step a thing. Raises ModelError when there is nothing in the request that can be drawn."""
        scene = self._read(prompt)
        if not scene.things and not scene.asked:
            raise ModelError(
                _lacking(scene) or "I could not tell what to draw. Name some things, like a cat under a tree."
            )
        width, height = (min(max(side, LEAST), MOST_PIXELS) for side in size)
        yield from self._painted(Sheet(scene), width, height, _note(scene))

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        """One step: what stays should not be drawn anew before anybody's eyes. `undo` goes back MOST_UNDONE times.

        A picture whose scene is lost is drawn again from its alt text."""
        sheet = before.scene if isinstance(before.scene, Sheet) else Sheet(self._told(before.alt))
        changes = read_changes(request)
        steps = sum(change.verb == "undo" for change in changes)
        kept, notes = sheet, tuple[str, ...]()
        if steps:
            if not sheet.before:
                raise ModelError("There is nothing to undo: this is the first picture.")
            kept = sheet.before[max(0, len(sheet.before) - steps)]
            kept = replace(kept, before=sheet.before[: max(0, len(sheet.before) - steps)])
        if rest := [change for change in changes if change.verb != "undo"]:
            near = self._pictures.near | self._nearest([text for change in rest for text in change.named])
            made = edited(kept.scene, kept.focus, rest, self._pictures.names, near)
            notes = made.notes
            if not made.done and not steps:
                raise ModelError(" ".join(notes) or f"{UNCLEAR} or “add a tree”.")
            past = (*kept.before, replace(kept, before=()))[-MOST_UNDONE:]
            kept = Sheet(made.scene, made.focus, past)
        elif not steps:
            raise ModelError(f"{UNCLEAR} or “add a tree”.")
        height, width = before.picture.shape[:2]
        *_, done = self._painted(kept, width, height, " ".join(notes))
        yield done

    def layers(self, painting: Painting, size: tuple[int, int]) -> list[Layer]:
        """Of a painting of its own, at any size of the same shape."""
        if not isinstance(painting.scene, Sheet):
            return []
        scene, (width, height) = painting.scene.scene, size
        return apart(scene, lay_out(scene, width / height), self._pictures.drawings, width, height)

    def _read(self, prompt: str) -> Scene:
        names, near = self._pictures.names, self._pictures.near
        text = plain(prompt)
        if is_description(text) and (meaning := self._meaning()) and (name := meaning.described(text)):
            return read_request(name, names, near)
        return read_request(prompt, names, near | self._nearest([text]))

    def _nearest(self, texts: Sequence[str]) -> dict[str, Subject]:
        """Pictures for the nouns of some texts that none is called by."""
        names, near = self._pictures.names, self._pictures.near
        unknown = [word for text in texts for word in reading(styled(text)[0], names, near).unknown]
        if not unknown or (meaning := self._meaning()) is None:
            return {}
        return {noun: (names | near)[name] for noun, name in meaning.nouns(unknown).items()}

    def _told(self, alt: str) -> Scene:
        scene = read_request(alt, self._pictures.names, self._pictures.near)
        if not alt or (not scene.things and not scene.asked):
            raise ModelError("I have lost the plan of that picture. Ask me to draw it again.")
        return scene

    def _painted(self, sheet: Sheet, width: int, height: int, note: str) -> Generator[Painting, None, None]:
        scene = sheet.scene
        placed = lay_out(scene, width / height)
        every = max(1, math.ceil(len(placed) / PREVIEWS))
        steps = drawn(scene, placed, self._pictures.drawings, width, height)
        picture = next(steps)
        if placed:
            yield Painting(picture, False, 0.0)
        for number, picture in enumerate(steps, start=1):
            if number % every == 0 and number < len(placed):
                yield Painting(picture, False, number / (len(placed) + 1))
        alt = told(scene)
        if scene.style == "pixels":
            svg = blocks_svg(picture, pixels_across(width, height), alt)
        else:
            svg = picture_svg(scene, placed, self._pictures.drawings, width, height, alt)
        yield Painting(picture, True, 1.0, alt, note, svg, sheet)


def load(settings: BackendSettings, packs: Packs) -> Composer:
    """Raises PackMissing."""
    if settings.model:
        return Composer(load_pictures(Path(settings.model)))

    def meaning() -> Meaning | None:
        try:
            return Meaning(packs.file(PACK, "names.npz"), minilm.load(BackendSettings(), packs).embed)
        except PackMissing:  # pictures are found by their names all the same
            return None

    return Composer(load_pictures(packs.file(PACK, "pictures.json.gz")), meaning)


def _note(scene: Scene) -> str:
    """What is not as it was asked for."""
    notes = [_lacking(scene)]
    if replaced := [thing for thing in scene.things if thing.near]:
        asked = " or ".join(counted(1, thing.near) for thing in replaced)
        notes.append(f"I have no picture of {asked}, so I drew {listed([counted(1, t.said) for t in replaced])}.")
    if scene.foreign:
        notes.append(f"I can't do {scene.foreign}, so I drew it my own way.")
    if scene.capped:
        notes.append(f"I draw {MOST} of a kind at most.")
    return " ".join(note for note in notes if note)


def _lacking(scene: Scene) -> str:
    if not scene.unknown:
        return ""
    some = list(scene.unknown[:4])
    return f"I have no picture of {' or '.join([', '.join(some[:-1]), some[-1]]) if len(some) > 1 else some[0]}."
