"""Pictures on their way to the client: the real composer on its worker, pieces that wait for room, stops and failures."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Coroutine, Generator
from typing import Any, cast

import av
import cv2
import numpy as np
import pytest

from visavis_agents.events import Event, PictureChunk, PictureDone, PictureFailed, PictureProgress, PictureStarted
from visavis_agents.painting.drawing import CHUNK, draw, send_picture
from visavis_agents.painting.gallery import Gallery
from visavis_models.backends.composer import load
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Painter, Painting
from visavis_models.senses import Sense
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker


class Line:
    """The connection: keeps what is emitted, and gives room one piece at a time when it is narrow."""

    def __init__(self, narrow: bool = False) -> None:
        self.events: list[Event] = []
        self.asked = 0
        self._narrow = narrow
        self.room_given = asyncio.Event()

    def emit(self, event: Event) -> None:
        self.events.append(event)

    async def room(self) -> None:
        self.asked += 1
        if self._narrow:
            self.room_given.clear()
            await self.room_given.wait()

    def clock(self) -> float:
        return 1.0 + len(self.events)


def paint(painter: Painter, prompt: str, line: Line, gallery: Gallery | None = None) -> Coroutine[Any, Any, Painting]:
    place = {"picture": 7, "emit": line.emit, "room": line.room, "clock": line.clock}
    gallery = gallery or Gallery("a session")
    sense = Sense(painter, Worker("painter", niceness=10))
    return draw(sense, cast(Any, painter.paint(prompt)), prompt, gallery=gallery, **cast(Any, place))


def composer() -> Painter:
    return load(BackendSettings(backend="composer"), Packs(ModelSettings().packs))


def pictures(events: list[Event]) -> dict[int, np.ndarray]:
    """Every version put together from its pieces and decoded."""
    files: dict[int, list[PictureChunk]] = {}
    for event in events:
        if isinstance(event, PictureChunk):
            files.setdefault(event.version, []).append(event)
    found = {}
    for version, chunks in files.items():
        assert [chunk.index for chunk in chunks] == list(range(chunks[0].count))
        data = b"".join(base64.b64decode(chunk.data) for chunk in chunks)
        assert all(len(base64.b64decode(chunk.data)) <= CHUNK for chunk in chunks)
        found[version] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return found


def test_previews_and_the_picture_arrive_in_pieces() -> None:
    line, gallery = Line(), Gallery("a session")
    painting = asyncio.run(paint(composer(), "three red apples and a dishwasher", line, gallery))
    assert painting.done and (painting.alt, painting.note) == (
        "three red apples",
        "I have no picture of a dishwasher.",
    )
    assert gallery.last is painting
    first, *between, last = line.events
    assert isinstance(first, PictureStarted)
    assert (first.picture, first.kind, first.prompt) == (7, "drawing", "three red apples and a dishwasher")
    assert all(isinstance(event, PictureChunk | PictureProgress) for event in between)
    progress = [event.done for event in between if isinstance(event, PictureProgress)]
    assert progress == sorted(progress) and progress[0] == 0.0
    shown = pictures(line.events)
    assert isinstance(last, PictureDone)
    assert (last.version, last.alt) == (max(shown), "three red apples")
    assert [max(picture.shape) for picture in shown.values()] == [256] * (len(shown) - 1) + [512]
    assert line.asked == sum(isinstance(event, PictureChunk) for event in between)
    (work,) = gallery.works
    assert (work.number, work.alt, last.forms) == (7, "three red apples", tuple(work.files))
    assert gallery.find(last.url.rpartition("/")[2], 0.0) is work
    assert cv2.imdecode(np.frombuffer(work.files["png"], np.uint8), cv2.IMREAD_COLOR).shape == (512, 512, 3)
    assert gallery.easel is not None and gallery.easel.shape == (512, 512, 3)
    assert [event.at for event in line.events] == sorted(event.at for event in line.events)
    assert line.events[0].at > 0


class Photograph:
    """A painter whose pictures do not compress, larger than is shown."""

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        noise = np.random.default_rng(1).integers(0, 255, (700, 1400, 3), np.uint8)
        yield Painting(noise, True, 1.0)


def test_a_photograph_is_sent_as_a_jpeg_of_bounded_size() -> None:
    line = Line()
    asyncio.run(paint(Photograph(), "noise", line))
    assert {event.mime for event in line.events if isinstance(event, PictureChunk)} == {"image/jpeg"}
    assert pictures(line.events)[0].shape == (512, 1024, 3)


class Filming:
    """A painter of clips."""

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        frames = tuple(np.full((64, 96, 3), 25 * n, np.uint8) for n in range(9))
        yield Painting(frames[4], True, 1.0, frames=frames, fps=8.0)


def test_a_clip_can_be_played_where_the_picture_is() -> None:
    line, gallery = Line(), Gallery("a session")
    asyncio.run(paint(Filming(), "night falls", line, gallery))
    done = line.events[-1]
    assert isinstance(done, PictureDone)
    assert done.forms == ("png", "webm", "gif")
    (work,) = gallery.works
    with av.open(io.BytesIO(work.files["webm"])) as clip:
        assert [frame.width for frame in clip.decode(video=0)] == [96] * 9
    assert gallery.last is not None
    assert gallery.last.frames == ()


def test_a_stop_while_it_waits_for_room_is_told() -> None:
    async def scenario() -> Line:
        line = Line(narrow=True)
        task = asyncio.create_task(paint(composer(), "a cat", line))
        while line.asked < 1:
            await asyncio.sleep(0.001)
        assert not any(isinstance(event, PictureChunk) for event in line.events)
        line.room_given.set()
        while not any(isinstance(event, PictureChunk) for event in line.events):
            await asyncio.sleep(0.001)
        assert sum(isinstance(event, PictureChunk) for event in line.events) == 1  # one piece for one room
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return line

    events = asyncio.run(scenario()).events
    assert isinstance(events[-1], PictureFailed)
    assert events[-1].reason == "stopped"
    assert not any(isinstance(event, PictureDone) for event in events)


class Broken:
    """A painter that fails after its first preview."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        yield Painting(np.zeros((64, 64, 3), np.uint8), False, 0.5)
        if self._error:
            raise self._error


