"""One reply: words from a rule, a tool or the language model, cut into clauses, turned into sound, queued to be heard.

A reply starts as a draft: it runs up to its first sound and waits there, and before any tool with effects, until it is
released. Cancelling its task is the only way to stop it. A failing model becomes a `trouble` event and a spoken
sentence; anything else that goes wrong rises to the session.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
import soxr
from numpy.typing import NDArray

from visavis_agents.clauses import Clauses
from visavis_agents.events import Event, ReplyClause, SourceQuoted, ToolEnded, ToolStarted, Trouble, Word
from visavis_agents.history import History
from visavis_agents.knowledge import CERTAIN, Knowledge, Quote
from visavis_agents.pointing import is_past
from visavis_agents.reading import asked as reading_asked
from visavis_agents.reading import refused as reading_refused
from visavis_agents.roles import Role
from visavis_agents.rules import LONGEST, Call, Repeat, Route, Say, asks, asks_a_fact, changes, plain, route, small_talk
from visavis_agents.rules.story import of_story
from visavis_agents.settings import AgentSettings
from visavis_agents.speech import RATE, Speech
from visavis_agents.story.telling import MORE, Cue
from visavis_agents.tools.port import Hands, ToolError
from visavis_agents.tools.toolbox import TOOLS
from visavis_models.align import align
from visavis_models.errors import ModelError
from visavis_models.ports import Message, Spoken, ToolCall
from visavis_models.senses import Senses

FRESH_S = 8.0  # so long what the assistant said may be asked for by "What was that?"
TOOL_ROUNDS = 5  # times a language model may ask for tools in one reply
SLOW_S, MOMENT = 2.2, "One moment."  # after the user's last word, where a tool takes longer
READ_ENOUGH = "All right."
CANNOT = "I'm sorry, I can't do that here."
SORRY = "Sorry, something went wrong and I can't answer that right now."


@dataclass
class Mind:
    """What a reply works with; one per session."""

    senses: Senses
    role: Role
    settings: AgentSettings
    history: History
    speech: Speech
    hands: Hands
    clock: Callable[[], float]
    emit: Callable[[Event], None]
    pace: float = 1.0  # what the user asked for, times the role's

    def messages(self, text: str) -> tuple[Message, ...]:
        """The conversation so far and the user's newest words, for the language model."""
        return self.history.messages(self.role, list(self.hands.facts), text, self.settings.history_turns)


