"""What a chat model of `transformers` has read so far, and one more token read quickly; used by `transformers_chat.py`.

`Growing` is the library's own cache, on any device. On a GPU its steps are bound by Python: some thousand small calls a
token, 20 tokens a second whatever the model's size. `Fixed` has its room from the start, so that one step is the same
work at the same addresses every time: recorded once (a CUDA graph) and replayed in one call.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from inspect import signature
from typing import Any

from visavis_models.backends.torch_weights import line

CHUNK = 512  # tokens read at once, so that a long history takes no more memory than this
MOST = 8  # fixed ones: replies at once that are quick; each takes a second of loading
ROOM = 4096  # tokens of a fixed one
SHARE = 0.25  # of the free memory, at most, for all fixed ones
_MODE = "thread_local"  # while we record, other threads may go on: another model may be loading or at work
ALIKE = 0.99  # correlation of the scores of both ways; without its mask a tiny random model gives 0.95

_LOG = logging.getLogger(__name__)


class Growing:
    """Tokens, and the library's growing cache that holds their keys and values."""

    room = 1 << 62

    def __init__(self, model: Any) -> None:
        self._model = model
        takes = signature(model.forward).parameters  # later releases of transformers have renamed it
        self._name = "cache" if "cache" in takes else "past_key_values"
        self._only_last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self.forget()

    @property
    def can_be_cut(self) -> bool:
        """Only caches that hold every token can be: not those of sliding windows or recurrent states."""
        layers = getattr(self._cache, "layers", [])
        return bool(layers) and all(type(layer).__name__ == "DynamicLayer" for layer in layers)

    def forget(self) -> None:
        from transformers import DynamicCache

        self.tokens: list[int] = []
        self._cache = DynamicCache(config=self._model.config)

    def cut(self, length: int) -> None:
        """Forget all tokens but the first `length`."""
        self._cache.crop(length - len(self.tokens))
        del self.tokens[length:]

    def read(self, tokens: list[int]) -> Any:
        """tokens: those that were read, and at least one more. Returns the scores of the next one, (vocabulary,)."""
        import torch

        with torch.inference_mode():
            for start in range(len(self.tokens), len(tokens), CHUNK):
                stop = min(start + CHUNK, len(tokens))
                out = self._model(
                    input_ids=torch.tensor([tokens[start:stop]], device=self._model.device),
                    attention_mask=torch.ones((1, stop), dtype=torch.long, device=self._model.device),
                    use_cache=True,
                    **{self._name: self._cache},
                    **self._only_last,
                )
            self.tokens = list(tokens)
            return out.logits[0, -1].float()


