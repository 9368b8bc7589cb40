"""What the senses and the reply tell the turn machine: events that never leave the mind.

They carry session time like every event. An utterance is one turn of the user's speech: it may hold pauses, and it is
closed by the turn machine (`Hearing.close`), after which new speech begins the next one.
"""

from __future__ import annotations

import msgspec

from visavis_agents.events import Word
from visavis_agents.judge import Likeness


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    at: float


class SpeechStarted(Inner, frozen=True):
    """First speech of a new utterance; about 60-100 ms after its true onset, which is start_s."""

    utterance: int
    start_s: float


class SpeechPaused(Inner, frozen=True):
    """The settings' pause_s of silence has passed; the last speech was at end_s."""

    utterance: int
    end_s: float


class VoiceRose(Inner, frozen=True):
    """A breath in a pause of this utterance, or the first frame of more speech (`endpoint.Rose`)."""

    utterance: int


class SpeechWentOn(Inner, frozen=True):
    """Speech again in the same utterance, after a pause."""

    utterance: int


class VoiceWeighed(Inner, frozen=True):
    """What is heard at the microphone is now a voice, some sound or nothing (`judge.weigh`): it was something else."""

    likeness: Likeness


class PartialHeard(Inner, frozen=True):
    """The transcript so far. sure: as in `judge.sureness`; words: with their times, where the recognizer gives them."""

    utterance: int
    text: str
    sure: float = 0.0
    words: tuple[Word, ...] = ()


class Transcribed(Inner, frozen=True):
    """All sound up to the pause at end_s, recognized. Empty text: no words in it."""

    utterance: int
    end_s: float
    text: str
    words: tuple[Word, ...] = ()
    sure: float = 0.0


class TurnGuessed(Inner, frozen=True):
    """The end-of-turn model's word on the pause at end_s: 1.0 = complete; infinite = ended by the user or by force."""

    utterance: int
    end_s: float
    probability: float


class FaceSeen(Inner, frozen=True):
    """What the camera frame of this time shows. facing: somebody looks this way; False: everybody is turned away.

    mouth: of the only face, if it looks this way, the height of its mouth, in heights of the face."""

    faces: int = 0
    facing: bool | None = None
    mouth: float | None = None


class LineLost(Inner, frozen=True):
    """The client is not heard any more; the conversation waits for it."""


class Tick(Inner, frozen=True):
    """A time the turn machine asked to be woken at has come."""


class ReplySounded(Inner, frozen=True):
    """The first sound of the reply leaves."""

    reply: int


class ReplyAsks(Inner, frozen=True):
    """The last words of the reply are being said, and they are a question."""

    reply: int


class ReplyDone(Inner, frozen=True):
    """All sound of the reply was played (or there was none)."""

    reply: int


class Prompted(Inner, frozen=True, omit_defaults=True):
    """The assistant has something to say by itself: a greeting, a timer that rang. until_s: not later than this."""

    text: str
    until_s: float | None = None
