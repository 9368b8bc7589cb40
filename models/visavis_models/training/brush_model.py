"""The brush: words to a sketch of a thing, sketches placed on a canvas, a flow that turns the canvas into a picture.

A canvas is cut into patches of 4 x 4 pixels; a patch is kept as 16 numbers, its first principal components ("latents"),
so that a canvas of 64 x 64 pixels is (16, 16, 16). `Sketch` says from MiniLM's vector of a phrase what the thing looks
like on the mean, as coloured patches with transparency and some free channels; it costs nearly nothing, and it is where
most of what the brush knows is kept. The U-Net, a plain `diffusers.UNet2DModel`, learns the velocity of rectified flow
(arXiv:2209.03003) given the canvas: it sees things only where they are placed, so it paints canvases of any size.
`Finish` makes pixels of latents, twice as many a side as the canvas has.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.brush_pipeline import finishing
from visavis_models.training.brush_pictures import COLOURS, STYLES

PATCH = 4
CELLS = 16  # patches a side of a canvas learned from
CANVAS = PATCH * CELLS
LATENT = 16
THING = 20  # components of a patch with transparency
FREE = 8  # channels of a sketch that mean what the U-Net makes of them
WORDS = 384
WRONG = (0.06, 0.7)  # of latents with mean square 1, how far off a canvas is: its backdrop, and where things are
ASKED = WORDS + len(STYLES) + len(COLOURS)  # what a sketch is made from


@dataclass(frozen=True)
class Shape:
    hidden: int = 1024
    narrow: int = 768
    channels: tuple[int, ...] = (64, 128, 192)
    heads: int = 32  # channels of an attention head


def patches(picture: Tensor) -> Tensor:
    """(n, c, h, w) -> (n, c * 16, h / 4, w / 4)."""
    return F.pixel_unshuffle(picture, PATCH)


class Patches(nn.Module):
    """Pictures as principal components of their patches. Buffers: mean (d), basis (k, d) orthonormal, scale (k)."""

    def __init__(self, channels: int, kept: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels * PATCH**2))
        self.register_buffer("basis", torch.eye(kept, channels * PATCH**2))
        self.register_buffer("scale", torch.ones(kept))

    def learn(self, pictures: Tensor, power: float) -> float:
        """power 0 keeps the components' sizes (their mean square 1), 1 makes all alike. Returns the part of the
        variance that is kept."""
        rows = patches(pictures).permute(0, 2, 3, 1).flatten(0, 2)
        self.mean.copy_(rows.mean(0))
        values, vectors = torch.linalg.eigh(torch.cov((rows - self.mean).T.double()))
        kept = len(self.scale)
        self.basis.copy_(vectors.flip(1)[:, :kept].T)
        spread = values.flip(0)[:kept].clamp(min=1e-8).sqrt().float()
        scale = spread**power
        self.scale.copy_(scale * (spread / scale).square().mean().sqrt())
        return float(spread.square().sum() / values.sum())

    def code(self, pictures: Tensor) -> Tensor:
        rows = patches(pictures) - self.mean[:, None, None]
        return F.conv2d(rows, (self.basis / self.scale[:, None])[..., None, None])

    def picture(self, codes: Tensor) -> Tensor:
        rows = F.conv2d(codes, (self.basis * self.scale[:, None]).T[..., None, None], self.mean)
        return F.pixel_shuffle(rows, PATCH)


class Sketch(nn.Module):
    """(n, ASKED) -> codes of a thing (n, THING, 16, 16), free channels (n, FREE, 16, 16)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(ASKED, shape.hidden), nn.SiLU(), nn.Linear(shape.hidden, shape.hidden), nn.SiLU(),
            nn.Linear(shape.hidden, shape.narrow), nn.SiLU(), nn.Linear(shape.narrow, (THING + FREE) * CELLS**2),
        )  # fmt: skip

    def forward(self, asked: Tensor) -> tuple[Tensor, Tensor]:
        made = self.layers(asked).unflatten(1, (THING + FREE, CELLS, CELLS))
        return made[:, :THING], made[:, THING:]


def unet(shape: Shape) -> UNet2DModel:
    """Sees the noised latents, the canvas's latents and its free channels."""
    down, up = "DownBlock2D", "UpBlock2D"
    model = UNet2DModel(
        sample_size=CELLS, in_channels=2 * LATENT + FREE, out_channels=LATENT, layers_per_block=1, norm_num_groups=16,
        block_out_channels=shape.channels, attention_head_dim=shape.heads,
        down_block_types=(*[down] * (len(shape.channels) - 1), "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", *[up] * (len(shape.channels) - 1)),
    )  # fmt: skip
    return model.to(memory_format=torch.channels_last)


class Finish(nn.Module):
    """Latents (n, 16, h, w) -> pictures in 0..1, (n, 3, 8 h, 8 w): sharp edges, twice the canvas's pixels."""

    def __init__(self, wide: tuple[int, int, int] = (64, 48, 24)) -> None:
        super().__init__()
        self.coarse, self.fine = finishing(LATENT, wide)

    def forward(self, latents: Tensor, plain: Tensor) -> Tensor:
        """plain: (n, 3, 4 h, 4 w), what the components alone make of the latents; learned is what lacks in it."""
        more: Tensor = self.fine(self.coarse(latents))
        return F.interpolate(plain, scale_factor=2, mode="bilinear") + more


class Brush(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.things = Patches(4, THING)
        self.canvas = Patches(3, LATENT)
        self.sketch = Sketch(shape)
        self.unet = unet(shape)


def doubt(opacity: Tensor) -> Tensor:
    """How far off a canvas is in its patches, (n, 1, h / 4, w / 4). opacity: of all things on it, (n, 1, h, w)."""
    here = F.max_pool2d((F.max_pool2d(opacity, PATCH) > 0.1).float(), 3, 1, 1)
    return WRONG[0] + (WRONG[1] - WRONG[0]) * here


def mixture(level: Tensor, wrong: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How much of noised latents and of the canvas the painted latents are, and how much of what the U-Net says.

    The best guess of two: the canvas, off by `wrong`, and the noised latents. The U-Net says what is wrong with it,
    in its own spread (preconditioning, arXiv:2206.00364). level: 1 is noise, 0 the picture."""
    both = wrong**2 * (1 - level) ** 2 + level**2
    return wrong**2 * (1 - level) / both, level**2 / both, wrong * level / both.sqrt()


def warped(layers: Tensor, where: Tensor, side: int) -> Tensor:
    """Layers (n, c, h, h) placed on canvases (n, c, side, side), nothing around them.

    where: (n, 4): scale (1 fills the canvas), flip (1 or -1), centre x and y in -1..1 of the canvas."""
    theta = torch.zeros(len(layers), 2, 3)
    theta[:, 0, 0] = where[:, 1] / where[:, 0]
    theta[:, 1, 1] = 1 / where[:, 0]
    theta[:, 0, 2] = -where[:, 2] * where[:, 1] / where[:, 0]
    theta[:, 1, 2] = -where[:, 3] / where[:, 0]
    grid = F.affine_grid(theta, [len(layers), layers.shape[1], side, side], align_corners=False)
    return F.grid_sample(layers, grid, padding_mode="zeros", align_corners=False)


def over(canvas: Tensor, layer: Tensor) -> Tensor:
    """layer: (n, 4, h, w), premultiplied, painted on canvas (n, 3, h, w)."""
    return layer[:, :3] + (1 - layer[:, 3:]) * canvas
