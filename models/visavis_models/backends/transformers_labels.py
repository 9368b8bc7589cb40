"""The question answerers of before the large models: ViLT, VisualBERT and LXMERT choose one of their known answers.

They are small and sure of themselves, and say a word or two. ViLT looks at the picture. The other two look at vectors
of regions, which something else has to give: a detector's (its boxes and the vector behind each) or a backbone's (each
cell of its last map is a region, arXiv:2001.03615). Their published weights were taught with the regions of one Faster
R-CNN (arXiv:1707.07998) that is no part of `transformers`; with any others they have to be taught again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from visavis_models.backends.picture_processor import processor, tokenizer
from visavis_models.backends.torch_weights import Weights, told
from visavis_models.backends.transformers_seeing import image, in_turn
from visavis_models.errors import ModelError
from visavis_models.ports import Picture

_SURE = 0.3  # probability of an answer that is said without "perhaps"
_REGIONS = 36  # most regions of a picture, as the papers had
_LONGEST = 40  # tokens of a question; ViLT was taught with 40


class Regions(NamedTuple):
    """boxes: (n, 4), left, top, right, bottom as fractions. vectors: (n, width)."""

    boxes: Any
    vectors: Any


Asked = Callable[[Any, Any, Any, str, Any], Any]  # model, processor, picture, question, regions -> scores


def _vilt(model: Any, processor: Any, picture: Any, question: str, _: None) -> Any:
    inputs = processor(images=picture, text=question, truncation=True, max_length=_LONGEST, return_tensors="pt")
    return model(**inputs.to(model.device, model.dtype)).logits[0]


def _visual_bert(model: Any, tokens: Any, picture: Any, question: str, regions: Regions) -> Any:
    inputs = tokens(question, truncation=True, max_length=_LONGEST, return_tensors="pt").to(model.device)
    return model(**inputs, visual_embeds=regions.vectors[None].to(model.dtype)).logits[0]


def _lxmert(model: Any, tokens: Any, picture: Any, question: str, regions: Regions) -> Any:
    inputs = tokens(question, truncation=True, max_length=_LONGEST, return_tensors="pt").to(model.device)
    seen = {"visual_feats": regions.vectors[None], "visual_pos": regions.boxes[None]}
    return model(**inputs, **{name: value.to(model.dtype) for name, value in seen.items()}).question_answering_score[0]


class Kind(NamedTuple):
    model: str  # class of transformers
    asked: Asked
    width: str  # setting of its config that says how wide a region's vector is; empty: it needs none


TYPES = {
    "vilt": Kind("ViltForQuestionAnswering", _vilt, ""),
    "visual_bert": Kind("VisualBertForQuestionAnswering", _visual_bert, "visual_embedding_dim"),
    "lxmert": Kind("LxmertForQuestionAnswering", _lxmert, "visual_feat_dim"),
}


def load(weights: Weights, labels: str, regions: str, picture_side: int, given: dict[str, Any]) -> Answerer:
    """regions: folder or hub name of a detector or backbone. labels: the file of answers (JSON, or one a line) where
    the model's config does not name them. given: to its processor. Raises BackendMissing, PackMissing or ModelError."""
    import transformers

    kind = TYPES[weights.type]
    looking = None
    if kind.width:
        if not regions:
            raise ModelError(
                f"a model of type {weights.type!r} looks at regions that another model has to give: set "
                "models.vision.options.regions to a detector or backbone of transformers (docs/big-eyes.md)"
            )
        looking = Looking(weights.beside(regions, "options.regions"))
    made = tokenizer(weights.folder) if kind.width else processor(weights.folder, given)
    model = weights.compiled(weights.load(getattr(transformers, kind.model)))
    return Answerer(model, made, kind, looking, labels, picture_side)


