"""Small networks on a picture's pooled cells: which common things are there, and where it lies among the words.

Weights are int8 rows with a scale each; numpy runs them in a millisecond. How good they are: docs/cards/eyes.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.eyes_cells import DEEP
from visavis_models.errors import PackMissing

Floats = NDArray[np.float32]

BY_CELL = 0.3  # part of the likeliest cell in what the second network says
_TOGETHER = 32  # rows that are float32 at once


def pooled(cells: Floats) -> Floats:
    """(49, WIDTH) -> mean and greatest of the deep numbers, mean of the others."""
    deep, beside = cells[:, :DEEP], cells[:, DEEP:]
    return np.concatenate([deep.mean(0), deep.max(0), beside.mean(0)])


class TwoLayers:
    """A product, GELU, a product, of numbers measured by their mean and spread."""

    def __init__(self, kept: Any) -> None:
        self._mean, self._spread = kept["mean"], kept["spread"]
        self._rows = kept["first"], kept["second"]  # int8: as float32 both networks would take 14 MB
        self._scales = kept["first_scale"].astype(np.float32), kept["second_scale"].astype(np.float32)
        self._biases = kept["first_bias"], kept["second_bias"]

    def __call__(self, x: Floats) -> Floats:
        return self._product(1, _gelu(self._product(0, (x - self._mean) / self._spread)))

    def _product(self, layer: int, x: Floats) -> Floats:
        rows = self._rows[layer]
        some = [rows[n : n + _TOGETHER].astype(np.float32) @ x for n in range(0, len(rows), _TOGETHER)]
        made: Floats = np.concatenate(some) * self._scales[layer] + self._biases[layer]
        return made


class Join:
    """A picture's direction in MiniLM's space."""

    def __init__(self, path: Path) -> None:
        """Raises PackMissing where the file is not the right one."""
        self._layers, _ = _read(path)

    def embed(self, numbers: Floats) -> Floats:
        """numbers: pooled cells -> (384,), of length 1."""
        x = self._layers(numbers)
        made: Floats = (x / np.linalg.norm(x)).astype(np.float32)
        return made


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a thing is in a picture, and how much more than in any: the logarithm of the odds' ratio."""

    probability: float
    gain: float


class Things:
    """The common things and how likely each is there: the mean of two networks, one on the cells that learned on, one
    on those of the picture network as it was published; and of COCO's kinds a little by the likeliest cell, too."""

    def __init__(self, tuned: Path, own: Path) -> None:
        """Raises PackMissing where the files are not the right ones."""
        read = [_read(path, "names", "prior") for path in (tuned, own)]
        places = [{str(name): at for at, name in enumerate(kept["names"])} for _, kept in read]
        self.names: tuple[str, ...] = tuple(name for name in places[1] if name in places[0])
        self._networks = [
            (layers, [at[name] for name in self.names]) for (layers, _), at in zip(read, places, strict=True)
        ]
        priors = [kept["prior"].astype(np.float32)[at] for (_, kept), (_, at) in zip(read, self._networks, strict=True)]
        self._prior = (priors[0] + priors[1]) / 2

    def chances(self, tuned: Floats, own: Floats, where: Mapping[str, Floats]) -> dict[str, Chance]:
        """tuned, own: pooled cells; where: of some things, how likely they lie in each cell."""
        by_tuned, by_own = (
            layers(numbers)[at] for (layers, at), numbers in zip(self._networks, (tuned, own), strict=True)
        )
        for place, name in enumerate(self.names):
            if name in where:
                likeliest = min(max(float(where[name].max()), 1e-6), 1 - 1e-6)
                by_own[place] += BY_CELL * (np.log(likeliest / (1 - likeliest)) - by_own[place])
        logits = (by_tuned + by_own) / 2
        probabilities = 0.5 * (1 + np.tanh(0.5 * logits))
        gains = logits - self._prior
        return {
            name: Chance(float(p), float(gain)) for name, p, gain in zip(self.names, probabilities, gains, strict=True)
        }


def _read(path: Path, *more: str) -> tuple[TwoLayers, dict[str, Any]]:
    try:
        with np.load(path) as kept:
            return TwoLayers(kept), {name: kept[name] for name in more}
    except (OSError, ValueError, KeyError) as error:
        raise PackMissing(f"{path.name} cannot be read ({error}): install visavis again") from error


def _gelu(x: Floats) -> Floats:
    """The exact one; erf by Abramowitz and Stegun 7.1.26, within 1.5e-7."""
    z = np.abs(x) / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    made: Floats = (0.5 * x * (1 + erf)).astype(np.float32)
    return made
