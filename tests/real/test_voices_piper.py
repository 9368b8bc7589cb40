"""Piper voices: a graph of the real inputs and outputs, spoken through the package's own pronunciation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real import tiny_voices
from visavis_models.backends.piper import PiperVoice, load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Spoken
from visavis_models.settings import BackendSettings, ModelSettings

RATE = 22_050


def voice(model: Path | str, **settings: Any) -> PiperVoice:
    return load(BackendSettings(backend="piper", model=str(model), **settings), Packs(ModelSettings().packs))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PiperVoice:
    return voice(tiny_voices.piper(tmp_path_factory.mktemp("piper")))


def check(spoken: Spoken) -> None:
    assert spoken.rate == RATE
    assert spoken.pcm.dtype == np.float32
    assert 0 < np.abs(spoken.pcm).max() <= 1
    times = [time for word in spoken.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[-1] <= len(spoken.pcm) / RATE


@pytest.mark.parametrize(
    "text",
    [
        "Hello there, my old friend.",
        "At the end of the day it is a part of the world.",
        "It costs $5 million, at 3:30 pm.",
        "Well — you know?",
    ],
)
def test_every_written_word_has_its_time(made: PiperVoice, text: str) -> None:
    [spoken] = made.speak(text)
    check(spoken)
    assert [word.text for word in spoken.words] == text.split()
    assert all(word.end_s > word.start_s for word in spoken.words if word.text != "—")


def test_times_are_the_phonemes_own(made: PiperVoice) -> None:
    """The graph makes each phoneme as long as its id says."""
    [spoken] = made.speak("yes no")
    [phonemes] = made._voice.phonemize("yes no")
    ids = made._voice.phonemes_to_ids(phonemes)
    ends = np.cumsum([n % 5 + 1 for n in ids]) * tiny_voices.HOP / RATE
    space = 2 + 2 * phonemes.index(" ")  # each phoneme is followed by a pad, after the mark of the beginning and a pad
    assert spoken.words[0].start_s == pytest.approx(ends[1])
    assert spoken.words[0].end_s == pytest.approx(ends[space - 1])
    assert spoken.words[1].start_s == pytest.approx(ends[space + 1])


def test_sentences_are_pieces(made: PiperVoice) -> None:
    spoken = list(made.speak("Hello there. How are **you** today? 🙂"))
    assert [" ".join(word.text for word in piece.words) for piece in spoken] == ["Hello there.", "How are you today?"]


def test_pace(made: PiperVoice) -> None:
    slow, normal, fast = (sum(len(piece.pcm) for piece in made.speak("Hello there.", pace)) for pace in (0.5, 1, 2))
    assert slow > normal * 1.8
    assert fast < normal * 0.8


def test_a_voice_without_durations(tmp_path: Path) -> None:
    [spoken] = voice(tiny_voices.piper(tmp_path, aligned=False)).speak("Hello there.")
    assert [word.text for word in spoken.words] == ["Hello", "there."]
    assert len(spoken.pcm) > 0


def test_nothing_to_say(made: PiperVoice) -> None:
    for text in ("", " ", "🙂", "...", "—"):
        assert list(made.speak(text)) == []


@pytest.mark.parametrize("text", ["1" * 300, "x" * 5000, "她好", "a\x00b", "Ünïcödé ŵörds"])
def test_odd_text_breaks_nothing(made: PiperVoice, text: str) -> None:
    for spoken in made.speak(text):
        if len(spoken.pcm):
            check(spoken)


def test_speakers(tmp_path: Path) -> None:
    path = tiny_voices.piper(tmp_path, speakers=3)
    for speaker, number in (("speaker 2", 2), (1, 1), ("", None)):
        several = voice(path, options={"speaker": speaker})
        assert several._speaker == number
        assert list(several.speak("Hello."))
    for speaker in ("nobody", 3, -1):
        with pytest.raises(ModelError, match=r"none of the voice's: use one of speaker 0, speaker 1, speaker 2"):
            voice(path, options={"speaker": speaker})


def test_a_folder_with_one_voice(tmp_path: Path) -> None:
    path = tiny_voices.piper(tmp_path)
    assert list(voice(tmp_path).speak("Hello."))
    for name in ("other.onnx", "other.onnx.json"):
        (tmp_path / name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match="holds 2 voices"):
        voice(tmp_path)


def test_voices_that_are_none(tmp_path: Path) -> None:
    for model in ("", "nowhere.onnx", tmp_path):
        with pytest.raises(PackMissing, match="no Piper voice"):
            voice(model)
    path = tiny_voices.piper(tmp_path)
    with pytest.raises(ModelError, match="spoken on the CPU"):
        voice(path, device="cuda")
    with pytest.raises(ModelError, match=r"options.*spaeker"):
        voice(path, options={"spaeker": 1})
    settings = Path(f"{path}.json").read_text()
    for broken in ("", "[]", "{}", settings.replace("22050", "null")[:-20]):
        Path(f"{path}.json").write_text(broken)
        with pytest.raises(ModelError, match="no Piper voice's"):
            voice(path)
    Path(f"{path}.json").write_text(settings)
    path.write_bytes(b"not a graph at all")
    with pytest.raises(PackMissing, match="voice"):
        voice(path)
