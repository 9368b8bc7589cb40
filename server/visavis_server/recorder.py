"""Conversations written to disk, where the operator and the visitor agree (settings `recorder.*`).

It is said aloud and shown as long as it lasts. Who refuses is not recorded: what was written is erased; with
`consent = "asked"` nothing is written before the visitor allows it. How it is written: `disk_tape.py`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from visavis_agents import events as ev
from visavis_agents.keeping import Snapshot
from visavis_agents.knowledge import Knowledge
from visavis_agents.replay import tape
from visavis_agents.replay.recorded import Recorded
from visavis_agents.roles import Role
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.senses import Senses
from visavis_server.disk_tape import EVENTS, DiskTape, begin
from visavis_server.settings import RecorderSettings

log = logging.getLogger(__name__)

MB = 1_000_000

TOLD = "This conversation is being recorded."
TOLD_ALOUD = "This conversation is being recorded. If you don't want that, say: don't record this."
ASKING = "May this conversation be recorded?"
ASKED_ALOUD = "I would like to record this conversation. I will only do so if you press Allow."
REFUSED = "This conversation is not recorded."
_REFUSAL = re.compile(r"\b(?:don't|do not|stop|not be|no|never) record|\brecord(?:ing)? (?:off|no)\b", re.IGNORECASE)


class Recorder:
    """All recordings of this server."""

    def __init__(self, settings: RecorderSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        folder.mkdir(parents=True, exist_ok=True)  # raises OSError before anybody is promised anything
        begin(self._thread, self._make_room)

    def open(
        self,
        role: Role,
        senses: Senses,
        settings: AgentSettings,
        *,
        id: str,
        clock: Callable[[], float],
        emit: Callable[[ev.Event], None],
        room: Callable[[], Awaitable[None]],
        kept: Snapshot | None = None,
        knowledge: Knowledge | None = None,
    ) -> Session | Consented:
        """A conversation that is recorded, or will be; one that goes on after a restart is not: it may be refused."""
        make = functools.partial(Session, role=role, settings=settings)
        if kept is not None:
            return make(id=id, senses=senses, clock=clock, emit=emit, room=room, kept=kept, knowledge=knowledge)
        begin(self._thread, self._make_room)
        asked = self._settings.consent == "asked"
        to = DiskTape(self._folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{id[:6]}", self._thread, self._limit, asked)
        header = functools.partial(
            tape.Header,
            format=tape.FORMAT,
            version=version("visavis"),
            role=role,
            settings=settings.model_dump(mode="json"),
            zone_s=float(datetime.now().astimezone().utcoffset().total_seconds()),  # type: ignore[union-attr]
        )
        notice = ASKED_ALOUD if asked else TOLD_ALOUD
        return Consented(
            make,
            senses,
            to,
            header,
            id=id,
            clock=clock,
            emit=emit,
            room=room,
            wall=time.time,
            notice=notice,
            knowledge=knowledge,
        )

    async def close(self) -> None:
        """Wait until all is written."""
        await asyncio.wrap_future(self._thread.submit(lambda: None))
        self._thread.shutdown()

    def _limit(self) -> float:
        """Bytes that may still be written. On the thread."""
        return self._settings.size_mb * MB - sum(map(_size, self._folder.iterdir()))

    def _make_room(self) -> None:
        """Erase what is too old, and the oldest while there is too much. On the thread."""
        found = sorted((f for f in self._folder.iterdir() if (f / EVENTS).is_file()), key=lambda f: f.stat().st_mtime)
        oldest = time.time() - self._settings.days * 86_400
        total = sum(map(_size, found))
        for folder in found:
            if folder.stat().st_mtime < oldest or total > 0.8 * self._settings.size_mb * MB:
                total -= _size(folder)
                shutil.rmtree(folder, ignore_errors=True)


class Consented(Recorded):
    """A recorded conversation that tells its visitor so, and takes their answer."""

    _tape: DiskTape

    def attached(self, resumed: bool) -> None:
        super().attached(resumed)
        self._tape.on_end = self._ended
        self._tell_state()

    def receive(self, event: ev.FromClient) -> None:
        if isinstance(event, ev.RecordingAnswered):
            if not event.allowed:
                self._refuse()
            elif self._tape.asking and not self._tape.over:
                self._tape.allow()
                self._tell_state()
            return
        super().receive(event)

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            self._tape.finish()

    def _tell(self, event: ev.Event) -> None:
        super()._tell(event)
        if isinstance(event, ev.UserFinal) and not self._tape.over and _REFUSAL.search(event.text):
            self._outer.call_soon(self._refuse)

    def _refuse(self) -> None:
        if self._tape.over != "refused":
            self._tape.refuse()
            self._tell_state(REFUSED)

    def _ended(self, why: str) -> None:
        self._emit(ev.Trouble(at=self._clock(), what=f"The recording has ended: {why}.", todo="We can go on talking."))
        self._tell_state("The recording has ended.")

    def _tell_state(self, what: str = "") -> None:
        asking = self._tape.asking and not self._tape.over
        on = not self._tape.over and not asking
        said = what or (TOLD if on else ASKING if asking else "")
        self._emit(ev.RecordingTold(at=self._clock(), on=on, asking=asking, what=said))


def _size(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
