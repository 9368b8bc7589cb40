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

from visavis_agents.things import same

MOST, MOST_BYTES = 200, 6_000_000  # frames, and bytes of them
OLDEST_S = 2 * 3600.0
UNKNOWN = b"?"  # in the place of a vector


class Spot(msgspec.Struct, frozen=True):
    """A thing on a frame and about where: "on the left", or empty."""

    name: str
    place: str = ""


class Glimpse(msgspec.Struct, frozen=True):
    """A remembered frame. at: its session time. text: lines on it, None until they were read. said: what was answered
    when somebody asked about it, empty if nobody did. held: "a cup". vector: float16, of length 1. named: the finders
    were asked."""

    number: int
    at: float
    jpeg: bytes
    spots: tuple[Spot, ...] = ()
    people: int = 0
    held: str = ""
    text: tuple[str, ...] | None = None
    said: str = ""
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
    """A glimpse and why it is thought to show what was asked for."""

    glimpse: Glimpse
    how: Literal["found", "read", "told", "alike"]
    place: str = ""


class Seen:
    """Glimpses, oldest first."""

    def __init__(self, kept: Iterable[Glimpse] = ()) -> None:
        self.glimpses: list[Glimpse] = list(kept)
        self._last = max((glimpse.number for glimpse in self.glimpses), default=0)

    def add(self, glimpse: Glimpse) -> Glimpse:
        """Keep it, under a number of its own, and let go of what is too old or too much."""
        self._last += 1
        glimpse = msgspec.structs.replace(glimpse, number=self._last)
        self.glimpses.append(glimpse)
        self.glimpses.sort(key=lambda kept: kept.at)
        self.expire(glimpse.at)
        while len(self.glimpses) > MOST or sum(len(kept.jpeg) for kept in self.glimpses) > MOST_BYTES:
            self.glimpses.remove(self._least())
        return glimpse

    def replace(self, number: int, **known: object) -> None:
        """More is known of a glimpse now; nothing happens if it has been forgotten."""
        self.glimpses = [
            msgspec.structs.replace(kept, **known) if kept.number == number else kept  # type: ignore[arg-type]
            for kept in self.glimpses
        ]

    def expire(self, now: float) -> None:
        self.glimpses = [kept for kept in self.glimpses if now - kept.at <= OLDEST_S]

    def forget(self) -> int:
        """Returns how many frames are gone."""
        count = len(self.glimpses)
        self.glimpses = []
        return count

    def find(self, wanted: str, vector: NDArray[np.float32] | None = None, alike: float = 1.0) -> Match | None:
        """The newest glimpse that shows the thing of that bare name, else one that has its name written on it, else one
        that an answer told it of, else the likeliest by the vector of its name, if the product is at least `alike`."""
        newest = self.glimpses[::-1]
        for glimpse in newest:
            if spot := glimpse.shows(wanted):
                return Match(glimpse, "found", spot.place)
        for glimpse in newest:
            if glimpse.reads(wanted):
                return Match(glimpse, "read")
        for glimpse in newest:
            if _tells(glimpse.said, wanted):
                return Match(glimpse, "told")
        if vector is not None and (ranked := self.ranked(vector)) and ranked[0][1] >= alike:
            return Match(ranked[0][0], "alike")
        return None

    def ranked(self, vector: NDArray[np.float32]) -> list[tuple[Glimpse, float]]:
        """Glimpses that have a vector, with its product with this one, best first."""
        known = [glimpse for glimpse in self.glimpses if len(glimpse.vector) == 2 * vector.size]
        if not known:
            return []
        rows = np.stack([np.frombuffer(glimpse.vector, np.float16) for glimpse in known]).astype(np.float32)
        products = rows @ vector
        return [(known[n], float(products[n])) for n in np.argsort(-products)]

    def with_text(self) -> list[Glimpse]:
        """Newest first; of frames with the same writing one after the other only the newest."""
        written: list[Glimpse] = []
        for glimpse in reversed(self.glimpses):
            if glimpse.text and not (written and written[-1].text == glimpse.text):
                written.append(glimpse)
        return written

    def held(self) -> list[Glimpse]:
        """What was held, newest first, each thing once in a row."""
        holding: list[Glimpse] = []
        for glimpse in reversed(self.glimpses):
            if glimpse.held and not (holding and holding[-1].held == glimpse.held):
                holding.append(glimpse)
        return holding

    def _least(self) -> Glimpse:
        """The one that is missed least."""
        gaps = [
            (bool(glimpse.said), glimpse.at - before.at, n)
            for n, (before, glimpse) in enumerate(zip(self.glimpses, self.glimpses[1:-1], strict=False), 1)
        ]
        return self.glimpses[min(gaps)[2]] if gaps else self.glimpses[0]


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
