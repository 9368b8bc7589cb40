"""A `diffusers` pipeline found, weighed against the free memory, and put on its device: element type, quantisation,
offloading and compiling are settled here, for the painter in `diffusers_painter.py`.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any, Literal

import msgspec

from visavis_models.backends.diffusers_families import Family, family
from visavis_models.backends.torch_weights import GIB, WIDTHS, folder_of, free, line, weighed
from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings

Offload = Literal["none", "model", "sequential"]
_KINDS = ("auto", *WIDTHS)
_COPIES = (".fp16", ".bf16", "non_ema")  # the same weights once more
_DENOISERS = ("unet", "transformer", "transformer_2", "prior")


class Stored(msgspec.Struct, frozen=True):
    """A pipeline in a folder, before it is loaded."""

    folder: Path
    name: str  # as it was asked for
    class_name: str
    family: Family
    weights: dict[str, int]  # of each of its networks

    def needed(self, settings: BackendSettings, offload: Offload) -> tuple[float, float]:
        """Bytes of weights: on the device, and in the machine's own memory."""
        sizes = [count * self._width(part, settings) for part, count in self.weights.items()]
        if settings.device == "cpu":
            return 0.0, sum(sizes)
        on_device = {"none": sum(sizes), "model": max(sizes, default=0.0), "sequential": 0.0}[offload]
        return on_device, 0.0 if offload == "none" else sum(sizes)

    def quantised(self) -> list[str]:
        """Its large networks: what denoises, and text encoders of more than a billion weights."""
        return [part for part, count in self.weights.items() if part in _DENOISERS or count > 10**9]

    def _width(self, part: str, settings: BackendSettings) -> float:
        if settings.dtype == "auto":
            return 4.0 if settings.device == "cpu" else 2.0
        if settings.dtype in ("int8", "int4") and part not in self.quantised():
            return WIDTHS["float16"]
        return WIDTHS[settings.dtype]


def stored(settings: BackendSettings, packs: Packs) -> Stored:
    """What lies in the folder or the pulled repository. Raises PackMissing, ModelError."""
    if not settings.model:
        raise ModelError("models.painter.model is empty: give a hub name or the folder of a text-to-image pipeline")
    if settings.dtype not in _KINDS:
        raise ModelError(f"models.painter.dtype = {settings.dtype!r} is unknown: use {', '.join(_KINDS)}")
    folder = folder_of(settings.model, packs)
    try:
        index = json.loads((folder / "model_index.json").read_text("utf-8"))
        class_name = str(index["_class_name"])
    except (OSError, ValueError, KeyError, TypeError):
        raise PackMissing(
            f"{folder} holds no diffusers pipeline (no model_index.json): pull or choose another model"
        ) from None
    weights = {}
    for part, kind in index.items():
        if isinstance(kind, list) and kind[0]:
            count, _ = weighed(path for path in (folder / part).glob("*.safetensors") if not _is_copy(path))
            if count:
                weights[part] = count
    return Stored(folder, settings.model, class_name, family(class_name, folder), weights)


def loaded(found: Stored, settings: BackendSettings, offload: Offload, *, compiled: bool) -> Any:
    """The pipeline, ready to be called. Raises ModelError; ImportError where diffusers is not installed."""
    import torch
    from diffusers.utils import logging
    from transformers.utils import logging as of_encoders

    logging.set_verbosity_error()  # it warns of what its own files do
    for library in (logging, of_encoders):
        library.disable_progress_bar()
    if settings.threads:
        torch.set_num_threads(settings.threads)  # torch has one number for the whole process
    if settings.dtype in ("int8", "int4") and settings.device == "cpu":
        raise ModelError(f"models.painter.dtype = {settings.dtype!r} needs a GPU: set models.painter.device to one")
    if offload != "none" and settings.device == "cpu":
        raise ModelError("models.painter.options.offload keeps weights off a GPU: set models.painter.device to one")
    _weigh(torch, found, settings, offload)
    quantised = settings.dtype in ("int8", "int4")
    arguments: dict[str, Any] = {"dtype": _dtype(torch, found, settings), "local_files_only": True}
    if quantised:
        arguments["quantization_config"] = _quantising(torch, found, settings)
    try:
        pipeline = _pipeline(found, arguments)
        if offload == "none":
            pipeline = pipeline.to(settings.device)
        else:
            offloaded(pipeline, settings.device, offload)
        if compiled:
            _compile(pipeline)
    except ImportError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(_large(torch, found, settings, offload)) from error
    except Exception as error:  # a file missing or damaged, a device that is not there: the library's errors differ
        raise ModelError(f"the painter {found.name!r} did not load on {settings.device}: {line(error)}") from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def offloaded(pipeline: Any, device: str, offload: Offload) -> None:
    """Weights wait in the machine's memory: whole networks, or every layer, come to the device when they are run."""
    if offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=device)


