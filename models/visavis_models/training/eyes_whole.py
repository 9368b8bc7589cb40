"""All that learns in a training of `eyes_tuned.py`, with its losses: the picture network's upper half, the decoder, and
the three small heads beside it. What of it is served: `eyes_read_back.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends.eyes_words import Vocabulary
from visavis_models.training.eyes_course import Everydays
from visavis_models.training.eyes_device import Photos, pooled
from visavis_models.training.eyes_join import Join
from visavis_models.training.eyes_model import Eyes, Shape
from visavis_models.training.eyes_reward import Reward, better
from visavis_models.training.eyes_rows import Rows, whole_views
from visavis_models.training.eyes_things import Things
from visavis_models.training.eyes_tower import Tower


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
    learn: float = 0.78  # part of the time after which descriptions are judged
    judged: float = 1.0  # weight of that; and of the captions beside it
    captions: float = 0.2
    drawn: int = 5  # descriptions of a photo
    judged_rate: float = 0.06  # part of the rate then

    def rate_at(self, step: int, done: float) -> float:
        """A warm-up, half a wave down to nothing, and a little for the last part. done: part of the time."""
        if done > self.learn:
            return self.judged_rate * min(1.0, 0.1 + 2 * (1 - done) / (1 - self.learn))
        return min((step + 1) / self.warm_up, 0.5 + 0.5 * math.cos(math.pi * done / self.learn))


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
        numbers = [
            torch.from_numpy(each).to(memory.device) for each in (rows.pieces, rows.goals, rows.places, rows.texts)
        ]
        pieces, goals, places, texts = (each.long() for each in numbers)
        own = texts.unsqueeze(1) == texts.unsqueeze(2)
        mask = own & torch.ones(own.shape[1:], dtype=torch.bool, device=own.device).tril()
        hidden = self.eyes(pieces, places, mask.unsqueeze(1), memory)
        counts = goals > 0
        return self.eyes.scores(hidden[counts]).float(), goals[counts]

    def loss(
        self, photos: Photos, rows: Rows, plan: Plan, reward: Reward | None
    ) -> tuple[Tensor, dict[str, float | Tensor]]:
        """reward: in the last part of the run, when descriptions are judged and their captions count for less."""
        numbers, mixed, memory = self.look(photos, rows, True)
        scores, goals = self.texts(rows, memory)
        each = F.cross_entropy(scores, goals, label_smoothing=plan.smooth, reduction="none")
        weight = torch.ones_like(each)
        if reward:
            weight[torch.from_numpy(rows.captions[rows.goals > 0]).to(each.device)] = plan.captions
        text = (each * weight).sum() / weight.sum()
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
        figures: dict[str, float | Tensor] = {"text": text.detach(), "kinds": kinds.detach()}
        figures |= {"things": things.detach(), "join": join.detach()}
        if reward:
            judged = [n for n, number in enumerate(rows.photos) if number in reward and not rows.blind[n]]
            if judged:
                seen, some = memory[judged], [int(rows.photos[n]) for n in judged]
                loss, figures["worth"] = better(self.eyes, reward, seen, some, plan.drawn)
                whole = whole + plan.judged * loss
        return whole, figures


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
            seen.append(tower(photos.cut(at, whole_views(len(at)), False))[0].float())
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
    made: Whole = whole.to(photos.device)
    return made


def state(model: Whole) -> dict[str, NDArray[Any]]:
    """Halves of everything that learned, and what they are measured by."""
    made = {f"tower.{name}": value for name, value in model.tower.upper.arrays().items()}
    for at in ("eyes", "things", "join", "kinds"):
        values = getattr(model, at).state_dict()
        made |= {f"{at}.{name}": value.float().cpu().numpy() for name, value in values.items()}
    made = {name: value for name, value in made.items() if name not in ("eyes.head", "eyes.head_shift")}
    return {name: value.astype(np.float16) for name, value in made.items()}
