"""What turns pictures and words into a `transformers` model's tensors: its processor, read from the model's folder.

Two kinds need help. Many processors bring a half for videos that wants torchvision, which nothing here needs: we give
frames as pictures, so that half is left out where torchvision is not installed. An encoder with a decoder behind it has
no processor of its own, only a picture's and a tokenizer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from visavis_models.backends.torch_weights import line
from visavis_models.errors import BackendMissing, ModelError, PackMissing

_HERE = {"local_files_only": True}
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "tokenizer.model", "spiece.model", "vocab.json")


class Pair:
    """A picture's processor and a tokenizer where the library has no class that holds both."""

    chat_template = None

    def __init__(self, image_processor: Any, tokenizer: Any) -> None:
        self.image_processor, self.tokenizer = image_processor, tokenizer

    def __call__(self, images: Any, **_: Any) -> Any:
        return self.image_processor(images=images, return_tensors="pt")


def tokenizer(folder: Path) -> Any:
    """The tokenizer of a model that takes no pictures itself. Raises PackMissing or ModelError."""
    from transformers import AutoTokenizer

    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise PackMissing(
            f"{folder} has no tokenizer (no tokenizer.json and no vocab.txt): copy the one that the model was taught "
            "with, which for VisualBERT and LXMERT is that of bert-base-uncased"
        )
    with _told(folder):
        return AutoTokenizer.from_pretrained(folder, **_HERE)


def processor(folder: Path, options: dict[str, Any]) -> Any:
    """The processor of the model in `folder`. Raises BackendMissing, PackMissing or ModelError."""
    from transformers import AutoConfig, AutoImageProcessor, AutoProcessor, AutoTokenizer
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    if not any((folder / name).is_file() for name in ("preprocessor_config.json", "processor_config.json")):
        raise PackMissing(
            f"{folder} has no processor (no preprocessor_config.json and no processor_config.json): "
            "run `visavis models pull`, or copy that file from where the weights came from"
        )
    with _told(folder):
        kind = PROCESSOR_MAPPING.get(type(AutoConfig.from_pretrained(folder, **_HERE)), None)
        if kind is None:
            images = AutoImageProcessor.from_pretrained(folder, **_HERE, **options)
            words = any((folder / name).is_file() for name in _TOKENIZERS)
            return Pair(images, AutoTokenizer.from_pretrained(folder, **_HERE)) if words else images
        if "video_processor" in kind.get_attributes() and importlib.util.find_spec("torchvision") is None:
            return _without_videos(kind, folder, options)
        return AutoProcessor.from_pretrained(folder, **_HERE, **options)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise BackendMissing(f"the processor in {folder} needs a package that is missing: {line(error)}") from error
    except OSError as error:
        raise PackMissing(
            f"the processor in {folder} is not whole ({line(error)}): run `visavis models pull`"
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"the processor in {folder} did not load: {line(error)}") from error


def _without_videos(kind: Any, folder: Path, options: dict[str, Any]) -> Any:
    """A processor of that kind with nothing where its half for videos would be."""
    from transformers import AutoImageProcessor, AutoTokenizer, ProcessorMixin

    class Stills(kind):
        apply_chat_template = ProcessorMixin.apply_chat_template  # SmolVLM's own asks its half for videos

        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            return None if name == "video_processor" else super().check_argument_for_proper_class(name, argument)

    parts: dict[str, Callable[[], Any]] = {
        "image_processor": lambda: AutoImageProcessor.from_pretrained(folder, **_HERE, **options),
        "tokenizer": lambda: AutoTokenizer.from_pretrained(folder, **_HERE),
        "video_processor": lambda: None,
    }
    given, _ = kind.get_processor_dict(folder, **_HERE)
    return Stills.from_args_and_dict([parts[name]() for name in kind.get_attributes()], given)
