"""Conversations on disk: what is kept, for whom, how long, and what happens when the file is not what it should be."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.real.server_scene import Client, met, serving
from visavis_agents import events as ev
from visavis_agents.history import Line
from visavis_agents.keeping import Snapshot
from visavis_agents.seeing.seen import Keepsake, Spot
from visavis_client.serving import serving as process
from visavis_client.visit import Question, Visitor
from visavis_server.state import LARGEST, MOST, State, StateError

SAID = Snapshot("parrot", 5.0, (Line("user", "Hi"), Line("assistant", "Hello", cut=True)), ("Your name is Ada.",))


def asynchronous(test):
    @functools.wraps(test)
    def run(**given):
        asyncio.run(test(**given))

    return run


def _bytes(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir()]


class Wall:
    """A wall clock to be set."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def opened(path: Path, wall: Wall | None = None) -> State:
    state = State(path, wall or Wall())
    await state.open()
    return state


@asynchronous
async def test_what_is_saved_is_there_for_the_next_process_and_only_once(tmp_path: Path) -> None:
    path, wall = tmp_path / "deep" / "state.db", Wall()
    state = await opened(path, wall)
    for at in (1.0, 2.0, 5.0):
        state.save("secret-id", Snapshot("parrot", at, SAID.lines, SAID.facts))
    state.save("over", SAID)
    state.erase("over")
    assert state.take("secret-id") is None  # it is in use here
    await state.close()
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert b"secret-id" not in path.read_bytes()
    wall.now += 7
    again = await opened(path, wall)
    assert again.take("over") is None
    assert again.take("") is None
    kept = again.take("secret-id")
    assert kept is not None
    assert (kept.snapshot, kept.gone_s) == (SAID, 7.0)
    assert again.take("secret-id") is None
    await again.close()


@asynchronous
async def test_frames_are_written_once_and_gone_when_they_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first, second = (Keepsake(n, float(n), f"JPEG number {n}".encode(), (Spot("cup", "on the left"),)) for n in (1, 2))
    state = await opened(path)
    state.save("id", msgspec.structs.replace(SAID, seen=(first,), sight_allowed=True))
    state.save("id", msgspec.structs.replace(SAID, seen=(first, second), sight_allowed=True))
    state.save("other", SAID)
    await state.close()
    again = await opened(path)
    kept = again.take("id").snapshot
    assert kept.seen == (first, second)
    assert kept.sight_allowed
    assert again.take("other").snapshot.seen == ()
    read = msgspec.structs.replace(second, text=("EXIT",))
    again.save("id", msgspec.structs.replace(kept, seen=(read,)))
    await again.close()
    assert not any(b"JPEG number 1" in data for data in _bytes(tmp_path))
    third = await opened(path)
    assert third.take("id").snapshot.seen == (read,)
    third.erase("id")
    await third.close()
    assert not any(b"JPEG number" in data for data in _bytes(tmp_path))


@asynchronous
async def test_frames_of_nobody_are_erased_when_the_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    state = await opened(path)
    state.save("id", msgspec.structs.replace(SAID, seen=(Keepsake(1, 1.0, b"JPEG number 1"),)))
    await state.close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM conversations")  # as a server that knows no frames does
    again = await opened(path)
    await again.close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM keepsakes").fetchone() == (0,)


@asynchronous
async def test_old_many_and_large_ones_are_bounded_and_the_unclaimed_go(tmp_path: Path) -> None:
    path, wall = tmp_path / "state.db", Wall()
    state = await opened(path, wall)
    state.save("old", SAID)
    await asyncio.sleep(0.1)
    await state.close()
    wall.now += 90_000
    state = await opened(path, wall)
    assert state.take("old") is None
    lines = tuple(Line("user", f"{n} " + "x" * 3000) for n in range(400))
    state.save("large", Snapshot("parrot", 1.0, lines))
    for n in range(MOST + 50):
        state.save(f"{n}", SAID)
    await state.close()
    state = await opened(path, wall)
    rows = [id for id in ["large", *map(str, range(MOST + 50))] if state.take(id)]
    assert len(rows) == MOST
    state.save("large", Snapshot("parrot", 1.0, lines))
    await state.close()
    state = await opened(path, wall)
    large = state.take("large")
    assert large is not None
    assert large.snapshot.lines[-1] == lines[-1]
    assert LARGEST * 0.7 < sum(len(line.text) for line in large.snapshot.lines) < LARGEST
    state.erase_unclaimed()
    await state.close()
    state = await opened(path, wall)
    assert not any(state.take(str(n)) for n in range(MOST + 50))
    await state.close()


