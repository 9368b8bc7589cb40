"""Pictures on their way to the client: encoded on a worker, sent in small pieces that let sound go first.

A drawing shows previews (small JPEGs) while the painter works and ends as a PNG. Each piece waits for room in the
connection, so a large picture never delays events or voice.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import cv2
import numpy as np

from visavis_agents.events import Event, PictureChunk, PictureDone, PictureFailed, PictureStarted
from visavis_models.errors import ModelError
from visavis_models.ports import Painting, Picture
from visavis_models.senses import Senses

CHUNK = 12 * 1024  # bytes of a picture in one event; with base64 16 KB, which every peer accepts (RFC 8831, 6.6)
PREVIEW = 256  # pixels of a preview's longer side

Emit = Callable[[Event], None]
Room = Callable[[], Awaitable[None]]


async def draw(senses: Senses, prompt: str, *, picture: int, emit: Emit, room: Room) -> str:
    """Paint, show, and return what to say about it. Raises ModelError; the page is told of a failure or a stop."""
    painter = senses.painter
    assert painter is not None
    emit(PictureStarted(picture=picture, kind="drawing", prompt=prompt))
    version, reason = 0, "stopped"
    try:
        async with aclosing(painter.worker.stream(painter.port.paint(prompt))) as paintings:
            async for painting in paintings:
                data, mime = await painter.worker.run(_encoded, painting)
                await _send(data, mime, picture, version, emit, room)
                if painting.done:
                    emit(PictureDone(picture=picture, version=version, alt=painting.alt or prompt))
                    reason = ""
                    return f"Here is {painting.alt or prompt}. {painting.note}".strip()
                version += 1
        raise ModelError("the painter stopped without a picture")
    except ModelError as error:
        reason = str(error)
        raise
    finally:
        if reason:
            emit(PictureFailed(picture=picture, reason=reason))


async def send_picture(data: bytes, mime: str, *, picture: int, kind: str, alt: str, emit: Emit, room: Room) -> None:
    """Show an encoded picture as it is."""
    emit(PictureStarted(picture=picture, kind=kind))
    await _send(data, mime, picture, 0, emit, room)
    emit(PictureDone(picture=picture, version=0, alt=alt))


async def _send(data: bytes, mime: str, picture: int, version: int, emit: Emit, room: Room) -> None:
    pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    for index, piece in enumerate(pieces):
        await room()
        emit(
            PictureChunk(
                picture=picture,
                version=version,
                index=index,
                count=len(pieces),
                mime=mime,
                data=base64.b64encode(piece).decode(),
            )
        )


def _encoded(painting: Painting) -> tuple[bytes, str]:
    if painting.done:
        return encode_picture(painting.picture, ".png"), "image/png"
    scale = min(1.0, PREVIEW / max(painting.picture.shape[:2]))
    small = cv2.resize(painting.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return encode_picture(np.asarray(small, np.uint8), ".jpg"), "image/jpeg"


def encode_picture(picture: Picture, extension: str) -> bytes:
    """RGB pixels as a file of that kind. Blocking, milliseconds."""
    done, data = cv2.imencode(extension, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise ModelError(f"the picture could not be encoded as {extension}")
    return bytes(data)
