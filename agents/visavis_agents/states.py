"""The vocabulary of the turn machine: its rule, its events, the states of a conversation, and the effects it asks for.

Each state holds only what is true in it. `turn.py` and `over.py` hold the rules; `session.py` carries the effects out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from visavis_agents.commands import Command
from visavis_agents.events import MicMuted, ReplyStopped, TextTyped, Word
from visavis_agents.inner import (
    FaceSeen,
    LineLost,
    PartialHeard,
    Prompted,
    ReplyAsks,
    ReplyDone,
    ReplySounded,
    SpeechPaused,
    SpeechStarted,
    SpeechWentOn,
    Tick,
    Transcribed,
    TurnGuessed,
    VoiceRose,
    VoiceWeighed,
)
from visavis_agents.lips import Seen
from visavis_agents.pace import Pace

Event = (
    TextTyped
    | MicMuted
    | ReplyStopped
    | LineLost
    | SpeechStarted
    | SpeechPaused
    | SpeechWentOn
    | VoiceRose
    | VoiceWeighed
    | FaceSeen
    | PartialHeard
    | Transcribed
    | TurnGuessed
    | Tick
    | ReplySounded
    | ReplyAsks
    | ReplyDone
    | Prompted
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The numbers of patience, in seconds (settings `agent.*`), what is said into a silence, and whether only those who
    look this way are answered (the role's)."""

    eager_s: float = 0.24
    patience_s: float = 1.2
    nudge: str = ""
    nudge_s: float = 8.0
    addressed: bool = False


# --- states ----------------------------------------------------------------------------------------------------------
# last: number of the newest reply. due: what the assistant wants to say by itself as soon as nobody speaks. seen: what
# the camera shows; pace: how long this person rests; `turn.step` carries them on, and they make no states different.


@dataclass(frozen=True, slots=True)
class Said:
    """The user's words that a reply answers."""

    utterance: int
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Over:
    """The reply that the user speaks over, not yet judged.

    held: it is silent. unheard: the user began before it can have moved them. doubted: it goes on softly, as the one
    person in view is not the one who speaks. waiting, asks, said, sounded: as in `Replying`, where it goes on if this
    was no interruption."""

    reply: int
    held: bool = False
    unheard: bool = False
    doubted: bool = False
    waiting: float | None = None
    asks: bool = False
    said: Said | None = None
    sounded: float | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody speaks. nudge: when to say something if the question asked last stays without an answer."""

    last: int = 0
    nudge: float | None = None
    due: tuple[Prompted, ...] = ()
    seen: Seen = field(default=Seen(), compare=False)
    pace: Pace = field(default=Pace(), compare=False)


@dataclass(frozen=True, slots=True)
class Hearing:
    """The user speaks. before: words of the turn that they thereby go on with, as nobody heard its reply; longest_s:
    their longest pause in this utterance."""

    last: int
    utterance: int
    over: Over | None = None
    before: Said | None = None
    longest_s: float = 0.0
    due: tuple[Prompted, ...] = ()
    seen: Seen = field(default=Seen(), compare=False)
    pace: Pace = field(default=Pace(), compare=False)


@dataclass(frozen=True, slots=True)
class Pausing:
    """The user is silent since end_s and may be done. draft: the reply prepared for exactly this text (0: none); brief:
    a word or two over a reply, believed if the silence lasts; rose_s: when they breathed in."""

    last: int
    utterance: int
    end_s: float
    text: str | None = None
    words: tuple[Word, ...] = ()
    probability: float | None = None
    draft: int = 0
    over: Over | None = None
    brief: Transcribed | None = None
    rose_s: float | None = None
    before: Said | None = None
    longest_s: float = 0.0
    due: tuple[Prompted, ...] = ()
    seen: Seen = field(default=Seen(), compare=False)
    pace: Pace = field(default=Pace(), compare=False)


@dataclass(frozen=True, slots=True)
class Replying:
    """Reply `last` is being prepared or heard, and the user is silent.

    said: what it answers, if that was spoken. sounded: when its first sound left. asks: its last words are a question,
    being said. waiting: since when it is silent, asked to wait. nudges: it meets a silence."""

    last: int
    said: Said | None = None
    sounded: float | None = None
    asks: bool = False
    waiting: float | None = None
    nudges: bool = False
    due: tuple[Prompted, ...] = ()
    seen: Seen = field(default=Seen(), compare=False)
    pace: Pace = field(default=Pace(), compare=False)


Turn = Idle | Hearing | Pausing | Replying


# --- effects ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """Prepare reply `reply` to `text`, unheard and without lasting effects, until `Speak` or `Drop`.

    words: those of text, each with its time; none if it was typed."""

    reply: int
    utterance: int
    text: str
    end_s: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Begin:
    """Say `text` by itself, as reply `reply`."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class Speak:
    reply: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Throw the unheard draft away."""

    reply: int


@dataclass(frozen=True, slots=True)
class Duck:
    """Softer, while the sound over it is judged."""

    reply: int


@dataclass(frozen=True, slots=True)
class Lift:
    """As loud as before: the sound over it was nothing."""

    reply: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Silent, at its place."""

    reply: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on; after a `Hold` at the start of the word it was silenced in, or of its sentence."""

    reply: int
    sentence: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Say the sentence being said once more, or the one before if that has only just begun."""

    reply: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Silence now, for good; only what was heard counts."""

    reply: int


@dataclass(frozen=True, slots=True)
class Take:
    """The user's turn is over: this is what they said. joins: the utterance whose words it begins with (0: none)."""

    utterance: int
    text: str
    words: tuple[Word, ...] = ()
    typed: bool = False
    joins: int = 0


@dataclass(frozen=True, slots=True)
class Obey:
    """The utterance was a command about the talking itself; it is no part of the conversation."""

    utterance: int
    text: str
    words: tuple[Word, ...]
    command: Command
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """The utterance gets no reply, for this reason."""

    utterance: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Send a `Tick` at session time `at`."""

    at: float


Effect = Draft | Begin | Speak | Drop | Duck | Lift | Hold | Resume | Again | Cut | Take | Obey | Ignore | Wake
Effects = tuple[Effect, ...]
