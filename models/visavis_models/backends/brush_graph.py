"""The brush's three networks as OpenVINO graphs, made of the packed weights when they are loaded.

The same sums as `training/brush_model.py`: `sketching` (words to a thing), `flowing` (the U-Net, layer by layer that of
`diffusers.UNet2DModel`) and `finishing` (latents to pixels). Products and convolutions are int8 rows with a scale each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import PackMissing

GROUPS = 16  # of channels that are normalized together
EPSILON = 1e-5


class Weights:
    """Arrays by name, whole or as int8 rows with scales."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self.channels = tuple(int(wide) for wide in self.array("channels"))
        self.heads = int(self.array("heads"))

    def __contains__(self, name: str) -> bool:
        return name in self._arrays or f"{name}.whole" in self._arrays

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
        return found | {name: self.array(name) for name in rest - {"channels", "heads"}}

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


def sketching(weights: Weights) -> Any:
    """asked (n, d) -> made (n, channels * cells)."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    asked = op.parameter([-1, weights.array("sketch.layers.0.weight.whole").shape[1]], np.float32, name="asked")
    x = made.linear(asked, "sketch.layers.0")
    at = 2
    while f"sketch.layers.{at}.weight" in weights:
        x = made.linear(op.swish(x), f"sketch.layers.{at}")
        at += 2
    return ov.Model([op.result(x)], [asked], "sketching")


def flowing(weights: Weights) -> Any:
    """seen (n, channels, h, w), level (1), 1 is noise -> what is lacking in the best guess (n, latents, h, w)."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    wide = weights.channels
    inputs = weights.array("unet.conv_in.weight.whole").shape[1]
    seen = op.parameter([-1, inputs, -1, -1], np.float32, name="seen")
    level = op.parameter([1], np.float32, name="level")
    time = made.time(level, wide[0])
    x = made.conv(seen, "unet.conv_in")
    kept = [x]
    for number in range(len(wide)):
        block = f"unet.down_blocks.{number}"
        x = made.attended(made.resnet(x, time, f"{block}.resnets.0"), f"{block}.attentions.0")
        kept.append(x)
        if f"{block}.downsamplers.0.conv.weight" in weights:
            x = made.conv(x, f"{block}.downsamplers.0.conv", stride=2)
            kept.append(x)
    x = made.resnet(x, time, "unet.mid_block.resnets.0")
    x = made.resnet(made.attended(x, "unet.mid_block.attentions.0"), time, "unet.mid_block.resnets.1")
    for number in range(len(wide)):
        block = f"unet.up_blocks.{number}"
        for layer in range(2):
            x = made.resnet(op.concat([x, kept.pop()], 1), time, f"{block}.resnets.{layer}")
            x = made.attended(x, f"{block}.attentions.{layer}")
        if f"{block}.upsamplers.0.conv.weight" in weights:
            x = made.conv(made.doubled(x), f"{block}.upsamplers.0.conv")
    x = made.conv(op.swish(made.norm(x, "unet.conv_norm_out")), "unet.conv_out")
    return ov.Model([op.result(x)], [seen, level], "flowing")


def finishing(weights: Weights) -> Any:
    """latents (n, latents, h, w), plain (n, 3, 4 h, 4 w) -> pixels (n, 3, 8 h, 8 w) in 0..1, not yet cut off there."""
    import openvino as ov
    from openvino import opset13 as op

    made = _Parts(weights)
    latents = op.parameter([-1, weights.array("finish.coarse.0.weight.whole").shape[1], -1, -1], np.float32)
    plain = op.parameter([-1, 3, -1, -1], np.float32)
    x = op.swish(made.conv(latents, "finish.coarse.0"))
    x = op.swish(made.conv(x, "finish.coarse.2"))
    x = op.swish(made.shuffled(made.conv(x, "finish.coarse.4")))
    x = op.swish(made.conv(x, "finish.fine.0"))
    x = op.swish(made.shuffled(made.conv(x, "finish.fine.2")))
    x = op.swish(made.conv(x, "finish.fine.5"))
    more = made.shuffled(made.conv(x, "finish.fine.7"))
    return ov.Model([op.result(op.add(made.doubled(plain, "linear"), more))], [latents, plain], "finishing")


