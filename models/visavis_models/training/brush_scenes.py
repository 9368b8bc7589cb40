"""What the brush learns from, batch by batch: one or two drawings on a backdrop, recoloured, mirrored, moved, cut off.

Every batch is a function of seed and step, so a training that was stopped sees what it would have seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.training.brush_model import ASKED, CANVAS, WORDS, over, warped
from visavis_models.training.brush_pictures import COLOURS, STYLES, Drawing

MAIN = STYLES.index("noto")  # the style that is learned most, and painted in unless another is asked for
HUES = {"red": 2, "orange": 28, "yellow": 50, "green": 120, "blue": 212, "purple": 275, "pink": 335, "brown": 22}
SATURATION = {"brown": 0.62, "pink": 0.5}
BACKS = (  # sky and ground, as they are named at painting: day on grass, night, sea, sand, snow, a room, a street
    ((198, 229, 248), (136, 190, 96)),
    ((24, 30, 66), (34, 62, 48)),
    ((190, 226, 247), (60, 132, 196)),
    ((200, 230, 247), (238, 214, 160)),
    ((206, 222, 238), (245, 248, 252)),
    ((244, 231, 211), (190, 146, 106)),
    ((204, 219, 230), (140, 144, 150)),
)


@dataclass(frozen=True)
class Batch:
    """Two layers of things over backdrops. thing: (n, 4, 64, 64) premultiplied, as the sketch should be; where: as in
    `warped`; here: 1 where a canvas has this layer."""

    back: Tensor
    asked: tuple[Tensor, Tensor]
    thing: tuple[Tensor, Tensor]
    where: tuple[Tensor, Tensor]
    here: tuple[Tensor, Tensor]

    def canvas(self, layers: Sequence[Tensor]) -> Tensor:
        """Pictures (n, 3, side, side) in 0..1 of these layers, each (n, 4, h, h)."""
        made, side = self.back, self.back.shape[-1]
        for layer, where, here in zip(layers, self.where, self.here, strict=True):
            made = over(made, warped(layer, where, side) * here[:, None, None, None])
        return made

    def opacity(self, layers: Sequence[Tensor], side: int) -> Tensor:
        """(n, 1, side, side) of these layers together: first, second, first, second, ..."""
        found = [
            warped(layer[:, 3:], self.where[number % 2], side) * self.here[number % 2][:, None, None, None]
            for number, layer in enumerate(layers)
        ]
        return torch.stack(found).amax(0)


class Scenes:
    """pictures: (drawings, side, side, 4), straight RGBA; vectors: phrase -> row of MiniLM, centred. held: only the
    things that are not learned from, instead of only the others. Faces and people come up half as often as the rest."""

    def __init__(
        self,
        drawings: Sequence[Drawing],
        pictures: NDArray[np.uint8],
        vectors: dict[str, NDArray[np.float32]],
        held: bool = False,
    ) -> None:
        self.drawings, self.pictures, self.vectors = drawings, pictures, vectors
        self.side = pictures.shape[1]
        things: defaultdict[str, list[int]] = defaultdict(list)
        for number, drawing in enumerate(drawings):
            if drawing.held == held:
                things[drawing.name].append(number)
        self.things = [*things.values(), *(each for each in things.values() if drawings[each[0]].tinted)]

    def batch(self, size: int, random: np.random.Generator, blur: float) -> Batch:
        """blur: how often a phrase's vector is shifted towards another's, so that sketches are as unsure as they are
        for words never met."""
        two = random.random(size) < 0.22
        back = backdrops(size, random, self.side)
        first, second = self.layer(size, random, blur), self.layer(size, random, blur)
        where = placed(two, random)
        ones = torch.ones(size)
        return Batch(
            back, (first[0], second[0]), (first[1], second[1]), where, (ones, torch.from_numpy(two.astype(np.float32)))
        )

    def layer(self, size: int, random: np.random.Generator, blur: float) -> tuple[Tensor, Tensor]:
        """What is asked for, (size, ASKED), and how it looks, (size, 4, side, side)."""
        asked, looks = np.zeros((size, ASKED), np.float32), np.zeros((size, self.side, self.side, 4), np.float32)
        for row in range(size):
            thing = self.things[random.integers(len(self.things))]
            mine = [number for number in thing if self.drawings[number].style == MAIN]
            number = mine[0] if mine and random.random() < 0.6 else int(random.choice(thing))
            drawing = self.drawings[number]
            picture = np.asarray(self.pictures[number])
            colour = drawing.colour
            if drawing.tinted and random.random() < 0.2:
                colour = int(random.integers(len(COLOURS)))
                picture = tinted(picture, COLOURS[colour])
            phrase = drawing.phrases[0 if random.random() < 0.4 else random.integers(len(drawing.phrases))]
            style = drawing.style if random.random() < 0.95 else -1
            asked[row] = wished(self.vectors[phrase], style, colour)
            if random.random() < blur:
                other = self.drawings[int(random.integers(len(self.drawings)))].phrases[0]
                asked[row, :WORDS] += (self.vectors[other] - asked[row, :WORDS]) * random.uniform(0.1, 0.5)
            looks[row] = premultiplied(picture)
        return torch.from_numpy(asked), torch.from_numpy(looks.transpose(0, 3, 1, 2).copy())


def wished(vector: NDArray[np.float32], style: int = -1, colour: int = -1) -> NDArray[np.float32]:
    """What a sketch is made from."""
    asked = np.zeros(ASKED, np.float32)
    asked[:WORDS] = vector
    if style >= 0:
        asked[WORDS + style] = 1
    if colour >= 0:
        asked[WORDS + len(STYLES) + colour] = 1
    return asked


def premultiplied(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Straight RGBA bytes to floats in 0..1."""
    values = np.asarray(picture, np.float32) / np.float32(255)
    values[..., :3] *= values[..., 3:]
    return values


