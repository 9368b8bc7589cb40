"""Weights of `transformers` models: found, weighed against the free memory, and put on their device.

One place for device, element type, quantisation, attention and compiling, shared by the words (`transformers_chat.py`)
and the eyes (`transformers_vision.py`), and for what goes wrong with them, in our words.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from visavis_models import hub
from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings

GIB = 2**30
_HEAD = 100 << 20  # bytes of a safetensors header at most, by its definition
WIDTHS = {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int8": 1.1, "int4": 0.65}  # of a weight, scales included
_SPEAKING = ("language_model", "text_decoder", "text_model", "decoder")  # the part that runs once a word
_KINDS = ("auto", *WIDTHS)


class WeightOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of every backend that loads weights here.

    attention: how attention is computed; auto takes the library's choice. flash_attention_2 needs the package
    flash-attn and a GPU. compile: torch compiles the part that speaks, which makes loading take minutes and an answer
    less time."""

    attention: Literal["auto", "eager", "sdpa", "flash_attention_2"] = "auto"
    compile: bool = False


class Weights:
    """The files of one model and how they are to be loaded. ability: names the settings in messages."""

    def __init__(
        self, settings: BackendSettings, packs: Packs, ability: str, options: WeightOptions, named: str = "model"
    ) -> None:
        """named: the setting that names the model. Raises PackMissing or ModelError; ImportError where torch or
        transformers is not installed."""
        self.setting, self._named = f"models.{ability}", f"models.{ability}.{named}"
        self._settings, self._packs, self._ability, self._options = settings, packs, ability, options
        if not settings.model:
            raise ModelError(f"{self._named} is empty: give a hub name or a folder")
        if settings.dtype not in _KINDS:
            raise ModelError(f"{self.setting}.dtype = {settings.dtype!r} is unknown: use {', '.join(_KINDS)}")
        self.folder = folder_of(settings.model, packs)
        import torch
        from transformers.utils import logging

        logging.disable_progress_bar()
        if settings.threads:
            torch.set_num_threads(settings.threads)  # torch has one number for the whole process
        self.config = self._config()
        self.type = str(self.config.get("model_type", ""))

    def load(self, auto: Any) -> Any:
        """The model of one of the library's classes, in evaluation, on its device. Raises ModelError or a child."""
        import torch
        from safetensors import SafetensorError

        settings, name = self._settings, self._settings.model
        quantised = settings.dtype in ("int8", "int4")
        arguments: dict[str, Any] = {"local_files_only": True, "dtype": self._dtype(torch)}
        if self._options.attention != "auto":
            arguments["attn_implementation"] = self._options.attention
        if quantised:
            arguments |= self._quantising(torch)
        self._weigh(torch)
        try:
            model = auto.from_pretrained(self.folder, **arguments)
            return (model if quantised else model.to(settings.device)).eval()
        except ImportError as error:
            raise BackendMissing(f"{name} needs a package that is not installed: {line(error)}") from error
        except (OSError, SafetensorError) as error:
            raise PackMissing(
                f"the model {name!r} is not whole ({line(error)}): run `visavis models pull`, "
                f"or set {self._named} to its folder"
            ) from error
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise ModelError(f"{self._large(torch)} ({line(error)})") from error
        except (ValueError, RuntimeError, KeyError, AssertionError, AttributeError) as error:
            raise ModelError(
                f"the {self._ability} model {name!r} did not load on {settings.device}: {line(error)}. "
                f"Check {self._named}, and {self.setting}.device, .dtype and .options.attention"
            ) from error

    def beside(self, model: str, named: str) -> Weights:
        """Another model that this one needs, on the same device. Raises as __init__."""
        settings = self._settings.model_copy(update={"model": model})
        return Weights(settings, self._packs, self._ability, self._options, named)

    def compiled(self, model: Any) -> Any:
        """The model, with the part that speaks compiled if that was asked for."""
        if self._options.compile:
            parts = {name.rsplit(".")[-1]: part for name, part in reversed(list(model.named_modules()))}
            next((parts[name] for name in _SPEAKING if name in parts), model).compile(dynamic=True)
        return model

    # --- inside ------------------------------------------------------------------------------------------------------

    def _config(self) -> dict[str, Any]:
        path = self.folder / "config.json"
        try:
            config = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise PackMissing(
                f"the folder {str(self.folder)!r} holds no model (no config.json): run `visavis models pull`, "
                f"or set {self._named}"
            ) from None
        except (OSError, ValueError) as error:
            raise PackMissing(f"{path} cannot be read ({line(error)}): run `visavis models pull`") from error
        return config if isinstance(config, dict) else {}

    def _dtype(self, torch: Any) -> Any:
        """auto: float32 on a CPU, which is slow with the halves that most are saved in; else as they were saved."""
        dtype = self._settings.dtype
        if dtype == "auto":
            return torch.float32 if self._settings.device == "cpu" else "auto"
        return getattr(torch, dtype) if dtype.startswith(("float", "bfloat")) else "auto"

    def _quantising(self, torch: Any) -> dict[str, Any]:
        """bitsandbytes quantises while loading: LLM.int8() (arXiv:2208.07339), or NF4 (arXiv:2305.14314)."""
        from transformers import BitsAndBytesConfig

        if importlib.util.find_spec("bitsandbytes") is None:
            raise BackendMissing(
                f"{self.setting}.dtype = {self._settings.dtype!r} needs the package bitsandbytes: pip install "
                "bitsandbytes, or set another dtype"
            )
        if self._settings.dtype == "int8":
            how, wide = BitsAndBytesConfig(load_in_8bit=True), torch.float16  # what its products are made of
        else:
            wide = torch.bfloat16 if self._settings.device.startswith("cuda") else torch.float32
            how = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=wide)
        return {"quantization_config": how, "device_map": {"": self._settings.device}, "dtype": wide}

    def _weigh(self, torch: Any) -> None:
        """Weights that do not fit would end the whole server. Raises ModelError."""
        room = free(torch, self._settings.device)
        if room is not None and self._needed() > room:
            raise ModelError(self._large(torch))

    def _large(self, torch: Any) -> str:
        settings, room = self._settings, free(torch, self._settings.device)
        smaller = [f"{self.setting}.dtype = {kind!r}" for kind in ("bfloat16", "int8", "int4") if self._less(kind)]
        there = "less is free" if room is None or room > self._needed() else f"{room / GIB:.1f} GiB are free"
        return (
            f"the {self._ability} model {settings.model!r} needs {self._needed() / GIB:.1f} GiB on {settings.device}, "
            f"{there}: choose a smaller one, or set {' or '.join([*smaller, f'{self.setting}.device'])}"
        )

    def _less(self, dtype: str) -> bool:
        return WIDTHS[dtype] * 1.2 < self._width()

    def _width(self) -> float:
        """Bytes of a weight as it will be loaded."""
        settings = self._settings
        if settings.dtype == "auto":
            return 4.0 if settings.device == "cpu" else min(4.0, self._size()[1] / max(1, self._size()[0]))
        return WIDTHS[settings.dtype]

    def _needed(self) -> float:
        return self._size()[0] * self._width()

    def _size(self) -> tuple[int, int]:
        """How many weights there are, and their bytes on disk."""
        return weighed(self.folder.glob("*.safetensors"))


