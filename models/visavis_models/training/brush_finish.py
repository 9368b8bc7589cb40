"""The brush's second training: from latents to clean pixels; after `brush.py`, in its folder.

The canvas is made at 128 pixels, halved, and kept as latents; `Finish` learns to get the 128 back, also from latents
that are noisy or washed out as painted ones are. The loss is the mean absolute error of the pixels and of their
differences, which keeps edges.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.training import checkpoints
from visavis_models.training.brush_model import LATENT, Finish, Patches
from visavis_models.training.brush_pictures import NoPictures, kept, read
from visavis_models.training.brush_scenes import Scenes


@dataclass(frozen=True)
class Plan:
    seed: int = 11
    steps: int = 2500
    batch: int = 8
    rate: float = 2e-3
    noise: float = 0.3  # at most, of latents whose mean square is 1
    every: int = 250

    def rate_at(self, step: int, done: float) -> float:
        return self.rate * min(1.0, (step + 1) / 50) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))))


class Finishing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.canvas = Patches(3, LATENT)
        self.finish = Finish().to(memory_format=torch.channels_last)

    def forward(self, latents: Tensor) -> Tensor:
        with torch.no_grad():
            plain = self.canvas.picture(latents)
        made: Tensor = self.finish(latents.contiguous(memory_format=torch.channels_last), plain)
        return made


def loss(made: Tensor, goal: Tensor) -> Tensor:
    """Of pixels, and of the steps between neighbours."""
    wrong = made - goal
    return wrong.abs().mean() + (wrong.diff(dim=2).abs().mean() + wrong.diff(dim=3).abs().mean())


def washed(latents: Tensor, most: float, draws: torch.Generator) -> Tensor:
    """Noisy to a degree; a third of them blurred among neighbouring patches as well."""
    size = len(latents)
    some = torch.rand(2, size, 1, 1, 1, generator=draws)
    blurred = F.avg_pool2d(latents, 3, 1, 1, count_include_pad=False)
    share = (some[0] - 0.67).clamp(min=0)
    return latents + share * (blurred - latents) + some[1] * most * torch.randn(latents.shape, generator=draws)


def train(plan: Plan, packages: Path, work: Path, cache: Path, threads: int, finish: float = math.inf) -> None:
    """Blocking. finish: as in `brush.train`."""
    began = time.monotonic()
    torch.set_num_threads(threads)
    drawings = read(packages)
    nothing = {phrase: np.zeros(384, np.float32) for drawing in drawings for phrase in drawing.phrases}
    scenes = Scenes(drawings, kept(drawings, cache), nothing)
    torch.manual_seed(plan.seed)
    model = Finishing()
    learned: dict[str, Any] = torch.load(work / checkpoints.NAME, weights_only=True)["model"]
    model.canvas.load_state_dict({k.removeprefix("mean.canvas."): v for k, v in learned.items() if "mean.canvas." in k})
    work = work / "finish"
    work.mkdir(exist_ok=True)
    optimizer = torch.optim.AdamW(model.finish.parameters(), lr=plan.rate, weight_decay=0.0)
    first = checkpoints.resumed(work, plan, model, optimizer)
    losses: list[float] = []
    for step in range(first, plan.steps):
        random, draws = (
            np.random.default_rng((plan.seed, step)),
            torch.Generator().manual_seed(plan.seed * 10**6 + step),
        )
        done = max(step / plan.steps, (time.monotonic() - began) / 60 / finish)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step, done)
        with torch.no_grad():
            batch = scenes.batch(plan.batch, random, 0)
            goal = batch.canvas(batch.thing)
            latents = washed(model.canvas.code(F.avg_pool2d(goal, 2)), plan.noise, draws)
        value = loss(model(latents), goal)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.finish.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value.item())
        over = done >= 1 or step + 1 == plan.steps
        if (step + 1) % 50 == 0 or over:
            figures = {"step": step + 1, "loss": round(sum(losses[-50:]) / len(losses[-50:]), 5)}
            with (work / "log.jsonl").open("a") as log:
                log.write(json.dumps(figures) + "\n")
            print(figures, flush=True)
        if (step + 1) % plan.every == 0 or over:
            checkpoints.keep(work, plan, model, optimizer, step + 1)
        if over:
            return


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"), help="the drawings")
    parser.add_argument("--work", type=Path, default=Path("out/brush"), help="where `brush` has been trained")
    parser.add_argument("--cache", type=Path, default=Path("out/brush-cache"), help="the drawings as pixels")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--finish", type=float, default=math.inf, help="minutes in which to come to the end of the run")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    try:
        train(plan, given.packages, given.work, given.cache, given.threads, given.finish)
    except NoPictures as missing:
        raise SystemExit(str(missing)) from None


if __name__ == "__main__":
    main()
