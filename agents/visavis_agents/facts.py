"""What the user has told about themselves: kept with their consent, shown and erasable in the page.

A fact told before the user was asked waits: it serves this conversation, but is neither shown as kept nor stored.
A server that stores facts keeps `kept` and `allowed`, and makes the next conversation's Facts of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from visavis_agents.events import FactsChanged

MOST = 64
LONGEST = 200  # characters of one fact
_SUBJECT = re.compile(
    r"(?i)^(?:(your .+?) (?:is|are) |(you (?:live in|work (?:as|at|for)|come from|are from)) |(you are) \d+ years)"
)

_LIST = re.compile(r"Your (?:[\w'-]+ )*list is ")  # `tools/cards.py`


@dataclass
class Facts:
    """Sentences to the user, such as "Your name is Ada.", oldest first. allowed: None until they have said yes or no.

    asked: the question was put, once."""

    kept: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    allowed: bool | None = None
    asked: bool = False

    def __iter__(self) -> Iterator[str]:
        return iter([*self.kept, *self.waiting])

    def __len__(self) -> int:
        return len(self.kept) + len(self.waiting)

    def tell(self, fact: str) -> None:
        """Take what was told by the way: kept where that is allowed, else waiting, or gone where it was refused."""
        self._drop_subject(fact)
        if self.allowed is not False:
            into = self.kept if self.allowed else self.waiting
            into.append(fact[:LONGEST])
            del into[:-MOST]

    def keep(self, fact: str) -> None:
        """Take what the user asked to be remembered: asking is a consent."""
        self.allow(True)
        self.tell(fact)

    def allow(self, allowed: bool) -> None:
        """The user's yes or no; a no erases everything."""
        self.allowed, self.asked = allowed, True
        self.kept = [*self.kept, *self.waiting][-MOST:] if allowed else []
        self.waiting = []

    def about(self, word: str) -> list[str]:
        """Facts whose subject is `word`, else those that hold it; all for an empty one."""
        word = word.strip().lower()
        known = list(self)
        return [f for f in known if f.lower().startswith((f"your {word} is", f"your {word} are"))] or [
            f for f in known if not word or re.search(rf"\b{re.escape(word)}", f.lower())
        ]

    def forget(self, word: str) -> int:
        """Forget all about `word`, or everything for an empty one. Returns how many are gone."""
        gone = self.about(word)
        for fact in gone:
            self.erase(fact)
        return len(gone)

    def erase(self, fact: str) -> None:
        """Erase one fact; all for an empty one."""
        self.kept = [known for known in self.kept if fact and known != fact]
        self.waiting = [known for known in self.waiting if fact and known != fact]

    def changed(self, at: float) -> FactsChanged:
        """A list that waits is not offered: it was made for now, and comes back only with a conversation that does."""
        offered = tuple(fact for fact in self.waiting if not _LIST.match(fact))
        return FactsChanged(at=at, facts=tuple(self.kept), waiting=offered, allowed=self.allowed)

    def _drop_subject(self, fact: str) -> None:
        subject = _subject(fact)
        for known in list(self):
            if known.lower() == fact.lower() or (subject and _subject(known) == subject):
                self.erase(known)


def _subject(fact: str) -> str:
    """What can only be one thing at a time: "your name", "you live in". Empty: there may be many such facts."""
    found = _SUBJECT.match(fact)
    return next((group for group in found.groups() if group), "").lower() if found else ""
