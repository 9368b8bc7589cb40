"""What has happened in a conversation, told by its events in the order in which they came. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from visavis_agents import events as ev


@dataclass
class Utterance:
    """Something the user said or typed. Times are on the visitor's clock."""

    number: int
    began: float
    text: str = ""
    open: bool = True
    dropped: str = ""  # why it was not answered


@dataclass
class Reply:
    """Something the assistant says."""

    number: int
    utterance: int  # what it answers, 0 if it speaks by itself
    began: float
    clauses: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spoken: int = 0  # words that were played
    over: float | None = None
    cut: bool = False
    heard_if_cut: str = ""
    stages_ms: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return " ".join(self.clauses)

    @property
    def heard(self) -> str:
        return self.heard_if_cut if self.cut else " ".join(self.words[: self.spoken])


@dataclass
class Account:
    """take() is given every event; the rest is looked at. `mark` and `since` set a question apart from those before."""

    started: ev.SessionStarted | None = None
    utterances: list[Utterance] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    troubles: list[tuple[float, str]] = field(default_factory=list)
    pictures: dict[int, float] = field(default_factory=dict)  # when each was begun
    timers: list[ev.TimerSet] = field(default_factory=list)
    ended: str | None = None
    _tools: dict[tuple[int, str], int] = field(default_factory=dict)
    _painting: set[int] = field(default_factory=set)

    def take(self, at: float, event: ev.Event) -> None:
        """An event that came at `at` on the visitor's clock."""
        match event:
            case ev.SessionStarted():
                self.started = event
                for reply in self.replies:
                    if reply.over is None:  # lost with its connection; one that goes on is started again
                        reply.over, reply.heard_if_cut, reply.cut = at, reply.heard, True
            case ev.SessionEnded(reason=reason):
                self.ended = reason
            case ev.Trouble(what=what, todo=todo):
                self.troubles.append((at, f"{what} {todo}".strip()))
            case ev.TimerSet():
                self.timers.append(event)
            case ev.UserStarted(utterance=number):
                self.utterances.append(Utterance(number, at))
            case ev.UserFinal(utterance=number, text=text, joins=joins):
                for earlier in self.utterances:
                    if joins and earlier.number == joins:  # its words are the first of these
                        earlier.text, earlier.dropped = "", "gone on with"
                utterance = self._utterance(number, at)
                utterance.text, utterance.open = text, False
            case ev.UserDropped(utterance=number, reason=reason):
                utterance = self._utterance(number, at)
                utterance.dropped, utterance.open = reason, False
            case ev.PictureStarted(picture=picture):
                self.pictures[picture] = at
                self._painting.add(picture)
            case ev.PictureDone(picture=picture):
                self._painting.discard(picture)
            case ev.PictureFailed(picture=picture, reason=reason):
                self._painting.discard(picture)
                self.troubles.append((at, f"picture {picture} failed: {reason}"))
            case ev.ToolStarted(reply=number, name=name):
                self._tools[number, name] = self._tools.get((number, name), 0) + 1
            case ev.ToolEnded(reply=number, name=name):
                self._tools[number, name] = self._tools.get((number, name), 1) - 1
            case _:
                self._take_of_reply(at, event)

    def _take_of_reply(self, at: float, event: ev.Event) -> None:
        match event:
            case ev.ReplyStarted(reply=number, utterance=utterance):
                if (again := self._reply(number)) is not None:  # a reply that goes on after a lost connection
                    again.clauses, again.words, again.over, again.cut = [], [], None, False
                else:
                    self.replies.append(Reply(number, utterance, at))
            case ev.ReplyClause(reply=number, text=text, words=words) if reply := self._reply(number):
                reply.clauses += [text] if text else []
                reply.words += [word.text for word in words]
            case ev.ReplyWord(reply=number, index=index) if reply := self._reply(number):
                reply.spoken = max(reply.spoken, index + 1)
            case ev.TurnTimed(reply=number, stages_ms=stages) if reply := self._reply(number):
                reply.stages_ms = stages
            case ev.ReplyCut(reply=number, heard=heard) if reply := self._reply(number):
                reply.over, reply.cut, reply.heard_if_cut = at, True, heard
            case ev.ReplyEnded(reply=number, text=text) if reply := self._reply(number):
                reply.over = at
                reply.clauses = reply.clauses or ([text] if text else [])

    def mark(self) -> tuple[int, int]:
        """The place in the account from which on `since` tells."""
        return len(self.utterances), len(self.replies)

    def since(self, mark: tuple[int, int]) -> tuple[list[Utterance], list[Reply]]:
        return self.utterances[mark[0] :], self.replies[mark[1] :]

    @property
    def quiet(self) -> bool:
        """Nobody speaks, nothing is being judged, used or drawn."""
        return not (
            any(utterance.open for utterance in self.utterances)
            or any(reply.over is None for reply in self.replies)
            or any(count > 0 for count in self._tools.values())
            or self._painting
        )

    def _reply(self, number: int) -> Reply | None:
        return next((reply for reply in reversed(self.replies) if reply.number == number), None)

    def _utterance(self, number: int, at: float) -> Utterance:
        for utterance in reversed(self.utterances):
            if utterance.number == number and utterance.open:
                return utterance
        self.utterances.append(Utterance(number, at))
        return self.utterances[-1]
