"""Set-up of MiniLM: its weights made into an OpenVINO graph with 8-bit weights, without torch.

Six layers of BERT, 384 wide, 12 heads; the mean over the words, brought to length 1. Sources: arXiv:1810.04805,
arXiv:2002.10957, and the configuration beside the weights (sentence-transformers/all-MiniLM-L6-v2).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.safetensors_file import read_safetensors
from visavis_models.errors import PackMissing
from visavis_models.packs import Packs

WEIGHTS, GRAPH = "model.safetensors", "minilm.xml"
WIDTH, HEADS, LAYERS = 384, 12, 6
NORM_EPSILON = 1e-12


def prepare(folder: Path, packs: Packs) -> None:
    """Write the graph beside the weights, 23 MB. Run by `visavis models pull`."""
    import openvino

    openvino.save_model(build(read_safetensors(folder / WEIGHTS)), folder / GRAPH, compress_to_fp16=False)


def build(weights: dict[str, NDArray[Any]]) -> Any:
    """The network as an `openvino.Model`. Inputs: ids (n, tokens) int64, mask (n, tokens) float32, 1 for a word.

    Output: vectors (n, 384), each of length 1. Raises PackMissing if a weight is not there."""
    import openvino
    from openvino import opset13 as op

    def tensor(name: str) -> NDArray[np.float32]:
        if name not in weights:
            raise PackMissing(f"the MiniLM weights have no {name}: run `visavis models pull minilm`")
        return np.asarray(weights[name], np.float32)

    def eight_bit(values: NDArray[np.float32]) -> Any:
        """values: (rows, columns). The same as int8 times one scale a row."""
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8) / 127
        whole = op.constant(np.round(values / scale).astype(np.int8))
        product = op.multiply(op.convert(whole, "f16"), op.constant(scale.astype(np.float16)))
        return op.convert(product, "f32")

    def linear(x: Any, name: str) -> Any:
        return op.add(op.matmul(x, eight_bit(tensor(f"{name}.weight")), False, True), tensor(f"{name}.bias"))

    def norm(x: Any, name: str) -> Any:
        x = op.mvn(x, np.array([-1]), True, NORM_EPSILON, "inside_sqrt")
        return op.add(op.multiply(x, tensor(f"{name}.weight")), tensor(f"{name}.bias"))

    def heads(x: Any) -> Any:
        """(n, tokens, 384) -> (n, 12, tokens, 32)."""
        return op.transpose(op.reshape(x, np.array([0, 0, HEADS, WIDTH // HEADS]), True), np.array([0, 2, 1, 3]))

    ids = op.parameter([-1, -1], np.int64, name="ids")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    table = eight_bit(tensor("embeddings.word_embeddings.weight"))
    length = op.gather(op.shape_of(ids), np.array([1]), np.int64(0))
    places = op.slice(
        op.constant(tensor("embeddings.position_embeddings.weight")),
        np.array([0]),
        length,
        np.array([1]),
        np.array([0]),
    )
    kind = tensor("embeddings.token_type_embeddings.weight")[0]
    x = norm(op.add(op.add(op.gather(table, ids, np.int64(0)), places), kind), "embeddings.LayerNorm")
    unseen = op.unsqueeze(op.multiply(op.subtract(mask, np.float32(1)), np.float32(1e4)), np.array([1, 2]))
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        q, k, v = (heads(linear(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value"))
        scores = op.add(op.matmul(op.multiply(q, np.float32((WIDTH / HEADS) ** -0.5)), k, False, True), unseen)
        seen = op.transpose(op.matmul(op.softmax(scores, -1), v, False, False), np.array([0, 2, 1, 3]))
        seen = op.reshape(seen, np.array([0, 0, WIDTH]), True)
        x = norm(op.add(x, linear(seen, f"{at}.attention.output.dense")), f"{at}.attention.output.LayerNorm")
        wide = op.gelu(linear(x, f"{at}.intermediate.dense"), "erf")
        x = norm(op.add(x, linear(wide, f"{at}.output.dense")), f"{at}.output.LayerNorm")
    weight = op.unsqueeze(mask, np.array([-1]))
    mean = op.divide(op.reduce_sum(op.multiply(x, weight), np.array([1])), op.reduce_sum(weight, np.array([1])))
    vectors = op.normalize_l2(mean, np.array([1]), 1e-12, "max")
    vectors.output(0).get_tensor().set_names({"vectors"})
    return openvino.Model([vectors], [ids, mask], "minilm")
