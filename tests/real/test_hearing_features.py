"""The embedded ears' parts against the implementations they follow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.speech import _voice
from visavis_models.backends import silero, smart_turn
from visavis_models.log_mel import log_mel
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

RATE = 16_000


@pytest.fixture(scope="module")
def voice():
    import soxr

    pieces = list(_voice().speak("I would like a cup of coffee and a piece of cake."))
    return np.concatenate([soxr.resample(piece.pcm, piece.rate, RATE) for piece in pieces]).astype(np.float32)


def packs():
    return Packs(ModelSettings().packs)


def test_features_are_whispers(voice):
    transformers = pytest.importorskip("transformers", reason="needs the extra torch")
    reference = transformers.WhisperFeatureExtractor(chunk_length=8)
    padded = np.zeros(8 * RATE, np.float32)
    padded[-voice.size :] = voice
    theirs = reference(padded, sampling_rate=RATE, return_tensors="np", padding="max_length", do_normalize=True)
    assert np.abs(log_mel(padded) - theirs.input_features[0]).max() < 1e-4


def test_the_end_of_a_turn_is_told_from_its_middle(voice):
    port = smart_turn.load(BackendSettings(backend="smart_turn"), packs())
    tail = np.zeros(RATE // 5, np.float32)
    whole = port.probability(np.concatenate([voice, tail]))
    parts = [port.probability(voice[: round(share * voice.size)]) for share in (0.2, 0.35, 0.5, 0.65, 0.8)]
    assert whole > 0.5 > np.median(parts)
    assert port.probability(np.concatenate([np.zeros(20 * RATE, np.float32), voice, tail])) == pytest.approx(
        port.probability(np.concatenate([np.zeros(8 * RATE - voice.size - tail.size, np.float32), voice, tail])),
        abs=1e-3,
    )
    assert 0.0 <= port.probability(np.zeros(0, np.float32)) <= 1.0


def test_voice_activity_frame_by_frame_is_that_of_the_whole(voice):
    """One listener does not disturb another, and hears what the model hears when it is run over all frames at once."""
    port = silero.load(BackendSettings(backend="silero"), packs())
    frames = voice[: voice.size // 512 * 512].reshape(-1, 512)
    mine, other = port.open(), port.open()
    streamed = []
    for frame in frames:
        streamed.append(mine.probability(frame))
        other.probability(np.zeros(512, np.float32))
    context = np.concatenate([np.zeros((1, 64), np.float32), frames[:-1, -64:]])
    zeros = np.zeros((1, 1, 128), np.float32)
    whole, _, _ = port._session.run(None, {"input": np.concatenate([context, frames], 1), "h": zeros, "c": zeros})
    assert streamed == pytest.approx(whole.ravel().tolist(), abs=1e-4)
    assert max(streamed) > 0.9
    assert other.probability(np.zeros(512, np.float32)) < 0.1
    with pytest.raises(ValueError, match="512"):
        mine.probability(np.zeros(511, np.float32))
