"""One utterance of the user while it is being heard: its sound, and what the models were asked about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agents.endpoint import FRAME_S
from visavis_agents.inner import Transcribed, TurnGuessed
from visavis_models.ports import HEARING_RATE, Pcm, RecognizerStream, Transcript


class Sound:
    """A growing piece of sound. Views given out stay as they are, whatever is added later. room: samples at first."""

    def __init__(self, at: float, room: int = 8 * HEARING_RATE) -> None:
        self.at = at  # session time of the first sample
        self._samples = np.empty(room, np.float32)
        self.size = 0

    def add(self, pcm: Pcm) -> None:
        if self.size + pcm.size > self._samples.size:
            grown = np.empty(2 * (self.size + pcm.size), np.float32)
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
    """The models' work on the silence since end_s. guess_due_s: when the end-of-turn model is to be asked (again);
    transcript, guess: what they said last, if anything; doubted: the recognizer is to look again."""

    end_s: float
    guess_due_s: float
    transcript: Transcribed | None = None
    guess: TurnGuessed | None = None
    doubted: bool = False


@dataclass(eq=False)
class Utterance:
    """voiced: frames that the voice activity took for speech, and the sum of their probabilities. clear: frames that
    stand out of the room; amid_voices: which talks. sealed: complete, whatever is heard later."""

    number: int
    sound: Sound
    by_button: bool = False
    stream: RecognizerStream | None = None
    voiced: int = 0
    voice: float = 0.0
    clear: int = 0
    amid_voices: bool = False
    asking: Asking | None = None
    foreseen: Asking | None = None  # of a silence that is no pause yet
    partial_due_s: float = 0.0  # session time of the next partial transcript
    foresee_due_s: float = 0.0
    partial_in_flight: bool = False
    took_s: float = 0.0  # the last transcript, while sound went on
    text: str = ""  # the newest partial transcript
    transcribed: bool = False  # a transcript was posted
    went_on_s: float | None = None  # start of the speech after the last pause
    sealed: bool = False

    @property
    def likeness(self) -> float:
        """Mean probability of speech in the voiced frames: a cough's is low. What a button says is speech, is."""
        return 1.0 if self.by_button else self.voice / max(1, self.voiced)

    @property
    def near(self) -> bool:
        """Does it stand out of the voices of the room?"""
        return not self.amid_voices or self.clear >= NEAR * self.voiced


WORDS_AT_ONCE = 2
NEAR = 0.25  # share of the voiced frames that stand out (`room.py`)
NEAR_VOICE, FAR_VOICE = -0.6, -0.35  # belief where the room talks; many voices at once are mostly written with less
NOT_ALONE = frozenset({"you"})  # written of music and of coughs, surely too; nobody says only this
WORDS_A_SECOND = 7.0  # nobody speaks faster; a recognizer that hallucinates does


def plausible(transcript: Transcript, utterance: Utterance) -> bool:
    """Can this have been said? Words need letters, time and, the less the sound was a voice, a sure recognizer.

    Recorded people: mean probability of speech in voiced frames 0.83 and more (2nd percentile), belief above -0.9.
    Coughs, laughter, music: 0.58-0.78 and -0.5 or less. A whisper is no voice, but its words are believed in.
    """
    if utterance.by_button:
        return any(map(str.isalnum, transcript.text))
    words = [word for word in transcript.text.split() if any(map(str.isalnum, word))]
    if utterance.amid_voices and transcript.belief < (NEAR_VOICE if utterance.near else FAR_VOICE):
        return False
    if len(words) == 1 and words[0].strip(".,!?").lower() in NOT_ALONE:
        return False
    most = WORDS_AT_ONCE + WORDS_A_SECOND * utterance.voiced * FRAME_S
    return 0 < len(words) <= most and transcript.belief >= -0.45 - 3.0 * max(0.0, utterance.likeness - 0.65)
