"""Trains the network that says which common things are there: `python -m visavis_models.training.eyes_things`.

Pooled cells of the picture network as it was published, two layers, one logit for each concept of
`eyes_concepts.toml`. What captions, boxes and labels name counts as there; what people would have mentioned
(`Facts.absent`) as absent; the rest counts for nothing. On the photos of `eyes.py`, a minute on a free core.

The network that learns with the upper half (`eyes_tuned.py`) is beside it: that half knows its photos by heart, which
makes it too strict with others. The mean of both is better than either. Which pass is kept is decided on photos that
are neither learned from nor in the exam.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends import efficientnet
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.eyes_concepts import words
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.eyes_course import Set, divided
from visavis_models.training.eyes_facts import Facts
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_join import pictures
from visavis_models.training.eyes_pack import two_layers
from visavis_models.training.eyes_photos import VIEWS, NoPhotos, Photo, read

INNER, PASSES, TOGETHER, RATE = 512, 8, 128, 5e-4
LEAST = 12  # photos that show a concept, for it to be learned
_CHECKED = 9  # one learned photo in so many decides which pass is kept


class Things(nn.Module):
    def __init__(self, mean: Tensor, spread: Tensor, concepts: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first, self.second = nn.Linear(len(mean), INNER), nn.Linear(INNER, concepts)

    def forward(self, pooled: Tensor) -> Tensor:
        x = F.dropout((pooled - self.mean) / self.spread, 0.4, self.training)
        made: Tensor = self.second(F.dropout(F.gelu(self.first(x)), 0.5, self.training))
        return made


def scenes(photo: Photo, facts: Facts) -> tuple[set[str], bool]:
    """Places and inside or outside, as names with "@" before them; and whether others can be held for wrong."""
    found = {f"@{words().places[place]}" for place in facts.places}
    inner, outer = _INNER & facts.present.keys(), _OUTER & facts.present.keys()
    inside = facts.inside or ("indoors" if inner and not outer else "outdoors" if outer and not inner else "")
    return found | ({f"@{inside}"} if inside else set()), len(photo.captions) >= 4


_INNER = frozenset("oven;sink;toilet;refrigerator;bed;couch;microwave;television;keyboard;toaster".split(";"))
_OUTER = frozenset(
    "car;bus;truck;traffic light;airplane;boat;kite;pair of skis;snowboard;surfboard;horse;cow;sheep;elephant;zebra;"
    "giraffe;fire hydrant;stop sign;train;parking meter".split(";")
)


def goals(photos: Set, names: list[str]) -> tuple[Tensor, Tensor]:
    """(photos, names): 1 where it is there, and 1 where that is known."""
    there = torch.zeros(len(photos.photos), len(names))
    known = torch.zeros_like(there)
    for row, (photo, facts) in enumerate(zip(photos.photos, photos.known, strict=True)):
        where, surely = scenes(photo, facts)
        sides = {"@indoors", "@outdoors"}
        for column, name in enumerate(names):
            if name.startswith("@"):
                there[row, column] = name in where
                known[row, column] = bool(where & sides) if name in sides else name in where or surely
                continue
            there[row, column] = name in facts.present
            known[row, column] = name in facts.present or name in facts.absent or _missing(name, facts.present, row)
    return there, known


def _missing(name: str, present: object, row: int) -> bool:
    """Things that are often there unmentioned count as absent in a third of the photos that do not name them."""
    return Random(f"{name} {row}").random() < 0.33 if name not in words().salient else False


def balanced(logits: Tensor, there: Tensor, known: Tensor, prior: Tensor) -> dict[str, float]:
    """Right yes and right no, each as a mean over the concepts, when asked above the prior."""
    yes = logits > prior
    right_yes = ((yes == 1) & (there == 1)).sum(0) / there.sum(0).clamp(min=1)
    absent = (known == 1) & (there == 0)
    right_no = ((yes == 0) & absent).sum(0) / absent.sum(0).clamp(min=1)
    asked = (there.sum(0) >= 3) & (absent.sum(0) >= 3)
    return {
        "concepts": int(asked.sum()),
        "yes": round(float(right_yes[asked].mean()), 3),
        "no": round(float(right_no[asked].mean()), 3),
    }


def apart(photos: Set) -> tuple[Set, Set]:
    """Those to learn from and those to choose by."""
    chosen = [crc32(f"validation {photo.name}".encode()) % _CHECKED == 0 for photo in photos.photos]
    parts = [
        [(photo, known) for photo, known, mine in zip(photos.photos, photos.known, chosen, strict=True) if mine is part]
        for part in (False, True)
    ]
    learned, checked = (Set([photo for photo, _ in part], [known for _, known in part]) for part in parts)
    return learned, checked


def fitted(
    x: Tensor, there: Tensor, known: Tensor, exams: Sequence[tuple[Tensor, Tensor, Tensor]]
) -> tuple[Things, Tensor]:
    """The network after its best pass, and the logarithms of the concepts' odds.

    x: (photos, views, numbers). exams: numbers, there and known of the photos to choose by, and of those held out."""
    share = (there.sum(0) / known.sum(0).clamp(min=1)).clamp(0.002, 0.9)
    prior = torch.log(share / (1 - share))
    some = x[:, 0].float()
    model = Things(some.mean(0), some.std(0) + 0.05, there.shape[1])
    nn.init.zeros_(model.second.weight)
    with torch.no_grad():
        model.second.bias.copy_(prior)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.05)
    least, best, each = math.inf, model.state_dict(), max(1, len(x) // TOGETHER)
    for step in range(PASSES * each):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / 50, 1.0, 2 * (1 - step / (PASSES * each)))
        rows = torch.randperm(len(x))[:TOGETHER]
        logits = model(x[rows, torch.randint(x.shape[1], rows.shape)].float())
        loss = _missed(logits, there[rows], known[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % each == 0:
            model.eval()
            with torch.no_grad():
                marks = [(model(seen), is_there, is_known) for seen, is_there, is_known in exams]
            model.train()
            missed, figures = float(_missed(*marks[0])), [balanced(*mark, prior) for mark in marks]
            note = {
                "step": step + 1,
                "loss": loss.item(),
                "missed": missed,
                "chosen by": figures[0],
                "held out": figures[1],
            }
            print(json.dumps(note), flush=True)
            if missed < least:
                least, best = missed, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model.eval(), prior


def _missed(logits: Tensor, there: Tensor, known: Tensor) -> Tensor:
    return (F.binary_cross_entropy_with_logits(logits, there, reduction="none") * known).sum(1).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument("--out", type=Path, default=Path("out/eyes/things-own.npz"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(9)
    packs = Packs(given.packs)
    try:
        photos = read(given.photos)
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None
    keep(photos, given.cells, packs, 1)
    cells = Cells(given.cells, [photo.name for photo in photos])
    whole, tests, _ = divided(photos, cells)
    learned, checked = apart(whole)
    head, shift = efficientnet.head(read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT))
    names = [*words().people, *words().concepts, "@indoors", "@outdoors"]
    names += sorted({f"@{place}" for place in words().places.values()})
    usable = goals(learned, names)[0].sum(0) >= LEAST
    names = [name for name, use in zip(names, usable.tolist(), strict=True) if use]
    x = pictures(learned.photos, cells, head, shift, VIEWS)
    exams = [
        (pictures(some.photos, cells, head, shift, 1)[:, 0].float(), *goals(some, names)) for some in (checked, tests)
    ]
    print(f"{len(x)} photos, {len(checked.photos)} to choose by, {len(tests.photos)} held out, {len(names)} concepts")
    model, prior = fitted(x, *goals(learned, names), exams)
    values = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = two_layers(values) | {"names": np.array(names), "prior": prior.numpy()}
    np.savez_compressed(given.out, **made)
    print(given.out, given.out.stat().st_size)


if __name__ == "__main__":
    main()
