"""All seats of this server: who is let in, which limits they keep to, and what is done when they leave.

A client that has gone silent is detached; its conversation (`seat.py`) waits for `resume_s` and goes on when the client
comes back with the session's id. One task looks after all limits; every other task here belongs to a seat and ends
with it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from visavis_agents.painting.gallery import Work
from visavis_server.guard import Refused
from visavis_server.memory import give_back
from visavis_server.metrics import Metrics
from visavis_server.seat import Open, Seat
from visavis_server.settings import ServerSettings
from visavis_server.state import State
from visavis_server.traces import Traces

log = logging.getLogger(__name__)

TIDY_S = 10.0  # between two times that freed memory is given back
WATCH_S = 0.25  # how often the limits are looked after


class Seats:
    """All conversations of this server."""

    def __init__(
        self,
        settings: ServerSettings,
        metrics: Metrics,
        clock: Callable[[], float],
        state: State | None = None,
        traces: Traces | None = None,
    ) -> None:
        self.settings = settings
        self.state = state
        self.traces = traces
        self.metrics = metrics
        self.clock = clock
        self.open: Open | None = None  # set when the models are loaded
        self.rest: Callable[[], Awaitable[None]] | None = None  # nobody is here: models give back what they kept
        self.stopping = False
        self._seats: dict[str, Seat] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._left = False  # something has ended whose memory has not been given back,
        self._tidied_at = 0.0  # as was last done then
        metrics.sessions.set_function(lambda: len(self._seats))
        metrics.attached.set_function(lambda: sum(seat.line is not None for seat in self._seats.values()))

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A task that `close` waits for; its failure is logged and harms nobody else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def take(self, session: str | None) -> Seat:
        """The seat of a conversation that goes on, or a new one. Raises Refused."""
        if self.stopping:
            raise Refused(503, "the server is stopping", "Try again in a minute.")
        if self.open is None:
            raise Refused(503, "the models are still loading", "Try again in a few seconds.")
        if session is not None and (seat := self._seats.get(session)) is not None:
            return seat
        if len(self._seats) >= self.settings.max_sessions:
            ghosts = [seat for seat in self._seats.values() if seat.waiting]
            if not ghosts:
                raise Refused(503, "all seats are taken", "Try again when somebody has left.")
            ghost = min(ghosts, key=lambda seat: seat.free_since)
            self._end(ghost, "seat needed")
        kept = self.state.take(session) if self.state is not None and session is not None else None
        seat = Seat(session if kept and session else secrets.token_urlsafe(18), self, self.open, kept)
        self._seats[seat.id] = seat
        return seat

    def work(self, key: str) -> Work | None:
        """The finished picture of that address, in whatever conversation."""
        for seat in self._seats.values():
            if found := seat.conversation.gallery.find(key, seat.clock() - self.settings.pictures_s):
                return found
        return None

    def leave(self, seat: Seat) -> None:
        self._seats.pop(seat.id, None)

    async def watch(self) -> None:
        """Look after the limits, and keep what has changed, until cancelled."""
        ready_at: float | None = None
        while True:
            await asyncio.sleep(WATCH_S)
            now = self.clock()
            if self.state is not None and self.open is not None:
                ready_at = ready_at or now
                if now - ready_at > self.settings.resume_s:
                    self.state.erase_unclaimed()
            for seat in list(self._seats.values()):
                try:
                    self._look_after(seat, now)
                except Exception:  # one conversation's fault; the others' limits are to be looked after all the same
                    log.exception("session %s failed", seat.id[:8])
                    self._end(seat, "failed")
            if self._left and now - self._tidied_at > TIDY_S:
                self._left, self._tidied_at = False, now
                if self.rest is not None and not self._seats:
                    try:
                        await self.rest()
                    except Exception:  # the limits are to be looked after all the same
                        log.exception("the models could not give back what they kept")
                await asyncio.to_thread(give_back)

    def _look_after(self, seat: Seat, now: float) -> None:
        if self.state is not None:
            seat.save(self.state)
        if (line := seat.line) is not None and now - line.heard_at > self.settings.silent_s:
            log.info("session %s: the client has gone silent", seat.id[:8])
            seat.detach(line)
            line.hang_up()
        if reason := seat.overdue(now):
            self._end(seat, reason)

    def _end(self, seat: Seat, reason: str) -> None:
        self.leave(seat)
        self.spawn(seat.end(reason), f"end {seat.id[:8]}")

    async def close(self, reason: str = "the server is stopping", finish: bool = True) -> None:
        """Take nobody in any more, end all conversations, and wait until nothing runs."""
        self.stopping = True
        for seat in list(self._seats.values()):
            ending = seat.end(reason, finish) if self.state is None else seat.pause(self.state)
            self.spawn(ending, f"end {seat.id[:8]}")
        while self._tasks:
            await asyncio.wait(self._tasks)
            await asyncio.sleep(0)  # their callbacks

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._left = True
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)
