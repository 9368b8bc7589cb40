"""Words from any chat model of `transformers`, by hub name or folder, token by token.

Our own step loop with the model's key-value cache: closing the generator stops before the next token. Tools go through
the model's chat template, and calls are read from what it writes (`written_calls.py`).
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from visavis_models import hub
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings
from visavis_models.written_calls import WrittenCalls


def load(settings: BackendSettings, packs: Packs) -> TransformersChat:
    """Raises PackMissing or ModelError; ImportError where transformers is not installed."""
    if not settings.model:
        raise ModelError("models.language.model is empty: give a hub name or the folder of a chat model")
    folder = Path(settings.model)
    if not folder.is_dir():
        folder = hub.local(packs.root, settings.model)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if settings.threads:
        torch.set_num_threads(settings.threads)  # torch has one number for the whole process
    dtype = "auto" if settings.dtype == "auto" else getattr(torch, settings.dtype, None)
    if dtype is None:
        raise ModelError(f"models.language.dtype = {settings.dtype!r} is unknown: use float32, float16 or bfloat16")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        model = model.to(settings.device).eval()
    except OSError as error:
        raise PackMissing(f"the model {settings.model!r} is not whole ({error}): run `visavis models pull`") from error
    except (ValueError, RuntimeError, KeyError) as error:
        raise ModelError(f"the language model {settings.model!r} did not load on {settings.device}: {error}") from error
    if not tokenizer.chat_template:
        raise ModelError(f"{settings.model!r} has no chat template, so it is no chat model: choose an instruct model")
    return TransformersChat(tokenizer, model, settings)


class TransformersChat:
    """Language port."""

    sees = False
    concurrency = 1

    def __init__(self, tokenizer: Any, model: Any, settings: BackendSettings) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._temperature = float(settings.options.get("temperature", 0.0))
        self.calls_tools = bool(settings.options.get("tools", "tools" in tokenizer.chat_template))

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        import torch

        written = WrittenCalls([tool.name for tool in tools])
        ids: list[int] = []
        told = ""
        try:
            tokens, cache = self._prompt(messages, tools), None
            for _ in range(max_tokens):
                with torch.inference_mode():
                    out = self._model(input_ids=tokens, past_key_values=cache, use_cache=True)
                cache = out.past_key_values
                token = self._choose(out.logits[0, -1])
                if token in self._stops():
                    break
                ids.append(token)
                text = self._tokenizer.decode(ids, skip_special_tokens=True)
                if not text.endswith("\ufffd") and len(text) > len(told):  # half a character waits for its rest
                    yield from written.feed(text[len(told) :])
                    told = text
                tokens = torch.tensor([[token]], device=self._model.device)
        except torch.OutOfMemoryError as error:
            raise ModelError("the language model ran out of memory: choose a smaller one or another device") from error
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError(f"the language model failed: {error}") from error
        yield from written.rest()

    def warm(self, messages: Sequence[Message]) -> None:
        """Nothing is kept between replies."""

    def _prompt(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Any:
        specs = [
            {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}}
            for t in tools
        ]
        return self._tokenizer.apply_chat_template(
            [_entry(message) for message in messages],
            tools=specs or None,
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )["input_ids"].to(self._model.device)

    def _stops(self) -> set[int]:
        ends = self._model.generation_config.eos_token_id
        listed = ends if isinstance(ends, list) else [ends]
        return {end for end in [*listed, self._tokenizer.eos_token_id] if end is not None}

    def _choose(self, logits: Any) -> int:
        import torch

        if self._temperature <= 0:
            return int(logits.argmax())
        return int(torch.multinomial(torch.softmax(logits.float() / self._temperature, dim=-1), 1))


def _entry(message: Message) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        entry["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        entry["tool_call_id"] = message.call_id
        entry["content"] = json.dumps(message.text)
    return entry
