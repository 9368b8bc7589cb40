"""The conversations of this server: opened, attached to a connection, kept for a while without one, ended.

One task runs each conversation. A connection that dies only detaches it; a new one with the same session id takes over.
A conversation that fails ends alone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field

from visavis_agents.events import Bye, Event, FromClient, ReplyStarted, SessionEnded, Trouble, TurnTimed, UserFinal
from visavis_agents.roles import Role
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.senses import Senses
from visavis_server import metrics
from visavis_server.connection import Connection
from visavis_server.settings import ServerSettings

log = logging.getLogger(__name__)

WATCH_S = 0.25  # how often connections and limits are looked at


class Refused(Exception):
    """No conversation can be had; the message says why and what to do."""

    def __init__(self, what: str, todo: str, status: int = 503) -> None:
        super().__init__(what)
        self.what, self.todo, self.status = what, todo, status


@dataclass
class Conversation:
    """One session with its task and its connection, if any. Times are loop times."""

    id: str
    began: float
    session: Session = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    connection: Connection | None = None
    detached: float = 0.0  # since when there is no connection
    active: float = 0.0  # when somebody last said something
    turns: int = 0
    attached_once: bool = False

    def clock(self) -> float:
        """Session time, seconds."""
        return asyncio.get_running_loop().time() - self.began

    def emit(self, event: Event) -> None:
        match event:
            case UserFinal() | ReplyStarted():
                self.active = asyncio.get_running_loop().time()
                self.turns += isinstance(event, UserFinal)
            case TurnTimed(stages_ms=stages):
                metrics.turn(stages)
        if self.connection is not None:
            self.connection.send(event)

    async def room(self) -> None:
        if self.connection is not None:
            await self.connection.room()


class Sessions:
    """All conversations. Runs on the event loop alone, so it needs no lock."""

    def __init__(self, server: ServerSettings, agent: AgentSettings, role: Role, senses: Senses) -> None:
        self._server = server
        self._agent = agent
        self._role = role
        self._senses = senses
        self._open: dict[str, Conversation] = {}
        self._closing = False
        self._ending: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, session: str | None) -> Conversation:
        """The conversation to go on with, or a new one. Raises Refused."""
        if self._closing:
            raise Refused("The server is shutting down.", "Try again in a minute.")
        if session and (known := self._open.get(session)):
            return known
        if len(self._open) >= self._server.sessions:
            self._make_room()
        loop = asyncio.get_running_loop()
        conversation = Conversation(secrets.token_urlsafe(16), loop.time())
        conversation.active = conversation.detached = loop.time()
        conversation.session = Session(
            id=conversation.id,
            role=self._role,
            senses=self._senses,
            settings=self._agent,
            clock=conversation.clock,
            emit=conversation.emit,
            room=conversation.room,
        )
        conversation.task = loop.create_task(self._run(conversation), name=f"session {conversation.id[:8]}")
        self._open[conversation.id] = conversation
        metrics.SESSIONS.set(len(self._open))
        return conversation

    async def attach(self, conversation: Conversation, connection: Connection) -> None:
        """This connection serves the conversation from now on; an earlier one is closed."""
        earlier, conversation.connection = conversation.connection, connection
        resumed, conversation.attached_once = conversation.attached_once, True
        conversation.session.attached(resumed)
        if earlier is not None and earlier is not connection:
            await earlier.close()

    def detach(self, conversation: Conversation, connection: Connection) -> None:
        """The connection is gone; the conversation waits `resume_s` for another."""
        if conversation.connection is connection:
            conversation.connection = None
            conversation.detached = asyncio.get_running_loop().time()
            conversation.session.detached()

    def receive(self, conversation: Conversation, event: FromClient) -> None:
        if isinstance(event, Bye):
            self._end(conversation, "goodbye")
        else:
            conversation.session.receive(event)

    async def watch(self) -> None:
        """Close dead connections and end conversations that are over a limit. Runs until cancelled."""
        while True:
            await asyncio.sleep(WATCH_S)
            now = asyncio.get_running_loop().time()
            for conversation in list(self._open.values()):
                connection = conversation.connection
                if connection is not None and now - connection.seen > self._server.dead_s:
                    log.info("session %s: no sign of life for %.1f s", conversation.id[:8], self._server.dead_s)
                    self.detach(conversation, connection)
                    self._spawn(connection.close())
                elif connection is None and now - conversation.detached > self._server.resume_s:
                    self._end(conversation, "nobody came back")
                elif now - conversation.active > self._server.idle_s:
                    self._end(conversation, "nobody said anything for a long time")
                elif now - conversation.began > self._server.session_max_s:
                    self._end(conversation, "the longest time for a conversation is over")

    async def close(self) -> None:
        """Let sentences being said end, then end every conversation."""
        self._closing = True
        await asyncio.gather(
            *(self._finish(c, "the server shuts down", finish=True) for c in list(self._open.values()))
        )
        if self._ending:
            await asyncio.wait(self._ending)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """A conversation that nobody is connected to gives its place to somebody who is here."""
        waiting = [c for c in self._open.values() if c.connection is None and c.attached_once]
        if not waiting:
            raise Refused("All places are taken.", "Try again in a few minutes.")
        oldest = min(waiting, key=lambda c: c.detached)
        del self._open[oldest.id]
        self._spawn(self._finish(oldest, "another visitor needed the place"))

    async def _run(self, conversation: Conversation) -> None:
        try:
            await conversation.session.run()
        except Exception:
            log.exception("session %s failed", conversation.id[:8])
            conversation.emit(Trouble(what="The conversation broke off.", todo="Start a new one."))
            conversation.emit(SessionEnded(at=conversation.clock(), reason="an error in the server"))
        finally:
            self._open.pop(conversation.id, None)
            metrics.SESSIONS.set(len(self._open))
            if conversation.connection is not None:
                self._spawn(conversation.connection.close())

    def _end(self, conversation: Conversation, reason: str) -> None:
        self._open.pop(conversation.id, None)
        self._spawn(self._finish(conversation, reason))

    async def _finish(self, conversation: Conversation, reason: str, finish: bool = False) -> None:
        await conversation.session.close(reason, finish=finish)
        await asyncio.wait([conversation.task])

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
