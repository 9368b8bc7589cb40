"""Trains our own painter: `make train-brush ARGS="--packages FOLDER/node_modules"`, on a CPU; run again, it goes on.

What came of it: docs/cards/brush.md; the model: `brush_model.py`; what it sees: `brush_scenes.py`. Counted first: a
core makes some 40 thousand million operations a second. A sketch costs 40 million with its gradients, the U-Net two
thousand million: the sketch is learned alone at first, and then both together, some 30 canvases a second. The work
folder holds the checkpoint, log.jsonl, curves.png and a sheet of samples of every checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training import checkpoints
from visavis_models.training.brush_model import CANVAS, CELLS, LATENT, PATCH, Brush, Shape, doubt, mixture, warped
from visavis_models.training.brush_pictures import COLOURS, Drawing, NoPictures, kept, read
from visavis_models.training.brush_scenes import BACKS, Batch, Scenes, backdrop, shrunk, wished

# One thing a row, or two side by side: phrase, colour, style. The last eight are things held out.
SHEET = (
    "cat", "red car", "blue house", "tree", "sun", "pizza", "green frog", "sailboat", "rocket", "rose", "dog + cat",
    "apple + banana", "purple elephant", "snowman", "guitar", "smiling face with sunglasses", "castle", "bicycle",
    "dragon", "pink umbrella", "train + house", "owl", "yellow butterfly", "birthday cake",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    seed: int = 10
    alone: int = 1260  # steps in which only the sketch learns
    wide: int = 384  # things that it learns of at every step
    steps: int = 5000  # in which both learn
    batch: int = 8
    rate: float = 1.2e-3
    blur: float = 0.3
    measured: int = 1024  # canvases from which the components of patches are learned
    tested: int = 96  # canvases
    every: int = 180  # steps between checkpoints

    def rate_at(self, step: int, done: float) -> float:
        """done: of the steps after `alone`, 0..1."""
        warm = min(1.0, (step % max(self.alone, 1) + 1) / 100) if step <= self.alone + 100 else 1.0
        return self.rate * warm * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))))


Words = dict[str, NDArray[np.float32]]  # phrase -> vector


class Learning(nn.Module):
    """The brush and its moving average, which is what is used at the end; and the measure of the words."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.now = Brush(shape)
        self.mean = copy.deepcopy(self.now).requires_grad_(False)
        self.register_buffer("words_mean", torch.zeros(384))
        self.register_buffer("words_scale", torch.ones(()))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def follow(self, step: int) -> None:
        keep = min(0.995, (1 + step) / (10 + step))
        mean, now = list(self.mean.parameters()), list(self.now.parameters())
        torch._foreach_lerp_(mean, now, 1 - keep)


def described(drawings: Sequence[Drawing], packs: Packs, cache: Path) -> Words:
    """MiniLM's vectors of all phrases, as they come; kept."""
    from visavis_models.backends.minilm import load

    wanted = sorted({phrase for drawing in drawings for phrase in drawing.phrases} | {p for p, *_ in _asked(SHEET)})
    path = cache / "vectors.npz"
    if path.exists() and list((held := np.load(path))["phrases"]) == wanted:
        vectors = held["vectors"]
    else:
        vectors = load(BackendSettings(), packs).embed(wanted)
        np.savez(path, phrases=np.array(wanted), vectors=vectors)
    return dict(zip(wanted, vectors, strict=True))


