"""Every event of a conversation: one vocabulary for server, page, visitor, logs and tests.

`at` is session time: seconds since the session began, on the server's clock (a client leaves it 0). On the wire an
event is one JSON object with a `type`, on the data channel `events` or on the WebSocket. Pictures travel as
`picture.chunk` with base64 data, small enough for every peer.
"""

from __future__ import annotations

from typing import Any

import msgspec

from visavis_agents.event import Event as Event
from visavis_agents.shown import (
    CardClosed as CardClosed,
    CardHidden as CardHidden,
    CardShown as CardShown,
    CardUpdated as CardUpdated,
    StoryEnded as StoryEnded,
    StoryPage as StoryPage,
    StoryStarted as StoryStarted,
    StoryTurned as StoryTurned,
    TimerCancelled as TimerCancelled,
)


class Word(msgspec.Struct, frozen=True):
    """A word with its place in session time (user) or in its reply's sound (assistant), in seconds."""

    text: str
    start_s: float
    end_s: float


# --- from the client -------------------------------------------------------------------------------------------------


class TextTyped(Event, frozen=True, tag="text.typed"):
    """The user typed; an equal way to talk. key: the client's own; a text that comes again with it is dropped."""

    text: str
    key: str = ""


class MicMuted(Event, frozen=True, tag="mic.muted"):
    """The user muted (or unmuted) the microphone: what is being said is dropped."""

    muted: bool


class TalkPressed(Event, frozen=True, tag="talk.pressed"):
    """Push-to-talk went down: listen, whatever the pauses, until released."""


class TalkReleased(Event, frozen=True, tag="talk.released"):
    """Push-to-talk went up: the turn is over."""


class ReplyStopped(Event, frozen=True, tag="reply.stop"):
    """The user pressed stop."""


class ForgetEverything(Event, frozen=True, tag="forget.everything"):
    """The user wants what was said and remembered in this conversation to be forgotten."""


class RecordingAnswered(Event, frozen=True, tag="recording.answered"):
    """The user allows this conversation to be recorded, or refuses: then nothing of it is kept."""

    allowed: bool


class FactsAllowed(Event, frozen=True, tag="facts.allowed"):
    """The user allowed or refused, in the page, that facts about them are remembered; a no erases them."""

    allowed: bool


class FactErased(Event, frozen=True, tag="fact.erased"):
    """The user erased a remembered fact in the page; an empty one: all."""

    fact: str


class StillChunk(Event, frozen=True, tag="still.chunk"):
    """Part `index` of `count` of still `still`, asked for by `still.wanted`. mime: image/jpeg. data: base64."""

    still: int
    index: int
    count: int
    mime: str
    data: str


class StillFailed(Event, frozen=True, tag="still.failed"):
    """The still that was asked for cannot be had, and why."""

    still: int
    reason: str


class WatchStopped(Event, frozen=True, tag="watch.stop"):
    """The user ended a watch in the page."""

    watch: int


class PictureStopped(Event, frozen=True, tag="picture.stop"):
    """The user does not want this drawing any more, or, of one that is finished, nothing happens."""

    picture: int


class Ping(Event, frozen=True, tag="ping"):
    """Heartbeat; answered by `pong` with the same number."""

    n: int


class Bye(Event, frozen=True, tag="bye"):
    """The client leaves for good."""


# --- from the server -------------------------------------------------------------------------------------------------


class SessionStarted(Event, frozen=True, tag="session.started"):
    """First event of every connection. resumed: an earlier conversation goes on."""

    session: str
    resumed: bool
    role: str
    version: str
    heartbeat_s: float
    history: tuple[HistoryLine, ...] = ()


class HistoryLine(msgspec.Struct, frozen=True):
    """One line of the conversation so far; only what was heard. who: user or assistant."""

    who: str
    text: str


class Pong(Event, frozen=True, tag="pong"):
    n: int


class UserStarted(Event, frozen=True, tag="user.started"):
    """Somebody began to speak."""

    utterance: int


class UserPaused(Event, frozen=True, tag="user.paused"):
    """First silence after speech. end_s: session time of the last speech."""

    utterance: int
    end_s: float


class UserPartial(Event, frozen=True, tag="user.partial"):
    """The transcript so far; may change."""

    utterance: int
    text: str


