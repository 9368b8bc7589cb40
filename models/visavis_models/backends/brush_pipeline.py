"""The brush as a pipeline of `diffusers`: the same weights in the format of every big model.

`python -m visavis_models.backends.brush_pipeline FOLDER` writes such a folder from the pack; `models.painter.backend =
"diffusers"` with that folder as `model` paints with it, on any device that torch has. One thing a picture, on white:
scenes are what `backends/brush.py` plans.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler, ModelMixin, UNet2DModel
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.pipelines.pipeline_utils import ImagePipelineOutput
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends import minilm
from visavis_models.backends.brush_canvas import CELLS, PATCH, WRONG, mixture
from visavis_models.backends.brush_graph import Weights
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings


def finishing(latents: int, wide: tuple[int, int, int]) -> tuple[nn.Sequential, nn.Sequential]:
    """The layers that make pixels of latents: (n, latents, h, w) -> (n, 3, 8 h, 8 w), in two halves. Learned in
    `training/brush_model.py`."""
    first, second, third = wide
    coarse = nn.Sequential(
        nn.Conv2d(latents, first, 3, padding=1), nn.SiLU(), nn.Conv2d(first, first, 3, padding=1), nn.SiLU(),
        nn.Conv2d(first, second * 4, 3, padding=1), nn.PixelShuffle(2), nn.SiLU(),
    )  # fmt: skip
    fine = nn.Sequential(
        nn.Conv2d(second, second, 3, padding=1), nn.SiLU(),
        nn.Conv2d(second, third * 4, 3, padding=1), nn.PixelShuffle(2), nn.SiLU(),
        nn.Conv2d(third, third, 3, padding=1), nn.SiLU(), nn.Conv2d(third, 12, 3, padding=1), nn.PixelShuffle(2),
    )  # fmt: skip
    return coarse, fine


class BrushParts(ModelMixin, ConfigMixin):
    """All but the U-Net: the sketch, the patches, and what makes pixels."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, sketch_widths: tuple[int, ...], finish_widths: tuple[int, ...], thing_codes: int, latents: int, words: int
    ) -> None:
        """The names of arguments become the configuration's, and may not be those of modules."""
        super().__init__()
        layers: list[nn.Module] = []
        for wide, next_ in pairwise(sketch_widths):
            layers += [nn.Linear(wide, next_), nn.SiLU()]
        self.sketch = nn.Sequential(*layers[:-1])
        self.coarse, self.fine = finishing(latents, (finish_widths[0], finish_widths[1], finish_widths[2]))
        for name, kept, channels in (("things", thing_codes, 4), ("canvas", latents, 3)):
            self.register_buffer(f"{name}_mean", torch.zeros(channels * PATCH**2))
            self.register_buffer(f"{name}_basis", torch.zeros(kept, channels * PATCH**2))
            self.register_buffer(f"{name}_scale", torch.ones(kept))
        self.register_buffer("words_mean", torch.zeros(words))
        self.register_buffer("words_scale", torch.ones(()))

    def code(self, picture: Tensor) -> Tensor:
        rows = F.pixel_unshuffle(picture, PATCH) - self.canvas_mean[:, None, None]
        return F.conv2d(rows, (self.canvas_basis / self.canvas_scale[:, None])[..., None, None])

    def picture(self, codes: Tensor, which: str = "canvas") -> Tensor:
        basis = getattr(self, f"{which}_basis") * getattr(self, f"{which}_scale")[:, None]
        return F.pixel_shuffle(F.conv2d(codes, basis.T[..., None, None], getattr(self, f"{which}_mean")), PATCH)

    def given(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """(n, words) of MiniLM -> what the U-Net sees of a thing that fills a white canvas, and where the thing is."""
        asked = F.pad(
            (vectors - self.words_mean) / self.words_scale, (0, self.sketch[0].in_features - vectors.shape[1])
        )
        made = self.sketch(asked).unflatten(1, (-1, CELLS, CELLS))
        kept = len(self.things_scale)
        looks = self.picture(made[:, :kept], "things").clamp(0, 1)
        here = F.max_pool2d((F.max_pool2d(looks[:, 3:], PATCH) > 0.1).to(looks.dtype), 3, 1, 1)
        return torch.cat([self.code(looks[:, :3] + 1 - looks[:, 3:]), made[:, kept:]], 1), here

    def pixels(self, latents: Tensor) -> Tensor:
        plain = F.interpolate(self.picture(latents), scale_factor=2, mode="bilinear")
        return (plain + self.fine(self.coarse(latents))).clamp(0, 1)


class BrushPipeline(DiffusionPipeline):
    def __init__(self, unet: UNet2DModel, parts: BrushParts, scheduler: FlowMatchEulerDiscreteScheduler) -> None:
        super().__init__()
        self.register_modules(unet=unet, parts=parts, scheduler=scheduler)
        self._embedder = minilm.load(BackendSettings(), Packs(ModelSettings().packs))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def __call__(
        self,
        prompt: str,
        num_inference_steps: int = 8,
        generator: torch.Generator | None = None,
        output_type: str = "np",
        callback_on_step_end: Any = None,
    ) -> ImagePipelineOutput:
        device, dtype = self._execution_device, self.unet.dtype
        given, here = self.parts.given(torch.from_numpy(self._embedder.embed([prompt])).to(device, dtype))
        wrong = (WRONG[0] + (WRONG[1] - WRONG[0]) * here).float().cpu().numpy()
        kept = self.unet.config.out_channels
        noise = torch.randn((1, kept, CELLS, CELLS), generator=generator, dtype=torch.float32)
        latents = noise.to(device, dtype)
        sigmas = np.linspace(1.0, 1 / num_inference_steps, num_inference_steps)
        self.scheduler.set_timesteps(sigmas=sigmas.tolist(), device=device)
        for step, time in enumerate(self.scheduler.timesteps):
            level = float(time) / self.scheduler.config.num_train_timesteps
            near, plan, more = (torch.from_numpy(each).to(latents) for each in mixture(level, wrong))
            said = self.unet(torch.cat([latents, given], 1), time).sample
            clean = near * latents + plan * given[:, :kept] + more * said
            latents = self.scheduler.step((latents - clean) / level, time, latents).prev_sample
            if callback_on_step_end is not None:
                callback_on_step_end(self, step, time, {"latents": latents})
        made = self.parts.pixels(latents).permute(0, 2, 3, 1).float().cpu().numpy()
        if output_type == "np":
            return ImagePipelineOutput(images=made)
        return ImagePipelineOutput(images=self.numpy_to_pil(made))


def pipeline(weights: Weights) -> BrushPipeline:
    """The packed weights as torch modules."""
    state = {name: torch.from_numpy(np.array(each)) for name, each in weights.whole().items() if "known" not in name}
    numbers = sorted(
        int(name.split(".")[2]) for name in state if name.startswith("sketch.") and name.endswith("weight")
    )
    layers = [state[f"sketch.layers.{number}.weight"] for number in numbers]
    finish = [len(state[f"finish.{name}.weight"]) for name in ("coarse.0", "fine.0", "fine.5")]
    parts = BrushParts(
        (layers[0].shape[1], *(len(layer) for layer in layers)), tuple(finish),
        len(state["things.scale"]), len(state["canvas.scale"]), len(state["words_mean"]),
    )  # fmt: skip
    unet = unet_of(weights, state["unet.conv_in.weight"].shape[1], len(state["canvas.scale"]))
    unet.load_state_dict({name[5:]: state.pop(name) for name in list(state) if name.startswith("unet.")})
    parts.load_state_dict({_renamed(name): value for name, value in state.items()})
    return BrushPipeline(unet.eval(), parts.eval(), FlowMatchEulerDiscreteScheduler())


def _renamed(name: str) -> str:
    for old, new in (("sketch.layers.", "sketch."), ("finish.", ""), ("things.", "things_"), ("canvas.", "canvas_")):
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def unet_of(weights: Weights, inputs: int, latents: int) -> UNet2DModel:
    more = len(weights.channels) - 1
    return UNet2DModel(
        sample_size=CELLS, in_channels=inputs, out_channels=latents, layers_per_block=1, norm_num_groups=16,
        block_out_channels=weights.channels, attention_head_dim=weights.heads,
        down_block_types=(*["DownBlock2D"] * more, "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", *["UpBlock2D"] * more),
    )  # fmt: skip


def main() -> None:
    weights = Weights(dict(np.load(Packs(ModelSettings().packs).file("brush", "brush.npz"))))
    pipeline(weights).save_pretrained(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
