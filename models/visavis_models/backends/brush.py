"""Our own diffusion painter: a plan of the scene, a sketch of every thing in it, and a flow that paints the canvas.

The composer's reading of requests and its layout say what goes where; what a thing looks like comes out of weights that
`training/brush.py` has learned (docs/cards/brush.md), by MiniLM's vector of its name, also where the composer has no
drawing. The first preview is the canvas of sketches, then one every two steps; closed, it stops at the next step.
Setting `model`: empty for the pack "brush", or the path of another brush.npz. options: steps; seed (-1: another picture
each time); style ("noto", "fluent", "twemoji", "any"); known (0 to 1: how far a name is taken for the nearest learned).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import minilm
from visavis_models.backends.brush_canvas import CELLS, PATCH, WRONG, Canvas, Floats, Patches, mixture
from visavis_models.backends.brush_graph import Weights, finishing, flowing, sketching
from visavis_models.backends.brush_scene import Sheet, area_of, begun, going_on, phrase_of
from visavis_models.composer.draw import drawn
from visavis_models.composer.layout import lay_out
from visavis_models.composer.pictures import Pictures, load_pictures
from visavis_models.composer.placed import Placed
from visavis_models.composer.scene import Scene, told
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Embedder, Painting, Picture
from visavis_models.settings import BackendSettings

PACK = "brush"
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
STYLES = ("fluent", "noto", "twemoji")  # as learned; the order counts
LEAST, MOST = 64, 1536  # pixels of a side
SMALL, LARGE = 24, 32  # patches a side of a square canvas, for one or two things and for more
STEPS = 8
KEPT = 0.6  # an edited picture is noised so far, and painted from there
PREVIEW = 256


@dataclass(frozen=True, slots=True)
class Options:
    steps: int = STEPS
    seed: int = -1
    style: str = "noto"
    known: float = 0.6


class Brush:
    """Painter port and Editor."""

    def __init__(
        self, weights: Weights, pictures: Pictures, embedder: Embedder, options: Options, threads: int
    ) -> None:
        import openvino

        self._pictures, self._embedder, self._options = pictures, embedder, options
        self._things, self.canvas = Patches(weights, "things"), Patches(weights, "canvas")
        self._known = weights.rows("known.weight") if "known.weight" in weights else np.zeros((0, 384), np.float32)
        self._words = weights.array("words_mean"), float(weights.array("words_scale"))
        self._codes, self._latents = len(weights.array("things.scale")), len(weights.array("canvas.scale"))
        core = openvino.Core()
        how = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._sketching, self._flowing, self._finishing = (
            core.compile_model(made(weights), "CPU", how).create_infer_request()
            for made in (sketching, flowing, finishing)
        )
        self._asked = int(weights.array("sketch.layers.0.weight.whole").shape[1])
        self._random = np.random.default_rng(options.seed if options.seed >= 0 else None)

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """Raises ModelError when there is nothing in the request that can be drawn."""
        sheet = replace(begun(prompt, self._pictures), seed=int(self._random.integers(2**31)))
        width, height = (min(max(side, LEAST), MOST) for side in size)
        yield from self._painted(sheet, width, height)

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        """The changed plan from the same noise; somebody else's picture is noised, and painted from there."""
        sheet, notes = going_on(before.scene, before.alt, request, self._pictures)
        height, width = before.picture.shape[:2]
        start = None if isinstance(before.scene, Sheet) else before.picture
        for painting in self._painted(sheet, width, height, start):
            yield replace_note(painting, notes) if painting.done else painting

    def _painted(
        self, sheet: Sheet, width: int, height: int, before: Picture | None = None
    ) -> Generator[Painting, None, None]:
        placed = lay_out(sheet.scene, width / height)
        wide, high = _cells(width / height, SMALL if len(placed) <= 2 else LARGE)
        canvas = self._sketched(sheet.scene, placed, wide * PATCH, high * PATCH)
        steps = self._options.steps
        yield Painting(_preview(canvas.picture, width, height), False, 0.5 / (steps + 1))
        given, here = canvas.given(self.canvas), canvas.things()
        start = None
        if before is not None:
            small = cv2.resize(before, (wide * PATCH, high * PATCH), interpolation=cv2.INTER_AREA)
            start = self.canvas.code(small.astype(np.float32) / np.float32(255))
        clean = given[: self._latents]
        for number, clean in enumerate(self.flow(given, here, sheet.seed, start), start=1):
            if number % 2 == 0 and number < steps:
                seen = self.canvas.picture(clean)
                yield Painting(_preview(seen, width, height), False, (number + 0.5) / (steps + 1))
        made = self.finished(clean, width, height)
        backdrop = backdrop_of(sheet.scene, width, height)
        yield Painting(laid(made, backdrop, here), True, 1.0, told(sheet.scene), scene=sheet)

    def _sketched(self, scene: Scene, placed: Sequence[Placed], wide: int, high: int) -> Canvas:
        backdrop = backdrop_of(scene, 4 * wide, 4 * high)
        small = cv2.resize(backdrop, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
        looks = self.looks(list(dict.fromkeys(phrase_of(each, COLOURS) for each in placed)))
        canvas = Canvas(small, next(iter(looks.values()))[1].shape[0] if looks else self.free)
        for each in placed:
            thing, free = looks[phrase_of(each, COLOURS)]
            x, y, side = area_of(each, high)
            canvas.lay(thing, free, x, y, side, each.flip)
        return canvas

    @property
    def free(self) -> int:
        """Channels of a sketch beside its looks."""
        shape = self._sketching.get_compiled_model().output(0).partial_shape
        return int(shape[1].get_length()) // CELLS**2 - self._codes

    def looks(self, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[Floats, Floats]]:
        """Of every phrase and colour: the thing (64, 64, 4), and its free channels (n, 16, 16)."""
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
        made = self._sketching.infer([asked])[0].reshape(len(wanted), -1, CELLS, CELLS)
        return {
            each: (self._things.picture(one[: self._codes]), one[self._codes :].copy())
            for each, one in zip(wanted, made, strict=True)
        }

    def flow(
        self, given: Floats, here: Floats, seed: int, start: Floats | None = None
    ) -> Generator[Floats, None, None]:
        """After every step: what the latents will come to. here: 1 where there is a thing to paint."""
        wrong = WRONG[0] + (WRONG[1] - WRONG[0]) * here
        shape = (self._latents, *given.shape[1:])
        noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
        levels = np.linspace(1.0, 0.0, self._options.steps + 1, dtype=np.float32)
        latents = noise
        if start is not None:
            levels = levels[levels <= KEPT + 1e-6]
            latents = (1 - levels[0]) * start + levels[0] * noise
        for level, after in pairwise(levels):
            seen = np.concatenate([latents, given])[None]
            said = self._flowing.infer([seen, np.array([level], np.float32)])[0][0]
            near, plan, more = mixture(float(level), wrong)
            clean = near * latents + plan * given[: self._latents] + more * said
            latents = (clean + after / level * (latents - clean)).astype(np.float32)
            yield clean

    def finished(self, latents: Floats, width: int, height: int) -> Picture:
        plain = self.canvas.picture(latents).transpose(2, 0, 1)
        made = self._finishing.infer([latents[None], np.ascontiguousarray(plain[None])])[0][0]
        return enlarged(np.clip(made.transpose(1, 2, 0), 0, 1), width, height)


def nearer(vectors: Floats, known: Floats, share: float) -> Floats:
    """Vectors of phrases, moved towards the nearest name that was learned, which makes a clearer sketch."""
    if not len(known):
        return vectors
    return np.asarray(vectors + share * (known[(vectors @ known.T).argmax(1)] - vectors), np.float32)


def enlarged(picture: Floats, width: int, height: int) -> Picture:
    """To (height, width, 3) uint8; edges that enlarging has softened are made steep again."""
    made = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    factor = width / picture.shape[1]
    if factor > 1.2:
        reach = max(3, 2 * round(factor) + 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        straight = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        low, high = cv2.erode(straight, kernel), cv2.dilate(straight, kernel)
        soft = cv2.GaussianBlur(made, (0, 0), factor * 0.5)
        made = np.clip(made + 1.5 * (made - cv2.GaussianBlur(soft, (0, 0), factor)), low, high)
    return np.asarray(np.clip(made * 255 + 0.5, 0, 255), np.uint8)


def backdrop_of(scene: Scene, width: int, height: int) -> Picture:
    """What the composer paints where there are no things, weather as well."""
    *_, backdrop = drawn(scene, [], {}, width, height)
    return backdrop


def laid(made: Picture, backdrop: Picture, here: Floats) -> Picture:
    """What was painted over the backdrop, which is sharper where there is nothing else. here: (rows, columns), 0..1."""
    height, width = backdrop.shape[:2]
    mask = cv2.resize(here, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return np.asarray(backdrop + (made.astype(np.float32) - backdrop) * mask + 0.5, np.uint8)


def replace_note(painting: Painting, note: str) -> Painting:
    return Painting(painting.picture, True, 1.0, painting.alt, note, scene=painting.scene)


def load(settings: BackendSettings, packs: Packs) -> Brush:
    """Raises PackMissing or ModelError."""
    path = Path(settings.model).expanduser() if settings.model else packs.file(PACK, "brush.npz")
    try:
        weights = Weights(dict(np.load(path)))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise PackMissing(
            f"the weights of the brush in {path} cannot be read ({error}): install visavis again"
        ) from None
    pictures = load_pictures(packs.file("pictures", "pictures.json.gz"))
    threads = settings.threads or 1
    embedder = minilm.load(BackendSettings(threads=threads), packs)
    return Brush(weights, pictures, embedder, options_of(settings.options), threads)


def options_of(given: Any) -> Options:
    """Raises ModelError for what cannot be meant."""
    known = Options()
    if unknown := set(given) - set(Options.__slots__):
        raise ModelError(f"models.painter.options names {', '.join(sorted(unknown))}: use steps, seed, style, known")
    made = replace(known, **dict(given))
    if isinstance(made.steps, bool) or not isinstance(made.steps, int) or not 2 <= made.steps <= 100:
        raise ModelError(f"models.painter.options.steps = {made.steps!r}: give a whole number from 2 to 100")
    if isinstance(made.seed, bool) or not isinstance(made.seed, int) or not -1 <= made.seed < 2**63:
        raise ModelError(f"models.painter.options.seed = {made.seed!r}: give a whole number, or -1 for any")
    if isinstance(made.known, bool) or not isinstance(made.known, int | float) or not 0 <= made.known <= 1:
        raise ModelError(f"models.painter.options.known = {made.known!r}: give a number from 0 to 1")
    if made.style not in (*STYLES, "any"):
        raise ModelError(f"models.painter.options.style = {made.style!r}: use {', '.join(STYLES)} or any")
    return made


def _cells(aspect: float, side: int) -> tuple[int, int]:
    """Width and height in patches, multiples of 4, about side x side of them."""
    wide = max(8, min(2 * side, round(side * aspect**0.5 / 4) * 4))
    return wide, max(8, min(2 * side, round(side / aspect**0.5 / 4) * 4))


def _preview(picture: Floats, width: int, height: int) -> Picture:
    scale = min(1.0, PREVIEW / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    made: NDArray[Any] = cv2.resize(np.clip(picture, 0, 1), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(made * 255 + 0.5, 0, 255), np.uint8)
