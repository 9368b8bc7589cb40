"""EfficientNet-Lite0 in torch, its upper half to be learned on: the cells of `backends/eyes_cells.py`, on a GPU.

The weights are `efficientnet.folded`, so that a convolution has a bias and no norm beside it. Up to block 7 nothing
changes; the blocks above stand there twice, once as they came, for the everyday words, and once to learn. What was
learned goes into `tower.npz`, and `backends/eyes_tower.py` puts it on the pack's network.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.colours import HUES, NAMES
from visavis_models.backends.efficientnet import BLOCKS, MEAN, SPREAD, TUNED
from visavis_models.backends.eyes_cells import COLOUR, SIDE


class Convolution(nn.Module):
    """With a bias, "same" as TensorFlow has it: of an odd number of missing pixels the last side gets one more."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, clamped: bool) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.stride, self.clamped = stride, clamped
        self.groups = len(weight) if weight.shape[1] == 1 and weight.shape[2] > 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        size = self.weight.shape[2]
        missing = size - self.stride if self.stride > 1 else size - 1
        if missing % 2:
            x, missing = F.pad(x, (missing // 2, missing - missing // 2) * 2), 0
        x = F.conv2d(x, self.weight, self.bias, self.stride, missing // 2, 1, self.groups)
        return x.clamp(0, 6) if self.clamped else x


class Block(nn.Module):
    def __init__(self, weights: Mapping[str, Tensor], number: int, stride: int) -> None:
        super().__init__()
        parts = [part for part in ("expand", "depthwise", "project") if f"{number}.{part}.weight" in weights]
        for part in parts:
            given = weights[f"{number}.{part}.weight"], weights[f"{number}.{part}.bias"]
            self.add_module(part, Convolution(*given, stride if part == "depthwise" else 1, part != "project"))
        narrow, wide = weights[f"{number}.{parts[0]}.weight"].shape[1], len(weights[f"{number}.project.bias"])
        self.same = stride == 1 and parts[0] == "expand" and narrow == wide

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for part in self.children():
            y = part(y)
        return x + y if self.same else y


class Lower(nn.Module):
    """Pictures -> the map of 28 cells a side and what the upper half begins with. Nothing learns here."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stem = Convolution(weights["stem.weight"], weights["stem.bias"], 2, True)
        self.blocks = nn.ModuleList(Block(weights, n, BLOCKS[n]) for n in range(TUNED))
        self.requires_grad_(False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """pictures: (n, 3, 224, 224), 0 to 255."""
        x, fine = self.stem((pictures - MEAN) / SPREAD), pictures
        for number, block in enumerate(self.blocks):
            x = block(x)
            fine = x if number == 4 else fine
        return fine, x


class Upper(nn.Module):
    """-> the maps of 14 and 7 cells a side, and the deep one."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.blocks = nn.ModuleDict({str(n): Block(weights, n, BLOCKS[n]) for n in range(TUNED, len(BLOCKS))})
        self.head = Convolution(weights["head.weight"], weights["head.bias"], 1, True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        middle = x
        for number, block in self.blocks.items():
            x = block(x)
            middle = x if number == "10" else middle
        return middle, self.head(x)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """By the names of `efficientnet.folded`."""
        values = {name.removeprefix("blocks."): value for name, value in self.state_dict().items()}
        return {name: value.detach().float().cpu().numpy() for name, value in values.items()}


class Tower(nn.Module):
    """Pictures -> cells (n, 49, WIDTH) and the 1000 probabilities of the network as it came."""

    def __init__(self, weights: Mapping[str, NDArray[np.floating]]) -> None:
        super().__init__()
        given = {name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in weights.items()}
        self.lower, self.own = Lower(given), Upper({name: value.clone() for name, value in given.items()})
        self.own.requires_grad_(False)
        self.upper = Upper(given)
        self.classes = nn.Linear(*reversed(given["classes.weight"].shape))
        self.classes.load_state_dict({"weight": given["classes.weight"], "bias": given["classes.bias"]})
        self.classes.requires_grad_(False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            fine, begun = self.lower(pictures)
            features = self.own(begun)[1].float().mean((2, 3))
            with torch.autocast(
                pictures.device.type, enabled=False
            ):  # brain floats are too coarse for a thousand chances
                probabilities = self.classes(features).softmax(-1)
            beside = torch.cat([_cells(fine, "mean"), coloured(pictures)], -1)
        middle, deep = self.upper(begun)
        return torch.cat(
            [_cells(deep, "mean"), _cells(middle, "mean"), _cells(middle, "max"), beside], -1
        ), probabilities


def _cells(maps: Tensor, how: str) -> Tensor:
    """(n, c, s, s) -> (n, 49, c)."""
    size = maps.shape[-1] // SIDE
    pool = F.avg_pool2d if how == "mean" else F.max_pool2d
    pooled = pool(maps, size) if size > 1 else maps
    return pooled.flatten(2).transpose(1, 2).float()


def coloured(pictures: Tensor) -> Tensor:
    """(n, 3, 224, 224), 0 to 255 -> (n, 49, COLOUR): as `eyes_cells` counts them."""
    pictures = pictures.float()
    means = F.avg_pool2d(pictures, pictures.shape[-1] // SIDE // 2)  # (n, 3, 14, 14)
    n = len(pictures)
    means = means.view(n, 3, SIDE, 2, SIDE, 2).permute(0, 2, 4, 3, 5, 1).reshape(n, SIDE * SIDE, 12)
    named = painted(F.avg_pool2d(pictures, pictures.shape[-1] // SIDE // 8).round())  # (n, 56, 56)
    shares = F.one_hot(named, len(NAMES)).float().view(n, SIDE, 8, SIDE, 8, -1).mean((2, 4))
    made = torch.cat([means / 255 - 0.5, shares.reshape(n, SIDE * SIDE, -1)], -1)
    assert made.shape[-1] == COLOUR
    return made


def painted(pictures: Tensor) -> Tensor:
    """(n, 3, h, w), whole numbers 0 to 255 -> the number of every pixel's colour, as `colours.painted` has it."""
    red, green, blue = pictures.unbind(1)
    value, least = pictures.amax(1), pictures.amin(1)
    spread = (value - least).clamp(min=1e-6)
    saturation = torch.where(value > 0, 255 * (value - least) / value.clamp(min=1), 0.0).round()
    turn = torch.where(
        value == red,
        (green - blue) / spread,
        torch.where(value == green, 2 + (blue - red) / spread, 4 + (red - green) / spread),
    )
    hue = torch.where(value > least, 30 * turn, 0.0)
    hue = torch.where(hue < 0, hue + 180, hue).round()
    named = torch.zeros_like(value, dtype=torch.long)
    for end, name in reversed(HUES):
        named[hue < end] = NAMES.index(name)
    warm = (hue < 24) | (hue > 172)
    named[(value < 150) & (hue > 3) & (hue < 24)] = NAMES.index("brown")
    named[(saturation < 110) & (value >= 150) & (hue > 6) & (hue < 24)] = NAMES.index("beige")
    named[warm & (saturation < 140) & (value >= 180) & ((hue <= 4) | (hue > 172))] = NAMES.index("pink")
    pale = (saturation < 38) | ((saturation < 60) & (value < 90))
    named[pale] = NAMES.index("grey")
    named[pale & (value > 175)] = NAMES.index("white")
    named[value < 50] = NAMES.index("black")
    return named
