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
from functools import partial

import numpy as np
import soxr
from numpy.typing import NDArray

from visavis_agents.clauses import Clauses
from visavis_agents.events import ReplyClause, SourceQuoted, Trouble, Word
from visavis_agents.freely import is_off, model_words, stand_in
from visavis_agents.guard import sighted
from visavis_agents.knowledge import Knowledge, Quote
from visavis_agents.meant import (
    LATELY,
    instead,
    means_what_was_seen,
    meant,
    otherwise,
    said_before,
)
from visavis_agents.mind import Mind
from visavis_agents.quoting import quoted, reckoned
from visavis_agents.rules import Call, Repeat, Route, Say
from visavis_agents.rules.written import not_again, unheard
from visavis_agents.shown import ListContent, ListItem
from visavis_agents.speech import RATE
from visavis_agents.story.telling import Cue
from visavis_agents.tools.toolbox import TOOLS
from visavis_agents.using import later, patiently, telling, use
from visavis_models.align import align
from visavis_models.errors import ModelError
from visavis_models.ports import Spoken, ToolCall

CANNOT = "I'm sorry, I can't do that here."
HEARD = "Thank you for telling me. What can I do for you?"  # where nothing is remembered
SORRY = "Sorry, something went wrong and I can't answer that right now."


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

    async def sure(self) -> None:
        """The user's turn is truly over: this is no draft any more."""
        await self.released.wait()

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
                    if is_off(self, mind, clause):
                        await self._stand_in(mind)
                        return
                    await self._say(mind, clause)
                    sentences += clause[-1] in ".!?"
                if self.freely and mind.role.sentences and sentences >= mind.role.sentences:
                    return
        if rest := clauses.rest():
            await (self._stand_in(mind) if is_off(self, mind, rest) else self._say(mind, rest))

    async def _stand_in(self, mind: Mind) -> None:
        """In the place of words of the language model that are off."""
        if instead := stand_in(self, mind):
            self.freely = False
            await self._say(mind, instead)

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
        made = meant(mind, self.text, before)
        if mind.hands.knowledge is not None and (found := await self._quoted(mind, mind.hands.knowledge, made, before)):
            yield not_again(found, before)
            return
        match made:
            case Say(text, shown, others):
                if shown is not None:
                    self.beside.append(partial(_show, mind, *shown))
                text = unheard((text, *others), mind.history.heard(LATELY))
                text = text.replace("{about}", mind.role.about).replace("{abilities}", mind.role.abilities)
                yield not_again(text, before)
            case Repeat() if means_what_was_seen(mind, self.text, self.end_s):
                yield await use(self, mind, ToolCall("look", {"question": self.text}))
                async with aclosing(later(mind.hands)) as pieces:
                    async for piece in pieces:
                        yield piece
            case Repeat():
                yield before or "I have not said anything yet."
            case Call(tool=name, arguments=arguments) if name in mind.role.tools and TOOLS[name].tells:
                async with aclosing(telling(self, mind, ToolCall(name, arguments))) as told:
                    async for words in told:
                        yield words
            case Call(tool=name, arguments=arguments) if name in mind.role.tools:
                async with aclosing(patiently(self, mind, ToolCall(name, arguments))) as pieces:
                    async for piece in pieces:
                        yield not_again(piece, before) if piece.startswith("I can't") else piece
                async with aclosing(later(mind.hands)) as pieces:
                    async for piece in pieces:
                        yield piece
            case Call(tool=name):
                yield HEARD if name == "told" else CANNOT
            case _ if sure := instead(mind, self.text):
                yield not_again(sure, before)
            case _:
                self.freely = True
                async with aclosing(sighted(model_words(self, mind), otherwise(mind, self.text))) as told:
                    async for words in told:
                        yield words

    async def _quoted(self, mind: Mind, knowledge: Knowledge, made: Route, before: str) -> str:
        """The sentence of the documents that answers, or empty. A rule that is surer than they are goes first."""
        self.source = await quoted(knowledge, self.text, said_before(mind, self.text), before, made)
        return f"{self.source.spoken}{reckoned(self.source.spoken, self.text)}" if self.source else ""

    # --- sound -------------------------------------------------------------------------------------------------------

    async def _say(self, mind: Mind, clause: str) -> None:
        """Synthesize one clause and queue it; waits while enough is queued, and for the release of a draft."""
        voice = mind.senses.voice
        self.said.append(clause)
        steps = voice.port.speak(clause, mind.role.pace * mind.pace)
        async with aclosing(voice.worker.stream(steps, partial(self.within_s, mind))) as pieces:
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

    def within_s(self, mind: Mind) -> float:
        """When more of this reply is wanted: since the user has ended, and once it sounds before it runs out."""
        return mind.speech.queued_s(self.number) if self.clauses else self.end_s - mind.clock()

    def _tell_source(self, mind: Mind) -> None:
        quote, self.source = self.source, None
        if quote is not None:
            mind.emit(
                SourceQuoted(
                    at=mind.clock(), reply=self.number, document=quote.document, heading=quote.heading, quote=quote.text
                )
            )
            mind.hands.quoted = quote
            mind.hands.cards.quote(quote.text, quote.document, quote.heading)


def _show(mind: Mind, title: str, written: str) -> None:
    """A card with the lines of what is written."""
    mind.hands.cards.replace(title, ListContent(tuple(ListItem(line) for line in written.splitlines())))


def _at_speech_rate(spoken: Spoken) -> NDArray[np.float32]:
    pcm: NDArray[np.float32] = soxr.resample(spoken.pcm, spoken.rate, RATE, quality="MQ")
    return pcm
