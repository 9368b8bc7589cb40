"""The shell round the turn machine: one inbox, one task group, at most one reply; effects are carried out here.

Everything that happens in a conversation enters through the inbox and is answered by `turn.step`. The server gives the
session sound, frames and the client's events, and pulls `speech` every 20 ms. A session outlives its connection: while
nobody is attached nothing is pulled, so nothing is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from importlib.metadata import version
from math import inf
from typing import Any, assert_never

import msgspec

from visavis_agents import events as ev, inner, states, turn
from visavis_agents.cards import Cards
from visavis_agents.clicks import clicked, forget
from visavis_agents.commands import Command
from visavis_agents.facts import Facts
from visavis_agents.hearing import Hearing
from visavis_agents.history import History
from visavis_agents.judge import echoes
from visavis_agents.keeping import Keeping, Snapshot, Spoken, rung
from visavis_agents.knowledge import Knowledge
from visavis_agents.mind import Mind
from visavis_agents.painting.easel import STOPPED, Easel
from visavis_agents.painting.gallery import Gallery
from visavis_agents.replies import Replies
from visavis_agents.roles import Role
from visavis_agents.rules.games import ENDED, is_open
from visavis_agents.seeing.attention import Attention
from visavis_agents.seeing.glimpse import Glimpses
from visavis_agents.seeing.guide import Guide
from visavis_agents.seeing.remembering import Memory
from visavis_agents.seeing.sight import Frame, Sight
from visavis_agents.seeing.stills import Stills
from visavis_agents.settings import AgentSettings
from visavis_agents.speech import Speech
from visavis_agents.tools.pictures import about_sight
from visavis_agents.tools.port import Hands
from visavis_models.errors import ModelError
from visavis_models.ports import Pcm
from visavis_models.senses import Senses

log = logging.getLogger(__name__)

INBOX = 1000  # events waiting; more means that the loop is stuck: what comes then is lost, and logged
LONGEST_TEXT = 4000  # characters of a typed message
FINISH_S = 5.0  # a sentence in progress may take this long at shutdown
HEARTBEAT_S = 1.0
LOUDER, VOLUMES = 1.6, (0.25, 2.56)  # one step is 4 dB
FASTER, PACES = 1.2, (0.58, 1.73)  # one step; three either way
REMARK_S = 0.5  # what the assistant remarks unasked is said within this, or not
READ_AHEAD_S = 1.0  # what may be asked next is read within this: others' replies go first
LOST_WORDS = "Sorry, I lost you while you were speaking. Please say that again."


def _now() -> datetime:
    return datetime.now().astimezone()


class Session:
    """One conversation. clock: session time; emit: must not block; room: waits until a picture may be sent.

    notice: said once, before the greeting. kept: where another process left this conversation. watch: told every step
    of the turn machine."""

    def __init__(
        self,
        *,
        id: str,
        role: Role,
        senses: Senses,
        settings: AgentSettings,
        clock: Callable[[], float],
        emit: Callable[[ev.Event], None],
        room: Callable[[], Awaitable[None]],
        now: Callable[[], datetime] = _now,
        notice: str = "",
        kept: Snapshot | None = None,
        watch: Callable[[states.Event, states.Effects], None] = lambda event, effects: None,
        knowledge: Knowledge | None = None,
    ) -> None:
        self.id = id
        self.speech = Speech(
            lambda number: self._replies.sounded(number),
            lambda number, index: self._replies.spoke_word(number, index),
            lambda number: self._replies.said(number),
            lambda frame: self._hearing.echo.played(frame, clock()),
        )
        self.gallery = Gallery(id)
        self._role = role
        self._clock = clock
        self._send = emit
        self._senses = senses
        self._watch = watch
        self._rule = states.Rule(settings.eager_s, settings.patience_s, role.nudge, role.nudge_s, role.addressed)
        kept = kept or Snapshot(role.name, 0.0, due=tuple(text for text in (notice, role.greeting) if text))
        self._turn: states.Turn = states.Idle(kept.replies)
        self._inbox: asyncio.Queue[states.Event | None] = asyncio.Queue(INBOX)
        self._history = History(kept.lines)
        self._facts = Facts(list(kept.facts), list(kept.waiting), kept.allowed, kept.allowed is not None)
        self._sight = Sight(settings.frames_kept)
        self._stills = Stills(self._emit, clock)
        asks = partial(about_sight, asks=senses.language.port.calls_tools and "look" in role.tools)
        self._glimpses = Glimpses(senses.vision, self._sight, self._spawn, asks)
        self._attention = Attention(senses, role.visit_s, clock, self._post, self._greet, self.forget)
        self._hearing = Hearing(senses, settings, self._heard, self._trouble, kept.utterances)
        self._keeping = Keeping(kept, clock())
        self._away = inf  # since when the client was not heard
        self._over = 0  # the reply that was heard when the user began to speak
        self._lost_words = 0  # the utterance that a lost line cut off
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        hands = Hands(
            senses=senses,
            sight=self._sight,
            stills=self._stills,
            glimpses=self._glimpses,
            clock=clock,
            now=now,
            emit=self._emit,
            room=room,
            prompt=self._prompt,
            remark=self._remark,
            spawn=self._spawn,
            pictures=itertools.count(kept.pictures + 1),
            erase=self.forget,
            calm=lambda: isinstance(self._turn, states.Idle),
            listening=lambda: isinstance(self._turn, states.Hearing | states.Pausing),
            memory=Memory(kept.seen, kept.sight_allowed),
            easel=Easel(kept.drawn),
            gallery=self.gallery,
            cards=Cards(self._emit, clock),
            session=id,
            history=self._history,
            facts=self._facts,
            knowledge=knowledge,
        )
        self._hands, self._kept_watches = hands, kept.watches
        self._remembers = senses.vision is not None and "where_seen" in role.tools
        self._mind = Mind(senses, role, settings, self._history, self.speech, hands, clock, self._emit)
        self._replies = Replies(self._mind, self._keeping, self._post)

    # --- from the server ---------------------------------------------------------------------------------------------

    def listen(self, pcm: Pcm, at: float) -> None:
        """pcm: (samples,), 16 kHz; at: session time of its first sample. Never blocks."""
        self._hearing.feed(pcm, at)

    def see(self, frame: Frame) -> None:
        self._sight.see(frame)
        self._attention.see(frame)

    def receive(self, event: ev.FromClient) -> None:
        """Take one event of the client."""
        match event:
            case ev.TextTyped(text=text):
                if text.strip():
                    self._post(ev.TextTyped(at=self._clock(), text=text.strip()[:LONGEST_TEXT]))
            case ev.MicMuted(muted=muted):
                self._hearing.mute(muted)
                self._post(ev.MicMuted(at=self._clock(), muted=muted))
            case ev.TalkPressed():
                self._hearing.press()
            case ev.TalkReleased():
                self._hearing.release()
            case ev.ReplyStopped():
                self._post(ev.ReplyStopped(at=self._clock()))
            case ev.StillChunk() | ev.StillFailed():
                self._stills.take(event)
            case ev.Ping(n=n):
                self._emit(ev.Pong(at=self._clock(), n=n))
            case ev.Bye() | ev.RecordingAnswered():
                pass  # for the server
            case _:
                clicked(self._hands, event)

    def attached(self, resumed: bool) -> None:
        """Somebody is connected (again): say who we are, and what was said so far."""
        self._sight.opened = self._clock()
        self._emit(
            ev.SessionStarted(
                at=self._clock(),
                session=self.id,
                resumed=resumed,
                role=self._role.name,
                version=version("visavis"),
                heartbeat_s=HEARTBEAT_S,
                history=tuple(ev.HistoryLine(line.who, line.text) for line in self._history.lines),
            )
        )
        keeping = self._keeping
        for name, rings_s in keeping.timers:
            if rings_s > self._clock():
                self._send(ev.TimerSet(at=self._clock(), name=name, rings_s=rings_s))
        for watch in keeping.watches.values():
            self._send(watch)
        self._hands.cards.tell()
        if self._facts:
            self._emit(self._facts.changed(self._clock()))
        if reply := self._replies.saying:  # in the middle of a reply: it goes on where it was heard last
            self._emit(ev.ReplyStarted(at=self._clock(), reply=reply.number, utterance=reply.utterance))
            for clause in reply.clauses:
                self._emit(clause)
        if self._hands.story is not None:  # after the reply, which may be what tells it: the book is open then
            self._hands.story.tell(self._hands)
        if self._lost_words:
            self._emit(ev.UserDropped(at=self._clock(), utterance=self._lost_words, reason=turn.LOST))
            if isinstance(self._turn, states.Idle):
                self._prompt(LOST_WORDS)
            self._lost_words = 0
        self._hands.easel.show_again(self._hands, self._away)
        for text in keeping.due:
            self._prompt(text)
        if keeping.asked:
            self._post(ev.TextTyped(at=self._clock(), text=keeping.asked))
        keeping.due, keeping.asked = (), ""

    def detached(self, since: float) -> None:
        """The connection is gone; the conversation waits. since: session time of its last sign of life.

        What was pulled after that was not heard: the reply goes back to the word begun then."""
        self._away = since
        self._sight.forget()
        self._stills.forget()
        self._glimpses.clear()
        self._attention.forget()
        if isinstance(self._turn, states.Hearing):
            self._lost_words = self._turn.utterance
        self._post(inner.LineLost(at=self._clock()))
        self.speech.back_to(self._keeping.take_back(since, self._history))

    def snapshot(self) -> Snapshot:
        """What another process needs to go on from here."""
        saying, facts = self._replies.saying, self._facts
        told = self._keeping.snapshot(self._clock(), self._history, facts, self._turn, saying.said if saying else ())
        memory = self._hands.memory
        drawn = self._hands.easel.prompt
        return msgspec.structs.replace(told, seen=memory.stored, sight_allowed=memory.allowed, drawn=drawn)

    def forget(self) -> None:
        """Forget what was said and what was to be remembered."""
        forget(self._hands)
        self._keeping.spoken = Spoken()
        self._emit(ev.Forgotten(at=self._clock()))

    async def run(self) -> None:
        """Live until closed. Raises what is a bug; a failing model is not."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._spawn(self._hearing.run(), "hearing")
                self._spawn(self._attention.run(), "attention")
                self._anticipate("")
                if self._role.guides:
                    self._spawn(Guide(self._hands).run(), "guide")
                for name, rings_s in self._keeping.timers:
                    self._spawn(self._ring(name, rings_s), name)
                self._hands.watches.resume(self._hands, self._kept_watches)
                if self._remembers:
                    self._spawn(self._hands.memory.run(self._hands), "memory")
                while (event := await self._inbox.get()) is not None:
                    self._advance(event)
                for task in self._tasks:
                    task.cancel()
        finally:
            self._group = None
            self._closed.set()

    async def close(self, reason: str, finish: bool = False) -> None:
        """End the conversation and wait until nothing of it runs. finish: let what is being said end, within 5 s."""
        if finish and not self.speech.idle:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FINISH_S):
                    await self.speech.silence()
        self._emit(ev.SessionEnded(at=self._clock(), reason=reason))
        if self._group is not None:
            if self._inbox.full():
                self._inbox.get_nowait()
            self._inbox.put_nowait(None)
            await self._closed.wait()

    # --- into the inbox ----------------------------------------------------------------------------------------------

    def _post(self, event: states.Event) -> None:
        if self._inbox.full():
            log.error("session %s: the inbox is full, %s is lost", self.id, type(event).__name__)
            return
        self._inbox.put_nowait(event)

    def _prompt(self, text: str) -> None:
        self._post(inner.Prompted(at=self._clock(), text=text))

    def _remark(self, text: str) -> None:
        self._post(inner.Prompted(at=self._clock(), text=text, until_s=self._clock() + REMARK_S))

    def _greet(self) -> None:
        """Somebody has come into view and looks this way."""
        if self._role.greeting and isinstance(self._turn, states.Idle):
            self._prompt(self._role.greeting)

    def _emit(self, event: ev.Event) -> None:
        self._keeping.saw(event)
        self._send(event)

    def _heard(self, event: inner.Inner) -> None:
        """From the ears: tell the client, note the time, and let the turn machine decide."""
        if isinstance(event, inner.PartialHeard | inner.Transcribed) and self._echoed(event.text):
            event = msgspec.structs.replace(event, text="")
        self._replies.hear(event)
        match event:
            case inner.SpeechStarted(utterance=utterance):
                self._over = 0 if self.speech.idle else self.speech.reply
                self._glimpses.clear()
                self._emit(ev.UserStarted(at=event.at, utterance=utterance))
                self._anticipate("")
            case inner.SpeechPaused(utterance=utterance, end_s=end_s):
                self._emit(ev.UserPaused(at=event.at, utterance=utterance, end_s=end_s))
            case inner.PartialHeard(utterance=utterance, text=text):
                self._emit(ev.UserPartial(at=event.at, utterance=utterance, text=text))
                self._glimpses.hear(text, event.words, event.at)
                self._anticipate(text.rpartition(" ")[0].rstrip(",.?!"))  # the last word may still change
        self._post(event)  # type: ignore[arg-type]

    def _echoed(self, text: str) -> bool:
        """Is it our own voice, where the microphone hears the loudspeaker, or may do so for all we know?"""
        echo = self._hearing.echo
        return (echo.delay is not None or not echo.compared) and echoes(text, self.speech.lately)

    def _trouble(self, what: str) -> None:
        self._emit(ev.Trouble(at=self._clock(), what=what, todo="Say it again, or look at the server's log."))

    # --- effects -----------------------------------------------------------------------------------------------------

    def _advance(self, event: states.Event) -> None:
        self._turn, effects = turn.step(self._turn, event, self._rule)
        self._watch(event, effects)
        self._attention.follow(self._turn)
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: states.Effect) -> None:
        now = self._clock()
        match effect:
            case states.Draft():
                self._replies.draft(effect)
            case states.Begin():
                self._replies.begin(effect)
            case states.Speak(reply=number):
                self._replies.speak(number)
            case states.Drop(reply=number):
                self._replies.drop(number)
            case states.Duck():
                self.speech.duck()
            case states.Hold(reply=number):
                self.speech.hold()
                self._emit(ev.ReplyHeld(at=now, reply=number))
            case states.Lift():
                self.speech.lift()
            case states.Resume(reply=number, sentence=sentence):
                self.speech.resume(sentence)
                self._emit(ev.ReplyResumed(at=now, reply=number))
            case states.Again(reply=number):
                self.speech.again()
                self._emit(ev.ReplyResumed(at=now, reply=number))
            case states.Cut(reply=number):
                self._replies.cut(number)
            case states.Take(utterance=utterance, text=text, words=words, typed=typed, joins=joins):
                if not typed:
                    self._hearing.close(utterance)
                self._history.user(text, joins=bool(joins))
                self._emit(ev.UserFinal(at=now, utterance=utterance, text=text, words=words, typed=typed, joins=joins))
            case states.Obey(utterance=utterance, text=text, words=words, command=command, typed=typed):
                self._emit(ev.UserFinal(at=now, utterance=utterance, text=text, words=words, typed=typed))
                if not typed:
                    self._hearing.close(utterance)
                    self._emit(ev.UserDropped(at=now, utterance=utterance, reason=command.value))
                self._adjust(command, text)
            case states.Ignore(utterance=utterance, reason=reason):
                self._hearing.drop(utterance)
                self._emit(ev.UserDropped(at=now, utterance=utterance, reason=reason))
            case states.Wake(at=at):
                loop = asyncio.get_running_loop()
                loop.call_later(max(0.0, at - now), lambda: self._post(inner.Tick(at=max(at, self._clock()))))
            case _:
                assert_never(effect)

    def _adjust(self, command: Command, words: str) -> None:
        """The manner of speaking: loudness and pace at once; and the drawing or the game that is to stop."""
        match command:
            case Command.STOP if self._hands.easel.told_to_stop(words, self._over):
                self._prompt(STOPPED)
            case Command.STOP if not self._over and is_open(self._history.last_reply(self._role.nudge)):
                self._prompt(ENDED)
            case Command.LOUDER | Command.QUIETER:
                step = LOUDER if command is Command.LOUDER else 1 / LOUDER
                self.speech.volume = min(max(self.speech.volume * step, VOLUMES[0]), VOLUMES[1])
            case Command.FASTER | Command.SLOWER:
                step = FASTER if command is Command.FASTER else 1 / FASTER
                before, self._mind.pace = self._mind.pace, min(max(self._mind.pace * step, PACES[0]), PACES[1])
                self.speech.repace(self._mind.pace / before)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        if self._group is None:
            work.close()
            raise RuntimeError("the session is not running")
        task = self._group.create_task(work, name=f"{self.id[:8]} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _ring(self, name: str, rings_s: float) -> None:
        """A timer that another process had set."""
        await asyncio.sleep(rings_s - self._clock())
        self._prompt(rung(name))

    def _anticipate(self, text: str) -> None:
        """Let the language model read ahead what it will be asked, if nothing is being answered."""
        if self._group is not None and self._replies.none and self._senses.language.worker.idle:
            self._spawn(self._read_ahead(text), "read ahead")

    async def _read_ahead(self, text: str) -> None:
        language = self._senses.language
        try:
            await language.worker.run(language.port.warm, self._mind.messages(text), within_s=READ_AHEAD_S)
        except ModelError as error:
            self._trouble(str(error))
