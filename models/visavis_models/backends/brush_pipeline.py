"""The brush as a pipeline of `diffusers`: the same weights in the format of every big model.

`python -m visavis_models.backends.brush_pipeline FOLDER` writes such a folder from the pack; `models.painter.backend =
"diffusers"` with that folder as `model` paints with it, on any device that torch has. One thing a picture, on white:
scenes are what `backends/brush.py` plans.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler, ModelMixin
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.pipelines.pipeline_utils import ImagePipelineOutput
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends import minilm
from visavis_models.backends.brush import STEPS, Options, nearer
from visavis_models.backends.brush_flow import SIDE, STYLES, WORDS, levels_of, mixture
from visavis_models.backends.brush_graph import Weights
from visavis_models.backends.brush_torch import ASKED, Brush, Finish, Shape
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

NOTO = WORDS + STYLES.index(Options().style)  # where that style stands in what the memory is asked
SHAPE = Shape()


class BrushParts(ModelMixin, ConfigMixin):
    """All networks, the measure of the words, and the names that were learned."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, names: int, memory: int = SHAPE.memory, recalls: int = SHAPE.recalls, told: int = SHAPE.told,
        look: int = SHAPE.look, fine: int = SHAPE.fine, middle: int = SHAPE.middle, coarse: int = SHAPE.coarse,
        head: int = SHAPE.head, blocks: int = SHAPE.blocks,
    ) -> None:  # fmt: skip
        super().__init__()
        self.brush = Brush(Shape(memory, recalls, told, look, fine, middle, coarse, head, blocks))
        self.finish = Finish()
        self.register_buffer("known", torch.zeros(names, WORDS))
        self.register_buffer("words_mean", torch.zeros(WORDS))
        self.register_buffer("words_scale", torch.ones(()))

    def asked(self, vectors: Tensor) -> Tensor:
        """(n, WORDS) of MiniLM -> what the memory is asked: no colour."""
        asked = F.pad((vectors - self.words_mean) / self.words_scale, (0, ASKED - WORDS))
        asked[:, NOTO] = 1
        return asked


class BrushPipeline(DiffusionPipeline):
    def __init__(self, parts: BrushParts, scheduler: FlowMatchEulerDiscreteScheduler) -> None:
        super().__init__()
        self.register_modules(parts=parts, scheduler=scheduler)
        self._embedder = minilm.load(BackendSettings(), Packs(ModelSettings().packs))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def __call__(
        self,
        prompt: str,
        num_inference_steps: int = STEPS,
        generator: torch.Generator | None = None,
        output_type: str = "np",
        callback_on_step_end: Any = None,
    ) -> ImagePipelineOutput:
        device, dtype = self._execution_device, self.parts.dtype
        known = self.parts.known.float().cpu().numpy()
        vectors = nearer(self._embedder.embed([prompt]), known, Options().known)
        brush = self.parts.brush
        told, look = brush.memory(self.parts.asked(torch.from_numpy(vectors).to(device, dtype)))
        sketch = brush.memory.sketched(told)
        latents = torch.randn((1, 4, SIDE, SIDE), generator=generator, dtype=torch.float32).to(device, dtype)
        self.scheduler.set_timesteps(sigmas=levels_of(num_inference_steps)[:-1], device=device)
        for step, time in enumerate(self.scheduler.timesteps):
            level = float(time) / self.scheduler.config.num_train_timesteps
            near, plan, more = mixture(level)
            said = brush.flow(latents, sketch, torch.tensor([level], device=device), told, look)
            clean = near * latents + plan * sketch + more * said
            latents = self.scheduler.step((latents - clean) / level, time, latents).prev_sample
            if callback_on_step_end is not None:
                callback_on_step_end(self, step, time, {"latents": latents})
        made = (self.parts.finish(latents) / 2 + 0.5).clamp(0, 1)
        made = (made[:, :3] + 1 - made[:, 3:]).clamp(0, 1).permute(0, 2, 3, 1).float().cpu().numpy()
        if output_type == "np":
            return ImagePipelineOutput(images=made)
        return ImagePipelineOutput(images=self.numpy_to_pil(made))


def pipeline(weights: Weights, finish: Weights) -> BrushPipeline:
    """The packed weights as torch modules."""
    state = {name: torch.from_numpy(np.array(each)) for name, each in weights.whole().items()}
    own = {
        "known": state.pop("known.weight"),
        **{f"words_{kind}": state.pop(f"words_{kind}") for kind in ("mean", "scale")},
    }
    shape = {name: weights.number(name) for name in Shape.__dataclass_fields__}
    parts = BrushParts(len(own["known"]), **shape)
    last = {f"finish.{name}": torch.from_numpy(np.array(each)) for name, each in finish.whole().items()}
    parts.load_state_dict({**own, **last, **{f"brush.{name}": value for name, value in state.items()}})
    return BrushPipeline(parts.eval(), FlowMatchEulerDiscreteScheduler())


def main() -> None:
    packs = Packs(ModelSettings().packs)
    weights, finish = (Weights(dict(np.load(packs.file("brush", name)))) for name in ("brush.npz", "finish.npz"))
    pipeline(weights, finish).save_pretrained(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
