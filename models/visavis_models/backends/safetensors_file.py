"""Reads the tensors of a .safetensors file into numpy: a length, a JSON header, then the numbers, nothing to be run.

Source: the format's description, github.com/huggingface/safetensors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import PackMissing

_TYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I8": np.int8,
    "U8": np.uint8,
}
_LONGEST_HEADER = 100 << 20  # bytes; the format's own limit


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors by name; read from the disk as they are used. Raises PackMissing for a damaged file."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _LONGEST_HEADER:
                raise ValueError("its header is too long")
            header: dict[str, Any] = json.loads(file.read(length))
        numbers = np.memmap(path, np.uint8, "r", offset=8 + length)
        tensors = {}
        for name, about in header.items():
            if name != "__metadata__":
                begin, end = about["data_offsets"]
                if not 0 <= begin <= end <= len(numbers):
                    raise ValueError(f"{name} reaches outside the file")
                tensors[name] = numbers[begin:end].view(_TYPES[about["dtype"]]).reshape(about["shape"])
        return tensors
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackMissing(
            f"{path.name} is not a readable safetensors file ({error}). Fetch it again: visavis models pull."
        ) from error
