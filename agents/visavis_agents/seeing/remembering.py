"""The memory of what was seen: key frames are chosen, described while nothing else goes on, and kept (`seen.py`).

A frame becomes a key frame when the scene has changed since the last one and the picture is sharp. The scene is looked
at every three seconds, in the largest of the frames since then: that is the one which needs no other to be decoded.
(The sizes of the others do not tell a change: an encoder fills its bit rate with the noise of a still picture.) Frames
that were looked at for the user are always kept. What is on them is found, and read, when nobody speaks. Nothing leaves
this process unless the user has allowed it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from visavis_agents.seeing.glance import difference, jpeg, sharpness, thumbnail
from visavis_agents.seeing.looking import Look
from visavis_agents.seeing.seen import UNKNOWN, Keepsake, Seen, Spot
from visavis_agents.seeing.sight import Frame, developed
from visavis_models.errors import ModelError
from visavis_models.ports import Box, Finder, Found, Picture, PictureEmbedder, Reader, Vision
from visavis_models.senses import Sense

if TYPE_CHECKING:
    from visavis_agents.tools.port import Hands

log = logging.getLogger(__name__)

TICK_S = 0.5
EVERY_S = 3.0  # between two looks
BURST, EACH_S = 4.0, 10.0  # key frames at most at once, and the time in which there is room for one more
READ_S = 15.0  # between two readings
CHANGED = 0.01  # share of the picture that differs from the last key frame: 56x56 pixels of 640x480
SAME, SCENES = 0.006, 12  # below that share it is one of the last scenes again
BLURRED = 0.5  # of the sharpness of the sharpest of a few frames
SURE, READ = 0.5, 0.6  # scores from which a name, and a line of text, is kept
HOLDING, DESCRIBE = "What am I holding?", "Describe what you see."
AT_ONCE = 3  # keepsakes that are described while somebody waits for the answer
CALM_S = 2.0  # of silence before the reader is asked


class Memory:
    """A session's. allowed: the user's yes or no to keeping it; None: only as long as the conversation lasts."""

    def __init__(self, kept: Sequence[Keepsake] = (), allowed: bool | None = None) -> None:
        self.seen = Seen(kept)
        self.allowed = allowed
        self._scout = Scout()
        self._looked_at = -EVERY_S
        self._read_at = -READ_S
        self._calm_since: float | None = None
        self._room, self._asked_at = BURST, 0.0  # key frames that may be taken, as of then

    @property
    def stored(self) -> tuple[Keepsake, ...]:
        """What may be kept beyond this process."""
        return tuple(self.seen.keepsakes) if self.allowed else ()

    def allow(self, allowed: bool | None) -> None:
        """A no forgets everything, and nothing more is kept."""
        self.allowed = allowed
        if allowed is False:
            self.forget()

    def forget(self) -> int:
        """Returns how many frames are gone."""
        self._scout = Scout()
        return self.seen.forget()

    def looked(self, frame: Frame, look: Look) -> None:
        """A frame was looked at because the user asked."""
        if self.allowed is False:
            return
        names = [name for name in look.found if not name.startswith("“")]
        lines = tuple(name.strip("“”") for name in look.found if name.startswith("“"))
        people = sum(name in ("face", "person") for name in names)
        spots = tuple(Spot(name) for name in names if name not in ("face", "person", "hand", "pointing hand"))
        self.seen.add(
            Keepsake(
                0, frame.at, look.jpeg, spots, people, held=held(look.spoken), text=lines or None, said=look.spoken
            )
        )

    def note(self, frame: Frame, data: bytes, said: str) -> None:
        """A frame that was looked at for a watch, as a JPEG, and what was said of it."""
        if self.allowed is not False:
            self.seen.add(Keepsake(0, frame.at, data, said=said))

    async def run(self, hands: Hands) -> None:
        """Look around until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            now = hands.clock()
            if not hands.calm():
                self._calm_since = None
            elif self._calm_since is None:
                self._calm_since = now
            self.seen.expire(now)
            if self.allowed is False:
                continue
            try:
                if not await self._take(hands, now) and self._calm_since is not None:
                    await self._describe(hands, now, dear=now - self._calm_since >= CALM_S)
            except ModelError as error:
                log.warning("what was seen could not be kept: %s", error)

    async def _take(self, hands: Hands, now: float) -> bool:
        """Look, if it is time, and keep the frame if it is a new one. Returns whether it looked."""
        vision, newest = hands.senses.vision, hands.sight.at(now)
        since_s, self._asked_at = now - self._asked_at, now
        self._room = min(BURST, self._room + since_s / EACH_S)
        if (
            now - self._looked_at < EVERY_S
            or self._room < 1
            or vision is None
            or newest is None
            or not vision.worker.idle
        ):
            return False
        self._looked_at = now
        lately = hands.sight.between(now - EVERY_S, now) or (newest,)
        largest = max(lately, key=lambda frame: frame.size)
        later = [frame for at in (now - 0.6, now - 0.3, now) if (frame := hands.sight.at(at)) and frame.at > largest.at]
        frames = [largest, *dict.fromkeys(later)]
        scout = self._scout
        took = await vision.worker.run(scout.take, frames)
        if took is None or scout is not self._scout or self.allowed is False:  # forgotten meanwhile
            return True
        self._room -= 1
        at, data, like_at = took
        keepsake = Keepsake(0, at, data)
        for known in self.seen.keepsakes:
            if known.at == like_at:  # the same as then: what was learnt of it holds
                keepsake = msgspec.structs.replace(known, at=at, jpeg=data, said="")
        self.seen.add(keepsake)
        return True

    async def _describe(self, hands: Hands, now: float, dear: bool) -> None:
        """What is still to be known of the newest keepsakes: one step. dear: there is time for what takes longer."""
        vision, reader = hands.senses.vision, hands.senses.reader
        for keepsake in reversed(self.seen.keepsakes):
            if not keepsake.named and vision is not None and vision.worker.idle:
                await self._name(hands, keepsake)
                return
            if not dear or vision is None:
                continue
            if keepsake.vector == UNKNOWN and isinstance(vision.port, PictureEmbedder) and vision.worker.idle:
                await self._embed(vision, keepsake)
                return
            if keepsake.text is None and reader is not None and reader.worker.idle and now - self._read_at >= READ_S:
                self._read_at = now
                await self._read(reader, keepsake)
                return

    async def catch_up(self, hands: Hands, read: bool = False) -> None:
        """Somebody asks: learn now what is still to be known of the newest keepsakes."""
        newest = self.seen.keepsakes[: -AT_ONCE - 1 : -1]
        for keepsake in newest:
            if not read and not keepsake.named:
                await self._name(hands, keepsake)
            if read and keepsake.text is None and hands.senses.reader is not None:
                await self._read(hands.senses.reader, keepsake)

    async def _name(self, hands: Hands, keepsake: Keepsake) -> None:
        self.seen.replace(keepsake.number, named=True)  # once, whatever comes of it
        if (vision := hands.senses.vision) is None or not isinstance(vision.port, Finder):
            return
        found, holding = await vision.worker.run(_named, vision.port, keepsake.jpeg)
        people = sum(_is_person(each) for each in found)
        self.seen.replace(
            keepsake.number, spots=_spots(found) or keepsake.spots, people=people, held=held(holding) or keepsake.held
        )

    async def _embed(self, vision: Sense[Vision], keepsake: Keepsake) -> None:
        self.seen.replace(keepsake.number, vector=b"")
        vector, caption = await vision.worker.run(_embedded, vision.port, keepsake.jpeg)
        self.seen.replace(keepsake.number, vector=vector, caption=caption)

    async def _read(self, reader: Sense[Reader], keepsake: Keepsake) -> None:
        self.seen.replace(keepsake.number, text=())
        self.seen.replace(keepsake.number, text=_lines(await reader.worker.run(_read, reader.port, keepsake.jpeg)))


