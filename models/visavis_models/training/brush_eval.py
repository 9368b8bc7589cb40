"""How well a painter draws what was asked for, on the 64 requests of brush_prompts.toml.

`make eval-brush ARGS="--packages FOLDER/node_modules --painter composer nearest"`: prints a table, and writes every
figure and a sheet of all pictures. The packages are those of `make train-brush`; of the composer's own set (Noto) no
drawing is compared with, so that it cannot be found by being the same.

Things: the name's rank among all names at the place of the painting where it is nearest, other things of the request
left out; `chance` is the same pictures measured by other requests. Colour, count, where, setting: by rule
(`brush_parts.py`), at the part that is nearest to the name. nearest: the one drawing whose name is nearest to the
request in MiniLM, on white; what composing or painting is worth is what it is better than that.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
import tomllib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from visavis_models.backends import minilm
from visavis_models.composer.pictures import load_pictures
from visavis_models.composer.raster import rendered
from visavis_models.errors import ModelError
from visavis_models.load import load
from visavis_models.packs import Packs
from visavis_models.ports import Painter, Painting, Picture
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.brush_names import Encoder, Names, Seen, known_names, looked
from visavis_models.training.brush_parts import has_colour, has_setting, is_placed, small

ALIKE = 0.55  # of the nearest part's nearness: a part that shows the same thing
OTHER = 23  # requests on: whose things are looked for to know what chance finds
TILE, COLUMNS = 150, 8  # of a sheet


@dataclass(frozen=True, slots=True)
class Prompt:
    """things: names, alternatives joined by |. The others speak of these."""

    say: str
    things: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    where: tuple[tuple[str, ...], ...] = ()
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one picture. ranks, chance: 0 is first. The others: what was right and what not."""

    prompt: Prompt
    ranks: tuple[int, ...]
    chance: tuple[int, ...]
    colours: tuple[bool, ...]
    counts: tuple[bool, ...]
    where: tuple[bool, ...]
    settings: tuple[bool, ...]
    first_s: float
    done_s: float
    note: str


def read_prompts(kind: str = "prompt") -> list[Prompt]:
    """kind: prompt for the 64, fresh for those that no painter was tuned on."""
    table = tomllib.loads(files("visavis_models.training").joinpath("brush_prompts.toml").read_text("utf-8"))
    return [
        Prompt(**{**row, "things": tuple(row["things"]), "where": tuple(map(tuple, row.get("where", ())))})
        for row in table[kind]
    ]


class Nearest:
    """Painter port: the baseline."""

    def __init__(self, packs: Packs) -> None:
        self._pictures = load_pictures(packs.file("pictures", "pictures.json.gz"))
        self._words = minilm.load(BackendSettings(), packs)
        self._names = list(self._pictures.names)
        self._vectors = self._words.embed(self._names)

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        name = self._names[int((self._vectors @ self._words.embed([prompt])[0]).argmax())]
        subject = self._pictures.names[name]
        wide, high = (round(0.7 * size[1] * side / max(subject.box)) for side in subject.box)
        drawn = rendered(self._pictures.drawings[subject.name], wide, high).astype(np.float32)
        sheet = np.full((size[1], size[0], 3), 255, np.float32)
        top, left = (size[1] - high) // 2, (size[0] - wide) // 2
        inner = sheet[top : top + high, left : left + wide]
        inner += (drawn[..., :3] - inner) * (drawn[..., 3:] / 255)
        yield Painting(sheet.astype(np.uint8), True, 1.0, name)


def painted(painter: Painter, prompt: str, side: int) -> tuple[Painting | None, float, float, str]:
    """The picture, seconds to the first preview and to the end, and what the painter said to it."""
    began = time.perf_counter()
    first, done = 0.0, None
    try:
        for painting in painter.paint(prompt, (side, side)):
            first = first or time.perf_counter() - began
            done = painting
    except ModelError as error:
        return None, 0.0, time.perf_counter() - began, str(error)
    return done, first, time.perf_counter() - began, done.note if done else ""


def marked(
    prompt: Prompt, others: Prompt, picture: Picture, seen: Seen, names: Names, times: tuple[float, float], note: str
) -> Marks:
    """others: a request for other things."""
    index = {name: number for number, name in enumerate(names.names)}
    numbers = {
        thing: [index[name] for name in thing.split("|") if name in index] for thing in (*prompt.things, *others.things)
    }
    view = small(picture)
    at = {thing: int(seen.nearness[:, numbers[thing]].max(axis=1).argmax()) for thing in prompt.things}
    return Marks(
        prompt,
        ranks=tuple(_rank(seen, numbers[thing], [numbers[each] for each in prompt.things]) for thing in prompt.things),
        chance=tuple(
            _rank(seen, numbers[thing], [numbers[each] for each in others.things])
            for thing in others.things
            if thing not in prompt.things
        ),
        colours=tuple(
            has_colour(view, seen.places[_clearest(seen, numbers[thing])].shown, colour)
            for thing, colour in prompt.colours.items()
        ),
        counts=tuple(_count(seen, numbers[thing]) == count for thing, count in prompt.counts.items()),
        where=tuple(
            is_placed(link, seen.places[at[one]], seen.places[at[host[0]]] if host else None)
            for one, link, *host in prompt.where
        ),
        settings=(has_setting(view, prompt.setting),) if prompt.setting else (),
        first_s=times[0],
        done_s=times[1],
        note=note,
    )


