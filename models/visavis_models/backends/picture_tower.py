"""The part of an image-text model that looks at pictures, with a memory of what it saw.

It stands before the model's own module, whatever family that is of: asked about the same tensors again, it gives what
that gave before. So a picture can be looked at while the question about it is still being asked.
"""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import Any

_NAMES = ("vision_tower", "visual", "vision_model", "vision_encoder", "image_tower", "encoder")
_KEPT = 3  # pictures (or sets of them) whose features are kept


class _Seen(Exception):
    """The tower has looked; the words behind it are not wanted."""


class PictureTower:
    """Takes the place of the model's own tower; a model without one is left as it is."""

    def __init__(self, model: Any) -> None:
        named = sorted(model.named_modules(), key=lambda one: one[0].count("."))
        towers = [module for tower in _NAMES for name, module in named if name.rsplit(".")[-1] == tower]
        self._kept: list[tuple[Any, Any]] = []  # what was asked, what was seen; oldest first
        self._only_look = False
        if towers:
            self._forward, towers[0].forward = towers[0].forward, self._remembered

    def look(self, model: Any, inputs: Any) -> None:
        """Run the model as far as its tower."""
        self._only_look = True
        try:
            with suppress(_Seen):
                model.generate(**inputs, max_new_tokens=1, do_sample=False)
        finally:
            self._only_look = False

    def forget(self) -> None:
        self._kept = []

    def _remembered(self, *arguments: Any, **named: Any) -> Any:
        asked = (arguments, named)
        found = next((kept for kept in reversed(self._kept) if _same(kept[0], asked)), None)
        if found is None:
            found = (asked, self._forward(*arguments, **named))
            self._kept = [*self._kept, found][-_KEPT:]
        seen = found[1]
        if self._only_look:
            raise _Seen
        return copy(seen)  # some models write into what their tower gave


def _same(one: Any, other: Any) -> bool:
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype and bool(torch.equal(one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(type(one) is type(other) and one == other)
