"""Events of what is shown beside the voice: cards (lists, tables, charts, timers, quotes) and stories with pictures.

A part of the one vocabulary (`events.py`). A card's content says by its `kind` what it is; everything in it is bounded.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from visavis_agents.event import Event


class ListItem(msgspec.Struct, frozen=True):
    """done: it is ticked off."""

    text: str
    done: bool = False


class ListContent(msgspec.Struct, frozen=True, tag_field="kind", tag="list"):
    """Things one under the other. ordered: they are steps."""

    items: tuple[ListItem, ...]
    ordered: bool = False


class TableContent(msgspec.Struct, frozen=True, tag_field="kind", tag="table"):
    """Each row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ChartContent(msgspec.Struct, frozen=True, tag_field="kind", tag="chart"):
    """A number for each label. unit: of all numbers, or empty."""

    form: Literal["bar", "line", "pie"]
    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str = ""


class CountdownContent(msgspec.Struct, frozen=True, tag_field="kind", tag="countdown"):
    """A timer as of `timer.set`; length_s: from its start to its ringing."""

    name: str
    rings_s: float
    length_s: float


class QuoteContent(msgspec.Struct, frozen=True, tag_field="kind", tag="quote"):
    """Sentences as they stand in a document. heading: where in it, or empty."""

    text: str
    document: str
    heading: str = ""


Content = ListContent | TableContent | ChartContent | CountdownContent | QuoteContent


class CardShown(Event, frozen=True, tag="card.shown"):
    """Something that is better seen than heard."""

    card: int
    title: str
    content: Content


class CardUpdated(Event, frozen=True, tag="card.updated"):
    """The card is like this now."""

    card: int
    title: str
    content: Content


class CardHidden(Event, frozen=True, tag="card.hidden"):
    """The card is not needed any more."""

    card: int


class CardClosed(Event, frozen=True, tag="card.close"):
    """From the client: the user closed the card."""

    card: int


class TimerCancelled(Event, frozen=True, tag="timer.cancel"):
    """From the client: the user cancelled the timer that was to ring at rings_s."""

    name: str
    rings_s: float


class StoryStarted(Event, frozen=True, tag="story.started"):
    """A story is told in `pages` pages, each of which follows as `story.page`."""

    story: int
    title: str
    pages: int


class StoryPage(Event, frozen=True, tag="story.page"):
    """A page, before it is heard. picture: the number of its picture (0: none), which has been sent, or is coming."""

    story: int
    page: int
    text: str
    picture: int


class StoryTurned(Event, frozen=True, tag="story.turned"):
    """The page is the one being heard: word number `word` of reply `reply`, its first, is being played now.

    Pages may be turned back: when something is said again. reply 0: it was turned before the client came."""

    story: int
    page: int
    reply: int
    word: int


class StoryEnded(Event, frozen=True, tag="story.ended"):
    """The last page was heard to its end, or the story was left for another one (not finished).

    book: where it can be fetched as one HTML file, relative to the server's address; empty: nowhere."""

    story: int
    finished: bool
    book: str = ""
