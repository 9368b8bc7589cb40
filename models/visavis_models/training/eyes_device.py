"""Photos and what is known of them as tensors on one device, for `eyes_tuned.py`: views are cut there, not read.

`seer.py` cuts its views by the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends.efficientnet import SIDE as PIXELS
from visavis_models.backends.eyes_cells import DEEP, SIDE, shrunk
from visavis_models.backends.eyes_concepts import concept, words
from visavis_models.backends.eyes_graph import HINTS
from visavis_models.training.eyes_course import Everydays, Set
from visavis_models.training.eyes_facts import BOXED
from visavis_models.training.eyes_photos import Photo
from visavis_models.training.eyes_things import LEAST, scenes

_BOXES = 24  # of a photo, the largest
_TEXTS = 3  # captions of a photo, as MiniLM has them
_COVERED, _WITHIN = 0.3, 0.5  # a thing is in a cell of which it covers so much, or that holds so much of it


def pooled(cells: Tensor) -> Tensor:
    """(n, 49, WIDTH) -> (n, numbers), as `backends/eyes_pooled.py`."""
    deep, beside = cells[..., :DEEP], cells[..., DEEP:]
    return torch.cat([deep.mean(1), deep.amax(1), beside.mean(1)], -1)


def decoded(photos: Sequence[Photo], threads: int) -> Tensor:
    """(n, 3, 224, 224), uint8, in memory."""
    pictures = np.empty((len(photos), PIXELS, PIXELS, 3), np.uint8)

    def decode(number: int) -> None:
        pictures[number] = shrunk(photos[number].picture())

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(decode, range(len(pictures)), chunksize=64))
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def cut(pictures: Tensor, numbers: NDArray[np.int32], views: NDArray[np.float32], lit: bool) -> Tensor:
    """Views, as `eyes_rows.Rows` has them, of some of the pictures: (n, 3, 224, 224), 0 to 255, where these are; lit:
    as other cameras might have taken them."""
    device = pictures.device
    x, y, w, h, mirrored = torch.from_numpy(views).to(device).unbind(1)
    none = torch.zeros_like(x)
    across = torch.stack([w * (1 - 2 * mirrored), none, 2 * x + w - 1], -1)
    down = torch.stack([none, h, 2 * y + h - 1], -1)
    chosen = pictures[torch.from_numpy(numbers).to(device).long()].float()
    with torch.autocast(device.type, enabled=False):
        grid = F.affine_grid(torch.stack([across, down], 1), list(chosen.shape), align_corners=False)
    made = F.grid_sample(chosen, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    if lit:
        n = len(made)
        random = torch.rand(n, 6, 1, 1, device=device)
        gain = (0.75 + 0.5 * random[:, :1]) * torch.cat(
            [0.93 + 0.14 * random[:, 1:2], torch.ones_like(random[:, :1]), 0.93 + 0.14 * random[:, 2:3]], 1
        )
        noise = 8 * (random[:, 3:4] - 0.6).clamp(min=0) * torch.randn_like(made)
        new = made * gain + 30 * (random[:, 4:5] - 0.5) + noise
        made = torch.where(random[:, 5:] < 0.8, new, made)
    return made.clamp(0, 255).round().contiguous(memory_format=torch.channels_last)


class Photos:
    """All photos of a set on the device. Rows name them by their numbers."""

    def __init__(self, some: Set, texts: Path, device: str, threads: int) -> None:
        self.device, self._set = torch.device(device), some
        self._pictures = decoded(some.photos, threads).to(self.device)
        self._sums = torch.from_numpy(Everydays().sums).to(self.device)
        self.kinds = sorted(BOXED)
        self._boxes, self._box_kinds = (torch.from_numpy(each).to(self.device) for each in self._boxed())
        self._all_boxed = torch.tensor([photo.boxed for photo in some.photos], device=self.device).float()
        self._texts, self._counts = (torch.from_numpy(each).to(self.device) for each in self._told(texts))

    def __len__(self) -> int:
        return len(self._set.photos)

    def half(self) -> AbstractContextManager[Any]:
        """Brain floats on a GPU, single precision elsewhere."""
        made: AbstractContextManager[Any] = torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"
        )
        return made

    def whole(self) -> AbstractContextManager[Any]:
        """Single precision, for what brain floats are too coarse for."""
        made: AbstractContextManager[Any] = torch.autocast(self.device.type, enabled=False)
        return made

    def cut(self, numbers: NDArray[np.int32], views: NDArray[np.float32], lit: bool) -> Tensor:
        """The views as pictures, (n, 3, 224, 224), 0 to 255; lit: as other cameras might have taken them."""
        return cut(self._pictures, numbers, views, lit)

    def hints(self, probabilities: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers and chances of the HINTS likeliest everyday words, (n, HINTS)."""
        with self.whole():
            chances, order = (probabilities.float() @ self._sums).topk(HINTS, -1)
        return order, chances

    def kinds_in_cells(self, numbers: NDArray[np.int32], views: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        """(n, 49, kinds): 1 where a thing of that kind lies in that cell of the view; and 1 for photos of which all
        things are boxed."""
        at = torch.from_numpy(numbers).to(self.device).long()
        x, y, w, h, mirrored = torch.from_numpy(views).to(self.device)[:, None].unbind(-1)
        boxes, kinds = self._boxes[at], self._box_kinds[at]
        left, right = (boxes[..., 0] - x) / w, (boxes[..., 0] + boxes[..., 2] - x) / w
        left, right = torch.where(mirrored > 0, 1 - right, left), torch.where(mirrored > 0, 1 - left, right)
        top, bottom = (boxes[..., 1] - y) / h, (boxes[..., 1] + boxes[..., 3] - y) / h
        edges = torch.arange(SIDE, device=self.device) / SIDE
        wide = _overlap(left, right, edges)  # (n, boxes, 7), parts of a cell
        high = _overlap(top, bottom, edges)
        inside = high.unsqueeze(-1) * wide.unsqueeze(-2)  # (n, boxes, 7, 7)
        size = ((right - left) * (bottom - top) * SIDE * SIDE).clamp(min=1e-6)[..., None, None]
        here = ((inside > _COVERED) | (inside > _WITHIN * size)).flatten(2).float()
        made = torch.einsum("nbc,nbk->nck", here, kinds).clamp(max=1)
        return made, self._all_boxed[at]

    def name_things(self, names: list[str] | None = None) -> tuple[list[str], Tensor]:
        """Note which things are there and of which that is known. names: those of the other set.

        Returns the names and the logarithms of their odds."""
        table, rows = words(), zip(self._set.photos, self._set.known, strict=True)
        every = names or [*table.people, *table.concepts, "@indoors", "@outdoors"]
        every += [] if names else sorted({f"@{place}" for place in table.places.values()})
        column = {name: at for at, name in enumerate(every)}
        random = np.random.default_rng(9)
        there = np.zeros((len(self), len(every)), np.bool_)
        known = random.random(there.shape) < 0.33  # things that are often there unmentioned
        known[:, [at for name, at in column.items() if name in table.salient or name.startswith("@")]] = False
        sides = [column[name] for name in ("@indoors", "@outdoors") if name in column]
        places = [at for name, at in column.items() if name.startswith("@") and at not in sides]
        for row, (photo, facts) in enumerate(rows):
            where, surely = scenes(photo, facts)
            there[row, [column[name] for name in (*facts.present, *where) if name in column]] = True
            known[row, [column[name] for name in facts.absent if name in column]] = True
            known[row, places] |= surely
            known[row, sides] |= bool({"@indoors", "@outdoors"} & where)
        known |= there
        if not names:
            usable = there.sum(0) >= LEAST
            every, there, known = (
                [n for n, use in zip(every, usable, strict=True) if use],
                there[:, usable],
                known[:, usable],
            )
        share = (there.sum(0) / np.maximum(1, known.sum(0))).clip(0.002, 0.9)
        self._there, self._known = (torch.from_numpy(each).to(self.device) for each in (there, known))
        return every, torch.from_numpy(np.log(share / (1 - share))).float().to(self.device)

    def there(self, numbers: NDArray[np.int32]) -> tuple[Tensor, Tensor]:
        at = torch.from_numpy(numbers).to(self.device).long()
        return self._there[at].float(), self._known[at].float()

    def told(self, numbers: NDArray[np.int32], first: bool = False) -> tuple[Tensor, Tensor]:
        """Which of the rows have captions, and what MiniLM makes of one of them, (those, 384)."""
        at = torch.from_numpy(numbers).to(self.device).long()
        having = (self._counts[at] > 0).nonzero()[:, 0]
        counts = self._counts[at[having]]
        chosen = (torch.rand(len(having), device=self.device) * counts).long() * (not first)
        return having, self._texts[at[having], chosen].float()

    def _told(self, path: Path) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
        with np.load(path) as kept:
            rows = kept["whole"].astype(np.float32) * kept["scale"].astype(np.float32)[:, None]
            starts = np.concatenate([[0], np.cumsum(kept["counts"].astype(np.int64))])
            where = {str(name): (starts[n], int(kept["counts"][n])) for n, name in enumerate(kept["names"])}
        made = np.zeros((len(self), _TEXTS, rows.shape[1]), np.float16)
        counts = np.zeros(len(self), np.int64)
        for number, photo in enumerate(self._set.photos):
            start, counts[number] = where.get(photo.name, (0, 0))
            made[number, : counts[number]] = rows[start : start + counts[number]]
        return made, counts

    def _boxed(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(photos, boxes, 4) and (photos, boxes, kinds) of zeros and ones."""
        boxes = np.zeros((len(self), _BOXES, 4), np.float32)
        kinds = np.zeros((len(self), _BOXES, len(self.kinds)), np.float32)
        column = {kind: at for at, kind in enumerate(self.kinds)}
        for row, facts in enumerate(self._set.known):
            things = sorted(facts.things, key=lambda thing: -thing.w * thing.h)[:_BOXES]
            for at, thing in enumerate(things):
                boxes[row, at] = thing.x, thing.y, thing.w, thing.h
                if (name := concept(thing.label)) in column:
                    kinds[row, at, column[name]] = 1
        return boxes, kinds


def _overlap(begin: Tensor, end: Tensor, edges: Tensor) -> Tensor:
    """How much of every cell lies between, as a part of the cell."""
    low = torch.maximum(begin.unsqueeze(-1), edges)
    high = torch.minimum(end.unsqueeze(-1), edges + 1 / SIDE)
    return (high - low).clamp(min=0) * SIDE
