"""Conversations on disk (setting `server.state`), so that a server that is started again goes on with them.

One row for each conversation that is alive or waits for its client; a conversation that ends is erased, and so is what
nobody comes back for. A row is found by the hash of the conversation's id: who reads the file cannot go on with one.
Frames that were seen are kept only where the person allows it (`keepsakes.py`).
All writing happens on one thread, the newest state of a conversation replaces older ones that still wait. A file that
cannot be used is told in the log, and the server goes on without it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec

from visavis_agents.keeping import Snapshot
from visavis_server.keepsakes import Shelf

log = logging.getLogger(__name__)

VERSION = 1  # of the table
OLDEST_S = 86_400.0  # a conversation not touched for so long is not gone on with
MOST = 1000  # conversations
LARGEST = 256 * 1024  # bytes of one; its oldest lines go first

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


class StateError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Kept(NamedTuple):
    """A conversation another process left, and the seconds since."""

    snapshot: Snapshot
    gone_s: float


class State:
    """`open` first. Nothing here blocks but `open` and `close`, which wait for the thread."""

    def __init__(self, path: Path, wall: Callable[[], float] = time.time) -> None:
        self._path = path
        self._wall = wall
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._rows: dict[bytes, tuple[float, Snapshot]] = {}  # left by another process, claimed by nobody yet
        self._lock = threading.Lock()
        self._waiting: dict[bytes, Snapshot | None] = {}  # None: to be erased
        self._database: sqlite3.Connection | None = None
        self._shelf: Shelf | None = None  # of frames that may be kept

    async def open(self) -> None:
        """Raises StateError."""
        try:
            await self._do(self._open)
        except (sqlite3.Error, OSError, StateError) as error:
            await self.close()
            why = "another server uses it" if "locked" in str(error) else str(error)
            raise StateError(
                f"server.state = {self._path} cannot be used ({why}): conversations will not outlive this server. "
                "Delete that file or name another one."
            ) from None

    def take(self, id: str) -> Kept | None:
        """The conversation with this id, if another process left it. It is given out once."""
        saved_at, snapshot = self._rows.pop(_key(id), (0.0, None))
        return Kept(snapshot, max(0.0, self._wall() - saved_at)) if snapshot else None

    def save(self, id: str, snapshot: Snapshot) -> None:
        self._put(_key(id), snapshot)

    def erase(self, id: str) -> None:
        self._put(_key(id), None)

    def erase_unclaimed(self) -> None:
        """Whoever has not come back by now will not."""
        for key in self._rows:
            self._put(key, None)
        self._rows.clear()

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        await self._do(self._close)
        self._thread.shutdown()

    # --- on the thread -----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        new = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if new:
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))  # what people said is nobody else's
        self._database = database = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA secure_delete = ON")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise StateError(f"it is of version {version}, and this server knows {VERSION}")
        database.execute(
            "CREATE TABLE IF NOT EXISTS conversations (key BLOB PRIMARY KEY, saved_at REAL, snapshot BLOB)"
        )
        database.execute(f"PRAGMA user_version = {VERSION}")
        oldest = self._wall() - OLDEST_S
        database.execute("DELETE FROM conversations WHERE saved_at < ?", (oldest,))
        database.execute(
            "DELETE FROM conversations WHERE key NOT IN (SELECT key FROM conversations ORDER BY saved_at DESC LIMIT ?)",
            (MOST,),
        )
        for key, saved_at, data in database.execute("SELECT key, saved_at, snapshot FROM conversations").fetchall():
            try:
                self._rows[key] = saved_at, _decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
                log.error("server.state: one conversation could not be read and is erased: %s", error)
                database.execute("DELETE FROM conversations WHERE key = ?", (key,))

        self._shelf = Shelf(database)
        newest = sorted(self._rows, key=lambda key: -self._rows[key][0])
        for key, keepsakes in self._shelf.read(newest).items():
            saved_at, snapshot = self._rows[key]
            self._rows[key] = saved_at, msgspec.structs.replace(snapshot, seen=keepsakes)

    def _put(self, key: bytes, snapshot: Snapshot | None) -> None:
        with self._lock:
            idle = not self._waiting
            self._waiting[key] = snapshot
        if idle:
            self._thread.submit(self._write)

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if self._database is None or self._shelf is None:
            return
        try:
            self._database.execute("BEGIN")
            erased = None in waiting.values()
            for key, snapshot in waiting.items():
                if snapshot is None:
                    self._shelf.erase(key)
                    self._database.execute("DELETE FROM conversations WHERE key = ?", (key,))
                else:
                    erased |= self._shelf.write(key, snapshot.seen)
                    row = (key, self._wall(), _packed(msgspec.structs.replace(snapshot, seen=())))
                    self._database.execute("INSERT OR REPLACE INTO conversations VALUES (?, ?, ?)", row)
            self._database.execute("COMMIT")
            if erased:
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what is erased is gone from the disk
        except sqlite3.Error as error:
            log.error("server.state: %s; conversations are not kept any more", error)
            self._shut()

    def _close(self) -> None:
        self._write()
        self._shut()

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    async def _do(self, call: Callable[[], None]) -> None:
        await asyncio.wrap_future(self._thread.submit(call))


def _key(id: str) -> bytes:
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).digest()


def _packed(snapshot: Snapshot) -> bytes:
    while len(data := _encode(snapshot)) > LARGEST and snapshot.lines:
        snapshot = msgspec.structs.replace(snapshot, lines=snapshot.lines[len(snapshot.lines) // 4 + 1 :])
    return data
