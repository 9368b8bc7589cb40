"""The brush's networks as OpenVINO graphs, made of the packed weights when they are loaded.

The same sums as `backends/brush_torch.py`: `remembering` (words to what belongs where, and a sketch of it) and
`flowing` (what is wrong with a noised picture). Products and convolutions are int8 rows with a scale each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.brush_flow import HALF, PATCH, PLACES, SIDE, STEM
from visavis_models.errors import PackMissing

GROUPS = 16  # of channels that are normalized together


class Weights:
    """Arrays by name, whole or as int8 rows with scales."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays or f"{name}.whole" in self._arrays

    def number(self, name: str) -> int:
        """Of the shape that was trained."""
        return int(self.array(f"shape.{name}"))

    def array(self, name: str) -> NDArray[np.float32]:
        if name not in self._arrays:
            raise PackMissing(f"the weights of the brush have no {name}: install visavis again, or train them again")
        return np.asarray(self._arrays[name], np.float32)

    def rows(self, name: str) -> NDArray[np.float32]:
        """The matrix or kernel that int8 rows and their scales stand for."""
        whole = self.array(f"{name}.whole")
        return np.asarray(whole * self.array(f"{name}.scale").reshape(-1, *[1] * (whole.ndim - 1)))

    def whole(self) -> dict[str, NDArray[np.float32]]:
        """All as float32, by the names they have in torch."""
        rows = {name.removesuffix(".whole") for name in self._arrays if name.endswith(".whole")}
        rest = self._arrays.keys() - {f"{name}{end}" for name in rows for end in (".whole", ".scale")}
        found = {name: self.rows(name) for name in rows}
        return found | {name: self.array(name) for name in rest if not name.startswith("shape.")}

    def constant(self, name: str) -> Any:
        """The same in a graph, kept as int8 until it is compiled."""
        from openvino import opset13 as op

        whole = op.constant(np.asarray(self._arrays[f"{name}.whole"], np.int8))
        shape = (-1, *[1] * (len(whole.shape) - 1))
        scale = op.constant(self.array(f"{name}.scale").reshape(shape).astype(np.float16))
        return op.convert(op.multiply(op.convert(whole, "f16"), scale), "f32")


