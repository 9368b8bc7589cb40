"""The brush in torch, as it is learned: a memory of things by their names, and a flow that paints one out of noise.

Every thing is painted by itself, 128 x 128 pixels with its outline, and laid where the composer's layout wants it: so a
small thing has as many pixels as a large one, two of a kind are alike, and what is behind stays as it was. `Memory`
says from MiniLM's vector of a name, the style and the colour what belongs where, (m, 8, 8), and sketches it, once for a
thing; most of what the brush knows is kept there. `Flow` is learned by rectified flow (arXiv:2209.03003) and says what
is wrong with the best guess of sketch and noised picture (preconditioned as in arXiv:2206.00364): the coarse of it by a
transformer of 8 x 8 places, the fine by convolutions at 16 x 16 and 32 x 32. Counted: 20 million numbers and as many
products once a thing; 14 million numbers, 1.5 thousand million products, every step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.brush_flow import COLOURS, HALF, PATCH, PLACES, STEM, STYLES, WORDS

ASKED = WORDS + len(STYLES) + len(COLOURS)


@dataclass(frozen=True)
class Shape:
    memory: int = 1536
    recalls: int = 4  # layers of the memory
    told: int = 96  # channels that it says of every place
    look: int = 256  # numbers that it says of the whole
    fine: int = 64
    middle: int = 160
    coarse: int = 384
    head: int = 64
    blocks: int = 6


def steadied(x: Tensor) -> Tensor:
    """Of mean square 1 in its last dimension."""
    return F.rms_norm(x, x.shape[-1:], eps=1e-6)


class Memory(nn.Module):
    """asked (n, ASKED) -> told (n, told, 8, 8), look (n, look)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.told = shape.told
        self.first = nn.Linear(ASKED, shape.memory)
        self.recalls = nn.ModuleList(nn.Linear(shape.memory, shape.memory) for _ in range(shape.recalls))
        self.places = nn.Linear(shape.memory, shape.told * PLACES**2)
        self.whole = nn.Linear(shape.memory, shape.look)
        self.sketch = nn.Conv2d(shape.told, 4 * PATCH**2, 1)
        nn.init.normal_(self.sketch.weight, std=0.03)
        nn.init.constant_(self.sketch.bias, -1)  # nothing there

    def forward(self, asked: Tensor) -> tuple[Tensor, Tensor]:
        x = self.first(asked)
        for recall in self.recalls:
            x = x + recall(F.silu(steadied(x)))
        x = F.silu(steadied(x))
        return self.places(x).unflatten(1, (self.told, PLACES, PLACES)), self.whole(x)

    def sketched(self, told: Tensor) -> Tensor:
        """(n, 4, 128, 128): what the memory alone comes to; blurred where it is not sure."""
        made: Tensor = F.pixel_shuffle(self.sketch(told), PATCH)
        return made


class Convolved(nn.Module):
    """(n, wide, h, w), and the whole's (n, look) -> the same shape."""

    def __init__(self, wide: int, look: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(16, wide), nn.GroupNorm(16, wide)
        self.conv1, self.conv2 = (nn.Conv2d(wide, wide, 3, padding=1) for _ in range(2))
        self.moved = nn.Linear(look, 2 * wide)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, look: Tensor) -> Tensor:
        scale, shift = self.moved(look)[..., None, None].chunk(2, 1)
        y = self.conv1(F.silu(self.norm1(x)))
        y = self.conv2(F.silu(self.norm2(y) * (1 + scale) + shift))
        return x + y


