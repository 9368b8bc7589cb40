"""What the tests share: one real server with the embedded models, and a recognizer to hear its answers with."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `visavis serve`, embedded profile, on a free port."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-c", "from visavis_server.cli import main; main()", "serve", "--port", "0"]
    command += ["--set", "server.offers_per_minute=1000"]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "ready" in line and "when" not in line:
                break
        address = re.search(r"https?://[^\s/]+", told)
        assert address and process.poll() is None, f"the server did not start:\n{told}{log.read_text()}"
        yield address[0]
        process.terminate()
        assert process.wait(30) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def transcribe() -> Callable[[Path], str]:
    """Text of a sound file, by the embedded recognizer."""
    import soundfile
    import soxr

    from visavis_models.backends.moonshine import load
    from visavis_models.packs import Packs
    from visavis_models.settings import BackendSettings, ModelSettings

    recognizer = load(BackendSettings(backend="moonshine"), Packs(ModelSettings().packs))

    def text_of(path: Path) -> str:
        pcm, rate = soundfile.read(path, dtype="float32", always_2d=True)
        pcm = soxr.resample(pcm.mean(axis=1), rate, 16_000).astype("float32")
        return " ".join(recognizer.open().final(pcm[at : at + 160_000]).text for at in range(0, len(pcm), 160_000))

    return text_of