def shrunk(pictures: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(n, h, h, 4) straight RGBA to (n, side, side, 4)."""
    made = np.zeros((len(pictures), side, side, 4), np.uint8)
    for number, picture in enumerate(pictures):
        small = cv2.resize(premultiplied(picture), (side, side), interpolation=cv2.INTER_AREA)
        small[..., :3] /= np.maximum(small[..., 3:], 1e-3)
        made[number] = np.clip(small * 255 + 0.5, 0, 255)
    return made


def placed(two: NDArray[np.bool_], random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Where the layers go: one alone mostly fills the canvas; two stand side by side, or in front of each other."""
    size = len(two)
    alone, near = random.random(size) < 0.7, random.random(size) < 0.3
    scale = np.where(alone, random.uniform(0.85, 1.05, size), random.uniform(0.4, 0.95, size))
    x, y = random.uniform(-1, 1, (2, size)) * np.where(alone, 0.08, 1 - scale * 0.7)
    first = np.stack([scale, _flips(size, random), x, y], 1)
    aside = random.uniform(0.42, 0.55, size) * np.sign(random.random(size) - 0.5)
    scales = random.uniform(0.4, 0.62, (2, size))
    for row in np.nonzero(two & ~near)[0]:
        first[row] = scales[0, row], first[row, 1], -aside[row], random.uniform(-0.3, 0.4)
    second = np.stack([scales[1], _flips(size, random), aside, random.uniform(-0.3, 0.4, size)], 1)
    return torch.from_numpy(first).float(), torch.from_numpy(second).float()


def backdrops(size: int, random: np.random.Generator, side: int = CANVAS) -> Tensor:
    """(size, 3, side, side) in 0..1: white, plain colours, sky and ground."""
    made = np.ones((size, side, side, 3), np.float32)
    kinds = random.random(size)
    for row, kind in enumerate(kinds):
        if kind < 0.35:
            continue
        if kind < 0.6:
            made[row] = 1 - random.uniform(0, 1, 3) * random.choice([0.25, 1.0], p=[0.7, 0.3])
        else:
            sky, ground = np.array(BACKS[random.integers(len(BACKS))], np.float32) / 255
            shift = random.normal(0, 0.03, 3)
            made[row] = backdrop(sky + shift, ground + shift, side, random.uniform(0.35, 1.05))
    return torch.from_numpy(np.clip(made, 0, 1).transpose(0, 3, 1, 2).copy())


def backdrop(sky: NDArray[np.float32], ground: NDArray[np.float32], side: int, horizon: float) -> NDArray[np.float32]:
    """(side, side, 3); the sky is paler towards the horizon, a fraction of the height."""
    rows = (np.arange(side, dtype=np.float32) + 0.5)[:, None] / side
    above = np.clip(horizon * side - np.arange(side, dtype=np.float32), 0, 1)[:, None]
    pale = sky + (1 - sky) * 0.35 * np.clip(rows / max(horizon, 0.01), 0, 1)
    return np.broadcast_to((above * pale + (1 - above) * ground)[:, None], (side, side, 3)).astype(np.float32)


def tinted(picture: NDArray[np.uint8], colour: str) -> NDArray[np.uint8]:
    """The drawing (RGBA) with its main colour changed to the named one; eyes, leaves and lines stay as they are."""
    hsv = cv2.cvtColor(picture[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    solid = picture[..., 3] > 20
    vivid = solid & (saturation > 0.25) & (value > 0.15)
    if vivid.sum() > 0.25 * solid.sum():
        weights, _ = np.histogram(hue[vivid], 24, (0, 360), weights=saturation[vivid])
        main = float(np.argmax(weights + np.roll(weights, 1) * 0.5 + np.roll(weights, -1) * 0.5)) * 15 + 7.5
        away = (hue - main + 180) % 360 - 180
        change = vivid & (np.abs(away) < 50)
    else:
        change = solid & (value > 0.3) & (saturation <= 0.3)
        away = np.zeros_like(hue)
    if colour in HUES:
        wanted = SATURATION.get(colour, 0.78)
        hue[change] = ((HUES[colour] + away * 0.25) % 360)[change]
        saturation[change] = (wanted * 0.7 + saturation * 0.3 if vivid.any() else np.full_like(saturation, wanted))[
            change
        ]
        value[change] = (value * 0.62 if colour == "brown" else np.maximum(value, 0.3 + 0.6 * value))[change]
    else:
        saturation[change] *= 0.12
        low, high = {"black": (0.08, 0.22), "white": (0.84, 0.15), "grey": (0.3, 0.4)}[colour]
        value[change] = low + high * value[change]
    made = picture.copy()
    made[..., :3] = np.clip(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255 + 0.5, 0, 255)
    return made


def _flips(size: int, random: np.random.Generator) -> NDArray[np.float64]:
    return np.where(random.random(size) < 0.5, -1.0, 1.0)
