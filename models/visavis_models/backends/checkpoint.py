"""Reads the tensors of a PyTorch checkpoint into numpy, without torch and without running anything the file says.

A checkpoint is a pickle, and a pickle may call any function it names. This reader knows the handful of names that a
state dict of plain tensors needs and refuses all others. Both containers are read: the zip of torch >= 1.6 and the
older one (five pickles, then the storages). Source: `torch/serialization.py`.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import PackMissing

_OLD_MAGIC = 0x1950A86A20F9469CFC6C
_MAX_BYTES = 4 << 30  # no checkpoint of the embedded models is near this
_STORAGES = {
    "DoubleStorage": np.float64,
    "FloatStorage": np.float32,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a state dict by name, each in its own shape and element type.

    Raises PackMissing where the file is missing, damaged, or holds anything but a dict of plain tensors."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("larger than 4 GiB")
        state = _read_zip(path) if zipfile.is_zipfile(path) else _read_old(path)
        return {str(name): tensor.array() for name, tensor in state.items()}
    except Exception as error:  # a damaged pickle can raise anything
        raise PackMissing(
            f"{path.name} is not a readable checkpoint of plain tensors ({error}). Fetch it again: visavis models pull."
        ) from error


@dataclass
class _Storage:
    """Elements of one type, filled in after the pickle that names them."""

    elements: NDArray[Any]


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in elements

    def array(self) -> NDArray[Any]:
        whole = self.storage.elements
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or min(self.strides, default=0) < 0 or last >= max(len(whole), 1):
            raise ValueError("a tensor reaches outside its storage")
        steps = tuple(s * whole.itemsize for s in self.strides)
        return np.lib.stride_tricks.as_strided(whole[self.offset :], self.shape, steps).copy()


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    """Knows tensors, storages and ordered dicts; any other name ends the reading."""

    def __init__(self, file: BinaryIO, storage: Callable[[Any, str, int], _Storage]) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise ValueError(f"it names {module}.{name}, which is not a tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, _, count, *_ = pid
        return self._storage(kind, str(key), int(count))


def _read_zip(path: Path) -> dict[str, _Tensor]:
    with zipfile.ZipFile(path) as box:
        (index,) = [name for name in box.namelist() if name.endswith("/data.pkl")]
        stem = index.removesuffix("data.pkl")

        def storage(kind: Any, key: str, count: int) -> _Storage:
            return _Storage(np.frombuffer(box.read(f"{stem}data/{key}"), kind, count))

        state: dict[str, _Tensor] = _Unpickler(io.BytesIO(box.read(index)), storage).load()
        return state


def _read_old(path: Path) -> dict[str, _Tensor]:
    storages: dict[str, _Storage] = {}
    size = path.stat().st_size

    def storage(kind: Any, key: str, count: int) -> _Storage:
        if not 0 <= count * np.dtype(kind).itemsize <= size:
            raise ValueError("a storage is longer than the file")
        return storages.setdefault(key, _Storage(np.empty(count, kind)))

    with path.open("rb") as file:

        def piece() -> Any:
            return _Unpickler(file, storage).load()

        if piece() != _OLD_MAGIC:
            raise ValueError("no checkpoint begins like this")
        piece()  # protocol version
        piece()  # byte order and sizes of the machine that wrote it; little-endian everywhere since
        state: dict[str, _Tensor] = piece()
        for key in piece():
            elements = storages[key].elements
            (count,) = np.frombuffer(file.read(8), np.int64)
            if count != len(elements) or file.readinto(elements.view(np.uint8).data) != elements.nbytes:
                raise ValueError("it ends too early")
        return state
