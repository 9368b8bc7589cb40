"""Trains the language model's adapter: `make train-words`, on a CPU; stopped, it goes on where it was.

What came of it so far: docs/cards/words.md. Dialogues (`words_dialogues.py`) follow the prompt of a role; only the
assistant's words count. The layers below `frozen` run once for each dialogue and their output is kept on disk, so that
a second pass costs little more than half. The work folder holds checkpoints, a line of figures for each step
(log.jsonl) and the curves. A token costs 2 x 3.5 million operations a layer forward, as much again backward in the
trained ones, and 2 x 28 million each way for its scores where it counts: ten trained layers make about 0.2 thousand
million, and the layers below 0.14 once.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.smollm2_graph import GGUF
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.checkpoints import keep, resumed
from visavis_models.training.words_examples import Example, Tokens, batches, examples, prompts
from visavis_models.training.words_model import LAYERS, PARTS, WIDTH, Words


@dataclass(frozen=True)
class Plan:
    """What a run depends on; kept beside its checkpoints."""

    seed: int = 8
    dialogues: int = 2000
    passes: int = 1  # a second one learned the families by heart: docs/cards/words.md
    rank: int = 16
    frozen: int = 20  # layers that stay as they are, from below
    tokens: int = 1280  # in a batch, padding included
    rate: float = 5e-4
    warm_up: int = 20  # steps
    tests: int = 40  # held-out dialogues
    every: int = 30  # steps between tests and checkpoints

    def rate_at(self, step: int, steps: int) -> float:
        """A warm-up, then flat, and down to a twentieth over the last quarter, so that a longer run begins the same."""
        return self.rate * min((step + 1) / self.warm_up, 1.0, max(0.05, 4 * (1 - step / steps)))


class Kept:
    """What the lower layers made of each dialogue, on disk: float32, one row a token."""

    def __init__(self, path: Path, model: Words, made: list[tuple[int, ...]], found: Sequence[Example]) -> None:
        self._model = model
        self._prompts = {number: torch.tensor(tokens) for number, tokens in enumerate(made)}
        self._lower: dict[int, Tensor] = {}
        self._starts = np.cumsum([0, *(len(each.tokens) for each in found)])
        rows = np.lib.format.open_memmap
        shape = (int(self._starts[-1]), WIDTH)
        self._rows = rows(path, "r+") if path.exists() else rows(path, "w+", np.float32, shape)
        if self._rows.shape != shape:
            raise SystemExit(f"{path} belongs to other dialogues: remove its folder and begin again")

    def batch(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Hidden states of the prompt, (P, width), and of the dialogues, (B, T, width)."""
        prompt, longest = batch[0].prompt, max(len(each.tokens) for each in batch)
        hidden = torch.zeros(len(batch), longest, WIDTH)
        if prompt not in self._lower or any(not self._rows[self._starts[each.number]].any() for each in batch):
            padded = torch.tensor([[*each.tokens, *[0] * (longest - len(each.tokens))] for each in batch])
            self._lower[prompt], hidden = self._model.lower(self._prompts[prompt], padded)
            for row, each in zip(hidden, batch, strict=True):
                at = self._starts[each.number]
                self._rows[at : at + len(each.tokens)] = row[: len(each.tokens)].numpy()
            return self._lower[prompt], hidden
        for row, each in zip(hidden, batch, strict=True):
            at = self._starts[each.number]
            row[: len(each.tokens)] = torch.from_numpy(np.array(self._rows[at : at + len(each.tokens)]))
        return self._lower[prompt], hidden


def loss(model: Words, kept: Kept, batch: Sequence[Example]) -> Tensor:
    """Nats of each token that counts: (N,)."""
    upper = model.upper(*kept.batch(batch))
    where = [(row, at) for row, each in enumerate(batch) for at, counts in enumerate(each.counts) if counts]
    goal = torch.tensor([batch[row].tokens[at] for row, at in where])
    rows, ats = torch.tensor(where).T
    return F.cross_entropy(model.scores(upper[rows, ats - 1]), goal, reduction="none")


