"""What each kind of `diffusers` pipeline wants when nothing is set: steps, guidance, size, as its model card says.

Read from the pipeline's class, from its configuration and, where that is all that tells them apart, from its name:
distilled models (Turbo, LCM, Lightning, schnell) want few steps and no guidance. Nothing here needs torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class Family(msgspec.Struct, frozen=True):
    """How a pipeline is called unless options say otherwise. Pictures have the size of the network's configuration."""

    steps: int = 30
    guidance: float | None = None  # None: as the class does
    strength: float = 0.6  # of a change: 0 keeps the picture, 1 keeps nothing of it
    half: str = "float16"  # the element type on a GPU; T5 overflows in float16
    size: tuple[int, int] | None = None  # (width, height) of clips
    frames: int = 0  # of a clip; 0: it makes still pictures
    fps: int = 0
    instructed: bool = False  # is told what to change, rather than what the picture shows
    others: Mapping[str, Any] = {}  # further arguments of the call


_BF16 = "bfloat16"
_AS_SAID = {"clean_caption": False}  # cleaning prompts needs two packages more
_TRUE_GUIDANCE = {"true_cfg_scale": 4.0, "negative_prompt": " "}
_KINDS: dict[str, Family] = {  # by the first class name that begins so: longer ones stand before shorter ones
    "StableDiffusionInstructPix2Pix": Family(20, 7.5, instructed=True),
    "StableDiffusionXLInstructPix2Pix": Family(30, 5.0, instructed=True),
    "StableDiffusionXL": Family(30, 5.0),
    "BrushPipeline": Family(8),
    "StableDiffusion3": Family(28, 7.0, 0.7, _BF16),
    "StableDiffusion": Family(30, 7.5),
    "LatentConsistencyModel": Family(4, 8.0),
    "FluxKontext": Family(28, 2.5, half=_BF16, instructed=True),
    "Flux2Klein": Family(4, 1.0, half=_BF16, instructed=True),
    "Flux2": Family(28, 4.0, half=_BF16, instructed=True),
    "Flux": Family(28, 3.5, 0.8, _BF16),
    "PixArt": Family(20, 4.5, others=_AS_SAID),
    "Sana": Family(20, 4.5, half=_BF16, others=_AS_SAID),
    "ZImage": Family(28, 4.0, half=_BF16),
    "QwenImageEdit": Family(40, half=_BF16, instructed=True, others=_TRUE_GUIDANCE),
    "QwenImage": Family(50, half=_BF16, others=_TRUE_GUIDANCE),
    "TextToVideoSD": Family(25, 9.0, size=(256, 256), frames=16, fps=8),
    "AnimateDiff": Family(25, 7.5, size=(512, 512), frames=16, fps=8),
    "CogVideoX": Family(50, 6.0, half=_BF16, size=(720, 480), frames=49, fps=8),
    "Wan": Family(50, 5.0, half=_BF16, size=(832, 480), frames=33, fps=16),
    "LTX": Family(50, 3.0, half=_BF16, size=(704, 480), frames=49, fps=24),
}
_DISTILLED: dict[str, Family] = {  # of those, what was made to need few steps
    "StableDiffusionXL": Family(2, 0.0, 0.6),
    "StableDiffusion3": Family(4, 0.0, 0.7, _BF16),
    "StableDiffusion": Family(2, 0.0, 0.6),
    "Flux": Family(4, 0.0, 0.8, _BF16, others={"max_sequence_length": 256}),
    "ZImage": Family(9, 0.0, half=_BF16),
    "Sana": Family(2, 4.5, half=_BF16, others=_AS_SAID),
}
_FEW_STEPS = ("turbo", "schnell", "lightning", "sprint", "hyper-sd")


def family(class_name: str, folder: Path) -> Family:
    """Of the pipeline in `folder`."""
    name = (folder.parent.parent if folder.parent.name == "snapshots" else folder).name.lower()  # in the hub's cache
    kind = next((kind for kind in _KINDS if class_name.startswith(kind)), "")
    found = _KINDS.get(kind, Family(half=_BF16))
    scheduler = _read(folder / "scheduler" / "scheduler_config.json")
    if kind.startswith("StableDiffusion") and scheduler.get("_class_name") == "LCMScheduler":
        return msgspec.structs.replace(found, steps=4, guidance=1.0)
    if kind in _DISTILLED and _distilled(kind, folder, name, scheduler):
        four = "lightning" in name or "hyper-sd" in name
        return msgspec.structs.replace(_DISTILLED[kind], steps=4) if four else _DISTILLED[kind]
    if kind == "StableDiffusion3" and "3.5" in name:
        return msgspec.structs.replace(found, guidance=4.5)
    return found


def _distilled(kind: str, folder: Path, name: str, scheduler: Mapping[str, Any]) -> bool:
    if kind == "Flux":  # schnell was taught without guidance, and says so
        return _read(folder / "transformer" / "config.json").get("guidance_embeds") is False
    if any(word in name for word in _FEW_STEPS):
        return True
    euler = str(scheduler.get("_class_name", "")).startswith("Euler")  # SD-Turbo and SDXL-Turbo under another name
    return (
        kind in ("StableDiffusion", "StableDiffusionXL") and euler and scheduler.get("timestep_spacing") == "trailing"
    )


def _read(path: Path) -> dict[str, Any]:
    """A broken file is told about when the pipeline is loaded."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