class Scout:
    """Chooses key frames, on the vision model's thread."""

    def __init__(self) -> None:
        self._known: deque[tuple[float, NDArray[np.float32]]] = deque(maxlen=SCENES)  # key frames: time, thumbnail

    def take(self, frames: Sequence[Frame]) -> tuple[float, bytes, float] | None:
        """Of a few frames, oldest first, the newest that is sharp, if it shows something new.

        Returns its time, itself as a JPEG, and the time of an earlier key frame that shows the same, or -1."""
        first = developed(frames[0])
        if self._known and difference(thumbnail(first), self._known[-1][1]) < CHANGED:
            return None
        pictures = [first, *(developed(frame) for frame in frames[1:])]
        sharp = [sharpness(picture) for picture in pictures]
        best = max(n for n, each in enumerate(sharp) if each >= BLURRED * max(sharp))
        thumb = thumbnail(pictures[best])
        apart, like_at = min(((difference(thumb, old), at) for at, old in self._known), default=(1.0, -1.0))
        self._known.append((frames[best].at, thumb))
        return frames[best].at, jpeg(pictures[best], quality=70), like_at if apart < SAME else -1.0


def opened(data: bytes) -> Picture:
    """Raises ModelError."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ModelError("a remembered picture is damaged")
    return np.ascontiguousarray(pixels[..., ::-1])


def _named(eyes: Any, data: bytes) -> tuple[tuple[Found, ...], str]:
    """What is found, and what the eyes say about what is held."""
    picture = opened(data)
    found = tuple(eyes.find(picture))
    hand = any(each.kind == "hand" for each in found)
    return found, "".join(eyes.answer([picture], HOLDING)) if hand else ""


def _read(reader: Any, data: bytes) -> tuple[Found, ...]:
    return tuple(reader.read(opened(data)))


def _embedded(eyes: Any, data: bytes) -> tuple[bytes, str]:
    """Its vector, as bytes because arrays are not written to the tape, and a caption."""
    picture = opened(data)
    vector = np.asarray(eyes.embed_pictures([picture])[0], np.float16).tobytes()
    return bytes(vector), "".join(eyes.answer([picture], DESCRIBE)).strip()


def _lines(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(line.label.strip() for line in found if line.score >= READ and line.label.strip())


def _is_person(found: Found) -> bool:
    return found.kind == "face" or found.label == "person"


def _spots(found: Sequence[Found]) -> tuple[Spot, ...]:
    things = [each for each in found if each.kind == "thing" and each.score >= SURE and not _is_person(each)]
    return tuple(dict.fromkeys(Spot(each.label, place(each.box)) for each in things))


def place(box: Box | None) -> str:
    if box is None or box.w > 0.7:
        return ""
    middle = box.x + box.w / 2
    return "on the left" if middle < 1 / 3 else "on the right" if middle > 2 / 3 else "in the middle"


def held(said: str) -> str:
    """ "I think you are holding a cup, perhaps a mug." -> "a cup"; empty where nothing is said to be held."""
    found = re.search(
        r"(?i)\byou(?: are|'re) holding (?:up )?(?!.*\bfingers?\b)([a-z][a-z' -]{1,40}?)(?=[,.!]| in | with |$)", said
    )
    return found[1].strip() if found else ""
