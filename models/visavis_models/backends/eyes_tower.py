"""The upper half of the picture network as our eyes learned it on, beside the one of the pack.

`training/eyes_tuned.py` made `tower.npz`: the convolutions from block 8 up, by the names of `efficientnet.folded`, in
halves. The copy begins where the lower half ends: it costs half of the network more, and only where cells are wanted.
What the network of the pack names, it names as ever, also for the finders. `eyes_cells.py` tells what a cell is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.efficientnet import BLOCKS, TUNED
from visavis_models.backends.eyes_cells import BEGUN, OWN, SIDE, maps, with_outputs
from visavis_models.errors import PackMissing
from visavis_models.ports import Picture

_TUNED = ("deep", "narrow", "middle")
_OF = ("deep", "middle")  # of the network of the pack: what OWN names
_LAST_MIDDLE = 10  # the block whose map is MIDDLE wide


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """Raises PackMissing where the file is not the right one."""
    try:
        with np.load(path) as kept:
            return {name: kept[name].astype(np.float32) for name in kept.files}
    except (OSError, ValueError) as error:
        raise PackMissing(f"{path.name} cannot be read ({error}): install visavis again") from error


class Tower:
    """Both, on OpenVINO; called with one picture, (1, 224, 224, 3) uint8, as `eyes_cells.with_depths` is."""

    def __init__(self, path: Path, weights: Mapping[str, NDArray[np.float32]], threads: int) -> None:
        """path: the network of the pack. Raises PackMissing where it is not that network or a weight is missing."""
        import openvino as ov

        core, options = ov.Core(), {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        self.network = core.compile_model(with_outputs(*maps(path), ("fine", "begun", *_OF)), "CPU", options)
        self._upper = core.compile_model(upper(weights), "CPU", options)

    def __call__(self, picture: Picture) -> dict[str, NDArray[np.float32]]:
        """probabilities, the maps deep, narrow, middle and fine, and OWN, which are of the network of the pack."""
        lower = self.network(picture)
        tuned = self._upper(lower["begun"])
        own = {name: lower[of] for name, of in zip(OWN, _OF, strict=True)}
        return own | {name: lower[name] for name in ("probabilities", "fine")} | {name: tuned[name] for name in _TUNED}


def upper(weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """The copy as an `openvino.Model`, from the map begun to the maps deep, narrow and middle. Raises PackMissing."""
    import openvino as ov
    from openvino import opset13 as op

    begun = op.parameter([1, BEGUN, 2 * SIDE, 2 * SIDE], np.float32, name="begun")
    x, found = begun, dict[str, Any]()
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
    for name in _TUNED:
        found[name].get_tensor().set_names({name})
    return ov.Model([found[name] for name in _TUNED], [begun], "upper")


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
