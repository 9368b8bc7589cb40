"""A recorded conversation on its way to the disk: one folder, written on one thread behind a bounded queue.

In it are `events.jsonl` (see `visavis_agents/replay/tape.py`), `microphone.flac`, and the pictures that were looked at
or drawn. A disk that is slow or full ends the recording, never the conversation.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from visavis_agents.replay import tape
from visavis_models.ports import HEARING_RATE

log = logging.getLogger(__name__)

EVENTS, MICROPHONE = "events.jsonl", "microphone.flac"
WAITING = 20_000  # lines, pieces of sound and pictures that may wait to be written: some minutes


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
        begin(self._thread, self._erase)

    def finish(self) -> None:
        """The conversation is over. One that was never allowed is not kept."""
        if self.asking:
            self.refuse()
        else:
            self._write_soon()
            begin(self._thread, self._close)

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
            begin(self._thread, self._close)
            self.on_end(why)

    def _write_soon(self) -> None:
        if not self._writing and self._waiting:
            self._writing = True
            begin(self._thread, self._write_waiting)

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
        except Exception as error:  # whatever it is, it ends the recording and nothing else
            why = getattr(error, "strerror", None) or str(error)
            log.error("recording %s has ended: %s", self.folder.name, why, exc_info=not isinstance(error, OSError))
            self._loop.call_soon_threadsafe(self._end, why)

    def _close(self) -> None:
        if self._files is not None:
            events, microphone = self._files
            self._files = None
            with microphone, events:  # each is closed, whatever the disk says of the other
                if self.over and self.over != "refused":
                    events.write(tape.encode(tape.Over(self.over)) + b"\n")

    def _erase(self) -> None:
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)


def begin(thread: ThreadPoolExecutor, work: Callable[[], None]) -> None:
    """Nobody waits for it: what goes wrong is told in the log."""

    def done(future: Future[None]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("recordings: %s", error, exc_info=error)

    thread.submit(work).add_done_callback(done)


def _sound_file(path: Path) -> Any:
    return soundfile.SoundFile(path, "w", HEARING_RATE, 1, "PCM_16", format="FLAC")
