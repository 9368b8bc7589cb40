"""Pictures from any `diffusers` text-to-image pipeline, by hub name or folder, with previews between its steps.

A pipeline is one blocking call, so it runs on a thread of its own that hands previews over; closing the generator makes
it stop at its next step, and waits for that. The thread inherits the low priority of the worker that starts it.
"""

from __future__ import annotations

import inspect
import queue
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models import hub
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Painting, Picture
from visavis_models.settings import BackendSettings

PREVIEWS = 6  # at most
PREVIEW = 256  # pixels of a preview's longer side
MULTIPLE = 16  # pixels: every pipeline's autoencoder and patches divide this
LARGEST = 1536
DTYPES = ("float32", "float16", "bfloat16")

# Latent channels to RGB, a linear fit: K. Turner, "Decoding latents to RGB without upscaling", discuss.huggingface.co
_SD = np.array(
    [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]], np.float32
)


class DiffusersPainter:
    """Painter port. options: steps, guidance, seed, size (pixels a side), and whatever the pipeline's call takes."""

    def __init__(self, pipeline: Any, settings: BackendSettings) -> None:
        """Raises ModelError for options that the pipeline does not take."""
        self._pipeline = pipeline
        self._takes = inspect.signature(pipeline.__call__).parameters
        options = dict(settings.options)
        self._steps = _number(options, "steps", 20, 1, 200)
        self._side = _number(options, "size", 0, 0, LARGEST)
        self._seed = _number(options, "seed", -1, -1, 2**63 - 1)
        if "guidance" in options:
            options["guidance_scale"] = options.pop("guidance")
        if unknown := [name for name in options if name not in self._takes]:
            raise ModelError(
                f"models.painter.options names {', '.join(unknown)}, which {type(pipeline).__name__} does not take: "
                f"use steps, guidance, seed, size or {', '.join(list(self._takes)[:12])}"
            )
        self._options = options

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        told: queue.Queue[Painting | Exception] = queue.Queue()
        stop = threading.Event()
        thread = threading.Thread(target=self._work, args=(prompt, size, told, stop), name="painting", daemon=True)
        thread.start()
        try:
            while True:
                painting = told.get()
                if isinstance(painting, Exception):
                    raise _error(painting) from painting
                yield painting
                if painting.done:
                    return
        finally:
            stop.set()
            thread.join()

    def _work(
        self, prompt: str, size: tuple[int, int], told: queue.Queue[Painting | Exception], stop: threading.Event
    ) -> None:
        try:
            made = self._pipeline(**self._call(prompt, size, told, stop))
            if any(getattr(made, "nsfw_content_detected", None) or ()):
                raise ModelError("the painter's own filter held that picture back. Ask for another one.")
            told.put(Painting(_pixels(made.images[0]), True, 1.0, prompt))
        except Exception as error:  # told to the thread that waits
            told.put(error)

    def _call(
        self, prompt: str, size: tuple[int, int], told: queue.Queue[Painting | Exception], stop: threading.Event
    ) -> dict[str, Any]:
        """The pipeline's arguments, of those that it takes."""
        width, height = (_fitting(self._side or side) for side in size)
        wanted: dict[str, Any] = {
            "num_inference_steps": self._steps,
            "width": width,
            "height": height,
            "output_type": "np",
            "callback_on_step_end": self._after_step(told, stop),
        }
        if self._seed >= 0:
            import torch

            wanted["generator"] = torch.Generator().manual_seed(self._seed)
        return {name: value for name, value in wanted.items() if name in self._takes} | {
            "prompt": prompt,
            **self._options,
        }

    def _after_step(
        self, told: queue.Queue[Painting | Exception], stop: threading.Event
    ) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
        every = max(1, -(-self._steps // PREVIEWS))

        def after(_pipeline: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
            if stop.is_set():
                raise _Stopped
            if step % every == 0 and step + 1 < self._steps and (glimpse := _glimpse(kept.get("latents"))) is not None:
                told.put(Painting(glimpse, False, (step + 1) / self._steps))
            return {}

        return after


def load(settings: BackendSettings, packs: Packs) -> DiffusersPainter:
    """Raises PackMissing or ModelError; ImportError where diffusers is not installed."""
    if not settings.model:
        raise ModelError("models.painter.model is empty: give a hub name or the folder of a text-to-image pipeline")
    if settings.dtype not in ("auto", *DTYPES):
        raise ModelError(f"models.painter.dtype = {settings.dtype!r} is unknown: use auto, {', '.join(DTYPES)}")
    folder = Path(settings.model).expanduser()
    if not folder.is_dir():
        folder = hub.local(packs.root, settings.model)
    if not (folder / "model_index.json").is_file():
        raise PackMissing(f"{folder} holds no diffusers pipeline (no model_index.json): pull or choose another model")
    import torch

    dtype = getattr(torch, settings.dtype, torch.float32 if settings.device == "cpu" else torch.float16)
    try:
        pipeline = _pipeline(folder, dtype).to(settings.device)
    except ImportError:
        raise
    except Exception as error:  # a file missing or damaged, a device that is not there: the library's errors differ
        if _is_memory(error):
            raise _out_of_memory() from error
        said = " ".join(str(error).split())[:300]
        raise ModelError(f"the painter {settings.model!r} did not load on {settings.device}: {said}") from error
    pipeline.set_progress_bar_config(disable=True)
    return DiffusersPainter(pipeline, settings)


def _pipeline(folder: Path, dtype: Any) -> Any:
    """The pipeline in the folder; those that are only text-to-image are not in diffusers' list of kinds."""
    from diffusers import AutoPipelineForText2Image, DiffusionPipeline

    try:
        return AutoPipelineForText2Image.from_pretrained(folder, torch_dtype=dtype, local_files_only=True)
    except ValueError as error:
        if "can't find a pipeline" not in str(error):
            raise
        return DiffusionPipeline.from_pretrained(folder, torch_dtype=dtype, local_files_only=True)


class _Stopped(Exception):
    """The generator was closed."""


def _number(options: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = options.pop(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ModelError(
            f"models.painter.options.{name} = {value!r}: give a whole number from {max(0, least)} to {most}"
        )
    return value


def _fitting(side: int) -> int:
    return min(LARGEST, max(64, side // MULTIPLE * MULTIPLE))


def _glimpse(latents: Any) -> Picture | None:
    """Latents (1, channels, height, width) as blurred shapes and colours, without the decoder; None for other kinds."""
    if latents is None or latents.ndim != 4:
        return None
    planes = latents[0].detach().float().cpu().numpy().transpose(1, 2, 0)
    if planes.shape[2] == 4:
        rgb = planes @ _SD * 0.5 + 0.5
    else:  # some other autoencoder: the three directions in which the picture differs most
        flat = planes.reshape(-1, planes.shape[2]) - planes.reshape(-1, planes.shape[2]).mean(axis=0)
        main = np.linalg.eigh(flat.T @ flat)[1][:, -3:]
        spread = (flat @ main).reshape(*planes.shape[:2], -1)
        rgb = spread / (4 * spread.std() + 1e-6) + 0.5
    if rgb.shape[2] != 3:
        return None
    small = np.asarray(np.clip(np.nan_to_num(rgb), 0, 1) * 255, np.uint8)
    scale = PREVIEW / max(small.shape[:2])
    return np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _pixels(image: NDArray[Any]) -> Picture:
    """From 0..1; what a half-precision decoder could not compute is black."""
    return np.asarray(np.clip(np.nan_to_num(np.asarray(image, np.float32)), 0, 1) * 255 + 0.5, np.uint8)


def _error(error: Exception) -> ModelError:
    if isinstance(error, ModelError):
        return error
    if _is_memory(error):
        return _out_of_memory()
    return ModelError(f"the painter failed: {' '.join(str(error).split())[:300] or type(error).__name__}")


def _is_memory(error: Exception) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "can't allocate memory" in said


def _out_of_memory() -> ModelError:
    """The library's freed memory is given back, so that the next, smaller picture finds room."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return ModelError(
        "the painter ran out of memory: set models.painter.options.size lower, models.painter.dtype to float16, "
        "or choose a smaller model"
    )
