"""`visavis serve` as a process: it says where it is, finishes its sentence on SIGTERM, and leaves with a status."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.real.server_scene import Client, met
from tests.real.test_server import loud, run
from visavis_server.cli import app

NONE = [f"--set=models.{ability}.backend=none" for ability in ("turn_end", "vision", "reader", "painter")]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and nobody's settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VISAVIS_")]:
        monkeypatch.delenv(name)


def visavis(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(app, arguments, env=variables)


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["--host", "0.0.0.0"], {}, "VISAVIS_SERVER__TOKEN"),
        (["--role", "nobody"], {}, "there is no role 'nobody'"),
        (["--set", "server.port"], {}, "name=value"),
        (["--set", "server.prot=1"], {}, "did you mean server.port?"),
        ([], {"VISAVIS_SERVER__PORT": "x"}, "$VISAVIS_SERVER__PORT"),
        (["--config", "missing.toml"], {}, "missing.toml could not be read"),
        ([*NONE, "--set=models.packs=empty", "--port=0"], {}, "run `visavis models pull"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(arguments: list[str], variables: dict[str, str], said: str) -> None:
    ended = visavis("serve", *arguments, **variables)
    told = [line for line in ended.stderr.splitlines() if line.startswith("visavis: ")]
    assert ended.exit_code == 2, ended.stderr
    assert len(told) == 1, ended.stderr
    assert said in told[0]
    assert isinstance(ended.exception, SystemExit)


def test_a_taken_port_and_the_settings_in_force(tmp_path: Path) -> None:
    (tmp_path / "visavis.toml").write_text("[server]\nport = 1\n")
    assert "port = 1\n" in visavis("settings").stdout
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = visavis("serve", "--port", str(taken.getsockname()[1]))
    assert ended.exit_code == 2
    assert "choose another --port" in ended.stderr


def test_help_names_every_group() -> None:
    shown = visavis("serve", "--help").stdout
    for name in ("server.idle_s = 1800", "models.profile", "models.ABILITY.base_url", "agent.patience_s", "--token"):
        assert name in shown


def test_the_sentence_is_finished_when_the_server_is_stopped() -> None:
    async def scene() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "visavis_server.cli",
            "serve",
            "--port=0",
            *NONE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout
        assert process.stderr
        try:
            address = ""
            while "ready" not in (line := (await process.stdout.readline()).decode()):
                assert line, (await process.stderr.read()).decode()
            address = re.search(r"http://\S+", line)[0].rstrip("/")  # type: ignore[index]
            client = await Client(beep=False).join(address)
            await client.until("session.started")
            client.send({"type": "text.typed", "text": "What time is it?"})
            await met(lambda: [event for event in client.events if event["type"] == "reply.word"], 2)
            process.send_signal(signal.SIGTERM)
            await client.until("session.ended")
            ended = await client.until("reply.ended")
            assert ended["text"].startswith("It is")
            words = [event for event in client.events if event["type"] == "reply.word"]
            assert len(words) >= len(ended["text"].split())
            types = [event["type"] for event in client.events]
            assert types.index("reply.ended") < types.index("session.ended")
            assert loud(client.frames)
            await client.close()
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    run(scene())
