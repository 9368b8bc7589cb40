"""Words from any chat model of `transformers`, by hub name or folder, token by token.

Our own step loop over the model's key-value cache (`transformers_reading.py`): closing the generator stops before the
next token, and the keys and values of what was read are kept for the next reply that begins alike. Tools go through
the model's chat template, and calls are read from what it writes (`written_calls.py`). A model that sees pictures as
well is loaded by `transformers_seeing.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import takewhile
from typing import Annotated, Any

import msgspec

from visavis_models.backends import transformers_seeing
from visavis_models.backends.picture_processor import tokenizer
from visavis_models.backends.streamed_text import StreamedText
from visavis_models.backends.torch_weights import WeightOptions, Weights, line, told
from visavis_models.backends.transformers_reading import Fixed, Growing, fixed
from visavis_models.backends.transformers_seeing import Seeing, SeeingOptions
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings
from visavis_models.written_calls import WrittenCalls

KEPT = 4  # conversations whose prefixes are kept besides those in fixed caches


class Options(WeightOptions, frozen=True, forbid_unknown_fields=True):
    """`models.language.options`. template: values for the chat template; thinking aloud is of no use in speech.
    pictures, picture_side: of models that see, the most that a reply is about (the newest) and pixels of the longest
    side, 0 for all."""

    temperature: float = 0.0  # 0: the likeliest word always
    top_p: float = 0.95  # with a temperature: words outside this share of the probability are never taken
    repetition_penalty: float = 1.05  # CTRL, arXiv:1909.05858, 4.1; on the words of this reply
    tools: bool | None = None  # None: if the chat template knows of tools
    template: dict[str, Any] = msgspec.field(default_factory=lambda: {"enable_thinking": False})
    pictures: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    picture_side: Annotated[int, msgspec.Meta(ge=0, le=8192)] = 1024


def load(settings: BackendSettings, packs: Packs) -> TransformersChat | Seeing:
    """Raises BackendMissing, PackMissing or ModelError; ImportError where transformers is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.language.options: {error}") from None
    weights = Weights(settings, packs, "language", options)
    if transformers_seeing.sees(weights):
        seeing = SeeingOptions(
            attention=options.attention,
            compile=options.compile,
            pictures=options.pictures,
            picture_side=options.picture_side,
            template=options.template,
            generate=_sampling(options),
        )
        return transformers_seeing.load(weights, settings, "language", seeing, options.tools)
    from transformers import AutoModelForCausalLM

    words = tokenizer(weights.folder)
    if not words.chat_template:
        raise ModelError(f"{settings.model!r} has no chat template, so it is no chat model: choose an instruct one")
    model = weights.compiled(weights.load(AutoModelForCausalLM))
    return TransformersChat(words, model, options, fixed(model))


def _sampling(options: Options) -> dict[str, Any]:
    """The options as `generate` has them."""
    how: dict[str, Any] = {"repetition_penalty": options.repetition_penalty}
    if options.temperature > 0:
        how |= {"do_sample": True, "temperature": options.temperature, "top_p": options.top_p}
    return how


