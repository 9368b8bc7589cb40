"""Trains the language model's adapter: `make train-words`, on a CPU or a GPU; stopped, it goes on where it was.

What came of it so far: docs/cards/words.md. Dialogues (`words_dialogues.py`) follow the prompt of a role; only the
assistant's words count. Answers that the plain model gives well are kept by holding the adapted model near to it on
them. A run takes the seconds it is given: the rate goes by the clock. What is kept is the running mean of the weights,
at the test where the held-out families were foretold best. The work folder holds it, checkpoints, a line of figures
for each step (log.jsonl) and the curves.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.training.checkpoints import keep, resumed
from visavis_models.training.words_examples import Example, Prepared, batches
from visavis_models.training.words_log import best_before, curves, spent_before
from visavis_models.training.words_model import LAYERS, PARTS, Words

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True)
class Plan:
    """What a run depends on; kept beside its checkpoints."""

    seed: int = 8
    seconds: float = 1800  # of training, tests included
    rank: int = 16
    frozen: int = 20  # layers that stay as they are, from below: they are cheap on a CPU; 0 on a GPU
    tokens: int = 1280  # in a batch, padding included
    parts: int = 1  # batches in a step, of any roles
    rate: float = 5e-4
    decay: float = 0.01
    anchor: float = 0.5  # weight of staying near the plain model
    mean: float = 0.98  # of the running mean of the weights, a step
    tests: int = 20  # so many tests in a run
    drop: float = 0.0  # of what goes into the low-rank products

    def rate_at(self, part: float) -> float:
        """part: of the seconds, 0 to 1. A short warm-up, then down along a cosine to nothing."""
        return self.rate * min(part / 0.04 + 0.01, 0.5 + 0.5 * math.cos(math.pi * min(part, 1.0)))


class Learner:
    """The model, what it follows, and what it costs to foretell a batch."""

    def __init__(self, model: Words, prompts: Sequence[Sequence[int]], device: torch.device) -> None:
        self.model = model
        self._device = device
        self._prompts = [torch.tensor(tokens, device=device) for tokens in prompts]

    def hidden(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """What the scores of the counted tokens are made of, (N, width), and those tokens, (N,)."""
        longest = max(len(each.tokens) for each in batch)
        rows = np.zeros((len(batch), longest), np.int64)
        for row, each in zip(rows, batch, strict=True):
            row[: len(each.tokens)] = each.tokens
        where = [(row, at) for row, each in enumerate(batch) for at, counts in enumerate(each.counts) if counts]
        goal = torch.tensor([batch[row].tokens[at] for row, at in where], device=self._device)
        index = torch.tensor([row * longest + at - 1 for row, at in where], device=self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            out = self.model(self._prompts[batch[0].prompt], torch.from_numpy(rows).to(self._device))
        return out.flatten(0, 1)[index], goal

    def scores(self, hidden: Tensor) -> Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            return self.model.scores(hidden).float()

    def loss(self, batch: Sequence[Example]) -> Tensor:
        """Nats of each token that counts: (N,)."""
        hidden, goal = self.hidden(batch)
        return F.cross_entropy(self.scores(hidden), goal, reduction="none")

    def distance(self, batch: Sequence[Example]) -> Tensor:
        """From the plain model's expectations to the adapted one's, nats a token: (N,)."""
        with torch.no_grad(), self.model.plain():
            plain = self.scores(self.hidden(batch)[0]).log_softmax(-1)
        adapted = self.scores(self.hidden(batch)[0]).log_softmax(-1)
        return (plain.exp() * (plain - adapted)).sum(-1)

    def tested(self, found: Sequence[Example], anchors: Sequence[Example], most: int) -> dict[str, float]:
        """Mean nats a token on the held-out dialogues, over all and by theme; distance from the plain model."""
        sums: dict[str, list[float]] = {}
        with torch.no_grad():
            for batch in batches(found, most, Random(0)):
                values = iter(self.loss(batch).tolist())
                for each in batch:
                    own = list(islice(values, sum(each.counts)))
                    sums.setdefault(each.theme, []).extend(own)
                    sums.setdefault("all", []).extend(own)
            for batch in batches(anchors, most, Random(0))[:4]:
                sums.setdefault("distance", []).extend(self.distance(batch).tolist())
        return {theme: round(sum(values) / len(values), 4) for theme, values in sorted(sums.items())}


class Mean:
    """The running mean of the trained weights."""

    def __init__(self, trained: Sequence[Tensor], keep: float) -> None:
        self._trained, self._keep = trained, keep
        self._values = [value.detach().clone() for value in trained]
        self._count = 0

    def add(self) -> None:
        self._count += 1
        keep = min(self._keep, 1 - 1 / self._count)  # at first an even mean
        torch._foreach_lerp_(self._values, [value.detach() for value in self._trained], 1 - keep)

    def swap(self) -> None:
        """The model gets the mean and this keeps the model's; the same again puts them back."""
        for value, own in zip(self._trained, self._values, strict=True):
            held = value.detach().clone()
            value.data.copy_(own)
            own.copy_(held)


