"""The faster-whisper backend on a Whisper of the real class, made, taught and converted on the spot."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from tests.real.tiny_whisper import make
from tests.speech import spoken
from visavis_models.backends import faster_whisper
from visavis_models.errors import ModelError, PackMissing
from visavis_models.settings import BackendSettings

for package in ("faster_whisper", "torch", "transformers"):
    pytest.importorskip(package, reason="needs the extras whisper and torch")


RATE = 16_000
SENTENCES = ("Turn on the lamp.", "What time is it in Paris?", "Tell me a story.")


def hiss(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.003, round(seconds * RATE)).astype(np.float32)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """(folder of the model, sentence -> sound)"""
    folder = tmp_path_factory.mktemp("whisper")
    sounds = {text: soundfile.read(spoken(text, folder).path, dtype="float32")[0] for text in SENTENCES}
    nothing = [("", hiss(3.0)), ("", np.zeros(2 * RATE, np.float32))]
    return make(folder, [*sounds.items(), *nothing]), sounds


@pytest.fixture(scope="module")
def recognizer(taught):
    return load(str(taught[0]))


def load(model: str, **settings):
    return faster_whisper.load(
        BackendSettings(backend="faster_whisper", model=model, threads=1, **settings), packs=None
    )


@pytest.mark.parametrize("text", SENTENCES)
def test_partial_and_final_transcripts(recognizer, taught, text):
    pcm = taught[1][text]
    stream = recognizer.open()
    stream.partial(pcm[: pcm.size // 2])
    assert stream.partial(pcm).text == text
    heard = stream.final(pcm)
    assert heard.text == text
    assert [word.text for word in heard.words] == text.split()
    times = [time for word in heard.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= pcm.size / RATE + 0.02
    assert -1.0 < heard.belief < 0


def test_silence_and_noise_have_no_words(recognizer):
    for pcm in (np.zeros(2 * RATE, np.float32), hiss(3.0, seed=1), np.zeros(100, np.float32)):
        assert recognizer.open().final(pcm).text == ""
        assert recognizer.open().partial(pcm).text == ""


def test_partials_see_a_shorter_window(taught):
    recognizer = load(str(taught[0]), options={"partial_window_s": 2.0})
    shown = []
    encode = recognizer._model.encode
    recognizer._model.encode = lambda features: shown.append(features.shape[-1]) or encode(features)
    pcm = taught[1][SENTENCES[0]][:RATE]
    recognizer.open().partial(pcm)
    recognizer.open().final(pcm)
    assert shown == [200, 400]


def test_the_language_can_be_found_out(taught):
    recognizer = load(str(taught[0]), options={"language": "auto"})
    assert isinstance(recognizer.open().final(taught[1][SENTENCES[0]]).text, str)


@pytest.mark.parametrize(
    ("model", "settings", "error", "says"),
    [
        ("", {}, ModelError, "model is empty"),
        ("no-such-model-anywhere", {}, PackMissing, "visavis models pull"),
        ("taught", {"options": {"langauge": "en"}}, ModelError, "langauge"),
        ("taught", {"options": {"language": "tlh"}}, ModelError, "language"),
        ("taught", {"dtype": "float7"}, ModelError, "dtype"),
        ("taught", {"device": "cuda"}, ModelError, "models.recognizer.device"),
        ("empty", {}, PackMissing, "folder of a converted model"),
    ],
)
def test_what_is_wrong_is_said(taught, tmp_path, model, settings, error, says):
    place = {"taught": str(taught[0]), "empty": str(tmp_path)}.get(model, model)
    with pytest.raises(error, match=says):
        load(place, **settings)
