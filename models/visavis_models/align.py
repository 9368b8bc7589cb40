"""When each word of synthesized speech is said, for voices that do not tell: from the text and the sound's loudness.

A clause's words share its sounding time by their vowels and consonants; where they part is then moved to a pause, to a
dip of loudness, or left: dynamic programming over 10 ms steps. The ledger (`visavis_agents/speech.py`) counts on it.
Against hibari's own durations (60 sentences, `tests/real/test_align.py`): half of all words begin within 30 ms.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import soxr
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm, Word
from visavis_models.word_times import STEP, loud

LONGEST_STEPS = 160  # of one word
LENGTH_COST = 2.2  # of a word twice as long as expected: log2 squared
DIP_GAIN = 0.06  # of a boundary in the deepest dip of loudness
PAUSE_GAIN = 0.9  # of one in a pause,
STOP_GAIN = 3.2  # and of one in a pause after punctuation
TORN_COST = 1.5  # of a pause inside a word
WEIGHT_S = 0.081  # sounding seconds of a word of weight 1
_VOWELS = re.compile(r"[aeiouyäöüàáâèéêëìíîïòóôùúûœæ]+")
_LETTERS = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d")
_STOPS = (".", ",", ";", ":", "!", "?", "\u2014", "\u2026")


def align(text: str, pcm: Pcm, rate: int) -> tuple[Word, ...]:
    """pcm: (samples,), the sound of `text`. The words of text, in order and without overlap; none for no sound."""
    words = text.split()
    sound = pcm if rate == HEARING_RATE else soxr.resample(pcm, rate, HEARING_RATE, quality="QQ")
    sounding = loud(sound)
    if not words or not sounding.any():
        return tuple(Word(word, 0.0, len(pcm) / rate) for word in words)
    first, last = np.flatnonzero(sounding)[[0, -1]]
    level = _level(sound)[first : last + 1]
    edges = _edges(words, sounding[first : last + 1], level) + first
    steps = HEARING_RATE / STEP
    return tuple(
        Word(word, float(start / steps), float(end / steps))
        for word, start, end in zip(words, *_trimmed(edges, sounding), strict=True)
    )


def weight(word: str) -> float:
    """How long a word takes to say, against others."""
    letters = word.lower()
    vowels = len(_VOWELS.findall(letters))
    consonants = len(_LETTERS.findall(_VOWELS.sub("", letters)))
    silent_e = vowels > 1 and letters.rstrip("".join(_STOPS) + "\"'").endswith("e")
    digits = sum(0.8 if digit == "0" else 3.3 for digit in _DIGITS.findall(letters))
    return 0.35 + max(0.2, vowels - silent_e + 0.6 * consonants + digits)


def _level(sound: Pcm) -> NDArray[np.float64]:
    """dB of each step, smoothed over 30 ms."""
    power = np.square(sound[: sound.size // STEP * STEP].astype(np.float64)).reshape(-1, STEP).mean(axis=1)
    return 10 * np.log10(np.convolve(power, np.full(3, 1 / 3), mode="same") + 1e-8)


def _edges(words: list[str], sounding: NDArray[np.bool_], level: NDArray[np.float64]) -> NDArray[np.intp]:
    """(words + 1,) steps at which words begin, and the end of the last."""
    count = sounding.size
    spoken = np.concatenate([[0], np.cumsum(sounding)])  # sounding steps before each edge
    weights = np.array([weight(word) for word in words])
    expected = weights / weights.sum() * spoken[-1]
    gain = np.zeros(count + 1)  # of a boundary at each edge
    for n in range(1, count):
        beside = level[max(0, n - 8) : n + 9]
        gain[n] = DIP_GAIN * min(1.0, (beside.max() - level[n - 1 : n + 1].mean()) / 30.0)
    pause = np.zeros(count + 1, np.bool_)
    pause[1:count] = ~sounding[:-1] & sounding[1:]  # a word begins where a pause ends
    pauses = np.cumsum(pause)
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    back = np.zeros((len(words), count + 1), np.intp)
    for i in range(len(words)):
        stops = i > 0 and words[i - 1].rstrip("\"')").endswith(_STOPS)
        bonus = np.where(pause, STOP_GAIN if stops else PAUSE_GAIN, gain)
        start = best + (bonus if i else 0.0)
        reached = np.full(count + 1, -np.inf)
        for length in range(1, min(LONGEST_STEPS, count) + 1):
            spans = spoken[length:] - spoken[:-length]
            cost = LENGTH_COST * np.log2(np.maximum(spans, 0.5) / max(expected[i], 0.5)) ** 2
            torn: NDArray[np.float64] = pauses[length - 1 : -1] - pauses[:-length]
            value = start[: count + 1 - length] - cost - TORN_COST * torn
            better = value > reached[length:]
            reached[length:][better] = value[better]
            back[i][length:][better] = np.flatnonzero(better)
        best = reached
    edges = np.zeros(len(words) + 1, np.intp)
    edges[-1] = count
    for i in range(len(words) - 1, -1, -1):
        edges[i] = back[i][edges[i + 1]]
    return edges


def _trimmed(edges: NDArray[np.intp], sounding: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Starts and ends of the words, without the pauses beside them."""
    starts, ends = edges[:-1].copy(), edges[1:].copy()
    for n, (start, end) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero(sounding[start:end])
        if inside.size:
            starts[n], ends[n] = start + inside[0], start + inside[-1] + 1
    return starts, ends


class Flowing:
    """The words of a text whose sound comes in pieces, while nobody knows how many: each piece gets as many words as it
    has time for."""

    def __init__(self, text: str, pace: float = 1.0) -> None:
        self._words = text.split()
        self._time_s = 0.0  # of sound not used up by words
        self._weight_s = WEIGHT_S / pace

    def piece(self, pcm: Pcm, rate: int) -> tuple[Word, ...]:
        """The words in this piece, in seconds from its first sample."""
        sound = soxr.resample(pcm, rate, HEARING_RATE, quality="QQ")
        self._time_s += float(loud(sound).sum()) * STEP / HEARING_RATE
        said: list[str] = []
        while self._words and (needed := weight(self._words[0]) * self._weight_s) / 2 <= self._time_s:
            self._time_s -= needed
            said.append(self._words.pop(0))
        return align(" ".join(said), pcm, rate) if said else ()

    def rest(self) -> str:
        """Words that no piece had time for."""
        return " ".join(self._words)
