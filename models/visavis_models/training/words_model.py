"""SmolLM2 in torch with low-rank matrices in its upper layers: what `words.py` trains.

The lower layers may stay as they are, and need no way back then. All dialogues of a batch begin with the same role's
prompt: it is run once for the batch, and every dialogue attends to it. Architecture: Llama
(arXiv:2302.13971) with grouped keys; low-rank matrices: arXiv:2106.09685.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from visavis_models.backends.gguf_file import GgufFile

LAYERS, HEADS, GROUPS, SIZE, WIDTH, INNER = 30, 9, 3, 64, 576, 1536
TURN = 100_000.0  # base of the rotary positions
EPSILON = 1e-5
PARTS = ("qkv", "output", "gate_up", "down")  # the products of a layer, those of one input made together
ROWS = {"qkv": (HEADS + 2 * GROUPS) * SIZE, "output": WIDTH, "gate_up": 2 * INNER, "down": WIDTH}
COLUMNS = {"qkv": WIDTH, "output": WIDTH, "gate_up": WIDTH, "down": INNER}


@dataclass(frozen=True, slots=True)
class Where:
    """Rotations of the positions of a prompt of P tokens and of dialogues of T, and who may see whom: (T, P + T)."""

    prompt: tuple[Tensor, Tensor]
    dialogue: tuple[Tensor, Tensor]
    seen: Tensor


class LowRank(nn.Module):
    """A frozen product plus a trained one of small rank, nothing at first."""

    def __init__(self, weights: Tensor, rank: int, drop: float) -> None:
        super().__init__()
        rows, columns = weights.shape
        self.register_buffer("weights", weights, persistent=False)
        if rank:
            self.down = nn.Parameter(torch.randn(rank, columns) / columns**0.5)
            self.up = nn.Parameter(torch.zeros(rows, rank))
        self.adapted = rank > 0
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        product = F.linear(x, self.weights)
        if not self.adapted:
            return product
        return product + F.linear(F.linear(F.dropout(x, self.drop, self.training), self.down), self.up)


class Layer(nn.Module):
    def __init__(self, file: GgufFile, number: int, rank: int, drop: float) -> None:
        super().__init__()

        def read(*names: str) -> Tensor:
            return torch.cat([torch.from_numpy(file.weights(f"blk.{number}.{name}.weight")) for name in names])

        self.register_buffer("attention_norm", read("attn_norm"), persistent=False)
        self.register_buffer("inner_norm", read("ffn_norm"), persistent=False)
        self.qkv = LowRank(read("attn_q", "attn_k", "attn_v"), rank, drop)
        self.output = LowRank(read("attn_output"), rank, drop)
        self.gate_up = LowRank(read("ffn_gate", "ffn_up"), rank, drop)
        self.down = LowRank(read("ffn_down"), rank, drop)

    def forward(self, prompt: Tensor, dialogues: Tensor, where: Where) -> tuple[Tensor, Tensor]:
        """prompt: (P, width); dialogues: (B, T, width), each of which goes on from the prompt. The same out."""
        p, (b, t, _) = len(prompt), dialogues.shape
        x = torch.cat([prompt, dialogues.reshape(b * t, WIDTH)])
        mixed = self.mixed(x)
        q0, k0, v0 = heads(mixed[:p].view(1, p, -1), where.prompt)
        q1, k1, v1 = heads(mixed[p:].view(b, t, -1), where.dialogue)
        a0 = F.scaled_dot_product_attention(q0, k0, v0, is_causal=True)
        keys = torch.cat([k0.expand(b, -1, -1, -1), k1], dim=2)
        values = torch.cat([v0.expand(b, -1, -1, -1), v1], dim=2)
        a1 = F.scaled_dot_product_attention(q1, keys, values, attn_mask=where.seen)
        attended = torch.cat([a0.transpose(1, 2).reshape(p, WIDTH), a1.transpose(1, 2).reshape(b * t, WIDTH)])
        x = self.finished(x, attended)
        return x[:p], x[p:].view(b, t, WIDTH)

    def mixed(self, x: Tensor) -> Tensor:
        """(..., width) -> what `heads` takes."""
        made: Tensor = self.qkv(F.rms_norm(x, (WIDTH,), self.attention_norm, EPSILON))
        return made

    def finished(self, x: Tensor, attended: Tensor) -> Tensor:
        """x with what its tokens attended to, after the layer's second half."""
        x = x + self.output(attended)
        gate, up = self.gate_up(F.rms_norm(x, (WIDTH,), self.inner_norm, EPSILON)).split(INNER, dim=-1)
        made: Tensor = x + self.down(F.silu(gate) * up)
        return made


