"""What the tests share: one real server with the embedded models, and a recognizer to hear its answers with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from visavis_models.settings import BackendSettings

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the server does, before anything imports torch
settings.register_profile("visavis", deadline=None)  # a busy machine proves nothing
settings.load_profile("visavis")
if DEVICE := os.environ.get("VISAVIS_TEST_DEVICE"):  # "cuda": the backends of torch are tried there
    BackendSettings.model_fields["device"].default = DEVICE
    BackendSettings.model_rebuild(force=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `visavis serve`, embedded profile, on a free port. Its log must hold no traceback."""
    from visavis_client.serving import serving

    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serving(log, ["--set", "server.offers_per_minute=1000"]) as running:
        yield running.url
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def transcribe() -> Callable[[Path], str]:
    """Text of a sound file, by the embedded recognizer."""
    from visavis_models.backends.moonshine import load
    from visavis_models.packs import Packs
    from visavis_models.settings import BackendSettings, ModelSettings
    from visavis_models.transcribe import transcribe

    recognizer = load(BackendSettings(backend="moonshine"), Packs(ModelSettings().packs))
    return lambda path: transcribe(recognizer, path)
