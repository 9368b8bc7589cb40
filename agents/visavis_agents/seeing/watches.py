"""Watches: what the user asked to be told of when the camera sees it. One task looks for all of a session's watches.

It looks twice a second while nothing else goes on, at the newest frame, on the vision model's own thread; what it sees
is weighed in `watching.py` and said once, as soon as nobody speaks, like a timer that rings. Watches are few, last an
hour, and end with the session, or when the camera has been off for a minute: the user is told so.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from visavis_agents.events import WatchEnded, WatchSet
from visavis_agents.seeing.glance import Glance, jpeg
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.seeing.watching import Aim, Evidence, Watch, aim
from visavis_models.errors import ModelError
from visavis_models.ports import Finder

if TYPE_CHECKING:
    from visavis_agents.tools.port import Hands

log = logging.getLogger(__name__)

MOST = 4
LONGEST_S = 3600.0
LOOK_S, CONFIRM_S = 0.5, 0.25  # between two looks, and after one that saw something
BUSY_S = 1.5  # while the user speaks or an answer is being made, whose models need the processor
BLIND_S = 60.0  # without a picture, before a watch is given up
GIVEN_UP = "I can't see anything any more, so I have stopped watching."


class Watches:
    """A session's watches."""

    def __init__(self) -> None:
        self.active: list[Watch] = []
        self._numbers = itertools.count(1)
        self._glance = Glance()
        self._task: asyncio.Task[None] | None = None
        self._looked_at = -1.0  # the time of the last frame that was looked at
        self._blind: float | None = None  # since when there is nothing to see

    def add(self, hands: Hands, what: Aim, until_s: float | None = None) -> Watch:
        """Watch from now on. until_s: session time; an hour from now unless given."""
        now = hands.clock()
        watch = Watch(next(self._numbers), what, now + LONGEST_S if until_s is None else until_s)
        self.active.append(watch)
        hands.emit(WatchSet(at=now, watch=watch.number, what=what.told, until_s=watch.until_s))
        if self._task is None:
            self._glance, self._blind = Glance(), None
            self._task = hands.spawn(self._look_out(hands), "watches")
        return watch

    def resume(self, hands: Hands, kept: Iterable[tuple[str, float]]) -> None:
        """Go on with the watches of another process: what for, in the words of `Aim.told`, and until when."""
        for told, until_s in kept:
            if (what := aim(told)) is not None:
                self.add(hands, what, until_s)

    def end(self, hands: Hands, number: int, seen: bool = False) -> None:
        """Nothing happens if there is none of that number."""
        for watch in [watch for watch in self.active if watch.number == number]:
            self.active.remove(watch)
            hands.emit(WatchEnded(at=hands.clock(), watch=number, seen=seen))

    def end_all(self, hands: Hands) -> None:
        for watch in list(self.active):
            self.end(hands, watch.number)

    async def _look_out(self, hands: Hands) -> None:
        try:
            while self.active:
                soon = any(watch.doubtful and not watch.aim.gone for watch in self.active)
                await asyncio.sleep(CONFIRM_S if soon else LOOK_S if hands.calm() else BUSY_S)
                for watch in [watch for watch in self.active if watch.until_s <= hands.clock()]:
                    hands.prompt(
                        f"I was to tell you when {watch.aim.told}. I have not seen it, and I stop watching now."
                    )
                    self.end(hands, watch.number)
                await self._look(hands)
        finally:
            self._task = None

    async def _look(self, hands: Hands) -> None:
        now = hands.clock()
        frame, vision = hands.sight.at(now), hands.senses.vision
        if frame is None or vision is None:
            self._see_nothing(hands, now)
            return
        if frame.at == self._looked_at or not vision.worker.idle:
            return
        self._looked_at = frame.at
        finding = [watch for watch in self.active if watch.aim.finds]
        find = vision.port.find if finding and isinstance(vision.port, Finder) else None
        colours = sorted({watch.aim.what for watch in self.active if watch.aim.kind == "colour"})
        surely = any(watch.doubtful for watch in finding)
        try:
            seen = await vision.worker.run(self._glance.look, frame, colours, find, surely)
        except ModelError as error:
            log.warning("a watch could not look: %s", error)
            self._see_nothing(hands, now)
            return
        self._blind = None
        evidence = Evidence(frame.at, *seen)
        for watch in [watch for watch in self.active if watch.saw(evidence)]:
            hands.prompt(watch.aim.seen)
            self.end(hands, watch.number, seen=True)
            hands.spawn(_show(hands, frame, watch.aim), f"what watch {watch.number} saw")

    def _see_nothing(self, hands: Hands, now: float) -> None:
        self._blind = now if self._blind is None else self._blind
        if self.active and now - self._blind > BLIND_S:
            hands.prompt(GIVEN_UP)
            self.end_all(hands)


async def _show(hands: Hands, frame: Frame, what: Aim) -> None:
    """Show the frame in the page."""
    if (vision := hands.senses.vision) is None:
        return
    try:
        data = await vision.worker.run(_encoded, frame)
        hands.memory.note(frame, data, what.seen)
        alt = f"the camera frame in which this was seen: {what.seen}"
        hands.show_frame(data, alt, reply=0, frame_s=frame.at, found=(what.seen.rstrip("."),))
    except ModelError as error:
        log.warning("a frame could not be shown: %s", error)


def _encoded(frame: Frame) -> bytes:
    return jpeg(developed(frame))
