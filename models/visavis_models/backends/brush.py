"""Our own diffusion painter: a plan of the scene, and every thing in it painted out of noise.

The composer's reading of requests and its layout say what goes where; what a thing looks like comes out of weights that
`training/brush.py` has learned (docs/cards/brush.md), by MiniLM's vector of its name, also where the composer has no
drawing. The first preview is what the memory sketches, then one after every step of the flow; closed, it stops between
two steps. Setting `model`: empty for the pack "brush", or the path of another brush.npz. options: steps;
seed (-1: another picture each time); style ("noto", "fluent", "twemoji", "any"); known (0 to 1: how far a name is taken
for the nearest learned).
"""

from __future__ import annotations

import zlib
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from visavis_models.backends import minilm
from visavis_models.backends.brush_canvas import Floats, background, composed
from visavis_models.backends.brush_flow import COLOURS, SIDE, STYLES, levels_of, mixture
from visavis_models.backends.brush_graph import Weights, finishing, flowing, remembering
from visavis_models.backends.brush_scene import Sheet, begun, going_on, phrase_of
from visavis_models.composer.layout import lay_out
from visavis_models.composer.pictures import Pictures, load_pictures
from visavis_models.composer.scene import told
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Embedder, Painting, Picture
from visavis_models.settings import BackendSettings

PACK = "brush"
LEAST, MOST = 64, 1536  # pixels of a side
STEPS = 3
MOST_PAINTED = 12  # things times steps, of one picture
PREVIEW = 256

Wanted = tuple[str, str]  # phrase and colour


@dataclass(frozen=True, slots=True)
class Options:
    steps: int = STEPS
    seed: int = -1
    style: str = "noto"
    known: float = 1.0


@dataclass(slots=True)
class Thing:
    """One on its way, each (1, ...): what the memory says of it, and the picture as noised. All of pixels in -1..1."""

    told: Floats
    look: Floats
    sketch: Floats
    noised: Floats