class Fixed:
    """The same in a cache of fixed size. Only for models whose every layer looks at everything said before."""

    can_be_cut = True

    def __init__(self, model: Any, room: int, recorded: bool) -> None:
        """recorded: as a CUDA graph; otherwise a step is computed like a longer piece. Raises what torch raises."""
        import torch
        from transformers import StaticCache

        self.tokens: list[int] = []
        self.room = room
        self._model, self._cache = model, StaticCache(config=model.config, max_cache_len=room)
        self._graph: Any = None
        with torch.inference_mode():
            self._token = torch.zeros((1, 1), dtype=torch.long, device=model.device)
            self._places = torch.arange(room, device=model.device)
            self._scores = self._run(self._token)
            if recorded:
                self._record()
        self.cut(0)

    def forget(self) -> None:
        self.cut(0)

    def cut(self, length: int) -> None:
        """Forget all tokens but the first `length`: what is behind them is masked until it is written over."""
        import torch

        with torch.inference_mode():
            for layer in self._cache.layers:
                layer.cumulative_length.fill_(length)
        del self.tokens[length:]

    def copy(self, other: Fixed, length: int) -> None:
        """Know the first `length` tokens that another has read, in the place of its own."""
        import torch

        with torch.inference_mode():
            for mine, its in zip(self._cache.layers, other._cache.layers, strict=True):
                mine.keys[:, :, :length] = its.keys[:, :, :length]
                mine.values[:, :, :length] = its.values[:, :, :length]
        self.tokens = other.tokens[:length]
        self.cut(length)

    def read(self, tokens: list[int]) -> Any:
        """As Growing's. The scores hold until the next call."""
        import torch

        with torch.inference_mode():
            start, scores = len(self.tokens), self._scores
            if self._graph is not None and len(tokens) == start + 1:
                self._token.fill_(tokens[-1])
                self._graph.replay()
            else:
                for begin in range(start, len(tokens), CHUNK):
                    piece = tokens[begin : min(begin + CHUNK, len(tokens))]
                    scores = self._run(torch.tensor([piece], device=self._model.device))
            self.tokens = list(tokens)
            return scores

    # --- inside ------------------------------------------------------------------------------------------------------

    def _run(self, ids: Any) -> Any:
        """Nothing in here may wait for the GPU. The cache counts by itself, on the device."""
        import torch

        layers = self._cache.layers
        begin = layers[0].cumulative_length.to(ids.device, copy=True)
        at = (torch.arange(ids.shape[1], device=ids.device) + begin)[:, None]
        least = torch.finfo(self._model.dtype).min
        hidden = torch.zeros((len(at), self.room), dtype=self._model.dtype, device=ids.device)
        hidden = hidden.masked_fill(self._places[None] > at, least)
        out = self._model(
            input_ids=ids,
            attention_mask=hidden[None, None],
            position_ids=at[None, :, 0],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[0, -1].float()

    def _record(self) -> None:
        import torch

        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        graph, pool = torch.cuda.CUDAGraph(), torch.cuda.graph_pool_handle()
        with torch.cuda.stream(aside):
            for _ in range(2):  # what is chosen or made at the first calls must not be recorded
                self._run(self._token)
            torch.cuda.synchronize()
            try:
                with torch.cuda.graph(graph, pool, aside, capture_error_mode=_MODE):
                    self._scores = self._run(self._token)
            except Exception:
                _recover(pool, aside)
                raise
        self._graph = graph


def _recover(pool: Any, stream: Any) -> None:
    """A recording that failed leaves torch's memory and random numbers as in the middle of one, for the whole process:
    its `CUDAGraph::capture_end` stops at the error (torch 2.11). The former is ended here, the latter by a recording
    that succeeds."""
    import torch

    with suppress(RuntimeError):  # it was ended
        torch._C._cuda_endAllocateToPool(torch.cuda.current_device(), pool)
    with torch.cuda.graph(torch.cuda.CUDAGraph(), stream=stream, capture_error_mode=_MODE):
        torch.zeros(1, device="cuda")


def fixed(model: Any) -> list[Fixed]:
    """Up to MOST, as the GPU has room for; none where a step is not to be recorded, which is said in the log."""
    if model.device.type != "cuda":
        return []
    import torch

    made: list[Fixed] = []
    try:
        room = min(ROOM, getattr(model.config.get_text_config(), "max_position_embeddings", None) or ROOM)
        if why := _unfit(model, room):
            raise ValueError(why)
        with torch.cuda.device(model.device):
            before = torch.cuda.mem_get_info()[0] * SHARE
            while len(made) < MOST and (not made or _bytes(made[0]) * (len(made) + 1) < before):
                one = Fixed(model, room, recorded=True)
                if not made and not _alike(model, one):
                    raise ValueError("its scores differ from those of the library's own way")
                made.append(one)
    except Exception as error:  # a model that cannot be recorded fails in its own way
        _LOG.info("language: %d replies at once are quick, others slow to come: %s", len(made), line(error))
    return made


def _unfit(model: Any, room: int) -> str:
    """Why a model is not even tried."""
    from transformers import StaticCache

    layers = StaticCache(config=model.config, max_cache_len=room).layers
    if not all(type(layer).__name__ == "StaticLayer" and hasattr(layer, "cumulative_length") for layer in layers):
        return "not all of its layers look at everything said before"
    if (how := getattr(model.config, "_attn_implementation", "sdpa")) not in ("sdpa", "eager"):
        return f"attention {how} takes no mask of ours"
    if getattr(model, "is_loaded_in_8bit", False):
        return "int8 waits for the GPU within a step; bfloat16 and int4 do not"
    return ""


def _alike(model: Any, one: Fixed) -> bool:
    """Whether both ways give the same scores, for some tokens read at once and some one by one."""
    import torch

    tokens = [3 + 7 * n % 199 for n in range(12)]
    plain = Growing(model)
    alike = True
    for count in (8, 9, 10, 12):
        both = torch.stack([plain.read(tokens[:count]), one.read(tokens[:count])])
        alike &= bool(torch.corrcoef(both)[0, 1] > ALIKE)
    one.cut(0)
    return alike


def _bytes(one: Fixed) -> int:
    """With as much again for what a step needs."""
    return 2 * sum(int(layer.keys.nbytes + layer.values.nbytes) for layer in one._cache.layers)