class UserFinal(Event, frozen=True, tag="user.final"):
    """The user's turn is over and this is what was said (or typed: then no words).

    joins: an earlier utterance whose reply was not heard yet and that this one goes on with; its words come first."""

    utterance: int
    text: str
    words: tuple[Word, ...] = ()
    typed: bool = False
    joins: int = 0


class UserDropped(Event, frozen=True, tag="user.dropped"):
    """The utterance gets no reply, and why: noise, backchannel, muted, empty, or a command that was obeyed."""

    utterance: int
    reason: str


class ReplyStarted(Event, frozen=True, tag="reply.started"):
    """A reply begins. utterance: what it answers, 0 if it speaks by itself."""

    reply: int
    utterance: int


class ReplyClause(Event, frozen=True, tag="reply.clause"):
    """A clause was synthesized. words: times in the reply's sound; start_s: where the clause begins in it."""

    reply: int
    text: str
    start_s: float
    words: tuple[Word, ...]


class ReplyWord(Event, frozen=True, tag="reply.word"):
    """Word number `index` (counted through the reply, from 0) is being played now."""

    reply: int
    index: int


class ReplyHeld(Event, frozen=True, tag="reply.held"):
    """The reply is silent while the user's sound is judged; it is resumed or cut."""

    reply: int


class ReplyResumed(Event, frozen=True, tag="reply.resumed"):
    reply: int


class ReplyCut(Event, frozen=True, tag="reply.cut"):
    """The user took the turn; the rest will not be played. heard: the words that reached the ear."""

    reply: int
    heard: str
    heard_s: float


class ReplyEnded(Event, frozen=True, tag="reply.ended"):
    """All of the reply was played."""

    reply: int
    text: str


class TurnTimed(Event, frozen=True, tag="turn.timed"):
    """Milliseconds from the end of the user's speech (as heard) to each stage of the reply.

    Keys: pause, transcript, turn_guess, draft, turn_end, first_token, first_clause, first_sound; all that apply."""

    reply: int
    utterance: int
    stages_ms: dict[str, float]


class ToolStarted(Event, frozen=True, tag="tool.started"):
    reply: int
    name: str
    arguments: dict[str, Any]


class ToolEnded(Event, frozen=True, tag="tool.ended"):
    reply: int
    name: str
    result: str


class Part(msgspec.Struct, frozen=True):
    """A part of a picture: its top-left corner and size, as fractions of the picture."""

    x: float
    y: float
    w: float
    h: float


class SightUsed(Event, frozen=True, tag="sight.used"):
    """A camera frame was looked at. The frame itself follows as picture `picture` (kind "frame").

    frame_s: session time of the frame, good to error_s against the sound; moment_s: that of the moment meant. word: the
    pointing word said at that moment, or empty. part: what a hand points at or holds, if only that was looked at."""

    reply: int
    frame_s: float
    picture: int
    found: tuple[str, ...] = ()
    moment_s: float = 0.0
    error_s: float = 0.0
    word: str = ""
    part: Part | None = None


class StillWanted(Event, frozen=True, tag="still.wanted"):
    """Something is to be read or seen closely: send the camera's picture as it is now, at its full resolution.

    longest: pixels of its longer side at most. within_s: after that the stream's own frame is used. A client that has
    no better picture answers `still.failed`."""

    still: int
    longest: int
    within_s: float


class PictureStarted(Event, frozen=True, tag="picture.started"):
    """A picture begins. kind: drawing, frame, page (of a story), or clip: chunks then are its first picture, and it
    moves at its url. of: the picture that it changes or repeats; 0: none."""

    picture: int
    kind: str
    prompt: str = ""
    of: int = 0


class PictureProgress(Event, frozen=True, tag="picture.progress"):
    """How far a drawing is. before: pictures of other conversations that are drawn first. done: 0 to 1."""

    picture: int
    before: int = 0
    done: float = 0.0


class PictureChunk(Event, frozen=True, tag="picture.chunk"):
    """Part `index` of `count` of an encoded picture (version counts previews from 0). data: base64."""

    picture: int
    version: int
    index: int
    count: int
    mime: str
    data: str