def _rank(seen: Seen, thing: Sequence[int], wanted: Sequence[Sequence[int]]) -> int:
    """The best over all places of: how many names that were not asked for are nearer there."""
    if not thing:
        return int(seen.nearness.shape[1])
    others = np.ones(seen.nearness.shape[1], bool)
    others[[number for numbers in wanted for number in numbers]] = False
    own = seen.nearness[:, thing].max(axis=1)
    return int((seen.nearness[:, others] > own[:, None]).sum(axis=1).min())


def _clearest(seen: Seen, thing: Sequence[int]) -> int:
    """The part that is nearest to the name, or the place where there is none."""
    nearness = seen.nearness[:, thing].max(axis=1)
    return int(nearness[: seen.loose].argmax()) if seen.loose else int(nearness.argmax())


def _count(seen: Seen, thing: Sequence[int]) -> int:
    """Parts that show it: nearly as near to the name as the nearest, or much like that one."""
    if not seen.loose or not thing:
        return 0
    nearness = seen.nearness[: seen.loose, thing].max(axis=1)
    alike = seen.features[: seen.loose] @ seen.features[int(nearness.argmax())]
    return int(((nearness > ALIKE * nearness.max()) & (alike > 0.3)).sum())


def table(marks: Mapping[str, Sequence[Marks]]) -> str:
    """Markdown, one row a painter."""
    head = ("painter", "things, first", "among five", "by chance", "colour", "count", "where", "setting", "not drawn",
            "first preview", "finished")  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for painter, rows in marks.items():
        ranks = [rank for row in rows for rank in row.ranks]
        chance = [rank for row in rows for rank in row.chance]
        drawn = [row for row in rows if row.first_s]
        lines.append(
            f"| {painter} | {_share([rank < 1 for rank in ranks])} | {_share([rank < 5 for rank in ranks])} "
            f"| {_share([rank < 1 for rank in chance])}, {_share([rank < 5 for rank in chance])} "
            f"| {_right(row.colours for row in rows)} | {_right(row.counts for row in rows)} "
            f"| {_right(row.where for row in rows)} | {_right(row.settings for row in rows)} "
            f"| {len(rows) - len(drawn)} "
            f"| {_seconds([row.first_s for row in drawn])} | {_seconds([row.done_s for row in drawn])} |"
        )
    return "\n".join(lines)


def _share(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / max(1, len(right)):.0f} %"


def _right(rows: Any) -> str:
    flat = [mark for row in rows for mark in row]
    return f"{sum(flat)} of {len(flat)}"


def _seconds(values: Sequence[float]) -> str:
    """Median and greatest."""
    return f"{statistics.median(values):.2f} s, {max(values):.2f} s" if values else "-"


def sheet(pictures: Sequence[Picture], path: Path) -> None:
    """All pictures, COLUMNS across, as WebP."""
    rows = math.ceil(len(pictures) / COLUMNS)
    gap = 6
    made = np.full((rows * (TILE + gap) + gap, COLUMNS * (TILE + gap) + gap, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (gap + place * (TILE + gap) for place in divmod(number, COLUMNS))
        made[top : top + TILE, left : left + TILE] = cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), cv2.cvtColor(made, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, 80])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="the node_modules folder of `make train-brush`")
    parser.add_argument("--painter", nargs="+", default=["nearest", "composer"], help="backends, or nearest")
    parser.add_argument("--model", default="", help="what the backends are told (models.painter.model)")
    parser.add_argument("--side", type=int, default=512, help="pixels a side")
    parser.add_argument("--fresh", action="store_true", help="24 others instead, which no painter was tuned on")
    parser.add_argument("--out", type=Path, default=Path("out/brush-eval"))
    asked = parser.parse_args()
    packs = Packs(ModelSettings().packs)
    encoder = Encoder(packs)
    names = known_names(asked.packages, encoder, asked.out / "drawings.npz")
    prompts = read_prompts("fresh" if asked.fresh else "prompt")
    found: dict[str, list[Marks]] = {}
    for backend in asked.painter:
        settings = BackendSettings(backend=backend, model=asked.model)
        painter: Painter = Nearest(packs) if backend == "nearest" else load("painter", settings, packs)
        pictures: list[Picture] = []
        rows = found.setdefault(backend, [])
        for number, prompt in enumerate(prompts):
            painting, first_s, done_s, note = painted(painter, prompt.say, asked.side)
            picture = painting.picture if painting else np.full((asked.side, asked.side, 3), 255, np.uint8)
            pictures.append(picture)
            others = prompts[(number + OTHER) % len(prompts)]
            seen = looked(encoder, names, picture)
            rows.append(marked(prompt, others, picture, seen, names, (first_s, done_s), note))
            print(f"{backend} {number + 1}: {prompt.say}: ranks {list(rows[-1].ranks)}", flush=True)
        kept = asked.out / (f"{backend}-fresh" if asked.fresh else backend)
        sheet(pictures, kept.with_suffix(".webp"))
        kept.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows], indent=1), "utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