class Brush:
    """Painter port and Editor."""

    def __init__(
        self, weights: Weights, finish: Weights, pictures: Pictures, embedder: Embedder, options: Options, threads: int
    ) -> None:
        import openvino

        self._pictures, self._embedder, self._options = pictures, embedder, options
        self._known = weights.rows("known.weight")
        self._words = weights.array("words_mean"), float(weights.array("words_scale"))
        core = openvino.Core()
        how = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._remembering, self._flowing, self._finishing = (
            core.compile_model(made, "CPU", how).create_infer_request()
            for made in (remembering(weights), flowing(weights), finishing(finish))
        )
        self._asked = int(weights.array("memory.first.weight.whole").shape[1])
        self._random = np.random.default_rng(options.seed if options.seed >= 0 else None)

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """Raises ModelError when there is nothing in the request that can be drawn."""
        sheet = replace(begun(prompt, self._pictures), seed=int(self._random.integers(2**31)))
        width, height = (min(max(side, LEAST), MOST) for side in size)
        yield from self._painted(sheet, width, height)

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        """The changed plan from the same noise; of somebody else's picture, what its alternative text tells."""
        sheet, notes = going_on(before.scene, before.alt, request, self._pictures)
        height, width = before.picture.shape[:2]
        for painting in self._painted(sheet, width, height):
            yield replace_note(painting, notes) if painting.done else painting

    def _painted(self, sheet: Sheet, width: int, height: int) -> Generator[Painting, None, None]:
        placed = lay_out(sheet.scene, width / height)
        wanted = {each: phrase_of(each, COLOURS) for each in placed}
        things = self.things(list(dict.fromkeys(wanted.values())), sheet.seed)
        share = min(1.0, PREVIEW / max(width, height))
        small = max(1, round(width * share)), max(1, round(height * share))
        ground = background(sheet.scene, *small)

        def seen(looks: dict[Wanted, Floats], ground: Floats, done: bool) -> Picture:
            return composed(sheet.scene, placed, [looks[wanted[each]] for each in placed], ground, done)

        looks = {each: pixels(thing.sketch) for each, thing in things.items()}
        steps = min(self._options.steps, max(1, MOST_PAINTED // max(1, len(things))))
        levels = levels_of(steps)
        yield Painting(seen(looks, ground, False), False, 0.5 / len(levels))
        for number, (level, after) in enumerate(pairwise(levels), start=1):
            clean = {each: self.step(thing, level, after) for each, thing in things.items()}
            if number < len(levels) - 1:
                looks = {each: pixels(thing) for each, thing in clean.items()}
                yield Painting(seen(looks, ground, False), False, (number + 0.5) / len(levels))
        looks = {each: pixels(self.finished(thing)) for each, thing in clean.items()}
        made = seen(looks, background(sheet.scene, width, height), True)
        yield Painting(made, True, 1.0, told(sheet.scene), scene=sheet)

    def things(self, wanted: list[Wanted], seed: int) -> dict[Wanted, Thing]:
        """What the memory says of each; the same seed gives a thing the same noise in any picture."""
        if not wanted:
            return {}
        mean, scale = self._words
        asked = np.zeros((len(wanted), self._asked), np.float32)
        vectors = nearer(self._embedder.embed([phrase for phrase, _ in wanted]), self._known, self._options.known)
        asked[:, : len(mean)] = (vectors - mean) / scale
        for row, (_, colour) in enumerate(wanted):
            if self._options.style in STYLES:
                asked[row, len(mean) + STYLES.index(self._options.style)] = 1
            if colour in COLOURS:
                asked[row, len(mean) + len(STYLES) + COLOURS.index(colour)] = 1
        remembered = self._remembering.infer([asked])
        told, look, sketch = (remembered[number].copy() for number in range(3))
        made = {}
        for row, each in enumerate(wanted):
            own = np.random.default_rng((seed, zlib.crc32(" ".join(each).encode())))
            noised = own.standard_normal((1, 4, SIDE, SIDE), np.float32)
            one = slice(row, row + 1)
            made[each] = Thing(told[one], look[one], sketch[one], noised)
        return made

    def step(self, thing: Thing, level: float, after: float) -> Floats:
        """The thing's noise brought down from one level to the next. Returns what it will come to."""
        said = self._flowing.infer([thing.noised, thing.sketch, np.array([level], np.float32), thing.told, thing.look])
        near, plan, more = mixture(level)
        clean = near * thing.noised + plan * thing.sketch + more * said[0]
        thing.noised = np.asarray(clean + after / level * (thing.noised - clean), np.float32)
        return np.asarray(clean, np.float32)

    def finished(self, thing: Floats) -> Floats:
        """(1, 4, 128, 128) to (1, 4, 256, 256): without the noise that the flow has left."""
        return np.array(self._finishing.infer([thing])[0], np.float32)


def pixels(thing: Floats) -> Floats:
    """(1, 4, h, w) in -1..1 to (h, w, 4) in 0..1."""
    return np.ascontiguousarray(thing[0].transpose(1, 2, 0) / 2 + np.float32(0.5))


def nearer(vectors: Floats, known: Floats, share: float) -> Floats:
    """Vectors of phrases, moved towards the nearest name that was learned, which makes a clearer sketch."""
    return np.asarray(vectors + share * (known[(vectors @ known.T).argmax(1)] - vectors), np.float32)


def replace_note(painting: Painting, note: str) -> Painting:
    return Painting(painting.picture, True, 1.0, painting.alt, note, scene=painting.scene)


def load(settings: BackendSettings, packs: Packs) -> Brush:
    """Raises PackMissing or ModelError."""
    path = Path(settings.model).expanduser() if settings.model else packs.file(PACK, "brush.npz")
    try:
        weights, finish = (Weights(dict(np.load(each))) for each in (path, packs.file(PACK, "finish.npz")))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise PackMissing(
            f"the weights of the brush in {path} cannot be read ({error}): install visavis again"
        ) from None
    pictures = load_pictures(packs.file("pictures", "pictures.json.gz"))
    threads = settings.threads or 1
    embedder = minilm.load(BackendSettings(threads=threads), packs)
    return Brush(weights, finish, pictures, embedder, options_of(settings.options), threads)


def options_of(given: Any) -> Options:
    """Raises ModelError for what cannot be meant."""
    known = Options()
    if unknown := set(given) - set(Options.__slots__):
        raise ModelError(f"models.painter.options names {', '.join(sorted(unknown))}: use steps, seed, style, known")
    made = replace(known, **dict(given))
    if isinstance(made.steps, bool) or not isinstance(made.steps, int) or not 1 <= made.steps <= 100:
        raise ModelError(f"models.painter.options.steps = {made.steps!r}: give a whole number from 1 to 100")
    if isinstance(made.seed, bool) or not isinstance(made.seed, int) or not -1 <= made.seed < 2**63:
        raise ModelError(f"models.painter.options.seed = {made.seed!r}: give a whole number, or -1 for any")
    if isinstance(made.known, bool) or not isinstance(made.known, int | float) or not 0 <= made.known <= 1:
        raise ModelError(f"models.painter.options.known = {made.known!r}: give a number from 0 to 1")
    if made.style not in (*STYLES, "any"):
        raise ModelError(f"models.painter.options.style = {made.style!r}: use {', '.join(STYLES)} or any")
    return made
