"""Pictures and short clips from any `diffusers` pipeline, by hub name or folder, with previews between its steps.

What a pipeline is called with stands in `diffusers_families.py`, how it is loaded in `diffusers_weights.py`. A call is
one long blocking one, made into steps by `strokes.py`. A change is made by the pipeline's image-to-image form, which
shares its weights, or by the pipeline itself where it takes instructions.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Generator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.diffusers_families import Family
from visavis_models.backends.diffusers_options import LARGEST, PainterOptions, options_of
from visavis_models.backends.diffusers_told import HELD_BACK, ONLY_CHANGES, told
from visavis_models.backends.diffusers_weights import loaded, offloaded, stored
from visavis_models.backends.latents import Glimpses
from visavis_models.backends.strokes import Stopped, Strokes, Tell
from visavis_models.changed import ANEW, changed
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Painting, Picture
from visavis_models.settings import BackendSettings

MULTIPLE = 32  # pixels: every pipeline's autoencoder and patches divide this


class DiffusersPainter:
    """Painter and Editor port. pixels: it begins from any picture, a photograph too."""

    pixels = True

    def __init__(self, pipeline: Any, family: Family, settings: BackendSettings) -> None:
        """Raises ModelError for options that the pipeline does not take."""
        self._pipeline, self._family, self._device = pipeline, family, settings.device
        self._options = options_of(settings)
        self._passed = {
            name: value for name, value in settings.options.items() if name not in PainterOptions.__struct_fields__
        }
        if unknown := [name for name in self._passed if name in _OURS or name not in _takes(pipeline)]:
            raise ModelError(
                f"models.painter.options names {', '.join(unknown)}, which {type(pipeline).__name__} does not take: "
                f"use {', '.join(PainterOptions.__struct_fields__)} or {', '.join(list(_takes(pipeline))[:12])}"
            )
        self._steps = self._options.steps or family.steps
        self._changing = pipeline if family.instructed else _image_form(pipeline)
        self.pixels = self._changing is not None
        self._hooked: Any = pipeline  # whose offloading hooks the networks have
        self._turn = threading.Lock()  # a scheduler holds the state of one picture
        self._stop = threading.Event()  # of the picture in work
        self._glimpses = Glimpses(pipeline)
        if not self._options.compile:
            self._watch()

    # --- the port ----------------------------------------------------------------------------------------------------

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """size gives the shape; the longer side is options.size or the model's own. Clips have their own shape."""
        return Strokes(lambda tell, stop: self._paint((prompt, ""), "", size, tell, stop))

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        return Strokes(lambda tell, stop: self._edit(before, request, tell, stop))

    # --- calls -------------------------------------------------------------------------------------------------------

    def _paint(
        self, words: tuple[str, str], note: str, size: tuple[int, int], tell: Tell, stop: threading.Event
    ) -> Painting:
        if type(self._pipeline).__name__.endswith(_NEEDS_PICTURE):
            raise ModelError(*ONLY_CHANGES)
        fitted = self._fitting(size)
        call = self._call(self._pipeline, words, fitted, self._steps)
        return self._made(self._pipeline, call, fitted, words[0], note, tell, stop)

    def _edit(self, before: Painting, request: str, tell: Tell, stop: threading.Event) -> Painting:
        height, width = before.picture.shape[:2]
        alt, away = changed(before.alt, request)
        instructed = self._family.instructed
        pipeline = self._changing
        if pipeline is None:
            return self._paint((alt, away), ANEW, (width, height), tell, stop)
        size = self._fitting((width, height))
        strength = 1.0 if instructed else self._options.strength or self._family.strength
        steps = self._steps
        if "strength" in _takes(pipeline) and "original_inference_steps" not in _takes(pipeline):
            steps = math.ceil(steps / strength)  # of which this class runs only the last ones
        call = self._call(pipeline, (request, "") if instructed else (alt, away), size, steps)
        call["image"] = _pil(before.picture, size)
        if "strength" in _takes(pipeline):
            call["strength"] = strength
        return self._made(pipeline, call, size, alt, "", tell, stop)

    def _call(self, pipeline: Any, words: tuple[str, str], size: tuple[int, int], steps: int) -> dict[str, Any]:
        """The pipeline's arguments, of those that it takes. words: what to show, and what not to."""
        options, family, takes = self._options, self._family, _takes(pipeline)
        guidance = family.guidance if options.guidance is None else options.guidance
        negative = ", ".join(filter(None, (options.negative, words[1])))
        wanted: dict[str, Any] = {
            **family.others,
            "num_inference_steps": steps,
            "width": size[0],
            "height": size[1],
            "max_area": size[0] * size[1],
            "_auto_resize": max(size) >= 1024,  # FLUX Kontext: to the sizes that it knows
            "output_type": "np",
        }
        if guidance is not None:
            wanted["guidance_scale"] = guidance
        if negative:
            wanted["negative_prompt"] = negative
        if family.frames:
            wanted |= {"num_frames": self._frames(), "frame_rate": family.fps}
        if options.seed is not None:
            import torch

            wanted["generator"] = torch.Generator().manual_seed(options.seed)
        return {name: value for name, value in wanted.items() if name in takes} | {
            "prompt": words[0],
            **{name: value for name, value in self._passed.items() if name in takes},
        }

    def _made(
        self, pipeline: Any, call: dict[str, Any], size: tuple[int, int], alt: str, note: str, tell: Tell,
        stop: threading.Event,
    ) -> Painting:  # fmt: skip
        """One run of a pipeline. Raises Stopped, ModelError."""
        failure: ModelError | None = None
        with self._turn:
            self._stop = stop
            self._check()
            try:
                self._hook(pipeline)
                made = pipeline(**call, **self._reports(pipeline, size, tell))
                return self._painting(made, alt, note)
            except (Stopped, ModelError):
                raise
            except Exception as error:  # the libraries' errors have no common base
                failure = told(error, type(pipeline).__name__)
            finally:
                self._stop = threading.Event()
                if self._options.offload == "model":
                    pipeline.maybe_free_model_hooks()
        _give_back()  # now that no traceback holds the tensors any more
        raise failure

    def _painting(self, made: Any, alt: str, note: str) -> Painting:
        if any(getattr(made, "nsfw_content_detected", None) or ()):
            raise ModelError("the painter's own filter held that picture back", HELD_BACK)
        if self._family.frames or hasattr(made, "frames"):
            frames = tuple(_pixels(frame) for frame in made.frames[0])
            return Painting(frames[len(frames) // 2], True, 1.0, alt, note, frames=frames, fps=self._family.fps or 8)
        return Painting(_pixels(made.images[0]), True, 1.0, alt, note)

    def _reports(self, pipeline: Any, size: tuple[int, int], tell: Tell) -> dict[str, Any]:
        """What is called after each step: it may stop there, and tells a preview now and then."""

        def after(step: int, latents: Any) -> None:
            self._check()
            steps = getattr(pipeline, "num_timesteps", None) or self._steps
            every = max(1, -(-steps // self._options.previews)) if self._options.previews else steps + 1
            if step % every == 0 and step + 1 < steps and self._options.previews:
                glimpse = self._glimpses.see(latents, size)
                if glimpse is not None:
                    tell(Painting(glimpse, False, (step + 1) / steps))

        def of_kept(_pipeline: Any, step: int, _time: Any, kept: Mapping[str, Any]) -> dict[str, Any]:
            after(step, kept.get("latents"))
            return {}

        if "callback_on_step_end" in _takes(pipeline):
            return {"callback_on_step_end": of_kept}
        if "callback" in _takes(pipeline):  # an older form of the same
            return {"callback": lambda step, _time, latents: after(step, latents), "callback_steps": 1}
        return {}

    # --- inside ------------------------------------------------------------------------------------------------------

    def _fitting(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of a picture of that shape which the model can paint."""
        size = self._family.size or size
        longest = self._options.size or (max(size) if self._family.size else _own_side(self._pipeline))
        width, height = (side * longest / max(size) for side in size)
        return _whole(width), _whole(height)

    def _frames(self) -> int:
        """Of a clip: one more than a multiple of what the autoencoder makes one of."""
        packed = 1
        for name in ("vae_scale_factor_temporal", "vae_temporal_compression_ratio"):
            packed = getattr(self._pipeline, name, None) or packed
        frames = self._options.frames or self._family.frames
        return (frames - 1) // packed * packed + 1 if packed > 1 else frames

    def _hook(self, pipeline: Any) -> None:
        """Two pipelines share the networks, and each brings them to the device in its own order."""
        if pipeline is not self._hooked and self._options.offload != "none":
            offloaded(pipeline, self._device, self._options.offload)
        self._hooked = pipeline

    def _watch(self) -> None:
        """Look before every block of every network whether the picture is still wanted: a step may take a minute."""
        import torch

        for network in self._pipeline.components.values():
            if isinstance(network, torch.nn.Module):
                for blocks in network.modules():
                    for block in blocks if isinstance(blocks, torch.nn.ModuleList) else ():
                        block.register_forward_pre_hook(lambda *_: self._check())

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped


def load(settings: BackendSettings, packs: Packs) -> DiffusersPainter:
    """Raises PackMissing or ModelError; ImportError where diffusers is not installed."""
    found = stored(settings, packs)
    options = options_of(settings)
    pipeline = loaded(found, settings, options.offload, compiled=options.compile)
    painter = DiffusersPainter(pipeline, found.family, settings)
    if options.compile:  # now, and not in the first conversation
        for _ in painter.paint("a house"):
            pass
    return painter


_OURS = ("prompt", "image", "output_type", "return_dict", "callback_on_step_end", "callback", "callback_steps")
_NEEDS_PICTURE = ("InstructPix2PixPipeline", "ImageEditPipeline", "ImageEditPlusPipeline")


def _image_form(pipeline: Any) -> Any:
    """The same networks in a pipeline that begins from a picture; None where diffusers has none for them."""
    from diffusers import AutoPipelineForImage2Image

    try:
        form = AutoPipelineForImage2Image.from_pipe(pipeline)
    except ValueError:
        return None
    form.set_progress_bar_config(disable=True)
    return form


def _takes(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(pipeline.__call__).parameters


def _own_side(pipeline: Any) -> int:
    """Pixels of a side that the network was made for."""
    network = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    cells = getattr(pipeline, "default_sample_size", None) or getattr(
        getattr(network, "config", None), "sample_size", 0
    )
    cells = max(cells) if isinstance(cells, list | tuple) else cells
    return min(LARGEST, int(cells or 128) * int(getattr(pipeline, "vae_scale_factor", 8)))


def _whole(side: float) -> int:
    return min(LARGEST, max(64, int(side) // MULTIPLE * MULTIPLE))


def _pil(picture: Picture, size: tuple[int, int]) -> Any:
    from PIL import Image

    return Image.fromarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _pixels(image: NDArray[Any]) -> Picture:
    """From 0..1; what a half-precision decoder could not compute is black."""
    return np.asarray(np.clip(np.nan_to_num(np.asarray(image, np.float32)), 0, 1) * 255 + 0.5, np.uint8)


def _give_back() -> None:
    """The library's freed memory, so that the next picture finds room."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
