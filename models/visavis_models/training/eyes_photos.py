"""Photos to learn seeing from: manifests, and the views that are taken of each photo.

A manifest is a .jsonl file (or .jsonl.gz), one photo a line: `id`; `file`, a path beside the manifest, or with `shard`,
`offset` and `size` bytes inside that file; and what is known of it: `captions` (sentences), `boxes` (label, x, y, w, h
in fractions, from the top left; all things of COCO's 80 kinds are boxed unless `some_boxes`), `labels` (names of what
is shown), `qa` (pairs of a question and a word or two), `captions_from_qa` (sentences made of those: learned, but
nothing is concluded from what they leave out), `license`; `name`, where it is not the manifest's name and the id.
A folder with captions.txt (lines "file,caption" as Flickr8k has them) will do as well.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from visavis_models.ports import Picture

VIEWS = 5  # of a photo: whole, mirrored, and three parts of it, each mirrored or not
_LEAST = 0.72  # side of a part, as a fraction


class NoPhotos(Exception):
    """There is nothing to learn from; says what to bring."""


@dataclass(frozen=True)
class Thing:
    """A box with its name: the corner and the size in fractions of the view."""

    label: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Photo:
    name: str  # unique over all sets: set and id
    path: Path
    offset: int
    size: int  # 0: the whole file
    captions: tuple[str, ...]
    things: tuple[Thing, ...]
    labels: tuple[str, ...]
    licence: str
    asked: tuple[tuple[str, str], ...] = ()  # questions with short answers that came with the photo
    boxed: bool = False  # every thing of COCO's 80 kinds has its box
    loose: tuple[str, ...] = ()  # sentences made of the questions and their answers

    def picture(self) -> Picture:
        """RGB. Raises ValueError where the file is no picture."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = np.frombuffer(file.read(self.size or -1), np.uint8)
        found = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if found is None:
            raise ValueError(f"{self.path} at {self.offset} is not a picture")
        return np.ascontiguousarray(found[..., ::-1])


@dataclass(frozen=True)
class View:
    """A part of a photo, in fractions of it, perhaps mirrored."""

    x: float = 0.0
    y: float = 0.0
    w: float = 1.0
    h: float = 1.0
    mirrored: bool = False

    @property
    def whole(self) -> bool:
        return self.w == 1.0 and self.h == 1.0

    def of(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        left, top = round(self.x * width), round(self.y * height)
        part = picture[top : top + max(16, round(self.h * height)), left : left + max(16, round(self.w * width))]
        return np.ascontiguousarray(part[:, ::-1] if self.mirrored else part)

    def things(self, things: Sequence[Thing]) -> tuple[Thing, ...]:
        """The things as they lie in the view; those of which less than half is left are gone."""
        seen = []
        for thing in things:
            left, top = max(thing.x, self.x), max(thing.y, self.y)
            right, bottom = min(thing.x + thing.w, self.x + self.w), min(thing.y + thing.h, self.y + self.h)
            if right <= left or bottom <= top or (right - left) * (bottom - top) < 0.5 * thing.w * thing.h:
                continue
            x, w = (left - self.x) / self.w, (right - left) / self.w
            x = 1 - x - w if self.mirrored else x
            seen.append(Thing(thing.label, x, (top - self.y) / self.h, w, (bottom - top) / self.h))
        return tuple(seen)


def views(name: str) -> tuple[View, ...]:
    """The VIEWS of a photo, always the same ones."""
    random = Random(name)
    parts = []
    for _ in range(VIEWS - 2):
        w, h = random.uniform(_LEAST, 1.0), random.uniform(_LEAST, 1.0)
        parts.append(View(random.uniform(0, 1 - w), random.uniform(0, 1 - h), w, h, random.random() < 0.5))
    return View(), View(mirrored=True), *parts


def lit(picture: Picture, random: Random) -> Picture:
    """As another camera might have taken it: brighter or darker, more or less contrast, a shade warmer or colder."""
    gain = np.array([random.uniform(0.93, 1.07), 1.0, random.uniform(0.93, 1.07)]) * random.uniform(0.75, 1.25)
    return np.clip(picture * gain + random.uniform(-15, 15), 0, 255).astype(np.uint8)


def read(paths: Sequence[Path]) -> list[Photo]:
    """The photos of manifests (.jsonl) and of folders with captions.txt. Raises NoPhotos."""
    found = [photo for path in paths for photo in _read(path)]
    if not found:
        raise NoPhotos(
            "there are no photos to learn from. Name manifests (.jsonl) or folders with a captions.txt by --photos; "
            "their form is told at the top of models/visavis_models/training/eyes_photos.py. None come with visavis: "
            "Flickr8k (8,000 photos, for research) or COCO with its captions (open photos among them) will do."
        )
    return found


def _read(path: Path) -> Iterator[Photo]:
    if path.is_dir():
        yield from _folder(path)
        return
    if not path.is_file():
        raise NoPhotos(f"{path} is not there: name manifests (.jsonl) or folders by --photos")
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        boxes = row.get("boxes") or []
        yield Photo(
            name=row.get("name") or f"{path.stem}/{row.get('id') or Path(row['file']).name}",
            path=path.parent / (row.get("shard") or row["file"]),
            offset=int(row.get("offset", 0)),
            size=int(row.get("size", 0)),
            captions=tuple(row.get("captions") or ()),
            things=tuple(Thing(b["label"], b["x"], b["y"], b["w"], b["h"]) for b in boxes if not b.get("crowd")),
            labels=tuple(row.get("labels") or ()),
            asked=tuple((str(question), str(answer)) for question, answer in row.get("qa") or ()),
            licence=str(row.get("license", "")),
            boxed=bool(boxes) and not row.get("some_boxes") and not any(b.get("crowd") for b in boxes),
            loose=tuple(row.get("captions_from_qa") or ()),
        )


def _folder(path: Path) -> Iterator[Photo]:
    listing = path / "captions.txt"
    if not listing.is_file():
        raise NoPhotos(f"{path} has no captions.txt with lines of file,caption")
    captions: dict[str, list[str]] = {}
    with listing.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) >= 2 and row[0] != "image":
                captions.setdefault(row[0].split("#")[0], []).append(",".join(row[1:]))
    for file, said in captions.items():
        place = next((each for each in (path / file, path / "Images" / file) if each.is_file()), None)
        if place is not None:
            yield Photo(f"{path.name}/{file}", place, 0, 0, tuple(said), (), (), "")
