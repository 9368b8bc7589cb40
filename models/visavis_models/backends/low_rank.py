"""A low-rank adapter added to a model's weights, at set-up: nothing of it is left at the time of a reply.

The file holds two matrices of 8 bits, down (rank, columns) and up (rows, rank), and the scale of each rank, for each
product that was trained. Where products of one input were trained together (q with k and v, gate with up), theirs are
below each other.
Source: LoRA, arXiv:2106.09685, 4.1. Trained by `visavis_models/training/words.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TOGETHER = {
    "attn_q": ("qkv", 0, 576),
    "attn_k": ("qkv", 576, 768),
    "attn_v": ("qkv", 768, 960),
    "attn_output": ("output", 0, 576),
    "ffn_gate": ("gate_up", 0, 1536),
    "ffn_up": ("gate_up", 1536, 3072),
    "ffn_down": ("down", 0, 576),
}  # a weight of SmolLM2's GGUF: the product it was trained in, and its rows there


class LowRank:
    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as file:
            self._matrices = {name: file[name].astype(np.float32) for name in file.files}

    def added(self, name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """name: as in the GGUF, "blk.7.attn_q". weights: (rows, columns), returned as they are if not trained."""
        _, _, rest = name.partition(".")
        layer, _, part = rest.partition(".")
        product, first, last = _TOGETHER.get(part, ("", 0, 0))
        up = self._matrices.get(f"{layer}.{product}.up")
        if up is None:
            return weights
        scaled = up[first:last] * self._matrices[f"{layer}.{product}.scale"]
        change: NDArray[np.float32] = scaled @ self._matrices[f"{layer}.{product}.down"]
        return weights + change
