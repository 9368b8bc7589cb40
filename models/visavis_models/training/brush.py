"""Trains our own painter: `make train-brush ARGS="--device cuda --finish 8"`; run again, it goes on where it was.

What came of it: docs/cards/brush.md; the model: `backends/brush_torch.py`; what it sees: `brush_bank.py`. Counted
first: a thing costs ten thousand million operations with its gradients, of which the memory takes a hundredth; so that
sketches what it knows of three times as many at every step. Matrices are learned by Muon (arXiv:2502.16982), the rest
by AdamW; the rate goes by the clock and comes down to nothing at the end. The work folder holds the weights as they
would be shipped (brush.npz), log.jsonl, curves.png, sheets of samples, and a checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from visavis_models.backends.brush_flow import WORDS, WRONG, mixture
from visavis_models.backends.brush_torch import Brush, Shape
from visavis_models.training import checkpoints
from visavis_models.training.brush_bank import Bank, Drawings, read
from visavis_models.training.brush_pack import pack
from visavis_models.training.brush_samples import curves, sheet
from visavis_models.training.muon import Muon

RESERVE_S = 12.0  # before the end: to measure, to sample and to write


@dataclass(frozen=True)
class Plan:
    seed: int = 10
    batch: int = 320
    wide: int = 1024  # more things, of which only the memory learns
    steps: int = 4000
    rate: float = 1.5e-3  # of AdamW
    matrices: float = 4e-3  # of Muon; 0 leaves the matrices to AdamW, as is quicker on a CPU
    blur: float = 0.25  # of words, at most, whose mean square is 1
    nameless: float = 0.08
    sketch: float = 8.0  # weight of the memory's own loss
    tested: int = 192
    every: int = 200  # steps between measurements; and at least once a minute

    def share_at(self, step: int, done: float) -> float:
        """Of the rates. done: of the run, 0..1."""
        warm = min(1.0, (step + 1) / 60)
        return float(warm * min(1.0, (1 - min(1.0, done)) / 0.7) ** 1.2)


class Learning(nn.Module):
    """The brush, its moving average, which is what is used, and the measure of the words."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.now = Brush(shape)
        self.mean = copy.deepcopy(self.now).requires_grad_(False)
        self.register_buffer("words_mean", torch.zeros(WORDS))
        self.register_buffer("words_scale", torch.ones(()))
        self.register_buffer("seconds", torch.zeros(()))  # of the runs before

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def follow(self, step: int) -> None:
        keep = min(0.995, (1 + step) / (10 + step))
        mean, now = list(self.mean.parameters()), list(self.now.parameters())
        torch._foreach_lerp_(mean, now, 1 - keep)


