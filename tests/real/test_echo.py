"""A loudspeaker in the same room: the reply does not interrupt itself, and who speaks over it is heard."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr

from tests import speech
from visavis_agents.echo import Echo
from visavis_agents.judge import echoes

HEARD = 16_000
LINES = "The sea is wide and blue, and it holds many fish. Old ships lie on its ground, and nobody has found them yet."


@pytest.fixture(scope="module")
def reply() -> np.ndarray:
    """48 kHz."""
    pieces = [soxr.resample(piece.pcm, piece.rate, 48_000) for piece in speech._voice().speak(LINES)]
    return np.concatenate(pieces).astype(np.float32)


def room(sound: np.ndarray, delay_s: float, level_db: float) -> np.ndarray:
    """48 kHz in, 16 kHz out: late, softer, with 0.3 s of reverberation, through a small loudspeaker, with some noise."""
    dice = np.random.default_rng(3)
    tail = dice.normal(0, 1, int(0.3 * HEARD)) * 10 ** (-3 * np.linspace(0, 1, int(0.3 * HEARD)))
    tail[0] = 6.0
    there = np.convolve(soxr.resample(sound, 48_000, HEARD), tail / np.linalg.norm(tail))
    spectrum = np.fft.rfft(there)
    hertz = np.arange(spectrum.size) * HEARD / there.size
    there = np.fft.irfft(spectrum / (1 + (250 / np.maximum(hertz, 1)) ** 4), there.size) * 10 ** (level_db / 20)
    late = np.concatenate([np.zeros(int(delay_s * HEARD)), there])
    return (late + dice.normal(0, 1e-3, late.size)).astype(np.float32)


def ours(played: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """(frames,): what the guard says of every 32 ms that are heard."""
    echo, sent, found = Echo(), 0, []
    frames = (np.clip(played[: len(played) // 960 * 960], -1, 1) * 32767).astype(np.int16).reshape(-1, 960)
    for end in range(512, len(heard), 512):
        while sent < len(frames) and sent * 0.02 < end / HEARD:
            echo.played(frames[sent], sent * 0.02)
            sent += 1
        found.append(echo.ours(heard[end - 512 : end], end / HEARD))
    return np.array(found)


def loud(heard: np.ndarray) -> np.ndarray:
    frames = heard[: (len(heard) - 1) // 512 * 512].reshape(-1, 512)
    return np.sqrt(np.square(frames).mean(axis=1)) > 0.004


@pytest.mark.parametrize(("delay_s", "level_db"), [(0.1, -6.0), (0.25, -12.0), (0.32, -20.0)])
def test_our_own_voice_is_known_after_its_first_word(reply, delay_s, level_db) -> None:
    heard = room(reply, delay_s, level_db)
    known, sounding = ours(reply, heard), loud(heard)
    later = np.arange(len(known)) * 0.032 > delay_s + 0.8
    assert known[sounding & later].mean() > 0.85


def test_who_speaks_over_it_is_heard(reply, tmp_path) -> None:
    said = speech.people("az_weather") or [speech.spoken("How is the weather today?", tmp_path)]
    voice, rate = soundfile.read(said[0].path, dtype="float32")
    voice = soxr.resample(voice, rate, HEARD)
    heard = room(reply, 0.2, -12.0)
    start = 3 * HEARD
    voice = voice[: len(heard) - start] / np.abs(voice).max() * 0.5
    heard[start : start + len(voice)] += voice
    there = np.zeros(len(heard), np.float32)
    there[start : start + len(voice)] = voice
    known = ours(reply, heard)
    speaking = np.sqrt(np.square(there[: len(known) * 512].reshape(-1, 512)).mean(axis=1)) > 0.05
    assert known[speaking].mean() < 0.15


def test_without_a_loudspeaker_nobody_is_taken_for_it(reply, tmp_path) -> None:
    other = speech.spoken(
        "I would like to tell you something about the weather in the mountains.", tmp_path, pitch=0.85
    )
    heard, rate = soundfile.read(other.path, dtype="float32")
    assert ours(reply, soxr.resample(heard, rate, HEARD)).mean() < 0.03


PEOPLE = "kath_b0507 so_024270245 kath_a0207 pico_165bced7 kath_b0400 so_013340159 vctk_p225_016 kath_b0196".split()
QUESTIONS = (
    "Where is the next train to the sea?",
    "Tell me about it.",
    "No, I meant the other one.",
    "And who was that?",
)


def test_who_begins_just_after_the_reply_is_no_echo_of_it(reply, tmp_path) -> None:
    """Both begin, one a little later, as an echo would."""
    for one in speech.people(*PEOPLE) or [speech.spoken(text, tmp_path) for text in QUESTIONS]:
        said, rate = soundfile.read(one.path, dtype="float32")
        voice = soxr.resample(said, rate, HEARD)
        voice *= 0.5 / np.abs(voice).max()
        voice = voice[np.flatnonzero(np.abs(voice) > 0.03)[0] :]
        for after_s in (0.2, 0.25, 0.3, 0.35):
            heard = np.concatenate([np.zeros(round(after_s * HEARD), np.float32), voice])
            assert ours(reply, heard[: round((after_s + 1.2) * HEARD)]).mean() < 0.1, (one.text, after_s)


def test_an_echo_in_words() -> None:
    said = "It holds many fish and ships. The moon".split()
    assert echoes("many fish and chips the moon", said)
    assert echoes("Fish and ships.", said)
    assert not echoes("What about the moon and the fish?", said)
    assert echoes("Ships.", said)
    assert not echoes("Stop.", [*said, "stop"])
    assert not echoes("", said)
