"""What a training of the brush shows of itself: a sheet of samples, and curves of what it logged."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.backends.brush_flow import COLOURS, SIDE, STYLES, levels_of, mixture
from visavis_models.backends.brush_torch import Brush
from visavis_models.training.brush_bank import Drawings, wished

# Names of drawings, some in a colour. The last four were never learned from.
SHEET = (
    "cat", "red automobile", "blue house", "dog", "bicycle", "pizza", "green frog", "sailboat", "rocket", "rose",
    "castle", "green guitar", "purple elephant", "snowman", "smiling-face-with-sunglasses", "owl", "yellow umbrella",
    "locomotive", "birthday-cake", "robot", "bird", "monkey", "telephone", "television",
)  # fmt: skip


@torch.no_grad()  # type: ignore[untyped-decorator]
def painted(brush: Brush, asked: Tensor, draws: torch.Generator, steps: int = 3) -> tuple[Tensor, Tensor]:
    """What the memory sketches, and pictures by Euler's method from noise: (n, 4, 128, 128)."""
    told, look = brush.memory(asked)
    sketch = brush.memory.sketched(told)
    noised = torch.randn(len(asked), 4, SIDE, SIDE, generator=draws, device=asked.device)
    for level, after in pairwise(levels_of(steps)):
        said = brush.flow(noised, sketch, torch.full((len(asked),), level, device=asked.device), told, look)
        near, plan, more = mixture(level)
        clean = near * noised + plan * sketch + more * said
        noised = clean + after / level * (noised - clean)
    return sketch, noised


def sheet(brush: Brush, words: tuple[Tensor, Tensor], drawings: Drawings, device: str) -> NDArray[np.uint8]:
    """SHEET, eight a row: above as sketched, below as painted. On white. words: their mean and scale."""
    numbers = {str(name): number for number, name in reversed(list(enumerate(drawings.names)))}
    asked = [each for each in SHEET if each.split(" ")[-1] in numbers] or list(numbers)[:8]
    rows, colours = [], []
    for each in asked:
        colour, _, name = each.rpartition(" ")
        rows.append(drawings.vectors[drawings.phrases[numbers[name], 0]])
        colours.append(COLOURS.index(colour) if colour else -1)
    vectors = (torch.from_numpy(np.stack(rows)).to(device) - words[0]) / words[1]
    style = torch.full((len(rows),), STYLES.index("noto"), device=device)
    wanted = wished(vectors, style, torch.tensor(colours, device=device))
    both = painted(brush, wanted, torch.Generator(device).manual_seed(1))
    pixels = torch.cat(both, 2).clamp(-1, 1) / 2 + 0.5
    pixels = pixels[:, :3] + 1 - pixels[:, 3:]
    made = (pixels.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    made = np.concatenate([made, np.full((-len(made) % 8, *made.shape[1:]), 255, np.uint8)])
    return np.concatenate([np.concatenate(list(made[n : n + 8]), 1) for n in range(0, len(made), 8)])


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, both = pyplot.subplots(1, 3, figsize=(13, 4))
    titles = {"flow": "flow, weighed", "content": "flow, from noise alone", "sketch": "sketch"}
    for axes, (key, title) in zip(both, titles.items(), strict=True):
        for of, label in (("", "learned from"), ("known", "known"), ("unseen", "unseen")):
            told = [(line["step"], line[key]) for line in lines if key in line and line.get("of", "") == of]
            if told:
                axes.plot(
                    *zip(*told, strict=True), label=label, color=None if of else "0.8", marker="." if of else None
                )
        axes.set(xlabel="step", ylabel=f"mean square: {title}", yscale="log")
        axes.legend()
    figure.tight_layout()
    figure.savefig(work / "curves.png", dpi=100)
    pyplot.close(figure)
