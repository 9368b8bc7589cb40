"""The cards of a conversation: what is shown because looking beats hearing. Bounded; the oldest makes room.

`Cards` keeps what is shown, so that a page that comes back sees it again, and checks what is to be shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from visavis_agents.events import Event
from visavis_agents.shown import (
    CardHidden,
    CardShown,
    CardUpdated,
    ChartContent,
    Content,
    CountdownContent,
    ListContent,
    ListItem,
    QuoteContent,
    TableContent,
)

MOST = 8  # cards at once
ITEMS, ROWS, COLUMNS, VALUES = 60, 30, 6, 40  # of one card
TITLE, TEXT, QUOTE = 80, 160, 600  # characters
FOUND = "Found in the documents"


class CardError(ValueError):
    """It cannot be shown like this; the message can be said aloud."""


class Cards:
    """emit: to the client."""

    def __init__(self, emit: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._emit, self._clock = emit, clock
        self._numbers = itertools.count(1)
        self._shown: dict[int, tuple[str, Content]] = {}  # oldest first

    def show(self, title: str, content: Content, card: int = 0) -> int:
        """A new card, or card number `card` as it is now. Returns its number. Raises CardError."""
        title, content = _short(title, TITLE) or "Card", fitted(content)
        if card in self._shown:
            self._shown[card] = (title, content)
            self._emit(CardUpdated(at=self._clock(), card=card, title=title, content=content))
            return card
        while len(self._shown) >= MOST:
            self.hide(next(iter(self._shown)))
        card = next(self._numbers)
        self._shown[card] = (title, content)
        self._emit(CardShown(at=self._clock(), card=card, title=title, content=content))
        return card

    def hide(self, card: int) -> None:
        if self._shown.pop(card, None) is not None:
            self._emit(CardHidden(at=self._clock(), card=card))

    def hide_all(self) -> bool:
        """All but running countdowns. Returns whether there were any."""
        going = [card for card, (_, content) in self._shown.items() if not isinstance(content, CountdownContent)]
        for card in going:
            self.hide(card)
        return bool(going)

    def find(self, title: str) -> tuple[int, Content] | None:
        """The newest card with this title."""
        found = [(card, content) for card, (known, content) in self._shown.items() if known.lower() == title.lower()]
        return found[-1] if found else None

    def replace(self, title: str, content: Content) -> None:
        """The card with this title is like this now; a new one where there is none."""
        known = self.find(title)
        self.show(title, content, known[0] if known else 0)

    def quote(self, text: str, document: str, heading: str) -> None:
        """The sentence that was found in a document; the one before it goes."""
        self.replace(FOUND, QuoteContent(text, document, heading))

    def tell(self) -> None:
        """A client is here (again)."""
        for card, (title, content) in self._shown.items():
            self._emit(CardShown(at=self._clock(), card=card, title=title, content=content))


def fitted(content: Content) -> Content:
    """The content within its bounds: texts are shortened. Raises CardError for what cannot be shown."""
    match content:
        case ListContent(items=items, ordered=ordered):
            return ListContent(tuple(ListItem(_short(item.text), item.done) for item in items[:ITEMS]), ordered)
        case TableContent(columns=columns, rows=rows):
            if not 0 < len(columns) <= COLUMNS:
                raise CardError(f"A table has from one to {COLUMNS} columns.")
            if any(len(row) != len(columns) for row in rows):
                raise CardError(f"Every row of this table must have {len(columns)} cells.")
            return TableContent(_texts(columns), tuple(_texts(row) for row in rows[:ROWS]))
        case ChartContent(form=form, labels=labels, values=values, unit=unit):
            if len(labels) != len(values):
                raise CardError("A chart needs a label for every number.")
            if not 0 < len(values) <= VALUES:
                raise CardError(f"A chart has from one to {VALUES} numbers.")
            if not all(math.isfinite(value) and abs(value) < 1e15 for value in values):
                raise CardError("That number is too large for a chart.")
            if form == "pie" and (min(values) < 0 or not any(values)):
                raise CardError("A pie chart needs numbers above zero.")
            return ChartContent(form, _texts(labels), tuple(map(float, values)), _short(unit, 20))
        case CountdownContent(name=name, rings_s=rings_s, length_s=length_s):
            return CountdownContent(_short(name), rings_s, length_s)
        case QuoteContent(text=text, document=document, heading=heading):
            return QuoteContent(_short(text, QUOTE), _short(document), _short(heading))


def _short(text: str, most: int = TEXT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _texts(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_short(text) for text in texts)
