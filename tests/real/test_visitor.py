"""`visavis talk` against the real server: its files, its exit status, a bad network, somebody talking over it."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import pytest
from typer.testing import CliRunner, Result

from tests import speech
from visavis_client import sound
from visavis_client.connection import VisitError
from visavis_client.impair import Impairment
from visavis_client.serving import serving
from visavis_client.visit import Question, Visitor
from visavis_server.cli import app


def talk(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["talk", *map(str, arguments)])


def test_talk_says_types_listens_and_keeps_it_all(server, transcribe, tmp_path) -> None:
    asked = speech.spoken("What is eight times nine?", tmp_path)
    out = tmp_path / "out"
    ended = talk("--server", server, "--wav", asked.path, "--text", "Draw a dog.", "--save", out)
    assert ended.exit_code == 0, ended.output
    assert "72" in ended.output
    kept = json.loads((out / "result.json").read_text())
    spoken, typed = kept["turns"]
    assert spoken["said"]["source"] == str(asked.path)
    assert spoken["error"] is None
    assert typed["pictures"]
    assert (out / typed["pictures"][0]).is_file()
    said, heard = sound.read(out / "microphone.wav"), sound.read(out / "reply.wav")
    start, end = spoken["said"]["start_s"], spoken["said"]["end_s"]
    assert sound.first_audible(said, 0) == pytest.approx(start, abs=0.05)  # both files begin with the clock
    assert sound.silent_from(said, end - 0.1, end) == pytest.approx(end, abs=0.1)
    assert sound.first_audible(heard, end) == pytest.approx(spoken["first_sound_s"], abs=0.006)
    assert spoken["latency_ms"] == pytest.approx(1000 * (spoken["first_sound_s"] - end), abs=0.2)
    assert "dog" in transcribe(out / "reply.wav").lower()
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert events[0]["event"]["type"] == "session.started"
    assert [line["clock_s"] for line in events] == sorted(line["clock_s"] for line in events)


def test_talk_ends_with_a_reason_where_nothing_can_be_said(server, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as if it were not installed
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    (tmp_path / "noise.txt").write_text("no sound")
    for arguments, why in (
        (["--server", nobody, "--text", "Hello"], "is `visavis serve` running there?"),
        (["--server", server, "--wav", tmp_path / "missing.wav"], "could not be read as sound"),
        (["--server", server, "--text", "Hello", "--video", tmp_path / "noise.txt"], "neither a photo nor a clip"),
        (["--server", server, "--text", "Hello", "--loss", "2"], "loss = 2.0 must be a share"),
        (["--server", server], "pip install 'visavis[mic]', or give --wav or --text"),
    ):
        ended = talk(*arguments)
        assert ended.exit_code == 2, ended.output
        assert ended.stderr.startswith("visavis: ")
        assert why in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_a_question_that_nobody_answers_is_no_success(server, tmp_path) -> None:
    sound.write(tmp_path / "hush.wav", sound.read(speech.spoken("Hm.", tmp_path).path) * 0.001)
    ended = talk("--server", server, "--wav", tmp_path / "hush.wav", "--wait", 4, "--save", tmp_path / "out")
    assert ended.exit_code == 1, ended.output
    turn = json.loads((tmp_path / "out" / "result.json").read_text())["turns"][0]
    assert turn["error"]
    assert turn["first_sound_s"] is None


def test_a_bad_network_does_not_end_the_conversation(server, tmp_path) -> None:
    asked = speech.spoken("What is eleven plus five?", tmp_path)
    network = Impairment(loss=0.05, delay_ms=20, jitter_ms=20, reorder=0.01, seed=2)
    visitor = Visitor(server, impairment=network)
    result = asyncio.run(visitor.visit([Question.from_file(asked.path), Question("What is your name?")]))
    assert [turn.error for turn in result.turns] == [None, None]
    assert "16" in result.turns[0].answer, result.turns[0]


def test_a_timer_rings_aloud(server) -> None:
    async def scenario() -> Visitor:
        visitor = Visitor(server)
        await visitor.connect()
        await visitor.ask(Question("Set a timer for five seconds."))
        (timer,) = visitor.account.timers
        assert 0 < timer.rings_s - visitor.log[-1][1].at < 6
        rung = len(visitor.account.replies)
        await visitor.until(lambda: len(visitor.account.replies) > rung, 20, "the ring")
        await visitor.until(lambda: visitor.account.quiet, 20, "its end")
        await visitor.leave()
        return visitor

    visitor = asyncio.run(scenario())
    ring = visitor.account.replies[-1]
    assert ring.utterance == 0  # it speaks by itself
    assert "timer" in ring.text.lower()
    assert visitor.ear.heard(ring.began - 0.3) is not None


def test_a_listeners_yes_does_not_stop_the_answer(server, tmp_path) -> None:
    yes = sound.read(speech.spoken("Yeah, okay.", tmp_path).path)

    async def scenario() -> Visitor:
        visitor = Visitor(server, interrupt_after_s=0.8)
        await visitor.connect()
        await visitor.ask(Question("What can you do?"))
        visitor.microphone.say(yes)
        await visitor.until(lambda: bool(visitor.account.utterances[1:]), 20, "the yes")
        await visitor.until(lambda: visitor.account.quiet, 20, "the end of the answer")
        await visitor.leave()
        return visitor

    visitor = asyncio.run(scenario())
    (reply,) = visitor.account.replies
    assert not reply.cut, visitor.account.utterances
    assert reply.heard.split() == reply.text.split()
    assert [utterance.dropped for utterance in visitor.account.utterances[1:]] == ["listening sounds"]


def test_a_server_that_cannot_start_says_why(tmp_path) -> None:
    with (
        pytest.raises(VisitError, match="visavis models pull"),
        serving(tmp_path / "log.txt", ["--set", f"models.packs={tmp_path}"]),
    ):
        raise AssertionError
