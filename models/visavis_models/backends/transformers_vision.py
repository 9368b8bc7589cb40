"""Eyes of any image-text-to-text model of `transformers`: SmolVLM, LLaVA, Qwen-VL, InternVL, Gemma, BLIP's captions.

Settings: model (hub name or folder, fetched beforehand by `visavis models pull`), device, dtype, threads, timeout_s,
and options (`Options`).
Chat models get the instructions, all pictures and the question; older ones get the newest picture and a plain prompt,
or only the picture if they can do no more than caption it.
Generation runs on a thread of its own and is read token by token; closing the answer ends it at the next token.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import msgspec

from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Picture
from visavis_models.settings import BackendSettings

INSTRUCTIONS = (
    "You see through a camera for somebody who hears you. Answer in one or two short sentences of plain spoken "
    "English, without lists or symbols. If you are not sure, say so."
)
_CAPTIONERS = ("blip", "git", "vision-encoder-decoder")  # model types that take no question
_PICTURES = 4  # most that a question is asked about: the newest


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.vision.options`. prompt: for models without a chat template; {question} is replaced. processor and
    generate: passed on to the model's processor and to `generate`."""

    max_tokens: int = 80
    instructions: str = INSTRUCTIONS
    prompt: str = "Question: {question} Answer:"
    processor: dict[str, Any] = {}
    generate: dict[str, Any] = {}


def load(settings: BackendSettings, packs: Packs) -> TransformersVision:
    """Raises BackendMissing, PackMissing or ModelError; ImportError where transformers is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.vision.options: {error}") from None
    if not settings.model:
        raise ModelError("models.vision.model is empty: give a hub name such as HuggingFaceTB/SmolVLM-500M-Instruct")
    if (folder := Path(settings.model)).is_dir() and not (folder / "config.json").is_file():
        raise PackMissing(f"the folder {settings.model!r} holds no model (no config.json): set models.vision.model")
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    logging.disable_progress_bar()
    if settings.threads:
        torch.set_num_threads(settings.threads)  # torch has one number for the whole process
    dtype = _dtype(torch, settings)
    place = {"local_files_only": True}
    # Looking at every tile of a picture takes a CPU many seconds; the whole picture answers most questions.
    slow = {} if settings.device != "cpu" else {"do_image_splitting": False}
    try:
        processor = AutoProcessor.from_pretrained(settings.model, **place, **slow, **options.processor)
        model = AutoModelForImageTextToText.from_pretrained(settings.model, dtype=dtype, **place)
        model = model.to(settings.device).eval()
    except ImportError as error:
        raise BackendMissing(f"{settings.model} needs a package that is not installed: {_line(error)}") from error
    except OSError as error:
        raise PackMissing(
            f"the model {settings.model!r} is not here ({_line(error)}): run `visavis models pull`, "
            "or set models.vision.model to its folder"
        ) from error
    except (ValueError, RuntimeError, KeyError, AssertionError) as error:
        raise ModelError(
            f"the vision model {settings.model!r} did not load on {settings.device}: {_line(error)}. "
            "Choose an image-text-to-text model, or set models.vision.device or dtype"
        ) from error
    return TransformersVision(model, processor, options, settings.timeout_s)


class TransformersVision:
    """The Vision port. One answer at a time."""

    def __init__(self, model: Any, processor: Any, options: Options, timeout_s: float) -> None:
        self._model = model
        self._processor = processor
        self._options = options
        self._timeout_s = timeout_s
        self._captions = model.config.model_type in _CAPTIONERS

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Raises ModelError, also when no token comes for `timeout_s`."""
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        inputs = self._inputs(list(pictures)[-_PICTURES:], words)
        tokenizer = getattr(self._processor, "tokenizer", self._processor)
        streamer = TextIteratorStreamer(
            tokenizer, skip_prompt=not self._captions, timeout=self._timeout_s, skip_special_tokens=True
        )
        stop, failed = threading.Event(), list[Exception]()
        arguments = {
            **inputs,
            "streamer": streamer,
            "max_new_tokens": self._options.max_tokens,
            "do_sample": False,
            "stopping_criteria": StoppingCriteriaList([_Until(stop)]),
            **self._options.generate,
        }

        def generate() -> None:
            try:
                self._model.generate(**arguments)
            except Exception as error:  # handed over to the thread that waits for it
                failed.append(error)
            finally:
                streamer.end()

        thread = threading.Thread(target=generate, name="vision-generate", daemon=True)
        thread.start()
        try:
            yield from (piece for piece in streamer if piece)
        except Empty:
            raise ModelError(
                f"the vision model said nothing for {self._timeout_s:g} s: choose a smaller one, or raise "
                "models.vision.timeout_s"
            ) from None
        finally:
            stop.set()
            thread.join(self._timeout_s)
        if failed:
            raise ModelError(f"the vision model failed: {_line(failed[0])}") from failed[0]

    def _inputs(self, pictures: list[Picture], words: str) -> Any:
        """The model's own tensors, on its device and in its element type."""
        try:
            if getattr(self._processor, "chat_template", None):
                content = [{"type": "image", "image": _image(picture)} for picture in pictures]
                text = f"{self._options.instructions}\n{words}".strip()
                message = {"role": "user", "content": [*content, {"type": "text", "text": text}]}
                inputs = self._processor.apply_chat_template(
                    [message], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
                )
            elif self._captions:
                inputs = self._processor(images=_image(pictures[-1]), return_tensors="pt")
            else:
                prompt = self._options.prompt.replace("{question}", words)
                inputs = self._processor(images=_image(pictures[-1]), text=prompt, return_tensors="pt")
        except (ValueError, TypeError, IndexError, RuntimeError) as error:
            raise ModelError(f"the vision model could not take the picture: {_line(error)}") from error
        return inputs.to(self._model.device, self._model.dtype)


class _Until:
    """Stops generation when the event is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((len(input_ids),), self._stop.is_set(), dtype=torch.bool, device=input_ids.device)


def _dtype(torch: Any, settings: BackendSettings) -> Any:
    """auto: float32 on a CPU, else as the weights were saved."""
    if settings.dtype == "auto":
        return torch.float32 if settings.device == "cpu" else "auto"
    if settings.dtype == "int8":
        raise ModelError("models.vision.dtype = 'int8' is not known here: use auto, float32, float16 or bfloat16")
    dtype = getattr(torch, settings.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise ModelError(f"models.vision.dtype = {settings.dtype!r} is unknown: use auto, float32, float16 or bfloat16")
    return dtype


def _image(picture: Picture) -> Any:
    from PIL import Image

    return Image.fromarray(picture)


def _line(error: Exception) -> str:
    """The first line of a message that may have many."""
    with suppress(IndexError):
        return next(line.strip() for line in str(error).splitlines() if line.strip())[:300]
    return type(error).__name__
