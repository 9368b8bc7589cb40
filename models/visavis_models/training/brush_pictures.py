"""The drawings that the brush learns from: three openly licensed sets of flat pictures, rendered once and kept.

In an empty folder: `npm install @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5
@iconify-json/fluent-emoji-flat@1.2.6 emojibase-data@17.0.0`; its node_modules is what `read` wants. Noto is Apache-2.0,
Twemoji CC-BY-4.0, Fluent MIT; names and keywords come with the sets and from emojibase (MIT).
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.brush_flow import COLOURS
from visavis_models.composer.raster import rendered

SETS = {"fluent-emoji-flat": 32, "noto": 128, "twemoji": 36}  # and the side of their view box
SIDE = 128
MARGIN = 4  # pixels of a rendered picture left empty on each side

HELD = 25  # one thing of so many is never learned from, in any style
RARE = 3  # a keyword that so many things at most have says what it is

_TONES = re.compile(r"skin-tone|-(light|medium-light|medium|medium-dark|dark)$")
_SHAPES = re.compile(r"(circle|square|diamond|heart|star)$")
_LEFT_OUT = re.compile(
    r"keycap|oclock|-thirty$|^regional|^flag|hair$|middle-finger|^family|^(couple|kiss)-|^(man|woman|men|women)-."
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """style: index into STYLES. colour: index into COLOURS, -1 for none named. phrases: what it is called, the first is
    its name; without its colour. tinted: another colour may be put on it."""

    style: int
    name: str
    phrases: tuple[str, ...]
    colour: int
    tinted: bool
    svg: str

    @property
    def held(self) -> bool:
        return zlib.crc32(self.name.encode()) % HELD == 0


class NoPictures(Exception):
    """What is missing, and how to get it."""


def read(packages: Path) -> list[Drawing]:
    """packages: the node_modules folder. Raises NoPictures."""
    try:
        rows = json.loads((packages / "emojibase-data/en/data.json").read_text("utf-8"))
        tags = {_bare(row["hexcode"]): (row["label"], *row.get("tags", ())) for row in rows}
        drawings = [drawing for number, name in enumerate(SETS) for drawing in _set(packages, number, name, tags)]
    except OSError as error:
        raise NoPictures(f"{error}. In an empty folder run: {(__doc__ or '').split('`')[1]}") from None
    return drawings


def kept(drawings: Sequence[Drawing], cache: Path) -> NDArray[np.uint8]:
    """(drawings, SIDE, SIDE, 4) straight RGBA; rendered at the first call."""
    said = hashlib.sha256("".join(drawing.svg for drawing in drawings).encode()).hexdigest()[:16]
    path = cache / f"pictures-{said}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        pictures = np.zeros((len(drawings), SIDE, SIDE, 4), np.uint8)
        inner = SIDE - 2 * MARGIN
        for number, drawing in enumerate(drawings):
            pictures[number, MARGIN:-MARGIN, MARGIN:-MARGIN] = rendered(drawing.svg, inner, inner)
            if number % 500 == 0:
                print(f"rendered {number} of {len(drawings)}", flush=True)
        np.save(cache / "new.npy", pictures)
        (cache / "new.npy").replace(path)
    return np.asarray(np.load(path, mmap_mode="r"))


def _set(packages: Path, style: int, name: str, tags: dict[str, tuple[str, ...]]) -> list[Drawing]:
    folder = packages / "@iconify-json" / name
    whole: dict[str, Any] = json.loads((folder / "icons.json").read_text("utf-8"))
    chars: dict[str, str] = json.loads((folder / "chars.json").read_text("utf-8"))
    kinds = json.loads((folder / "metadata.json").read_text("utf-8"))["categories"]
    kind = {icon: key for key, icons in kinds.items() for icon in icons}
    codes = {icon: _bare(code) for code, icon in chars.items()}
    often = Counter(tag for row in tags.values() for tag in row)
    found: list[Drawing] = []
    seen: set[str] = set()
    for icon, entry in whole["icons"].items():
        if entry.get("hidden") or icon not in codes or not _wanted(icon, kind.get(icon, ""), whole["icons"]):
            continue
        if entry["body"] in seen:
            continue
        seen.add(entry["body"])
        plain, colour = without_colour(icon.replace("-", " "))
        row = tags.get(codes[icon], ())
        phrases = [plain, f"a {plain}"]
        if row:
            phrases.append(without_colour(row[0])[0])
        for tag in row[1:]:
            phrases.append(tag if often[tag] <= RARE else f"{plain}, {tag}")
        view = " ".join(
            str(entry.get(key, whole.get(key, default)))
            for key, default in (("left", 0), ("top", 0), ("width", SETS[name]), ("height", SETS[name]))
        )
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{view}">{entry["body"]}</svg>'
        )
        tinted = kind.get(icon) not in ("People & Body", "Smileys & Emotion")
        found.append(Drawing(style, icon, tuple(dict.fromkeys(phrases))[:8], colour, tinted, svg))
    return found


def _wanted(icon: str, kind: str, icons: dict[str, Any]) -> bool:
    if _LEFT_OUT.search(icon) or (_TONES.search(icon) and _TONES.sub("", icon) in icons) or "skin-tone" in icon:
        return False
    return kind not in ("Flags", "Symbols", "") or (kind == "Symbols" and bool(_SHAPES.search(icon)))


def without_colour(words: str) -> tuple[str, int]:
    """The words without the first colour named in them, and its number; -1 and the words as they are for none."""
    parts = words.lower().replace("gray", "grey").split()
    for part in parts:
        if part in COLOURS and len(parts) > 1:
            rest = [each for each in parts if each != part]
            return " ".join(rest), COLOURS.index(part)
    return words.lower(), -1


def _bare(code: str) -> str:
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")