class PictureDone(Event, frozen=True, tag="picture.done"):
    """Version `version` is the final picture. alt: what is on it.

    url: where other clients get it, relative to the server, for a while; empty: only here. forms: how its files may be
    asked for there, as `url` + "." + form; the first is what `url` alone gives. webm and gif: it moves."""

    picture: int
    version: int
    alt: str
    url: str = ""
    forms: tuple[str, ...] = ()


class PictureFailed(Event, frozen=True, tag="picture.failed"):
    picture: int
    reason: str


class TimerSet(Event, frozen=True, tag="timer.set"):
    """A timer runs and rings at session time rings_s."""

    name: str
    rings_s: float


class SightForgotten(Event, frozen=True, tag="sight.forgotten"):
    """All that was seen so far is forgotten: frames that are shown go."""


class WatchSet(Event, frozen=True, tag="watch.set"):
    """The camera is watched until session time until_s; what: goes on "I'll tell you when"."""

    watch: int
    what: str
    until_s: float


class WatchEnded(Event, frozen=True, tag="watch.ended"):
    """The watch is over: it was seen, and is said; or it was stopped or has lasted too long."""

    watch: int
    seen: bool


class Forgotten(Event, frozen=True, tag="conversation.forgotten"):
    """All that was said and remembered so far is forgotten."""


class RecordingTold(Event, frozen=True, tag="recording.told"):
    """Whether this conversation is recorded, to be shown as long as it is true. asking: only if the user allows it.

    what: in a short sentence."""

    on: bool
    asking: bool
    what: str


class TimerEnded(Event, frozen=True, tag="timer.ended"):
    """The timer that was to ring at rings_s has rung or was cancelled."""

    name: str
    rings_s: float


class FactsChanged(Event, frozen=True, tag="facts.changed"):
    """What is remembered about the user. waiting: told, not allowed to be kept yet. allowed: null until answered."""

    facts: tuple[str, ...]
    waiting: tuple[str, ...] = ()
    allowed: bool | None = None


class SourceQuoted(Event, frozen=True, tag="source.quoted"):
    """The reply quotes a document. heading: where in it, or empty. quote: the sentences as they stand there."""

    reply: int
    document: str
    heading: str
    quote: str


class Trouble(Event, frozen=True, tag="trouble"):
    """Something failed; the conversation goes on. what: in plain words. todo: the way out."""

    what: str
    todo: str = ""


class SessionEnded(Event, frozen=True, tag="session.ended"):
    reason: str


FromClient = (
    TextTyped
    | MicMuted
    | TalkPressed
    | TalkReleased
    | ReplyStopped
    | FactsAllowed
    | FactErased
    | ForgetEverything
    | RecordingAnswered
    | StillChunk
    | StillFailed
    | WatchStopped
    | CardClosed
    | TimerCancelled
    | PictureStopped
    | Ping
    | Bye
)
FromServer = (
    SessionStarted
    | Pong
    | UserStarted
    | UserPaused
    | UserPartial
    | UserFinal
    | UserDropped
    | ReplyStarted
    | ReplyClause
    | ReplyWord
    | ReplyHeld
    | ReplyResumed
    | ReplyCut
    | ReplyEnded
    | TurnTimed
    | ToolStarted
    | ToolEnded
    | SightUsed
    | StillWanted
    | PictureStarted
    | PictureProgress
    | PictureChunk
    | PictureDone
    | PictureFailed
    | TimerSet
    | SightForgotten
    | WatchSet
    | WatchEnded
    | Forgotten
    | RecordingTold
    | TimerEnded
    | FactsChanged
    | SourceQuoted
    | CardShown
    | CardUpdated
    | CardHidden
    | StoryStarted
    | StoryPage
    | StoryTurned
    | StoryEnded
    | Trouble
    | SessionEnded
)

_encoder = msgspec.json.Encoder()
_from_client: msgspec.json.Decoder[FromClient] = msgspec.json.Decoder(FromClient)
_from_server: msgspec.json.Decoder[FromServer] = msgspec.json.Decoder(FromServer)


def encode(event: Event) -> str:
    """The event as one line of JSON."""
    return _encoder.encode(event).decode()


def decode_from_client(data: str | bytes) -> FromClient:
    """Raises msgspec.ValidationError or msgspec.DecodeError with a message fit to be sent back."""
    return _from_client.decode(data)


def decode_from_server(data: str | bytes) -> FromServer:
    """Raises as `decode_from_client`."""
    return _from_server.decode(data)
