"""Pictures among the words about them: pooled cells, two layers, and a direction in MiniLM's space.

`training/eyes_join.py` made the weights; how often the right photo is found by its caption: docs/cards/eyes.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.eyes_cells import DEEP
from visavis_models.errors import PackMissing

Floats = NDArray[np.float32]


class Join:
    def __init__(self, path: Path) -> None:
        """Raises PackMissing where the file is not the right one."""
        try:
            with np.load(path) as kept:
                self._first = kept["first"] * kept["first_scale"].astype(np.float32)[:, None]
                self._second = kept["second"] * kept["second_scale"].astype(np.float32)[:, None]
                self._biases = kept["first_bias"].astype(np.float32), kept["second_bias"].astype(np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise PackMissing(f"{path.name} cannot be read ({error}): install visavis again") from error

    def embed(self, cells: Floats) -> Floats:
        """cells: (49, WIDTH) of a picture -> (384,), of length 1."""
        deep, beside = cells[:, :DEEP], cells[:, DEEP:]
        pooled = np.concatenate([deep.mean(0), deep.max(0), beside.mean(0)])
        x = self._first @ pooled + self._biases[0]
        x = self._second @ _gelu(x) + self._biases[1]
        made: Floats = (x / np.linalg.norm(x)).astype(np.float32)
        return made


def _gelu(x: Floats) -> Floats:
    """The exact one; erf by Abramowitz and Stegun 7.1.26, within 1.5e-7."""
    z = np.abs(x) / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    made: Floats = (0.5 * x * (1 + erf)).astype(np.float32)
    return made
