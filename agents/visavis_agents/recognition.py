"""What the models are asked about the utterance that is being heard: partial and final transcripts, and is that all?

`hearing.py` says when; the answers are posted to the turn machine, but for those that speech has overtaken. A
transcript that its recognizer doubts is looked at again while the silence lasts that ends a turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any

import msgspec

from visavis_agents.events import Word
from visavis_agents.inner import Inner, PartialHeard, Transcribed, TurnGuessed
from visavis_agents.judge import sureness
from visavis_agents.utterance import Asking, Utterance, plausible
from visavis_models.errors import ModelError
from visavis_models.ports import Pcm, Transcript
from visavis_models.senses import Senses

PARTIAL_EVERY_S = 0.45
PARTIAL_WITHIN_S = 0.3  # others' final transcripts go first
PARTIAL_SHARE = 4.0  # partials may take a quarter of the time: a slow machine makes fewer
FORESEE_EVERY_S = 0.12  # between transcripts made at the first silent frame, in case it becomes a pause
FORESEE_SHARE = 2.0  # of that time, so many times as long as a transcript takes
DOUBT = -0.1  # belief below which a recognizer that can look again does, once a pause is there: half of all transcripts
SPARE_S = 0.2  # a machine on which a transcript takes longer has no time for a second look
SURE = 0.5  # a guess of the end-of-turn model that is not asked for again
GUESS_AT_S = 0.064  # silence at which the end-of-turn model is asked first; it tells as much as at 0.1 s
GUESS_EVERY_S = 0.16  # between two guesses about one silence
TROUBLE_EVERY_S = 10.0  # the same trouble is told so often


class Recognition:
    """One session's. utterance: the one in progress; now: session time of the newest sample that was heard; group: the
    tasks of those who wait for a model, while somebody hears. post, trouble: as in `Hearing`."""

    def __init__(self, senses: Senses, post: Callable[[Inner], None], trouble: Callable[[str], None]) -> None:
        self.utterance: Utterance | None = None
        self.now = 0.0
        self.group: asyncio.TaskGroup | None = None
        self._recognizer = senses.recognizer
        self._turn_end = senses.turn_end
        self._post = post
        self._trouble = trouble
        self._told: dict[str, float] = {}

    def partial_if_due(self) -> None:
        utterance = self.utterance
        if utterance and not utterance.partial_in_flight and self.now >= utterance.partial_due_s:
            utterance.partial_in_flight = True
            self.spawn(self._partial(utterance))

    async def _partial(self, utterance: Utterance) -> None:
        self._tell_partly(utterance, await self._transcript(utterance, final=False))

    def foresee(self, end_s: float) -> None:
        """The first silence after end_s may become a pause: have the transcript ready by then."""
        utterance = self.utterance
        if not utterance or utterance.partial_in_flight or self.now < utterance.foresee_due_s:
            return
        if utterance.foreseen is None or utterance.foreseen.end_s < end_s:
            utterance.foreseen = Asking(end_s, end_s + GUESS_AT_S)
            utterance.partial_in_flight = True
            self.spawn(self._transcribe(utterance, utterance.foreseen))

    def _tell_partly(self, utterance: Utterance, transcript: Transcript) -> None:
        text = transcript.text
        if self.utterance is utterance and utterance.asking is None and text != utterance.text:
            utterance.text = text
            if plausible(transcript, utterance):
                sure = sureness(transcript.belief, utterance.likeness)
                words = _timed(utterance, transcript)
                self._post(PartialHeard(at=self.now, utterance=utterance.number, text=text, sure=sure, words=words))

    async def _transcript(self, utterance: Utterance, final: bool) -> Transcript:
        """Of all sound until now. Empty if the recognizer failed."""
        begun = self.now
        try:
            transcript = await self._recognizer.worker.run(
                self._recognize,
                utterance,
                utterance.sound.view(),
                final,
                within_s=0.0 if final else PARTIAL_WITHIN_S,
            )
        except ModelError as error:
            self.tell(f"Your words could not be recognized: {error}")
            transcript = Transcript("")
        took_s = utterance.took_s = self.now - begun
        utterance.partial_in_flight = False
        utterance.partial_due_s = begun + max(PARTIAL_EVERY_S, PARTIAL_SHARE * took_s)
        utterance.foresee_due_s = begun + max(FORESEE_EVERY_S, FORESEE_SHARE * took_s)
        return transcript

    def _recognize(self, utterance: Utterance, pcm: Pcm, final: bool) -> Transcript:
        """On the worker's thread."""
        if utterance.stream is None:
            utterance.stream = self._recognizer.port.open()
        return utterance.stream.final(pcm) if final else utterance.stream.partial(pcm)

    def ask(self, utterance: Utterance, end_s: float, guess: bool = True) -> None:
        """What was said until end_s, and is that all?"""
        foreseen = utterance.foreseen
        asking = foreseen if foreseen and foreseen.end_s == end_s else Asking(end_s, end_s + GUESS_AT_S)
        utterance.asking = asking
        if asking is not foreseen:
            self.spawn(self._transcribe(utterance, asking))
        for found in (asking.transcript, asking.guess if guess else None):
            if found is not None:
                self._deliver(utterance, asking, msgspec.structs.replace(found, at=self.now))
        if guess:
            self.guess_if_due(end_s)
        else:
            asking.guess_due_s = inf

    def guess_if_due(self, end_s: float) -> None:
        utterance = self.utterance
        asking = utterance and (utterance.asking or utterance.foreseen)
        if utterance and asking and self._turn_end and asking.end_s == end_s and self.now >= asking.guess_due_s:
            asking.guess_due_s = inf  # until this one is known
            self.spawn(self._guess(utterance, asking))

    async def _transcribe(self, utterance: Utterance, asking: Asking) -> None:
        transcript = await self._transcript(utterance, final=True)
        if utterance.asking is None and not utterance.sealed:
            self._tell_partly(utterance, transcript)
        if not plausible(transcript, utterance):
            if asking is utterance.foreseen:  # more sound may make words of it
                utterance.foreseen = None
                if asking is utterance.asking:
                    self.spawn(self._transcribe(utterance, asking))
                return
            transcript = Transcript("")
        asking.doubted = transcript.belief < DOUBT and utterance.took_s <= SPARE_S
        self._written(utterance, asking, transcript)

    def _written(self, utterance: Utterance, asking: Asking, transcript: Transcript) -> None:
        asking.transcript = Transcribed(
            at=self.now,
            utterance=utterance.number,
            end_s=asking.end_s,
            text=transcript.text,
            words=_timed(utterance, transcript),
            sure=sureness(transcript.belief, utterance.likeness),
        )
        self._deliver(utterance, asking, asking.transcript)

    async def _look_again(self, utterance: Utterance, asking: Asking, first: Transcribed) -> None:
        """The silence that ends a turn is longer than a transcript takes: time for a second look at doubtful words."""
        try:
            second = await self._recognizer.worker.run(self._recognize_again, utterance, utterance.sound.view())
        except ModelError:
            return  # the first look stands; of a recognizer that is broken its next transcript tells
        if second is not None and second.text != first.text and plausible(second, utterance):
            self._written(utterance, asking, second)

    def _recognize_again(self, utterance: Utterance, pcm: Pcm) -> Transcript | None:
        """On the worker's thread. None: this recognizer looks once."""
        again = getattr(utterance.stream, "again", None)
        return again(pcm) if again is not None else None

    async def _guess(self, utterance: Utterance, asking: Asking) -> None:
        assert self._turn_end is not None
        begun = self.now
        try:
            probability = await self._turn_end.worker.run(self._turn_end.port.probability, utterance.sound.view())
        except ModelError as error:
            self.tell(f"The end of your turn is guessed by silence alone: {error}")
            return
        if probability < SURE:
            asking.guess_due_s = begun + GUESS_EVERY_S
        asking.guess = TurnGuessed(at=self.now, utterance=utterance.number, end_s=asking.end_s, probability=probability)
        self._deliver(utterance, asking, asking.guess)

    def _deliver(self, utterance: Utterance, asking: Asking, found: Transcribed | TurnGuessed) -> None:
        if self.utterance is not utterance or utterance.asking is not asking:
            return  # speech went on, or nobody wants it any more
        if isinstance(found, Transcribed):
            utterance.transcribed = True
            if asking.doubted and self._recognizer.worker.idle:  # nobody else waits for their words
                asking.doubted = False  # once is enough
                self.spawn(self._look_again(utterance, asking, found))
        self._post(found)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self.group is None:
            work.close()
        else:
            self.group.create_task(work)

    def tell(self, what: str) -> None:
        self._told = {told: at for told, at in self._told.items() if self.now - at < TROUBLE_EVERY_S}
        if what not in self._told:
            self._told[what] = self.now
            self._trouble(what)


def _timed(utterance: Utterance, transcript: Transcript) -> tuple[Word, ...]:
    """Its words in session time."""
    start_s = utterance.sound.at
    return tuple(Word(w.text, start_s + w.start_s, start_s + w.end_s) for w in transcript.words)
