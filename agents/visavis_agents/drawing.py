"""Pictures on their way to the client: encoded on a worker, sent in small pieces that let sound go first.

A drawing shows previews (small JPEGs) while the painter works and ends as a PNG, or a JPEG where that would be large.
Each piece waits for room in the connection, so a picture never delays events or voice. Whatever happens, a picture that
was announced is either done or failed.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager

import cv2
import numpy as np

from visavis_agents.events import Event, PictureChunk, PictureDone, PictureFailed, PictureStarted
from visavis_agents.gallery import FORMS, Gallery, Work
from visavis_models.errors import ModelError
from visavis_models.ports import Painting, Picture
from visavis_models.senses import Senses

CHUNK = 12 * 1024  # bytes of a picture in one event; with base64 16 KB, which every peer accepts (RFC 8831, 6.6)
PREVIEW = 256  # pixels of a preview's longer side
LARGEST = 1024  # pixels of a finished drawing's longer side
MOST_PNG = 96 * 1024  # bytes: drawings are smaller, photographs are sent as JPEG

Emit = Callable[[Event], None]
Room = Callable[[], Awaitable[None]]
Clock = Callable[[], float]


async def draw(
    senses: Senses, prompt: str, *, picture: int, emit: Emit, room: Room, clock: Clock, gallery: Gallery
) -> str:
    """Paint, show, and return what to say about it. Raises ModelError; the page is told of a failure or a stop."""
    painter = senses.painter
    if painter is None:
        raise ModelError("this server runs without a brush")
    version = 0
    with _announced(picture, "drawing", prompt, emit, clock):
        async with aclosing(painter.worker.stream(painter.port.paint(prompt))) as paintings:
            async for painting in paintings:
                data, mime = await painter.worker.run(encoded, painting)
                gallery.easel = painting.picture
                await _send(data, mime, picture, version, emit, room, clock)
                if painting.done:
                    alt = painting.alt or prompt
                    gallery.last = painting
                    work = Work(picture, clock(), alt, files(painting, data, mime))
                    url, forms = gallery.hang(work), tuple(work.files)
                    emit(PictureDone(at=clock(), picture=picture, version=version, alt=alt, url=url, forms=forms))
                    return f"Here is {alt}. {painting.note}".strip()
                version += 1
        raise ModelError("the painter stopped without a picture")


async def send_picture(
    data: bytes, mime: str, *, picture: int, kind: str, alt: str, emit: Emit, room: Room, clock: Clock
) -> None:
    """Show an encoded picture as it is."""
    with _announced(picture, kind, "", emit, clock):
        await _send(data, mime, picture, 0, emit, room, clock)
        emit(PictureDone(at=clock(), picture=picture, version=0, alt=alt))


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
def _announced(picture: int, kind: str, prompt: str, emit: Emit, clock: Clock) -> Iterator[None]:
    """A picture that the page is told of: when the block is left by an error or a stop, that is told too."""
    emit(PictureStarted(at=clock(), picture=picture, kind=kind, prompt=prompt))
    reason = "stopped"  # by a cancellation
    try:
        yield
        reason = ""
    except ModelError as error:
        reason = str(error)
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


def encoded(painting: Painting) -> tuple[bytes, str]:
    """The file to send and its type. Blocking, milliseconds."""
    picture = shrunk(painting.picture, LARGEST if painting.done else PREVIEW)
    if painting.done and len(png := encode_picture(picture, ".png")) <= MOST_PNG:
        return png, "image/png"
    return encode_picture(picture, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 90 if painting.done else 80]), "image/jpeg"


def files(painting: Painting, data: bytes, mime: str) -> dict[str, bytes]:
    """What of a finished painting can be fetched, by form."""
    kept = {next(form for form, known in FORMS.items() if known == mime): data}
    return {**kept, "svg": painting.svg.encode()} if painting.svg else kept


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
