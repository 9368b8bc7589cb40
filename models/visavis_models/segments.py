"""A growing utterance, recognized segment by segment, so that the cost of one look at it stays bounded.

Recognizers work on some seconds of sound. `SegmentedStream` is the `RecognizerStream` of such a recognizer: as soon as
the open segment is long, what lies before its quietest moment is recognized for good and not looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from visavis_models.ports import HEARING_RATE, Pcm, Transcript, Word

LONGEST_S = 12.0  # an open segment longer than this is cut
SEARCH_S = (5.0, 11.5)  # where in it the cut may lie
HUSH_S = 0.24  # so much is quiet together where words part
SHORTEST_S = 0.1  # less sound than this has no word in it

_STEP = 320  # samples, 20 ms


class Writer(Protocol):
    """Writes down one segment, again and again while it grows. timed: words() costs no more than text()."""

    timed: bool

    def text(self, pcm: Pcm) -> tuple[str, float]:
        """What was said, cheaply, and the belief in it (mean log-probability)."""

    def words(self, pcm: Pcm) -> tuple[list[Word], float]:
        """The words with their times from the segment's first sample, and the belief in them."""

    def again(self, pcm: Pcm) -> tuple[list[Word], float]:
        """The same, with time to spare: the better of the words written last and a second look."""


class SegmentedStream:
    """A `RecognizerStream` with a `SecondLook`: one utterance. Sound before `_from` is recognized for good."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._from = 0
        self._words: list[Word] = []

    def partial(self, pcm: Pcm) -> Transcript:
        if self._writer.timed:
            return self.final(pcm)
        self._commit(pcm)
        segment = pcm[self._from :]
        text, belief = self._writer.text(segment) if segment.size >= SHORTEST_S * HEARING_RATE else ("", 0.0)
        return Transcript(" ".join([*(word.text for word in self._words), *text.split()]), belief=belief)

    def final(self, pcm: Pcm) -> Transcript:
        self._commit(pcm)
        return self._whole(*self._recognize(pcm[self._from :], self._writer.words))

    def again(self, pcm: Pcm) -> Transcript:
        return self._whole(*self._recognize(pcm[self._from :], self._writer.again))

    def _whole(self, added: list[Word], belief: float) -> Transcript:
        words = (*self._words, *added)
        return Transcript(" ".join(word.text for word in words), words, belief)

    def _commit(self, pcm: Pcm) -> None:
        while (length := cut_at(pcm[self._from :])) is not None:
            self._words += self._recognize(pcm[self._from : self._from + length], self._writer.words)[0]
            self._from += length

    def _recognize(self, segment: Pcm, write: Callable[[Pcm], tuple[list[Word], float]]) -> tuple[list[Word], float]:
        """The words of the open segment, in seconds of the whole utterance."""
        if segment.size < SHORTEST_S * HEARING_RATE:
            return [], 0.0
        words, belief = write(segment)
        offset = self._from / HEARING_RATE
        return [Word(word.text, word.start_s + offset, word.end_s + offset) for word in words], belief


def cut_at(pcm: Pcm) -> int | None:
    """The sample to cut at, in the quietest moment of the search range, or None while pcm is short enough."""
    if pcm.size <= LONGEST_S * HEARING_RATE:
        return None
    first, last = (int(edge * HEARING_RATE) // _STEP for edge in SEARCH_S)
    power = np.square(pcm[: last * _STEP].reshape(-1, _STEP)).mean(axis=1)
    width = round(HUSH_S * HEARING_RATE / _STEP)
    level = np.convolve(power, np.full(width, 1 / width), mode="valid")  # level[n]: steps n to n + width
    return (first + int(level[first:].argmin()) + width // 2) * _STEP
