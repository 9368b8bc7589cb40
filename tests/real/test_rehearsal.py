"""The receive path rehearsed: what a bad network does to a sentence and to a camera's picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from tests import speech
from visavis_client.impair import Impairment
from visavis_server.rtc.rehearsal import rehearse, watch

AWAY = {"delay_ms": 20, "jitter_ms": 20}


def heard(folder: Path, repeats: bool = True, **network: Any) -> dict[str, Any]:
    said = [
        speech.spoken(text, folder)
        for text in ("Where are the keys that I left on the table?", "Why do birds sing in the morning?")
    ]
    sound = [[str(one.path), str(folder / f"heard{number}.wav")] for number, one in enumerate(said)]
    got = rehearse({"network": network, "sound": sound, "clip": None, "repeats": repeats})
    for one, (_, target) in zip(said, sound, strict=True):
        assert soundfile.info(target).duration == pytest.approx(soundfile.info(one.path).duration, abs=0.05)
    return got


def test_a_clean_network_adds_nothing_and_loses_nothing(tmp_path: Path) -> None:
    got = heard(tmp_path)
    assert max(got["added_ms"]) == pytest.approx(0.0, abs=0.01)
    assert got["good_lost"] == got["hole_ms"] == 0


@pytest.mark.parametrize("repeats", [True, False], ids=["repeated", "copied"])
@pytest.mark.parametrize("bursts", [{}, {"burst": 3, "even": True}], ids=["random", "bursts"])
def test_what_is_lost_is_made_up_for_soon(tmp_path: Path, bursts: dict[str, Any], repeats: bool) -> None:
    got = heard(tmp_path, repeats, loss=0.05, **bursts, **AWAY)
    assert np.percentile(got["added_ms"], 95) <= 120
    assert got["good_lost"] < 0.02
    assert got["hole_ms"] <= 120  # two bursts may follow one another


def moving() -> Iterator[av.VideoFrame]:
    """Noise that moves: a camera's worth of bits."""
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8) // 4
    for at in itertools.count():
        yield av.VideoFrame.from_ndarray(np.roll(noise, 3 * at, axis=1), format="rgb24").reformat(format="yuv420p")


def test_a_camera_s_picture_comes_back() -> None:
    gaps = watch(moving(), Impairment(loss=0.05, **AWAY))
    assert len(gaps) > 200
    assert np.percentile(gaps, 50) < 0.1
    assert max(gaps) < 1.0
