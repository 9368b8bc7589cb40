"""Trains the large design of our eyes: `make train-seer ARGS="--photos A/photos.jsonl.gz B/photos.jsonl.gz"`.

What came of it, and why it is not served: docs/cards/eyes.md. Photos, texts and what is held out are those of the
small eyes, as `eyes_carry.py` packs them; the words are SmolLM2's with low-rank matrices (`seer_model.py`). The 53
tokens of a picture and about 100 of its texts cost 0.1 million million operations with their gradients: a step of 48
pictures a quarter of a second on a quarter of an H200, some minutes on a CPU core. The rate goes down with the time
that `--finish` leaves. `seer_eval.py` asks what was learned.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends.everyday import Everyday
from visavis_models.backends.eyes_concepts import clean
from visavis_models.backends.eyes_words import PAD, plain
from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.smollm2_graph import GGUF
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.eyes_carry import lite
from visavis_models.training.eyes_course import Set, held_out
from visavis_models.training.eyes_device import cut, decoded
from visavis_models.training.eyes_facts import facts
from visavis_models.training.eyes_photos import NoPhotos, read
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_rows import Making, Rows, exam, part
from visavis_models.training.eyes_texts import corpus
from visavis_models.training.seer_model import Seer
from visavis_models.training.seer_weights import fresh, save
from visavis_models.training.seer_words import SmolLM2Words

KEPT = 45.0  # seconds between writings
LOOKING, TOWER = 2.0, 0.3  # rates of the projector and of the picture network's upper half, as multiples

Note = Callable[..., None]


@dataclass(frozen=True)
class SeerPlan:
    """What a run depends on."""

    seed: int = 9
    together: int = 48  # pictures in a batch
    longest: int = 128  # pieces of a picture's texts
    steps: int = 20_000  # at most; mostly the time decides
    rate: float = 5e-4  # of the low-rank matrices
    warm_up: int = 60  # steps
    last: float = 0.8  # share of the time in which the rates go down
    smooth: float = 0.05  # label smoothing
    dropout: float = 0.1
    rank: int = 24
    tests: int = 160  # held-out pictures
    every: int = 150  # steps between tests
    processes: int = 2  # that make rows

    def rate_at(self, step: int, done: float) -> float:
        """A warm-up, then flat, then down to a fiftieth. done: part of the run."""
        return self.rate * min((step + 1) / self.warm_up, 1.0, max(0.02, (1 - done) / self.last))


def half(device: str) -> AbstractContextManager[Any]:
    """Brain floats on a GPU, single precision elsewhere."""
    made: AbstractContextManager[Any] = torch.autocast(device, torch.bfloat16, enabled=device == "cuda")
    return made


def loss(model: Seer, rows: Rows, pictures: Tensor, smooth: float, lit: bool) -> tuple[Tensor, Tensor]:
    """Mean of the batch with label smoothing, and nats of each piece that counts."""
    there = model.said.device
    pieces, places, texts = (
        F.pad(torch.from_numpy(each.astype(np.int64)), (0, 3), value=-1 if each is rows.texts else 0).to(there)
        for each in (rows.pieces, rows.places, rows.texts)
    )  # three more: with the tokens of the picture a multiple of eight
    mask = texts.unsqueeze(1) == texts.unsqueeze(2)
    mask = (mask & torch.ones(mask.shape[1:], dtype=torch.bool, device=there).tril()).unsqueeze(1)
    goals = model.columns[rows.goals]
    row, at = np.nonzero(goals)  # found here, so that the device does not have to be waited for
    counted, goal = torch.from_numpy(np.stack([row, at])).to(there), torch.from_numpy(goals[row, at]).to(there)
    seen, blind = cut(pictures, rows.photos, rows.views, lit), torch.from_numpy(rows.blind).to(there)
    with half(there.type):
        hidden = model(pieces, places, mask, model.picture(seen, blind))
        scores = model.scores(hidden[counted[0], counted[1]]).float()
    each = F.cross_entropy(scores.detach(), goal, reduction="none")
    return F.cross_entropy(scores, goal, label_smoothing=smooth), each


def tested(model: Seer, rows: Rows, pictures: Tensor, blind: bool) -> float:
    """Mean nats a piece on held-out rows."""
    model.eval()
    found: list[Tensor] = []
    with torch.no_grad():
        for start in range(0, len(rows.photos), 32):
            some = part(rows, start, start + 32)
            some.blind[:] = blind
            found.append(loss(model, some, pictures, 0.0, False)[1])
    model.train()
    return round(float(torch.cat(found).mean()), 4)


def measured(model: Seer, pictures: Tensor) -> None:
    """Tell the model how large the numbers of some pictures' cells are."""
    some = np.linspace(0, len(pictures) - 1, min(96, len(pictures))).astype(np.int64)
    with torch.no_grad():
        cells = model.tower(pictures[torch.from_numpy(some).to(pictures.device)].float())[0].flatten(0, 1)
    model.look.mean.copy_(cells.mean(0))
    model.look.spread.copy_(cells.std(0) + 0.05)


