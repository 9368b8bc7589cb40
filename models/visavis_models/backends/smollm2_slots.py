"""Kept prefixes of SmolLM2: requests whose keys and values stay, one for each of a few conversations.

What a prompt no longer wants of the tokens that were read stays where it is and is masked: to cut it out, all keys and
values go out of the network and in again (58 ms at 600 tokens on a busy machine), and the network keeps what it was
given beside what it makes of it. Only when much is stale is it cut out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import ModelError

SLOTS = 4  # conversations whose prefixes are kept; a token takes 46 KB of each, and as much again as room to grow
STALE = 192  # masked tokens that are kept before they are cut out
IDLE_S = 60.0  # unused for so long while others talk, a conversation has ended: its memory is given back
STOP = 2  # <|im_end|>
ALIKE = 3  # messages in common by which two prompts belong to one conversation

Entry = tuple[int, ...]  # one message, as tokens


@dataclass
class Slot:
    """One request and what it has read. places: where in its memory each of the tokens lies."""

    request: Any
    tokens: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    mask: bytearray = field(default_factory=bytearray)
    entries: Sequence[Entry] = ()  # of its last prompt
    busy: bool = False
    used_s: float = -inf

    def forget(self) -> None:
        """Nothing is known of what the request holds."""
        self.tokens, self.places, self.mask = [], [], bytearray()

    def shared(self, tokens: Sequence[int]) -> int:
        """Length of the common prefix."""
        for index, (x, y) in enumerate(zip(self.tokens, tokens, strict=False)):
            if x != y:
                return index
        return min(len(self.tokens), len(tokens))

    def cut(self, length: int) -> None:
        """Only the first `length` tokens are wanted."""
        for place in self.places[length:]:
            self.mask[place] = 0
        del self.places[length:], self.tokens[length:]

    def grow(self, tokens: Sequence[int]) -> None:
        self.places.extend(range(len(self.mask), len(self.mask) + len(tokens)))
        self.mask.extend(b"\x01" * len(tokens))
        self.tokens.extend(tokens)

    @property
    def stale(self) -> int:
        return len(self.mask) - len(self.places)


class Slots:
    """All calls come from one worker thread, so slots need no lock."""

    def __init__(self, model: Any, clock: Callable[[], float] = time.monotonic) -> None:
        import openvino

        self._tensor = openvino.Tensor
        self._model, self._time = model, clock
        self.slots = [Slot(model.create_infer_request()) for _ in range(SLOTS)]

    def choose(self, entries: Sequence[Entry], prompt: list[int]) -> Slot:
        """The slot to read the prompt with.

        One that holds this conversation is used itself: up to its last message, or with some of its messages where its
        history has become too long. Otherwise the one that was unused for longest is given what another one shares
        with the prompt. Raises ModelError when all are busy."""
        free = [slot for slot in self.slots if not slot.busy]
        if not free:
            raise ModelError(f"the language model is answering {SLOTS} people already: ask again in a moment")
        best = max(self.slots, key=lambda slot: slot.shared(prompt))
        mine = [slot for slot in (best, *free) if not slot.busy and _same_conversation(slot.entries, entries)]
        chosen = mine[0] if mine else min(free, key=lambda slot: slot.used_s)
        if best.shared(prompt) > chosen.shared(prompt):
            self._copy(best, chosen, best.shared(prompt))
        chosen.used_s, chosen.entries = self._time(), tuple(entries)
        self.let_go(IDLE_S)
        return chosen

    def read(self, slot: Slot, tokens: list[int]) -> NDArray[np.float32]:
        """Bring the slot to exactly these tokens. Returns the scores of the next one: (vocabulary,)."""
        past = min(slot.shared(tokens), len(tokens) - 1)
        slot.cut(past)
        if not past:
            slot.forget()
            slot.request.reset_state()
        elif slot.stale > STALE:
            self._copy(slot, slot, past)
        fresh = tokens[past:]
        slot.grow(fresh)
        try:
            slot.request.infer(
                {
                    "input_ids": np.array([fresh], np.int64),
                    "attention_mask": np.frombuffer(bytes(slot.mask), np.uint8).astype(np.int64)[None],
                    "position_ids": np.arange(past, len(tokens), dtype=np.int64)[None],
                    "beam_idx": np.zeros(1, np.int32),
                }
            )
        except BaseException:
            slot.forget()
            slot.request.reset_state()
            raise
        scores: NDArray[np.float32] = slot.request.get_tensor("logits").data[0, -1]
        return scores

    def let_go(self, idle_s: float) -> None:
        """Give back the memory of what was not used for longer than that."""
        for slot in self.slots:
            if slot.tokens and not slot.busy and self._time() - slot.used_s > idle_s:
                slot.forget()
                slot.entries = ()
                slot.request = self._model.create_infer_request()  # the old one keeps all it ever needed

    def rest(self) -> None:
        """Give back all of it. The graph holds on to the request that ran last, so another one runs."""
        self.let_go(0.0)
        if free := [slot for slot in self.slots if not slot.busy]:
            self.read(free[0], [STOP])

    def _copy(self, source: Slot, target: Slot, length: int) -> None:
        """Give `target` the first `length` tokens of `source`, and nothing else. States: (1, heads, tokens, 64)."""
        tokens, places = source.tokens[:length], source.places[:length]
        target.forget()
        kept = [state.state.data[:, :, places] for state in source.request.query_state()]
        for state, values in zip(target.request.query_state(), kept, strict=True):
            state.state = self._tensor(np.ascontiguousarray(values))
        target.grow(tokens)


def _same_conversation(a: Sequence[Entry], b: Sequence[Entry]) -> bool:
    """a: a prompt's messages; b: a later one's. The last of each may still be under way."""
    common = 0
    while common < min(len(a), len(b)) and a[common] == b[common]:
        common += 1
    return (common >= max(1, len(a) - 1)) or len(set(a[common:]) & set(b[common:])) >= ALIKE
