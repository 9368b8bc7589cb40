"""How soon a voice is one, and how rarely something else: recorded people and sounds through the voice activity."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.speech import PEOPLE
from visavis_agents.judge import Evidence, Likeness, weigh
from visavis_models.backends import silero
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

RATE, FRAME = 16_000, 512
pytestmark = pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs recorded people beside the checkout")


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (PEOPLE / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def port():
    return silero.load(BackendSettings(backend="silero"), Packs(ModelSettings().packs))


def reached(port, path: Path, level_db: float | None = None) -> dict[Likeness, float]:
    """When each likeness was first reached, in seconds of the recording. level_db: of the loudest 50 ms."""
    pcm, _ = soundfile.read(path, dtype="float32")
    if level_db is not None:
        loudest = np.sqrt(np.convolve(np.square(pcm), np.full(800, 1 / 800), "valid").max())
        pcm = np.clip(pcm * 10 ** (level_db / 20) / loudest, -1, 1)
    before = np.random.default_rng(1).normal(0, 3e-4, RATE // 2)
    sound = np.concatenate([before, pcm]).astype(np.float32)
    stream, evidence, first = port.open(), Evidence(), {}
    for end in range(FRAME, len(sound), FRAME):
        evidence = weigh(evidence, stream.probability(sound[end - FRAME : end]))
        first.setdefault(evidence.likeness, end / RATE - 0.5)
    return first


def test_people_are_voices_soon(port) -> None:
    said = rows("short")[::3]
    found = [reached(port, PEOPLE / row["file"]) for row in said]
    sounds = [first[Likeness.SOUND] - row["speech_start_s"] for first, row in zip(found, said, strict=True)]
    voices = [
        first[Likeness.VOICE] - row["speech_start_s"]
        for first, row in zip(found, said, strict=True)
        if Likeness.VOICE in first
    ]
    assert len(voices) >= 0.98 * len(said)
    assert np.median(sounds) < 0.06
    assert np.median(voices) < 0.14
    assert np.percentile(voices, 95) < 0.3


def test_coughs_laughter_and_kitchens_seldom_are(port) -> None:
    others = [row for row in rows("nonspeech") if row["kind"] != "backchannel"]
    levels = (-30.0, -20.0)
    voices = [Likeness.VOICE in reached(port, PEOPLE / row["file"], level) for row in others for level in levels]
    assert np.mean(voices) < 0.4
