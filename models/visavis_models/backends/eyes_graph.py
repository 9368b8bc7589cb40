"""The two networks of our eyes as OpenVINO graphs, made of the packed weights when they are loaded.

`looking` makes of a picture's cells what every layer of the decoder will look at, once a picture. `saying` takes some
pieces of text further: their scores, and the keys and values by which later pieces see them. The same sums as
`training/eyes_model.py`; products of matrices are int8 rows with a scale each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.eyes_cells import SIDE, WIDTH
from visavis_models.errors import PackMissing

HINTS = 3  # everyday words that the picture network thinks of first
PLACES = 48  # pieces of a text
EPSILON = 1e-5
SEEN = SIDE * SIDE + HINTS  # what a piece can look at
KINDS = "kinds"  # the product that tells kinds of things in mixed cells; `KINDS.names` are theirs


class Weights:
    """Arrays by name, whole or as int8 rows with scales, and the sizes they imply."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self.pieces, self.width = self.row_shape("pieces")
        self.layers = sum(name.endswith(".look.q.bias") for name in arrays)
        self.heads = int(self.array("heads"))
        self.kinds = tuple(str(name) for name in arrays.get(f"{KINDS}.names", ()))

    def array(self, name: str) -> NDArray[np.float32]:
        if name not in self._arrays:
            raise PackMissing(f"the weights of the eyes have no {name}: install visavis again, or train them again")
        return np.asarray(self._arrays[name], np.float32)

    def row_shape(self, name: str) -> tuple[int, int]:
        rows, columns = self.array(f"{name}.whole").shape
        return rows, columns

    def rows(self, name: str) -> NDArray[np.float32]:
        """The matrix that int8 rows and their scales stand for."""
        made: NDArray[np.float32] = self.array(f"{name}.whole") * self.array(f"{name}.scale")[:, None]
        return made

    def constant(self, name: str) -> Any:
        """The same in a graph, kept as int8."""
        from openvino import opset13 as op

        whole = op.constant(np.asarray(self._arrays[f"{name}.whole"], np.int8))
        scale = op.constant(self.array(f"{name}.scale")[:, None].astype(np.float16))
        return op.convert(op.multiply(op.convert(whole, "f16"), scale), "f32")


