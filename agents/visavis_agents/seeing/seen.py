"""What was seen, as far as it is remembered: frames with what was found on them, and finding one again. Pure.

A conversation keeps a few hundred frames at most, in memory. To search them needs no index: comparing 200 rows of 384
numbers takes microseconds. Where room is short, the frames go first that are nearest in time to the one before, so that
what is left spans the whole conversation; those that somebody asked about go last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from visavis_agents.seeing.things import same

MOST, MOST_BYTES = 200, 6_000_000  # frames, and bytes of them
OLDEST_S = 2 * 3600.0
UNKNOWN = b"?"  # in the place of a vector


class Spot(msgspec.Struct, frozen=True):
    """A thing on a frame and about where: "on the left", or empty."""

    name: str
    place: str = ""


class Keepsake(msgspec.Struct, frozen=True):
    """A remembered frame. at: its session time. text: lines on it, None until they were read. said: what was answered
    when somebody asked about it, empty if nobody did. held: "a cup". caption: a sentence, where the eyes can describe.
    vector: float16, of length 1. named: the finders were asked."""

    number: int
    at: float
    jpeg: bytes
    spots: tuple[Spot, ...] = ()
    people: int = 0
    held: str = ""
    text: tuple[str, ...] | None = None
    said: str = ""
    caption: str = ""
    vector: bytes = UNKNOWN
    named: bool = False

    def shows(self, wanted: str) -> Spot | None:
        """The thing of that bare name, if it was found or held."""
        if self.held and same(wanted, re.sub(r"^(?:an?) ", "", self.held)):
            return Spot(wanted, "in your hand")
        return next((spot for spot in self.spots if same(wanted, spot.name)), None)

    def reads(self, wanted: str) -> bool:
        return any(re.search(rf"\b{re.escape(wanted)}\b", line.lower()) for line in self.text or ())


@dataclass(frozen=True, slots=True)
class Match:
    """A keepsake and why it is thought to show what was asked for."""

    keepsake: Keepsake
    how: Literal["found", "read", "told", "alike"]
    place: str = ""


class Seen:
    """Keepsakes, oldest first."""

    def __init__(self, kept: Iterable[Keepsake] = ()) -> None:
        self.keepsakes: list[Keepsake] = list(kept)
        self._last = max((keepsake.number for keepsake in self.keepsakes), default=0)

    def add(self, keepsake: Keepsake) -> Keepsake:
        """Keep it, under a number of its own, and let go of what is too old or too much."""
        self._last += 1
        keepsake = msgspec.structs.replace(keepsake, number=self._last)
        self.keepsakes.append(keepsake)
        self.keepsakes.sort(key=lambda kept: kept.at)
        self.expire(keepsake.at)
        while len(self.keepsakes) > MOST or sum(len(kept.jpeg) for kept in self.keepsakes) > MOST_BYTES:
            self.keepsakes.remove(self._least())
        return keepsake

    def replace(self, number: int, **known: object) -> None:
        """More is known of a keepsake now; nothing happens if it has been forgotten."""
        self.keepsakes = [
            msgspec.structs.replace(kept, **known) if kept.number == number else kept for kept in self.keepsakes
        ]

    def expire(self, now: float) -> None:
        self.keepsakes = [kept for kept in self.keepsakes if now - kept.at <= OLDEST_S]

    def forget(self) -> int:
        """Returns how many frames are gone."""
        count = len(self.keepsakes)
        self.keepsakes = []
        return count

    def find(self, wanted: str, vector: NDArray[np.float32] | None = None, alike: float = 1.0) -> Match | None:
        """The newest that shows the thing of that bare name, else one that has its name written on it, else one
        that an answer told it of, else the likeliest by the vector of its name, if the product is at least `alike`."""
        newest = self.keepsakes[::-1]
        for keepsake in newest:
            if spot := keepsake.shows(wanted):
                return Match(keepsake, "found", spot.place)
        for keepsake in newest:
            if keepsake.reads(wanted):
                return Match(keepsake, "read")
        for keepsake in newest:
            if _tells(keepsake.said, wanted) or _tells(keepsake.caption, wanted):
                return Match(keepsake, "told")
        if vector is not None and (ranked := self.ranked(vector)) and ranked[0][1] >= alike:
            return Match(ranked[0][0], "alike")
        return None

    def ranked(self, vector: NDArray[np.float32]) -> list[tuple[Keepsake, float]]:
        """Keepsakes that have a vector, with its product with this one, best first."""
        known = [keepsake for keepsake in self.keepsakes if len(keepsake.vector) == 2 * vector.size]
        if not known:
            return []
        rows = np.stack([np.frombuffer(keepsake.vector, np.float16) for keepsake in known]).astype(np.float32)
        products = rows @ vector
        return [(known[n], float(products[n])) for n in np.argsort(-products)]

    def with_text(self) -> list[Keepsake]:
        """Newest first; of frames with the same writing one after the other only the newest."""
        written: list[Keepsake] = []
        for keepsake in reversed(self.keepsakes):
            if keepsake.text and not (written and written[-1].text == keepsake.text):
                written.append(keepsake)
        return written

    def held(self) -> list[Keepsake]:
        """What was held, newest first, each thing once in a row."""
        holding: list[Keepsake] = []
        for keepsake in reversed(self.keepsakes):
            if keepsake.held and not (holding and holding[-1].held == keepsake.held):
                holding.append(keepsake)
        return holding

    def _least(self) -> Keepsake:
        """The one that is missed least."""
        gaps = [
            (bool(keepsake.said), keepsake.at - before.at, n)
            for n, (before, keepsake) in enumerate(zip(self.keepsakes, self.keepsakes[1:-1], strict=False), 1)
        ]
        return self.keepsakes[min(gaps)[2]] if gaps else self.keepsakes[0]


def _tells(said: str, wanted: str) -> bool:
    sentences = re.split(r"(?<=[.!?]) ", said.lower())
    doubt = re.compile(r"\b(?:can't|don't|not sure|no|isn't|cannot|might)\b")
    return any(re.search(rf"\b{re.escape(wanted)}\b", each) and not doubt.search(each) for each in sentences)


def ago(seconds: float) -> str:
    """ "just now", "about half a minute ago", "about two minutes ago"."""
    if seconds < 12:
        return "just now"
    if seconds < 45:
        return "half a minute ago" if seconds >= 25 else f"{round(seconds / 5) * 5} seconds ago"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {'a minute' if minutes <= 1 else f'{_NUMBERS.get(minutes, minutes)} minutes'} ago"
    hours = round(seconds / 3600)
    return f"about {'an hour' if hours <= 1 else f'{_NUMBERS.get(hours, hours)} hours'} ago"


_NUMBERS = dict(enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()))
