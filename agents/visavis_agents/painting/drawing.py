"""Pictures on their way to the client: encoded on a worker, sent in small pieces that let sound go first.

A drawing shows previews (small JPEGs) while the painter works and ends as a PNG, or a JPEG where that would be large.
Each piece waits for room in the connection, so a picture never delays events or voice. Whatever happens, a picture that
was announced is either done or failed.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager

import cv2
import numpy as np
from msgspec.structs import replace

from visavis_agents.events import (
    Event,
    PictureChunk,
    PictureDone,
    PictureFailed,
    PictureProgress,
    PictureStarted,
)
from visavis_agents.painting.gallery import FORMS, Gallery, Work
from visavis_agents.painting.gate import refusal
from visavis_agents.painting.provenance import file_of, origin, svg_of
from visavis_models.clip_file import filmed
from visavis_models.errors import ModelError
from visavis_models.ports import Painter, Painting, Picture
from visavis_models.senses import Sense

CHUNK = 6 * 1024  # bytes of a picture in one event, which takes 65 ms at 1 Mbit/s: other events wait behind it
PREVIEW = 256  # pixels of a preview's longer side
LARGEST = 1024  # pixels of a finished drawing's longer side
MOST_PNG = 96 * 1024  # bytes: drawings are smaller, photographs are sent as JPEG

Emit = Callable[[Event], None]
Room = Callable[[], Awaitable[None]]
Clock = Callable[[], float]


async def draw(
    painter: Sense[Painter],
    steps: Generator[Painting, None, None],
    prompt: str,
    *,
    picture: int,
    emit: Emit,
    room: Room,
    clock: Clock,
    gallery: Gallery,
    of: int = 0,
    from_camera: bool = False,
    waits: Callable[[int], None] = lambda before: None,
) -> Painting:
    """Wait for the painter's turn, let it take its steps, show them, and return the finished painting.

    steps: of the painter's port. of: the picture that is changed. waits: is told how many pictures of other
    conversations are before this one. Raises ModelError; the page is told of a failure or a stop, but not of what is
    not drawn at all."""
    if refused := refusal(prompt):
        raise ModelError(f"not drawn: {prompt[:80]!r}", refused)

    def wait(before: int) -> None:
        emit(PictureProgress(at=clock(), picture=picture, before=before))
        waits(before)

    with _announced(picture, "drawing", prompt, emit, clock, of):
        version = 0
        sending: asyncio.Task[None] | None = None  # a preview, while the painter goes on
        try:
            async with painter.worker.line.turn(wait), aclosing(painter.worker.stream(steps)) as paintings:
                async for painting in paintings:
                    gallery.easel = painting.picture
                    if painting.done:
                        data, mime = await painter.worker.run(encoded, painting, prompt, from_camera)
                        clip = await painter.worker.run(filmed, painting, prompt) if painting.frames else {}
                        break
                    emit(PictureProgress(at=clock(), picture=picture, done=painting.progress))
                    if sending is None or sending.done():  # a slow line misses some: nobody waits for it
                        preview, kind = await painter.worker.run(encoded, painting, prompt, from_camera)
                        sending = asyncio.create_task(_send(preview, kind, picture, version, emit, room, clock))
                        version += 1
                else:
                    raise ModelError("the painter stopped without a picture")
            if sending is not None:
                await sending
            await _send(data, mime, picture, version, emit, room, clock)
        finally:
            if sending is not None and not sending.done():
                sending.cancel()
                await asyncio.wait([sending])
        gallery.last = painting = replace(painting, frames=())  # which are large, and in the clip
        alt = painting.alt or prompt
        work = Work(picture, clock(), alt, files(painting, data, mime, alt) | clip)
        url, forms = gallery.hang(work), tuple(work.files)
        emit(PictureDone(at=clock(), picture=picture, version=version, alt=alt, url=url, forms=forms))
        return painting


async def send_picture(
    data: bytes,
    mime: str,
    *,
    picture: int,
    kind: str,
    alt: str,
    emit: Emit,
    room: Room,
    clock: Clock,
    prompt: str = "",
    version: int = 0,
    url: str = "",
    forms: tuple[str, ...] = (),
) -> None:
    """Show an encoded picture as it is."""
    with _announced(picture, kind, prompt, emit, clock):
        await _send(data, mime, picture, version, emit, room, clock)
        emit(PictureDone(at=clock(), picture=picture, version=version, alt=alt, url=url, forms=forms))


async def send_clip(
    poster: bytes,
    made: Callable[[], Awaitable[dict[str, bytes]]],
    *,
    picture: int,
    alt: str,
    emit: Emit,
    room: Room,
    clock: Clock,
    gallery: Gallery,
) -> None:
    """Show a JPEG at once, and when the clip is `made` (its files by form) where it is to be had."""
    with _announced(picture, "clip", alt, emit, clock):
        await _send(poster, "image/jpeg", picture, 0, emit, room, clock)
        work = Work(picture, clock(), alt, await made())
        url = gallery.hang(work)
        emit(PictureDone(at=clock(), picture=picture, version=0, alt=alt, url=url, forms=tuple(work.files)))


@contextmanager
def _announced(picture: int, kind: str, prompt: str, emit: Emit, clock: Clock, of: int = 0) -> Iterator[None]:
    """A picture that the page is told of: when the block is left by an error or a stop, that is told too."""
    emit(PictureStarted(at=clock(), picture=picture, kind=kind, prompt=prompt, of=of))
    reason = "stopped"  # by a cancellation
    try:
        yield
        reason = ""
    except ModelError as error:
        reason = error.spoken
        raise
    except Exception:
        reason = "the picture failed"
        raise
    finally:
        if reason:
            emit(PictureFailed(at=clock(), picture=picture, reason=reason))


async def _send(data: bytes, mime: str, picture: int, version: int, emit: Emit, room: Room, clock: Clock) -> None:
    pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    for index, piece in enumerate(pieces):
        await room()
        emit(
            PictureChunk(
                at=clock(),
                picture=picture,
                version=version,
                index=index,
                count=len(pieces),
                mime=mime,
                data=base64.b64encode(piece).decode(),
            )
        )


def encoded(painting: Painting, alt: str, from_camera: bool = False) -> tuple[bytes, str]:
    """The file to send and its type; a finished one says that it was generated. Blocking, milliseconds.

    alt: told of where the painter tells nothing."""
    if not painting.done:
        preview = shrunk(painting.picture, PREVIEW)
        return encode_picture(preview, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 80]), "image/jpeg"
    picture = shrunk(painting.picture, LARGEST)
    made, told = origin(painting, from_camera), painting.alt or alt
    if len(png := file_of(picture, "png", told, made)) <= MOST_PNG:
        return png, "image/png"
    return file_of(picture, "jpg", told, made), "image/jpeg"


def files(painting: Painting, data: bytes, mime: str, alt: str) -> dict[str, bytes]:
    """What of a finished painting can be fetched, by form."""
    kept = {next(form for form, known in FORMS.items() if known == mime): data}
    return {**kept, "svg": svg_of(painting.svg, alt, origin(painting)).encode()} if painting.svg else kept


def encode_picture(picture: Picture, extension: str, options: list[int] | None = None) -> bytes:
    """RGB pixels as a file of that kind. Blocking, milliseconds."""
    done, data = cv2.imencode(extension, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options or [])
    if not done:
        raise ModelError(f"the picture could not be encoded as {extension}")
    return bytes(data)


def shrunk(picture: Picture, longest: int) -> Picture:
    """The longer side at most `longest` pixels."""
    height, width = picture.shape[:2]
    if max(height, width) <= longest:
        return picture
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
