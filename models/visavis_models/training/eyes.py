"""Trains our eyes: `make train-eyes ARGS="--photos FOLDER MANIFEST.jsonl"`, on a CPU; stopped, it goes on where it was.

What came of it: docs/cards/eyes.md. The image network never changes, so its cells are worked out once and kept on disk
(`eyes_features.py`); the decoder (`eyes_model.py`) learns captions, and questions made from captions and boxes by rule
(`eyes_questions.py`). A text piece costs about 6 x 8 million operations with its score, the picture of a row another
thousand million; a core makes some 50 thousand million a second, so a row of 100 pieces takes about 0.12 s.
A ninth of the photos is held out, chosen by name, and so is whatever looks nearly the same. The work
folder holds checkpoints, log.jsonl and the curves.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends import efficientnet
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.eyes_words import MARKS, Vocabulary
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training import checkpoints
from visavis_models.training.eyes_course import Batch, Course, Everydays, Plan, Set, batch, divided
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_model import Eyes, Shape
from visavis_models.training.eyes_photos import NoPhotos, Photo, read, views
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_texts import Row, corpus, row, vocabulary


def loss(model: Eyes, given: Batch, smooth: float) -> tuple[Tensor, Tensor]:
    """Mean of the batch with label smoothing, and nats of each piece that counts."""
    memory = model.memory(given.cells, given.hints, given.sure, given.blind)
    hidden = model(given.pieces, given.places, given.mask, memory)
    counts = given.goals > 0
    scores = model.scores(hidden[counts])
    each = F.cross_entropy(scores, given.goals[counts], reduction="none")
    spread = -F.log_softmax(scores, -1).mean(-1) if smooth else each
    return ((1 - smooth) * each + smooth * spread).mean(), each.detach()


def tested(model: Eyes, rows: Sequence[Row], cells: Cells, everydays: Everydays, blind: bool) -> float:
    """Mean nats a piece on held-out rows."""
    model.eval()
    found: list[Tensor] = []
    with torch.no_grad():
        for start in range(0, len(rows), 32):
            some = [replace(each, blind=blind) for each in rows[start : start + 32]]
            found.append(loss(model, batch(some, cells, everydays), 0.0)[1])
    model.train()
    return round(float(torch.cat(found).mean()), 4)


def begun(plan: Plan, words: Vocabulary, everydays: Everydays, cells: Cells, learned: Set, packs: Packs) -> Eyes:
    """A fresh model: EfficientNet's head, the measure of the cells, and MiniLM's embeddings of the pieces it knows."""
    torch.manual_seed(plan.seed)
    model = Eyes(Shape(len(words), dropout=plan.dropout), [words.pieces(name) for name in everydays.names])
    weights = read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT)
    head, shift = efficientnet.head(weights)
    model.head.copy_(torch.from_numpy(head))
    model.head_shift.copy_(torch.from_numpy(shift))
    some = Random(plan.seed).sample(learned.photos, min(400, len(learned.photos)))
    kept = torch.from_numpy(np.stack([cells.get(photo.name, 0)[0] for photo in some])).float()
    with torch.no_grad():
        raw = model.deep(kept).flatten(0, 1)
        model.mean.copy_(raw.mean(0))
        model.spread.copy_(raw.std(0) + 0.05)
        model.pieces.weight.copy_(torch.from_numpy(embeddings(words, packs, plan.seed)))
    return model


def embeddings(words: Vocabulary, packs: Packs, seed: int) -> NDArray[np.float32]:
    """(pieces, 384): MiniLM's, brought to a fit size, where it has the piece."""
    from visavis_models.backends.minilm_graph import WEIGHTS
    from visavis_models.backends.safetensors_file import read_safetensors

    folder = packs.folder("minilm")
    table = np.asarray(read_safetensors(folder / WEIGHTS)["embeddings.word_embeddings.weight"], np.float32)
    numbers = {piece: n for n, piece in enumerate((folder / "vocab.txt").read_text("utf-8").split("\n"))}
    rows = np.random.default_rng(seed).normal(0, 0.02, (len(words), table.shape[1])).astype(np.float32)
    centred = table - table.mean(0)
    centred *= 0.04 / centred.std()
    for at, piece in enumerate(words.names):
        if at >= len(MARKS) and piece in numbers:
            rows[at] = centred[numbers[piece]]
    return rows


