"""Stills: the camera's picture at full resolution, asked of the client where something is read or looked at closely.

The stream is small, so that it never delays sound. A still comes over the data channel in pieces, with a deadline after
which the stream's own frame is looked at. What a client sends is bounded in every way before anything is unpacked.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2

from visavis_agents.events import Event, StillChunk, StillFailed, StillWanted, Trouble
from visavis_agents.seeing.choosing import ALIKE, changed, judged
from visavis_agents.seeing.sight import Frame, usable
from visavis_models.errors import ModelError
from visavis_models.picture_file import decoded, dimensions
from visavis_models.ports import Picture
from visavis_models.workers import Worker

WITHIN_S = 2.0  # from the wish to the last piece: 0.5 MB at 2 Mbit/s
DEAF_S = 60.0  # a client that did not answer is not asked again for so long: it may not know how
FRESH_S = 1.5  # a still serves again for so long: a draft that was dropped had asked for it
LONGEST = 2560  # pixels of the longer side
LARGEST = 1 << 20  # bytes
CHUNK = 16 << 10  # bytes in one piece

log = logging.getLogger(__name__)


class StillError(ValueError):
    """A piece that fits no still; the message says what is wrong."""


@dataclass
class Pieces:
    """One still on its way. count: pieces in it, known with the first."""

    count: int = 0
    size: int = 0
    parts: dict[int, bytes] = field(default_factory=dict)

    def take(self, chunk: StillChunk) -> bytes | None:
        """The whole still with its last piece. Raises StillError."""
        if chunk.mime != "image/jpeg":
            raise StillError(f"a still must be image/jpeg, not {chunk.mime[:40]!r}")
        if not (1 <= chunk.count <= LARGEST // 1024 and 0 <= chunk.index < chunk.count):
            raise StillError(f"a still has no piece {chunk.index} of {chunk.count}")
        if self.count and chunk.count != self.count:
            raise StillError(f"a still of {self.count} pieces cannot become one of {chunk.count}")
        if chunk.index in self.parts:
            raise StillError(f"piece {chunk.index} of a still came twice")
        try:
            part = base64.b64decode(chunk.data, validate=True)
        except (binascii.Error, ValueError):
            raise StillError("a piece of a still is not base64") from None
        if not 0 < len(part) <= CHUNK:
            raise StillError(f"a piece of a still has {len(part)} bytes; 1 to {CHUNK} are allowed")
        if self.size + len(part) > LARGEST:
            raise StillError(f"a still is larger than {LARGEST >> 10} KB")
        self.count = chunk.count
        self.size += len(part)
        self.parts[chunk.index] = part
        return b"".join(self.parts[n] for n in range(self.count)) if len(self.parts) == self.count else None


@dataclass
class _Coming:
    number: int
    asked_at: float
    whole: asyncio.Future[bytes | None]  # None: there will be none
    pieces: Pieces = field(default_factory=Pieces)
    begun_at: float | None = None  # when the first piece came


class Stills:
    """Asks for stills, one at a time, and puts them together. emit must not block; clock: session time."""

    def __init__(self, emit: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._emit = emit
        self._clock = clock
        self._numbers = 0
        self._coming: _Coming | None = None
        self._newest: Frame | None = None
        self._deaf_since: float | None = None

    async def instead_of(self, frame: Frame, worker: Worker) -> Frame:
        """The scene of `frame` at full resolution; `frame` itself if no still of it comes in time."""
        still = await self._still()
        if still is None:
            return frame
        try:
            return still if await worker.run(same_scene, still, frame) else frame
        except ModelError as error:
            self._newest = None
            self._refuse(str(error))
            return frame

    def take(self, event: StillChunk | StillFailed) -> None:
        """From the client. What was not asked for is refused with a word; what comes too late is dropped."""
        coming = self._coming
        if event.still < 1 or event.still > self._numbers:
            self._refuse(f"nobody asked for still {event.still}")
        elif coming is not None and coming.number == event.still and not coming.whole.done():
            if isinstance(event, StillFailed):
                log.info("no still: %s", event.reason[:200])
                coming.whole.set_result(None)
                return
            self._deaf_since = None
            if coming.begun_at is None:
                coming.begun_at = self._clock()
            try:
                if (whole := coming.pieces.take(event)) is not None:
                    coming.whole.set_result(whole)
            except StillError as error:
                coming.whole.set_result(None)
                self._refuse(str(error))

    def forget(self) -> None:
        self._newest = self._deaf_since = None
        if self._coming is not None and not self._coming.whole.done():
            self._coming.whole.set_result(None)
        self._coming = None

    async def _still(self) -> Frame | None:
        now = self._clock()
        if self._newest is not None and now - self._newest.at <= FRESH_S:
            return self._newest
        if self._deaf_since is not None and now - self._deaf_since < DEAF_S:
            return None
        if (coming := self._coming) is None or coming.whole.done() or now - coming.asked_at >= WITHIN_S:
            self._numbers += 1
            coming = _Coming(self._numbers, now, asyncio.get_running_loop().create_future())
            self._coming = coming
            self._emit(StillWanted(at=now, still=coming.number, longest=LONGEST, within_s=WITHIN_S))
        try:
            async with asyncio.timeout(WITHIN_S - (now - coming.asked_at)):
                data = await asyncio.shield(coming.whole)  # a dropped draft leaves it to the next one
        except TimeoutError:
            self._deaf_since = now if coming.begun_at is None else None
            return None
        if data is None:
            return None
        begun_at = coming.begun_at or coming.asked_at
        self._newest = Frame((coming.asked_at + begun_at) / 2, lambda: opened(data), (begun_at - coming.asked_at) / 2)
        return self._newest

    def _refuse(self, what: str) -> None:
        self._emit(Trouble(at=self._clock(), what=what, todo="The picture of the stream is used instead."))


def opened(data: bytes) -> Picture:
    """A still's file as (height, width, 3) RGB; blocking, some 10 ms. Raises ModelError."""
    size = dimensions(data) if data.startswith(b"\xff\xd8") else None
    if size is None:
        raise ModelError("the still is no JPEG file")
    if max(size) > LONGEST:
        raise ModelError(f"the still says that it is {size[0]} x {size[1]} pixels; {LONGEST} a side was asked for")
    try:
        return decoded(data)
    except (ValueError, cv2.error) as error:
        raise ModelError(f"the still {error}") from None


def same_scene(one: Frame, other: Frame) -> bool:
    """Whether two frames show one picture, though a hand may move in it. Blocking, milliseconds. Raises ModelError."""
    with usable():
        first, second = (judged(frame.at, frame.picture()) for frame in (one, other))
    return changed(first, second) < ALIKE