def sayable(learned: Set, together: Together, words: SmolLM2Words) -> list[int]:
    """The pieces of the texts: of all captions and given answers, and of the questions about every eighth photo."""
    captions = (clean(caption) for photo in learned.photos for caption in (*photo.captions, *photo.loose))
    answers = (plain(answer) for photo in learned.photos for _, answer in photo.asked)
    names = [name for name, _ in Everyday().words]
    made = corpus(learned.photos[::8], learned.known[::8], together, names)
    return [PAD, *words.said(chain(captions, answers, made))]


def train(
    plan: SeerPlan, learned: Set, tests: Set, packs: Packs, work: Path, device: str, until: float, note: Note
) -> tuple[Seer, SmolLM2Words]:
    """Blocking. until: when it comes to its end by time.monotonic(), its rate going down until then."""
    file = GgufFile(packs.folder("smollm2-135m") / GGUF)
    together, words = Together(learned.known), SmolLM2Words(file)
    test_rows = exam(tests.photos, tests.known, together, words, plan.tests, plan.longest)
    making = Making(learned, words, plan.seed, plan.together, plan.longest, plan.processes)
    try:
        pictures, held = (decoded(some.photos, plan.processes + 1).to(device) for some in (learned, tests))
        torch.manual_seed(plan.seed)
        model = fresh(file, lite(packs), words, sayable(learned, together, words), plan.rank, plan.dropout)
        model.on(device)
        measured(model, pictures)
        groups = (
            ([value for value in model.words.parameters() if value.requires_grad], 1.0),
            (list(model.look.parameters()), LOOKING),
            (list(model.tower.upper.parameters()), TOWER),
        )
        optimizer = torch.optim.AdamW(
            [{"params": values, "times": times} for values, times in groups],
            lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.02, fused=device == "cuda",
        )  # fmt: skip
        trained = [value for values, _ in groups for value in values]
        note(photos=len(learned.photos), held_out=len(tests.photos), parameters=sum(map(torch.numel, trained)))
        began = saved = time.monotonic()
        for step in range(plan.steps):
            then = time.monotonic()
            done = max(step / plan.steps, (then - began) / max(1e-3, until - began))
            for group in optimizer.param_groups:
                group["lr"] = plan.rate_at(step, done) * group["times"]
            value, each = loss(model, making.take(), pictures, plan.smooth, True)
            value.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            over = done >= 1 or step + 1 == plan.steps
            if (step + 1) % 10 == 0 or step < 3:
                now = time.monotonic()
                figures = {"seconds": round(now - then, 3), "spent": round(now - began, 1), "pieces": len(each)}
                note(step=step + 1, loss=round(float(each.mean()), 4), **figures)
            if (step + 1) % plan.every == 0 or over:
                seeing, blind = (tested(model, test_rows, held, each) for each in (False, True))
                note(step=step + 1, tested=seeing, blind=blind)
            if over or time.monotonic() - saved > KEPT:
                save(model, work)
                saved = time.monotonic()
            if over:
                break
    finally:
        making.close()
    return model, words


def main() -> None:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="manifests that eyes_carry made")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--work", type=Path, default=Path("out/seer"), help="weights and figures")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--finish", type=float, default=math.inf, help="minutes in which to come to the end of the run")
    for name, value in asdict(SeerPlan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    plan = replace(SeerPlan(), **{name: getattr(given, name) for name in asdict(SeerPlan())})
    try:
        photos = read(given.photos)
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None
    tests, learned = ([photo for photo in photos if held_out(photo) is out] for out in (True, False))
    if not tests or not learned:
        raise SystemExit("a dozen photos are not enough: bring some hundreds at least, with captions")
    given.work.mkdir(parents=True, exist_ok=True)

    def note(**figures: Any) -> None:
        with (given.work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    torch.set_float32_matmul_precision("high")
    learn, test = (Set(some, [facts(photo) for photo in some]) for some in (learned, tests))
    train(plan, learn, test, Packs(given.packs), given.work, given.device, began + given.finish * 60, note)


if __name__ == "__main__":
    main()
