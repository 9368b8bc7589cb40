"""Muon: steps of matrices made orthogonal, so that what is rare is learned as fast as what is common.

Keller Jordan's Newton-Schulz iteration, at the scale of arXiv:2502.16982, so that AdamW's rates and decay fit. Matrices
of one shape are worked on together; in bfloat16 on a GPU, in float32 elsewhere, where bfloat16 is slow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

_TERMS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """Of matrices only."""

    def __init__(
        self, matrices: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.01
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: Any = None) -> None:
        """closure: not used."""
        for group in self.param_groups:
            alike: defaultdict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for each in group["params"]:
                if each.grad is not None:
                    alike[tuple(each.shape)].append(each)
            for shape, matrices in alike.items():
                ways = []
                for each in matrices:
                    moving = self.state[each].setdefault("moving", torch.zeros_like(each))
                    moving.lerp_(each.grad, 1 - group["momentum"])
                    ways.append(each.grad.lerp(moving, group["momentum"]))
                rate = group["lr"] * 0.2 * max(shape) ** 0.5
                for each, way in zip(matrices, orthogonal(torch.stack(ways)), strict=True):
                    each.mul_(1 - group["lr"] * group["weight_decay"])
                    each.add_(way, alpha=-rate)


def orthogonal(matrices: Tensor) -> Tensor:
    """(n, rows, columns): their singular values made about 1."""
    first, second, third = _TERMS
    x = matrices.to(torch.bfloat16) if matrices.is_cuda else matrices
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.float().norm(dim=(1, 2), keepdim=True).to(x.dtype) + 1e-7)
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = first * x + (second * square + third * square @ square) @ x
    return (x.mT if tall else x).to(matrices.dtype)