def sketched(brush: Brush, batch: Batch) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """What the U-Net is given (n, 16 + FREE, 16, 16), how far off it is, and the codes of both layers as sketched."""
    codes, free = zip(*(brush.sketch(asked) for asked in batch.asked), strict=True)
    with torch.no_grad():
        layers = [brush.things.picture(code) for code in codes]
        canvas = brush.canvas.code(batch.canvas(layers))
        cover = F.avg_pool2d(warped(layers[1][:, 3:], batch.where[1], CANVAS), CANVAS // CELLS)
        cover = cover * batch.here[1][:, None, None, None]
    laid = [warped(each, where, CELLS) for each, where in zip(free, batch.where, strict=True)]
    here = batch.here[1][:, None, None, None]
    given = torch.cat([canvas, laid[0] * (1 - cover) + laid[1] * here], 1)
    return given, doubt(batch.opacity([*layers, *batch.thing], canvas.shape[-1] * PATCH)), (codes[0], codes[1])


def loss(brush: Brush, batch: Batch, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of what the U-Net says, 1 where it says nothing; and of the sketches."""
    given, wrong, codes = sketched(brush, batch)
    with torch.no_grad():
        goals = brush.things.code(torch.cat(batch.thing))
        clean = brush.canvas.code(batch.canvas(batch.thing))
        noise = torch.randn(clean.shape, generator=draws)
        level = torch.sigmoid(torch.randn(len(clean), generator=draws))
        some = level[:, None, None, None]
        noised = (1 - some) * clean + some * noise
        near, plan, more = mixture(some, wrong)
        lacking = (clean - near * noised - plan * given[:, :LATENT]) / more
    seen = torch.cat([noised, given], 1).contiguous(memory_format=torch.channels_last)
    said = brush.unet(seen, level * 1000).sample
    return F.mse_loss(said, lacking), F.mse_loss(torch.cat(codes), goals)


@torch.no_grad()  # type: ignore[untyped-decorator]
def painted(brush: Brush, given: Tensor, wrong: Tensor, draws: torch.Generator, steps: int = 8) -> Tensor:
    """Latents, by Euler's method from noise."""
    latents = torch.randn(len(given), LATENT, *given.shape[2:], generator=draws)
    for level, after in pairwise(torch.linspace(1, 0, steps + 1)):
        near, plan, more = mixture(level, wrong)
        said = brush.unet(torch.cat([latents, given], 1), level.expand(len(given)) * 1000).sample
        clean = near * latents + plan * given[:, :LATENT] + more * said
        latents = clean + after / level * (latents - clean)
    return latents


def train(
    plan: Plan,
    drawings: Sequence[Drawing],
    pictures: NDArray[np.uint8],
    words: Words,
    work: Path,
    shape: Shape = Shape(),  # noqa: B008
    minutes: float = math.inf,
    finish: float = math.inf,
) -> None:
    """Blocking. pictures: (drawings, 64, 64, 4) straight RGBA. minutes: of work in this call; then it keeps a
    checkpoint and returns. finish: minutes within which the run comes to its end, its rate going down as if these were
    all its steps."""
    began = time.monotonic()
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model = Learning(shape)
    every = np.stack(list(words.values()))
    model.words_mean.copy_(torch.from_numpy(every.mean(0)))
    model.words_scale.copy_(torch.tensor(float((every - every.mean(0)).std())))
    vectors = {phrase: measured(model, vector) for phrase, vector in words.items()}
    scenes, unseen = Scenes(drawings, pictures, vectors), Scenes(drawings, pictures, vectors, held=True)
    some = scenes.batch(plan.measured, np.random.default_rng(plan.seed), 0)
    shares = [
        model.now.things.learn(some.thing[0], 0.0),
        model.now.canvas.learn(some.canvas(some.thing), 0.5),
    ]
    model.mean.load_state_dict(model.now.state_dict())
    optimizer = torch.optim.AdamW(model.now.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
    first = checkpoints.resumed(work, plan, model, optimizer)
    tests = {
        "known": scenes.batch(plan.tested, np.random.default_rng(1), 0),
        "unseen": unseen.batch(plan.tested, np.random.default_rng(1), 0),
    }

    def note(**figures: Any) -> None:
        with (work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    held, learned = ({drawing.name for drawing in drawings if drawing.held == aside} for aside in (True, False))
    note(
        drawings=len(drawings), things=len(learned), held_out=len(held), phrases=len(words),
        kept=[round(share, 4) for share in shares], parameters=sum(map(torch.numel, model.now.parameters())),
    )  # fmt: skip
    flows: list[float] = []
    sketches: list[float] = []
    whole = plan.alone + plan.steps
    opened = time.monotonic()
    for step in range(first, whole):
        random, draws = (
            np.random.default_rng((plan.seed, step)),
            torch.Generator().manual_seed(plan.seed * 10**6 + step),
        )
        spent = (time.monotonic() - began) / 60
        if step <= plan.alone:
            opened = time.monotonic()
        left = max(1e-6, finish - (opened - began) / 60)
        done = max((step - plan.alone) / plan.steps, (time.monotonic() - opened) / 60 / left, 0.0)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step, done)
        asked, looks = scenes.layer(plan.wide, random, 0)
        flow, sketch = torch.zeros(()), F.mse_loss(model.now.sketch(asked)[0], model.now.things.code(looks))
        if step >= plan.alone:
            flow, placed = loss(model.now, scenes.batch(plan.batch, random, plan.blur), draws)
            sketch = sketch + 0.5 * placed
        (flow + sketch).backward()
        torch.nn.utils.clip_grad_norm_(model.now.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        model.follow(step)
        flows.append(flow.item())
        sketches.append(sketch.item())
        if (step + 1) % 20 == 0:
            note(
                step=step + 1,
                flow=round(sum(flows[-20:]) / 20, 4),
                sketch=round(sum(sketches[-20:]) / 20, 4),
                minutes=round(spent, 2),
            )
        over = done >= 1 or step + 1 == whole
        over = over or spent >= minutes
        if (step + 1) % plan.every == 0 or over:
            if step >= plan.alone:
                for name, batch in tests.items():
                    with torch.no_grad():
                        found = loss(model.mean, batch, torch.Generator().manual_seed(1))
                    note(
                        step=step + 1, **{name: round(found[0].item(), 4), f"{name}_sketch": round(found[1].item(), 4)}
                    )
            checkpoints.keep(work, plan, model, optimizer, step + 1)
            cv2.imwrite(str(work / f"sheet-{step + 1:05d}.png"), sheet(model.mean, vectors)[..., ::-1])
            curves(work)
        if over:
            return


def measured(model: Learning, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector of MiniLM as the sketch is given it."""
    return np.asarray((vector - model.words_mean.numpy()) / float(model.words_scale))


def sheet(brush: Brush, vectors: Words) -> NDArray[np.uint8]:
    """SHEET, three rows of eight: above the sketch, below what was painted."""
    where = torch.tensor([[1.0, 1, 0, 0]]).repeat(len(SHEET), 1)
    rows = [torch.zeros(len(SHEET), len(wished(next(iter(vectors.values()))))) for _ in range(2)]
    here = torch.zeros(len(SHEET))
    second = where.clone()
    for number, one in enumerate(SHEET):
        for layer, part in enumerate(one.split(" + ")):
            ((phrase, colour),) = _asked((part,))
            rows[layer][number] = torch.from_numpy(wished(vectors[phrase], number % 3, colour))
        if " + " in one:
            where[number] = torch.tensor([0.55, 1, -0.45, 0.2])
            second[number] = torch.tensor([0.55, 1, 0.45, 0.2])
            here[number] = 1
    sky, ground = (np.array(rgb, np.float32) / np.float32(255) for rgb in BACKS[0])
    back = torch.ones(len(SHEET), 3, CANVAS, CANVAS)
    back[1::2] = torch.from_numpy(backdrop(sky, ground, CANVAS, 0.7).transpose(2, 0, 1).copy())
    batch = Batch(back, (rows[0], rows[1]), (), (where, second), (torch.ones(len(SHEET)), here))  # type: ignore[arg-type]
    with torch.no_grad():
        given, wrong, _ = sketched(brush, batch)
        latents = painted(brush, given, wrong, torch.Generator().manual_seed(1))
        seen = torch.cat([brush.canvas.picture(given[:, :LATENT]), brush.canvas.picture(latents)], 2)
    pixels = (seen.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).numpy()
    grid = np.concatenate([np.concatenate(list(pixels[n : n + 8]), 1) for n in range(0, len(pixels), 8)])
    return np.repeat(np.repeat(grid, 2, 0), 2, 1)


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, both = pyplot.subplots(1, 2, figsize=(11, 4))
    for axes, key, names in (
        (both[0], "flow", ("known", "unseen")),
        (both[1], "sketch", ("known_sketch", "unseen_sketch")),
    ):
        told = [(line["step"], line[key]) for line in lines if line.get(key)]
        if told:
            axes.plot(*zip(*told, strict=True), color="0.8", label="learned from")
        for name in names:
            if found := [(line["step"], line[name]) for line in lines if name in line]:
                axes.plot(*zip(*found, strict=True), marker=".", label=name.replace("_sketch", ""))
        axes.set(xlabel="step", ylabel=f"mean square, {key}", yscale="log")
        axes.legend()
    figure.savefig(work / "curves.png", dpi=110)
    pyplot.close(figure)


def _asked(requests: Sequence[str]) -> list[tuple[str, int]]:
    """Phrases without their colours, and the colours."""
    found = []
    for request in requests:
        for part in request.split(" + "):
            first, _, rest = part.partition(" ")
            found.append((rest, COLOURS.index(first)) if first in COLOURS and rest else (part, -1))
    return found


def _small(drawings: Sequence[Drawing], cache: Path) -> NDArray[np.uint8]:
    pictures = kept(drawings, cache)
    path = cache / f"small-{len(drawings)}.npy"
    if not path.exists():
        np.save(path, shrunk(pictures, CANVAS))
    return np.asarray(np.load(path))


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("out/brush-packages/node_modules"), help="the drawings")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--work", type=Path, default=Path("out/brush"), help="checkpoints and figures")
    parser.add_argument("--cache", type=Path, default=Path("out/brush-cache"), help="the drawings as pixels")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; run again to go on")
    parser.add_argument("--finish", type=float, default=math.inf, help="minutes in which to come to the end of the run")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    try:
        drawings = read(given.packages)
    except NoPictures as missing:
        raise SystemExit(str(missing)) from None
    torch.set_num_threads(given.threads)
    words = described(drawings, Packs(given.packs), given.cache)
    train(plan, drawings, _small(drawings, given.cache), words, given.work, minutes=given.minutes, finish=given.finish)


if __name__ == "__main__":
    main()
