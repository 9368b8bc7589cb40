"""Eyes of any image model of `transformers` that answers, names or compares; `docs/big-eyes.md` lists the families.

One setting chooses: what kind of model it is, is read from its config.json. Settings: model (hub name or folder,
fetched beforehand by `visavis models pull`), device, dtype, threads, timeout_s, and options (`Options`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import cast

import msgspec

from visavis_models.backends import transformers_labels, transformers_pairs, transformers_seeing
from visavis_models.backends.torch_weights import Weights
from visavis_models.backends.transformers_seeing import Seeing, SeeingOptions, in_turn
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Message, Picture, Vision
from visavis_models.settings import BackendSettings

INSTRUCTIONS = (
    "You see through a camera for somebody who hears you. Answer in one or two short sentences of plain spoken "
    "English, without lists or symbols. If you are not sure, say so."
)


class Options(SeeingOptions, frozen=True, forbid_unknown_fields=True):
    """`models.vision.options`. names, form: see `transformers_pairs.py`; labels, regions: `transformers_labels.py`."""

    max_tokens: int = 80
    instructions: str = INSTRUCTIONS
    names: str = ""
    form: str = "a photo of {}."
    labels: str = ""
    regions: str = ""


def load(settings: BackendSettings, packs: Packs) -> Vision:
    """Raises BackendMissing, PackMissing or ModelError; ImportError where torch or transformers is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.vision.options: {error}") from None
    weights = Weights(settings, packs, "vision", options)
    if weights.type in transformers_pairs.TYPES:
        return transformers_pairs.load(weights, options.names, options.form, options.picture_side, options.processor)
    if weights.type in transformers_labels.TYPES:
        return transformers_labels.load(
            weights, options.labels, options.regions, options.picture_side, options.processor
        )
    seeing = transformers_seeing.load(weights, settings, "vision", options)
    return Eyes(seeing, options)


class Eyes:
    """The Vision port and Foresight. One answer at a time."""

    def __init__(self, seeing: Seeing, options: Options) -> None:
        self._seeing, self._options = seeing, options

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """A model that takes one picture is asked about each. Raises ModelError, also when no token comes for
        `timeout_s`."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        if self._seeing.several:
            return self._said(pictures, words)
        return in_turn(lambda picture: self._said([picture], words), pictures)

    def prepare(self, picture: Picture, words: str = "") -> None:
        self._seeing.prepare(picture)

    def _said(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        text = f"{self._options.instructions}\n{words}".strip() if self._seeing.chats else words
        message = Message("user", text, pictures=tuple(pictures))
        pieces = self._seeing.reply([message], max_tokens=self._options.max_tokens)
        return cast("Generator[str, None, None]", pieces)  # no tools were offered
