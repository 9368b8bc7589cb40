"""The line in front of a model, for work of many steps that cannot be mixed with another's: a whole picture.

Everyone in it is told how many are before them, so that the wait can be said and shown. Lives on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from visavis_models.errors import ModelError

Ahead = Callable[[int], None]  # is told how many are before it, whenever that changes; 0: its turn has come


class Line:
    """First come, first served; `places` at once."""

    def __init__(self, name: str, places: int = 1, room: int = 64) -> None:
        self._name, self._places, self._room = name, places, room
        self._line: list[_Place] = []

    @property
    def waiting(self) -> int:
        """How many wait, beside those whose turn it is."""
        return max(0, len(self._line) - self._places)

    @asynccontextmanager
    async def turn(self, ahead: Ahead = lambda before: None) -> AsyncIterator[None]:
        """Wait for the turn, and have it within the block. Leaving it, or the line, lets the next ones move up.

        Raises ModelError when the line is full."""
        async with aclosing(self.places()) as places:
            async for before in places:
                ahead(before)
                if not before:
                    break
            yield

    async def places(self) -> AsyncGenerator[int, None]:
        """The same as a stream: how many are before, at every change. After 0 the turn lasts until it is closed.

        Raises ModelError when the line is full."""
        if self.waiting >= self._room:
            raise ModelError(f"{self._room} others are waiting for the {self._name}: ask again in a while")
        place = _Place()
        self._line.append(place)
        try:
            self._move_up()
            while before := await place.told.get():
                yield before
            yield 0
        finally:
            self._line.remove(place)
            self._move_up()

    def _move_up(self) -> None:
        for index, place in enumerate(self._line):
            before = max(0, index + 1 - self._places)
            if before != place.before:
                place.before = before
                place.told.put_nowait(before)


@dataclass(eq=False)
class _Place:
    """One in the line."""

    before: int = -1  # as last told
    told: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
