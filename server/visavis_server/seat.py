"""One seat: a conversation, the line it is carried over now, and how it ends. The ports that either side has to fill.

A conversation outlives its line. A client that is lost is detached; its conversation waits, and goes on over the line
that is attached next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from visavis_agents import events as ev
from visavis_agents.keeping import Snapshot
from visavis_agents.painting.gallery import Gallery
from visavis_agents.seeing.sight import Frame
from visavis_models.ports import HEARING_RATE, Pcm, Picture
from visavis_server.state import Kept, State

if TYPE_CHECKING:
    from visavis_server.sessions import Seats

log = logging.getLogger(__name__)

SILENCE = np.zeros(960, np.int16)  # 20 ms at 48 kHz
BACKLOG_S = 3.0  # sound that a network may have held up and deliver at once
KEYS, LONGEST_KEY = 64, 64  # of the newest texts, to know one that comes twice; characters of one
END_S = 8.0  # a conversation that has not ended by then is cancelled


class Conversation(Protocol):
    """What the doors need of `visavis_agents.session.Session`."""

    speech: Any  # pull() -> (960,) int16 at 48 kHz, mono
    gallery: Gallery

    async def run(self) -> None: ...
    def listen(self, pcm: Pcm, at: float) -> None: ...
    def see(self, frame: Frame) -> None: ...
    def receive(self, event: ev.FromClient) -> None: ...
    def attached(self, resumed: bool) -> None: ...
    def detached(self, since: float) -> None: ...
    def snapshot(self) -> Snapshot: ...
    async def close(self, reason: str, finish: bool = False) -> None: ...


class Open(Protocol):
    """Makes a conversation; kept: one that another process left."""

    def __call__(
        self,
        *,
        id: str,
        clock: Callable[[], float],
        emit: Callable[[ev.Event], None],
        room: Callable[[], Awaitable[None]],
        kept: Snapshot | None = None,
    ) -> Conversation: ...


class Line(Protocol):
    """A connection that carries a conversation: a WebRTC peer or a WebSocket."""

    heard_at: float  # when something last came over it, on the loop's clock

    def send(self, text: str) -> bool:
        """False: the line is dead. Never blocks."""
        ...

    async def room(self) -> None:
        """Wait until large things may be sent."""
        ...

    def hang_up(self) -> None:
        """Send what is waiting and close; returns at once."""
        ...


class Seat:
    """One conversation and its place here."""

    def __init__(self, id: str, house: Seats, open: Open, kept: Kept | None = None) -> None:
        self.id = id
        self._house = house
        self.active_at = self.free_since = house.clock()
        self._start = house.clock() - (kept.snapshot.at + kept.gone_s if kept else 0.0)
        self.line: Line | None = None
        self._lines: set[Line] = set()  # that one, those on their way up, those on their way down
        self._met = kept is not None  # somebody has been attached
        self._ending = False
        self._pausing = False  # ends here, but goes on in another process
        self._unsaved = True  # something has changed since the last snapshot
        self._sound_s, self._sound_at = BACKLOG_S, house.clock()  # seconds of sound that may come now
        self._keys: deque[str] = deque(kept.snapshot.keys if kept else (), KEYS)  # of texts that have come
        self._messages = _Rate(house.settings.messages_per_s)
        left = {"kept": kept.snapshot} if kept else {}
        self._trace = house.traces.conversation(id, self.clock) if house.traces else None
        self.conversation = open(id=id, clock=self.clock, emit=self.emit, room=self.room, **left)
        self._task = house.spawn(self._run(), f"session {id[:8]}")

    def clock(self) -> float:
        """Session time."""
        return self._house.clock() - self._start

    # --- from the conversation ---------------------------------------------------------------------------------------

    def emit(self, event: ev.Event) -> None:
        """To the client, if one is there."""
        self._unsaved = self._unsaved or not isinstance(event, ev.Pong)
        if isinstance(event, (ev.UserStarted, ev.UserFinal, ev.ReplyStarted)):
            self.active_at = self._house.clock()
        if self._trace is not None:
            self._trace.saw(event)
        if self.line is None or (self._pausing and isinstance(event, ev.SessionEnded)):
            return
        self._house.metrics.saw(event)
        if not self.line.send(ev.encode(event)):
            self.line.hang_up()

    async def room(self) -> None:
        if self.line is not None:
            await self.line.room()

    # --- from the line -----------------------------------------------------------------------------------------------

    def expect(self, line: Line) -> None:
        """A line is being built; it must `forget` itself when it is gone."""
        self._lines.add(line)
        if self._ending:
            line.hang_up()

    def forget(self, line: Line) -> None:
        """The line is gone; nothing else happens if another took its place."""
        self._lines.discard(line)
        self.detach(line)

    def attach(self, line: Line) -> None:
        """The client is here, or here again over a new line."""
        if self._ending:
            line.hang_up()
            return
        if (old := self.line) is not None:
            self.detach(old)
            old.hang_up()
        self.line = line
        line.heard_at = self._house.clock()
        resumed, self._met = self._met, True
        self.conversation.attached(resumed)

    def detach(self, line: Line) -> None:
        """The client is not heard any more over this line."""
        if line is self.line:
            self.line = None
            self.free_since = self._house.clock()
            self._unsaved = True
            self.conversation.detached(max(0.0, line.heard_at - self._start))

    def pull(self, line: Line) -> NDArray[np.int16]:
        """The next 20 ms for this line; silence if it is not the one the client is heard over."""
        if line is not self.line:
            return SILENCE
        pcm: NDArray[np.int16] = self.conversation.speech.pull()
        return pcm

    def easel(self, line: Line) -> Picture | None:
        """What is being drawn, or was drawn last, for the line that the client is heard over."""
        return self.conversation.gallery.easel if line is self.line else None

    def listen(self, line: Line, pcm: Pcm, at: float) -> None:
        """pcm: 16 kHz. Sound faster than it can be spoken is dropped."""
        now = self._house.clock()
        self._sound_s = min(BACKLOG_S, self._sound_s + now - self._sound_at)
        self._sound_at = now
        if line is self.line and self._sound_s >= (length_s := len(pcm) / HEARING_RATE):
            self._sound_s -= length_s
            self.conversation.listen(pcm, at)

    def see(self, line: Line, frame: Frame) -> None:
        if line is self.line:
            self.conversation.see(frame)

    def receive(self, line: Line, data: str | bytes) -> None:
        """A message of the client: an event, or trouble."""
        now = line.heard_at = self._house.clock()
        if line is not self.line:
            return
        if over := self._messages.over(now):
            if over == 1:
                self.trouble("more messages than can be read: some are dropped", "Send fewer.")
            return
        if len(data) > self._house.settings.max_message_bytes:
            self.trouble(f"a message of {len(data)} bytes is too long", "Send less at once.")
            return
        try:
            event = ev.decode_from_client(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.trouble(f"a message was not understood: {str(error)[:200]}", "See the protocol's schema.")
            return
        if isinstance(event, ev.TextTyped) and 0 < len(event.key) <= LONGEST_KEY:
            if event.key in self._keys:  # said again over a new line, because nobody knew whether it had come
                return
            self._keys.append(event.key)
        if isinstance(event, ev.Bye):
            self._house.spawn(self.end("bye"), f"bye {self.id[:8]}")
        self.conversation.receive(event)

    def trouble(self, what: str, todo: str) -> None:
        """Tell the client that something it sent was refused."""
        self._house.metrics.bad_messages.inc()
        self.emit(ev.Trouble(at=self.clock(), what=what, todo=todo))

    # --- its life ----------------------------------------------------------------------------------------------------

    def overdue(self, now: float) -> str:
        """Why it should end now, or nothing."""
        limits = self._house.settings
        if self.line is None and now - self.free_since > (limits.resume_s if self._met else limits.connect_s + 1.0):
            return "left" if self._met else "never came"
        if now - self.active_at > limits.idle_s:
            return "idle"
        if now - self._start > limits.session_max_s:
            return "too long"
        return ""

    def save(self, state: State) -> None:
        """Keep what has changed for another process."""
        if self._unsaved and self._met and not self._ending:
            self._unsaved = False
            state.save(self.id, msgspec.structs.replace(self.conversation.snapshot(), keys=tuple(self._keys)))

    async def pause(self, state: State) -> None:
        """End here, so that another process goes on where we are; the client is not told that it is over."""
        self._unsaved, self._pausing = True, True
        try:
            self.save(state)
        finally:
            await self.end("paused")

    @property
    def waiting(self) -> bool:
        """Nobody is here, but somebody was."""
        return self.line is None and self._met

    async def end(self, reason: str, finish: bool = False) -> None:
        """End the conversation and wait until nothing of it is left. finish: let the sentence being spoken end."""
        if not self._ending:
            self._ending = True
            self._house.metrics.ended.labels(reason).inc()
            if self._house.state is not None and not self._pausing:
                self._house.state.erase(self.id)
            try:
                async with asyncio.timeout(END_S):
                    await self.conversation.close(reason, finish and self.line is not None)
                    await asyncio.wait([self._task])
            except TimeoutError:
                log.error("session %s did not end: cancelled", self.id[:8])
            finally:
                self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self.conversation.run()
        except Exception:
            log.exception("session %s failed", self.id[:8])
            self._ending = True
            self._house.metrics.ended.labels("failed").inc()
            if self._house.state is not None:
                self._house.state.erase(self.id)
            what = "something in the server failed, and this conversation has ended"
            self.emit(ev.Trouble(at=self.clock(), what=what, todo="Start a new one."))
            self.emit(ev.SessionEnded(at=self.clock(), reason="failed"))
        finally:
            self._house.leave(self)
            for line in list(self._lines):
                line.hang_up()


class _Rate:
    """Counts messages by the second."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._second = 0
        self._count = 0

    def over(self, now: float) -> int:
        """How many above the limit this one is; 0 is fine."""
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return max(0, self._count - self._limit)
