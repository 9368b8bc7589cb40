"""A visit: talk with a server over real WebRTC, from files, and keep an account of it on one clock.

The clock starts with the first microphone sample. Each question is said after the answer before it has ended, or, with
`interrupt_after_s`, that long into it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from visavis_agents import events as ev
from visavis_client import sound
from visavis_client.media import Camera, Clock, Ear, Microphone
from visavis_client.prompt import prompt_ear

CONNECT_S = 15.0
ANSWER_S = 30.0  # longest wait for an answer to begin
LISTEN_S = 120.0  # longest answer
QUIET_S = 0.6  # after an answer's last sound, before the next question
LEAD_S = 1.0  # silence before the first question


class VisitError(Exception):
    """The visit could not be made; the message says why and what to do."""


class Said(msgspec.Struct):
    """What was asked. source: file or typed text; start_s, end_s: true speech, on the clock."""

    source: str
    start_s: float
    end_s: float


class TurnResult(msgspec.Struct):
    """One question and its answer. answer: all words of the reply; heard: those that were played."""

    said: Said
    transcript: str = ""
    answer: str = ""
    heard: str = ""
    first_sound_s: float | None = None
    latency_ms: float | None = None
    stages_ms: dict[str, float] = {}
    interrupted: bool = False
    silence_ms: float | None = None  # for a question said over an answer: from its first sound to silence
    pictures: list[str] = []
    error: str = ""


class Result(msgspec.Struct):
    server: str
    session: str
    turns: list[TurnResult]


@dataclass
class Question:
    """A sound file or typed text."""

    source: str
    pcm: sound.Pcm | None = None  # 48 kHz; None: typed
    span: tuple[int, int] = (0, 0)  # first and last speech sample

    @staticmethod
    def from_file(path: Path) -> Question:
        pcm = sound.read(path)
        return Question(str(path), pcm, sound.speech_span(pcm))


@dataclass
class Visitor:
    """One visitor. report: called with every event as it comes, and its time on the clock."""

    server: str
    token: str = ""
    video: Path | None = None
    report: Callable[[float, ev.Event], None] = lambda at, event: None
    interrupt_after_s: float | None = None
    session: str = ""
    clock: Clock = field(default_factory=Clock)
    log: list[tuple[float, ev.Event]] = field(default_factory=list)
    pictures: dict[int, bytes] = field(default_factory=dict)

    async def visit(self, questions: list[Question]) -> Result:
        """Connect, ask, listen, leave. Raises VisitError."""
        self.prepare(Microphone(self.clock), Ear(self.clock))
        await self.connect()
        try:
            await self._wait(
                lambda: any(isinstance(e, ev.SessionStarted) for _, e in self.log), CONNECT_S, "a greeting"
            )
            await asyncio.sleep(LEAD_S)
            turns: list[TurnResult] = []
            for number, question in enumerate(questions):
                last = number == len(questions) - 1
                turns.append(await self.ask(question, None if last else self.interrupt_after_s))
            await asyncio.sleep(QUIET_S)
        finally:
            await self.leave()
        self._measure(turns)
        return Result(self.server, self.session, turns)

    def prepare(self, microphone: Microphone, ear: Ear) -> None:
        """Take up the microphone and the ear of this visit."""
        self.microphone = microphone
        self.ear = ear
        self._arrived = asyncio.Condition()
        self._chunks: dict[tuple[int, int], dict[int, bytes]] = {}
        self._lost = ""

    # --- the connection ----------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Offer, take the answer, and wait for the event channel; goes on with `session` if there is one."""
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.addTrack(self.microphone)
        if self.video is not None:
            self._peer.addTrack(Camera(self.clock, self.video))
        channel = self._peer.createDataChannel("events")
        opened = asyncio.Event()
        channel.on("open", opened.set)
        channel.on("message", self._on_message)
        self._peer.on("track", self._on_track)
        self._channel = channel
        self._tasks = [asyncio.create_task(self._beat(opened))]
        await self._peer.setLocalDescription(await self._peer.createOffer())
        offer = {"sdp": self._peer.localDescription.sdp, "type": "offer"}
        if self.session:
            offer["session"] = self.session
        answer = await self._post(offer)
        self.session = answer["session"]
        await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        for receiver in self._peer.getReceivers():
            prompt_ear(receiver)
        try:
            async with asyncio.timeout(CONNECT_S):
                await opened.wait()
        except TimeoutError:
            await self.leave()
            raise VisitError("the server answered but no connection came about: is UDP blocked?") from None

    async def leave(self) -> None:
        """Say goodbye and let go."""
        self._send(ev.Bye())
        await asyncio.sleep(0.05)
        await self.drop()

    async def drop(self) -> None:
        """Vanish without a word, as a lost network does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._peer.close()

    def _send(self, event: ev.Event) -> None:
        """Send if there is anybody to hear it; who waits for an answer learns that there is not."""
        if self._channel.readyState == "open":
            self._channel.send(ev.encode(event))
        elif not self._lost:
            self._lost = "the connection to the server was lost"

    async def _post(self, offer: dict[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with httpx.AsyncClient(timeout=CONNECT_S) as http:
                reply = await http.post(f"{self.server.rstrip('/')}/api/offer", json=offer, headers=headers)
            fields: dict[str, Any] = reply.json()
        except (httpx.HTTPError, ValueError) as error:
            raise VisitError(f"{self.server} did not answer ({error}): is `visavis serve` running there?") from None
        if reply.status_code != 200:
            problem = fields.get("error", {})
            raise VisitError(f"{self.server} refused: {problem.get('what')} {problem.get('todo')}")
        return fields

    async def _beat(self, opened: asyncio.Event) -> None:
        await opened.wait()
        number = 0
        while True:
            number += 1
            self._send(ev.Ping(n=number))
            await asyncio.sleep(1.0)

    def _on_track(self, track: Any) -> None:
        async def listen() -> None:
            with contextlib.suppress(MediaStreamError):
                await self.ear.listen(track)

        self._tasks.append(asyncio.create_task(listen()))

    async def _on_message(self, message: str) -> None:
        try:
            event = ev.decode_from_server(message)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self._lost = f"the server sent what this version does not know: {error}"
            return
        if isinstance(event, ev.PictureChunk):
            self._collect(event)
        if isinstance(event, ev.SessionEnded):
            self._lost = f"the server ended the conversation: {event.reason}"
        at = self.clock()
        self.log.append((at, event))
        self.report(at, event)
        async with self._arrived:
            self._arrived.notify_all()

    def _collect(self, chunk: ev.PictureChunk) -> None:
        parts = self._chunks.setdefault((chunk.picture, chunk.version), {})
        parts[chunk.index] = base64.b64decode(chunk.data)
        if len(parts) == chunk.count:
            self.pictures[chunk.picture] = b"".join(parts[n] for n in range(chunk.count))
            del self._chunks[chunk.picture, chunk.version]

    async def _wait(self, there: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for events until `there()`. Raises VisitError after `seconds`, or when the server has gone."""
        try:
            async with asyncio.timeout(seconds), self._arrived:
                await self._arrived.wait_for(lambda: there() or bool(self._lost))
        except TimeoutError:
            raise VisitError(f"{what} did not come within {seconds:.0f} s") from None
        if not there():
            raise VisitError(self._lost)

    # --- a question --------------------------------------------------------------------------------------------------

    async def ask(self, question: Question, leave_after_s: float | None = None) -> TurnResult:
        """Say or type it and wait until the answer has ended, or until `leave_after_s` after its first sound."""
        since = len(self.log)
        if question.pcm is None:
            now = self.clock()
            turn = TurnResult(Said(question.source, now, now))
            self._send(ev.TextTyped(text=question.source))
        else:
            start = self.microphone.say(question.pcm)
            first, last = question.span
            turn = TurnResult(Said(question.source, start + first / sound.RATE, start + last / sound.RATE))
            await asyncio.sleep(max(0.0, turn.said.end_s - self.clock()))
        try:
            await self._listen_to_answer(turn, since, leave_after_s)
        except VisitError as error:
            turn.error = str(error)
        self._fill(turn, since)
        return turn

    async def _listen_to_answer(self, turn: TurnResult, since: int, leave_after_s: float | None) -> None:
        """The answer is the last reply that begins after the question; a pause in the question may have had one too."""
        said = self._news(since)
        await self._wait(
            lambda: any(isinstance(e, ev.ReplyStarted) and at > turn.said.end_s - 0.3 for at, e in said()),
            ANSWER_S,
            "an answer",
        )
        if leave_after_s is not None:
            await self._wait(lambda: any(isinstance(e, ev.TurnTimed) for _, e in said()), ANSWER_S, "an answer's sound")
            await asyncio.sleep(leave_after_s)
            return

        def over() -> bool:
            started = [e.reply for _, e in said() if isinstance(e, ev.ReplyStarted)]
            ended = {e.reply for _, e in said() if isinstance(e, ev.ReplyEnded | ev.ReplyCut)}
            return bool(started) and started[-1] in ended

        await self._wait(over, LISTEN_S, "the end of the answer")
        await asyncio.sleep(QUIET_S)

    def _news(self, since: int) -> Callable[[], list[tuple[float, ev.Event]]]:
        return lambda: self.log[since:]

    def _fill(self, turn: TurnResult, since: int) -> None:
        """What the events tell of the turn."""
        clauses: dict[int, list[str]] = {}
        spoken: dict[int, int] = {}
        words: dict[int, list[str]] = {}
        replies: list[int] = []
        for _, event in self.log[since:]:
            match event:
                case ev.UserFinal(text=text):
                    turn.transcript = f"{turn.transcript} {text}".strip()
                case ev.ReplyStarted(reply=reply):
                    replies.append(reply)
                case ev.ReplyClause(reply=reply, text=text, words=placed):
                    clauses.setdefault(reply, []).append(text)
                    words.setdefault(reply, []).extend(word.text for word in placed)
                case ev.ReplyWord(reply=reply, index=index):
                    spoken[reply] = max(spoken.get(reply, -1), index)
                case ev.TurnTimed(stages_ms=stages):
                    turn.stages_ms = stages
                case ev.Trouble(what=what, todo=todo):
                    turn.error = f"{what} {todo}".strip()
        if replies:
            turn.answer = " ".join(filter(None, clauses.get(replies[-1], [])))
            turn.heard = " ".join(words.get(replies[-1], [])[: spoken.get(replies[-1], -1) + 1])
            self._last_reply = replies[-1]
        if not turn.answer and not turn.error:
            turn.error = "no answer came"

    def _measure(self, turns: list[TurnResult]) -> None:
        """First sounds and silences, read off what was received."""
        heard = self.ear.recorded()
        for number, turn in enumerate(turns):
            before = turns[number - 1] if number else None
            over = before is not None and self.interrupt_after_s is not None
            start = int(turn.said.end_s * sound.RATE)
            if over and before is not None:
                silence = _silence_after(heard, int(turn.said.start_s * sound.RATE))
                before.interrupted = True
                turn.silence_ms = None if silence is None else 1000 * (silence / sound.RATE - turn.said.start_s)
            elif before is not None and turn.said.end_s > turn.said.start_s:
                # A reply that began before the user was done counts with its true, negative latency.
                begun = _early(heard, int(turn.said.start_s * sound.RATE), start)
                start = start if begun is None else begun
            first = sound.first_audible(heard, start)
            limit = turns[number + 1].said.start_s if number + 1 < len(turns) else np.inf
            if first is not None and first / sound.RATE < limit:
                turn.first_sound_s = round(first / sound.RATE, 4)
                turn.latency_ms = round(1000 * (first / sound.RATE - turn.said.end_s), 1)
            elif not turn.error:
                turn.error = "the answer could not be heard"

    def _told(self) -> list[str]:
        return [f'{{"clock_s":{at:.4f},"event":{ev.encode(event)}}}' for at, event in self.log]

    def save(self, folder: Path, result: Result) -> None:
        """result.json, microphone.wav, reply.wav, events.jsonl, pictures."""
        folder.mkdir(parents=True, exist_ok=True)
        self._save_pictures(folder, result)
        (folder / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
        sent = np.concatenate([*self.microphone.recorded, np.zeros(0, np.int16)]).astype(np.float32) / np.float32(32767)
        sound.write(folder / "microphone.wav", sent)
        sound.write(folder / "reply.wav", self.ear.recorded())
        (folder / "events.jsonl").write_text("\n".join(self._told()) + "\n")

    def _save_pictures(self, folder: Path, result: Result) -> None:
        """Each picture belongs to the turn in which it was begun."""
        for at, event in self.log:
            if isinstance(event, ev.PictureStarted) and event.picture in self.pictures:
                data = self.pictures[event.picture]
                kind = "png" if data.startswith(b"\x89PNG") else "jpg"
                name = f"picture{event.picture}.{kind}"
                (folder / name).write_bytes(data)
                asked = [turn for turn in result.turns if turn.said.start_s <= at]
                if asked:
                    asked[-1].pictures.append(name)


def _early(heard: sound.Pcm, start: int, end: int) -> int | None:
    """Where a new reply begins between the question's first and last sample: sound after at least 0.3 s of silence."""
    quiet = int(0.3 * sound.RATE)
    at = start
    while (first := sound.first_audible(heard[:end], at)) is not None:
        if not len(heard[max(0, first - quiet) : first]) or np.abs(heard[max(0, first - quiet) : first]).max() < 0.01:
            return first
        at = first + sound.FRAME
    return None


def _silence_after(heard: sound.Pcm, start: int) -> int | None:
    """The first sample after `start` from which 200 ms are silent."""
    quiet = int(0.2 * sound.RATE)
    for at in range(start, len(heard) - quiet, sound.FRAME // 4):
        if np.sqrt(np.mean(heard[at : at + quiet] ** 2)) < 10 ** (sound.AUDIBLE_DBFS / 20):
            return at
    return None