def packed(kernel: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """(rows, ...) as int8 and a scale for each row."""
    flat = np.abs(kernel.reshape(len(kernel), -1)).max(axis=1)
    scale = (np.maximum(flat, 1e-5) / 127).astype(np.float16)
    each = scale.astype(np.float32).reshape(-1, *[1] * (kernel.ndim - 1))
    return np.clip(np.round(kernel / each), -127, 127).astype(np.int8), scale


def remembering(weights: Weights) -> Any:
    """asked (n, d) -> told (n, told, 8, 8), look (n, look), sketch (n, 4, 128, 128) in -1..1."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    asked = op.parameter([-1, weights.array("memory.first.weight.whole").shape[1]], np.float32, name="asked")
    x = made.linear(asked, "memory.first")
    for number in range(weights.number("recalls")):
        x = op.add(x, made.linear(op.swish(made.steadied(x)), f"memory.recalls.{number}"))
    x = op.swish(made.steadied(x))
    told = op.reshape(made.linear(x, "memory.places"), np.array([-1, weights.number("told"), PLACES, PLACES]), False)
    sketch = op.depth_to_space(made.conv(told, "memory.sketch"), "depth_first", PATCH)
    results = [op.result(each) for each in (told, made.linear(x, "memory.whole"), sketch)]
    return ov.Model(results, [asked], "remembering")


def flowing(weights: Weights) -> Any:
    """noised, sketch (n, 4, 128, 128), level (1), 1 is noise, told, look -> what is lacking (n, 4, 128, 128)."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    noised = op.parameter([-1, 4, SIDE, SIDE], np.float32, name="noised")
    sketch = op.parameter([-1, 4, SIDE, SIDE], np.float32, name="sketch")
    level = op.parameter([1], np.float32, name="level")
    told = op.parameter([-1, weights.number("told"), PLACES, PLACES], np.float32, name="told")
    said = op.parameter([-1, weights.number("look")], np.float32, name="look")
    time = made.linear(op.swish(made.linear(made.waves(level, weights.number("look")), "flow.time1")), "flow.time2")
    look = op.swish(op.add(said, time))
    fine = made.convolved(
        made.conv(op.space_to_depth(op.concat([noised, sketch], 1), "depth_first", STEM), "flow.stem"),
        look,
        "flow.fine_in",
    )
    middle = made.convolved(made.conv(op.space_to_depth(fine, "depth_first", 2), "flow.down1"), look, "flow.middle_in")
    x = made.conv(op.space_to_depth(middle, "depth_first", 2), "flow.down2")
    x = op.add(op.add(x, made.conv(told, "flow.recalled")), weights.array("flow.place")[None])
    wide = weights.number("coarse")
    x = op.transpose(op.reshape(x, np.array([0, wide, -1]), True), [0, 2, 1])
    moved = op.reshape(made.linear(look, "flow.moved"), np.array([-1, 6, wide]), False)
    for number in range(weights.number("blocks")):
        x = made.block(x, moved, f"flow.blocks.{number}")
    x = op.reshape(op.transpose(made.steadied(x), [0, 2, 1]), np.array([0, wide, PLACES, PLACES]), True)
    for name, kept in (("middle", middle), ("fine", fine)):
        number = 2 if name == "middle" else 1
        up = op.depth_to_space(made.conv(x, f"flow.up{number}"), "depth_first", 2)
        x = made.conv(op.concat([kept, up], 1), f"flow.joined{number}")
        for layer in range(2):
            x = made.convolved(x, look, f"flow.{name}_out.{layer}")
    x = made.conv(op.swish(made.norm(x, "flow.norm")), "flow.last")
    return ov.Model(
        [op.result(op.depth_to_space(x, "depth_first", STEM))], [noised, sketch, level, told, said], "flowing"
    )


def finishing(weights: Weights) -> Any:
    """A painted thing (n, 4, 128, 128) -> (n, 4, 256, 256), its noise taken away; weights: those of the finish."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    painted = op.parameter([-1, 4, SIDE, SIDE], np.float32, name="painted")
    x = made.conv(op.space_to_depth(painted, "depth_first", HALF), "stem")
    for number in range(weights.number("layers")):
        x = op.add(x, made.conv(op.swish(x), f"layers.{number}"))
    x = op.depth_to_space(made.conv(op.swish(x), "last"), "depth_first", 2 * HALF)
    size, axes = np.array([2 * SIDE, 2 * SIDE]), np.array([2, 3])
    plain = op.interpolate(painted, size, "linear", "sizes", axes=axes, coordinate_transformation_mode="half_pixel")
    return ov.Model([op.result(op.add(plain, x))], [painted], "finishing")


class _Parts:
    """Layers by the names of their weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def linear(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        y = op.matmul(x, self._weights.constant(f"{name}.weight"), False, True)
        return op.add(y, self._weights.array(f"{name}.bias"))

    def conv(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        kernel = self._weights.constant(f"{name}.weight")
        pad = [kernel.shape[2] // 2] * 2
        y = op.convolution(x, kernel, [1, 1], pad, pad, [1, 1])
        return op.add(y, self._weights.array(f"{name}.bias")[:, None, None])

    def norm(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        scale, shift = self._weights.array(f"{name}.weight"), self._weights.array(f"{name}.bias")
        return op.group_normalization(x, scale, shift, GROUPS, 1e-5)

    def steadied(self, x: Any) -> Any:
        """Of mean square 1 in its last dimension."""
        from openvino import opset13 as op

        square = op.reduce_mean(op.multiply(x, x), np.array([-1]), True)
        return op.divide(x, op.sqrt(op.add(square, np.float32(1e-6))))

    def waves(self, level: Any, wide: int) -> Any:
        """(1, wide): cosines and sines of the level at rates from 1 to 100."""
        from openvino import opset13 as op

        rates = np.exp(np.linspace(0, 4.6, wide // 2, dtype=np.float32))
        angles = op.multiply(op.unsqueeze(level, np.int64(1)), rates[None])
        return op.concat([op.cos(angles), op.sin(angles)], 1)

    def convolved(self, x: Any, look: Any, name: str) -> Any:
        from openvino import opset13 as op

        both = op.unsqueeze(op.unsqueeze(self.linear(look, f"{name}.moved"), np.int64(2)), np.int64(3))
        scale, shift = op.split(both, np.int64(1), 2).outputs()
        y = self.norm(self.conv(op.swish(self.norm(x, f"{name}.norm1")), f"{name}.conv1"), f"{name}.norm2")
        y = op.add(op.multiply(y, op.add(scale, np.float32(1))), shift)
        return op.add(x, self.conv(op.swish(y), f"{name}.conv2"))

    def block(self, x: Any, moved: Any, name: str) -> Any:
        """Every place looks at all others, then each for itself."""
        from openvino import opset13 as op

        own = op.add(moved, self._weights.array(f"{name}.own")[None])
        scale1, shift1, much1, scale2, shift2, much2 = op.split(own, np.int64(1), 6).outputs()
        head, wide = self._weights.number("head"), self._weights.number("coarse")

        def shifted(scale: Any, shift: Any) -> Any:
            return op.add(op.multiply(self.steadied(x), op.add(scale, np.float32(1))), shift)

        y = op.reshape(
            self.linear(shifted(scale1, shift1), f"{name}.asks"), np.array([0, 0, 3, wide // head, head]), True
        )
        heads = op.split(op.transpose(y, [2, 0, 3, 1, 4]), np.int64(0), 3).outputs()
        asks, keys, values = (op.squeeze(each, np.array([0])) for each in heads)
        y = op.scaled_dot_product_attention(self.steadied(asks), self.steadied(keys), values)
        y = op.reshape(op.transpose(y, [0, 2, 1, 3]), np.array([0, 0, wide]), True)
        x = op.add(x, op.multiply(much1, self.linear(y, f"{name}.takes")))
        y = op.gelu(self.linear(shifted(scale2, shift2), f"{name}.opens"), "tanh")
        return op.add(x, op.multiply(much2, self.linear(y, f"{name}.closes")))