@asynchronous
async def test_what_is_erased_is_gone_from_the_disk(tmp_path: Path) -> None:
    state = await opened(tmp_path / "state.db")
    state.save("a", Snapshot("parrot", 1.0, (Line("user", "a very secret sentence"),)))
    await asyncio.sleep(0.1)
    state.erase("a")
    await state.close()
    assert not any(b"very secret" in file for file in _bytes(tmp_path))


@pytest.mark.parametrize("fault", ["garbage", "folder", "newer", "taken", "no rights"])
@asynchronous
async def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "state.db"
    other = None
    match fault:
        case "garbage":
            path.write_bytes(os.urandom(8192))
        case "folder":
            path.mkdir()
        case "newer":
            with closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA user_version = 7")
        case "taken":
            other = await opened(path)
        case "no rights":
            path = Path("/proc/nowhere/state.db")
    with pytest.raises(StateError, match=r"server\.state = .*Delete that file or name another one") as told:
        await opened(path)
    assert "\n" not in str(told.value)
    if other:
        assert "another server uses it" in str(told.value)
        await other.close()


@asynchronous
async def test_a_damaged_row_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "state.db"
    state = await opened(path)
    state.save("good", SAID)
    state.save("bad", SAID)
    await state.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        (key,) = database.execute("SELECT key FROM conversations LIMIT 1").fetchone()
        database.execute("UPDATE conversations SET snapshot = ? WHERE key = ?", (os.urandom(50), key))
    state = await opened(path)
    assert "could not be read" in caplog.text
    assert sum(state.take(id) is not None for id in ("good", "bad")) == 1
    await state.close()


@asynchronous
async def test_a_server_started_again_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with serving(state=path) as house:
        first = await Client().join(house.url)
        await first.until("session.started")
        for _ in range(2):  # as one says again what may have been lost
            first.send({"type": "text.typed", "text": "remember me", "key": "a1"})
        await first.until("user.final")
        gone = await Client().join(house.url)
        await gone.until("session.started")
        gone.send({"type": "bye"})
        await gone.until("session.ended")
    assert not [event for event in first.events if event["type"] == "session.ended"]
    await met(lambda: first.connection.connectionState == "closed")
    async with serving(state=path) as house:
        second = await Client().join(house.url, first.session)
        started = await second.until("session.started")
        assert started["resumed"]
        assert (second.session, started["at"] >= 0) == (first.session, True)
        assert [line["text"] for line in started["history"]] == ["remember me"]
        second.send({"type": "text.typed", "text": "remember me", "key": "a1"})
        second.send({"type": "text.typed", "text": "and this", "key": "a2"})
        assert (await second.until("user.final"))["text"] == "and this"
        assert house.made[0].said == ["remember me", "and this"]
        for hostile in (gone.session, "x", "../../etc/passwd", "'; DROP TABLE conversations; --", "0" * 9000):
            other = await Client().join(house.url, hostile)
            assert not (await other.until("session.started"))["resumed"]
            assert other.session not in (hostile, first.session)
            await other.close()
        for client in (first, second, gone):
            await client.close()