@dataclass
class Reply:
    """One reply's state. words: fixed words to say, or None to answer `text`. end_s: the end of the user's speech;
    times: when each word of text was said, unless it was typed."""

    number: int
    utterance: int
    text: str
    end_s: float
    words: str | None = None
    times: tuple[Word, ...] = ()
    released: asyncio.Event = field(default_factory=asyncio.Event)
    stages: dict[str, float] = field(default_factory=dict)  # session time at which each stage was reached
    clauses: list[ReplyClause] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    freely: bool = False  # in words of the language model, which may be too many
    source: Quote | None = None  # what it quotes, until that is told
    beside: list[Callable[[], None]] = field(default_factory=list)  # done once it is heard
    placed: int = 0  # words that have sound
    cues: list[tuple[int, Cue]] = field(default_factory=list)  # each with the number of the word it stands before
    cue: Cue | None = None  # the one whose words are being heard

    def heard(self, word: int) -> None:
        """Word number `word` is being played; it may have been before."""
        begun = [(start, cue) for start, cue in self.cues if start <= word]
        if begun and begun[-1][1] is not self.cue:
            self.cue = begun[-1][1]
            self.cue.heard(self.number, begun[-1][0])

    def reached(self, stage: str, at: float) -> None:
        self.stages.setdefault(stage, at)

    async def run(self, mind: Mind) -> None:
        """Prepare and say the reply; returns when all its sound is queued."""
        try:
            await self._answer(mind)
        except ModelError as error:
            mind.emit(Trouble(at=mind.clock(), what=str(error), todo="Ask again, or look at the server's log."))
            if not self.said:
                await self._say_sorry(mind)
        await self.released.wait()
        mind.speech.finish(self.number)

    async def _answer(self, mind: Mind) -> None:
        clauses = Clauses()
        sentences = 0
        async with aclosing(self._words(mind)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Cue):
                    if before := clauses.rest():
                        await self._say(mind, before)
                    self.cues.append((self.placed, piece))
                    continue
                self.reached("first_token", mind.clock())
                for clause in clauses.feed(piece):
                    await self._say(mind, clause)
                    sentences += clause[-1] in ".!?"
                if self.freely and mind.role.sentences and sentences >= mind.role.sentences:
                    return
        if rest := clauses.rest():
            await self._say(mind, rest)

    async def _say_sorry(self, mind: Mind) -> None:
        try:
            await self._say(mind, SORRY)
        except ModelError:
            self.said.append(SORRY)  # no voice either: the page shows the trouble

    # --- words -------------------------------------------------------------------------------------------------------

    async def _words(self, mind: Mind) -> AsyncGenerator[str | Cue, None]:
        if self.words is not None:
            yield self.words
            return
        before = mind.history.last_reply(but=mind.role.nudge)
        made = _of_reading(mind, self.text, before) or _of_story(mind, self.text, before)
        made = made or _of_picture(mind, self.text, route(self.text, before))
        if mind.hands.knowledge is not None and (quoted := await self._quoted(mind, mind.hands.knowledge, made)):
            yield quoted
            return
        match made:
            case Say(text):
                yield text.replace("{about}", mind.role.about).replace("{abilities}", mind.role.abilities)
            case Repeat() if self._means_what_was_seen(mind):
                yield await self._use(mind, ToolCall("look", {"question": self.text}))
                async with aclosing(_later(mind.hands)) as pieces:
                    async for piece in pieces:
                        yield piece
            case Repeat():
                yield before or "I have not said anything yet."
            case Call(tool=name, arguments=arguments) if name in mind.role.tools and TOOLS[name].tells:
                async with aclosing(self._telling(mind, ToolCall(name, arguments))) as told:
                    async for words in told:
                        yield words
            case Call(tool=name, arguments=arguments) if name in mind.role.tools:
                async with aclosing(self._patiently(mind, ToolCall(name, arguments))) as pieces:
                    async for piece in pieces:
                        yield piece
                async with aclosing(_later(mind.hands)) as pieces:
                    async for piece in pieces:
                        yield piece
            case Call():
                yield CANNOT
            case _ if instead := self._instead(mind):
                yield instead
            case _:
                self.freely = True
                async with aclosing(self._model_words(mind)) as told:
                    async for words in told:
                        yield words

    def _means_what_was_seen(self, mind: Mind) -> bool:
        """ "What was that?" asks for the last words again only while they are fresh, or nothing is seen."""
        hands = mind.hands
        fresh = self.end_s - hands.spoke_s <= FRESH_S or hands.sight.at(self.end_s) is None
        return is_past(self.text) and "look" in mind.role.tools and not fresh

    def _instead(self, mind: Mind) -> str:
        """What is said where a small language model would answer fluently and perhaps wrongly, or empty."""
        words = plain(self.text)
        if mind.senses.language.port.knows:
            return ""
        if asks_a_fact(words) or (mind.hands.knowledge is not None and (asks(words) or "?" in self.text)):
            return mind.role.unsure
        return small_talk(words)

    async def _quoted(self, mind: Mind, knowledge: Knowledge, made: Route) -> str:
        """The sentence of the documents that answers, or empty. A rule that is surer than they are goes first."""
        if isinstance(made, Repeat) or (isinstance(made, Call) and made.tool != "look"):
            return ""
        quote = await knowledge.find(self.text)
        if quote is None or (made is not None and quote.score < CERTAIN):
            return ""
        self.source = quote
        return quote.spoken

    async def _model_words(self, mind: Mind) -> AsyncGenerator[str | Cue, None]:
        language = mind.senses.language
        tools = [TOOLS[name].spec for name in mind.role.tools] if language.port.calls_tools else []
        messages = list(mind.messages(self.text))
        for _ in range(TOOL_ROUNDS):
            calls: list[ToolCall] = []
            said = ""
            steps = language.port.reply(tuple(messages), tools, mind.settings.max_reply_tokens)
            async with aclosing(language.worker.stream(steps)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ToolCall):
                        calls.append(piece)
                    else:
                        said += piece
                        yield piece
            if not calls:
                return
            if said:
                yield " "
            for call in calls:
                if call.name in mind.role.tools and TOOLS[call.name].tells:
                    self.freely = False
                    async with aclosing(self._telling(mind, call)) as told:
                        async for words in told:
                            yield words
                    return
            messages.append(Message("assistant", said, calls=tuple(calls)))
            results: list[str] = []
            for call in calls:
                try:
                    if announced := self._announced(mind, call):
                        yield f"{announced} "
                except ToolError as refused:
                    yield str(refused)
                    return
                result = await self._use(mind, call)
                more = [piece async for piece in _later(mind.hands)]
                results.append("".join((result, *more)).strip())
                messages.append(Message("tool", results[-1], call_id=call.id))
            if not any(results):
                return  # all has been said
        yield "I could not finish that: it took too many steps."

    async def _patiently(self, mind: Mind, call: ToolCall) -> AsyncGenerator[str, None]:
        """What a tool announces and gives; a word before it where it takes long and nothing was said yet."""
        try:
            announced = self._announced(mind, call)
        except ToolError as refused:
            yield str(refused)
            return
        if announced:
            yield f"{announced} "
        using = asyncio.ensure_future(self._use(mind, call))
        try:
            await asyncio.wait([using], timeout=max(0.0, self.end_s + SLOW_S - mind.clock()))
            if not using.done() and not announced:
                yield f"{MOMENT} "
            yield await using
        finally:
            if not using.done():
                using.cancel()
                await asyncio.wait([using])

    async def _telling(self, mind: Mind, call: ToolCall) -> AsyncGenerator[str | Cue, None]:
        """The words of a tool that tells."""
        self._hand(mind)
        mind.emit(ToolStarted(at=mind.clock(), reply=self.number, name=call.name, arguments=call.arguments))
        try:
            async with aclosing(TOOLS[call.name].tell(mind.hands, call.arguments)) as told:
                async for words in told:
                    yield words
        except ToolError as error:
            yield str(error)
        finally:
            mind.emit(ToolEnded(at=mind.clock(), reply=self.number, name=call.name, result=""))

    def _hand(self, mind: Mind) -> None:
        """What the tools may know of this reply."""
        mind.hands.reply, mind.hands.moment = self.number, self.end_s if self.utterance else None
        mind.hands.asked, mind.hands.times = self.text, self.times
        mind.hands.sure, mind.hands.beside, mind.hands.later = self._sure, self.beside.append, None

    async def _sure(self) -> None:
        await self.released.wait()

    def _announced(self, mind: Mind, call: ToolCall) -> str:
        """Raises ToolError."""
        tool = TOOLS.get(call.name) if call.name in mind.role.tools else None
        if tool is None or tool.announce is None:
            return ""
        self._hand(mind)
        return tool.announced(mind.hands, call.arguments)

    async def _use(self, mind: Mind, call: ToolCall) -> str:
        """Run a tool; what it could not do is told in its result."""
        tool = TOOLS.get(call.name) if call.name in mind.role.tools else None
        if tool is None:
            return f"There is no tool {call.name!r}."
        if tool.effects:
            await self.released.wait()
        self._hand(mind)
        mind.emit(ToolStarted(at=mind.clock(), reply=self.number, name=call.name, arguments=call.arguments))
        try:
            result = await tool(mind.hands, call.arguments)
        except ToolError as error:
            result = str(error)
        except ModelError as error:
            result = error.spoken
        except asyncio.CancelledError:  # the draft is dropped, or the reply cut off: nobody shall wait for it
            mind.emit(ToolEnded(at=mind.clock(), reply=self.number, name=call.name, result=""))
            raise
        mind.emit(ToolEnded(at=mind.clock(), reply=self.number, name=call.name, result=result))
        return result

    # --- sound -------------------------------------------------------------------------------------------------------

    async def _say(self, mind: Mind, clause: str) -> None:
        """Synthesize one clause and queue it; waits while enough is queued, and for the release of a draft."""
        voice = mind.senses.voice
        self.said.append(clause)
        async with aclosing(voice.worker.stream(voice.port.speak(clause, mind.role.pace * mind.pace))) as pieces:
            first = True
            async for spoken in pieces:
                pcm = await voice.worker.run(_at_speech_rate, spoken)
                words = tuple(Word(w.text, w.start_s, w.end_s) for w in spoken.words)
                if not words and first:  # a voice without times: they are looked for in the clause's first piece
                    found = await voice.worker.run(align, clause, spoken.pcm, spoken.rate)
                    words = tuple(Word(w.text, w.start_s, w.end_s) for w in found)
                self.reached("first_clause", mind.clock())
                await self.released.wait()
                self._tell_source(mind)
                while self.beside:
                    self.beside.pop(0)()
                await mind.speech.room()
                start_s, placed = mind.speech.add(self.number, pcm, words)
                event = ReplyClause(
                    at=mind.clock(), reply=self.number, text=clause if first else "", start_s=start_s, words=placed
                )
                self.clauses.append(event)
                self.placed += len(placed)
                if self.cues:
                    self.cues[-1][1].sounded(spoken.pcm, spoken.rate)
                mind.emit(event)
                first = False

    def _tell_source(self, mind: Mind) -> None:
        quote, self.source = self.source, None
        if quote is not None:
            mind.emit(
                SourceQuoted(
                    at=mind.clock(), reply=self.number, document=quote.document, heading=quote.heading, quote=quote.text
                )
            )
            mind.hands.cards.quote(quote.text, quote.document, quote.heading)


