"""The tool port: a typed async function with a docstring; its JSON schema is generated from both.

The first parameter is always `hands: Hands`, what a tool may touch of its session. A tool returns the words to be said
(by a rule) or to be told to the language model. Tools with effects wait until the user's turn is truly over; what such
a tool will do may be announced before.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, inf
from typing import Any, get_type_hints

import msgspec

from visavis_agents.cards import Cards
from visavis_agents.events import Event, SightUsed, Word
from visavis_agents.facts import Facts
from visavis_agents.history import History
from visavis_agents.knowledge import Knowledge, Quote
from visavis_agents.painting.drawing import send_picture
from visavis_agents.painting.easel import Easel
from visavis_agents.painting.gallery import Gallery
from visavis_agents.seeing.glimpse import Glimpses
from visavis_agents.seeing.reading import Text
from visavis_agents.seeing.remembering import Memory
from visavis_agents.seeing.sight import COMING_S, Sight
from visavis_agents.seeing.stills import Stills
from visavis_agents.seeing.watches import Watches
from visavis_agents.seeing.zoom import View
from visavis_agents.shown import ListItem
from visavis_agents.story.telling import Cue, Telling
from visavis_models.ports import ToolSpec
from visavis_models.senses import Senses

SOON_S = 0.05  # how often a picture on its way is looked for


class ToolError(Exception):
    """The tool cannot do this; the message can be said aloud."""


async def _at_once() -> None:
    pass


def _now(call: Callable[[], None]) -> None:
    call()


@dataclass
class Hands:
    """What tools may touch of their session.

    asked: the words that the reply answers, and moment the session time of their end, if they were spoken."""

    senses: Senses
    sight: Sight
    stills: Stills
    glimpses: Glimpses
    clock: Callable[[], float]  # session time, seconds
    now: Callable[[], datetime]  # local wall time
    emit: Callable[[Event], None]
    room: Callable[[], Awaitable[None]]
    prompt: Callable[[str], None]  # say this by itself, as soon as nobody speaks
    remark: Callable[[str], None]  # say this by itself, now or never
    spawn: Callable[[Coroutine[Any, Any, None], str], Any]  # run in the session's task group; gives the task
    pictures: Iterator[int]  # numbers for new pictures
    erase: Callable[[], None] = lambda: None  # forget all that was said and remembered
    session: str = ""  # its id
    history: History = field(default_factory=History)
    facts: Facts = field(default_factory=Facts)
    knowledge: Knowledge | None = None
    quoted: Quote | None = None  # what was quoted of it last
    calm: Callable[[], bool] = lambda: True  # nobody speaks, and no answer is being made
    listening: Callable[[], bool] = lambda: False  # the user speaks
    view: View | None = None  # what was looked at last
    text: Text | None = None  # what was read last
    watches: Watches = field(default_factory=Watches)
    memory: Memory = field(default_factory=Memory)  # of what was seen
    easel: Easel = field(default_factory=Easel)  # the picture that is being drawn, and the last ones
    gallery: Gallery = field(default_factory=Gallery)  # finished pictures
    lists: dict[str, list[ListItem]] = field(default_factory=dict)  # by name; the one spoken of last is the last
    cards: Cards = field(default_factory=lambda: Cards(lambda event: None, lambda: 0.0))
    timers: list[Any] = field(default_factory=list)  # running ones, `tools.clock.Timer`
    stopped: Any = None  # the one that was cancelled last by itself
    reply: int = 0
    asked: str = ""
    times: tuple[Word, ...] = ()  # of the words asked
    moment: float | None = None
    later: asyncio.Future[str] | None = None  # what a tool adds to its words when it is known, or nothing
    spoke_s: float = -inf  # session time at which the assistant was heard last
    story: Telling | None = None  # told last
    told_plots: list[str] = field(default_factory=list)  # of stories
    beside: Callable[[Callable[[], None]], None] = _now  # do this when the reply begins to be heard
    sure: Callable[[], Awaitable[None]] = _at_once  # wait until the user's turn is truly over

    def cancel_timer(self, name: str, rings_s: float) -> None:
        """The one that was to ring then, if it still runs."""
        for timer in self.timers:
            if timer.name == name and timer.rings_s == rings_s:
                timer.task.cancel()

    async def first_picture(self) -> None:
        """Wait for it while it may be on its way."""
        for _ in range(ceil(COMING_S / SOON_S)):
            if not self.sight.coming(self.clock()):
                return
            await asyncio.sleep(SOON_S)

    def show_frame(self, jpeg: bytes, alt: str, *, reply: int, frame_s: float, **used: Any) -> None:
        """Show a camera frame in the page. alt: what it is, in words; used: more of `SightUsed`."""
        picture = next(self.pictures)
        self.emit(SightUsed(at=self.clock(), reply=reply, frame_s=frame_s, picture=picture, **used))
        sending = send_picture(
            jpeg, "image/jpeg", picture=picture, kind="frame", alt=alt, emit=self.emit, room=self.room, clock=self.clock
        )
        self.spawn(sending, f"frame {picture}")


@dataclass(frozen=True)
class Tool:
    """effects: it changes something or shows something, so a draft must not run it. looks: through the camera.

    tells: its function gives words one after the other, which are all of the reply (`tell`); it awaits `hands.sure`
    itself before it has effects.

    announce: what is said at once, before it runs, of the same arguments; raises ToolError with what is said instead of
    running it. A tool that has announced itself may have nothing more to say."""

    spec: ToolSpec
    effects: bool
    looks: bool
    arguments: type[msgspec.Struct]
    function: Callable[..., Any]
    tells: bool = False
    announce: Callable[..., str] | None = None

    def announced(self, hands: Hands, arguments: dict[str, Any]) -> str:
        """Raises ToolError."""
        return self.announce(hands, **self._checked(arguments)) if self.announce else ""

    async def __call__(self, hands: Hands, arguments: dict[str, Any]) -> str:
        """Raises ToolError when the arguments do not fit or the tool cannot do it."""
        checked = self._checked(arguments)
        if self.looks:
            await hands.first_picture()
        result: str = await self.function(hands, **checked)
        return result

    def tell(self, hands: Hands, arguments: dict[str, Any]) -> AsyncGenerator[str | Cue, None]:
        """Raises ToolError as above; its words may, too."""
        words: AsyncGenerator[str | Cue, None] = self.function(hands, **self._checked(arguments))
        return words

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return msgspec.structs.asdict(msgspec.convert(arguments, self.arguments, strict=False))
        except msgspec.ValidationError as error:
            raise ToolError(f"the tool {self.spec.name} was called wrongly: {error}") from None


def tool(
    *, effects: bool = False, looks: bool = False, announce: Callable[..., str] | None = None
) -> Callable[[Callable[..., Any]], Tool]:
    """Make a Tool of an async function (hands, ...typed parameters) -> str, or of one that yields words."""

    def make(function: Callable[..., Any]) -> Tool:
        hints = get_type_hints(function)
        fields: list[Any] = []
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            given = parameter.default is not parameter.empty
            fields.append((parameter.name, hints[parameter.name], *((parameter.default,) if given else ())))
        arguments = msgspec.defstruct(function.__name__, fields, forbid_unknown_fields=True)
        schema = msgspec.json.schema(arguments)
        parameters = schema["$defs"][function.__name__]
        parameters.pop("title", None)
        spec = ToolSpec(function.__name__, inspect.cleandoc(function.__doc__ or ""), parameters)
        return Tool(spec, effects, looks, arguments, function, inspect.isasyncgenfunction(function), announce)

    return make