@asynchronous
async def test_a_conversation_that_cannot_be_kept_ends_and_the_others_limits_are_looked_after(tmp_path: Path) -> None:
    def fail() -> Snapshot:
        raise RuntimeError("it cannot be told in words")

    async with serving(state=tmp_path / "state.db", resume_s=0.3) as house:
        clients = [await Client().join(house.url) for _ in range(3)]
        for client in clients:
            await client.until("session.started")
        failing, left, last = clients
        house.made[0].snapshot = fail
        failing.send({"type": "text.typed", "text": "hello"})
        assert (await failing.until("session.ended"))["reason"] == "failed"
        await left.close()
        await met(lambda: len(house.server.seats._seats) == 1)
        house.made[2].snapshot = fail  # at the end, which comes all the same
    await met(lambda: last.connection.connectionState == "closed")
    for client in (failing, last):
        await client.close()


@asynchronous
async def test_a_key_too_long_to_be_remembered_is_none(tmp_path: Path) -> None:
    async with serving(state=tmp_path / "state.db") as house:
        client = await Client().join(house.url)
        await client.until("session.started")
        for _ in range(2):
            client.send({"type": "text.typed", "text": "hello", "key": "x" * 60_000})
        await client.until("user.final", 2)
        client.send({"type": "bye"})
        await client.close()


@asynchronous
async def test_a_damaged_file_does_not_keep_the_server_from_serving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database" * 1000)
    async with serving(state=path) as house:
        client = await Client().join(house.url)
        await client.until("session.started")
        await client.close()
    assert f"server.state = {path} cannot be used" in caplog.text


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
def test_a_real_server_goes_on_in_the_middle_of_a_sentence(tmp_path: Path, way: signal.Signals) -> None:
    """The process is ended while it speaks; the next one says the rest, and knows the name it was told."""
    flags = ["--set", f"server.state={tmp_path / 'state.db'}", "--set", "server.offers_per_minute=1000"]
    flags += [f"--set=models.{ability}.backend=none" for ability in ("turn_end", "vision", "reader", "painter")]

    begun: list[str] = []  # what was ready to be said then

    async def begin(url: str, pid: int) -> Visitor:
        visitor = Visitor(url)
        await visitor.connect()
        await visitor.ask(Question("My name is Ada."))
        visitor.send(ev.TextTyped(text="What can you do?"))
        await visitor.until(lambda: words(visitor)[-1:] == [8], 30, "the ninth word")
        await asyncio.sleep(0.3)  # a snapshot is due every 0.25 s
        begun.append(visitor.account.replies[-1].text)
        os.kill(pid, way)
        line = visitor.connection
        await asyncio.sleep(1.0)
        await line.close()
        return visitor

    async def go_on(visitor: Visitor, url: str) -> float:
        visitor.server, session = url, visitor.session
        since = time.monotonic()
        mark = len(visitor.log)
        await visitor.connect()
        await visitor.until(lambda: words(visitor, mark), 30, "the rest")
        took_s = time.monotonic() - since
        assert visitor.session == session
        await visitor.until(lambda: [e for _, e in visitor.log[mark:] if isinstance(e, ev.ReplyEnded)], 30, "the end")
        rest = next(e.text for _, e in visitor.log[mark:] if isinstance(e, ev.ReplyEnded))
        history = next(e.history for _, e in visitor.log[mark:] if isinstance(e, ev.SessionStarted))
        whole = f"{history[-1].text} {rest}".split()
        assert len(history[-1].text.split()) >= 8
        assert len(whole) >= 12
        assert " ".join(whole).startswith(begun[0])
        await visitor.ask(Question("What is my name?"))
        assert "Ada" in visitor.account.replies[-1].text
        await visitor.leave()
        return took_s

    with process(tmp_path / "one.txt", flags) as server:
        visitor = asyncio.run(begin(server.url, server.pid))
    with process(tmp_path / "two.txt", flags) as server:
        took_s = asyncio.run(go_on(visitor, server.url))
    print(f"{way.name}: resumed {took_s:.2f} s after coming back")


def words(visitor: Visitor, since: int = 0) -> list[int]:
    """Words heard of the newest reply."""
    index = [e.index for _, e in visitor.log[since:] if isinstance(e, ev.ReplyWord)]
    return index[index.index(0, len(index) - 1 - index[::-1].index(0)) :] if 0 in index else index
