"""A session on an island: it runs on a loop of its own, and whatever reaches it is written to a tape first.

The session's clock stands still between two things that come in, timers ring when they are brought in, and what a model
answers is brought in like everything else. So the tape holds all that decides what the session does, and a replay
(`replayed.py`) that brings in the same lines sees the same. The server uses this in place of a plain session.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_agents import events as ev
from visavis_agents.keeping import Snapshot
from visavis_agents.knowledge import Knowledge
from visavis_agents.replay import tape, taps
from visavis_agents.replay.outside import Outside, Tape
from visavis_agents.replay.virtual import VirtualLoop
from visavis_agents.seeing.sight import Frame
from visavis_agents.session import Session
from visavis_models.ports import Pcm
from visavis_models.senses import Senses

log = logging.getLogger(__name__)

EARLY_S = 0.001  # a timer may ring: loops round


class Recorded:
    """One conversation (see `visavis_server.seat.Conversation`). make: a Session of everything but the world.

    clock: session time, as the server counts it; wall: seconds since 1970; zone_s: local time minus UTC."""

    def __init__(
        self,
        make: Callable[..., Session],
        senses: Senses,
        to: Tape,
        header: Callable[..., tape.Header],
        *,
        id: str,
        clock: Callable[[], float],
        emit: Callable[[ev.Event], None],
        room: Callable[[], Awaitable[None]],
        wall: Callable[[], float],
        notice: str = "",
        kept: Snapshot | None = None,
        knowledge: Knowledge | None = None,
    ) -> None:
        self._outer = asyncio.get_running_loop()
        self._clock = clock
        self._emit = emit
        self._tape = to
        self._island = VirtualLoop(_exact(clock()))
        self._island.on_error = lambda error: log.error("session %s: a callback failed", id[:8], exc_info=error)
        self._to_tell: list[ev.Event] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None
        self._outside = Outside(self._island, to, self._enter, self._t)
        faces = taps.faces(senses)
        self._outside.workers = {name: getattr(senses, name).worker for name in faces}
        self._outside.knowledge = knowledge
        knows = knowledge is not None
        known: Any = taps.TappedKnowledge(self._outside) if knows else None
        first = header(session=id, began=wall() - clock(), faces=faces, notice=notice, kept=kept, knows=knows)
        to.write(first)
        self._session = make(
            id=id,
            senses=taps.tapped(self._outside, faces, senses),
            clock=self._island.time,
            emit=self._tell,
            room=lambda: self._outside.room(room),
            now=wall_clock(first, self._island.time),
            notice=notice,
            kept=kept,
            knowledge=known,
            watch=lambda event, effects: to.write(tape.stepped(event, effects)),
        )
        self.speech = _Voice(self)
        self.gallery = self._session.gallery

    # --- what comes in -----------------------------------------------------------------------------------------------

    def listen(self, pcm: Pcm, at: float) -> None:
        whole = np.round(np.clip(np.nan_to_num(pcm), -1.0, 1.0) * 32767).astype(np.int16)
        self._tape.sound(whole)
        at = _exact(at)
        self._enter(tape.Sound(self._t(), at, whole.size), self._session.listen, heard(whole), at)

    def see(self, frame: Frame) -> None:
        frame = Frame(_exact(frame.at), frame.picture, _exact(frame.error_s), frame.size)
        self._enter(tape.Seen(self._t(), frame.at, frame.error_s, frame.size), self._session.see, frame)

    def receive(self, event: ev.FromClient) -> None:
        self._enter(tape.Received(self._t(), event), self._session.receive, event)

    def attached(self, resumed: bool) -> None:
        self._enter(tape.Attached(self._t(), resumed), self._session.attached, resumed)

    def detached(self, since: float) -> None:
        since = _exact(since)
        self._enter(tape.Detached(self._t(), since), self._session.detached, since)

    def snapshot(self) -> Snapshot:
        return self._session.snapshot()

    def pull(self) -> NDArray[np.int16]:
        frames: list[NDArray[np.int16]] = []
        self._enter(tape.Pulled(self._t()), lambda: frames.append(self._session.speech.pull()))
        return frames[0]

    async def run(self) -> None:
        over: asyncio.Future[None] = self._outer.create_future()
        running: list[asyncio.Task[None]] = []

        def begin() -> None:
            running.append(task := self._island.create_task(self._session.run()))
            task.add_done_callback(lambda task: _pass_on(task, over))

        self._enter(tape.Begun(self._t()), begin)
        try:
            await over
        except asyncio.CancelledError:
            self._enter(None, running[0].cancel)
            raise
        finally:
            if self._alarm:
                self._alarm.cancel()
            await self._outside.close()

    async def close(self, reason: str, finish: bool = False) -> None:
        over: asyncio.Future[None] = self._outer.create_future()

        def begin() -> None:
            task = self._island.create_task(self._session.close(reason, finish))
            task.add_done_callback(lambda task: _pass_on(task, over))

        self._enter(tape.Closing(self._t(), reason, finish), begin)
        await over

    def _t(self) -> float:
        return max(_exact(self._clock()), self._island.time())

    def _enter(self, line: tape.In | None, call: Callable[..., object] | None, *arguments: Any) -> None:
        if line is not None:
            self._tape.write(line)
        try:
            self._island.enter(line.t if line is not None else self._island.time(), call, *arguments)
        finally:
            self._set_alarm()
            while self._to_tell:  # on the outer loop, where the connections live
                self._emit(self._to_tell.pop(0))

    def _set_alarm(self) -> None:
        due = self._island.due()
        if self._alarm is not None:
            if due == self._alarm_at:
                return
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            self._alarm_at = due
            self._alarm = self._outer.call_later(max(0.0, due - self._clock()), self._wake)

    def _wake(self) -> None:
        self._alarm = None
        if (due := self._island.due()) is not None and due <= self._clock() + EARLY_S:
            self._enter(tape.Woke(max(self._t(), _exact(due + 1e-6))), None)
        else:
            self._set_alarm()

    # --- what goes out -----------------------------------------------------------------------------------------------

    def _tell(self, event: ev.Event) -> None:
        self._tape.write(tape.told(event))
        self._to_tell.append(event)


class _Voice:
    """`Session.speech`, as the loudspeaker takes it."""

    def __init__(self, conversation: Recorded) -> None:
        self.pull = conversation.pull


def _pass_on(task: asyncio.Task[None], to: asyncio.Future[None]) -> None:
    if to.done():
        return
    if task.cancelled():
        to.cancel()
    elif (error := task.exception()) is not None:
        to.set_exception(error)
    else:
        to.set_result(None)


def _exact(seconds: float) -> float:
    """As the tape writes it: whole microseconds."""
    return round(seconds, 6)


def heard(whole: NDArray[np.int16]) -> Pcm:
    """The microphone's samples as a session hears them."""
    pcm: Pcm = whole.astype(np.float32) / np.float32(32767)
    return pcm


def wall_clock(header: tape.Header, clock: Callable[[], float]) -> Callable[[], datetime]:
    """Local wall time, from session time alone."""
    zone = timezone(timedelta(seconds=header.zone_s))
    return lambda: datetime.fromtimestamp(header.began + clock(), zone)
