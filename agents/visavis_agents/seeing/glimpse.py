"""From a moment to what is looked at: the frame chosen and decoded, and in it what a hand points at or holds up.

`Glimpses` does this while the user still speaks, as soon as a partial transcript points to the camera, and lets the
vision model prepare for the picture (`ports.Foresight`). It works on the vision model's own thread, one glimpse at a
time and only while that has nothing else to do, so it delays neither sound nor answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from visavis_agents.events import Word
from visavis_agents.seeing.choosing import ALIKE, APART_S, GONE_S, SPREAD_S, STILL, take, unchanged
from visavis_agents.seeing.pointing import Moment, crops, moments
from visavis_agents.seeing.sight import Frame, Sight, usable
from visavis_models.errors import ModelError
from visavis_models.ports import Box, Foresight, Picture, Pointed, Vision
from visavis_models.senses import Sense

KEPT = 4  # glimpses taken ahead; a question has at most pointing.MOST
SAME_S = 0.05  # the final transcript moves a word a little against the partial one
NEAR_S = 0.15  # and if by more than that, up to this, the glimpse is kept where the picture is still alike
EVERY_S = 0.8  # between two glimpses ahead of a question without a pointing word
LEAST = 32  # pixels, the sides of a part

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """part: of the picture, what a hand points at or holds; subject: that part, or the whole picture."""

    moment: Moment
    frame: Frame
    picture: Picture
    part: Box | None
    subject: Picture


class Glimpses:
    """One session's. vision: None on a server without eyes. spawn: runs a task in the session's group. about_sight:
    can these words, which may go on, only be answered by looking?"""

    def __init__(
        self,
        vision: Sense[Vision] | None,
        sight: Sight,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        about_sight: Callable[[str], bool],
    ) -> None:
        self._vision = vision
        self._sight = sight
        self._spawn = spawn
        self._about_sight = about_sight
        self._ahead: deque[Glimpse] = deque(maxlen=KEPT)
        self._taking: asyncio.Future[None] | None = None  # done as soon as the picture is taken
        self._last_s = -EVERY_S

    def hear(self, text: str, words: Sequence[Word], at: float) -> None:
        """The user says this, and speaks on: look ahead if it points to the camera. Never blocks."""
        if (
            self._vision is None
            or self._taking is not None
            or self._sight.at(at) is None
            or not self._about_sight(text)
        ):
            return
        for moment in moments(text, words, at):
            soon = not moment.word and at - self._last_s < EVERY_S
            if not soon and self._known(moment) is None and self._vision.worker.idle:
                self._last_s, self._taking = at, asyncio.get_running_loop().create_future()
                self._spawn(self._look_ahead(self._vision, moment, text, self._taking), "look ahead")
                return

    async def at(self, moment: Moment, question: str) -> Glimpse | None:
        """What is looked at to answer; None: no frame shows the moment. Raises ModelError."""
        if self._vision is None:
            return None
        if self._taking is not None:
            await asyncio.wait({self._taking})  # it may be this moment that is looked at already
        known = self._known(moment)
        if known is not None and moment.word and abs(known.moment.at - moment.at) <= SAME_S:
            return known
        return await self._take(self._vision, moment, crops(question), known)

    def clear(self) -> None:
        """Another utterance begins, the answer has been given, or the camera is gone: pictures are large."""
        self._ahead.clear()

    def _known(self, moment: Moment) -> Glimpse | None:
        """Taken ahead near this word, or, without one, the newest."""
        alike = [g for g in self._ahead if g.moment.gone == moment.gone and bool(g.moment.word) == bool(moment.word)]
        near = min(alike, key=lambda g: abs(g.moment.at - moment.at), default=None)
        return near if near and (not moment.word or abs(near.moment.at - moment.at) <= NEAR_S) else None

    async def _look_ahead(self, vision: Sense[Vision], moment: Moment, text: str, taken: asyncio.Future[None]) -> None:
        try:
            if (seen := await self._take(vision, moment, crops(text), None)) is not None:
                self._ahead.append(seen)
                taken.set_result(None)  # an answer waits in the worker's queue for what is prepared
                if isinstance(vision.port, Foresight):
                    await vision.worker.run(vision.port.prepare, seen.subject, text)
        except ModelError as error:
            log.info("nothing was seen ahead: %s", error)  # told to the user if they ask
        finally:
            self._taking = None
            if not taken.done():
                taken.set_result(None)

    async def _take(self, vision: Sense[Vision], moment: Moment, part: bool, known: Glimpse | None) -> Glimpse | None:
        """known: taken before; it is kept where the picture has not changed since, as the model knows it already, and
        near a word, where a hand may have moved."""
        if not (frames := self._frames(moment)):
            return None
        before = None if known is None else known.picture
        moves = ALIKE if moment.word else STILL
        place, picture, same = await vision.worker.run(_taken, frames, moment.at, moment.gone, before, moves)
        if known is not None and same:
            return known
        found = (
            await vision.worker.run(vision.port.pointed, picture) if part and isinstance(vision.port, Pointed) else None
        )
        subject = picture if found is None else cropped(picture, found)
        return Glimpse(moment, frames[place], picture, found, subject)

    def _frames(self, moment: Moment) -> tuple[Frame, ...]:
        sight, at = self._sight, moment.at
        around = sight.between(at - GONE_S, at, APART_S) if moment.gone else sight.between(at - SPREAD_S, at + SPREAD_S)
        nearest = sight.at(at)
        return around or ((nearest,) if nearest else ())


def cropped(picture: Picture, part: Box) -> Picture:
    """That part of the picture, at least `LEAST` pixels wide and high where it has so many; no copy."""
    height, width = picture.shape[:2]
    left, top = (max(0, min(int(at * size), size - LEAST)) for at, size in ((part.x, width), (part.y, height)))
    right = max(left + LEAST, round((part.x + part.w) * width))
    bottom = max(top + LEAST, round((part.y + part.h) * height))
    return picture[top:bottom, left:right]


def _taken(
    frames: Sequence[Frame], moment: float, past: bool, before: Picture | None, moves: float
) -> tuple[int, Picture, bool]:
    """Place of the frame, its picture, and whether that is still as `before`, but for what moves. Blocking."""
    with usable():
        place, picture = take(frames, moment, past)
        return place, picture, before is not None and unchanged(before, picture, moves)
