"""The replies of a session that are under way: drafts that nobody hears yet, and the one that is being heard.

The turn machine asks for them (`session.py`); each is a task (`reply.py`), and cancelling it is the only way to stop
it. The loudspeaker tells what is heard of one (`speech.py`): that goes to the client, into the times and the history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from visavis_agents import events as ev, inner, states
from visavis_agents.keeping import Keeping, Spoken
from visavis_agents.mind import Mind
from visavis_agents.reply import Reply

ASKING_S = 1.2  # of a question are left when a short answer to it may come


class Replies:
    """post: into the session's inbox."""

    def __init__(self, mind: Mind, keeping: Keeping, post: Callable[[states.Event], None]) -> None:
        self._mind = mind
        self._keeping = keeping
        self._post = post
        self._clock = mind.clock
        self._emit = mind.emit
        self._running: dict[int, tuple[Reply, asyncio.Task[None]]] = {}
        self._stages: dict[str, float] = {}  # of the utterance in progress

    @property
    def none(self) -> bool:
        """Nothing is being answered."""
        return not self._running

    @property
    def saying(self) -> Reply | None:
        """The one that is being heard."""
        return self._found(self._mind.speech.reply)

    def hear(self, event: inner.Inner) -> None:
        """From the ears: when each stage on the way to an answer was reached."""
        match event:
            case inner.SpeechStarted():
                self._stages = {}
            case inner.SpeechPaused():
                self._stages = {"pause": self._clock()}
            case inner.Transcribed():
                self._stages.setdefault("transcript", self._clock())
            case inner.TurnGuessed(utterance=utterance):
                self._stages.setdefault("turn_guess", self._clock())
                for reply, _ in self._running.values():
                    if reply.utterance == utterance:  # drafted before the guess came
                        reply.reached("turn_guess", self._clock())

    # --- as the turn machine asks ------------------------------------------------------------------------------------

    def draft(self, ask: states.Draft) -> None:
        stages = {**self._stages, "draft": self._clock()} if ask.utterance else {}
        self._start(Reply(ask.reply, ask.utterance, ask.text, ask.end_s, times=ask.words, stages=stages))

    def begin(self, ask: states.Begin) -> None:
        self._start(Reply(ask.reply, 0, "", self._clock(), words=ask.text))

    def speak(self, number: int) -> None:
        reply, _ = self._running[number]
        now = self._clock()
        reply.reached("turn_end", now)
        self._mind.speech.begin(number)
        self._keeping.spoken = Spoken(number, reply.clauses)
        self._emit(ev.ReplyStarted(at=now, reply=number, utterance=reply.utterance))
        reply.released.set()

    def drop(self, number: int) -> None:
        if number in self._running:
            _, task = self._running.pop(number)
            task.cancel()

    def cut(self, number: int) -> None:
        heard, heard_s = self._mind.speech.cut(number)
        now = self._clock()
        self._keeping.spoken = Spoken()
        self._mind.hands.spoke_s = now
        self.drop(number)
        self._mind.history.assistant(heard, cut=True)
        self._emit(ev.ReplyCut(at=now, reply=number, heard=heard, heard_s=heard_s))

    # --- as the loudspeaker tells ------------------------------------------------------------------------------------

    def sounded(self, number: int) -> None:
        """The reply's first sample leaves now."""
        self._post(inner.ReplySounded(at=self._clock(), reply=number))
        if (reply := self._found(number)) is None:
            return
        reply.reached("first_sound", self._clock())
        since = {stage: round(1000 * (at - reply.end_s), 1) for stage, at in reply.stages.items()}
        self._emit(ev.TurnTimed(at=self._clock(), reply=number, utterance=reply.utterance, stages_ms=since))

    def spoke_word(self, number: int, index: int) -> None:
        self._keeping.spoken.word(index, self._clock())
        self._emit(ev.ReplyWord(at=self._clock(), reply=number, index=index))
        if (reply := self._found(number)) is None:
            return
        reply.heard(index)
        if reply.said and reply.said[-1].endswith("?") and self._mind.speech.left_s <= ASKING_S:
            self._post(inner.ReplyAsks(at=self._clock(), reply=number))

    def said(self, number: int) -> None:
        """Its last sample has left."""
        self._keeping.spoken.ended = True
        self._mind.hands.spoke_s = self._clock()
        self._mind.hands.glimpses.clear()
        reply, _ = self._running.pop(number, (None, None))
        text = " ".join(reply.said) if reply else ""
        self._mind.history.assistant(text)
        self._emit(ev.ReplyEnded(at=self._clock(), reply=number, text=text))
        self._post(inner.ReplyDone(at=self._clock(), reply=number))

    def _found(self, number: int) -> Reply | None:
        reply, _ = self._running.get(number, (None, None))
        return reply

    def _start(self, reply: Reply) -> None:
        task = self._mind.hands.spawn(reply.run(self._mind), f"reply {reply.number}")
        self._running[reply.number] = (reply, task)
