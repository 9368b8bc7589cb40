"""False alarms and delays of watches on clips and still photos: `python -m tests.watch_figures [folder of clips]`.

A clip is looked at like a camera, from several first moments. A watch for what never appears in it must stay silent;
where something appears or goes at a known time, the delay to the words is told. Still photos get a camera's noise, a
flicker of their brightness, and a shake of a pixel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from visavis_agents.seeing.glance import Glance
from visavis_agents.seeing.sight import Frame
from visavis_agents.seeing.watches import CONFIRM_S, LOOK_S
from visavis_agents.seeing.watching import COLOURS, Aim, Evidence, Watch, count
from visavis_models.backends import finders
from visavis_models.packs import Packs
from visavis_models.ports import Found, Picture
from visavis_models.settings import BackendSettings, ModelSettings

THINGS = "cat dog bird cup bottle bag laptop book umbrella bicycle car chair hat apple banana clock box shoe".split()
FROM_S = (0.0, 0.125, 0.25, 0.375)
CLIPS = {  # what is in it (an arm is somebody) and so is no false alarm, and what appears when
    "bottles.mp4": ({"bottle", "hands", "people", "change", "blue", "red", "light", "pink"}, [(Aim("hands"), 2.2)]),
    "person_at_table.mp4": ({"people", "change", "light", "blue"}, [(Aim("people"), 3.6)]),
    "fruit_belt.mp4": ({"apple", "change", "green", "orange", "yellow", "light", "red"}, []),
    "street_sign.mp4": ({"people", "change", "bicycle", "car", "green", "blue", "light", "red", "orange"}, []),
}


class Clip:
    """Frames by time; what the finders say of one is asked once."""

    def __init__(self, path: Path, find: Callable[[Picture], tuple[Found, ...]]) -> None:
        video = cv2.VideoCapture(str(path))
        self.rate = video.get(cv2.CAP_PROP_FPS)
        self.pictures: list[Picture] = []
        while (read := video.read())[0]:
            self.pictures.append(np.ascontiguousarray(read[1][..., ::-1]))
        self.lasts_s = len(self.pictures) / self.rate
        self._find = find
        self._known: dict[int, tuple[Found, ...]] = {}

    def at(self, moment: float) -> Picture:
        return self.pictures[min(int(moment * self.rate), len(self.pictures) - 1)]

    def find(self, picture: Picture) -> tuple[Found, ...]:
        if id(picture) not in self._known:
            self._known[id(picture)] = self._find(picture)
        return self._known[id(picture)]


def seen_at(clip: Clip, wanted: Aim, begin_s: float) -> tuple[float | None, int]:
    """When a watch that begins then sees it, and how often the finders were asked."""
    glance, watch, asked = Glance(), Watch(1, wanted, 1e9), 0
    if wanted.finds:
        there = count(wanted, clip.find(clip.at(begin_s)), 0.5)
        if bool(there) != wanted.gone and wanted.kind != "people":
            return None, 0  # the tool refuses
    moment = begin_s
    while (moment := moment + (CONFIRM_S if watch.doubtful and not wanted.gone else LOOK_S)) < clip.lasts_s:
        colours = [wanted.what] if wanted.kind == "colour" else []
        find = clip.find if wanted.finds else None
        look = glance.look(Frame(moment, lambda at=moment: clip.at(at)), colours, find, watch.doubtful)
        asked += look[3] is not None
        if watch.saw(Evidence(moment, *look)):
            return moment, asked
    return None, asked


def aims() -> Iterator[Aim]:
    yield from (Aim("people"), Aim("hands"), Aim("change"), Aim("light"), Aim("light", gone=True))
    yield from (Aim("thing", name) for name in THINGS)
    yield from (Aim("colour", name) for name in COLOURS)


def still(photo: Picture, find: Callable[[Picture], tuple[Found, ...]], lasts_s: float) -> tuple[list[str], int]:
    """All watches at once before a photo that is taken by a camera with noise, in a light that flickers."""
    glance, watches, asked, told = Glance(), [Watch(n, wanted, 1e9) for n, wanted in enumerate(aims())], 0, []
    chance = np.random.default_rng(0)
    noise = [chance.normal(0, 7, photo.shape).astype(np.float32) for _ in range(7)]
    for n in range(int(lasts_s / LOOK_S)):
        gain = 1 + 0.12 * np.sin(2 * np.pi * 0.7 * n * LOOK_S) + chance.normal(0, 0.03)
        moved = np.roll(photo, chance.integers(-1, 2, 2), (0, 1))
        shown = np.clip(moved * np.float32(gain) + noise[n % 7], 0, 255).astype(np.uint8)
        surely = any(watch.doubtful for watch in watches if watch.aim.finds)
        look = glance.look(Frame(n * LOOK_S, lambda shown=shown: shown), COLOURS, find, surely)
        asked += look[3] is not None
        if not n:  # what is there already is refused
            watches = [w for w in watches if w.aim.kind == "people" or not count(w.aim, look[3] or (), 0.5)]
        for watch in list(watches):
            if watch.saw(Evidence(n * LOOK_S, *look)):
                told.append(watch.aim.told)
                watches.remove(watch)
    return told, asked


def main(folder: Path) -> None:
    eyes = finders.load(BackendSettings(backend="finders"), Packs(ModelSettings().packs))
    for name, (there, events) in CLIPS.items() if "--stills" not in sys.argv else ():
        clip = Clip(folder / name, eyes.find)
        false, watched_s, asked = [], 0.0, 0
        for wanted in aims():
            for begin_s in FROM_S:
                at, finds = seen_at(clip, wanted, begin_s)
                asked += finds
                if (wanted.what or wanted.kind) not in there:
                    watched_s += clip.lasts_s - begin_s
                    if at is not None:
                        false.append((wanted.told, round(at, 2)))
        print(f"{name}: {len(false)} false alarms in {watched_s / 3600:.2f} watch-hours {sorted(set(false))}")
        for wanted, appears_s in events:
            delays = [(at or 99.0) - appears_s for at, _ in (seen_at(clip, wanted, b) for b in FROM_S)]
            print(f"  {wanted.told}: {', '.join(f'{delay:.2f}' for delay in delays)} s after {appears_s} s")
    false, watched_s, asked, looks = [], 0.0, 0, 0
    for name in CLIPS:
        for moment in (0.5, 4.5):
            photo = cv2.resize(Clip(folder / name, eyes.find).at(moment), (640, 480))
            told, finds = still(photo, eyes.find, 30.0)
            false += [(name, moment, each) for each in told]
            print(f"  {name} at {moment} s, still: {told}, finders asked {finds} times of 60", flush=True)
            asked, looks, watched_s = asked + finds, looks + 60, watched_s + 30.0 * len(list(aims()))
    print(f"stills: {len(false)} false alarms in {watched_s / 3600:.2f} watch-hours {false}")
    print(f"stills: finders asked {asked} times in {looks} looks")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/video"))
