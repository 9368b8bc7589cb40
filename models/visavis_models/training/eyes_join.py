"""Trains the network that puts pictures among the words about them: `python -m visavis_models.training.eyes_join`.

A picture's pooled cells go through two layers into the space of MiniLM, so that a dot product tells how well a text
suits a picture, and a picture a picture. Contrastive (arXiv:2103.00020), on the photos and the held-out ones of
`eyes.py`, minutes on one core; MiniLM itself stays as it is. What is measured: of 500 held-out photos, is the right one
among the first for a caption.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis_models.backends import efficientnet, minilm
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.eyes_cells import NARROW
from visavis_models.backends.eyes_pooled import pooled
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.eyes_course import divided
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_pack import two_layers
from visavis_models.training.eyes_photos import VIEWS, NoPhotos, Photo, read

INNER, OUT = 640, 384
CAPTIONS = 4  # of a photo
RATE, STEPS, TOGETHER = 1e-3, 1200, 384


class Join(nn.Module):
    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first, self.second = nn.Linear(len(mean), INNER), nn.Linear(INNER, OUT)
        self.scale = nn.Parameter(torch.tensor(3.0))

    def forward(self, pooled: Tensor) -> Tensor:
        x = F.dropout((pooled - self.mean) / self.spread, 0.3, self.training)
        x = F.dropout(F.gelu(self.first(x)), 0.4, self.training)
        return F.normalize(self.second(x), dim=-1)


def pictures(photos: list[Photo], cells: Cells, head: Any, shift: Any, count: int) -> Tensor:
    """(photos, views, numbers)."""
    rows = []
    for photo in photos:
        kept = np.stack([cells.get(photo.name, view % cells.views(photo.name))[0] for view in range(count)])
        kept = kept.astype(np.float32)
        deep = np.clip(kept[..., :NARROW] @ head.T + shift, 0, 6)
        rows.append(
            np.stack([pooled(each) for each in np.concatenate([deep, kept[..., NARROW:]], -1)]).astype(np.float16)
        )
        if len(rows) % 1000 == 0:
            print(len(rows), "photos pooled", flush=True)
    return torch.from_numpy(np.stack(rows))


def _texts(photos: list[Photo], packs: Packs, count: int) -> Tensor:
    """(photos, count, 384); where there are fewer captions, some stand there twice."""
    embedder = minilm.load(BackendSettings(backend="minilm"), packs)
    rows = [photo.captions[n % len(photo.captions)] for photo in photos for n in range(count)]
    return torch.from_numpy(embedder.embed(rows)).view(len(photos), count, OUT)


def recalled(pictures: Tensor, texts: Tensor) -> dict[str, float]:
    """Of captions (n, c, 384) for pictures (n, 384): the share whose picture is first, among five, among ten."""
    scores = torch.einsum("nce,me->ncm", texts, pictures)
    own = scores.diagonal(dim1=0, dim2=2).T.unsqueeze(-1)  # (n, c, 1)
    place = (scores > own).sum(-1).float()
    return {f"recall@{k}": round(float((place < k).float().mean()), 4) for k in (1, 5, 10)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument("--out", type=Path, default=Path("out/eyes/join.npz"))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(9)
    packs = Packs(given.packs)
    try:
        photos = [photo for photo in read(given.photos) if len(photo.captions) >= 2]
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None
    keep(photos, given.cells, packs, given.threads)
    cells = Cells(given.cells, [photo.name for photo in photos])
    learned, tests, _ = divided(photos, cells)
    held_out = tests.photos[:500]
    head, shift = efficientnet.head(read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT))
    x, test_x = pictures(learned.photos, cells, head, shift, VIEWS), pictures(held_out, cells, head, shift, 1)
    print(f"{len(x)} photos, {len(test_x)} held out", flush=True)
    t, test_t = _texts(learned.photos, packs, CAPTIONS), _texts(held_out, packs, CAPTIONS)
    some = x[:, 0].float()
    model = Join(some.mean(0), some.std(0) + 0.05)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.1)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / 50, 1.0) * (1 - step / STEPS)
        rows = torch.randperm(len(x))[:TOGETHER]
        views = torch.randint(VIEWS, rows.shape)
        texts = t[rows, torch.randint(CAPTIONS, rows.shape)]
        scores = model(x[rows, views].float()) @ texts.T * model.scale.exp().clamp(max=60)
        goal = torch.arange(len(rows))
        loss = (F.cross_entropy(scores, goal) + F.cross_entropy(scores.T, goal)) / 2
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % 200 == 0:
            model.eval()
            with torch.no_grad():
                made = model(test_x[:, 0].float())
            model.train()
            figures = {"step": step + 1, "loss": round(float(loss), 3), **recalled(made, test_t)}
            print(json.dumps(figures), flush=True)
    _save(model, given.out)


def _save(model: Join, path: Path) -> None:
    made: dict[str, Any] = two_layers({name: value.detach().numpy() for name, value in model.state_dict().items()})
    np.savez_compressed(path, **made)
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
