"""Pictures from any `diffusers` text-to-image pipeline, by hub name or folder, with previews between its steps.

A pipeline is one blocking call, so it runs on a thread of its own that hands previews over; closing the generator
makes the pipeline stop at its next step, and waits for that.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from visavis_models import hub
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Painting, Picture
from visavis_models.settings import BackendSettings


def load(settings: BackendSettings, packs: Packs) -> DiffusersPainter:
    """Raises PackMissing or ModelError; ImportError where diffusers is not installed."""
    if not settings.model:
        raise ModelError("models.painter.model is empty: give a hub name or the folder of a text-to-image pipeline")
    folder = Path(settings.model)
    if not folder.is_dir():
        folder = hub.local(packs.root, settings.model)
    import torch
    from diffusers import AutoPipelineForText2Image

    dtype = torch.float32 if settings.dtype == "auto" else getattr(torch, settings.dtype, None)
    if dtype is None:
        raise ModelError(f"models.painter.dtype = {settings.dtype!r} is unknown: use float32, float16 or bfloat16")
    try:
        pipeline = AutoPipelineForText2Image.from_pretrained(folder, torch_dtype=dtype, local_files_only=True)
        pipeline = pipeline.to(settings.device)
    except OSError as error:
        raise PackMissing(
            f"the pipeline {settings.model!r} is not whole ({error}): run `visavis models pull`"
        ) from error
    except (ValueError, RuntimeError, AttributeError) as error:
        raise ModelError(f"the painter {settings.model!r} did not load on {settings.device}: {error}") from error
    pipeline.set_progress_bar_config(disable=True)
    return DiffusersPainter(pipeline, settings)


class DiffusersPainter:
    """Painter port. options: steps, guidance, and anything else the pipeline's call takes."""

    def __init__(self, pipeline: Any, settings: BackendSettings) -> None:
        options = dict(settings.options)
        self._pipeline = pipeline
        self._call = {
            "num_inference_steps": int(options.pop("steps", 20)),
            "guidance_scale": float(options.pop("guidance", 7.5)),
            **options,
        }

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        told: queue.Queue[Painting | BaseException] = queue.Queue()
        thread = threading.Thread(target=self._work, args=(prompt, size, told), name="painting", daemon=True)
        self._pipeline._interrupt = False
        self._stop = threading.Event()
        thread.start()
        try:
            while True:
                painting = told.get()
                if isinstance(painting, BaseException):
                    raise _error(painting)
                yield painting
                if painting.done:
                    return
        finally:
            self._stop.set()
            thread.join()

    def _work(self, prompt: str, size: tuple[int, int], told: queue.Queue[Painting | BaseException]) -> None:
        steps = self._call["num_inference_steps"]

        def after(pipeline: Any, step: int, timestep: Any, kept: dict[str, Any]) -> dict[str, Any]:
            if self._stop.is_set():
                raise _Stopped
            if step % max(1, steps // 4) == 0 and step + 1 < steps:
                told.put(Painting(_glimpse(kept["latents"]), False, (step + 1) / steps))
            return kept

        try:
            made = self._pipeline(
                prompt, width=size[0], height=size[1], output_type="np", callback_on_step_end=after, **self._call
            )
            if any(getattr(made, "nsfw_content_detected", None) or ()):
                raise ModelError("I would rather not show that picture.")
            told.put(Painting(np.asarray(made.images[0] * 255, np.uint8), True, 1.0, prompt))
        except BaseException as error:  # handed to the thread that waits
            told.put(error)


class _Stopped(Exception):
    """The generator was closed."""


def _glimpse(latents: Any) -> Picture:
    """The first three latent channels, stretched: blurred shapes and colours, for a fraction of a decoder's time."""
    planes = latents[0, :3].detach().float().cpu().numpy().transpose(1, 2, 0)
    low, high = np.percentile(planes, 2), np.percentile(planes, 98)
    return np.asarray(np.clip((planes - low) / max(high - low, 1e-6), 0, 1) * 255, np.uint8)


def _error(error: BaseException) -> ModelError:
    if isinstance(error, ModelError):
        return error
    if "out of memory" in str(error).lower():
        return ModelError("the painter ran out of memory: choose a smaller picture, model or dtype")
    return ModelError(f"the painter failed: {error}")