def steps(found: Sequence[Example], most: int, parts: int, seed: int) -> Iterator[list[list[Example]]]:
    """Without end, pass after pass: `parts` batches, each of one prompt, of several prompts together."""
    passed = 0
    waiting: list[list[Example]] = []
    while True:
        while len(waiting) < parts:
            waiting += batches(found, most, Random(seed + passed))
            passed += 1
        yield waiting[:parts]
        del waiting[:parts]


def train(
    plan: Plan, prepared: Prepared, file: GgufFile, work: Path, device: str, kept: Callable[[], None] = lambda: None
) -> None:
    """Blocking; about `plan.seconds`. Leaves words.npz, the best by the held-out families, and last.npz.

    kept: called when they were written."""
    torch.manual_seed(plan.seed)
    work.mkdir(parents=True, exist_ok=True)
    model = Words(file, plan.frozen, plan.rank, plan.drop).to(device)
    if device.startswith("cuda"):
        model.halve()
    learner = Learner(model, prepared.prompts, torch.device(device))
    trained = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=plan.rate, betas=(0.9, 0.98), weight_decay=plan.decay)
    log = work / "log.jsonl"

    def note(**figures: Any) -> None:
        with log.open("a") as lines:
            lines.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    first = resumed(work, plan, model, optimizer)
    spent = spent_before(log, first)
    learned = prepared.learned
    note(
        dialogues=len(learned),
        tokens=sum(len(each.tokens) for each in learned),
        counted=sum(sum(each.counts) for each in learned),
        anchors=len(prepared.anchors),
        parameters=sum(map(torch.numel, trained)),
        **({} if first else {"step": 0, "tested": learner.tested(prepared.held_out, prepared.anchors, plan.tokens)}),
    )
    mean = Mean(trained, plan.mean)
    best = best_before(log)
    order = islice(steps(learned, plan.tokens, plan.parts, plan.seed), first, None)
    near = steps(prepared.anchors, plan.tokens, 1, plan.seed) if plan.anchor else None
    began = time.monotonic() - spent
    tests = int(spent / plan.seconds * plan.tests)
    seen = 0
    for step, parts in enumerate(order, first + 1):
        start = time.monotonic()
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at((start - began) / plan.seconds)
        model.train()
        counted = sum(sum(each.counts) for batch in parts for each in batch)
        values = []
        for batch in parts:
            value = learner.loss(batch).sum() / counted
            value.backward()
            values.append(value.detach())
        if near is not None:
            value = plan.anchor * learner.distance(next(near)[0]).mean()
            value.backward()
            values.append(value.detach())
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        mean.add()
        model.eval()
        nats = torch.stack(values).tolist()
        seen += sum(map(len, parts))
        away = {"distance": round(nats.pop() / plan.anchor, 4)} if near is not None else {}
        now = time.monotonic()
        note(step=step, loss=round(sum(nats), 4), **away, seen=seen, seconds=round(now - start, 3))
        over = now - began >= plan.seconds
        if (now - began) / plan.seconds * plan.tests >= tests + 1 or over:
            tests = int((now - began) / plan.seconds * plan.tests)
            mean.swap()
            figures = learner.tested(prepared.held_out, prepared.anchors, plan.tokens)
            note(step=step, tested=figures, seconds=round(time.monotonic() - now, 3))
            if figures["all"] < best:
                best = figures["all"]
                save_adapter(model, work / "words.npz")
            save_adapter(model, work / "last.npz")
            mean.swap()
            keep(work, plan, model, optimizer, step)
            kept()
        if over:
            return


def save_adapter(model: Words, path: Path) -> None:
    """As `backends/low_rank.py` adds them: 7.qkv.down, 7.qkv.up and so on, 8 bits, and one scale for each rank."""
    found: dict[str, Any] = {}
    for number in range(model.frozen, LAYERS):
        for part in PARTS:
            module = getattr(model.layers[number], part)
            down, below = _eight_bit(module.down.detach().cpu().numpy())
            up, above = _eight_bit(module.up.detach().cpu().numpy().T)
            found |= {
                f"{number}.{part}.down": down,
                f"{number}.{part}.up": up.T,
                f"{number}.{part}.scale": below * above,
            }
    new = path.with_suffix(".new.npz")
    np.savez(new, **found)
    new.replace(path)


def _eight_bit(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """values: (rank, many). int8 of the same shape, and what to multiply each row by: (rank,)."""
    scale = np.maximum(np.abs(values).max(1), 1e-12) / 127
    return np.round(values / scale[:, None]).astype(np.int8), scale


def main(arguments: Iterator[str] | None = None) -> None:
    from visavis_models.packs import Packs
    from visavis_models.settings import ModelSettings
    from visavis_models.training.words_tokens import prepared

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--roles", type=Path, default=Path("agents/visavis_agents/roles"), help="folder of role files")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--work", type=Path, default=Path("out/words"), help="checkpoints and figures")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dialogues", type=int, default=2000, help="to learn from")
    parser.add_argument("--held-out", type=int, default=40, help="dialogues to test on")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    torch.set_num_threads(given.threads)
    folder = Packs(given.packs).folder("smollm2-135m")
    made = prepared(folder, given.roles, plan.seed, given.dialogues, given.held_out)
    train(plan, made, GgufFile(folder / GGUF), given.work, given.device)
    curves(given.work)


if __name__ == "__main__":
    main()
