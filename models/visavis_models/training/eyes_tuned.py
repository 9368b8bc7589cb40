"""Trains our eyes together with the upper half of their picture network, on a GPU, by the clock, from carried photos.

`python -m visavis_models.training.eyes_tuned --photos photos1/photos.jsonl.gz photos2/photos.jsonl.gz ...`; what it
needs comes from `eyes_carry.py`. The photos lie on the device; rows are made beside it (`eyes_rows.py`); every
step cuts the views, looks, and learns four things at once: the texts, which of COCO's kinds lies in which cell, which
common things are there, and where the picture lies among the words (`eyes_whole.py`). In the last part descriptions
are judged too (`eyes_reward.py`). A running mean of the weights is tested every 20 seconds on held-out photos, and
the best goes into three files, once a minute. The rate comes down by the clock.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visavis_models.backends.eyes_words import Vocabulary
from visavis_models.training.eyes_course import Set, held_out
from visavis_models.training.eyes_device import Photos
from visavis_models.training.eyes_facts import facts
from visavis_models.training.eyes_kept import parts
from visavis_models.training.eyes_photos import read
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_reward import Reward
from visavis_models.training.eyes_rows import Making, Rows, exam
from visavis_models.training.eyes_tested import described, tested
from visavis_models.training.eyes_whole import Plan, Whole, begun, state

SPARE = 14.0  # seconds before the end that are left for the last test and for writing
TESTED, KEPT = 20.0, 60.0  # seconds between tests, and between writings
SHOWN = 400  # held-out photos that are described in a test
SIDES = ("left", "right", "middle")


@dataclass(frozen=True)
class Exam:
    """Held-out photos, the rows about them, the pieces that say a side, and what is known of the things in them."""

    photos: Photos
    rows: Rows
    sides: tuple[int, ...]
    known: tuple[Tensor, Tensor]
    prior: Tensor
    reward: Reward
    described: list[int]

    def figures(self, model: Whole) -> dict[str, float]:
        found: dict[str, float] = tested(model, self.photos, self.rows, self.sides, self.known, self.prior)
        return found | {"cider": described(model, self.photos, self.reward, self.described)}


class Best:
    """The best state so far. While captions are learned that is the one with the fewest nats; when descriptions are
    judged (which makes captions less likely), the one with the most CIDEr-D whose answers are what they were."""

    def __init__(self) -> None:
        self.kept: dict[str, NDArray[Any]] = {}
        self._nats, self._answers, self._cider = math.inf, math.inf, 0.0

    def better(self, figures: dict[str, float], judging: bool) -> bool:
        if judging:
            fit = figures["cider"] > self._cider and figures["answers"] < self._answers + 0.03
        else:
            fit = figures["all"] < self._nats
        if fit:
            self._cider = figures["cider"]
            if not judging:
                self._nats, self._answers = figures["all"], figures["answers"]
        return fit


def train(plan: Plan, given: argparse.Namespace, until: float) -> None:
    """Blocking; comes to its end at `until` of the wall clock."""
    began = time.time()

    def note(**figures: Any) -> None:
        print(json.dumps({"seconds": round(time.time() - began, 1), **figures}), flush=True)

    found = read(given.photos)
    found = found[:: max(1, len(found) // given.most)] if given.most else found
    tests, learned = ([p for p in found if held_out(p) is out] for out in (True, False))
    learn, test = Set(learned, [facts(p) for p in learned]), Set(tests, [facts(p) for p in tests])
    words = Vocabulary(given.vocabulary)
    making = Making(learn, words, plan.seed, plan.together, plan.longest, plan.processes)
    try:
        note(learned=len(learned), held_out=len(tests), **asdict(plan))
        with ThreadPoolExecutor(1) as beside:  # decoding leaves Python free
            judged = beside.submit(lambda: (Reward(learn, words), Reward(test, words)))
            photos, held = (Photos(each, given.texts, given.device, given.threads) for each in (learn, test))
            reward, held_reward = judged.result()
        names, prior = photos.name_things()
        held.name_things(names)
        rows = exam(test.photos, test.known, Together(learn.known), words, 512, plan.longest)
        shown = [n for n in range(len(held)) if n in held_reward][:SHOWN]
        sides = tuple(words.pieces(side)[0] for side in SIDES)
        tests_of = Exam(held, rows, sides, held.there(rows.photos), prior, held_reward, shown)
        model = begun(plan, given.lite, given.pieces, words, photos, len(names), prior)
        note(things=len(names))
        more = {"names": np.array(names), "prior": prior.float().cpu().numpy()}
        steps(plan, model, making, photos, reward, tests_of, until, note, lambda kept: parts(kept | more, given.out))
    finally:
        making.close()


def steps(
    plan: Plan, model: Whole, making: Making, photos: Photos, reward: Reward, tests: Exam, until: float,
    note: Callable[..., None], keep: Callable[[dict[str, NDArray[Any]]], None],
) -> None:  # fmt: skip
    """Learn until then. note: figures into the log. keep: the best state into files."""
    upper = list(model.tower.upper.parameters())
    ids = {id(value) for value in upper}
    rest = [value for value in model.parameters() if value.requires_grad and id(value) not in ids]
    groups = [{"params": rest, "peak": plan.rate}, {"params": upper, "peak": plan.tower, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), weight_decay=plan.decay)
    mean = copy.deepcopy(model).requires_grad_(False)
    means, values = (dict(each.named_parameters()) for each in (mean, model))
    moving = [name for name, value in values.items() if value.requires_grad]
    start, end = time.time(), until - SPARE
    step, last_test, last_kept, waited = 0, start, start, 0.0
    best, judging = Best(), False
    while True:
        done = (time.time() - start) / max(1.0, end - start)
        turning = not judging and done > plan.learn
        if step == 0 or done >= 1 or turning or time.time() - last_test >= TESTED:
            figures = tests.figures(mean)
            if fit := best.better(figures, judging):
                best.kept = state(mean) | {"step": np.array(step)}
            note(step=step, waited=round(waited, 1), kept=fit, judging=judging, **figures)
            last_test, judging = time.time(), judging or turning
        if done >= 1 or time.time() - last_kept >= KEPT:
            keep(best.kept)
            last_kept = time.time()
        if done >= 1:
            break
        rate = plan.rate_at(step, done)
        for group in optimizer.param_groups:
            still = group["peak"] == plan.tower and done < plan.still
            group["lr"] = 0.0 if still else group["peak"] * rate
        then = time.time()
        batch = making.take()
        waited += time.time() - then
        with photos.half():
            value, each = model.loss(photos, batch, plan, reward if judging else None)
        value.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        torch.nn.utils.clip_grad_norm_(upper, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        share = 1 - min(plan.mean, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_([means[n] for n in moving], [values[n].detach() for n in moving], share)
        step += 1
        if step % 50 == 0 or step <= 3:
            losses = {name: round(float(loss), 3) for name, loss in each.items()}
            note(step=step, waiting=making.waiting(), rate=round(rate, 3), **losses)
    memory = torch.cuda.max_memory_allocated() / 2**30 if photos.device.type == "cuda" else 0
    note(end=step, gigabytes=round(memory, 2))


def main() -> None:
    began = time.time()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="manifests that eyes_carry made")
    for name in ("lite", "texts", "pieces", "vocabulary"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="file that eyes_carry made")
    parser.add_argument("--out", type=Path, default=Path("out/eyes-tuned"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=4, help="to decode the photos")
    parser.add_argument("--seconds", type=float, default=480.0, help="in all, from now")
    parser.add_argument("--until", type=float, help="instead: seconds since 1970")
    parser.add_argument("--most", type=int, default=0, help="photos, about; 0: all")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"plan_{name}", type=type(value), default=value)
    given = parser.parse_args()
    plan = replace(Plan(), **{name: getattr(given, f"plan_{name}") for name in asdict(Plan())})
    train(plan, given, given.until or began + given.seconds)


if __name__ == "__main__":
    main()
