"""The upper half of the picture network as our eyes learned it on, beside the one of the pack.

`training/eyes_tuned.py` made `tower.npz`: the convolutions from block 8 up, by the names of `efficientnet.folded`, in
halves. The copy begins where the lower half ends, so that both cost half of the network more. What the network of the
pack names, it names as ever; cells are taken from the copy. `eyes_cells.py` tells what a cell is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.efficientnet import BLOCKS, TUNED
from visavis_models.backends.eyes_cells import maps, with_outputs
from visavis_models.errors import PackMissing

_LAST_MIDDLE = 10  # the block whose map is MIDDLE wide


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """Raises PackMissing where the file is not the right one."""
    try:
        with np.load(path) as kept:
            return {name: kept[name].astype(np.float32) for name in kept.files}
    except (OSError, ValueError) as error:
        raise PackMissing(f"{path.name} cannot be read ({error}): install visavis again") from error


def with_tuned(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """The network of the pack as `eyes_cells.with_depths` has it, deep, narrow and middle from the copy.

    Raises PackMissing where the file is not that network or a weight is missing."""
    from openvino import opset13 as op

    model, found = maps(path)
    x = found["begun"]
    for block in range(TUNED, len(BLOCKS)):
        before, at = x, str(block)
        x = _convolve(weights, x, f"{at}.expand")
        x = _convolve(weights, x, f"{at}.depthwise", BLOCKS[block])
        x = _convolve(weights, x, f"{at}.project", act=False)
        if BLOCKS[block] == 1 and weights[f"{at}.expand.weight"].shape[1] == len(weights[f"{at}.project.bias"]):
            x = op.add(x, before)
        if block == _LAST_MIDDLE:
            found["middle"] = x.output(0)
    found |= {"narrow": x.output(0), "deep": _convolve(weights, x, "head").output(0)}
    return with_outputs(model, found)


def _convolve(weights: Mapping[str, NDArray[np.float32]], x: Any, name: str, stride: int = 1, act: bool = True) -> Any:
    from openvino import opset13 as op

    if f"{name}.weight" not in weights or f"{name}.bias" not in weights:
        raise PackMissing(f"the picture network of the eyes has no {name}: install visavis again")
    kernel, none = weights[f"{name}.weight"], [0, 0]
    if kernel.shape[1] == 1 and kernel.shape[2] > 1:
        x = op.group_convolution(x, kernel[:, None], [stride] * 2, none, none, [1, 1], "same_upper")
    else:
        x = op.convolution(x, kernel, [stride] * 2, none, none, [1, 1], "same_upper")
    x = op.add(x, weights[f"{name}.bias"][None, :, None, None])
    return op.clamp(x, 0.0, 6.0) if act else x
