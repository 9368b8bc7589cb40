"""Words from any chat model of `transformers`, by hub name or folder, token by token.

Our own step loop over the model's key-value cache: closing the generator stops before the next token, and the keys and
values of what was read are kept for the next reply that begins alike. Tools go through the model's chat template, and
calls are read from what it writes (`written_calls.py`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from inspect import signature
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from visavis_models import hub
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings
from visavis_models.written_calls import WrittenCalls

KEPT = 4  # conversations whose prefixes are kept
CHUNK = 512  # tokens read at once, so that a long history takes no more memory than this


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.language.options`. template: values for the chat template; thinking aloud is of no use in speech."""

    temperature: float = 0.0  # 0: the likeliest word always
    top_p: float = 0.95  # with a temperature: words outside this share of the probability are never taken
    repetition_penalty: float = 1.05  # CTRL, arXiv:1909.05858, 4.1; on the words of this reply
    tools: bool | None = None  # None: if the chat template knows of tools
    template: dict[str, Any] = msgspec.field(default_factory=lambda: {"enable_thinking": False})


class Kept(NamedTuple):
    """Tokens, and the cache that holds their keys and values."""

    tokens: list[int]
    cache: Any


def load(settings: BackendSettings, packs: Packs) -> TransformersChat:
    """Raises PackMissing or ModelError; ImportError where transformers is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.language.options: {error}") from None
    if not settings.model:
        raise ModelError("models.language.model is empty: give a hub name or the folder of a chat model")
    folder = Path(settings.model).expanduser()
    if not folder.is_dir():
        folder = hub.local(packs.root, settings.model)
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if settings.threads:
        torch.set_num_threads(settings.threads)  # torch has one number for the whole process
    auto: Any = torch.float32 if settings.device == "cpu" else "auto"  # a CPU is slow with the halves most are saved in
    dtype = auto if settings.dtype == "auto" else getattr(torch, settings.dtype, None)
    if dtype != "auto" and (not isinstance(dtype, torch.dtype) or not dtype.is_floating_point):
        raise ModelError(f"models.language.dtype = {settings.dtype!r} is unknown: use float32, float16 or bfloat16")
    if not (folder / "config.json").is_file():
        raise PackMissing(
            f"the folder {settings.model!r} holds no model (no config.json): run `visavis models pull`, "
            "or set models.language.model"
        )
    try:
        if settings.device == "cpu":
            _check_memory(folder, 2 if dtype in (torch.float16, torch.bfloat16) else 4)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if not tokenizer.chat_template:
            raise ModelError(f"{settings.model!r} has no chat template, so it is no chat model: choose an instruct one")
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        model = model.to(settings.device).eval()
    except (OSError, SafetensorError) as error:
        raise PackMissing(
            f"the model {settings.model!r} is not whole ({_line(error)}): run `visavis models pull`, "
            "or set models.language.model to its folder"
        ) from error
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(
            f"the language model {settings.model!r} does not fit into the memory of {settings.device} "
            f"({_line(error)}): choose a smaller one, dtype = 'bfloat16', or another device"
        ) from error
    except (ValueError, RuntimeError, KeyError, AssertionError) as error:
        raise ModelError(
            f"the language model {settings.model!r} did not load on {settings.device}: {_line(error)}"
        ) from error
    return TransformersChat(tokenizer, model, options)


class TransformersChat:
    """Language port. Several replies may be under way; their steps come from one worker thread."""

    sees = False
    knows = True
    concurrency = 1

    def __init__(self, tokenizer: Any, model: Any, options: Options) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._options = options
        self._kept: list[Kept] = []  # oldest first
        template = tokenizer.chat_template
        self.calls_tools = "tools" in str(template) if options.tools is None else options.tools
        ends = model.generation_config.eos_token_id
        takes = signature(model.forward).parameters  # later releases of transformers have renamed it
        self._cache_name = "cache" if "cache" in takes else "past_key_values"
        self._stops = {*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id}

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        """Raises ModelError when the template takes no such history, or the memory does not last."""
        prompt = self._prompt(messages, tools, max_tokens)
        opened = self._tokenizer.decode(prompt[-8:]).rstrip().endswith("<think>")
        written = WrittenCalls([tool.name for tool in tools], thinking=opened)
        text = _Text(self._tokenizer)
        kept, said = self._take(prompt), list[int]()
        try:
            while len(said) < max_tokens:
                kept, scores = self._read(kept, [*prompt, *said])
                token = self._choose(scores, said)
                if token in self._stops:
                    break
                said.append(token)
                yield from written.feed(text.more(token))
            yield from written.feed(text.rest())
            yield from written.rest()
        finally:
            self._keep(kept)

    def warm(self, messages: Sequence[Message]) -> None:
        """Read the messages, so that a reply to them plus a few words starts at once."""
        prompt = self._prompt(messages, (), 0, ask=False)
        kept, _ = self._read(self._take(prompt), prompt)
        self._keep(kept)

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
        raise ModelError(f"the model's chat template takes no such conversation: {_line(refused)}")

    def _take(self, prompt: list[int]) -> Kept:
        """The kept cache that shares most with the prompt, cut back to it; an empty one if none shares much."""
        from transformers import DynamicCache

        best = max(self._kept, key=lambda kept: _shared(kept.tokens, prompt), default=Kept([], None))
        shared = min(_shared(best.tokens, prompt), len(prompt) - 1)
        if shared * 2 <= len(best.tokens):  # another conversation's
            return Kept([], DynamicCache(config=self._model.config))
        self._kept.remove(best)
        best.cache.crop(shared - len(best.tokens))
        return Kept(best.tokens[:shared], best.cache)

    def _keep(self, kept: Kept) -> None:
        """Only caches that hold every token can be cut back: not those of sliding windows or recurrent states."""
        layers = getattr(kept.cache, "layers", [])
        if kept.tokens and layers and all(type(layer).__name__ == "DynamicLayer" for layer in layers):
            self._kept = [*self._kept, kept][-KEPT:]

    def _read(self, kept: Kept, tokens: list[int]) -> tuple[Kept, Any]:
        """Read what is not in the cache yet. Returns the cache and the scores of the next token, (vocabulary,)."""
        import torch

        start = len(kept.tokens)
        with _told(torch), torch.inference_mode():
            while start < len(tokens):
                stop = min(start + CHUNK, len(tokens))
                out = self._model(
                    input_ids=torch.tensor([tokens[start:stop]], device=self._model.device),
                    attention_mask=torch.ones((1, stop), dtype=torch.long, device=self._model.device),
                    use_cache=True,
                    **{self._cache_name: kept.cache},
                )
                start = stop
            return Kept(tokens, kept.cache), out.logits[0, -1].float()

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


class _Text:
    """Tokens as text, piece by piece; half a character waits for its rest."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []  # from a little before what was not told yet
        self._told = ""

    def more(self, token: int) -> str:
        self._tokens.append(token)
        text = self._decoded()
        if text.endswith("\ufffd"):
            return ""
        piece = text[len(self._told) :]
        self._told = text
        if len(self._tokens) > 16:  # a few tokens of context are enough to know where spaces go
            self._tokens = self._tokens[-8:]
            self._told = self._decoded()
        return piece

    def rest(self) -> str:
        return self._decoded()[len(self._told) :]

    def _decoded(self) -> str:
        return str(self._tokenizer.decode(self._tokens, skip_special_tokens=True))


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


def _check_memory(folder: Path, wide: int) -> None:
    """Weights that do not fit would end the whole server. wide: bytes of a number as loaded."""
    import psutil  # type: ignore[import-untyped]
    from safetensors import safe_open

    needed = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "np") as weights:
            shapes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118 - no mapping
        for shape in shapes:
            count = 1
            for size in shape:
                count *= size
            needed += count * wide
    free = psutil.virtual_memory().available
    if needed > free:
        raise ModelError(
            f"the language model in {folder} needs {needed / 2**30:.1f} GiB, {free / 2**30:.1f} GiB are free: choose a "
            "smaller one, models.language.dtype = 'bfloat16', or a GPU"
        )


@contextmanager
def _told(torch: Any) -> Iterator[None]:
    """What goes wrong in the network, in our words."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError("the language model ran out of memory: choose a smaller one or another device") from error
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError) as error:
        raise ModelError(f"the language model failed: {_line(error)}") from error


def _line(error: BaseException) -> str:
    """The first line of a message that may have many."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