def tested(model: Words, kept: Kept, found: Sequence[Example], most: int) -> dict[str, float]:
    """Mean nats a token on the held-out dialogues, over all and by theme."""
    sums: dict[str, list[float]] = {}
    with torch.no_grad():
        for batch in batches(found, most, Random(0)):
            values = iter(loss(model, kept, batch).tolist())
            for each in batch:
                own = list(islice(values, sum(each.counts)))
                sums.setdefault(each.theme, []).extend(own)
                sums.setdefault("all", []).extend(own)
    return {theme: round(sum(values) / len(values), 4) for theme, values in sorted(sums.items())}


def train(plan: Plan, folder: Path, work: Path, roles: Path, threads: int, minutes: float) -> None:
    """Blocking. folder: of the model's pack. minutes: of work in this call; then it keeps a checkpoint and returns."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    tokens = Tokens(folder)
    made, suited = prompts(roles, tokens)
    learned = examples(plan.seed, plan.dialogues, False, suited, tokens)
    held_out = examples(plan.seed, plan.tests, True, suited, tokens)
    model = Words(GgufFile(folder / GGUF), plan.frozen, plan.rank)
    trained = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
    order = [batch for each in range(plan.passes) for batch in batches(learned, plan.tokens, Random(plan.seed + each))]
    first = resumed(work, plan, model, optimizer)
    kept = Kept(work / "lower.npy", model, made, learned)
    kept_tests = Kept(work / "lower-tests.npy", model, made, held_out)

    def note(**figures: Any) -> None:
        with (work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    sizes = (len(learned), sum(len(each.tokens) for each in learned), sum(sum(each.counts) for each in learned))
    note(
        dialogues=sizes[0],
        tokens=sizes[1],
        counted=sizes[2],
        steps=len(order),
        parameters=sum(map(torch.numel, trained)),
    )
    if first == 0:
        note(step=0, tested=tested(model, kept_tests, held_out, plan.tokens))
    began = time.monotonic()
    for step, batch in enumerate(order[first:], first):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step, len(order))
        start = time.monotonic()
        value = loss(model, kept, batch).mean()
        value.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        spent = time.monotonic() - start
        note(
            step=step + 1,
            loss=round(value.item(), 4),
            seconds=round(spent, 2),
            tokens=sum(len(each.tokens) for each in batch),
        )
        over = time.monotonic() - began > minutes * 60
        if (step + 1) % plan.every == 0 or step + 1 == len(order) or over:
            note(step=step + 1, tested=tested(model, kept_tests, held_out, plan.tokens))
            keep(work, plan, model, optimizer, step + 1)
            save_adapter(model, work / "words.npz")
            curves(work)
        if over:
            return


def save_adapter(model: Words, path: Path) -> None:
    """float16 matrices by name, as `backends/low_rank.py` adds them: 7.qkv.down, 7.qkv.up and so on."""
    halves: dict[str, Any] = {}
    for number in range(model.frozen, LAYERS):
        for part in PARTS:
            module = getattr(model.layers[number], part)
            halves[f"{number}.{part}.down"] = module.down.detach().numpy().astype(np.float16)
            halves[f"{number}.{part}.up"] = module.up.detach().numpy().astype(np.float16)
    np.savez(path, **halves)


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    steps = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    tests = [(line["step"], line["tested"]["all"]) for line in lines if "tested" in line]
    axes.plot(*zip(*steps, strict=True), color="0.7", label="learned from, each batch")
    axes.plot(*zip(*tests, strict=True), marker="o", label="held-out families")
    axes.set(xlabel="step", ylabel="nats a token", ylim=(0, None))
    axes.legend()
    figure.savefig(work / "curves.png", dpi=110)
    pyplot.close(figure)


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--roles", type=Path, default=Path("agents/visavis_agents/roles"), help="folder of role files")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--work", type=Path, default=Path("out/words"), help="checkpoints and figures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; run again to go on")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    folder = Packs(given.packs).folder("smollm2-135m")
    train(plan, folder, given.work, given.roles, given.threads, given.minutes)


if __name__ == "__main__":
    main()
