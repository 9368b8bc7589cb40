"""A story while it is told: pictures are made ahead of the voice, and pages turn when their first word is heard.

`Telling.aloud` gives a reply its words (`reply.py`), with a `Cue` before every sentence. The reply runs the cue when
the word after it is played, also when it goes back; so the page shown, and the place at which an interrupted story goes
on, follow what was heard. A page is not begun before its picture is there, unless that takes too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from visavis_agents.shown import StoryEnded, StoryPage, StoryStarted, StoryTurned
from visavis_agents.story.book import Leaf
from visavis_agents.story.pages import Page, Teller, World, paint, send
from visavis_models.errors import ModelError
from visavis_models.ports import Pcm

MORE = "Would you like another one?"  # ends a story
AHEAD = 2  # pictures are made for so many pages after the one being heard
PATIENT_S, LATE_S = 15.0, 3.0  # a page waits so long for its picture; the pages after one that was late
START = 20  # characters by which a sentence is known
LOST = "I'm sorry, I have lost the thread of this story. Say go on, and I'll try again."

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Cue:
    """A place between the words of a reply. heard(reply, word): the next word, with this number, is played now.

    sounded(pcm, rate): a piece of sound of the words up to the next cue."""

    heard: Callable[[int, int], None]
    sounded: Callable[[Pcm, int], None] = lambda pcm, rate: None


class Telling:
    """One story of a conversation. wished: nouns of the listener: what the painter cannot show of them is said."""

    def __init__(self, number: int, teller: Teller, name: str = "", wished: frozenset[str] = frozenset()) -> None:
        self.number = number
        self.name = name  # of the plot, if it has one
        self.teller = teller
        self.pages: list[Page] = []
        self.place = (0, 0)  # page and sentence heard last
        self.shown = -1  # page
        self.finished = False
        self._wished = wished
        self._moved = asyncio.Event()
        self._late = False
        self._begun = False
        self._failed = False
        self._making: asyncio.Task[None] | None = None

    def is_in(self, said: str) -> bool:
        """Is this a piece of the story?"""
        starts = (self.teller.opening, *(page.sentences[0] for page in self.pages[: self.shown + 1]))
        return any(start[:START] in said for start in starts)

    def go_to(self, page: int, sentence: int = 0) -> None:
        """Where to tell on from."""
        self.place = (min(max(0, page), self.teller.pages - 1), sentence)
        self.finished = False

    async def aloud(
        self, world: World, sure: Callable[[], Awaitable[None]], ended: Callable[[Telling], Awaitable[str]]
    ) -> AsyncGenerator[str | Cue, None]:
        """The words from `place` on. sure: waits until the user's turn is over; ended: makes the book."""
        if not self._begun:
            yield f"{self.teller.opening} "
        await sure()
        if not self._begun:
            self._begun = True
            world.emit(
                StoryStarted(at=world.clock(), story=self.number, title=self.teller.title, pages=self.teller.pages)
            )
        self._stop()
        self._making = world.spawn(self._make(world), f"story {self.number}")
        try:
            first, sentence = self.place
            for index in range(first, self.teller.pages):
                if (page := await self._page(index)) is None:
                    yield LOST
                    return
                world.emit(self._told(world, index, page))
                if page.note and any(noun in page.note for noun in self._wished):
                    self._wished = frozenset()  # said once
                    yield f"{page.note} "
                for number, words in enumerate(page.sentences):
                    if index > first or number >= sentence:
                        yield self._cue(world, page, index, number)
                        yield f"{words} "
            yield Cue(lambda reply, word: self._over(world, ended))
            yield MORE
        except BaseException:  # cut off: what is ahead may never be heard
            self._stop()
            raise

    def _stop(self) -> None:
        if self._making is not None:
            self._making.cancel()

    def tell(self, world: World) -> None:
        """A client is here (again): the pages so far, and the one that is heard. Their pictures it may have kept."""
        if not self._begun:
            return
        world.emit(StoryStarted(at=world.clock(), story=self.number, title=self.teller.title, pages=self.teller.pages))
        for index, page in enumerate(self.pages[: self.shown + 1]):
            world.emit(self._told(world, index, page))
            if page.file:
                world.spawn(send(world, page), f"page {index}")
        if self.shown >= 0:
            world.emit(StoryTurned(at=world.clock(), story=self.number, page=self.shown, reply=0, word=0))

    def _told(self, world: World, index: int, page: Page) -> StoryPage:
        return StoryPage(at=world.clock(), story=self.number, page=index, text=page.scene.text, picture=page.picture)

    def leaves(self) -> tuple[Leaf, ...]:
        """The pages for the book; one of which not every sentence was said has no sound."""
        made = []
        for page in self.pages:
            parts = [part for number in sorted(page.sound) for part in page.sound[number]]
            whole = all(page.sound.get(number) for number in range(len(page.sentences)))
            sound = np.concatenate(parts) if whole and parts else None
            made.append(Leaf(page.scene.text, page.file, page.mime, page.alt, sound, page.rate))
        return tuple(made)

    def left(self, world: World) -> None:
        """Another story takes its place."""
        if not self.finished:
            world.emit(StoryEnded(at=world.clock(), story=self.number, finished=False))

    # --- told by the reply --------------------------------------------------------------------------------------------

    def _cue(self, world: World, page: Page, index: int, sentence: int) -> Cue:
        def heard(reply: int, word: int) -> None:
            self.place = (index, sentence)
            self._moved.set()
            if index != self.shown:
                self.shown = index
                world.gallery.easel = page.image if page.image is not None else world.gallery.easel
                world.emit(StoryTurned(at=world.clock(), story=self.number, page=index, reply=reply, word=word))

        sound = page.sound[sentence] = []

        def sounded(pcm: Pcm, rate: int) -> None:
            page.rate = rate
            sound.append((np.clip(pcm, -1.0, 1.0) * 32767).astype(np.int16))

        return Cue(heard, sounded)

    def _over(self, world: World, ended: Callable[[Telling], Awaitable[str]]) -> None:
        if self.finished:
            return
        self.finished = True

        async def bind() -> None:
            book = ""
            try:
                book = await ended(self)
            except ModelError as error:
                log.warning("the story has no book: %s", error)
            world.emit(StoryEnded(at=world.clock(), story=self.number, finished=True, book=book))

        world.spawn(bind(), f"book {self.number}")

    # --- ahead of the voice -------------------------------------------------------------------------------------------

    async def _page(self, index: int) -> Page | None:
        """The page with its picture, or without it if that takes too long; None: the story ends before it."""
        await self._until(lambda: self._failed or index < len(self.pages))
        if index >= len(self.pages):
            return None
        page = self.pages[index]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LATE_S if self._late else PATIENT_S):
                await page.ready.wait()
        self._late = not page.ready.is_set()
        return page

    async def _make(self, world: World) -> None:
        """Write and paint page after page, not far ahead of what is heard."""
        self._failed = False
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._illustrate(world))

    async def _write(self) -> None:
        try:
            while len(self.pages) < self.teller.pages:
                await self._until(lambda: len(self.pages) <= self.place[0] + AHEAD)
                self.pages.append(Page(await self.teller.scene(len(self.pages))))
                self._moved.set()
        except ModelError as error:
            log.warning("the story could not go on: %s", error)
            self._failed = True
            self._moved.set()

    async def _illustrate(self, world: World) -> None:
        for index in range(self.place[0], self.teller.pages):
            await self._until(lambda: self._ready(index))  # noqa: B023
            if index >= len(self.pages):
                return
            if not (page := self.pages[index]).ready.is_set():
                await paint(world, page)

    def _ready(self, index: int) -> bool:
        """The page may be painted, or there will be none."""
        return index <= self.place[0] + AHEAD if index < len(self.pages) else self._failed

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait until something has moved such that this is true."""
        while not true():
            self._moved.clear()
            await self._moved.wait()
