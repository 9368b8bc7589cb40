"""A visit: talk with a server over real WebRTC and keep an account of it on one clock.

The clock starts with the first microphone sample. Each question is said when the answer before it has ended and the
line has been quiet for a while or, with `interrupt_after_s`, that long into the sound of the answer.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from visavis_agents import events as ev
from visavis_client import result, sound
from visavis_client.account import Account
from visavis_client.connection import CONNECT_S, Connection, VisitError
from visavis_client.ear import Ear
from visavis_client.impair import Impairment
from visavis_client.picture import Album
from visavis_client.result import Asked, Result, Said, answers
from visavis_client.screen import Screen
from visavis_client.stills import send_still
from visavis_client.tracks import Camera, Clock, Microphone

ANSWER_S = 30.0  # longest wait for an answer to begin, unless the visitor is told another
LISTEN_S = 120.0  # longest answer, pictures included
QUIET_S = 0.8  # of silence after an answer, before the next question
LEAD_S = 1.0  # of silence before the first question
LOOK_S = 0.02  # how often the line is listened to


@dataclass(frozen=True)
class Question:
    """Something to say, or to type."""

    source: str
    pcm: sound.Pcm | None = None  # 48 kHz; None: typed
    span: tuple[float, float] = (0.0, 0.0)  # where in it speech begins and ends, in seconds

    @staticmethod
    def from_file(path: Path, span: tuple[float, float] | None = None) -> Question:
        """span: where speech lies, if it is known better than its loudness tells. Raises ValueError."""
        pcm = sound.read(path)
        return Question(str(path), pcm, span or sound.speech_span(pcm))


@dataclass
class Visitor:
    """One visitor. report: called with every event as it comes, and its time on the clock."""

    server: str
    token: str = ""
    video: Path | None = None
    report: Callable[[float, ev.Event], None] = lambda at, event: None
    interrupt_after_s: float | None = None
    impairment: Impairment | None = None
    answer_s: float = ANSWER_S
    session: str = ""
    screen: Screen | None = None  # watches the server's pictures as video
    clock: Clock = field(default_factory=Clock)
    log: list[tuple[float, ev.Event]] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    album: Album = field(default_factory=Album)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.microphone = Microphone(self.clock)
        self.ear = Ear(self.clock)
        self.connection: Connection | None = None
        self.camera: Camera | None = None
        self._still: asyncio.Task[None] | None = None  # on its way

    async def visit(self, questions: Sequence[Question]) -> Result:
        """Connect, ask, listen, leave. Raises VisitError where no conversation came about."""
        await self.connect()
        try:
            await asyncio.sleep(LEAD_S)
            await self._quiet(ANSWER_S)
            for question in questions:
                over = await self.ask(question, interrupt=bool(self.asked) and self.interrupt_after_s is not None)
                if over.error and self._line.lost:
                    raise VisitError(over.error)
        finally:
            await self.leave()
        return self.result()

    # --- coming and going --------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Come in, or come back to `session`. Raises VisitError."""
        if self.connection is not None:
            self.microphone = self.microphone.again()
        self.account.started = None
        self.connection = Connection(self.server, self.token, self._hear)
        self.camera = Camera(self.video) if self.video is not None else None
        await self.connection.open(self.microphone, self.ear, self.camera, self.session, self.impairment, self.screen)
        self.session = self.connection.session
        await self.until(lambda: self.account.started is not None, CONNECT_S, "the server's first event")

    async def leave(self) -> None:
        """Say goodbye and let go."""
        if self._still is not None:
            self._still.cancel()
            await asyncio.gather(self._still, return_exceptions=True)
        self.send(ev.Bye())
        await asyncio.sleep(0.05)
        await self._line.close()
        if self.screen is not None:
            await self.screen.close()

    def send(self, event: ev.Event) -> None:
        self._line.send(event)

    @property
    def _line(self) -> Connection:
        if self.connection is None:
            raise VisitError("nobody has connected yet")
        return self.connection

    def _hear(self, event: ev.FromServer) -> None:
        at = self.clock()
        if isinstance(event, ev.PictureChunk):
            try:
                self.album.take(event)
            except ValueError as error:
                self._line.lost = f"the server sent a broken picture: {error}"
        if isinstance(event, ev.StillWanted):
            if self._still is not None:
                self._still.cancel()  # a newer wish ends the older one
            self._still = asyncio.create_task(send_still(event, self.camera, self._line))
        self.log.append((at, event))
        self.account.take(at, event)
        self.report(at, event)

    # --- asking ------------------------------------------------------------------------------------------------------

    async def ask(self, question: Question, interrupt: bool = False) -> Asked:
        """Say or type it, and listen until the answer has ended, or is to be interrupted by the next question.

        interrupt: the last answer is still going on, and this is to be said over it.
        """
        mark = self.account.mark()
        over = next((reply for reply in self.account.replies if reply.over is None), None) if interrupt else None
        said = await self._say(question)
        asked = Asked(said, over)
        self.asked.append(asked)
        try:
            await self.until(lambda: self._answered(mark), self.answer_s, "an answer")
            if self.interrupt_after_s is None:
                await self._quiet(LISTEN_S)
            else:
                await self._into(self.interrupt_after_s, mark)
        except VisitError as error:
            asked.error = str(error)
        asked.utterances, asked.replies = self.account.since(mark)
        troubles = [what for at, what in self.account.troubles if at >= said.start_s]
        asked.error = asked.error or (troubles[-1] if troubles else None)
        return asked

    async def _say(self, question: Question) -> Said:
        if question.pcm is None:
            now = self.clock()
            self.send(ev.TextTyped(text=question.source))
            return Said(question.source, round(now, 4), round(now, 4))
        start = self.microphone.say(question.pcm)
        first, last = (start + at for at in question.span)
        await asyncio.sleep(max(0.0, last - self.clock()))
        return Said(question.source, round(first, 4), round(last, 4))

    def _answered(self, mark: tuple[int, int]) -> bool:
        """A reply has begun, or all that was said has been put aside."""
        utterances, replies = self.account.since(mark)
        dropped = bool(utterances) and all(utterance.dropped for utterance in utterances)
        return any(answers(utterances, replies)) or (dropped and self._silent_for(LEAD_S))

    async def _quiet(self, seconds: float) -> None:
        """Until nothing goes on and nothing is heard."""
        await self.until(lambda: self.account.quiet and self._silent_for(QUIET_S), seconds, "the end of the answer")

    async def _into(self, seconds: float, mark: tuple[int, int]) -> None:
        """Until `seconds` of the answer have been heard, or it is over."""

        def far_enough() -> bool:
            replies = self.account.since(mark)[1]
            began = self.ear.heard(replies[-1].began - result.SEEN_S) if replies else None
            return began is not None and self.clock() >= began + seconds

        await self.until(lambda: far_enough() or (self.account.quiet and self._silent_for(QUIET_S)), LISTEN_S, "sound")

    def _silent_for(self, seconds: float) -> bool:
        """Nothing was heard, and no event came that begins something, for so long."""
        last_sound = self.ear.loud[-1] if self.ear.loud else -math.inf
        last_event = next((at for at, event in reversed(self.log) if not isinstance(event, ev.Pong)), -math.inf)
        return self.clock() - max(last_sound, last_event) >= seconds

    async def until(self, there: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until `there()`. Raises VisitError after `seconds`, or when the connection is lost."""
        try:
            async with asyncio.timeout(seconds):
                while not there():
                    if self._line.lost:
                        raise VisitError(self._line.lost)
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise VisitError(f"{what} did not come within {seconds:.0f} s") from None

    # --- the account -------------------------------------------------------------------------------------------------

    def result(self) -> Result:
        """What was asked and answered so far."""
        return Result(self.server, self.session, result.turns(self.asked, self.ear.recorded()))

    def save(self, folder: Path, of: Result) -> None:
        """result.json, microphone.wav, reply.wav, events.jsonl, pictures. Raises OSError."""
        result.save(folder, of, self.microphone.recorded(), self.ear.recorded(), self.log, self.album.done)
