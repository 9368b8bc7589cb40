"""Words: SmolLM2-135M-Instruct on OpenVINO, token by token, with the conversation's prefix kept.

The graph is stateful: a request holds the keys and values of the tokens it has read. A few slots (`smollm2_slots.py`),
each with a request of its own, let several conversations take turns without reading their histories again; a new prompt
starts from what a slot shares with it, so a draft that is thrown away costs nothing. Model: arXiv:2502.02737,
Apache-2.0. Measured on one AVX2 core: 4 ms a token to read a prompt and 25 ms
for the first, each token of the answer 17 ms; a second core gains a quarter where nothing else runs.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.smollm2_graph import compiled
from visavis_models.backends.smollm2_slots import Entry, Slot, Slots
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings

STOPS = frozenset({0, 1, 2})  # <|endoftext|>, <|im_start|>, <|im_end|>
SPECIAL = slice(3, 17)  # <repo_name>, <file_sep> and so on: never said
CONTEXT = 2048  # tokens the model was trained for
BLOCK = 16  # messages dropped together from a history that is too long
LONGEST = 2000  # characters read of one message
REPEAT_PENALTY = 1.15  # on words of this reply; without it small models fall into loops
_MARKDOWN = re.compile(r"[*#`_~]+")
_MARKS = re.compile(r"<[|a-z_]*>|[<>|]{2,}")  # anything like the marks of the chat format


def load(settings: BackendSettings, packs: Packs) -> SmolLM2:
    return SmolLM2(packs.folder(settings.model or "smollm2-135m"), settings.threads)


class SmolLM2:
    """Language port. All calls come from one worker thread."""

    sees = False
    knows = False
    calls_tools = False
    concurrency = 1

    def __init__(self, folder: Path, threads: int) -> None:
        import openvino_genai

        try:
            model = compiled(folder, threads)
            self._tokenizer = openvino_genai.Tokenizer(str(folder))
        except RuntimeError as error:
            raise ModelError(
                f"the language model in {folder} did not load ({str(error).splitlines()[0]}): "
                f"remove that folder and run `visavis models pull`"
            ) from None
        self._encode = lru_cache(maxsize=512)(self._encode_text)  # the same messages come turn after turn
        self._slots = Slots(model)
        self._warm_up()

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        """The likeliest words, in plain text; the same words for the same messages."""
        entries = self._entries(messages, max_tokens)
        prompt = [*_joined(entries), *self._encode("<|im_start|>assistant\n")]
        slot = self._slots.choose(entries, prompt)
        slot.busy = True
        try:
            yield from self._words(slot, prompt, max_tokens)
        finally:
            slot.busy = False

    def warm(self, messages: Sequence[Message]) -> None:
        """Read the messages, so that a reply to them plus a few words starts at once.

        The user's last words are left open: more of them may come."""
        entries = self._entries(messages, 0)
        if messages[-1].role == "user":
            entries[-1] = entries[-1][: -len(self._encode("<|im_end|>\n"))]
        prompt = _joined(entries)
        slot = self._slots.choose(entries, prompt)
        if slot.shared(prompt) < len(prompt):
            self._slots.read(slot, prompt)

    def rest(self) -> None:
        """Give back the memory of all kept prefixes."""
        self._slots.rest()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _words(self, slot: Slot, prompt: list[int], max_tokens: int) -> Generator[str, None, None]:
        said: list[int] = []
        told = ""
        for _ in range(max_tokens):
            token = _choose(self._slots.read(slot, [*prompt, *said]), said)
            if token in STOPS:
                return
            said.append(token)
            text = _MARKDOWN.sub("", self._tokenizer.decode(said))
            if not text.endswith("\ufffd") and len(text) > len(told):  # half a character waits for its rest
                yield text[len(told) :]
                told = text

    def _encode_text(self, text: str) -> Entry:
        tokens: NDArray[np.int64] = self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]
        return tuple(map(int, tokens))

    def _entries(self, messages: Sequence[Message], max_tokens: int) -> list[Entry]:
        """The chat as tokens, message by message; the oldest after the first go when it is too long.

        They go by the block, so that the prefix stays the same for some turns after."""
        entries = [self._encode(_entry(message)) for message in messages]
        room = CONTEXT - max_tokens - 8  # 8: the beginning of the reply
        while len(entries) > 2 and sum(map(len, entries)) > room:
            del entries[1 : min(1 + BLOCK, len(entries) - 1)]
        if sum(map(len, entries)) > room:
            return [tuple(_joined(entries)[-room:])]
        return entries

    def _warm_up(self) -> None:
        """The first run of each length is slow: do it now."""
        for text in ("Hello there, how are you?", "Hello"):
            self._slots.read(self._slots.slots[0], list(self._encode(text)))


def _entry(message: Message) -> str:
    """One message in the model's chat format. What a tool answered is told as the user's words."""
    role = "user" if message.role == "tool" else message.role
    return f"<|im_start|>{role}\n{plain(message.text)}<|im_end|>\n"


def plain(text: str) -> str:
    """Text without markdown and without anything that could be taken for the marks of the chat format."""
    return _MARKS.sub(" ", _MARKDOWN.sub(" ", text[-LONGEST:])).replace("<|", "<").strip()


def _joined(entries: Iterable[Entry]) -> list[int]:
    return list(chain.from_iterable(entries))


def _choose(scores: NDArray[np.float32], said: list[int]) -> int:
    """The likeliest token, those already said made less likely (CTRL, arXiv:1909.05858, 4.1)."""
    scores = scores.copy()
    scores[SPECIAL] = -np.inf
    if said:
        seen = np.unique(said)
        scores[seen] = np.where(scores[seen] > 0, scores[seen] / REPEAT_PENALTY, scores[seen] * REPEAT_PENALTY)
    return int(scores.argmax())