class Answerer:
    """The Vision port. One answer at a time, in one piece for each picture."""

    def __init__(
        self, model: Any, processor: Any, kind: Kind, looking: Looking | None, labels: str, picture_side: int
    ) -> None:
        self._model, self._processor, self._kind, self._looking = model, processor, kind, looking
        self._side = picture_side
        width = len(self._scores(np.zeros((32, 32, 3), np.uint8), "what"))  # and the first run is slow
        self._answers = _answers(labels, model.config.id2label, width)

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Raises ModelError."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        return in_turn(lambda picture: self._said(picture, words), pictures)

    def _said(self, picture: Picture, question: str) -> Generator[str, None, None]:
        scores = self._scores(picture, question)
        best = int(scores.argmax())
        found = self._answers[best].strip() or "nothing"
        yield f"{found[0].upper()}{found[1:]}." if scores[best] >= _SURE else f"I'm not sure. Perhaps {found}."

    def _scores(self, picture: Picture, question: str) -> Any:
        """The probability of each answer, (answers,); several can be right, so they are no shares of one."""
        import torch

        with told("vision"), torch.inference_mode():
            shown = image(picture, self._side)
            regions = self._looking.regions(shown) if self._looking else None
            if regions and regions.vectors.shape[1] != (width := getattr(self._model.config, self._kind.width)):
                raise ModelError(
                    f"the regions of models.vision.options.regions are {regions.vectors.shape[1]} wide, the model "
                    f"takes {width}: choose another detector or backbone, or a model taught with this one"
                )
            scores = self._kind.asked(self._model, self._processor, shown, question, regions)
            return scores.float().sigmoid().cpu().numpy()


class Looking:
    """Gives the regions of a picture: a detector's boxes that are likeliest something, or a backbone's cells."""

    def __init__(self, weights: Weights) -> None:
        import transformers
        from transformers.models.auto.modeling_auto import MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES as DETECTORS

        self._detects = weights.type in DETECTORS
        auto = transformers.AutoModelForObjectDetection if self._detects else transformers.AutoModel
        self._processor = processor(weights.folder, {})
        self._processor = getattr(self._processor, "image_processor", self._processor)
        self._model = weights.load(auto)

    def regions(self, picture: Any) -> Regions:
        """picture: PIL. Raises ModelError for a model that gives none."""
        inputs = self._processor(images=picture, return_tensors="pt").to(self._model.device, self._model.dtype)
        out = self._model(**inputs)
        return self._boxes(out) if self._detects else self._cells(out.last_hidden_state)

    def _boxes(self, out: Any) -> Regions:
        """The last of DETR's classes is "nothing"."""
        import torch

        likely = out.logits[0].softmax(-1)[:, :-1].max(-1).values.argsort(descending=True)[:_REGIONS]
        x, y, w, h = out.pred_boxes[0][likely].unbind(-1)
        boxes = torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)
        return Regions(boxes.clamp(0, 1), out.last_hidden_state[0][likely])

    def _cells(self, seen: Any) -> Regions:
        if seen.ndim != 4:
            raise ModelError(
                "models.vision.options.regions gives no map of the picture: choose a detector such as DETR or a "
                "backbone such as ResNet"
            )
        _, width, rows, columns = seen.shape
        y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1)
        boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], -1)
        return Regions(seen.new_tensor(boxes), seen[0].reshape(width, -1).T)


def _answers(path: str, named: dict[int, str], width: int) -> Sequence[str]:
    """The answer of each of the model's outputs. Raises ModelError."""
    answers = [named.get(n, "") for n in range(width)]
    if path:
        try:
            text = Path(path).expanduser().read_text("utf-8")
            found: Any = json.loads(text) if text.lstrip()[:1] in ("[", "{") else text.splitlines()
        except (OSError, ValueError) as error:
            raise ModelError(f"models.vision.options.labels = {path!r} cannot be read: {error}") from error
        if isinstance(found, dict):  # {"yes": 0, ...}
            found = sorted(found, key=lambda answer: str(found[answer]).zfill(9))
        answers = [str(answer) for answer in found]
        if len(answers) != width:
            raise ModelError(
                f"models.vision.options.labels = {path!r} has {len(answers)} answers, the model has {width}: take the "
                "list it was taught with"
            )
    elif all(re.fullmatch(r"(LABEL_\d+)?", answer) for answer in answers):
        raise ModelError(
            f"the model's {width} answers have no names: set models.vision.options.labels to the list it was taught "
            "with (JSON, or one answer a line)"
        )
    return answers
