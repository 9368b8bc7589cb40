"""Coqui TTS voices: VITS and XTTS of the real classes with random weights, loaded and spoken as people's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real import tiny_voices
from visavis_models.backends.coqui import CoquiVoice, load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Spoken
from visavis_models.settings import BackendSettings, ModelSettings


def voice(folder: Path | str, **options: Any) -> CoquiVoice:
    return load(BackendSettings(backend="coqui", model=str(folder), options=options), Packs(ModelSettings().packs))


@pytest.fixture(scope="module")
def vits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_voices.vits(tmp_path_factory.mktemp("vits"))


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_voices.recording(tmp_path_factory.mktemp("speaker") / "speaker.wav")


@pytest.fixture(scope="module")
def xtts(tmp_path_factory: pytest.TempPathFactory, speaker: Path) -> CoquiVoice:
    return voice(tiny_voices.xtts(tmp_path_factory.mktemp("xtts")), speaker_wav=str(speaker), language="en")


def check(spoken: Spoken, rate: int) -> None:
    assert spoken.rate == rate
    assert spoken.pcm.dtype == np.float32
    assert spoken.pcm.ndim == 1
    assert np.abs(spoken.pcm).max() <= 1
    assert all(0 <= word.start_s <= word.end_s <= len(spoken.pcm) / rate + 0.02 for word in spoken.words)


def test_a_vits_voice_speaks_sentence_by_sentence(vits: Path) -> None:
    spoken = list(voice(vits).speak("Hello there. How are **you** today? 🙂"))
    assert [[word.text for word in piece.words] for piece in spoken] == [
        ["Hello", "there."],
        ["How", "are", "you", "today?"],
    ]
    for piece in spoken:
        check(piece, 22_050)


def test_pace(vits: Path) -> None:
    made = voice(vits)
    slow, fast = (
        sum(len(piece.pcm) for piece in made.speak("How are you today, my friend?", pace)) for pace in (0.5, 2)
    )
    assert slow > fast * 1.5


def test_nothing_to_say(vits: Path) -> None:
    made = voice(vits)
    for text in ("", " ", "🙂", "...", "—"):
        assert list(made.speak(text)) == []


def test_an_xtts_voice_is_streamed_and_stopped(xtts: CoquiVoice) -> None:
    spoken = list(xtts.speak("Hello there, how are you today?"))
    assert len(spoken) > 1
    assert " ".join(word.text for piece in spoken for word in piece.words) == "Hello there, how are you today?"
    for piece in spoken:
        check(piece, 24_000)
    steps = xtts.speak("Hello there, how are you today?")
    next(steps)
    steps.close()
    assert list(xtts.speak("Hello."))


def test_a_language_that_the_voice_has_not(xtts: CoquiVoice, speaker: Path) -> None:
    folder = xtts._synthesizer.tts_checkpoint
    with pytest.raises(ModelError, match=r"language = 'xx' is none of the voice's: use one of en, "):
        voice(folder, speaker_wav=str(speaker), language="xx")


def test_speakers(tmp_path: Path) -> None:
    (tmp_path / "speakers.json").write_text('{"a": 0, "b": 1}')
    made = tiny_voices.vits(tmp_path, use_speaker_embedding=True, speakers_file=str(tmp_path / "speakers.json"))
    assert voice(made, speaker="b")._speaker == "b"
    assert list(voice(made).speak("Hello."))
    with pytest.raises(ModelError, match=r"speaker = 'c' is none of the voice's: use one of a, b"):
        voice(made, speaker="c")


@pytest.mark.parametrize("model", ["", "nowhere", "tts_models/en/nobody/vits"])
def test_no_voice_there(model: str) -> None:
    with pytest.raises(PackMissing, match=r"visavis models pull|download it once"):
        voice(model)


@pytest.mark.parametrize("device", ["cuda:7", "nonsense"])
def test_a_device_that_is_not_there(vits: Path, device: str) -> None:
    settings = BackendSettings(backend="coqui", model=str(vits), device=device)
    with pytest.raises(ModelError, match=rf"did not load on {device}: .*Check models\.voice\.device$"):
        load(settings, Packs(ModelSettings().packs))


def test_damaged_voices(vits: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.pth").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="did not load"):
        voice(tmp_path)
    (tmp_path / "config.json").write_bytes((vits / "config.json").read_bytes())
    with pytest.raises(ModelError, match="did not load"):
        voice(tmp_path)
    with pytest.raises(ModelError, match="speaker_wav"):
        voice(vits, speaker_wav=str(tmp_path / "nobody.wav"))
    with pytest.raises(ModelError, match=r"options.*spaeker"):
        voice(vits, spaeker="a")
