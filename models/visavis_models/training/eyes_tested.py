"""What a training of `eyes_tuned.py` is measured by as it goes, on held-out photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis_models.training.eyes_device import Photos
from visavis_models.training.eyes_join import recalled
from visavis_models.training.eyes_reward import Reward, drawn, said
from visavis_models.training.eyes_rows import Rows, part, whole_views
from visavis_models.training.eyes_things import balanced
from visavis_models.training.eyes_whole import Whole


@torch.no_grad()  # type: ignore[untyped-decorator]
def tested(
    model: Whole, photos: Photos, rows: Rows, sides: Sequence[int], known: tuple[Tensor, Tensor], prior: Tensor
) -> dict[str, float]:
    """On held-out rows: nats a piece of captions and of answers, with the picture and without; how often the word for a
    side is right; things; and the right picture of as many for a caption."""
    model.eval()
    found: dict[str, list[Tensor]] = {}
    for start in range(0, len(rows.photos), 128):
        some = part(rows, start, start + 128)
        with photos.half():
            numbers, _, memory = model.look(photos, some, False)
            scores, goals = model.texts(some, memory)
            blind, _ = model.texts(some, model.eyes.nothing.expand_as(memory).to(memory.dtype))
            found.setdefault("logits", []).append(model.things(numbers).float())
            found.setdefault("direction", []).append(model.join(numbers).float())
        caption = torch.from_numpy(some.captions[some.goals > 0]).to(photos.device)
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


@torch.no_grad()  # type: ignore[untyped-decorator]
def described(model: Whole, photos: Photos, reward: Reward, numbers: Sequence[int]) -> float:
    """CIDEr-D, on pieces, of the likeliest descriptions of whole photos."""
    model.eval()
    found: list[float] = []
    for start in range(0, len(numbers), 128):
        some = np.array(numbers[start : start + 128], np.int32)
        none, empty = np.zeros((len(some), 1), np.int32), np.zeros((len(some), 1), np.int8)
        blind = np.zeros(len(some), np.bool_)
        rows = Rows(none, none, empty, empty, some, whole_views(len(some)), blind, none > 0)
        with photos.half():
            pieces = drawn(model.eyes, model.look(photos, rows, False)[2], True).tolist()
        found += [reward.cider(int(number), said(row)) for number, row in zip(some, pieces, strict=True)]
    model.train()
    return round(float(np.mean(found)), 4) if found else 0.0
