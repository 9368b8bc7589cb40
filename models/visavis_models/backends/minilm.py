"""Meaning as a direction: all-MiniLM-L6-v2, texts as vectors of 384 numbers, near where the texts mean nearly the same.

Only loaded where a role answers from documents. Model: arXiv:2002.10957 and sbert.net, Apache-2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.minilm_graph import GRAPH, WIDTH
from visavis_models.backends.wordpiece import WordPiece
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings

LONGEST = 256  # word pieces of one text; what is beyond them does not count
TOGETHER = 16  # texts a run


def load(settings: BackendSettings, packs: Packs) -> MiniLM:
    return MiniLM(packs.folder(settings.model or "minilm"), settings.threads or 1)


class MiniLM:
    """Embedder port."""

    def __init__(self, folder: Path, threads: int) -> None:
        import openvino

        try:
            options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
            self._request = openvino.Core().compile_model(folder / GRAPH, "CPU", options).create_infer_request()
        except RuntimeError as error:
            raise ModelError(
                f"the embedding model in {folder} did not load ({str(error).splitlines()[0]}): "
                "remove that folder and run `visavis models pull minilm`"
            ) from None
        self._pieces = WordPiece(folder / "vocab.txt")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, 384), each row of length 1."""
        vectors = np.zeros((len(texts), WIDTH), np.float32)
        coded = [self._pieces.encode(text, LONGEST) for text in texts]
        order = sorted(range(len(texts)), key=lambda n: len(coded[n]))  # texts of one length need no padding
        for start in range(0, len(order), TOGETHER):
            some = order[start : start + TOGETHER]
            vectors[some] = self._run([coded[n] for n in some])
        return vectors

    def _run(self, coded: list[list[int]]) -> NDArray[np.float32]:
        longest = max(map(len, coded))
        ids = np.zeros((len(coded), longest), np.int64)
        mask = np.zeros((len(coded), longest), np.float32)
        for row, numbers in enumerate(coded):
            ids[row, : len(numbers)] = numbers
            mask[row, : len(numbers)] = 1
        vectors: NDArray[np.float32] = self._request.infer({"ids": ids, "mask": mask})["vectors"]
        return vectors
