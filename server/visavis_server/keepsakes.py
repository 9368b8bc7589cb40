"""Frames that a person allowed to be kept, in a table of their own beside the conversations (`state.py`).

A conversation is written four times a second while something changes; its pictures are not written again each time, but
only those that are new, and those that are forgotten are erased. All of this runs on the thread of `State`.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence

import msgspec

from visavis_agents.seeing.seen import Keepsake

log = logging.getLogger(__name__)

MOST_BYTES = 64_000_000  # of all conversations that are gone on with; the oldest's go first

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Keepsake).decode


class Shelf:
    """The table, and what is in it of the conversations that are alive."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._written: dict[bytes, dict[int, Keepsake]] = {}
        database.execute(
            "CREATE TABLE IF NOT EXISTS keepsakes (key BLOB, number INTEGER, keepsake BLOB, PRIMARY KEY (key, number))"
        )

    def read(self, keys: Sequence[bytes]) -> Mapping[bytes, tuple[Keepsake, ...]]:
        """The frames of these conversations, the newest first as long as there is room. All others are erased."""
        found: dict[bytes, tuple[Keepsake, ...]] = {}
        room = MOST_BYTES
        for (key,) in self._database.execute("SELECT DISTINCT key FROM keepsakes").fetchall():
            if key not in keys:
                self.erase(key)
        for key in keys:
            rows = self._database.execute(
                "SELECT keepsake FROM keepsakes WHERE key = ? ORDER BY number", (key,)
            ).fetchall()
            room -= sum(len(data) for (data,) in rows)
            try:
                found[key] = tuple(_decode(data) for (data,) in rows) if room >= 0 else ()
            except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
                log.error("server.state: the frames of one conversation could not be read and are erased: %s", error)
                found[key] = ()
            if found[key]:
                self._written[key] = {keepsake.number: keepsake for keepsake in found[key]}
            else:
                self.erase(key)
        return found

    def write(self, key: bytes, keepsakes: Sequence[Keepsake]) -> bool:
        """Make the table hold these. Returns whether something was erased."""
        written, now = self._written.get(key, {}), {keepsake.number: keepsake for keepsake in keepsakes}
        gone = [number for number in written if number not in now]
        self._database.executemany("DELETE FROM keepsakes WHERE key = ? AND number = ?", [(key, n) for n in gone])
        fresh = [keepsake for number, keepsake in now.items() if written.get(number) is not keepsake]
        self._database.executemany(
            "INSERT OR REPLACE INTO keepsakes VALUES (?, ?, ?)", [(key, each.number, _encode(each)) for each in fresh]
        )
        self._written[key] = now
        return bool(gone)

    def erase(self, key: bytes) -> None:
        self._database.execute("DELETE FROM keepsakes WHERE key = ?", (key,))
        self._written.pop(key, None)
