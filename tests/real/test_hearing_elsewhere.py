"""The embedded ears in other rooms, over other lines, with other voices: what recordings of one's own desk do not show."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import soundfile
import soxr

from tests.speech import spoken, word_errors
from visavis_agents.events import UserFinal
from visavis_agents.lows import Lows
from visavis_agents.overheard import AFTER_S, BEFORE_S, Ears, overhear, said
from visavis_agents.room import Room
from visavis_models.packs import Packs
from visavis_models.ports import HEARING_RATE as RATE
from visavis_models.settings import ModelSettings

FRAME = 512
QUESTION = "What is the capital of France?"
CHATTER = (
    "The train was late again this morning, and nobody told us why.",
    "She bought three apples and a loaf of bread at the corner shop.",
    "They say it will rain until Sunday, but I do not believe it.",
    "My brother has painted his kitchen yellow, of all colours, and now nobody wants to eat there.",
    "Would you pass me the salt, and some of those potatoes while you are at it?",
    "I told him twice that the meeting was on Thursday, but he never listens to me.",
    "We walked along the river until it got dark, and then we took the last bus home.",
    "There is a new teacher at the school, and all the children talk about her.",
)


@cache
def ears() -> Ears:
    return Ears()


def voice(text: str, folder, pitch: float = 1.0) -> np.ndarray:
    return soundfile.read(spoken(text, folder, pitch=pitch).path, dtype="float32")[0]


def loudness(pcm: np.ndarray) -> float:
    """Of its speech: the half of the frames that is louder."""
    power = np.square(pcm[: pcm.size // 320 * 320]).reshape(-1, 320).mean(axis=1)
    return float(np.sqrt(power[power >= np.median(power)].mean()))


def babble(folder, seconds: float) -> np.ndarray:
    """Eight voices at once, as loud together as one."""
    dice, sum_ = np.random.default_rng(3), np.zeros(round(seconds * RATE), np.float32)
    for number in range(8):
        text = CHATTER[number]
        one = np.concatenate([voice(text, folder, pitch)[RATE // 2 : -RATE // 2] for pitch in (0.8 + 0.05 * number,)])
        sum_ += np.resize(np.roll(one, int(dice.integers(one.size))), sum_.size)
    return sum_ / loudness(sum_)


def telephone(pcm: np.ndarray) -> np.ndarray:
    spectrum, hertz = np.fft.rfft(pcm), np.fft.rfftfreq(pcm.size, 1 / RATE)
    return np.fft.irfft(spectrum * ((hertz > 300) & (hertz < 3400)), pcm.size).astype(np.float32)


def conversation(pcm: np.ndarray, room: np.ndarray | float = 0.0):
    """All events where `pcm` is said into a room that sounds before and after it too."""
    quiet = [np.zeros(round(seconds * RATE), np.float32) for seconds in (BEFORE_S, AFTER_S)]
    return overhear(ears(), (np.concatenate([quiet[0], pcm, quiet[1]]) + room).astype(np.float32))


def test_among_eight_voices_the_turn_ends_where_the_near_one_does(tmp_path) -> None:
    pcm = voice(QUESTION, tmp_path)
    ends_s = 2 * BEFORE_S + np.flatnonzero(np.abs(pcm) > 0.02)[-1] / RATE
    room = babble(tmp_path, pcm.size / RATE + BEFORE_S + AFTER_S) * loudness(pcm) * 10 ** (-12 / 20)
    turns = [
        event
        for event in conversation(pcm, room[: pcm.size + round((BEFORE_S + AFTER_S) * RATE)])
        if isinstance(event, UserFinal)
    ]
    assert any("capital of France" in turn.text and turn.at < ends_s + 1.2 for turn in turns)


def test_eight_voices_alone_are_nobodys_turn(tmp_path) -> None:
    for level in (0.1, 0.01):
        nobody = np.zeros(6 * RATE, np.float32)
        room = babble(tmp_path, 6.0 + BEFORE_S + AFTER_S)
        assert said(conversation(nobody, room * level)) == []


@pytest.mark.parametrize("noise", ["quiet", "hiss", "hum"])
def test_a_room_that_does_not_talk_changes_nothing(noise: str, tmp_path) -> None:
    """Nor does the hiss of a bad microphone, nor hum as loud as the speech: not one frame is lost."""
    listener = ears().ports["voice_activity"].open()
    pcm = voice(QUESTION, tmp_path)
    heard = np.concatenate([pcm, pcm, pcm])
    hiss = np.random.default_rng(1).normal(0, 1e-4 if noise == "quiet" else 0.3 * loudness(pcm), heard.size)
    hum = sum(np.sin(2 * np.pi * 50 * k * np.arange(heard.size) / RATE) / k for k in (1, 2, 3, 5, 7)) * loudness(pcm)
    room, heard = Room(), (heard + (hum if noise == "hum" else hiss)).astype(np.float32)
    for end in range(FRAME, heard.size, FRAME):
        frame = heard[end - FRAME : end]
        probability = listener.probability(frame)
        assert room.near(frame, probability) == probability


def test_a_microphone_that_is_silent_between_words_is_no_room_that_talks(tmp_path) -> None:
    """Noise gates and codecs send nothing where nothing is said."""
    pcm = voice(QUESTION, tmp_path)
    loud = np.convolve(np.abs(pcm), np.full(800, 1 / 800), "same") > 0.003
    room, heard = Room(), np.concatenate([pcm * loud] * 3)
    for end in range(FRAME, heard.size, FRAME):
        assert room.near(heard[end - FRAME : end], 0.9 * loud[(end - FRAME // 2) % loud.size]) >= 0.0
        assert not room.talks


def test_people_on_the_telephone_are_voices() -> None:
    path = Packs(ModelSettings().packs).file("recordings", "beckett.wav")
    pcm, rate = soundfile.read(path, dtype="float32")
    said_ = soxr.resample(pcm[: 8 * rate], rate, RATE)
    port = ears().ports["voice_activity"]

    def voiced(pcm: np.ndarray, lows: Lows | None) -> np.ndarray:
        listener = port.open()
        frames = [pcm[end - FRAME : end] for end in range(FRAME, pcm.size, FRAME)]
        return np.array([listener.probability(lows.given(frame) if lows else frame) > 0.5 for frame in frames])

    truly = voiced(said_, None)
    there, mended = voiced(telephone(said_), None)[truly].mean(), voiced(telephone(said_), Lows())[truly].mean()
    assert mended >= 0.85
    assert mended >= there
    assert (voiced(said_, Lows()) == truly).mean() > 0.98


@pytest.mark.parametrize("word", ["No.", "Stop.", "Thanks."])
def test_a_short_word_of_a_high_voice_is_heard(word: str, tmp_path) -> None:
    assert word_errors(word, " ".join(said(conversation(voice(word, tmp_path, pitch=1.2))))) == 0


def test_a_question_over_the_telephone_is_one_turn(tmp_path) -> None:
    texts = said(conversation(telephone(voice(QUESTION, tmp_path))))
    assert len(texts) == 1
    assert word_errors(QUESTION, texts[0]) <= 1
