"""EfficientNet-Lite0: what a picture shows, as 1000 ImageNet probabilities and 1280 features.

The published weights are a PyTorch checkpoint. `prepare` builds the same network once, at set-up, in OpenVINO's own
operators with every batch norm folded into its convolution, so that serving needs no torch.
Source of the architecture: `efficientnet_lite_pytorch` 0.1.0 (after tensorflow/tpu, efficientnet/lite).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.checkpoint import read_tensors
from visavis_models.errors import PackMissing
from visavis_models.packs import Packs

SIDE = 224  # pixels; the picture is SIDE x SIDE, RGB
PACK, CHECKPOINT, NETWORK = "efficientnet-lite0", "efficientnet-lite0.pth", "efficientnet-lite0.xml"

_NORM_EPSILON = 1e-3
MEAN, SPREAD = 127.0, 128.0  # tensorflow/tpu efficientnet_lite_builder: MEAN_RGB, STDDEV_RGB
# blocks, stride of the first, expansion: `efficientnet_lite` in efficientnet_lite_pytorch/utils.py
_STAGES = ((1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6))
BLOCKS = tuple(
    stride if n == 0 else 1 for repeats, stride, _ in _STAGES for n in range(repeats)
)  # stride of every block
TUNED = 8  # from this block on our eyes have a copy of the network that learned on (`eyes_tower.py`)


def prepare(folder: Path, packs: Packs) -> None:
    """Write the network beside its checkpoint as .xml and .bin (float16 weights). Run by `visavis models pull`."""
    import openvino as ov

    ov.save_model(build(read_tensors(folder / CHECKPOINT)), folder / NETWORK, compress_to_fp16=True)


def build(weights: dict[str, NDArray[Any]]) -> Any:
    """The network as an `openvino.Model`. Input: (n, 224, 224, 3) uint8, RGB.

    Outputs: probabilities (n, 1000), features (n, 1280), and places (n, 1000, 7, 7), the probabilities cell by cell.
    Raises PackMissing if a weight is not there."""
    import openvino as ov
    from openvino import opset13 as op

    def tensor(name: str) -> NDArray[np.float32]:
        if name not in weights:
            raise PackMissing(f"the EfficientNet-Lite0 checkpoint has no {name}: run `visavis models pull`")
        return np.asarray(weights[name], np.float32)

    def convolve(x: Any, conv: str, norm: str, stride: int = 1, act: bool = True) -> Any:
        kernel = tensor(f"{conv}.weight")
        scale = tensor(f"{norm}.weight") / np.sqrt(tensor(f"{norm}.running_var") + _NORM_EPSILON)
        shift = tensor(f"{norm}.bias") - tensor(f"{norm}.running_mean") * scale
        kernel = kernel * scale[:, None, None, None]
        step, none = [stride, stride], [0, 0]
        if kernel.shape[1] == 1 and conv.endswith("depthwise_conv"):
            x = op.group_convolution(x, kernel[:, None], step, none, none, [1, 1], "same_upper")
        else:
            x = op.convolution(x, kernel, step, none, none, [1, 1], "same_upper")
        x = op.add(x, shift[None, :, None, None])
        return op.clamp(x, 0.0, 6.0) if act else x

    picture = op.parameter([-1, SIDE, SIDE, 3], np.uint8, name="picture")
    x = op.transpose(op.convert(picture, np.float32), np.array([0, 3, 1, 2]))
    x = op.divide(op.subtract(x, np.float32(MEAN)), np.float32(SPREAD))
    x = convolve(x, "_conv_stem", "_bn0", 2)
    block = 0
    for repeats, first_stride, expansion in _STAGES:
        for repeat in range(repeats):
            at, stride, before = f"_blocks.{block}", first_stride if repeat == 0 else 1, x
            if expansion > 1:
                x = convolve(x, f"{at}._expand_conv", f"{at}._bn0")
            x = convolve(x, f"{at}._depthwise_conv", f"{at}._bn1", stride)
            x = convolve(x, f"{at}._project_conv", f"{at}._bn2", act=False)
            if repeat > 0:  # same size in and out
                x = op.add(x, before)
            block += 1
    x = convolve(x, "_conv_head", "_bn1")
    features = op.reduce_mean(x, np.array([2, 3]), keep_dims=False)
    # The last layer is linear, so it may come before the mean: the same logits, and one for every place as well.
    kernel, bias = tensor("_fc.weight")[:, :, None, None], tensor("_fc.bias")[None, :, None, None]
    places = op.add(op.convolution(x, kernel, [1, 1], [0, 0], [0, 0], [1, 1]), bias)
    probabilities = op.softmax(op.reduce_mean(places, np.array([2, 3]), keep_dims=False), 1)
    outputs = {"probabilities": probabilities, "features": features, "places": op.softmax(places, 1)}
    for name, output in outputs.items():
        output.output(0).get_tensor().set_names({name})
    return ov.Model(list(outputs.values()), [picture], "efficientnet-lite0")


def head(weights: dict[str, NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The last convolution with its norm folded in: (1280, 320) and (1280,). Its output is clamped to 0..6."""
    scale = weights["_bn1.weight"] / np.sqrt(weights["_bn1.running_var"] + _NORM_EPSILON)
    shift = weights["_bn1.bias"] - weights["_bn1.running_mean"] * scale
    kernel = weights["_conv_head.weight"][:, :, 0, 0] * scale[:, None]
    return np.asarray(kernel, np.float32), np.asarray(shift, np.float32)


def folded(weights: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """All convolutions with their norms folded in, by plain names: `stem`, `3.expand`, `3.depthwise`, `3.project`,
    `head`, and `classes`, each with `.weight` and `.bias`."""
    pairs = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    for block in range(len(BLOCKS)):
        at = f"_blocks.{block}"
        pairs |= {f"{block}.depthwise": (f"{at}._depthwise_conv", f"{at}._bn1")}
        pairs |= {f"{block}.project": (f"{at}._project_conv", f"{at}._bn2")}
        if f"{at}._expand_conv.weight" in weights:
            pairs |= {f"{block}.expand": (f"{at}._expand_conv", f"{at}._bn0")}
    made = {"classes.weight": weights["_fc.weight"], "classes.bias": weights["_fc.bias"]}
    for name, (conv, norm) in pairs.items():
        scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + _NORM_EPSILON)
        made[f"{name}.weight"] = weights[f"{conv}.weight"] * scale[:, None, None, None]
        made[f"{name}.bias"] = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return {name: np.asarray(value, np.float32) for name, value in made.items()}
