"""The large design of our eyes in torch: what the small ones see, told by SmolLM2 with low-rank matrices in all layers.

The 49 cells (`eyes_tower.py`, its upper half learning) and three everyday words become SmolLM2's first tokens, after
<|im_start|>, at which its attention rests; the texts about a picture follow, each as if it stood alone behind it. The
scores are of the tokens that the texts have (`said`), a few thousand of 49,152. The base weights never change.
Projector and tokens before the words: LLaVA, arXiv:2304.08485.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.eyes_cells import SIDE, WIDTH as CELL
from visavis_models.backends.eyes_graph import HINTS
from visavis_models.backends.eyes_words import MARKS
from visavis_models.backends.gguf_file import GgufFile
from visavis_models.training.eyes_model import Layer as Mix, Shape
from visavis_models.training.eyes_tower import Tower
from visavis_models.training.seer_words import START, tokens_of
from visavis_models.training.words_model import EPSILON, HEADS, INNER, SIZE, TURN, WIDTH, Layer, Words, heads

SEEN = 1 + SIDE * SIDE + HINTS  # tokens of the picture

Kept = list[tuple[Tensor, Tensor]]  # keys and values of every layer, (B, heads, T, size)


class Look(nn.Module):
    """The projector: cells and everyday words -> SEEN - 1 tokens about as large as a token's embedding."""

    def __init__(self, names: Tensor, dropout: float) -> None:
        """names: (everyday words, width), of a size about 1: each word's embedding at first."""
        super().__init__()
        shape = Shape(0, WIDTH, HEADS, 0, INNER, dropout)
        self.register_buffer("mean", torch.zeros(CELL))
        self.register_buffer("spread", torch.ones(CELL))
        self.cells = nn.Linear(CELL, WIDTH)
        self.cell_places = nn.Parameter(torch.randn(SIDE * SIDE, WIDTH) * 0.02)
        self.cell_norm, self.mix, self.memory_norm = nn.LayerNorm(WIDTH), Mix(shape, False), nn.LayerNorm(WIDTH)
        self.names = nn.Embedding.from_pretrained(names, freeze=False)
        self.hint_places = nn.Parameter(torch.randn(HINTS, WIDTH) * 0.02)
        self.hint_sure = nn.Parameter(torch.randn(WIDTH) * 0.02)
        self.hint_norm = nn.LayerNorm(WIDTH)
        self.nothing = nn.Parameter(torch.randn(SEEN - 1, WIDTH) * 0.02)  # without a picture
        self.dropout = dropout

    def forward(self, cells: Tensor, hints: Tensor, sure: Tensor, blind: Tensor) -> Tensor:
        """cells: (B, 49, CELL); hints: (B, HINTS), numbers of everyday words; sure: their chances; blind: (B,)."""
        x = F.dropout((cells - self.mean) / self.spread, self.dropout, self.training)
        x = self.mix(self.cell_norm(self.cells(x) + self.cell_places), None)
        names = self.names(hints) + sure.unsqueeze(-1) * self.hint_sure + self.hint_places
        seen = torch.cat([self.memory_norm(x), self.hint_norm(names)], 1)
        return torch.where(blind[:, None, None], self.nothing.expand_as(seen).to(seen.dtype), seen)


