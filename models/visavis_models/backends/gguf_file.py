"""A GGUF file's weights as numbers: what set-up and training need of it, and no more.

Format: ggml's docs/gguf.md, version 3. Read are plain float32 and the two packings that SmolLM2's file has: Q4_1 (32
weights: float16 scale, float16 least, 4 bits each) and Q8_0 (32 weights: float16 scale, 8 bits each).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import ModelError

_SIMPLE = "BbHhIif?xxQqd"  # GGUF's value types 0 to 12 as struct's letters; 8 is text, 9 an array
_TEXT, _ARRAY = 8, 9
_F32, _Q4_1, _Q8_0 = 0, 3, 8
_BYTES = {_F32: (1, 4), _Q4_1: (32, 20), _Q8_0: (32, 34)}  # weights in a block, bytes of a block


@dataclass(frozen=True, slots=True)
class _Place:
    shape: tuple[int, ...]  # rows first
    kind: int
    offset: int


class GgufFile:
    """names: the tensors. `weights(name)` gives one of them: float32, rows first, as the model multiplies by it.

    Raises ModelError where it is no such file."""

    def __init__(self, path: Path) -> None:
        self._path, self._bytes = path, np.memmap(path, np.uint8, "r")
        try:
            with path.open("rb") as file:
                self._places, self._heads, self._lists = _header(file)
        except (struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
            raise ModelError(f"{path} is not a GGUF file that can be read here: {error}") from None

    @property
    def names(self) -> list[str]:
        return list(self._places)

    def weights(self, name: str) -> NDArray[np.float32]:
        place = self._places[name]
        if place.kind not in _BYTES:
            raise ModelError(f"{name} is packed in a way (GGUF type {place.kind}) that is not read here")
        each, size = _BYTES[place.kind]
        count = int(np.prod(place.shape)) // each * size
        values = _unpacked(self._bytes[place.offset : place.offset + count], place.kind).reshape(place.shape)
        heads = self._heads.get(
            "k" if name.endswith("attn_k.weight") else "q" if name.endswith("attn_q.weight") else ""
        )
        return values if heads is None else _halves(values, heads)

    def texts(self, key: str) -> list[str]:
        """A list of texts of the header, such as the tokenizer's tokens. Raises ModelError where there is none."""
        if key not in self._lists:
            raise ModelError(f"{self._path} has no list {key} in its header")
        with self._path.open("rb") as file:
            file.seek(self._lists[key])
            return [_text(file) for _ in range(_number(file, "Q"))]


def _unpacked(raw: NDArray[np.uint8], kind: int) -> NDArray[np.float32]:
    if kind == _F32:
        return raw.view(np.float32).copy()
    blocks = raw.reshape(-1, _BYTES[kind][1])
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    if kind == _Q8_0:
        return (scale * blocks[:, 2:].copy().view(np.int8)).reshape(-1)
    least = blocks[:, 2:4].copy().view(np.float16).astype(np.float32)
    packed = blocks[:, 4:]
    values: NDArray[np.float32] = scale * np.concatenate([packed & 15, packed >> 4], axis=1) + least
    return values.reshape(-1)


def _halves(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """GGUF keeps the pairs that turn together side by side; the graph has them half a head apart."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _header(file: BinaryIO) -> tuple[dict[str, _Place], dict[str, int], dict[str, int]]:
    """Where each tensor lies, the numbers of heads of q and k, and where the lists of texts begin."""
    if file.read(4) != b"GGUF" or _number(file, "I") != 3:
        raise ValueError("its first bytes are others")
    tensors, fields = _number(file, "Q"), _number(file, "Q")
    heads: dict[str, int] = {}
    lists: dict[str, int] = {}
    align = 32
    for _ in range(fields):
        key, kind = _text(file), _number(file, "I")
        if kind == _ARRAY:
            lists[key] = file.tell() + 4  # after the kind of its members
        value = _value(file, kind)
        if key.endswith(".attention.head_count"):
            heads["q"] = int(value or 0)
        elif key.endswith(".attention.head_count_kv"):
            heads["k"] = int(value or 0)
        elif key == "general.alignment":
            align = int(value or 0)
    places = {}
    for _ in range(tensors):
        name = _text(file)
        shape = tuple(_number(file, "Q") for _ in range(_number(file, "I")))[::-1]
        places[name] = _Place(shape, _number(file, "I"), _number(file, "Q"))
    start = -(-file.tell() // align) * align
    return {name: _Place(p.shape, p.kind, start + p.offset) for name, p in places.items()}, heads, lists


def _number(file: BinaryIO, letter: str) -> int:
    return int(struct.unpack(f"<{letter}", file.read(struct.calcsize(f"<{letter}")))[0])


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "Q")).decode()


def _value(file: BinaryIO, kind: int) -> float | None:
    """A value of the header; texts and arrays are passed over."""
    if kind == _TEXT:
        file.seek(_number(file, "Q"), 1)
        return None
    if kind == _ARRAY:
        inner, count = _number(file, "I"), _number(file, "Q")
        if inner in (_TEXT, _ARRAY):
            for _ in range(count):
                _value(file, inner)
        else:
            file.seek(count * struct.calcsize(_SIMPLE[inner]), 1)
        return None
    return float(struct.unpack(f"<{_SIMPLE[kind]}", file.read(struct.calcsize(f"<{_SIMPLE[kind]}")))[0])