def packed(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """(rows, columns) as int8 rows and their scales."""
    scale = (np.maximum(np.abs(matrix).max(axis=1), 1e-6) / 127).astype(np.float16)
    whole = np.clip(np.round(matrix / scale.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    return whole, scale


def looking(weights: Weights) -> Any:
    """Inputs: cells (1, 49, WIDTH), names (1, HINTS, width), sure (1, HINTS, 1).

    Outputs: keys and values, (layers, 1, heads, SEEN, size); where, (1, 49, kinds): how likely a thing of each of the
    weights' kinds lies in each cell."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    cells = op.parameter([1, SIDE * SIDE, WIDTH], np.float32, name="cells")
    names = op.parameter([1, HINTS, weights.width], np.float32, name="names")
    sure = op.parameter([1, HINTS, 1], np.float32, name="sure")
    x = op.divide(op.subtract(cells, weights.array("mean")), weights.array("spread"))
    x = op.add(made.linear(x, "cells"), weights.array("cell_places")[None])
    x = made.norm(x, "cell_norm")
    y = made.norm(x, "mix.norm1")
    keys, values = made.keys_values(y, "mix.own")
    x = op.add(x, made.attend(y, "mix.own", keys, values, None))
    x = op.add(x, made.inner(x, "mix"))
    hints = op.add(
        op.add(names, op.multiply(sure, weights.array("hint_sure")[None, None])), weights.array("hint_places")[None]
    )
    seen = op.concat([made.norm(x, "memory_norm"), made.norm(hints, "hint_norm")], 1)
    both = [made.keys_values(seen, f"layers.{n}.look") for n in range(weights.layers)]
    outputs = [op.concat([op.unsqueeze(each[which], np.array(0)) for each in both], 0) for which in (0, 1)]
    outputs += [op.sigmoid(made.linear(x, KINDS))] if weights.kinds else []
    return ov.Model(_named(outputs, "keys", "values", "where"), [cells, names, sure], "looking")


def saying(weights: Weights) -> Any:
    """Inputs: pieces (b, t), places (t,), mask (t, p + t) to be added, past_keys and past_values (layers, b, heads, p,
    size), seen_keys and seen_values of `looking`.

    Outputs: scores (b, pieces) after the last piece, and keys and values, p + t long."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    size = weights.width // weights.heads
    pieces = op.parameter([-1, -1], np.int64, name="pieces")
    places = op.parameter([-1], np.int64, name="places")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    past = [
        op.parameter([weights.layers, -1, weights.heads, -1, size], np.float32, name=f"past_{n}")
        for n in ("keys", "values")
    ]
    seen = [
        op.parameter([weights.layers, 1, weights.heads, SEEN, size], np.float32, name=f"seen_{n}")
        for n in ("keys", "values")
    ]

    def of(layer: int, stacks: list[Any]) -> tuple[Any, Any]:
        keys, values = (op.gather(stack, np.int64(layer), np.int64(0)) for stack in stacks)
        return keys, values

    table = weights.constant("pieces")
    x = op.add(
        op.gather(table, pieces, np.int64(0)), op.gather(op.constant(weights.array("places")), places, np.int64(0))
    )
    kept: list[list[Any]] = []
    for n in range(weights.layers):
        at = f"layers.{n}"
        y = made.norm(x, f"{at}.norm1")
        new = made.keys_values(y, f"{at}.own")
        whole = [op.concat([before, after], 2) for before, after in zip(of(n, past), new, strict=True)]
        kept.append(whole)
        x = op.add(x, made.attend(y, f"{at}.own", whole[0], whole[1], mask))
        x = op.add(x, made.attend(made.norm(x, f"{at}.norm2"), f"{at}.look", *of(n, seen), None))
        x = op.add(x, made.inner(x, at))
    last = op.gather(made.norm(x, "norm"), np.int64(-1), np.int64(1))
    scores = op.add(op.matmul(last, table, False, True), weights.array("bias")[None])
    outputs = [op.concat([op.unsqueeze(each[which], np.array(0)) for each in kept], 0) for which in (0, 1)]
    return ov.Model(
        _named([scores, *outputs], "scores", "keys", "values"), [pieces, places, mask, *past, *seen], "saying"
    )


def _named(outputs: list[Any], *names: str) -> list[Any]:
    for output, name in zip(outputs, names, strict=False):
        output.output(0).get_tensor().set_names({name})
    return outputs


class _Parts:
    """The parts that both graphs are built of."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def linear(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        product = op.matmul(x, self._weights.constant(f"{name}.weight"), False, True)
        return op.add(product, self._weights.array(f"{name}.bias"))

    def norm(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        x = op.mvn(x, np.array([-1]), True, EPSILON, "inside_sqrt")
        return op.add(op.multiply(x, self._weights.array(f"{name}.weight")), self._weights.array(f"{name}.bias"))

    def inner(self, x: Any, at: str) -> Any:
        from openvino import opset13 as op

        return self.linear(op.gelu(self.linear(self.norm(x, f"{at}.norm3"), f"{at}.up"), "erf"), f"{at}.down")

    def keys_values(self, x: Any, at: str) -> tuple[Any, Any]:
        """(b, t, width) -> two of (b, heads, t, size)."""
        from openvino import opset13 as op

        both = op.split(self.linear(x, f"{at}.kv"), np.int64(2), 2)
        return self._heads(both.output(0)), self._heads(both.output(1))

    def attend(self, x: Any, at: str, keys: Any, values: Any, mask: Any) -> Any:
        from openvino import opset13 as op

        weights = self._weights
        q = op.multiply(self._heads(self.linear(x, f"{at}.q")), np.float32((weights.width / weights.heads) ** -0.5))
        scores = op.matmul(q, keys, False, True)
        if mask is not None:
            scores = op.add(scores, op.unsqueeze(mask, np.array([0, 1])))
        made = op.transpose(op.matmul(op.softmax(scores, -1), values, False, False), np.array([0, 2, 1, 3]))
        return self.linear(op.reshape(made, np.array([0, 0, weights.width]), True), f"{at}.out")

    def _heads(self, x: Any) -> Any:
        from openvino import opset13 as op

        size = self._weights.width // self._weights.heads
        return op.transpose(op.reshape(x, np.array([0, 0, self._weights.heads, size]), True), np.array([0, 2, 1, 3]))
