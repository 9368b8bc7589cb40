"""Conversations written to disk, where the operator and the visitor agree (settings `recorder.*`).

One folder for each: `events.jsonl` (see `visavis_agents/replay/tape.py`), `microphone.flac`, and the pictures that were
looked at or drawn. It is said aloud and shown as long as it lasts. Who refuses is not recorded: what was written is
erased; with `consent = "asked"` nothing is written before the visitor allows it. All writing happens on one thread
behind a bounded queue; a disk that is slow or full ends the recording, never the conversation.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import shutil
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from visavis_agents import events as ev
from visavis_agents.keeping import Snapshot
from visavis_agents.knowledge import Knowledge
from visavis_agents.replay import tape
from visavis_agents.replay.recorded import Recorded
from visavis_agents.roles import Role
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.ports import HEARING_RATE
from visavis_models.senses import Senses
from visavis_server.settings import RecorderSettings

log = logging.getLogger(__name__)

EVENTS, MICROPHONE = "events.jsonl", "microphone.flac"
WAITING = 20_000  # lines, pieces of sound and pictures that may wait to be written: some minutes
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
        self._thread.submit(self._make_room)

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
        self._thread.submit(self._make_room)
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


class DiskTape:
    """See `visavis_agents.replay.recorded.Tape`. Until it is `allowed` what is written waits."""

    def __init__(self, folder: Path, thread: ThreadPoolExecutor, limit: Callable[[], float], asking: bool) -> None:
        self.folder = folder
        self.asking = asking
        self.over = ""  # why nothing is recorded any more
        self.on_end: Callable[[str], None] = lambda why: None
        self._thread = thread
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tape.Line | NDArray[np.int16] | tuple[str, bytes]] = deque()  # both threads' own
        self._writing = False
        self._pictures = 0
        self._files: tuple[Any, Any] | None = None

    def write(self, line: tape.Line) -> None:
        self._put(line)

    def sound(self, pcm: NDArray[np.int16]) -> None:
        self._put(pcm)

    def keep(self, data: bytes) -> str:
        self._pictures += 1
        name = f"{self._pictures:04d}." + ("png" if data.startswith(b"\x89PNG") else "jpg")
        self._put((name, data))
        return name

    def allow(self) -> None:
        self.asking = False
        self._write_soon()

    def refuse(self) -> None:
        """Nothing of it is kept."""
        if not self.over:
            self.over = "refused"
        self._waiting.clear()
        self._thread.submit(self._erase)

    def finish(self) -> None:
        """The conversation is over. One that was never allowed is not kept."""
        if self.asking:
            self.refuse()
        else:
            self._write_soon()
            self._thread.submit(self._close)

    def _put(self, item: tape.Line | NDArray[np.int16] | tuple[str, bytes]) -> None:
        if self.over:
            return
        if len(self._waiting) >= WAITING:
            self._end("the disk is too slow" if not self.asking else "nobody allowed it")
            return
        self._waiting.append(item)
        if not self.asking:
            self._write_soon()

    def _end(self, why: str) -> None:
        if not self.over:
            self.over = why
            self._waiting.clear()
            self._thread.submit(self._close)
            self.on_end(why)

    def _write_soon(self) -> None:
        if not self._writing and self._waiting:
            self._writing = True
            self._thread.submit(self._write_waiting)

    # --- on the thread -----------------------------------------------------------------------------------------------

    def _write_waiting(self) -> None:
        self._writing = False
        if self.over:
            return
        try:
            if self._files is None:
                self.folder.mkdir(mode=0o700)
                self._room = self._limit()
                self._files = (self.folder / EVENTS).open("wb"), _sound_file(self.folder / MICROPHONE)
            events, microphone = self._files
            while self._waiting:
                item = self._waiting.popleft()
                if isinstance(item, np.ndarray):
                    microphone.write(item)
                    self._room -= item.nbytes
                elif isinstance(item, tuple):
                    (self.folder / item[0]).write_bytes(item[1])
                    self._room -= len(item[1])
                else:
                    self._room -= events.write(tape.encode(item) + b"\n")
            events.flush()
            if self._room < 0:
                raise OSError("the limit recorder.size_mb is reached")
        except IndexError:  # cleared meanwhile
            pass
        except (OSError, soundfile.SoundFileError) as error:
            why = getattr(error, "strerror", None) or str(error)
            log.error("recording %s has ended: %s", self.folder.name, why)
            self._loop.call_soon_threadsafe(self._end, why)

    def _close(self) -> None:
        if self._files is not None:
            events, microphone = self._files
            self._files = None
            if self.over and self.over != "refused":
                events.write(tape.encode(tape.Over(self.over)) + b"\n")
            events.close()
            microphone.close()

    def _erase(self) -> None:
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)


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


def _sound_file(path: Path) -> Any:
    return soundfile.SoundFile(path, "w", HEARING_RATE, 1, "PCM_16", format="FLAC")


def _size(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
