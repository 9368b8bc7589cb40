"""Looking at the people before the camera, and only while that helps: at speech for lips, now and then for visitors.

Camera frames stay encoded until somebody looks. While the user speaks and until it is decided whose turn it is, ten
frames a second are put to the face model, the half second before the onset first; for a role whose visitors change, one
frame a second at other times; else none. What is seen goes into the session's inbox as `FaceSeen` with the frame's own
time. Only numbers leave this file: how many faces, where they look, how high a mouth is.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from math import inf

from visavis_agents.inner import FaceSeen
from visavis_agents.seeing import presence
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.states import Hearing, Pausing, Replying, Turn
from visavis_models.errors import ModelError
from visavis_models.ports import Face
from visavis_models.senses import Senses

log = logging.getLogger(__name__)

CLOSELY_S = 0.1  # between two looks while somebody speaks: speech opens and closes the lips about five times a second
SELDOM_S = 1.0  # while nobody does
KEPT = 6  # frames: the half second before an onset
AFRESH_S = 1.0  # while somebody speaks, others who have come into view are looked for so often
FACING, DOWN = 28.0, 25.0  # degrees of yaw and pitch within which a face looks this way
AWAY = 36.0  # degrees of yaw from which on it looks away


class Attention:
    """post: takes every look. came, left: told of visitors. visit_s: of the role, 0 where nobody comes and goes."""

    def __init__(
        self,
        senses: Senses,
        visit_s: float,
        clock: Callable[[], float],
        post: Callable[[FaceSeen], None],
        came: Callable[[], None],
        left: Callable[[], None],
    ) -> None:
        self._sense = senses.faces
        self._visit_s = visit_s
        self._clock = clock
        self._post = post
        self._happened = {presence.Happening.CAME: came, presence.Happening.LEFT: left}
        self._visit: presence.Visit = presence.Nobody()
        self._frames: deque[Frame] = deque(maxlen=KEPT)
        self._every_s = SELDOM_S if visit_s else inf
        self._looked_s = -inf  # session time of the frame looked at last
        self._found_s = -inf  # and of the one in which new faces were looked for
        self._heard_s: float | None = -inf  # until when somebody spoke; None: now
        self._said_s: float | None = -inf  # until when the assistant did
        self._known: tuple[Face, ...] = ()
        self._due = asyncio.Event()

    def see(self, frame: Frame) -> None:
        """A camera frame has come. Never blocks."""
        if self._sense is None or (self._frames and 0 <= frame.at - self._frames[-1].at < CLOSELY_S):
            return
        self._frames.append(frame)
        if frame.at - self._looked_s >= self._every_s:
            self._due.set()

    def follow(self, turn: Turn) -> None:
        """Whose turn it is now: look closely, seldom or not at all."""
        speaking = isinstance(turn, Hearing | Pausing)
        self._heard_s = self._until(self._heard_s, speaking)
        self._said_s = self._until(self._said_s, isinstance(turn, Replying))
        every_s = CLOSELY_S if speaking else SELDOM_S if self._visit_s else inf
        if every_s != self._every_s:
            self._every_s = every_s
            if speaking and self._frames:
                self._due.set()

    def _until(self, before: float | None, now: bool) -> float | None:
        return None if now else self._clock() if before is None else before

    def forget(self) -> None:
        """The camera is gone."""
        self._frames.clear()
        self._known = ()

    async def run(self) -> None:
        """Look until cancelled."""
        if self._sense is None:
            return
        while True:
            await self._due.wait()
            self._due.clear()
            while (frame := self._next()) is not None:
                self._looked_s = frame.at
                try:
                    faces = await self._sense.worker.run(self._look, frame)
                except ModelError as error:
                    log.warning("the camera was not looked at: %s", error)
                    continue
                self._known = faces
                self._tell(look_of(faces, frame.at))

    def _next(self) -> Frame | None:
        """The frame to look at now: while somebody speaks each in its order, else the newest."""
        frames = [frame for frame in self._frames if frame.at - self._looked_s >= min(self._every_s, SELDOM_S)]
        if not frames or self._every_s == inf:
            return None
        return frames[0] if self._every_s == CLOSELY_S else frames[-1]

    def _look(self, frame: Frame) -> tuple[Face, ...]:
        """On the worker's thread."""
        assert self._sense is not None
        picture = developed(frame)
        afresh = self._every_s == CLOSELY_S and frame.at - self._found_s >= AFRESH_S
        if afresh:
            self._found_s = frame.at
        return self._sense.port.faces(picture, () if afresh else self._known)

    def _tell(self, look: FaceSeen) -> None:
        self._post(look)
        if self._visit_s:
            heard_s, said_s = (look.at if until is None else until for until in (self._heard_s, self._said_s))
            self._visit, happened = presence.step(self._visit, look, heard_s, said_s, self._visit_s)
            if happened is not None:
                self._happened[happened]()


def look_of(faces: Sequence[Face], at: float) -> FaceSeen:
    """What a frame says of whose turn it is."""
    facing: bool | None = None
    if any(abs(face.yaw) <= FACING and abs(face.pitch) <= DOWN for face in faces):
        facing = True
    elif faces and all(abs(face.yaw) >= AWAY for face in faces):
        facing = False
    only = faces[0] if len(faces) == 1 else None
    return FaceSeen(at=at, faces=len(faces), facing=facing, mouth=only.mouth if only and facing else None)