class Seer(nn.Module):
    ends: Tensor  # (said, width), what the scores are made by

    def __init__(
        self,
        file: GgufFile,
        lite: Mapping[str, NDArray[Any]],
        rank: int,
        dropout: float,
        everyday: Sequence[tuple[list[int], NDArray[Any]]],
        said: list[int],
    ) -> None:
        """lite: `efficientnet.folded`. everyday: pieces and ImageNet's classes of every everyday word. said: the pieces
        that may be said, by column of the scores, PAD (never said) first."""
        super().__init__()
        self.tower, self.words = Tower(lite), Words(file, 0, rank)
        table = self.words.embedding
        self.size = float(table.square().mean().sqrt())
        names = [table[torch.tensor(pieces) - len(MARKS)].mean(0) / self.size for pieces, _ in everyday]
        self.look = Look(torch.stack(names), dropout)
        sums = torch.zeros(1000, len(everyday))
        for column, (_, classes) in enumerate(everyday):
            sums[torch.from_numpy(classes), column] = 1
        self.columns = np.zeros(len(table) + len(MARKS), np.int64)  # of the scores, for every piece; 0 for none
        self.columns[said] = np.arange(len(said))
        for name, value in (("sums", sums), ("said", torch.tensor(said)), ("marks", torch.tensor(tokens_of()))):
            self.register_buffer(name, value, persistent=False)
        self.register_buffer("ends", table[self.tokens(self.said)], persistent=False)

    def on(self, device: str) -> None:
        """On a GPU SmolLM2's products and tables are bfloat16; what learns, and the sums, stay float32."""
        self.to(device)
        if device == "cuda":
            self.words.halve()
            self.ends = self.ends.bfloat16()

    def tokens(self, pieces: Tensor) -> Tensor:
        return torch.where(pieces < len(MARKS), self.marks[pieces.clamp(max=len(MARKS) - 1)], pieces - len(MARKS))

    def picture(self, pictures: Tensor, blind: Tensor) -> Tensor:
        """pictures: (B, 3, 224, 224), 0 to 255; blind: (B,). Their tokens, (B, SEEN, width)."""
        cells, probabilities = self.tower(pictures)
        sure, hints = (probabilities @ self.sums).float().topk(HINTS)
        seen = self.look(cells, hints, sure, blind) * self.size
        return torch.cat([self.words.embedding[START].float().expand(len(seen), 1, -1), seen.float()], 1)

    def embedded(self, pieces: Tensor) -> Tensor:
        return F.embedding(self.tokens(pieces), self.words.embedding).float()

    def forward(self, pieces: Tensor, places: Tensor, mask: Tensor, picture: Tensor) -> Tensor:
        """pieces, places: (B, T); mask: (B, 1, T, T), which piece may see which. Hidden states, (B, T, width)."""
        b, t = pieces.shape
        most = SEEN + t
        whole = torch.ones(most, most, dtype=torch.bool, device=pieces.device).tril().repeat(b, 1, 1, 1)
        whole[:, :, SEEN:, SEEN:] = mask
        x = torch.cat([picture, self.embedded(pieces)], 1)
        at = torch.cat([torch.arange(SEEN, device=pieces.device).expand(b, -1), SEEN + places], 1)
        return self.through(x, at, whole, None)[0][:, SEEN:]

    def through(self, x: Tensor, at: Tensor, mask: Tensor, kept: Kept | None) -> tuple[Tensor, Kept]:
        """x: (B, T, width); at: (B, T), positions; mask: (B, 1, T, kept + T). The same out, and keys and values."""
        turns, made = rotations(at), Kept()
        for number, layer in enumerate(self.words.layers):
            x, keys, values = _through(layer, x, turns, mask, kept[number] if kept else None)
            if kept is not None:
                made.append((keys, values))
        return x, made

    def scores(self, hidden: Tensor) -> Tensor:
        """(N, width) -> (N, said)."""
        return F.linear(F.rms_norm(hidden, (WIDTH,), self.words.norm, EPSILON), self.ends)


def rotations(at: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T) -> cosines and sines, (B, 1, T, size)."""
    angles = at[:, None, :, None] / TURN ** (torch.arange(0, SIZE, 2, device=at.device) / SIZE)
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def _through(
    layer: Layer, x: Tensor, turns: tuple[Tensor, Tensor], mask: Tensor, kept: tuple[Tensor, Tensor] | None
) -> tuple[Tensor, Tensor, Tensor]:
    q, k, v = heads(layer.mixed(x), turns)
    q, k = q.to(v.dtype), k.to(v.dtype)
    if kept:
        k, v = torch.cat([kept[0], k], 2), torch.cat([kept[1], v], 2)
    attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return layer.finished(x, attended.transpose(1, 2).reshape(x.shape)), k, v
