"""The guide: looks through the camera while nobody speaks, and says what `guiding.step` makes of it.

It needs a role with `guides`. A look is some milliseconds of measures and the finders, on the vision model's own thread
while that has nothing else to do; text is looked for only where the picture is still and shows something new. A remark
that cannot be said at once is dropped.
"""

from __future__ import annotations

import asyncio
import logging

import cv2
import numpy as np

from visavis_agents.seeing.guiding import Known, Light, Sighting, step, trouble
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.seeing.stills import same_scene
from visavis_agents.tools.port import Hands
from visavis_models.errors import ModelError
from visavis_models.ports import Finder, Found, Reader, Vision

LOOK_S = 0.6  # between two looks
QUIET_S = 1.0  # nobody has spoken for so long before anything is said unasked
READ_EVERY_S = 4.0  # between two readings
_SIDE = 480  # pixels of the longer side in which light is measured

Measures = tuple[float, float, float]

log = logging.getLogger(__name__)


class Guide:
    """One session's guide."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._known = Known()
        self._looked: Frame | None = None
        self._read: Frame | None = None
        self._quiet_since: float | None = None

    async def run(self) -> None:
        """As long as the session."""
        while True:
            await asyncio.sleep(LOOK_S)
            hands = self._hands
            if not hands.calm():
                self._quiet_since = None
                continue
            self._quiet_since = hands.clock() if self._quiet_since is None else self._quiet_since
            try:
                seen = await self._look()
            except ModelError as error:
                log.warning("the guide could not look: %s", error)
                continue
            if seen is not None:
                quiet = hands.calm() and hands.clock() - self._quiet_since >= QUIET_S
                self._known, remark = step(self._known, seen, quiet)
                if remark:
                    hands.remark(remark)

    async def _look(self) -> Sighting | None:
        """None: there is nothing new to see, or the eyes are busy."""
        hands, vision = self._hands, self._hands.senses.vision
        frame = hands.sight.at(hands.clock())
        if vision is None or frame is None or not vision.worker.idle:
            return None
        before, self._looked = self._looked, frame
        if before is not None and before.at == frame.at:
            return None
        measures, found = await vision.worker.run(examined, vision.port, frame)
        light = Light(*measures)
        lines = None
        if not trouble(light) and before is not None:
            lines = await self._signs(frame, before)
        return Sighting(frame.at, light, found, lines)

    async def _signs(self, frame: Frame, before: Frame) -> tuple[Found, ...] | None:
        reader, last = self._hands.senses.reader, self._read
        if reader is None or not reader.worker.idle or (last is not None and frame.at - last.at < READ_EVERY_S):
            return None
        if not await reader.worker.run(same_scene, frame, before):
            return None  # the camera moves
        if last is not None and await reader.worker.run(same_scene, frame, last):
            return None
        self._read = frame
        return await reader.worker.run(read, reader.port, frame)


def examined(eyes: Vision, frame: Frame) -> tuple[Measures, tuple[Found, ...]]:
    """How good the picture is (the fields of `Light`), and what is in it if it is good. Blocking."""
    picture = developed(frame)
    height, width = picture.shape[:2]
    shrink = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    measures = float(grey.mean()) / 255, float(grey.std()) / 255, edges / (float(grey.std()) + 1)
    return measures, eyes.find(picture) if isinstance(eyes, Finder) and not trouble(Light(*measures)) else ()


def read(reader: Reader, frame: Frame) -> tuple[Found, ...]:
    """Blocking."""
    return reader.read(developed(frame))