def train(
    plan: Plan,
    photos: Sequence[Photo],
    work: Path,
    kept: Path,
    packs: Packs,
    threads: int,
    minutes: float,
    start: Path | None = None,
    finish: float = math.inf,
) -> None:
    """Blocking. start: a checkpoint whose weights to begin with, of the same vocabulary.

    minutes: of work in this call; after these it keeps a checkpoint and returns. finish: minutes within which the run
    comes to its end, its rate going down as if these were all its steps."""
    torch.set_num_threads(threads)
    rank, ranks = joined()
    work.mkdir(parents=True, exist_ok=True)
    keep(photos, kept, packs, threads)
    cells, everydays = Cells(kept, [photo.name for photo in photos]), Everydays()
    learned, tests, twins = divided(photos, cells)
    together = Together(learned.known)
    if not (work / "vocab.txt").exists():
        texts = corpus(learned.photos, learned.known, together, everydays.names)
        vocabulary(texts, plan.pieces, work / "vocab.txt")
    words = Vocabulary(work / "vocab.txt")
    model = begun(plan, words, everydays, cells, learned, packs)
    optimizer = torch.optim.AdamW(model.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.02)
    course = Course(plan, learned, together, words, cells)
    first = checkpoints.resumed(work, plan, model, optimizer)
    if start and not first:
        model.load_state_dict(torch.load(start, weights_only=True)["model"])
    random = Random(plan.seed)
    known = zip(tests.photos, tests.known, strict=True)
    test_rows = [row(p, f, views(p.name)[0], 0, together, words, random, 0.0) for p, f in known]
    test_rows = [each for each in test_rows if each.pieces][:160]

    def note(**figures: Any) -> None:
        if rank:
            return
        with (work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    note(
        photos=len(learned.photos), captions=sum(len(p.captions) for p in learned.photos), held_out=len(tests.photos),
        twins=twins, pieces=len(words), steps=course.steps, parameters=sum(map(torch.numel, model.parameters())),
    )  # fmt: skip
    began = time.monotonic()
    for step in range(first, course.steps):
        then = time.monotonic()
        spent = (then - began) / 60
        done = agreed(max(step / course.steps, spent / finish), ranks)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step, done)
        rows = course.rows(step)[rank::ranks]
        value, each = loss(model, batch(rows, cells, everydays), plan.smooth)
        value.backward()
        if ranks > 1:
            average(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        over = done >= 1 or agreed(float(spent >= minutes), ranks) > 0
        if (step + 1) % 10 == 0:
            pieces = sum(len(row.pieces) for row in rows)
            note(
                step=step + 1,
                loss=round(float(each.mean()), 4),
                seconds=round(time.monotonic() - then, 2),
                pieces=pieces,
            )
        if ((step + 1) % plan.every == 0 or step + 1 == course.steps or over) and not rank:
            note(
                step=step + 1,
                tested=tested(model, test_rows, cells, everydays, False),
                blind=tested(model, test_rows, cells, everydays, True),
            )
            checkpoints.keep(work, plan, model, optimizer, step + 1)
            curves(work)
        if over:
            return


def joined() -> tuple[int, int]:
    """The number of this process and how many there are: started by torchrun, each takes its part of every batch."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        torch.distributed.init_process_group("gloo")
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def agreed(value: float, ranks: int) -> float:
    """The greatest of all processes' values."""
    if ranks == 1:
        return value
    shared = torch.tensor([value])
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return float(shared)


def average(model: Eyes) -> None:
    """The gradients of all processes become their mean."""
    found = [value.grad for value in model.parameters() if value.grad is not None]
    flat = torch.cat([each.flatten() for each in found])
    torch.distributed.all_reduce(flat)
    flat /= torch.distributed.get_world_size()
    for each, part in zip(found, flat.split([each.numel() for each in found]), strict=True):
        each.copy_(part.view_as(each))


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    steps = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    axes.plot(*zip(*steps, strict=True), color="0.8", label="learned from, each tenth batch")
    for name, label in (("tested", "held-out photos"), ("blind", "the same without the picture")):
        axes.plot(
            *zip(*[(line["step"], line[name]) for line in lines if name in line], strict=True), marker=".", label=label
        )
    axes.set(xlabel="step", ylabel="nats a piece", ylim=(0, 4))
    axes.legend()
    figure.savefig(work / "curves.png", dpi=110)
    pyplot.close(figure)


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--photos", type=Path, nargs="*", default=[], help="manifests (.jsonl) and folders with captions.txt"
    )
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--work", type=Path, default=Path("out/eyes"), help="checkpoints and figures")
    parser.add_argument(
        "--cells", type=Path, default=Path("out/eyes-cells"), help="what the image network says of the photos"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; run again to go on")
    parser.add_argument(
        "--start", type=Path, help="a checkpoint to begin with; copy its vocab.txt into the work folder"
    )
    parser.add_argument("--finish", type=float, default=math.inf, help="minutes in which to come to the end of the run")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    try:
        train(
            plan,
            read(given.photos),
            given.work,
            given.cells,
            Packs(given.packs),
            given.threads,
            given.minutes,
            given.start,
            given.finish,
        )
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None


if __name__ == "__main__":
    main()
