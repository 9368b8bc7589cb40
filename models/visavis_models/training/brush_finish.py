"""The last touch of the brush: painted things at twice the size, without the noise that the flow has left in them.

`python -m visavis_models.training.brush_finish` paints some hundred of the drawings that the brush has learned, shows a
small network each beside the drawing at 256 pixels, and writes finish.npz. On one core of a CPU: ten minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends import brush
from visavis_models.backends.brush_flow import COLOURS, SIDE, STYLES, levels_of
from visavis_models.backends.brush_graph import packed
from visavis_models.backends.brush_torch import Finish
from visavis_models.composer.raster import rendered
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.brush_bank import premultiplied, unpacked
from visavis_models.training.brush_pictures import MARGIN, Drawing, read
from visavis_models.training.brush_tint import tinted

RECOLOURED = 0.3  # of what may have another colour
TESTED = 24  # drawings
CROP, BATCH = 48, 16  # pixels of the painted; crops of a step
EVERY = 50  # steps between figures


def pairs(
    painter: brush.Brush, drawings: Sequence[Drawing], seed: int
) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Each as painted (n, 4, 128, 128) in -1..1, and as drawn (n, 4, 256, 256) straight RGBA."""
    random = np.random.default_rng(seed)
    made, drawn = [], []
    for number, drawing in enumerate(drawings):
        tint = int(random.integers(len(COLOURS))) if drawing.tinted and random.random() < RECOLOURED else -1
        colour = drawing.colour if tint < 0 else tint
        (thing,) = painter.things([(drawing.phrases[0], COLOURS[colour] if colour >= 0 else "")], number).values()
        for level, after in pairwise(levels_of(int(random.integers(2, 4)))):
            clean = painter.step(thing, level, after)
        made.append(clean[0].astype(np.float16))
        inner = 2 * (SIDE - 2 * MARGIN)
        picture = np.zeros((2 * SIDE, 2 * SIDE, 4), np.uint8)
        picture[2 * MARGIN : -2 * MARGIN, 2 * MARGIN : -2 * MARGIN] = rendered(drawing.svg, inner, inner)
        whole = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy())
        drawn.append((whole if tint < 0 else tinted(whole, COLOURS[tint]))[0].numpy())
        if number % 50 == 49:
            print(f"painted {number + 1} of {len(drawings)}", flush=True)
    return np.stack(made), np.stack(drawn)


def loss(made: Tensor, drawn: Tensor) -> Tensor:
    """How far off pixels are, and the steps from each to the next, of which outlines are made."""
    value = F.l1_loss(made, drawn)
    for way in (2, 3):
        value = value + F.l1_loss(made.diff(dim=way), drawn.diff(dim=way))
    return value


def crops(painted: Tensor, drawn: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """BATCH of them, some mirrored."""
    some = []
    for _ in range(BATCH):
        one, y, x = random.integers(len(painted)), *random.integers(0, (SIDE - CROP) // 2 + 1, 2) * 2
        each = painted[one, :, y : y + CROP, x : x + CROP], drawn[one, :, 2 * y :, 2 * x :][:, : 2 * CROP, : 2 * CROP]
        some.append(tuple(part.flip(2) for part in each) if random.random() < 0.5 else each)
    return torch.stack([each[0] for each in some]), torch.stack([each[1] for each in some])


def train(painted: Tensor, drawn: Tensor, steps: int, seed: int = 1, rate: float = 3e-3) -> Finish:
    """painted (n, 4, 128, 128), drawn (n, 4, 256, 256) premultiplied, both in -1..1. The last TESTED only measure."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = Finish()
    optimizer = torch.optim.AdamW(model.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.0)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 30) * min(1, 1.5 * (1 - step / steps))
        some, goal = crops(painted[:-TESTED], drawn[:-TESTED], random)
        value = loss(model(some), goal)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            with torch.no_grad():
                plain = F.interpolate(painted[-TESTED:], scale_factor=2, mode="bilinear")
                figures = loss(model(painted[-TESTED:]), drawn[-TESTED:]), loss(plain, drawn[-TESTED:])
            print(
                f"step {step + 1} loss {value.item():.4f} of others {figures[0]:.4f}, only enlarged {figures[1]:.4f}",
                flush=True,
            )
    return model


def write(model: Finish, path: Path) -> None:
    """As `brush_graph.finishing` reads it."""
    arrays: dict[str, Any] = {"shape.layers": np.array(len(model.layers))}
    for name, value in model.state_dict().items():
        if name.endswith("weight"):
            arrays[f"{name}.whole"], arrays[f"{name}.scale"] = packed(value.numpy())
        else:
            arrays[name] = value.numpy()
    np.savez(path, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"))
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--model", default="out/brush/brush.npz", help="the brush")
    parser.add_argument("--drawings", type=int, default=800)
    parser.add_argument("--steps", type=int, default=1600, help="of learning, after the painting")
    parser.add_argument(
        "--work", type=Path, default=Path("out/brush"), help="where finish.npz goes, and what was painted"
    )
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    kept = given.work / "finish-pairs.npz"
    if not kept.exists() or kept.stat().st_mtime < Path(given.model).stat().st_mtime:
        painter = brush.load(BackendSettings(model=given.model, options={"seed": 1}), Packs(given.packs))
        noto = STYLES.index(brush.Options().style)
        drawings = [each for each in read(given.packages) if each.style == noto and not each.held]
        np.random.default_rng(3).shuffle(drawings)
        made, drawn = pairs(painter, drawings[: given.drawings], 3)
        np.savez(kept, x=made, y=drawn)
    held = np.load(kept)
    painted, drawn = torch.from_numpy(held["x"]).float(), unpacked(premultiplied(torch.from_numpy(held["y"])))
    write(train(painted, drawn, given.steps), given.work / "finish.npz")


if __name__ == "__main__":
    main()
