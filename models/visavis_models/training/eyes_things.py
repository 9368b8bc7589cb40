"""Trains the network that says which common things are there: `python -m visavis_models.training.eyes_things`.

Pooled cells, two layers, one logit for each concept of `eyes_concepts.toml`. What captions, boxes and labels name
counts as there; what people would have mentioned (`Facts.absent`) as absent; the rest counts for nothing. On the photos
of `eyes.py`, two minutes on a free core.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from typing import Any

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
from visavis_models.training.eyes_photos import NoPhotos, Photo, read

INNER, PASSES, TOGETHER, RATE = 512, 5, 128, 1e-3
LEAST = 12  # photos that show a concept, for it to be learned


class Things(nn.Module):
    def __init__(self, mean: Tensor, spread: Tensor, concepts: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first, self.second = nn.Linear(len(mean), INNER), nn.Linear(INNER, concepts)

    def forward(self, pooled: Tensor) -> Tensor:
        x = F.dropout((pooled - self.mean) / self.spread, 0.3, self.training)
        made: Tensor = self.second(F.dropout(F.gelu(self.first(x)), 0.4, self.training))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument("--out", type=Path, default=Path("out/eyes/things.npz"))
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
    learned, tests, _ = divided(photos, cells)
    head, shift = efficientnet.head(read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT))
    names = [*words().people, *words().concepts, "@indoors", "@outdoors"]
    names += sorted({f"@{place}" for place in words().places.values()})
    there, known = goals(learned, names)
    usable = there.sum(0) >= LEAST
    names = [name for name, use in zip(names, usable.tolist(), strict=True) if use]
    there, known = there[:, usable], known[:, usable]
    x = pictures(learned.photos, cells, head, shift, 2)
    test_x = pictures(tests.photos, cells, head, shift, 1)[:, 0].float()
    test_there, test_known = goals(tests, names)
    print(f"{len(x)} photos, {len(test_x)} held out, {len(names)} concepts", flush=True)
    share = (there.sum(0) / known.sum(0).clamp(min=1)).clamp(0.002, 0.9)
    prior = torch.log(share / (1 - share))
    some = x[:, 0].float()
    model = Things(some.mean(0), some.std(0) + 0.05, len(names))
    nn.init.zeros_(model.second.weight)
    with torch.no_grad():
        model.second.bias.copy_(prior)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.05)
    steps = PASSES * len(x) // TOGETHER
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / 50, 1.0, 2 * (1 - step / steps))
        rows = torch.randperm(len(x))[:TOGETHER]
        logits = model(x[rows, torch.randint(x.shape[1], rows.shape)].float())
        loss = (F.binary_cross_entropy_with_logits(logits, there[rows], reduction="none") * known[rows]).sum(1).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % 100 == 0 or step + 1 == steps:
            model.eval()
            with torch.no_grad():
                figures = balanced(model(test_x), test_there, test_known, prior)
            model.train()
            print(json.dumps({"step": step + 1, "loss": round(float(loss), 3), **figures}), flush=True)
    values = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = two_layers(values) | {"names": np.array(names), "prior": prior.numpy()}
    np.savez_compressed(given.out, **made)
    print(given.out, given.out.stat().st_size)


if __name__ == "__main__":
    main()
