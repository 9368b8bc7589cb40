"""Recordings of a real server: said, shown, refused, bounded; and the same again, bit for bit, by `visavis replay`."""

from __future__ import annotations

import asyncio
import lzma
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tests import speech
from tests.real.server_scene import met
from visavis_agents import events as ev
from visavis_agents.replay import tape
from visavis_agents.replay.replayed import story
from visavis_client.serving import serving
from visavis_client.visit import Question, Visitor
from visavis_server import recorder, replay
from visavis_server.cli import app
from visavis_server.disk_tape import EVENTS, MICROPHONE, DiskTape, begin
from visavis_server.settings import RecorderSettings


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server that records, and the folder it records into."""
    folder = tmp_path_factory.mktemp("recordings")
    flags = ["--set", f"recorder.folder={folder}", "--set", "server.offers_per_minute=1000"]
    with serving(folder / "log.txt", flags) as server:
        yield server.url, folder


def visit(url: str, questions: list[Question], **named: object) -> Visitor:
    async def talk() -> Visitor:
        visitor = Visitor(url, **named)
        await visitor.visit(questions)
        return visitor

    return asyncio.run(talk())


def newest(folder: Path, within_s: float = 5.0) -> Path:
    """The recording written last, once it is complete."""
    path = max(folder.glob("*/" + EVENTS), key=lambda path: path.stat().st_mtime)
    until = time.monotonic() + within_s
    while b'"Closing"' not in path.read_bytes() and b'"closing"' not in path.read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
    size = -1
    while size != (size := path.stat().st_size):
        time.sleep(0.3)
    return path.parent


def again(folder: Path, *arguments: str):
    return CliRunner().invoke(app, ["replay", str(folder), *arguments])


def test_a_spoken_conversation_is_the_same_again(recordings, tmp_path) -> None:
    url, folder = recordings
    questions = [speech.spoken(text, tmp_path) for text in ("What is twelve times seven?", "Why do birds sing?")]
    visitor = visit(url, [Question.from_file(question.path) for question in questions])
    told = [event for _, event in visitor.log if isinstance(event, ev.RecordingTold)]
    assert told[0].on
    assert "is being recorded" in told[0].what
    assert "is being recorded" in visitor.account.replies[0].text  # said aloud, first
    one = newest(folder)
    assert soundfile.info(one / MICROPHONE).duration > 5
    lines = replay.read(one)
    assert len(list(one.iterdir())) == 2
    ended = again(one)
    assert ended.exit_code == 0, ended.stdout
    assert "all equal" in ended.stdout
    said = story(lines)
    assert any("84" in line for line in said)
    ended = again(one, "--models")  # what they say takes other times
    assert ended.exit_code in (0, 1), ended.output
    assert "84" in ended.stdout or "All the same was said" in ended.stdout, ended.stdout
    changed = tmp_path / "changed"
    shutil.copytree(one, changed)
    header = msgspec.structs.replace(lines[0], settings={**lines[0].settings, "pause_s": 0.6, "eager_s": 0.9})
    (changed / EVENTS).write_bytes(b"".join(tape.encode(line) + b"\n" for line in [header, *lines[1:]]))
    ended = again(changed)
    assert ended.exit_code == 1, ended.stdout
    assert ended.stdout.startswith("Different from ")
    assert "84" in "".join(story(replay.run(changed).now))


def test_an_interrupted_answer_a_lost_line_and_a_look_are_the_same_again(recordings, tmp_path) -> None:
    url, folder = recordings
    picture = tmp_path / "photo.png"
    import cv2

    cv2.imwrite(str(picture), np.full((480, 640, 3), 200, np.uint8))
    asked = speech.spoken("What is nine times six?", tmp_path)
    visit(url, [Question("What can you do?"), Question.from_file(asked.path)], interrupt_after_s=0.8)
    assert any("cut off" in line for line in story(replay.read(newest(folder))))
    assert again(newest(folder)).exit_code == 0

    async def lose() -> None:
        visitor = Visitor(url, video=picture)
        await visitor.connect()
        await visitor.ask(Question("What do you see?"))
        visitor.send(ev.TextTyped(text="What can you do?"))
        await visitor.until(lambda: visitor.account.replies and visitor.account.replies[-1].spoken > 4, 20, "words")
        line = visitor.connection
        line.cut()
        await asyncio.sleep(1.0)
        await visitor.connect()
        await visitor.until(lambda: visitor.account.quiet, 30, "the rest")
        await visitor.leave()
        await line.close()

    asyncio.run(lose())
    one = newest(folder)
    assert list(one.glob("*.jpg"))
    ended = again(one)
    assert ended.exit_code == 0, ended.stdout


def test_whoever_refuses_is_not_recorded(recordings) -> None:
    url, folder = recordings

    async def refuse(how: ev.Event) -> list[ev.Event]:
        before = set(folder.glob("20*"))
        visitor = Visitor(url)
        await visitor.connect()
        await met(lambda: set(folder.glob("20*")) - before)
        (mine,) = set(folder.glob("20*")) - before
        visitor.send(how)
        await met(lambda: not mine.exists())
        await visitor.ask(Question("What is two plus two?"))
        await visitor.leave()
        await asyncio.sleep(0.5)
        assert not mine.exists()
        return [event for _, event in visitor.log if isinstance(event, ev.RecordingTold)]

    for how in (ev.RecordingAnswered(allowed=False), ev.TextTyped(text="Please don't record this.")):
        told = asyncio.run(refuse(how))
        assert [event.on for event in told] == [True, False]
        assert told[-1].what == "This conversation is not recorded."


def test_nothing_is_written_before_it_is_allowed(tmp_path) -> None:
    flags = ["--set", f"recorder.folder={tmp_path}", "--set=recorder.consent=asked"]
    flags += [f"--set=models.{ability}.backend=none" for ability in ("turn_end", "vision", "reader", "painter")]

    async def scene(url: str) -> None:
        silent, allowed = Visitor(url), Visitor(url)
        for visitor in (silent, allowed):
            await visitor.connect()
            await visitor.ask(Question("What is two plus two?"))
            assert [e.asking for _, e in visitor.log if isinstance(e, ev.RecordingTold)] == [True]
        await silent.leave()
        await asyncio.sleep(0.5)
        assert not list(tmp_path.glob("20*"))
        allowed.send(ev.RecordingAnswered(allowed=True))
        await met(lambda: list(tmp_path.glob("20*/" + EVENTS)))
        await met(lambda: [e for _, e in allowed.log if isinstance(e, ev.RecordingTold) and e.on])
        await allowed.leave()

    with serving(tmp_path / "log.txt", flags) as server:
        asyncio.run(scene(server.url))
        assert again(newest(tmp_path)).exit_code == 0  # from the first moment on


def test_old_and_large_recordings_go_and_a_full_disk_ends_only_the_recording(tmp_path) -> None:
    async def scene() -> None:
        for age, name in enumerate("abc"):
            (tmp_path / name).mkdir()
            (tmp_path / name / EVENTS).write_bytes(b"x" * 400_000)
            os.utime(tmp_path / name / EVENTS, (1e9 + age, 1e9 + age))
            os.utime(tmp_path / name, (1e9 + age, 1e9 + age))
        (tmp_path / "somebody else's").mkdir()
        keep = recorder.Recorder(RecorderSettings(folder=tmp_path, days=3650 * 0.9, size_mb=1), tmp_path)
        os.utime(tmp_path / "c", None)
        await keep.close()
        assert {path.name for path in tmp_path.iterdir()} <= {"c", "somebody else's"}
        with ThreadPoolExecutor(1) as thread:
            ended: list[str] = []
            to = DiskTape(tmp_path / "one", thread, lambda: 100_000.0, asking=False)
            to.on_end = ended.append
            for _ in range(200):
                to.sound(np.zeros(320, np.int16))
                await asyncio.sleep(0)
            await met(lambda: ended)
            to.sound(np.zeros(320, np.int16))
            to.finish()
        assert ended == ["the limit recorder.size_mb is reached"]
        assert isinstance(replay_last(tmp_path / "one"), tape.Over)

    asyncio.run(scene())


def test_what_cannot_be_written_ends_the_recording_and_is_told(tmp_path, caplog) -> None:
    async def scene() -> None:
        keep = recorder.Recorder(RecorderSettings(folder=tmp_path), tmp_path)
        with ThreadPoolExecutor(1) as thread:
            ended: list[str] = []
            to = DiskTape(tmp_path / "one", thread, lambda: 1e6, asking=False)
            to.on_end = ended.append
            to.sound(np.zeros(320, np.int16))
            to.write(tape.Received(1.0, object()))  # no event
            await met(lambda: ended)
        assert soundfile.info(tmp_path / "one" / MICROPHONE).frames == 320  # closed as it should be
        shutil.rmtree(tmp_path)
        begin(keep._thread, keep._make_room)
        await keep.close()
        assert "No such file or directory" in caplog.text

    asyncio.run(scene())


def replay_last(folder: Path) -> tape.Line:
    return tape.decode((folder / EVENTS).read_bytes().splitlines()[-1])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "holds no events.jsonl"),
        (b"", "does not begin with its header"),
        (b"{}\n", "line 1"),
        (b"\xff\xfe\n", "line 1"),
        (b"[" * 100_000 + b"\n", "line 1"),
        (b'{"is":"begun","t":0}\n', "does not begin with its header"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path, data, said) -> None:
    if data is not None:
        (tmp_path / EVENTS).write_bytes(data)
    ended = again(tmp_path)
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    if data:
        (tmp_path / EVENTS).unlink()
        with lzma.open(tmp_path / f"{EVENTS}.xz", "wb") as file:
            file.write(data)
        assert again(tmp_path).exit_code == 2
        (tmp_path / f"{EVENTS}.xz").write_bytes(os.urandom(200))
        assert again(tmp_path).exit_code == 2
