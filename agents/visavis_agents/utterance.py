"""One utterance of the user while it is being heard: its sound, and what the models were asked about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from visavis_agents.inner import Inner
from visavis_models.ports import HEARING_RATE, Pcm, RecognizerStream


class Sound:
    """A growing piece of sound. Views given out stay as they are, whatever is added later."""

    def __init__(self, at: float) -> None:
        self.at = at  # session time of the first sample
        self._samples = np.zeros(8 * HEARING_RATE, np.float32)
        self.size = 0

    def add(self, pcm: Pcm) -> None:
        if self.size + pcm.size > self._samples.size:
            grown = np.zeros(2 * (self.size + pcm.size), np.float32)
            grown[: self.size] = self._samples[: self.size]
            self._samples = grown
        self._samples[self.size : self.size + pcm.size] = pcm
        self.size += pcm.size

    @property
    def end_s(self) -> float:
        return self.at + self.size / HEARING_RATE

    def view(self, since_s: float | None = None) -> Pcm:
        """All of it so far, or what came after since_s."""
        first = 0 if since_s is None else round((since_s - self.at) * HEARING_RATE)
        view = self._samples[max(0, first) : self.size].view()
        view.flags.writeable = False
        return view


@dataclass(eq=False)
class Asking:
    """The models' work on one silence. What they found waits in `found` until the pause is certain."""

    end_s: float
    paused: bool = False
    found: list[Inner] = field(default_factory=list)


@dataclass(eq=False)
class Utterance:
    """speech_s: how much of it the voice activity took for speech. sealed: complete, whatever is heard later."""

    number: int
    sound: Sound
    by_button: bool = False
    stream: RecognizerStream | None = None
    speech_s: float = 0.0
    asking: Asking | None = None
    partial_due_s: float = 0.0  # session time of the next partial transcript
    partial_in_flight: bool = False
    text: str = ""  # the newest partial transcript
    transcribed: bool = False  # a transcript was posted
    went_on_s: float | None = None  # start of the speech after the last pause
    sealed: bool = False


WORDS_AT_ONCE = 2
WORDS_A_SECOND = 7.0  # nobody speaks faster; a recognizer that hallucinates does


def plausible(text: str, speech_s: float) -> bool:
    """Could so many words be said in so much speech? And are there any letters or digits in it at all?"""
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    return 0 < len(words) <= WORDS_AT_ONCE + WORDS_A_SECOND * speech_s