async def _later(hands: Hands) -> AsyncGenerator[str, None]:
    """What the tool that was used last adds to its words; a space first, with which they are said."""
    later, hands.later = hands.later, None
    if later is not None:
        yield " "
        yield await later


def _of_reading(mind: Mind, text: str, before: str) -> Route:
    """Whether this is about the text that is being read, and what about it."""
    if (reading := mind.hands.text) is None:
        return None
    words = plain(text[:LONGEST])
    if what := reading_asked(words, reading.place(mind.history.lines), before):
        return Call("read_on", {"what": what})
    return Say(READ_ENOUGH) if reading_refused(words, before) else None


def _of_story(mind: Mind, text: str, before: str) -> Route:
    """Whether this is about the story that is being told, and what about it."""
    story = mind.hands.story
    if story is None:
        return None
    return of_story(plain(text[:LONGEST]), before.endswith(MORE), story.is_in(before), story.finished)


def _of_picture(mind: Mind, text: str, made: Route) -> Route:
    """What was made of the words, or a change of the picture that was drawn last."""
    easel, words = mind.hands.easel, plain(text[:LONGEST])
    if easel.drawing and words in _ENOUGH:
        return Call("stop_drawing")
    new = made is None or (isinstance(made, Call) and made.tool == "draw")
    return Call("edit", {"request": words}) if new and easel.prompt and changes(words) else made


_ENOUGH = frozenset({"stop", "stop it", "stop that", "cancel", "cancel it", "cancel that", "never mind", "forget it"})


def _at_speech_rate(spoken: Spoken) -> NDArray[np.float32]:
    pcm: NDArray[np.float32] = soxr.resample(spoken.pcm, spoken.rate, RATE, quality="MQ")
    return pcm