def weighed(paths: Iterable[Path]) -> tuple[int, int]:
    """How many weights these safetensors files hold by their headers, and their bytes on disk."""
    count = size = 0
    for path in paths:
        with suppress_broken(), path.open("rb") as file:
            head = json.loads(file.read(min(int.from_bytes(file.read(8), "little"), _HEAD)))
            count += sum(math.prod(entry["shape"]) for name, entry in head.items() if name != "__metadata__")
            size += path.stat().st_size
    return count, size


def folder_of(model: str, packs: Packs) -> Path:
    """A folder as it is, or that of a pulled hub repository. Raises PackMissing."""
    folder = Path(model).expanduser()
    return folder if folder.is_dir() else hub.local(packs.root, model)


@contextmanager
def suppress_broken() -> Iterator[None]:
    """A broken file of weights is told about when it is loaded."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError):
        return


@contextmanager
def told(ability: str) -> Iterator[None]:
    """What goes wrong in the network, in our words."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(
            f"the {ability} model ran out of memory: choose a smaller one, models.{ability}.dtype or another device"
        ) from error
    except (RuntimeError, ValueError, TypeError, IndexError, KeyError, NotImplementedError) as error:
        raise ModelError(f"the {ability} model failed: {line(error)}") from error


def line(error: BaseException) -> str:
    """The first line of a message that may have many."""
    return next((row.strip() for row in str(error).splitlines() if row.strip()), type(error).__name__)[:300]


def free(torch: Any, device: str) -> int | None:
    """Bytes free for weights; None where it cannot be told."""
    if device == "cpu":
        import psutil  # type: ignore[import-untyped]

        return int(psutil.virtual_memory().available)
    try:
        return int(torch.cuda.mem_get_info(device)[0]) if device.startswith("cuda") else None
    except (RuntimeError, AssertionError, ValueError):
        return None  # no such device, which loading tells