class Optimizers:
    """Muon for the matrices, AdamW for all else."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        matrices = [each for each in model.parameters() if each.ndim == 2 and min(each.shape) > 8 and plan.matrices]
        chosen = {id(each) for each in matrices}
        rest = [each for each in model.parameters() if id(each) not in chosen]
        self.parts: list[tuple[torch.optim.Optimizer, float]] = [
            (torch.optim.AdamW(rest, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0), plan.rate)
        ]
        if matrices:
            self.parts.append((Muon(matrices, plan.matrices), plan.matrices))

    def step(self, share: float) -> None:
        """share: of the rates."""
        for part, rate in self.parts:
            for group in part.param_groups:
                group["lr"] = rate * share
            part.step()
            part.zero_grad()

    def state_dict(self) -> dict[str, Any]:
        return {str(number): part.state_dict() for number, (part, _) in enumerate(self.parts)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for number, (part, _) in enumerate(self.parts):
            part.load_state_dict(state[str(number)])


class Parts(nn.Module):
    """Both networks in one call, so that all their numbers can be of another precision."""

    def __init__(self, brush: Brush) -> None:
        super().__init__()
        self.brush = brush

    def forward(self, asked: Tensor, noised: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        """What the memory sketches of all that is asked, and what the flow finds lacking in the first ones."""
        told, look = self.brush.memory(asked)
        sketch, some = self.brush.memory.sketched(told), len(noised)
        return sketch, self.brush.flow(noised, sketch[:some].detach(), level, told[:some], look[:some])


def noisiness(size: int, draws: torch.Generator, device: str) -> Tensor:
    """A quarter is noise alone: there it is decided what the picture will be."""
    level = torch.sigmoid(0.8 + 1.4 * torch.randn(size, generator=draws, device=device))
    return torch.where(torch.arange(size, device=device) < size // 4, 1.0, level)


def losses(
    brush: Brush, asked: Tensor, picture: Tensor, flowing: int, draws: torch.Generator, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Of the flow, 1 where it says nothing and sketches are as far off as WRONG; what it comes to where it begins with
    noise alone, and of the sketch, as mean squares of pixels in -1..1. flowing: of the first so many."""
    clean = picture[:flowing]
    noise = torch.randn(clean.shape, generator=draws, device=clean.device)
    level = noisiness(flowing, draws, str(clean.device))
    some = level[:, None, None, None]
    noised = (1 - some) * clean + some * noise
    parts = Parts(brush)
    numbers = {name: value.to(dtype) for name, value in parts.named_parameters()}
    sketch, said = functional_call(parts, numbers, (asked.to(dtype), noised.to(dtype), level))
    sketch, said = sketch.float(), said.float()
    near, plan, more = mixture(some)
    lacking = (clean - near * noised - plan * sketch[:flowing].detach()) / more
    wrong = (said - lacking).square().mean((1, 2, 3))
    content = wrong[: flowing // 4].mean() * WRONG**2
    return wrong.mean(), content, F.mse_loss(sketch, picture)


def train(
    plan: Plan,
    drawings: Drawings,
    work: Path,
    device: str = "cpu",
    shape: Shape = Shape(),  # noqa: B008
    minutes: float = math.inf,
    finish: float = math.inf,
    since: float | None = None,
    keep: float = 5.0,
) -> None:
    """Blocking. minutes: of work in this call; then it keeps a checkpoint and returns. finish: minutes within which the
    run comes to its end, its rate going down as if these were all its steps, counted from `since` (seconds of the
    epoch; now). keep: minutes between checkpoints, inf: none."""
    began = time.time() if since is None else since
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model = Learning(shape)
    model.words_mean.copy_(torch.from_numpy(drawings.vectors.mean(0)))
    model.words_scale.copy_(torch.tensor(float((drawings.vectors - drawings.vectors.mean(0)).std())))
    model.to(device)
    words = model.words_mean.cpu().numpy(), float(model.words_scale)
    bank, unseen = Bank(drawings, *words, device), Bank(drawings, *words, device, held=True)
    optimizers = Optimizers(model.now, plan)
    first = checkpoints.resumed(work, plan, model, optimizers)
    before = float(model.seconds)
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    tests = {
        name: each.batch(plan.tested, torch.Generator(device).manual_seed(1), 0.0)
        for name, each in (("known", bank), ("unseen", unseen))
        if len(each.shares)
    }

    def note(**figures: Any) -> None:
        with (work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    note(
        drawings=len(drawings.names), held_out=int(drawings.held.sum()), pictures=len(bank.pictures), device=device,
        parameters=sum(map(torch.numel, model.now.parameters())), setup=round(time.time() - began, 1),
    )  # fmt: skip
    running: list[Tensor] = []
    kept = measured = time.time()
    length = finish * 60 - RESERVE_S
    for step in range(first, plan.steps):
        draws = torch.Generator(device).manual_seed(plan.seed * 10**6 + step)
        spent = before + time.time() - began
        done = max(step / plan.steps, spent / max(length, 1e-6))
        batch = bank.batch(plan.batch + plan.wide, draws, plan.blur, plan.nameless)
        flow, content, sketch = losses(model.now, batch.asked, batch.picture, plan.batch, draws, dtype)
        (flow + plan.sketch * sketch).backward()
        torch.nn.utils.clip_grad_norm_(model.now.parameters(), 1.0)
        optimizers.step(plan.share_at(step, done))
        model.follow(step)
        running.append(torch.stack([flow.detach(), content.detach(), sketch.detach()]))
        if (step + 1) % 20 == 0:
            values = [round(each, 5) for each in torch.stack(running).mean(0).tolist()]
            running.clear()
            note(
                step=step + 1, **dict(zip(("flow", "content", "sketch"), values, strict=True)),
                minutes=round(spent / 60, 2), rate=round(plan.share_at(step, done), 3),
            )  # fmt: skip
        spent = before + time.time() - began
        over = spent >= length or step + 1 == plan.steps
        stopped = over or spent - before >= minutes * 60
        if (step + 1) % plan.every == 0 or time.time() - measured > 55 or stopped:
            measured = time.time()
            pack(model.mean, model, shape, drawings, work)
            for name, test in tests.items():
                with torch.no_grad():
                    draws = torch.Generator(device).manual_seed(1)
                    found = losses(model.mean, test.asked, test.picture, plan.tested, draws, dtype)
                values = [round(each.item(), 5) for each in found]
                note(step=step + 1, of=name, **dict(zip(("flow", "content", "sketch"), values, strict=True)))
            pixels = sheet(model.mean, (model.words_mean, model.words_scale), drawings, device)
            cv2.imwrite(str(work / f"sheet-{step + 1:05d}.webp"), pixels[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 80])
        if stopped or time.time() - kept > keep * 60:
            kept = time.time()
            model.seconds.fill_(spent)
            if math.isfinite(keep):
                checkpoints.keep(work, plan, model, optimizers, step + 1)
        if stopped:
            break
    if device.startswith("cuda"):
        note(memory_gb=round(torch.cuda.max_memory_reserved() / 2**30, 2))
    curves(work)


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--bank", type=Path, default=Path("out/brush-bank"), help="drawings, as `brush_bank` writes them"
    )
    parser.add_argument("--work", type=Path, default=Path("out/brush"), help="weights, figures and checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; run again to go on")
    parser.add_argument("--finish", type=float, default=math.inf, help="minutes in which to come to the end of the run")
    parser.add_argument("--since", type=float, help="when these minutes began, as `date +%%s` says it; now")
    parser.add_argument("--keep", type=float, default=5.0, help="minutes between checkpoints; inf: none")
    parser.add_argument("--drawings", type=int, default=0, help="only so many of them, for trying")
    for values in (Plan(), Shape()):
        for name, value in asdict(values).items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    shape = replace(Shape(), **{name: getattr(given, name) for name in asdict(Shape())})
    since = given.since or time.time()
    print(f"{given.device}, torch {torch.__version__}, after {time.time() - since:.1f} s", flush=True)
    torch.set_num_threads(given.threads)
    torch.set_float32_matmul_precision("high")
    drawings = read(given.bank)
    if given.drawings:
        drawings = drawings.some(given.drawings)
    print(f"{len(drawings.names)} drawings, after {time.time() - since:.1f} s", flush=True)
    train(plan, drawings, given.work, given.device, shape, given.minutes, given.finish, since, given.keep)


if __name__ == "__main__":
    main()