class Words(nn.Module):
    """rank: of the matrices in the layers from `frozen` on. drop: part of their input left out while training."""

    embedding: Tensor

    def __init__(self, file: GgufFile, frozen: int, rank: int, drop: float = 0.0) -> None:
        super().__init__()
        self.frozen = frozen
        self.layers = nn.ModuleList(Layer(file, n, rank if n >= frozen else 0, drop) for n in range(LAYERS))
        self.register_buffer("embedding", torch.from_numpy(file.weights("token_embd.weight")), persistent=False)
        self.register_buffer("norm", torch.from_numpy(file.weights("output_norm.weight")), persistent=False)

    def forward(self, prompt: Tensor, dialogues: Tensor) -> Tensor:
        """Tokens, (P,) and (B, T). Returns (B, T, width), ready for `scores`."""
        where = places(len(prompt), dialogues.shape[1], prompt.device)
        x, y = F.embedding(prompt, self.embedding).float(), F.embedding(dialogues, self.embedding).float()
        for number, layer in enumerate(self.layers):
            with torch.no_grad() if number < self.frozen else nullcontext():
                x, y = layer(x, y, where)
        return y

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Within it, the model is the one without the adapter."""
        adapted = [module for module in self.modules() if isinstance(module, LowRank) and module.adapted]
        for module in adapted:
            module.adapted = False
        try:
            yield
        finally:
            for module in adapted:
                module.adapted = True

    def halve(self) -> None:
        """The weights that stay as they are become bfloat16: for a GPU."""
        for module in self.modules():
            if isinstance(module, LowRank):
                module.weights = module.weights.bfloat16()
        self.embedding = self.embedding.bfloat16()

    def scores(self, hidden: Tensor) -> Tensor:
        """(N, width) -> (N, vocabulary)."""
        return F.linear(F.rms_norm(hidden, (WIDTH,), self.norm, EPSILON), self.embedding)


def places(prompt: int, dialogue: int, device: torch.device) -> Where:
    """A dialogue's tokens see the whole prompt and what comes before them in the dialogue."""
    angles = torch.arange(prompt + dialogue, device=device)[:, None] / TURN ** (
        torch.arange(0, SIZE, 2, device=device) / SIZE
    )
    angles = torch.cat([angles, angles], dim=1)
    cos, sin = angles.cos(), angles.sin()
    seen = torch.ones(dialogue, prompt + dialogue, dtype=torch.bool, device=device).tril(prompt)
    return Where((cos[:prompt], sin[:prompt]), (cos[prompt:], sin[prompt:]), seen)


def heads(mixed: Tensor, rotations: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """(B, T, qkv) -> queries, keys and values, (B, heads, T, size) each; keys and values repeated for their group."""
    b, t, _ = mixed.shape
    q, k, v = (
        part.view(b, t, -1, SIZE).transpose(1, 2)
        for part in mixed.split([HEADS * SIZE, GROUPS * SIZE, GROUPS * SIZE], dim=-1)
    )
    repeat = HEADS // GROUPS
    return (
        _rotated(q, *rotations),
        _rotated(k, *rotations).repeat_interleave(repeat, dim=1),
        v.repeat_interleave(repeat, dim=1),
    )


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin
