"""Pulling with real pip from a folder of wheels, and from a model hub that answers on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
import pytest
from rich.console import Console

from visavis_models.errors import PullError
from visavis_models.packs import Pack, Packs
from visavis_models.progress import Progress
from visavis_models.pull import pull

A, B = b"first weights", b"second weights"
COMMIT = "c" * 40


def listed(name: str, source: str, content: bytes, **fields: Any) -> Pack:
    """A pack of one file, a.bin for A and b.bin for B."""
    file = "a.bin" if content == A else "b.bin"
    row = {"name": file, "inside": f"toy/{file}", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    told = {"name": name, "ability": "tests", "licence": "MIT", "about": "a toy", "from": source, "files": [row]}
    return msgspec.convert(told | fields, Pack)


def store(root: Path, *packs: Pack) -> Packs:
    return Packs(root / "packs", {pack.name: pack for pack in packs})


class Told(Progress):
    """Progress that remembers its lines."""

    def __init__(self) -> None:
        super().__init__(Console(file=StringIO(), width=200))
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only index that pip knows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for tag in ("py3-none-any", "cp311-cp311-manylinux_2_28_x86_64"):
        name = "toy" if tag.startswith("py3") else "toy_binary"
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as wheel:
            wheel.writestr("toy/a.bin", A)
            wheel.writestr("toy/b.bin", B)
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: none-such\n"
            )
            wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_two_packs_of_one_wheel_fetch_it_once(tmp_path: Path, wheels: Path) -> None:
    packs = store(tmp_path, listed("one", "wheel toy==1.0", A), listed("two", "wheel toy==1.0", B))
    told = Told()
    assert pull(packs, packs.known.values(), told) == 2
    assert [line for line in told.lines if "fetching" in line] == ["fetching toy 1.0"]
    assert packs.file("one", "a.bin").read_bytes() == A
    assert packs.file("two", "b.bin").read_bytes() == B
    assert pull(packs, packs.known.values(), told) == 0  # and nothing is fetched that is there
    assert sorted(path.name for path in packs.root.iterdir()) == [".lock", "one", "two"]
    assert pull(packs, [packs.known["one"]], told, again=True) == 1


def test_a_wheel_of_another_python_and_system(tmp_path: Path, wheels: Path) -> None:
    packs = store(tmp_path, listed("one", "wheel toy-binary==1.0 3.11 manylinux_2_28_x86_64", A))
    assert pull(packs, packs.known.values(), Told()) == 1


def test_a_pull_that_was_cut_off_goes_on(tmp_path: Path, wheels: Path) -> None:
    good, bad = listed("one", "wheel toy==1.0", A), listed("two", "wheel no-such-toy==1.0", B)
    packs = store(tmp_path, good, bad)
    with pytest.raises(PullError, match=r"pip could not fetch no-such-toy==1\.0: .*Check the network"):
        pull(packs, packs.known.values(), Told())
    assert packs.state(good) == "ready"
    assert packs.state(bad) == "missing"


def test_changed_weights_are_not_used(tmp_path: Path, wheels: Path) -> None:
    honest = listed("one", "wheel toy==1.0", A)
    packs = store(tmp_path, honest)
    pull(packs, [honest], Told())
    forged = listed(
        "one", "wheel toy==1.0", A, files=[{"name": "a.bin", "inside": "toy/b.bin", "bytes": 13, "sha256": "0" * 64}]
    )
    with pytest.raises(PullError, match=r"one: a\.bin of wheel toy==1\.0 has SHA-256 .* not 000000000000"):
        pull(store(tmp_path, forged), [forged], Told())
    assert packs.file("one", "a.bin").read_bytes() == A  # what was there stays


def test_a_file_that_is_not_in_the_wheel(tmp_path: Path, wheels: Path) -> None:
    lost = listed(
        "one", "wheel toy==1.0", A, files=[{"name": "a.bin", "inside": "toy/c.bin", "bytes": 1, "sha256": "0" * 64}]
    )
    with pytest.raises(PullError, match=r"toy/c\.bin could not be copied out of"):
        pull(store(tmp_path, lost), [lost], Told())


def test_an_index_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    packs = store(tmp_path, listed("one", "wheel visavis-no-such-toy==1.0", A))
    with pytest.raises(PullError, match="the package index was not reached"):
        pull(packs, packs.known.values(), Told())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
    packs = store(tmp_path, listed("one", "wheel toy==1.0", A))
    with pytest.raises(PullError, match=r"0 MB free .* set models\.packs"):
        pull(packs, packs.known.values(), Told())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("a file, not a folder")
    packs = store(tmp_path, listed("one", "wheel toy==1.0", A))
    with pytest.raises(PullError, match="packs: File exists"):
        pull(packs, packs.known.values(), Told())


def test_two_pulls_at_once(tmp_path: Path, wheels: Path) -> None:
    packs = store(tmp_path, listed("one", "wheel toy==1.0", A))
    made: list[int] = []
    both = [threading.Thread(target=lambda: made.append(pull(packs, packs.known.values(), Told()))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(made) == [0, 1]


STEPS = """
import pathlib
def good(folder, packs):
    source = (folder / "a.bin").read_bytes()
    (folder / "made.bin").write_bytes(source + packs.file("two", "b.bin").read_bytes())
def bad(folder, packs):
    (folder / "half.bin").write_bytes(b"half")
    raise RuntimeError("the converter\\nbroke")
"""


def test_prepared_files(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_steps.py").write_text(STEPS)
    monkeypatch.syspath_prepend(tmp_path)

    def with_step(step: str, edition: int = 1) -> Packs:
        one = listed("one", "wheel toy==1.0", A, prepare=f"toy_steps:{step}", edition=edition)
        return store(tmp_path, listed("two", "wheel toy==1.0", B), one)

    packs = with_step("good")
    pull(packs, packs.known.values(), Told())
    assert packs.file("one", "made.bin").read_bytes() == A + B
    assert packs.changed(packs.known["one"]) == []

    (packs.root / "one" / "made.bin").write_bytes(B + A)  # of the same size: `check` sees it
    assert packs.changed(packs.known["one"]) == ["made.bin"]

    newer, told = with_step("good", edition=2), Told()
    assert newer.state(newer.known["one"]) == "not prepared"
    wheel_is_gone = Path(wheels)
    shutil.rmtree(wheel_is_gone)
    assert pull(newer, newer.known.values(), told) == 1  # out of its own files
    assert newer.file("one", "made.bin").read_bytes() == A + B

    broken = with_step("bad")
    with pytest.raises(PullError, match="one was fetched but could not be prepared: the converter") as raised:
        pull(broken, broken.known.values(), Told())
    assert "\n" not in str(raised.value)
    assert newer.state(newer.known["one"]) == "ready"  # the old one stays
    assert not (packs.root / "one" / "half.bin").exists()


def test_a_folder_as_source(tmp_path: Path) -> None:
    (tmp_path / "mine" / "toy").mkdir(parents=True)
    (tmp_path / "mine" / "toy" / "a.bin").write_bytes(A)
    packs = store(tmp_path, listed("one", f"folder {tmp_path / 'mine'}", A))
    pull(packs, packs.known.values(), Told())
    assert packs.file("one", "a.bin").read_bytes() == A
    gone = listed("two", "folder /no/such/folder", A)
    with pytest.raises(PullError, match="there is no folder /no/such/folder"):
        pull(store(tmp_path, gone), [gone], Told())


# --- the hub ---------------------------------------------------------------------------------------------------------


class Hub(BaseHTTPRequestHandler):
    """What the hub library asks for: the commit of a repository, its list of files, the files."""

    files: ClassVar = {
        "config.json": b"{}",
        "model.safetensors": B * 1000,
        "onnx/config.json": b"{}",
        "toy/a.bin": A,
        "second/tokenizer.json": b"{}",
        "second/model.safetensors": A,
    }
    asked: ClassVar[list[str]] = []
    broken = False  # the connection ends in the middle of model.safetensors

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        if path.startswith("/api/models/me/mine/tree/"):
            rows = [
                {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for name, data in self.files.items()
            ]
            return self.reply(json.dumps(rows).encode())
        if path.startswith("/api/models/me/mine"):
            names = [{"rfilename": name} for name in self.files]
            return self.reply(json.dumps({"id": "me/mine", "sha": COMMIT, "siblings": names}).encode())
        if path.startswith("/me/mine/resolve/"):
            name = path.split("/", 5)[5]
            return self.reply(self.files[name], hashlib.sha1(self.files[name]).hexdigest())
        self.send_error(404)

    def reply(self, body: bytes, tag: str = "") -> None:
        start = 0
        if asked := self.headers.get("Range"):
            start = int(asked.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Content-Type", "application/json")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if tag:
            self.send_header("ETag", f'"{tag}"')
            self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            half = self.broken and self.path.endswith(".safetensors")
            self.wfile.write(body[start : len(body) // 2 if half else None])

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A hub with one repository, and the environment in which programs find it and nothing else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_", "VISAVIS_"))}
    told |= {
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "VISAVIS_MODELS__PACKS": str(tmp_path / "packs"),
        "NO_PROXY": "127.0.0.1",
    }
    yield told
    Hub.broken = False
    server.shutdown()
    thread.join()
    server.server_close()


def visavis(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from visavis_server.cli import main; main()", *words]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)


def test_a_hub_model_is_pulled_and_found_without_the_hub(hub: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "visavis.toml").write_text('[models.language]\nbackend = "transformers"\nmodel = "me/mine"\n')
    done = visavis(hub, tmp_path, "models", "pull", "me/mine")
    assert done.returncode == 0, done.stderr
    fetched = [path for path in Hub.asked if "resolve" in path]
    assert not any(name in path for path in fetched for name in ("onnx", "a.bin", "second/model"))
    assert any("second/tokenizer.json" in path for path in fetched)
    shown = visavis(hub, tmp_path, "models", "list").stdout
    assert "me/mine" in next(line for line in shown.splitlines() if "ready" in line and "hub" in line)
    Hub.asked.clear()
    assert visavis(hub, tmp_path, "models", "check", "me/mine").stdout == "me/mine: sizes ok\n"
    assert Hub.asked == []
    weights = next((tmp_path / "hf").rglob("model.safetensors")).resolve()
    weights.write_bytes(B)
    done = visavis(hub, tmp_path, "models", "check", "me/mine")
    assert (done.returncode, done.stdout) == (2, "me/mine: damaged: run `visavis models pull me/mine`\n")
    assert visavis(hub, tmp_path, "models", "pull", "me/mine").returncode == 0
    assert weights.read_bytes() == Hub.files["model.safetensors"]


def test_a_broken_download_is_no_model_and_goes_on(hub: dict[str, str], tmp_path: Path) -> None:
    Hub.broken = True
    done = visavis(hub, tmp_path, "models", "pull", "me/mine")
    assert done.returncode == 2
    assert "the hub repository me/mine could not be fetched" in done.stderr
    assert "Traceback" not in done.stderr
    assert visavis(hub, tmp_path, "models", "check", "me/mine").returncode == 2
    Hub.broken = False
    assert visavis(hub, tmp_path, "models", "pull", "me/mine").returncode == 0


PULL = """
import msgspec, sys
from pathlib import Path
from visavis_models.packs import Pack, Packs
from visavis_models.progress import Progress
from visavis_models.pull import pull
pack = msgspec.json.decode(sys.argv[1], type=Pack)
packs = Packs(Path(sys.argv[2]), {pack.name: pack})
pull(packs, [pack], Progress())
print(packs.file(pack.name, "a.bin").read_text())
"""


def test_a_pack_of_a_hub_repository(hub: dict[str, str], tmp_path: Path) -> None:
    told = msgspec.json.encode(listed("one", f"hub me/mine@{COMMIT}", A)).decode()
    command = [sys.executable, "-c", PULL, told, str(tmp_path / "packs")]
    done = subprocess.run(command, env=hub, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == A.decode(), done.stderr
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == [".lock", "one"]