@pytest.mark.parametrize(
    ("error", "raised", "reason"),
    [
        (ModelError("the painter ran out of memory"), ModelError, "the painter ran out of memory"),
        (None, ModelError, "the painter stopped without a picture"),
        (KeyError("a bug"), KeyError, "the picture failed"),
    ],
)
def test_a_failure_is_told_and_raised(error: Exception | None, raised: type[Exception], reason: str) -> None:
    line = Line()
    with pytest.raises(raised):
        asyncio.run(paint(Broken(error), "a cat", line))
    assert isinstance(line.events[-1], PictureFailed)
    assert line.events[-1].reason == reason


class Slow:
    """A painter of many quick previews; the connection takes none of them."""

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        for step in range(20):
            yield Painting(np.full((64, 64, 3), step, np.uint8), False, step / 20)
        yield Painting(np.zeros((64, 64, 3), np.uint8), True, 1.0)


def test_a_slow_connection_does_not_hold_the_brush() -> None:
    async def scenario() -> None:
        line, worker = Line(narrow=True), Worker("painter")
        place: Any = {"emit": line.emit, "room": line.room, "clock": line.clock, "gallery": Gallery("a session")}
        sense: Sense[Painter] = Sense(Slow(), worker)
        task = asyncio.create_task(draw(sense, cast(Any, Slow().paint("")), "a cat", picture=1, **place))
        while not any(isinstance(event, PictureProgress) and event.done > 0.9 for event in line.events):
            await asyncio.sleep(0.001)
        async with worker.line.turn():  # somebody else may draw while the first preview still waits
            assert line.asked == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_a_camera_frame_is_sent_as_it_is() -> None:
    line = Line()
    data = bytes(range(256)) * 100
    given = {"picture": 3, "emit": line.emit, "room": line.room, "clock": line.clock}
    asyncio.run(send_picture(data, "image/jpeg", kind="frame", alt="what I saw", **given))
    started, *chunks, done = line.events
    assert isinstance(started, PictureStarted)
    assert started.kind == "frame"
    assert b"".join(base64.b64decode(chunk.data) for chunk in chunks if isinstance(chunk, PictureChunk)) == data
    assert isinstance(done, PictureDone)
    assert done.alt == "what I saw"