class TransformersChat:
    """Language port. Several replies may be under way; their steps come from one worker thread."""

    sees = False
    knows = True
    concurrency = 1

    def __init__(self, tokenizer: Any, model: Any, options: Options, fixed: Sequence[Fixed] = ()) -> None:
        """fixed: caches of which each serves one reply at a time; further replies have growing ones."""
        self._tokenizer = tokenizer
        self._model = model
        self._options = options
        self._fixed = tuple(fixed)
        self._kept: list[Fixed | Growing] = [*fixed]  # oldest first; not those that a reply reads with
        template = tokenizer.chat_template
        self.calls_tools = "tools" in str(template) if options.tools is None else options.tools
        ends = model.generation_config.eos_token_id
        self._stops = {*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id}

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        """Raises ModelError when the template takes no such history, or the memory does not last."""
        prompt = self._prompt(messages, tools, max_tokens)
        opened = self._tokenizer.decode(prompt[-8:]).rstrip().endswith("<think>")
        written = WrittenCalls([tool.name for tool in tools], thinking=opened)
        text = StreamedText(self._tokenizer)
        reader, said = self._take(prompt, max_tokens), list[int]()
        try:
            while len(said) < max_tokens:
                token = self._choose(self._read(reader, [*prompt, *said]), said)
                if token in self._stops:
                    break
                said.append(token)
                yield from written.feed(text.more(token))
            yield from written.feed(text.rest())
            yield from written.rest()
        finally:
            self._keep(reader)

    def warm(self, messages: Sequence[Message]) -> None:
        """Read the messages, so that a reply to them plus a few words starts at once."""
        prompt = self._prompt(messages, (), 0, ask=False)
        reader = self._take(prompt, 0)
        try:
            self._read(reader, prompt)
        finally:
            self._keep(reader)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _prompt(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], max_tokens: int, ask: bool = True
    ) -> list[int]:
        """The chat as tokens; the oldest turns after the system prompt go when it is too long for the model."""
        most = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or 1 << 20
        told = list(messages)
        while True:
            tokens = self._template([_entry(message, told) for message in told], tools, ask)
            if len(tokens) + max_tokens <= most or len(told) <= 2:
                return tokens[-max(1, most - max_tokens) :]
            del told[1 : max(2, len(told) // 4)]

    def _template(self, entries: list[dict[str, Any]], tools: Sequence[ToolSpec], ask: bool) -> list[int]:
        from jinja2 import TemplateError

        specs = [
            {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}}
            for t in tools
        ]
        for chat in (entries, _without_system(entries)):
            try:
                tokens = self._tokenizer.apply_chat_template(
                    chat, tools=specs or None, add_generation_prompt=ask, return_dict=True, **self._options.template
                )["input_ids"]
                return [int(token) for token in tokens]
            except TemplateError as error:  # some know no system role
                refused = error
        raise ModelError(f"the model's chat template takes no such conversation: {line(refused)}")

    def _take(self, prompt: list[int], max_tokens: int) -> Fixed | Growing:
        """What has read most of the prompt, cut back to it; if none has read much of it, an empty one, or one that
        begins with what others have read of it."""
        free = [one for one in self._kept if len(prompt) + max_tokens <= one.room]
        quick = [one for one in free if isinstance(one, Fixed)]
        best = max(quick or free, key=lambda one: _shared(one.tokens, prompt), default=None)
        shared = 0 if best is None else min(_shared(best.tokens, prompt), len(prompt) - 1)
        if best is not None and shared * 2 > len(best.tokens):
            best.cut(shared)
        elif quick:  # the others are in use, or hold another conversation
            best = quick[0]
            like = max(self._fixed, key=lambda one: _shared(one.tokens, prompt))
            best.copy(like, min(_shared(like.tokens, prompt), len(prompt) - 1))
        else:
            return Growing(self._model)
        self._kept.remove(best)
        return best

    def _keep(self, reader: Fixed | Growing) -> None:
        """The oldest of the growing ones go; the fixed ones have their place."""
        if reader.can_be_cut and (reader.tokens or isinstance(reader, Fixed)):
            self._kept.append(reader)
        growing = [one for one in self._kept if isinstance(one, Growing)]
        for one in growing[:-KEPT]:
            self._kept.remove(one)

    def _read(self, reader: Fixed | Growing, tokens: list[int]) -> Any:
        """Read what was not read yet. Returns the scores of the next token, (vocabulary,). Raises ModelError."""
        try:
            with told("language"):
                return reader.read(tokens)
        except ModelError:
            reader.forget()  # some layers may have read it
            raise

    def _choose(self, scores: Any, said: list[int]) -> int:
        import torch

        options = self._options
        if said and options.repetition_penalty != 1:
            seen = torch.tensor(sorted(set(said)), device=scores.device)
            old = scores[seen]
            scores = scores.index_copy(
                0, seen, torch.where(old > 0, old / options.repetition_penalty, old * options.repetition_penalty)
            )
        if options.temperature <= 0:
            return int(scores.argmax())
        shares, order = torch.softmax(scores / options.temperature, dim=-1).sort(descending=True)
        shares[shares.cumsum(-1) - shares > options.top_p] = 0
        return int(order[torch.multinomial(shares, 1)])


def _entry(message: Message, history: Sequence[Message]) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        entry["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        names = {call.id: call.name for earlier in history for call in earlier.calls}
        entry["tool_call_id"] = message.call_id
        entry["name"] = names.get(message.call_id, "tool")
    return entry


def _without_system(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The system prompt as the beginning of the user's first words."""
    if len(entries) < 2 or entries[0]["role"] != "system" or entries[1]["role"] != "user":
        return entries
    return [{**entries[1], "content": f"{entries[0]['content']}\n\n{entries[1]['content']}"}, *entries[2:]]


def _shared(a: list[int], b: list[int]) -> int:
    """Length of the common prefix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
