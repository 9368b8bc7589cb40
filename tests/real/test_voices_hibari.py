"""The embedded voice: what it says is understood, and its word times are where the words are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings, strategies as st

from visavis_models.backends.hibari_voice import FRAME_S, HibariVoice, load
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Pcm, Spoken
from visavis_models.settings import BackendSettings, ModelSettings

RATE = 24_000
SENTENCE = "The old captain walked slowly to the harbour, because his little boat was waiting there."


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return load(BackendSettings(backend="hibari", model="heart"), Packs(ModelSettings().packs))


def letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def check(spoken: Spoken) -> None:
    """Sound in range; words in order, inside the sound."""
    assert spoken.rate == RATE
    assert spoken.pcm.dtype == np.float32
    assert 0 < np.abs(spoken.pcm).max() <= 1
    times = [time for word in spoken.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(spoken.pcm) / RATE


def test_durations_add_up_to_the_sound(voice: HibariVoice) -> None:
    for phonemes in ("həlˈO ðˈɛɹ.", "ˈA", "wˌʌn tˈu θɹˈi, fˈɔɹ fˈIv sˈɪks."):
        for pace in (0.7, 1.0, 1.6):
            pcm, frames = voice._synthesize(phonemes, pace)
            assert len(frames) == len(phonemes) + 2
            assert len(pcm) == pytest.approx(frames.sum() * FRAME_S * RATE, abs=1)


def test_words_are_where_they_are_said(voice: HibariVoice, transcribe: Callable[[Path], str], tmp_path: Path) -> None:
    """Cut between any two words, both halves are understood as the words on that side."""
    pcm, words = joined(list(voice.speak(SENTENCE)))
    assert [word for word, _, _ in words] == SENTENCE.split()

    def heard(sound: Pcm) -> str:
        soundfile.write(tmp_path / "part.wav", np.pad(sound, RATE // 4), RATE)
        return letters(transcribe(tmp_path / "part.wav"))

    expected = letters(SENTENCE).replace("harbour", "harbor").split()
    for count in (0, 3, 5, 8, 11):
        cut = int((words[count - 1][2] + words[count][1]) / 2 * RATE) if count else 0
        for half, said in ((pcm[:cut], expected[:count]), (pcm[cut:], expected[count:])):
            told = heard(half).replace("harbour", "harbor").split() if len(half) else []
            assert len(told) == len(said), (told, said)
            assert sum(a != b for a, b in zip(told, said, strict=True)) <= 1, (told, said)


def joined(spoken: list[Spoken]) -> tuple[Pcm, list[tuple[str, float, float]]]:
    words, start = [], 0.0
    for piece in spoken:
        check(piece)
        words += [(word.text, start + word.start_s, start + word.end_s) for word in piece.words]
        start += len(piece.pcm) / RATE
    return np.concatenate([piece.pcm for piece in spoken]), words


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 million, about 3:30 pm on March 3rd.",
        "Dr. Smith lives 10 km away, at 221B Baker St.",
        "In 1999 — or was it 2001? — we paid £1,234.56!",
        "The WHO and NASA e-mailed AT&T; 50% of it was O'Brien's.",
    ],
)
def test_every_written_word_has_its_time(voice: HibariVoice, text: str) -> None:
    _, words = joined(list(voice.speak(text)))
    assert [word for word, _, _ in words] == text.split()
    assert all(end > start for word, start, end in words if word != "—")


def test_sound_begins_with_the_first_word(voice: HibariVoice) -> None:
    [spoken] = voice.speak("Hello there.")
    check(spoken)
    assert spoken.words[0].start_s < 0.05
    assert np.abs(spoken.pcm[: RATE // 5]).max() > 0.05
    assert len(spoken.pcm) / RATE - spoken.words[-1].end_s < 0.3


def test_pace(voice: HibariVoice) -> None:
    slow, normal, fast = (sum(len(piece.pcm) for piece in voice.speak(SENTENCE, pace)) for pace in (0.7, 1.0, 1.6))
    assert slow > normal * 1.2
    assert fast < normal * 0.75
    assert sum(len(piece.pcm) for piece in voice.speak("Hello.", 1e9)) > 0


def test_a_long_text_comes_in_pieces(voice: HibariVoice) -> None:
    text = " ".join([SENTENCE.removesuffix(".") + ","] * 6)
    spoken = voice.speak(text)
    first = next(spoken)
    check(first)
    assert len(first.pcm) / RATE < 6
    _, words = joined([first, *spoken])
    assert [word for word, _, _ in words] == text.split()


@pytest.mark.parametrize("text", ["", " ", "\n", "...", "🙂🙂", "**", "—", "她好"])
def test_nothing_to_say(voice: HibariVoice, text: str) -> None:
    assert list(voice.speak(text)) == []


@pytest.mark.parametrize("text", ["1" * 300, "x" * 5000, "a.b." * 100, "[x](/y/)", "$" * 50, "1/0 -1:99 00/00/0000 $k"])
def test_odd_text_breaks_nothing(voice: HibariVoice, text: str) -> None:
    for spoken in voice.speak(text):
        check(spoken)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=30) | st.text("0123456789:/.,-$%£€° amkKMIVXst", max_size=20))
def test_any_text_is_said_or_left_out(voice: HibariVoice, text: str) -> None:
    for spoken in voice.speak(text):
        check(spoken)


def test_the_same_text_sounds_the_same(voice: HibariVoice) -> None:
    [first], [second] = voice.speak("Good morning."), voice.speak("Good morning.")
    assert np.array_equal(first.pcm, second.pcm)


@pytest.mark.parametrize("model", ["emma", "/nowhere/voice.onnx"])
def test_other_voices_are_never_fetched(model: str) -> None:
    with pytest.raises(ModelError, match=r"nothing is fetched while serving"):
        load(BackendSettings(backend="hibari", model=model), Packs(ModelSettings().packs))


def test_a_file_that_is_no_voice(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match="did not load"):
        load(BackendSettings(backend="hibari", model=str(tmp_path / "voice.onnx")), Packs(ModelSettings().packs))
