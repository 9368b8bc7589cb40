"""Words: SmolLM2-135M-Instruct on OpenVINO, token by token, with the conversation's prefix kept.

The converted model is stateful: a request holds the keys and values of the tokens it has read. A few slots, each with a
request of its own, let several conversations take turns without reading their histories again; a new prompt starts from
the slot that shares its longest prefix, cut back to it. Model: arXiv:2502.02737, Apache-2.0. On two AVX2
cores: 16 new tokens after a cached prefix 100 ms, each further token 20-27 ms.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
STOPS = frozenset({0, 1, 2})  # <|endoftext|>, <|im_start|>, <|im_end|>
CONTEXT = 2048  # tokens the model was trained for
SLOTS = 4  # conversations whose prefixes are kept; 4 x 2048 tokens take 190 MB at most
REPEAT_PENALTY = 1.15  # on words of this reply; without it small models fall into loops
_MARKUP = re.compile(r"[*#`_~]+|<\|[a-z_]*\|>")


def prepare(folder: Path, packs: Packs) -> None:
    """Convert the GGUF once, so that serving loads in two seconds instead of eight. Source: OpenVINO GenAI's reader."""
    import openvino_genai

    openvino_genai.LLMPipeline(str(folder / GGUF), "CPU", enable_save_ov_model=True)


def load(settings: BackendSettings, packs: Packs) -> SmolLM2:
    return SmolLM2(packs.folder(settings.model or "smollm2-135m"), settings.threads or 2)


@dataclass
class Slot:
    """One request and the tokens whose keys and values it holds."""

    request: Any
    tokens: list[int] = field(default_factory=list)
    busy: bool = False
    used: int = 0


class SmolLM2:
    """Language port. All calls come from one worker thread, so slots need no lock."""

    sees = False
    calls_tools = False
    concurrency = 1

    def __init__(self, folder: Path, threads: int) -> None:
        import openvino
        import openvino_genai

        self._tensor = openvino.Tensor
        core = openvino.Core()
        options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "KV_CACHE_PRECISION": "f32"}
        try:
            model = core.compile_model(str(folder / "openvino_model.xml"), "CPU", options)
            self._tokenizer = openvino_genai.Tokenizer(str(folder))
        except RuntimeError as error:
            raise ModelError(
                f"the language model in {folder} did not load ({str(error).splitlines()[0]}): "
                f"remove that folder and run `visavis models pull`"
            ) from None
        self._slots = [Slot(model.create_infer_request()) for _ in range(SLOTS)]
        self._clock = 0
        for slot in self._slots[:1]:  # the first run of each length is slow: do it now
            self._read(slot, self._encode("Hello there, how are you?"))
            self._read(slot, [*slot.tokens, 198])

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        prompt = self._prompt(messages, max_tokens)
        slot = self._slot(prompt)
        slot.busy = True
        try:
            logits = self._read(slot, prompt)
            said: list[int] = []
            told = ""
            for _ in range(max_tokens):
                token = _choose(logits, said)
                if token in STOPS:
                    break
                said.append(token)
                text = _MARKUP.sub("", self._tokenizer.decode(said))
                if not text.endswith("\ufffd") and len(text) > len(told):  # half a character waits for its rest
                    yield text[len(told) :]
                    told = text
                logits = self._read(slot, [*slot.tokens, token])
        finally:
            slot.busy = False

    def warm(self, messages: Sequence[Message]) -> None:
        """Read the messages, so that a reply to them plus a few words starts at once."""
        prompt = self._encode("".join(_entry(message) for message in messages))
        slot = self._slot(prompt)
        self._read(slot, prompt)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _encode(self, text: str) -> list[int]:
        tokens: NDArray[np.int64] = self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]
        return [int(token) for token in tokens]

    def _prompt(self, messages: Sequence[Message], max_tokens: int) -> list[int]:
        """The chat as tokens; the oldest turns after the system prompt go when it is too long."""
        entries = [_entry(message) for message in messages]
        while True:
            tokens = self._encode("".join(entries) + "<|im_start|>assistant\n")
            if len(tokens) + max_tokens <= CONTEXT:
                return tokens
            if len(entries) <= 2:
                return [*tokens[:64], *tokens[-(CONTEXT - max_tokens - 64) :]]
            del entries[1]

    def _slot(self, prompt: list[int]) -> Slot:
        """The slot to read the prompt with: the free one that shares most, else the oldest, given the best prefix."""
        free = [slot for slot in self._slots if not slot.busy]
        if not free:
            raise ModelError(f"the language model is answering {SLOTS} people already: ask again in a moment")
        best = max(self._slots, key=lambda slot: _shared(slot.tokens, prompt))
        shared = _shared(best.tokens, prompt)
        chosen = max(free, key=lambda slot: (_shared(slot.tokens, prompt) >= shared, -slot.used))
        if chosen is not best and shared > _shared(chosen.tokens, prompt):
            self._copy(best, chosen, shared)
        self._clock += 1
        chosen.used = self._clock
        return chosen

    def _read(self, slot: Slot, tokens: list[int]) -> NDArray[np.float32]:
        """Bring the slot to exactly these tokens. Returns the scores of the next one: (vocabulary,)."""
        past = min(_shared(slot.tokens, tokens), len(tokens) - 1)
        if past < len(slot.tokens):
            self._copy(slot, slot, past)
        new = np.array([tokens[past:]], np.int64)
        slot.tokens = []  # if the run fails, nothing is known of the state
        slot.request.infer(
            {
                "input_ids": new,
                "attention_mask": np.ones((1, len(tokens)), np.int64),
                "position_ids": np.arange(past, len(tokens), dtype=np.int64)[None],
                "beam_idx": np.zeros(1, np.int32),
            }
        )
        slot.tokens = list(tokens)
        logits: NDArray[np.float32] = slot.request.get_tensor("logits").data[0, -1]
        return logits

    def _copy(self, source: Slot, target: Slot, length: int) -> None:
        """Give `target` the first `length` tokens of `source`. States: (1, heads, tokens, 64)."""
        if length == 0:
            target.request.reset_state()
        else:
            kept = [np.ascontiguousarray(state.state.data[:, :, :length]) for state in source.request.query_state()]
            for state, values in zip(target.request.query_state(), kept, strict=True):
                state.state = self._tensor(values)
        target.tokens = source.tokens[:length]


def _entry(message: Message) -> str:
    """One message in the model's chat format. What a tool answered is told as the user's words."""
    role = "user" if message.role == "tool" else message.role
    return f"<|im_start|>{role}\n{_MARKUP.sub('', message.text)}<|im_end|>\n"


def _shared(a: list[int], b: list[int]) -> int:
    """Length of the common prefix."""
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return index
    return min(len(a), len(b))


def _choose(logits: NDArray[np.float32], said: list[int]) -> int:
    """The likeliest token, those already said made less likely (CTRL, arXiv:1909.05858, 4.1)."""
    scores = logits.copy()
    if said:
        seen = np.unique(said)
        scores[seen] = np.where(scores[seen] > 0, scores[seen] / REPEAT_PENALTY, scores[seen] * REPEAT_PENALTY)
    return int(scores.argmax())
