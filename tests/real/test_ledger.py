"""The ledger against what a listener got, with the embedded voice's sound: 200 interruptions.

The listener keeps every frame that was pulled and finds by its own means which samples of the reply are in them; the
voice's own durations say which words those are.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
import soxr

from tests.speech import _voice
from visavis_agents.events import Word
from visavis_agents.speech import FRAME, RATE, Speech
from visavis_models.align import Flowing, align
from visavis_models.ports import HEARING_RATE

REPLIES = (
    ("The sea is wide and blue.", "It holds many fish, and old ships that nobody has found."),
    ("I can chat, tell the time, set timers, do sums, remember things, and draw pictures.",),
    ("Boil some water, pour it over the tea, and wait for three minutes.", "Then add some milk, if you like."),
    ("He sailed for many years, until one day he met a whale.", "Your timer is set for 10 seconds."),
    ("No, I don't think so.", "Paris is the capital of France, and it lies on the river Seine."),
)
INTERRUPTIONS = 200


@pytest.fixture(scope="module")
def clauses() -> list[list[tuple[str, np.ndarray, tuple[Word, ...]]]]:
    """Each reply's clauses: text, sound at 48 kHz, the voice's own word times."""
    made = []
    for reply in REPLIES:
        made.append([])
        for text in reply:
            pieces, words, at = [], [], 0.0
            for piece in _voice().speak(text):
                words += [Word(w.text, at + w.start_s, at + w.end_s) for w in piece.words]
                pieces.append(soxr.resample(piece.pcm, piece.rate, RATE))
                at += len(pieces[-1]) / RATE
            made[-1].append((text, np.concatenate(pieces), tuple(words)))
    return made


def interrupted(clauses, times, dice: random.Random) -> tuple[int, int]:
    """One interruption at a random moment, with ducking and some resumptions before. times: word times as the ledger is
    told them. Returns the number of words heard, by the listener and by the ledger."""
    speech = Speech(lambda n: None, lambda n, i: None, lambda n: None)
    speech.begin(1)
    whole = np.concatenate([sound for _, sound, _ in clauses])
    truth, at = [], 0.0
    for (_, sound, words), told in zip(clauses, times, strict=True):
        truth += [Word(w.text, w.start_s + at, w.end_s + at) for w in words]
        speech.add(1, sound, told)
        at += len(sound) / RATE
    speech.finish(1)
    pulled: list[np.ndarray] = []

    def listen(seconds: float) -> None:
        pulled.extend(speech.pull() for _ in range(round(seconds * 50)))

    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        listen(dice.uniform(0.2, 1.2))
        speech.duck()
        listen(dice.choice([0.04, 0.1]))
        speech.hold()
        listen(0.3)
        dice.choice([speech.resume, speech.resume, speech.again])()
    listen(dice.uniform(0.1, at))
    stored, _ = speech.cut(1)
    pulled += [speech.pull() for _ in range(5)]
    heard = covered(whole, np.concatenate(pulled))
    middles = [round((w.start_s + w.end_s) / 2 * RATE) for w in truth]
    return sum(middle < heard for middle in middles), len(stored.split())


def covered(whole: np.ndarray, pulled: np.ndarray) -> int:
    """The furthest sample of `whole` that is in `pulled`: each run of sound, between silences that no voice makes, is
    laid where it is most alike."""
    size = 1 << (len(whole) + len(pulled)).bit_length()
    spectrum = np.fft.rfft(whole, size)
    energy = np.concatenate([[0.0], np.cumsum(np.square(whole, dtype=np.float64))])
    frames = pulled.reshape(-1, FRAME).astype(np.float64)
    sounding = np.concatenate([[False], frames.any(axis=1), [False]])
    starts, stops = np.flatnonzero(~sounding[:-1] & sounding[1:]), np.flatnonzero(sounding[:-1] & ~sounding[1:])
    furthest = 0
    for start, stop in zip(starts, stops, strict=True):
        run = frames[start:stop].ravel()
        alike = np.fft.irfft(spectrum * np.conj(np.fft.rfft(run, size)))[: len(whole)]
        power = energy[np.minimum(np.arange(len(whole)) + len(run), len(whole))] - energy[:-1]
        furthest = max(furthest, int((alike / np.sqrt(power + 1e-3)).argmax()) + len(run))
    return furthest


@pytest.mark.parametrize("own_times", [True, False], ids=["the voice's own times", "times found in the sound"])
def test_stored_words_are_the_heard_ones(clauses, own_times: bool) -> None:
    dice = random.Random(5)
    found = [
        [
            words
            if own_times
            else tuple(Word(w.text, w.start_s, w.end_s) for w in align(text, low(sound), HEARING_RATE))
            for text, sound, words in reply
        ]
        for reply in clauses
    ]
    off = []
    for n in range(INTERRUPTIONS):
        heard, stored = interrupted(clauses[n % len(clauses)], found[n % len(clauses)], dice)
        off.append(abs(heard - stored))
    assert sum(difference <= 1 for difference in off) >= 0.99 * INTERRUPTIONS, sorted(off)[-10:]


def low(sound: np.ndarray) -> np.ndarray:
    return soxr.resample(sound, RATE, HEARING_RATE).astype(np.float32)


def test_words_are_found_in_the_sound_of_a_voice_that_gives_no_times(clauses) -> None:
    errors = []
    for text, sound, words in (clause for reply in clauses for clause in reply):
        placed = align(text, low(sound), HEARING_RATE)
        assert [word.text for word in placed] == text.split()
        assert all(a.end_s <= b.start_s + 1e-6 for a, b in zip(placed, placed[1:], strict=False))
        errors += [abs(a.start_s - b.start_s) for a, b in zip(placed, words, strict=True)]
    assert np.median(errors) < 0.07
    assert np.percentile(errors, 95) < 0.35


def test_a_stream_of_pieces_gets_its_words_as_they_come(clauses) -> None:
    off = []
    for text, sound, words in (clause for reply in clauses for clause in reply):
        flowing, placed = Flowing(text), []
        piece = RATE * 9 // 10
        for start in range(0, len(sound), piece):
            placed += [
                start / RATE + word.start_s for word in flowing.piece(low(sound[start : start + piece]), HEARING_RATE)
            ]
        assert len(placed) + len(flowing.rest().split()) == len(words)
        placed += [len(sound) / RATE] * (len(words) - len(placed))
        assert placed == sorted(placed)
        moments = np.linspace(0, len(sound) / RATE, 50)
        off += [abs(sum(t < m for t in placed) - sum(w.start_s < m for w in words)) for m in moments]
    assert np.mean(np.array(off) <= 2) > 0.98