class Block(nn.Module):
    """A block of a transformer: (n, 64, wide), and (n, 6, wide) that says how much of each -> (n, 64, wide)."""

    def __init__(self, wide: int, head: int) -> None:
        super().__init__()
        self.head = head
        self.asks, self.takes = nn.Linear(wide, 3 * wide), nn.Linear(wide, wide)
        self.opens, self.closes = nn.Linear(wide, 4 * wide), nn.Linear(4 * wide, wide)
        self.own = nn.Parameter(torch.zeros(6, wide))
        with torch.no_grad():
            self.own[2::3] = 0.3

    def forward(self, x: Tensor, moved: Tensor) -> Tensor:
        scale1, shift1, much1, scale2, shift2, much2 = (moved + self.own).unsqueeze(2).unbind(1)
        y = self.asks(steadied(x) * (1 + scale1) + shift1).unflatten(2, (3, -1, self.head)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(steadied(y[0]), steadied(y[1]), y[2])
        x = x + much1 * self.takes(y.transpose(1, 2).flatten(2))
        y = self.closes(F.gelu(self.opens(steadied(x) * (1 + scale2) + shift2), approximate="tanh"))
        return x + much2 * y


class Flow(nn.Module):
    """noised, sketch (n, 4, 128, 128), level (n), 1 is noise, told, look -> what is lacking (n, 4, 128, 128)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        fine, middle, wide, look = shape.fine, shape.middle, shape.coarse, shape.look
        self.wide = wide
        self.time1, self.time2 = nn.Linear(look, look), nn.Linear(look, look)
        self.moved = nn.Linear(look, 6 * wide)
        nn.init.zeros_(self.moved.weight)
        self.stem = nn.Conv2d(2 * 4 * STEM**2, fine, 3, padding=1)
        self.fine_in = Convolved(fine, look)
        self.down1 = nn.Conv2d(4 * fine, middle, 1)
        self.middle_in = Convolved(middle, look)
        self.down2 = nn.Conv2d(4 * middle, wide, 1)
        self.recalled = nn.Conv2d(shape.told, wide, 1)
        self.place = nn.Parameter(0.02 * torch.randn(wide, PLACES, PLACES))
        self.blocks = nn.ModuleList(Block(wide, shape.head) for _ in range(shape.blocks))
        self.up2 = nn.Conv2d(wide, 4 * middle, 1)
        self.joined2 = nn.Conv2d(2 * middle, middle, 1)
        self.middle_out = nn.ModuleList(Convolved(middle, look) for _ in range(2))
        self.up1 = nn.Conv2d(middle, 4 * fine, 1)
        self.joined1 = nn.Conv2d(2 * fine, fine, 1)
        self.fine_out = nn.ModuleList(Convolved(fine, look) for _ in range(2))
        self.norm = nn.GroupNorm(16, fine)
        self.last = nn.Conv2d(fine, 4 * STEM**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, noised: Tensor, sketch: Tensor, level: Tensor, told: Tensor, look: Tensor) -> Tensor:
        look = F.silu(look + self.time2(F.silu(self.time1(waves(level.float(), look.shape[1]).to(look.dtype)))))
        fine = self.fine_in(self.stem(F.pixel_unshuffle(torch.cat([noised, sketch], 1), STEM)), look)
        middle = self.middle_in(self.down1(F.pixel_unshuffle(fine, 2)), look)
        x = self.down2(F.pixel_unshuffle(middle, 2)) + self.recalled(told) + self.place
        x = x.flatten(2).transpose(1, 2)
        moved = self.moved(look).unflatten(1, (6, self.wide))
        for block in self.blocks:
            x = block(x, moved)
        x = steadied(x).transpose(1, 2).unflatten(2, (PLACES, PLACES))
        middle = self.joined2(torch.cat([middle, F.pixel_shuffle(self.up2(x), 2)], 1))
        for convolved in self.middle_out:
            middle = convolved(middle, look)
        fine = self.joined1(torch.cat([fine, F.pixel_shuffle(self.up1(middle), 2)], 1))
        for convolved in self.fine_out:
            fine = convolved(fine, look)
        made: Tensor = F.pixel_shuffle(self.last(F.silu(self.norm(fine))), STEM)
        return made


class Brush(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.memory = Memory(shape)
        self.flow = Flow(shape)


def waves(level: Tensor, wide: int) -> Tensor:
    """(n) -> (n, wide): cosines and sines of the level at rates from 1 to 100."""
    rates = torch.exp(torch.linspace(0, 4.6, wide // 2, device=level.device))
    angles = level[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1)


class Finish(nn.Module):
    """A painted thing (n, 4, 128, 128) in -1..1 -> (n, 4, 256, 256), its noise taken away and its edges clear."""

    def __init__(self, wide: int = 32, layers: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4 * HALF**2, wide, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv2d(wide, wide, 3, padding=1) for _ in range(layers))
        self.last = nn.Conv2d(wide, 4 * (2 * HALF) ** 2, 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, painted: Tensor) -> Tensor:
        x = self.stem(F.pixel_unshuffle(painted, HALF))
        for layer in self.layers:
            x = x + layer(F.silu(x))
        plain = F.interpolate(painted, scale_factor=2, mode="bilinear")
        return plain + F.pixel_shuffle(self.last(F.silu(x)), 2 * HALF)
