"""The embedded ears on real sound: right words at the right time, and none where there are none."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr

from tests.real.listening import listen, real_senses, text_of
from tests.speech import PEOPLE, spoken, word_errors, words
from visavis_agents.inner import PartialHeard, SpeechPaused, SpeechStarted, Transcribed, TurnGuessed
from visavis_models.packs import Packs
from visavis_models.ports import HEARING_RATE
from visavis_models.settings import ModelSettings

RATE = HEARING_RATE
SENTENCES = [
    "Turn on the lamp in the kitchen, please.",
    "What is the capital of France?",
    "Tell me a story about a dragon.",
]


@pytest.fixture(scope="module")
def senses():
    opened = real_senses()
    yield opened
    opened.voice_activity.worker.close()
    opened.turn_end.worker.close()
    opened.recognizer.worker.close()


@cache
def listed(name: str) -> list[dict]:
    path = PEOPLE / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def sound(row: dict) -> np.ndarray:
    return soundfile.read(PEOPLE / row["file"], dtype="float32")[0]


def still(seconds: float, level: float = 1e-4) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, round(seconds * RATE)).astype(np.float32)


def recording(name: str, seconds: float) -> np.ndarray:
    """The beginning of a human recording of the pack of recordings."""
    pcm, rate = soundfile.read(Packs(ModelSettings().packs).file("recordings", name), dtype="float32")
    return soxr.resample(pcm[: round(seconds * rate)], rate, RATE)


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_heard_while_it_is_said_and_after(senses, tmp_path, text):
    pcm, _ = soundfile.read(spoken(text, tmp_path).path, dtype="float32")
    begins, ends = np.flatnonzero(np.abs(pcm) > 0.02)[[0, -1]] / RATE
    posted = listen(senses, np.concatenate([pcm, still(1.2)]))
    assert word_errors(text, text_of(posted)) <= 1
    started = next(event for event in posted if isinstance(event, SpeechStarted))
    paused = next(event for event in reversed(posted) if isinstance(event, SpeechPaused))
    assert started.start_s == pytest.approx(begins, abs=0.15)
    assert started.at - begins < 0.25
    assert paused.end_s == pytest.approx(ends, abs=0.15)
    assert any(isinstance(event, PartialHeard) for event in posted)
    assert max(event.probability for event in posted if isinstance(event, TurnGuessed)) >= 0.5
    heard = [event for event in posted if isinstance(event, Transcribed)][-1]
    assert " ".join(word.text for word in heard.words) == heard.text
    times = [time for word in heard.words for time in (word.start_s, word.end_s)]
    assert all(a <= b + 0.05 for a, b in pairwise(times))
    assert begins - 0.1 <= times[0] <= begins + 0.2
    assert ends - 0.3 <= times[-1] <= ends + 0.1


def test_words_are_placed_where_the_voice_put_them(senses):
    """Against the durations that the embedded voice itself gave its words."""
    from tests.speech import _voice

    piece = next(_voice().speak("Put the red book beside the window."))
    pcm = soxr.resample(piece.pcm, piece.rate, RATE).astype(np.float32)
    heard = senses.recognizer.port.open().final(np.concatenate([still(0.3), pcm, still(0.2)]))
    assert [w.text.strip(".,").lower() for w in heard.words] == [w.text.strip(".,").lower() for w in piece.words]
    off = [
        abs((mine.start_s + mine.end_s) / 2 - 0.3 - (its.start_s + its.end_s) / 2)
        for mine, its in zip(heard.words, piece.words, strict=True)
    ]
    assert np.median(off) < 0.08
    assert max(off) < 0.25


def test_guesses_change_the_speed_and_hardly_ever_the_words(senses):
    pcm = recording("beckett.wav", 9)
    port = senses.recognizer.port
    stream = port.open()
    for end in range(RATE, pcm.size, RATE // 2):
        stream.partial(pcm[:end])
    plain, guessed = port.open().final(pcm).text, stream.final(pcm).text
    assert word_errors(plain, guessed) <= 2
    assert len(words(plain)) >= 10


def test_a_wrong_guess_does_no_harm(senses):
    pcm = recording("two_cities.wav", 6)
    port = senses.recognizer.port
    plain = port.write(pcm, [])
    for guess in (plain.tokens[::-1], [5] * 300, plain.tokens + plain.tokens, plain.tokens[1:]):
        wrong = port.transcript(port.write(pcm, guess).tokens)
        assert word_errors(port.transcript(plain.tokens), wrong) <= 2


def test_a_second_look_is_believed_as_much_and_keeps_the_times(senses):
    for name in ("beckett.wav", "two_cities.wav"):
        pcm = recording(name, 5)
        stream = senses.recognizer.port.open()
        first, second = stream.final(pcm), stream.again(pcm)
        assert second.belief >= first.belief
        assert word_errors(first.text, second.text) <= 2
        both = [(a, b) for a in first.words for b in second.words if a.text == b.text]
        near = [abs(a.start_s - b.start_s) for a, b in both if abs(a.start_s - b.start_s) < 0.5]
        assert len(near) >= len(first.words) - 2
        assert np.median(near) < 0.05


def test_a_long_story_is_heard_at_bounded_cost(senses):
    pcm = recording("two_cities.wav", 28)
    port = senses.recognizer.port
    shown = []
    write = port.write
    port.write = lambda pcm, guess: shown.append(pcm.size / RATE) or write(pcm, guess)
    try:
        stream = port.open()
        for end in range(RATE, pcm.size, 2 * RATE):
            stream.partial(pcm[:end])
        heard = stream.final(pcm)
    finally:
        del port.write
    assert max(shown) <= 12.0
    assert "it was the best of times" in " ".join(words(heard.text))
    assert len(heard.words) > 60
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)


@pytest.mark.parametrize("level", [0.0, 1e-4, 0.01, 0.2])
def test_no_words_from_a_minute_of_silence(senses, level):
    posted = listen(senses, still(60.0 if level in (0.0, 0.01) else 10.0, level))
    assert text_of(posted) == ""
    assert not [event for event in posted if isinstance(event, PartialHeard)]


def test_the_recognizer_itself_writes_nothing_for_silence(senses):
    assert senses.recognizer.port.open().final(np.zeros(2 * RATE, np.float32)).text == ""


@pytest.mark.skipif(not listed("nonspeech.jsonl"), reason="the recordings beside the checkout are not here")
def test_no_words_from_a_minute_of_noise(senses):
    noise = [
        "kitchen_dishes",
        "running_tap",
        "typing",
        "kitchen_dishes_2",
        "music_jazz",
        "music_orchestra",
        "man_miaowing",
    ]
    rows = {row["id"]: row for row in listed("nonspeech.jsonl")}
    pcm = np.concatenate([sound(rows[name]) for name in noise])
    assert pcm.size >= 60 * RATE
    posted = listen(senses, pcm)
    assert text_of(posted) == ""
    assert not [event for event in posted if isinstance(event, PartialHeard)]


@pytest.mark.skipif(not listed("short.jsonl"), reason="the recordings beside the checkout are not here")
def test_people_are_understood_as_well_as_offline(senses):
    rows = [row for row in listed("short.jsonl") if row.get("native_english")][:16]
    said = live = offline = 0
    off: list[float] = []
    for row in rows:
        pcm = sound(row)
        posted = listen(senses, np.concatenate([still(0.3), pcm, still(1.0)]))
        said += len(row["text"].split())
        live += word_errors(row["text"], text_of(posted))
        whole = senses.recognizer.port.open().final(pcm)
        offline += word_errors(row["text"], whole.text)
        if words(whole.text) == row["text"].split() and len(whole.words) == len(row["words"]):
            placed = zip(whole.words, row["words"], strict=True)
            off += [abs(mine.start_s - start) for mine, (_, start, _) in placed]
    assert live <= offline + max(2, 0.01 * said)
    assert live / said < 0.12
    assert np.median(off) < 0.06
    assert np.percentile(off, 90) < 0.2
