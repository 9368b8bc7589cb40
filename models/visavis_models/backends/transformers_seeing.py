"""Words about pictures from any image-text model of `transformers`: one adapter for all families that generate.

The model's own `generate` runs on a thread and is read token by token, because each family prepares its steps in its
own way; closing a reply ends it before the next token. What the picture's tower makes of a picture is kept, so that
`prepare` can look while the question is still being asked, and a second question about the same picture is cheap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from queue import Empty, Queue
from typing import Annotated, Any

import msgspec
import numpy as np

from visavis_models.backends.picture_processor import processor
from visavis_models.backends.picture_tower import PictureTower
from visavis_models.backends.seeing_prompts import BLIP_QUESTIONS, ONE_PICTURE, SEVERAL_PICTURES, Ask, filled, tensors
from visavis_models.backends.streamed_text import StreamedText
from visavis_models.backends.torch_weights import WeightOptions, Weights, told
from visavis_models.errors import ModelError
from visavis_models.ports import Message, Picture, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings
from visavis_models.written_calls import WrittenCalls

# Looking at every tile of a picture takes a CPU many seconds; the whole picture answers most questions.
_TILED = ("idefics2", "idefics3", "smolvlm")
_PLACES = ("The first", "The second", "The third", "The fourth")
SUGGESTED = ("smolvlm", "qwen2_5_vl", "llava", "gemma3", "idefics", "blip-2")


def sees(weights: Weights) -> bool:
    """Whether it is a model that answers about pictures in words of its own."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES as KNOWN

    return weights.type in KNOWN


class SeeingOptions(WeightOptions, frozen=True, forbid_unknown_fields=True):
    """Options of a model that answers about pictures in words of its own.

    prompt: in place of the model's own way to be asked; {question} is replaced. processor, template and generate: are
    passed on to its processor, its chat template (thinking aloud is of no use in speech) and its `generate`."""

    pictures: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4  # most that a reply is about: the newest
    picture_side: Annotated[int, msgspec.Meta(ge=0, le=8192)] = 1024  # pixels of the longest side; 0: as they are
    prompt: str = ""
    processor: dict[str, Any] = msgspec.field(default_factory=dict)
    template: dict[str, Any] = msgspec.field(default_factory=lambda: {"enable_thinking": False})
    generate: dict[str, Any] = msgspec.field(default_factory=dict)


def load(
    weights: Weights, settings: BackendSettings, ability: str, options: SeeingOptions, tools: bool | None = None
) -> Seeing:
    """tools: None: if the chat template knows of them. Raises BackendMissing, PackMissing or ModelError."""
    import transformers

    if not sees(weights):
        raise ModelError(
            f"a model of type {weights.type!r} does not answer about pictures: choose an image-text-to-text model "
            f"({', '.join(SUGGESTED)}, ...), or a newer transformers than {transformers.__version__}"
        )
    slow = {"do_image_splitting": False} if settings.device == "cpu" and weights.type in _TILED else {}
    made = processor(weights.folder, {**slow, **options.processor})
    asks_blip = "BlipForQuestionAnswering" in (weights.config.get("architectures") or ())
    auto = transformers.BlipForQuestionAnswering if asks_blip else transformers.AutoModelForImageTextToText
    ask: Ask | None = None
    if options.prompt:
        ask = filled(options.prompt)
    elif not getattr(made, "chat_template", None):
        ask = BLIP_QUESTIONS if asks_blip else (SEVERAL_PICTURES | ONE_PICTURE).get(weights.type)
        ask = ask or filled("Question: {question} Answer:")
    several = ask is None or ask is SEVERAL_PICTURES.get(weights.type)
    if ask is not None and ability == "language":
        raise ModelError(f"{settings.model!r} has no chat template, so it is no chat model: use it for models.vision")
    model = weights.compiled(weights.load(auto))
    seeing = Seeing(model, made, ask, several, options, ability, settings.timeout_s, tools)
    seeing.begin()
    return seeing