# --- inside ----------------------------------------------------------------------------------------------------------


def _pipeline(found: Stored, arguments: dict[str, Any]) -> Any:
    """The pipeline in the folder; those for clips and for changes are not in diffusers' list of text-to-image kinds."""
    from diffusers import AutoPipelineForText2Image, DiffusionPipeline

    folder = found.folder
    if found.class_name == "BrushPipeline":  # our own, which diffusers does not know
        from visavis_models.backends.brush_pipeline import BrushPipeline

        return BrushPipeline.from_pretrained(folder, **arguments)
    try:
        return AutoPipelineForText2Image.from_pretrained(folder, **arguments)
    except ValueError as error:
        if "can't find a pipeline" not in str(error):
            raise
        return DiffusionPipeline.from_pretrained(folder, **arguments)


def _dtype(torch: Any, found: Stored, settings: BackendSettings) -> Any:
    if settings.dtype in ("float32", "float16", "bfloat16"):
        return getattr(torch, settings.dtype)
    return torch.float32 if settings.device == "cpu" else getattr(torch, found.family.half)


def _quantising(torch: Any, found: Stored, settings: BackendSettings) -> Any:
    """bitsandbytes quantises while loading: LLM.int8() (arXiv:2208.07339), or NF4 (arXiv:2305.14314)."""
    if importlib.util.find_spec("bitsandbytes") is None:
        raise BackendMissing(
            f"models.painter.dtype = {settings.dtype!r} needs the package bitsandbytes: pip install bitsandbytes, or "
            "set another dtype"
        )
    from diffusers.quantizers import PipelineQuantizationConfig

    if settings.dtype == "int8":
        how: dict[str, Any] = {"load_in_8bit": True}
    else:
        wide = _dtype(torch, found, settings)
        how = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": wide}
    return PipelineQuantizationConfig(
        quant_backend=f"bitsandbytes_{settings.dtype[3:]}bit",
        quant_kwargs=how,
        components_to_quantize=found.quantised(),
    )


def _compile(pipeline: Any) -> None:
    """The network that runs once a step: its repeated blocks where it names them, which compiles in less time."""
    for name in _DENOISERS:
        if (network := getattr(pipeline, name, None)) is None:
            continue
        if getattr(network, "_repeated_blocks", None):
            network.compile_repeated_blocks(dynamic=True)
        else:
            network.compile(dynamic=True)


def _weigh(torch: Any, found: Stored, settings: BackendSettings, offload: Offload) -> None:
    """Weights that do not fit would end the whole server. Raises ModelError."""
    for needed, device in zip(found.needed(settings, offload), (settings.device, "cpu"), strict=True):
        room = free(torch, device)
        if room is not None and needed > room:
            raise ModelError(_large(torch, found, settings, offload))


def _large(torch: Any, found: Stored, settings: BackendSettings, offload: Offload) -> str:
    needed = found.needed(settings, offload)
    rooms = [free(torch, device) for device in (settings.device, "cpu")]
    short = [
        f"about {need / GIB:.1f} GiB on {device}, which has {room / GIB:.1f} free"
        for need, room, device in zip(needed, rooms, (settings.device, "cpu"), strict=True)
        if room is not None and need > room
    ]
    now = max(found._width(part, settings) for part in found.weights) if found.weights else 4.0
    kinds = ("bfloat16",) if settings.device == "cpu" else ("bfloat16", "int8", "int4")
    smaller = [f"dtype = {kind!r}" for kind in kinds if WIDTHS[kind] * 1.2 < now]
    if settings.device != "cpu" and offload == "none":
        smaller.append("options.offload = 'model'")
    return (
        f"the painter {found.name!r} needs {' and '.join(short) or 'more memory than there is'}: choose a smaller one"
        + (f", or set models.painter.{' or '.join(smaller)}" if smaller else "")
    )


def _is_copy(path: Path) -> bool:
    return any(word in path.name for word in _COPIES)
