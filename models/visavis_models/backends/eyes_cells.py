"""What our eyes take from a picture: 49 cells, seven by seven, each with what three depths of EfficientNet-Lite0 say.

The deepest map knows things, the two above it keep edges and patterns, and plain counting keeps the colours, which a
network trained to name things lets go of. The network is that of the pack `efficientnet-lite0`, with more outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet
from visavis_models.backends.colours import NAMES, painted
from visavis_models.errors import PackMissing
from visavis_models.ports import Picture

Floats = NDArray[np.float32]

SIDE = 7  # cells in a row
# channels: the head, the map it is made of, and at 14 and 28 cells a side; and those with which the upper half begins
DEEP, NARROW, MIDDLE, FINE, BEGUN = 1280, 320, 112, 40, 80
COLOUR = 12 + len(NAMES)  # means of four quarters in red, green and blue; shares of named colours
BESIDE = 2 * MIDDLE + FINE + COLOUR  # numbers of a cell that stand beside the deep ones
WIDTH = DEEP + BESIDE
OWN = ("own deep", "own middle")  # maps of the network as it was published, beside those that learned on
_OUTPUTS = {"deep": DEEP, "narrow": NARROW, "middle": MIDDLE, "fine": FINE, "begun": BEGUN}


def with_depths(path: Path) -> Any:
    """The network of the pack as an `openvino.Model` with the further outputs deep, narrow, middle and fine.

    Raises PackMissing where the file is not that network."""
    return with_outputs(*maps(path), ("deep", "narrow", "middle", "fine"))


def maps(path: Path) -> tuple[Any, dict[str, Any]]:
    """The network of the pack, and its maps by name: deep, narrow, middle, fine, and begun, before the upper half.

    Raises PackMissing where the file is not that network."""
    import openvino as ov

    try:
        model = ov.Core().read_model(path)
    except RuntimeError as error:
        raise PackMissing(f"{path.name} did not load: run `visavis models pull`") from error
    last: dict[int, Any] = {}
    for operation in model.get_ordered_ops():  # the last of each width and side is the one wanted
        shape = operation.output(0).get_partial_shape() if operation.get_output_size() else None
        if shape is not None and shape.rank.is_static and shape.rank.get_length() == 4 and shape[2].is_static:
            cells = {DEEP: 7, NARROW: 7, MIDDLE: 14, FINE: 28, BEGUN: 14}
            channels = shape[1].get_length() if shape[1].is_static else 0
            if cells.get(channels) == shape[2].get_length() and operation.get_type_name() in ("Add", "Clamp"):
                last[channels] = operation.output(0)
    if missing := {channels for channels in _OUTPUTS.values() if channels not in last}:
        raise PackMissing(f"{path.name} has no map of {min(missing)} channels: run `visavis models pull`")
    return model, {name: last[channels] for name, channels in _OUTPUTS.items()}


def with_outputs(model: Any, found: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The network with the maps of these names as outputs."""
    for name in names:
        model.add_outputs(found[name]).pop().get_tensor().set_names({name})
    return model


def shrunk(picture: Picture) -> Picture:
    """(224, 224, 3): the whole picture, its sides squeezed, as all pictures were in training."""
    small: Picture = cv2.resize(picture, (efficientnet.SIDE, efficientnet.SIDE), interpolation=cv2.INTER_AREA)
    return small


def as_published(found: Floats, outputs: Any) -> Floats:
    """The same cells with the maps `OWN` of the network as it was published in place of those that learned on."""
    deep, middle = (outputs[name][0] for name in OWN)
    pairs = middle.reshape(MIDDLE, SIDE, 2, SIDE, 2)
    columns = [each.reshape(each.shape[0], SIDE * SIDE).T for each in (deep, pairs.mean((2, 4)), pairs.max((2, 4)))]
    return np.concatenate([*columns, found[:, DEEP + 2 * MIDDLE :]], axis=1, dtype=np.float32)


def cells(outputs: Any, small: Picture, deep: str = "deep") -> Floats:
    """(49, WIDTH), row by row from the top left. outputs: of the network for small. deep: or "narrow", for training."""
    middle = outputs["middle"][0].reshape(MIDDLE, SIDE, 2, SIDE, 2)
    fine = outputs["fine"][0].reshape(FINE, SIDE, 4, SIDE, 4).mean((2, 4))
    maps = [outputs[deep][0], middle.mean((2, 4)), middle.max((2, 4)), fine]
    columns = [each.reshape(each.shape[0], SIDE * SIDE).T for each in maps]
    return np.concatenate([*columns, _coloured(small)], axis=1, dtype=np.float32)


def _coloured(small: Picture) -> Floats:
    """(49, COLOUR), all about -0.5 to 0.5 or 0 to 1."""
    side = small.shape[0] // SIDE
    means = small.reshape(SIDE, 2, side // 2, SIDE, 2, side // 2, 3).mean((2, 5)).transpose(0, 2, 1, 3, 4)
    names = painted(cv2.resize(small, (SIDE * 8, SIDE * 8), interpolation=cv2.INTER_AREA))
    shares = (names[..., None] == np.array(NAMES)).reshape(SIDE, 8, SIDE, 8, -1).mean((1, 3))
    both = [means.reshape(SIDE * SIDE, 12) / 255 - 0.5, shares.reshape(SIDE * SIDE, -1)]
    return np.concatenate(both, axis=1, dtype=np.float32)
