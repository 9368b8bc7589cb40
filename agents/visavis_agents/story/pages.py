"""The pages of a story: where their words come from, what is kept of each, and how its picture is made."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from visavis_agents.event import Event
from visavis_agents.painting.drawing import encoded, send_picture
from visavis_agents.painting.gallery import Gallery
from visavis_agents.story.grammar import Scene
from visavis_models.errors import ModelError
from visavis_models.ports import Picture
from visavis_models.senses import Senses

SIZE = (640, 448)  # pixels of a page's picture
_SENTENCES = re.compile(r"(?<=[.!?])\s+")

log = logging.getLogger(__name__)


class Teller(Protocol):
    """Where the pages come from."""

    title: str
    opening: str
    pages: int

    async def scene(self, page: int) -> Scene:
        """Page number `page`, from 0, asked for in order. Raises ModelError."""


@dataclass(eq=False)
class Page:
    """ready: its picture is made, or will not be. note: what the painter says of it. sound: of its sentences."""

    scene: Scene
    picture: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    image: Picture | None = None
    file: bytes = b""
    mime: str = ""
    alt: str = ""
    note: str = ""
    sound: dict[int, list[NDArray[np.int16]]] = field(default_factory=dict)
    rate: int = 0

    @property
    def sentences(self) -> list[str]:
        return _SENTENCES.split(self.scene.text)


class World(Protocol):
    """What of `tools.port.Hands` a story needs."""

    @property
    def senses(self) -> Senses: ...
    @property
    def clock(self) -> Callable[[], float]: ...
    @property
    def emit(self) -> Callable[[Event], None]: ...
    @property
    def room(self) -> Callable[[], Awaitable[None]]: ...
    @property
    def spawn(self) -> Callable[..., Any]: ...
    @property
    def pictures(self) -> Iterator[int]: ...
    @property
    def gallery(self) -> Gallery: ...


async def paint(world: World, page: Page) -> None:
    """A page whose picture fails goes without it."""
    painter = world.senses.painter
    if painter is not None:
        page.picture = page.picture or next(world.pictures)
        try:
            steps = painter.port.paint(page.scene.picture, SIZE)
            async with painter.worker.line.turn(), aclosing(painter.worker.stream(steps)) as paintings:
                async for painting in paintings:
                    if painting.done:
                        page.file, page.mime = await painter.worker.run(encoded, painting, page.scene.picture)
                        page.image = painting.picture
                        page.alt = painting.alt or page.scene.picture
                        page.note = painting.note
                        break
        except ModelError as error:
            log.warning("a page of the story has no picture: %s", error)
            page.picture, page.note = 0, error.spoken
    page.ready.set()
    if page.file:
        await send(world, page)


async def send(world: World, page: Page) -> None:
    await send_picture(
        page.file,
        page.mime,
        picture=page.picture,
        kind="page",
        alt=page.alt,
        emit=world.emit,
        room=world.room,
        clock=world.clock,
    )