class _Parts:
    """Layers by the names of their weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def linear(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        y = op.matmul(x, self._weights.constant(f"{name}.weight"), False, True)
        return op.add(y, self._weights.array(f"{name}.bias"))

    def conv(self, x: Any, name: str, stride: int = 1) -> Any:
        from openvino import opset13 as op

        kernel = self._weights.constant(f"{name}.weight")
        pad = [kernel.shape[2] // 2] * 2
        y = op.convolution(x, kernel, [stride] * 2, pad, pad, [1, 1])
        return op.add(y, self._weights.array(f"{name}.bias")[:, None, None])

    def norm(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        scale, shift = self._weights.array(f"{name}.weight"), self._weights.array(f"{name}.bias")
        return op.group_normalization(x, scale, shift, GROUPS, EPSILON)

    def time(self, level: Any, wide: int) -> Any:
        """(1, 4 * wide): cosines and sines of a thousand times the level, and two layers."""
        from openvino import opset13 as op

        rates = 1000 * np.exp(-np.log(10000.0) * np.arange(wide // 2, dtype=np.float32) / (wide // 2))
        angles = op.multiply(op.unsqueeze(level, np.int64(1)), rates[None].astype(np.float32))
        x = self.linear(op.concat([op.cos(angles), op.sin(angles)], 1), "unet.time_embedding.linear_1")
        return op.swish(self.linear(op.swish(x), "unet.time_embedding.linear_2"))

    def resnet(self, x: Any, time: Any, name: str) -> Any:
        from openvino import opset13 as op

        y = self.conv(op.swish(self.norm(x, f"{name}.norm1")), f"{name}.conv1")
        shift = self.linear(time, f"{name}.time_emb_proj")
        y = op.add(y, op.unsqueeze(op.unsqueeze(shift, np.int64(2)), np.int64(3)))
        y = self.conv(op.swish(self.norm(y, f"{name}.norm2")), f"{name}.conv2")
        if f"{name}.conv_shortcut.weight" in self._weights:
            x = self.conv(x, f"{name}.conv_shortcut")
        return op.add(x, y)

    def attended(self, x: Any, name: str) -> Any:
        """Every place looks at all others; x as it is where the block has no attention."""
        if f"{name}.to_q.weight" not in self._weights:
            return x
        from openvino import opset13 as op

        wide = self._weights.array(f"{name}.to_q.bias").shape[0]
        size = self._weights.heads
        flat = op.reshape(self.norm(x, f"{name}.group_norm"), np.array([0, wide, -1]), True)
        rows = op.transpose(flat, [0, 2, 1])

        def headed(part: str) -> Any:
            y = op.reshape(self.linear(rows, f"{name}.{part}"), np.array([0, 0, wide // size, size]), True)
            return op.transpose(y, [0, 2, 1, 3])

        y = op.scaled_dot_product_attention(headed("to_q"), headed("to_k"), headed("to_v"))
        y = op.reshape(op.transpose(y, [0, 2, 1, 3]), np.array([0, 0, wide]), True)
        y = op.transpose(self.linear(y, f"{name}.to_out.0"), [0, 2, 1])
        return op.add(x, op.reshape(y, op.shape_of(x), False))

    def doubled(self, x: Any, mode: str = "nearest") -> Any:
        from openvino import opset13 as op

        if mode == "nearest":
            return op.interpolate(
                x, np.array([2.0, 2.0], np.float32), "nearest", "scales", axes=np.array([2, 3]),
                coordinate_transformation_mode="asymmetric", nearest_mode="floor",
            )  # fmt: skip
        return op.interpolate(
            x, np.array([2.0, 2.0], np.float32), "linear_onnx", "scales", axes=np.array([2, 3]),
            coordinate_transformation_mode="half_pixel",
        )  # fmt: skip

    def shuffled(self, x: Any) -> Any:
        from openvino import opset13 as op

        return op.depth_to_space(x, "depth_first", 2)
