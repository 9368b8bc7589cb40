"""Pictures and words in one space: CLIP, SigLIP and their kin name what they see and compare pictures with sentences.

They were trained to tell which caption belongs to a picture, so anything that can be written can be looked for. A
picture's name is the likeliest of a list; what is said about it follows the same rules as the embedded eyes
(`describing.py`). The same vectors serve `embed_pictures` and, as the `embedder`, `embed`: a dot product compares them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any
from weakref import ref

import msgspec
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import everyday
from visavis_models.backends.describing import GUESS, SURE, Scene, reply
from visavis_models.backends.picture_processor import processor
from visavis_models.backends.torch_weights import WeightOptions, Weights, told
from visavis_models.backends.transformers_seeing import image
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Found, Picture
from visavis_models.settings import BackendSettings

TYPES = ("clip", "siglip", "siglip2", "metaclip_2", "chinese_clip", "altclip")
PERSON = "person"  # the everyday things know none
_TOGETHER = 32  # texts of one run
_MOST = 5  # names of one picture


def load(weights: Weights, names: str, form: str, picture_side: int, given: dict[str, Any]) -> Pairs:
    """names: a file with one name a line, in place of everyday things. form: the sentence that a name is put into, as
    the model was taught. given: to its processor. Raises BackendMissing, PackMissing or ModelError."""
    from transformers import AutoModel

    known = _names(names)
    made = processor(weights.folder, given)
    return Pairs(weights.compiled(weights.load(AutoModel)), made, "vision", picture_side, known, form)


def load_embedder(settings: BackendSettings, packs: Packs) -> Pairs:
    """The same model as the `embedder`, so that sentences lie among the pictures. Raises as `load`."""
    try:
        options = msgspec.convert(settings.options, WeightOptions)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.embedder.options: {error}") from None
    weights = Weights(settings, packs, "embedder", options)
    if weights.type not in TYPES:
        raise ModelError(f"a model of type {weights.type!r} embeds no sentences here: choose one of {', '.join(TYPES)}")
    from transformers import AutoModel

    made = processor(weights.folder, {})
    return Pairs(weights.compiled(weights.load(AutoModel)), made, "embedder")


class Pairs:
    """The Vision, Finder, Foresight, PictureEmbedder and Embedder ports. One call at a time."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        ability: str,
        picture_side: int = 0,
        names: Sequence[str] = (),
        form: str = "{}",
    ) -> None:
        self._model, self._processor, self._ability = model, processor, ability
        self._side, self._names = picture_side, names
        self._width = self.embed(["nothing"]).shape[1]  # and the first run of a network is slow
        self._meanings = self.embed([form.replace("{}", everyday.with_article(name)) for name in names])
        self._last: tuple[Any, NDArray[np.float32]] | None = None  # the newest picture and its vector

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Says of the newest picture which of the names it is. Raises ModelError."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        found = self.find(pictures[-1])
        people = tuple(one for one in found if one.label == PERSON and one.score >= SURE)
        yield reply(Scene(things=tuple(one for one in found if one.label != PERSON), people=people), words)

    def find(self, picture: Picture) -> tuple[Found, ...]:
        """The names of the whole picture, likeliest first, from a guess upwards. Raises ModelError."""
        scores = self._scores(self._vector(picture))
        order = np.argsort(-scores)[:_MOST]
        return tuple(Found("thing", self._names[n], round(float(scores[n]), 3)) for n in order if scores[n] >= GUESS)

    def prepare(self, picture: Picture, words: str = "") -> None:
        self._vector(picture)

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """(pictures, dimensions), each row of length 1. Raises ModelError."""
        return np.stack([self._vector(picture) for picture in pictures]) if len(pictures) else self._nothing()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, dimensions), each row of length 1. Raises ModelError."""
        rows = [self._texts(list(texts[start : start + _TOGETHER])) for start in range(0, len(texts), _TOGETHER)]
        return np.concatenate(rows) if rows else self._nothing()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _vector(self, picture: Picture) -> NDArray[np.float32]:
        """A picture's row; one is often asked about twice in a row."""
        if self._last is not None and self._last[0]() is picture:
            return self._last[1]
        inputs = self._processor(images=image(picture, self._side), return_tensors="pt")
        row: NDArray[np.float32] = self._rows(self._model.get_image_features, inputs)[0]
        self._last = (ref(picture), row)
        return row

    def _texts(self, texts: list[str]) -> NDArray[np.float32]:
        # SigLIP was taught with every text filled up to its longest.
        longest = self._model.config.text_config.max_position_embeddings
        inputs = self._processor.tokenizer(
            texts,
            padding="max_length" if self._model.config.model_type.startswith("siglip") else True,
            truncation=True,
            max_length=longest,
            return_tensors="pt",
        )
        return self._rows(self._model.get_text_features, inputs)

    def _rows(self, features: Any, inputs: Any) -> NDArray[np.float32]:
        import torch

        with told(self._ability), torch.inference_mode():
            given = {
                name: value.to(self._model.device, self._model.dtype if value.is_floating_point() else value.dtype)
                for name, value in inputs.items()
            }
            found = features(**given)
            found = getattr(found, "pooler_output", found)  # bare vectors before transformers 5
            rows: NDArray[np.float32] = torch.nn.functional.normalize(found.float(), dim=-1).cpu().numpy()
        return rows

    def _scores(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """How likely each name is: shares of one for CLIP, each for itself for SigLIP (arXiv:2303.15343)."""
        scores: NDArray[np.float32]
        logits = self._meanings @ vector * float(self._model.logit_scale.detach().exp())
        if (bias := getattr(self._model, "logit_bias", None)) is not None:
            scores = 0.5 * (1 + np.tanh(0.5 * (logits + float(bias.detach()))))
            return scores
        shares = np.exp(logits - logits.max())
        scores = shares / shares.sum()
        return scores

    def _nothing(self) -> NDArray[np.float32]:
        return np.empty((0, self._width), np.float32)


def _names(path: str) -> tuple[str, ...]:
    if not path:
        words, _ = everyday.tables()
        return (*words, PERSON)
    try:
        lines = Path(path).expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"models.vision.options.names = {path!r} cannot be read: {error}") from error
    if not (names := tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))):
        raise ModelError(f"models.vision.options.names = {path!r} is empty: write one name a line")
    return names
