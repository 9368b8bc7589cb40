"""Trains our eyes together with the upper half of their picture network, on a GPU and by the clock, from carried photos.

`python -m visavis_models.training.eyes_tuned --photos photos1 photos2 --seconds 480 --device cuda`; what it needs comes
from `eyes_carry.py`. The photos lie on the device; rows are made beside it (`eyes_rows.py`); every step cuts the views,
looks, and learns four things at once: the texts, which of COCO's kinds lies in which cell, which common things are there
(`eyes_things.py`), and where the picture lies among the words (`eyes_join.py`). A running mean of the weights is tested
every 20 seconds on held-out photos, and the best goes into three files, once a minute. The rate comes down by the clock.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.eyes_words import DESCRIBE, Vocabulary
from visavis_models.training.eyes_course import Everydays, Set, held_out
from visavis_models.training.eyes_device import Photos, pooled
from visavis_models.training.eyes_facts import facts
from visavis_models.training.eyes_join import Join, recalled
from visavis_models.training.eyes_kept import parts
from visavis_models.training.eyes_model import Eyes, Shape
from visavis_models.training.eyes_photos import read
from visavis_models.training.eyes_questions import Together
from visavis_models.training.eyes_rows import Making, Rows, exam
from visavis_models.training.eyes_things import Things, balanced
from visavis_models.training.eyes_tower import Tower

SPARE = 14.0  # seconds before the end that are left for the last test and for writing
TESTED, KEPT = 20.0, 60.0  # seconds between tests, and between writings


@dataclass(frozen=True)
class Plan:
    seed: int = 9
    together: int = 128  # rows in a batch, each of another view
    longest: int = 160  # pieces of a row
    rate: float = 8e-4
    tower: float = 6e-5  # rate of the picture network's upper half
    warm_up: int = 150  # steps
    still: float = 0.06  # share of the time in which the picture network does not learn yet
    dropout: float = 0.2
    smooth: float = 0.1
    decay: float = 0.05
    mean: float = 0.9985  # of the running mean of the weights, at the end of a step
    kinds: float = 0.3  # weights of the three further losses
    things: float = 0.01
    join: float = 0.05
    processes: int = 3

    def rate_at(self, step: int, done: float) -> float:
        """A warm-up, then half a wave down to nothing. done: part of the time."""
        return min((step + 1) / self.warm_up, 0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))


class Whole(nn.Module):
    """All that learns, and the losses."""

    def __init__(self, tower: Tower, eyes: Eyes, things: Things, join: Join, kinds: int) -> None:
        super().__init__()
        self.tower, self.eyes, self.things, self.join = tower, eyes, things, join
        self.kinds = nn.Linear(eyes.shape.width, kinds)
        nn.init.constant_(self.kinds.bias, -4.0)

    def learned(self) -> list[nn.Parameter]:
        return [value for value in self.parameters() if value.requires_grad]

    def look(self, photos: Photos, rows: Rows, lit: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Pooled cells, mixed cells, and what the decoder looks at."""
        pictures = photos.cut(rows.photos, rows.views, lit)
        cells, probabilities = self.tower(pictures)
        hints, sure = photos.hints(probabilities)
        blind = torch.from_numpy(rows.blind).to(photos.device)
        mixed = self.eyes.mixed(self.eyes.measured(cells))
        return pooled(cells), mixed, self.eyes.seen(mixed, hints, sure, blind)

    def texts(self, rows: Rows, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of all pieces that count, and these."""
        numbers = [torch.from_numpy(each).to(memory.device) for each in (rows.pieces, rows.goals, rows.places, rows.texts)]
        pieces, goals, places, texts = (each.long() for each in numbers)
        own = texts.unsqueeze(1) == texts.unsqueeze(2)
        mask = own & torch.ones(own.shape[1:], dtype=torch.bool, device=own.device).tril()
        hidden = self.eyes(pieces, places, mask.unsqueeze(1), memory)
        counts = goals > 0
        return self.eyes.scores(hidden[counts]).float(), goals[counts]

    def loss(self, photos: Photos, rows: Rows, plan: Plan) -> tuple[Tensor, dict[str, Tensor]]:
        numbers, mixed, memory = self.look(photos, rows, True)
        scores, goals = self.texts(rows, memory)
        text = F.cross_entropy(scores, goals, label_smoothing=plan.smooth)
        where, there = photos.kinds_in_cells(rows.photos, rows.views)
        kinds = F.binary_cross_entropy_with_logits(self.kinds(mixed).float(), where, reduction="none")
        kinds = (kinds.sum(-1).mean(-1) * there).sum() / there.sum().clamp(min=1)
        goal, known = photos.there(rows.photos)
        things = F.binary_cross_entropy_with_logits(self.things(numbers).float(), goal, reduction="none")
        things = (things * known).sum(-1).mean()
        at, told = photos.told(rows.photos)
        sides = self.join(numbers[at]).float() @ told.T * self.join.scale.exp().clamp(max=60)
        own = torch.arange(len(at), device=sides.device)
        join = (F.cross_entropy(sides, own) + F.cross_entropy(sides.T, own)) / 2 if len(at) > 1 else sides.sum() * 0
        whole = text + plan.kinds * kinds + plan.things * things + plan.join * join
        return whole, {"text": text.detach(), "kinds": kinds.detach(), "things": things.detach(), "join": join.detach()}


@torch.no_grad()
def tested(model: Whole, photos: Photos, rows: Rows, sides: Sequence[int], known: tuple[Tensor, Tensor], prior: Tensor) -> dict[str, float]:
    """On held-out rows: nats a piece of captions and of answers, with the picture and without; how often the word for a
    side is right; things; and the right picture of as many for a caption."""
    model.eval()
    found: dict[str, list[Tensor]] = {}
    beginnings = torch.from_numpy(_begin(rows)).to(photos.device)
    for start in range(0, len(rows.photos), 128):
        some = part(rows, start, start + 128)
        with photos.half():
            numbers, _, memory = model.look(photos, some, False)
            scores, goals = model.texts(some, memory)
            blind, _ = model.texts(some, model.eyes.nothing.expand_as(memory).to(memory.dtype))
            found.setdefault("logits", []).append(model.things(numbers).float())
            found.setdefault("direction", []).append(model.join(numbers).float())
        caption = beginnings[start : start + 128][torch.from_numpy(some.goals).to(photos.device) > 0]
        nats, blind_nats = (F.cross_entropy(each, goals, reduction="none") for each in (scores, blind))
        side = torch.isin(goals, torch.tensor(sides, device=goals.device)) & ~caption
        among = scores[side][:, list(sides)].argmax(-1)
        right = torch.tensor(sides, device=goals.device)[among] == goals[side]
        for name, value in (
            ("captions", nats[caption]), ("answers", nats[~caption]), ("all", nats), ("blind", blind_nats),
            ("blind_answers", blind_nats[~caption]), ("sides", right.float()),
        ):  # fmt: skip
            found.setdefault(name, []).append(value)
    model.train()
    made = {name: torch.cat(each) for name, each in found.items()}
    things = balanced(made.pop("logits"), *known, prior)
    at, told = photos.told(rows.photos, first=True)
    figures = recalled(made.pop("direction")[at], told.unsqueeze(1))
    figures |= {"yes": things["yes"], "no": things["no"], "of": len(at)}
    return {name: round(float(each.mean()), 4) for name, each in made.items()} | figures


def _begin(rows: Rows) -> NDArray[np.bool_]:
    """(n, t): true where a text is a caption."""
    made = np.zeros(rows.pieces.shape, np.bool_)
    for row, texts in enumerate(rows.texts):
        for text in range(int(texts.max()) + 1):
            where = texts == text
            made[row, where] = rows.pieces[row, np.argmax(where)] == DESCRIBE
    return made


def part(rows: Rows, start: int, end: int) -> Rows:
    return Rows(**{name: getattr(rows, name)[start:end] for name in Rows.__dataclass_fields__})


def begun(plan: Plan, lite: Path, pieces: Path, words: Vocabulary, photos: Photos, names: int, prior: Tensor) -> Whole:
    """A fresh model on the device; the measure of its cells is taken from some photos."""
    torch.manual_seed(plan.seed)
    with np.load(lite) as arrays:
        tower = Tower({name: arrays[name] for name in arrays.files})
    eyes = Eyes(Shape(len(words), dropout=plan.dropout), [words.pieces(name) for name in Everydays().names])
    with np.load(pieces) as table, torch.no_grad():
        eyes.pieces.weight.copy_(torch.from_numpy(table["whole"] * table["scale"].astype(np.float32)[:, None]))
    tower.to(photos.device, memory_format=torch.channels_last)
    some = np.linspace(0, len(photos) - 1, min(512, len(photos))).astype(np.int32)
    seen = []
    with torch.no_grad(), photos.half():
        for at in np.array_split(some, max(1, len(some) // 64)):
            seen.append(tower(photos.cut(at, np.tile(np.float32([0, 0, 1, 1, 0]), (len(at), 1)), False))[0].float())
    cells = torch.cat(seen).cpu()
    with torch.no_grad():
        eyes.mean.copy_(cells.flatten(0, 1).mean(0))
        eyes.spread.copy_(cells.flatten(0, 1).std(0) + 0.05)
    numbers = pooled(cells)
    things = Things(numbers.mean(0), numbers.std(0) + 0.05, names)
    nn.init.zeros_(things.second.weight)
    with torch.no_grad():
        things.second.bias.copy_(prior.cpu())
    whole = Whole(tower, eyes, things, Join(numbers.mean(0), numbers.std(0) + 0.05), len(photos.kinds))
    return whole.to(photos.device)


def train(plan: Plan, given: argparse.Namespace, until: float) -> None:
    """Blocking; comes to its end at `until` of the wall clock."""
    began = time.time()
    found = read(given.photos)
    found = found[:: max(1, len(found) // given.most)] if given.most else found
    tests = [photo for photo in found if held_out(photo)]
    learned = [photo for photo in found if not held_out(photo)]
    learn, test = Set(learned, [facts(p) for p in learned]), Set(tests, [facts(p) for p in tests])
    words = Vocabulary(given.vocabulary)
    making = Making(learn, given.vocabulary, plan.seed, plan.together, plan.longest, plan.processes)
    try:
        together = Together(learn.known)
        rows = exam(test.photos, test.known, together, words, 512, plan.longest)
        print(json.dumps({"learned": len(learned), "held_out": len(tests), "read": round(time.time() - began, 1)}), flush=True)
        photos, held = (Photos(each, given.texts, given.device, given.threads) for each in (learn, test))
        names, prior = photos.name_things()
        held.name_things(names)
        model = begun(plan, given.lite, given.pieces, words, photos, len(names), prior)
        print(json.dumps({"ready": round(time.time() - began, 1), "names": len(names), **asdict(plan)}), flush=True)
        _steps(plan, model, making, photos, (held, rows), [words.pieces(w)[0] for w in ("left", "right", "middle")], (names, prior), began, until, given.out)  # fmt: skip
    finally:
        making.close()


def _steps(
    plan: Plan, model: Whole, making: Making, photos: Photos, tests: tuple[Photos, Rows], sides: Sequence[int],
    things: tuple[list[str], Tensor], began: float, until: float, out: Path,
) -> None:  # fmt: skip
    held, rows = tests
    upper = list(model.tower.upper.parameters())
    ids = {id(value) for value in upper}
    rest = [value for value in model.learned() if id(value) not in ids]
    groups = [{"params": rest, "peak": plan.rate}, {"params": upper, "peak": plan.tower, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), weight_decay=plan.decay)
    mean = copy.deepcopy(model).requires_grad_(False)
    means, values = [dict(m.named_parameters()) for m in (mean, model)]
    moving = [name for name, value in values.items() if value.requires_grad]
    start, end = time.time(), until - SPARE
    step, last_test, last_kept, waited = 0, start, start, 0.0
    best, kept = math.inf, dict[str, NDArray[Any]]()
    known = held.there(rows.photos)
    sums: dict[str, float] = {}
    while True:
        done = (time.time() - start) / max(1.0, end - start)
        if step == 0 or done >= 1 or time.time() - last_test >= TESTED:
            figures = tested(mean, held, rows, sides, known, things[1])
            if figures["all"] < best:
                best, kept = figures["all"], _state(mean)
                kept |= {"names": np.array(things[0]), "prior": things[1].float().cpu().numpy(), "step": np.array(step)}
            print(json.dumps({"step": step, "seconds": round(time.time() - began), "waited": round(waited, 1), **figures}), flush=True)
            last_test = time.time()
        if done >= 1 or time.time() - last_kept >= KEPT:
            parts(kept, out)
            last_kept = time.time()
        if done >= 1:
            break
        rate = plan.rate_at(step, done)
        for group in optimizer.param_groups:
            late = group["peak"] == plan.tower and done < plan.still
            group["lr"] = 0.0 if late else group["peak"] * rate
        then = time.time()
        batch = making.take()
        waited += time.time() - then
        with photos.half():
            value, each = model.loss(photos, batch, plan)
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
            sums = {name: round(float(loss), 3) for name, loss in each.items()}
            print(json.dumps({"step": step, "seconds": round(time.time() - began, 1), "waiting": making.waiting(), "rate": round(rate, 3), **sums}), flush=True)  # fmt: skip
    memory = torch.cuda.max_memory_allocated() / 2**30 if photos.device.type == "cuda" else 0
    print(json.dumps({"end": step, "best": best, "gigabytes": round(memory, 2)}), flush=True)


def _state(model: Whole) -> dict[str, NDArray[Any]]:
    """Halves of everything that learned, and what they are measured by."""
    made = {f"tower.{name}": value for name, value in model.tower.upper.arrays().items()}
    for at in ("eyes", "things", "join", "kinds"):
        values = getattr(model, at).state_dict()
        made |= {f"{at}.{name}": value.float().cpu().numpy() for name, value in values.items()}
    made = {name: value for name, value in made.items() if name not in ("eyes.head", "eyes.head_shift")}
    return {name: value.astype(np.float16) for name, value in made.items()}


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
