"""Our eyes in torch: cells of a picture become a memory, and a small decoder that looks at it says words.

The memory is 49 cells and the three everyday words that EfficientNet-Lite0 thinks of first (as their own embeddings, so
that they can be said at once). Every text piece costs about 6.7 million products, the picture of a whole row of texts
about 160 million. Layers: arXiv:1706.03762, norms before (arXiv:2002.04745). `backends/eyes_graph.py` serves the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.eyes_cells import DEEP, NARROW, SIDE, WIDTH
from visavis_models.backends.eyes_graph import HINTS, PLACES


@dataclass(frozen=True)
class Shape:
    pieces: int
    width: int = 384
    heads: int = 6
    layers: int = 4
    inner: int = 1024
    dropout: float = 0.1


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.q = nn.Linear(shape.width, shape.width)
        self.kv = nn.Linear(shape.width, 2 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.heads = shape.heads

    def forward(self, x: Tensor, seen: Tensor, mask: Tensor | None = None) -> Tensor:
        """x: (B, T, width) looks at seen, (B, S, width); mask: (B, 1, T, S), true where it may."""
        b, t, width = x.shape
        q = self.q(x).view(b, t, self.heads, -1).transpose(1, 2)
        k, v = self.kv(seen).view(b, seen.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        made = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        y: Tensor = self.out(made.transpose(1, 2).reshape(b, t, width))
        return y


class Layer(nn.Module):
    def __init__(self, shape: Shape, looks: bool) -> None:
        super().__init__()
        self.norm1, self.own = nn.LayerNorm(shape.width), Attention(shape)
        if looks:
            self.norm2, self.look = nn.LayerNorm(shape.width), Attention(shape)
        self.norm3 = nn.LayerNorm(shape.width)
        self.up, self.down = nn.Linear(shape.width, shape.inner), nn.Linear(shape.inner, shape.width)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, mask: Tensor | None, memory: Tensor | None = None) -> Tensor:
        y = self.norm1(x)
        x = x + self.drop(self.own(y, y, mask))
        if memory is not None:
            x = x + self.drop(self.look(self.norm2(x), memory))
        made: Tensor = x + self.drop(self.down(F.gelu(self.up(self.norm3(x)))))
        return made


class Eyes(nn.Module):
    def __init__(self, shape: Shape, hints: list[list[int]]) -> None:
        """hints: the pieces of every everyday word."""
        super().__init__()
        self.shape = shape
        self.pieces = nn.Embedding(shape.pieces, shape.width)
        self.places = nn.Parameter(torch.randn(PLACES, shape.width) * 0.02)
        self.register_buffer("head", torch.zeros(DEEP, NARROW), persistent=True)  # of EfficientNet: narrow to deep
        self.register_buffer("head_shift", torch.zeros(DEEP))
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("spread", torch.ones(WIDTH))
        self.cells = nn.Linear(WIDTH, shape.width)
        self.cell_places = nn.Parameter(torch.randn(SIDE * SIDE, shape.width) * 0.02)
        self.cell_norm, self.mix, self.memory_norm = (
            nn.LayerNorm(shape.width),
            Layer(shape, False),
            nn.LayerNorm(shape.width),
        )
        self.hint_places = nn.Parameter(torch.randn(HINTS, shape.width) * 0.02)
        self.hint_sure = nn.Parameter(torch.randn(shape.width) * 0.02)
        self.hint_norm = nn.LayerNorm(shape.width)
        self.nothing = nn.Parameter(
            torch.randn(SIDE * SIDE + HINTS, shape.width) * 0.02
        )  # the memory without a picture
        self.layers = nn.ModuleList(Layer(shape, True) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.bias = nn.Parameter(torch.zeros(shape.pieces))
        self.drop = nn.Dropout(shape.dropout)
        longest = max(map(len, hints))
        table = torch.tensor([[*each, *[0] * (longest - len(each))] for each in hints])
        self.register_buffer("hint_pieces", table, persistent=False)

    def hint_names(self) -> Tensor:
        """(everyday words, width): the mean of their pieces."""
        there = (self.hint_pieces > 0).float().unsqueeze(-1)
        made: Tensor = (self.pieces(self.hint_pieces) * there).sum(1) / there.sum(1).clamp(min=1)
        return made

    def deep(self, kept: Tensor) -> Tensor:
        """Kept cells (..., NARROW + beside) as (..., WIDTH), every number about 0 to 1 in size."""
        narrow, beside = kept[..., :NARROW], kept[..., NARROW:]
        deep = F.linear(narrow, self.head, self.head_shift).clamp(0, 6)
        return self.measured(torch.cat([deep, beside], -1))

    def memory(self, kept: Tensor, hints: Tensor, sure: Tensor, blind: Tensor) -> Tensor:
        """kept: (B, 49, ...); hints: (B, HINTS) numbers of everyday words; sure: their scores; blind: (B,)."""
        with torch.no_grad():
            x = self.deep(kept)
        return self.seen(self.mixed(x), hints, sure, blind)

    def measured(self, cells: Tensor) -> Tensor:
        """Cells (..., WIDTH) with every number about 0 to 1 in size."""
        made: Tensor = (cells - self.mean) / self.spread
        return made

    def mixed(self, x: Tensor) -> Tensor:
        """Measured cells (B, 49, WIDTH) -> (B, 49, width): each knows its place and has looked at the others."""
        x = F.dropout(x, self.shape.dropout, self.training)
        made: Tensor = self.mix(self.cell_norm(self.cells(x) + self.cell_places), None)
        return made

    def seen(self, x: Tensor, hints: Tensor, sure: Tensor, blind: Tensor) -> Tensor:
        """What the decoder looks at, (B, 49 + HINTS, width). x: of `mixed`."""
        names = self.hint_names()[hints] + sure.unsqueeze(-1) * self.hint_sure + self.hint_places
        seen = torch.cat([self.memory_norm(x), self.hint_norm(names)], 1)
        return torch.where(blind[:, None, None], self.nothing.expand_as(seen), seen)

    def forward(self, pieces: Tensor, places: Tensor, mask: Tensor, memory: Tensor) -> Tensor:
        """pieces, places: (B, T); mask: (B, 1, T, T). Hidden states, (B, T, width)."""
        x = self.drop(self.pieces(pieces) + self.places[places])
        for layer in self.layers:
            x = layer(x, mask, memory)
        made: Tensor = self.norm(x)
        return made

    def scores(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.pieces.weight, self.bias)
