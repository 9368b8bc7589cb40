"""What a conversation needs to go on after a break: which words were heard, and what another process must know.

A line that died had swallowed what was pulled since its last sign of life: the reply goes back to the word begun then.
A server that stopped left a snapshot: the next one goes on from it (`visavis_server/state.py`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from visavis_agents.events import (
    Event,
    PictureStarted,
    ReplyClause,
    TimerEnded,
    TimerSet,
    UserStarted,
    WatchEnded,
    WatchSet,
    Word,
)
from visavis_agents.facts import Facts
from visavis_agents.history import History, Line
from visavis_agents.seeing.seen import Keepsake
from visavis_agents.states import Turn


class Spoken:
    """The reply that was spoken last, as its words began to be played."""

    def __init__(self, reply: int = 0, clauses: list[ReplyClause] | None = None) -> None:
        self.reply = reply
        self.ended = not reply
        self._clauses = clauses if clauses is not None else []  # the reply's own list: it grows
        self._begun: list[float] = []  # session time at which each word began

    def word(self, index: int, at: float) -> None:
        del self._begun[index:]
        self._begun.append(at)

    def unheard(self, since: float) -> int:
        """The first word that was not heard to its end by session time `since`."""
        words = self._words()
        count = bisect_right(self._begun, since)
        if 0 < count <= len(words):
            last = words[count - 1]
            if since - self._begun[count - 1] < last.end_s - last.start_s:
                count -= 1
        return count

    def texts(self, written: Sequence[str] = ()) -> list[str]:
        """The words of all clauses; then of those that have no sound yet. written: all clauses so far."""
        sounded = sum(bool(clause.text) for clause in self._clauses)
        return [word.text for word in self._words()] + " ".join(written[sounded:]).split()

    def _words(self) -> list[Word]:
        return [word for clause in self._clauses for word in clause.words]


class Snapshot(msgspec.Struct, frozen=True):
    """A conversation between two events. at: session time, which goes on from there.

    due: what it was about to say, the rest of an interrupted reply first. asked: words of the user that have no answer
    yet and are not among the lines. timers: their names and when they ring, in session time; watches: what for,
    and until when; seen: only where sight_allowed. drawn: the last picture in words. keys:
    of the newest texts typed (`TextTyped.key`), known to who looks after the line."""

    role: str
    at: float
    lines: tuple[Line, ...] = ()
    facts: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    allowed: bool | None = None
    due: tuple[str, ...] = ()
    asked: str = ""
    timers: tuple[tuple[str, float], ...] = ()
    watches: tuple[tuple[str, float], ...] = ()
    seen: tuple[Keepsake, ...] = ()
    sight_allowed: bool | None = None
    replies: int = 0
    utterances: int = 0
    pictures: int = 0
    drawn: str = ""
    keys: tuple[str, ...] = ()


class Keeping:
    """What of a conversation outlives its line. `due` is said as soon as somebody is here again, `asked` answered."""

    def __init__(self, kept: Snapshot, now: float) -> None:
        """now: session time. A timer that rang in between is told of."""
        self.asked = kept.asked
        self.timers = [timer for timer in kept.timers if timer[1] > now]
        self.due = kept.due + tuple(rung(name) for name, rings_s in kept.timers if kept.at < rings_s <= now)
        self.watches: dict[int, WatchSet] = {}
        self.spoken = Spoken()
        self._role = kept.role
        self._utterances = kept.utterances
        self._pictures = kept.pictures

    def saw(self, event: Event) -> None:
        """An event on its way to the client."""
        match event:
            case TimerSet(at=at, name=name, rings_s=rings_s):
                self.timers = [timer for timer in self.timers if timer[1] > at] + [(name, rings_s)]
            case TimerEnded(name=name, rings_s=rings_s):
                self.timers = [timer for timer in self.timers if timer != (name, rings_s)]
            case WatchSet():
                self.watches[event.watch] = event
            case WatchEnded(watch=watch):
                self.watches.pop(watch, None)
            case PictureStarted(picture=picture):
                self._pictures = picture
            case UserStarted(utterance=utterance):
                self._utterances = utterance

    def take_back(self, since: float, history: History) -> int:
        """What was pulled after session time `since` was not heard. Returns the first unheard word of the reply in
        progress; of one that has ended the rest is due again."""
        first = self.spoken.unheard(since)
        words = self.spoken.texts()
        if self.spoken.ended and words[first:]:
            history.take_back(" ".join(words[:first]))
            self.due += (" ".join(words[first:]),)
            self.spoken = Spoken()
        return first

    def snapshot(self, at: float, history: History, facts: Facts, turn: Turn, said: Sequence[str]) -> Snapshot:
        """said: the clauses so far of the reply in progress."""
        due, asked, lines = self.due, self.asked, history.lines
        if said or not self.spoken.ended:
            first = self.spoken.unheard(at)
            words = self.spoken.texts(said)
            if words[:first]:
                lines += (Line("assistant", " ".join(words[:first]), cut=True),)
            elif not words and lines and lines[-1].who == "user":
                asked, lines = lines[-1].text, lines[:-1]
            if words[first:]:
                due = (" ".join(words[first:]), *due)
        return Snapshot(
            role=self._role,
            at=at,
            lines=lines,
            facts=tuple(facts.kept),
            waiting=tuple(facts.waiting),
            allowed=facts.allowed,
            due=(*due, *(prompt.text for prompt in turn.due)),
            asked=asked,
            timers=tuple(timer for timer in self.timers if timer[1] > at),
            watches=tuple((watch.what, watch.until_s) for watch in self.watches.values()),
            replies=turn.last,
            utterances=self._utterances,
            pictures=self._pictures,
        )


def rung(timer: str) -> str:
    return f"Your {timer} is up."