class Seeing:
    """Language port whose messages may hold pictures. Replies that overlap wait for each other."""

    sees = True
    knows = True
    concurrency = 1

    def __init__(
        self,
        model: Any,
        made: Any,
        ask: Ask | None,
        several: bool,
        options: SeeingOptions,
        ability: str,
        timeout_s: float,
        tools: bool | None = None,
    ) -> None:
        """ask: for models without a chat template. several: it can be asked about more than one picture."""
        self._model, self._processor, self._ask = model, made, ask
        self._options, self._ability, self._timeout_s = options, ability, timeout_s
        self._tokenizer = getattr(made, "tokenizer", made)
        knows_tools = ask is None and "tools" in str(made.chat_template)
        self.calls_tools = knows_tools if tools is None else tools and ask is None
        self.chats, self.several = ask is None, several
        self._one = threading.Lock()  # some models keep the state of a generation in themselves
        self._tower = PictureTower(model)

    def begin(self) -> None:
        """One short answer: the first is slow, when compiled by minutes. Raises ModelError if it cannot answer.

        Of four words: the prompt, the first word and those after it are three shapes to compile."""
        black = np.zeros((64, 64, 3), np.uint8)
        inputs = self._inputs([Message("user", "?", pictures=(black,))], (), 4)
        with told(self._ability):
            short = {"do_sample": False, **self._options.generate, "min_new_tokens": 0, "max_new_tokens": 4}
            self._model.generate(**inputs, **short)
        self._tower.forget()

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        """Raises ModelError, also when no token comes for `timeout_s`."""
        offered = tools if self.calls_tools else ()
        inputs = self._inputs(messages, offered, max_tokens)
        written = WrittenCalls([tool.name for tool in offered])
        with closing(self._pieces(inputs, max_tokens)) as pieces:
            for piece in pieces:
                yield from written.feed(piece)
        yield from written.rest()

    def warm(self, messages: Sequence[Message]) -> None:
        """Looks at the pictures in them."""
        for message in messages[-1:]:
            for picture in message.pictures:
                self.prepare(picture)

    def prepare(self, picture: Picture) -> None:
        """Look at a picture now; a later reply about it alone starts with what was seen. Raises ModelError."""
        inputs = self._inputs([Message("user", "?", pictures=(picture,))], (), 1)
        with self._one, told(self._ability):
            self._tower.look(self._model, inputs)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _inputs(self, messages: Sequence[Message], tools: Sequence[ToolSpec], max_tokens: int) -> Any:
        """The model's own tensors, on its device and in its element type; the oldest turns go when it is too long."""
        most = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or 1 << 20
        history = list(messages)
        while True:
            images = self._images(history)
            if self._ask is not None and not images:
                raise ModelError("there is no picture to look at: turn the camera on")
            with told(self._ability):
                inputs = tensors(self._processor, self._ask, history, images, tools, self._options.template)
            length = inputs["input_ids"].shape[1] if "input_ids" in inputs else 0
            if length + max_tokens <= most or len(history) <= 2:
                return inputs.to(self._model.device, self._model.dtype)
            del history[1 : max(2, len(history) // 4)]

    def _images(self, messages: Sequence[Message]) -> dict[int, list[Any]]:
        """The newest pictures, by the place of their message."""
        images: dict[int, list[Any]] = {}
        room = self._options.pictures
        for place in range(len(messages) - 1, -1, -1):
            if newest := messages[place].pictures[-room:] if room else ():
                images[place] = [image(picture, self._options.picture_side) for picture in newest]
                room -= len(newest)
        return images

    def _pieces(self, inputs: Any, max_tokens: int) -> Generator[str, None, None]:
        from transformers import StoppingCriteriaList

        tokens, stop, failed = _Tokens(), threading.Event(), list[Exception]()
        arguments = {
            **inputs,
            "streamer": tokens,
            "max_new_tokens": max_tokens,
            "do_sample": False,
            "stopping_criteria": StoppingCriteriaList([_Until(stop)]),
            **self._options.generate,
        }

        def generate() -> None:
            try:
                with self._one, told(self._ability):
                    if not stop.is_set():
                        self._model.generate(**arguments)
            except Exception as error:  # handed over to the thread that waits for it
                failed.append(error)
            finally:
                tokens.end()

        thread = threading.Thread(target=generate, name=f"{self._ability}-generate", daemon=True)
        thread.start()
        text = StreamedText(self._tokenizer)
        try:
            while (token := tokens.queue.get(timeout=self._timeout_s)) is not None:
                if piece := text.more(token):
                    yield piece
            if piece := text.rest():
                yield piece
        except Empty:
            raise ModelError(
                f"the {self._ability} model said nothing for {self._timeout_s:g} s: choose a smaller one, or raise "
                f"models.{self._ability}.timeout_s"
            ) from None
        finally:
            stop.set()
            thread.join(self._timeout_s)
        if failed:
            raise failed[0]


class _Tokens:
    """What `generate` streams into: a queue of tokens, None at the end. As long as the longest reply."""

    def __init__(self) -> None:
        self.queue: Queue[int | None] = Queue()
        self._prompt = True  # is told first

    def put(self, value: Any) -> None:
        if not self._prompt:
            for token in value.flatten().tolist():
                self.queue.put(token)
        self._prompt = False

    def end(self) -> None:
        self.queue.put(None)


class _Until:
    """Stops generation when the event is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((len(input_ids),), self._stop.is_set(), dtype=torch.bool, device=input_ids.device)


def in_turn(
    ask: Callable[[Picture], Generator[str, None, None]], pictures: Sequence[Picture]
) -> Generator[str, None, None]:
    """What a model says that takes one picture: about the only one, or about each of the newest by its place."""
    for place, picture in zip(_PLACES, pictures[-len(_PLACES) :], strict=False):
        ending = ""
        if len(pictures) > 1:
            yield f"{place}: "
        with closing(ask(picture)) as pieces:  # some 3.12 leave it open: python/cpython#118272
            for ending in pieces:
                yield ending
        if len(pictures) > 1:
            yield " " if ending.rstrip().endswith((".", "!", "?")) else ". "


def image(picture: Picture, side: int) -> Any:
    """A PIL picture, its longest side at most `side` pixels (0: as it is). Raises ModelError."""
    from PIL import Image

    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ModelError(f"a picture of shape {picture.shape} cannot be looked at: send (height, width, 3), RGB")
    made = Image.fromarray(picture)
    if side:
        made.thumbnail((side, side), Image.Resampling.LANCZOS)
    return made
