"""The embedded painter: scenes composed of drawings by name, count, size, colour and place; no network, no GPU.

`composer/assemble.py` reads the request, `layout.py` places, `draw.py` makes the pixels, thing by thing and back to
front, so that a painting grows before the user's eyes and stops between two things.
Setting `model`: empty for the pack "pictures", or the path of another packed picture set.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path

from visavis_models.composer.assemble import read_request
from visavis_models.composer.draw import drawn
from visavis_models.composer.english import MOST, counted, listed
from visavis_models.composer.layout import lay_out
from visavis_models.composer.pictures import Pictures, load_pictures
from visavis_models.composer.scene import Scene, told
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Painting
from visavis_models.settings import BackendSettings

PACK = "pictures"
LEAST, MOST_PIXELS = 64, 1536  # of a side
PREVIEWS = 6  # at most, besides the backdrop


class Composer:
    """Painter port."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """One step a thing. Raises ModelError when there is nothing in the request that can be drawn."""
        scene = read_request(prompt, self._pictures.names, self._pictures.near)
        if not scene.things and not scene.asked:
            raise ModelError(
                _lacking(scene) or "I could not tell what to draw. Name some things, like a cat under a tree."
            )
        width, height = (min(max(side, LEAST), MOST_PIXELS) for side in size)
        placed = lay_out(scene, width / height)
        every = max(1, math.ceil(len(placed) / PREVIEWS))
        steps = drawn(scene, placed, self._pictures.drawings, width, height)
        picture = next(steps)
        if placed:
            yield Painting(picture, False, 0.0)
        for number, picture in enumerate(steps, start=1):
            if number % every == 0 and number < len(placed):
                yield Painting(picture, False, number / (len(placed) + 1))
        yield Painting(picture, True, 1.0, told(scene), _note(scene))


def load(settings: BackendSettings, packs: Packs) -> Composer:
    """Raises PackMissing."""
    return Composer(load_pictures(Path(settings.model) if settings.model else packs.file(PACK, "pictures.json.gz")))


def _note(scene: Scene) -> str:
    """What is not as it was asked for."""
    notes = [_lacking(scene)]
    if replaced := [thing for thing in scene.things if thing.near]:
        asked = " or ".join(counted(1, thing.near) for thing in replaced)
        notes.append(f"I have no picture of {asked}, so I drew {listed([counted(1, t.said) for t in replaced])}.")
    if scene.capped:
        notes.append(f"I draw {MOST} of a kind at most.")
    return " ".join(note for note in notes if note)


def _lacking(scene: Scene) -> str:
    if not scene.unknown:
        return ""
    some = list(scene.unknown[:4])
    return f"I have no picture of {' or '.join([', '.join(some[:-1]), some[-1]]) if len(some) > 1 else some[0]}."
