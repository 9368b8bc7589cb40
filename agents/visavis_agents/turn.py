"""Whose turn it is: a pure function from what happened to what should be done.

`step(turn, event, rule)` awaits nothing, reads no clock and knows no model; time arrives inside the events. It decides
when the user has started, paused, finished, interrupted or only said "mm-hm". The shell round it (`session.py`) carries
the effects out. Late events, of an utterance or a reply that is over, change nothing.

A reply is drafted at the first silence and heard only after `Speak`. When the user speaks over a reply it is ducked at
once, silent after `hold_s`, and then cut (real words) or resumed (a cough, "mm-hm").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis_agents.events import MicMuted, ReplyStopped, TextTyped, Word
from visavis_agents.inner import (
    PartialHeard,
    Prompted,
    ReplyDone,
    SpeechPaused,
    SpeechStarted,
    SpeechWentOn,
    Tick,
    Transcribed,
    TurnGuessed,
)
from visavis_agents.judge import Judgement, judge

Event = (
    TextTyped
    | MicMuted
    | ReplyStopped
    | SpeechStarted
    | SpeechPaused
    | SpeechWentOn
    | PartialHeard
    | Transcribed
    | TurnGuessed
    | Tick
    | ReplyDone
    | Prompted
)

PROMPTS_KEPT = 8  # things to say by itself (timers that rang) that may wait for the user to finish
STUCK_S = 8.0  # a transcript later than this after the end of patience is given up


@dataclass(frozen=True, slots=True)
class Rule:
    """The numbers of patience, in seconds (settings `agent.*`)."""

    eager_s: float = 0.24
    patience_s: float = 1.2
    complete_at: float = 0.5
    hold_s: float = 0.2


# --- states ----------------------------------------------------------------------------------------------------------
# last: number of the newest reply. due: what the assistant wants to say by itself as soon as nobody speaks.


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody speaks."""

    last: int = 0
    due: tuple[Prompted, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """The user speaks. over: the reply they speak over, not yet judged (0: none); since: when they began."""

    last: int
    utterance: int
    since: float
    over: int = 0
    held: bool = False
    due: tuple[Prompted, ...] = ()


@dataclass(frozen=True, slots=True)
class Pausing:
    """The user is silent since end_s and may be done. draft: the reply prepared for exactly this text (0: none)."""

    last: int
    utterance: int
    end_s: float
    text: str | None = None
    words: tuple[Word, ...] = ()
    probability: float | None = None
    draft: int = 0
    over: int = 0
    due: tuple[Prompted, ...] = ()


@dataclass(frozen=True, slots=True)
class Replying:
    """Reply `last` is being prepared or heard, and the user is silent."""

    last: int
    due: tuple[Prompted, ...] = ()


Turn = Idle | Hearing | Pausing | Replying


# --- effects ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """Prepare reply `reply` to `text`, unheard and without lasting effects, until `Speak` or `Drop`."""

    reply: int
    utterance: int
    text: str
    end_s: float


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
    reply: int


@dataclass(frozen=True, slots=True)
class Hold:
    reply: int


@dataclass(frozen=True, slots=True)
class Resume:
    reply: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Silence now, for good; only what was heard counts."""

    reply: int


@dataclass(frozen=True, slots=True)
class Take:
    """The user's turn is over: this is what they said."""

    utterance: int
    text: str
    words: tuple[Word, ...] = ()
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


Effect = Draft | Begin | Speak | Drop | Duck | Hold | Resume | Cut | Take | Ignore | Wake
Effects = tuple[Effect, ...]


# --- the function ----------------------------------------------------------------------------------------------------


def step(turn: Turn, event: Event, rule: Rule) -> tuple[Turn, Effects]:
    """Advance the conversation by one event. Raises TypeError for an event that is not of its vocabulary."""
    match event:
        case TextTyped(text=text):
            return _typed(turn, text, event.at)
        case Prompted():
            return _settle(replace(turn, due=(*turn.due, event)[-PROMPTS_KEPT:]))
        case ReplyStopped():
            return _stopped(turn)
        case MicMuted(muted=muted):
            return _give_up(turn, "muted") if muted else (turn, ())
        case ReplyDone(reply=reply):
            return _done(turn, reply)
        case SpeechStarted(utterance=utterance):
            return _started(turn, utterance, event.at, rule)
        case SpeechPaused() | SpeechWentOn() | PartialHeard() | Transcribed() | TurnGuessed():
            return _heard(turn, event, rule)
        case Tick(at=at):
            return _tick(turn, at, rule)
    raise TypeError(f"no rule for {event!r}")


def _started(turn: Turn, utterance: int, at: float, rule: Rule) -> tuple[Turn, Effects]:
    match turn:
        case Replying(last=last, due=due):
            return Hearing(last, utterance, at, over=last, due=due), (Duck(last), Wake(at + rule.hold_s))
        case Idle(last=last, due=due):
            return Hearing(last, utterance, at, due=due), ()
        case Pausing(last=last, over=over, due=due):  # the recognizer lost the thread: the old utterance is over
            dropped = _dropped(turn)
            return Hearing(last, utterance, at, over, due=due), (*dropped, Ignore(turn.utterance, "superseded"))
        case Hearing(last=last, over=over, held=held, due=due):
            return Hearing(last, utterance, at, over, held, due), (Ignore(turn.utterance, "superseded"),)


def _heard(
    turn: Turn, event: SpeechPaused | SpeechWentOn | PartialHeard | Transcribed | TurnGuessed, rule: Rule
) -> tuple[Turn, Effects]:
    match turn, event:
        case ((Hearing() | Pausing()), _) if turn.utterance != event.utterance:
            return turn, ()
        case Hearing(over=over), PartialHeard(text=text) if over and judge(text, partial=True) is Judgement.WORDS:
            return replace(turn, over=0, held=False), (Cut(over),)
        case Hearing(), SpeechPaused(end_s=end_s):
            pausing = Pausing(turn.last, turn.utterance, end_s, over=turn.over, due=turn.due)
            return pausing, (Wake(end_s + rule.eager_s), Wake(end_s + rule.patience_s))
        case Pausing(), SpeechPaused(end_s=end_s) if end_s > turn.end_s:
            again = replace(turn, end_s=end_s, text=None, words=(), probability=None, draft=0)
            return again, (*_dropped(turn), Wake(end_s + rule.eager_s), Wake(end_s + rule.patience_s))
        case Pausing(), SpeechWentOn(at=at):
            hearing = Hearing(turn.last, turn.utterance, at, turn.over, due=turn.due)
            return hearing, (*_dropped(turn), *((Wake(at + rule.hold_s),) if turn.over else ()))
        case Pausing(end_s=end_s), Transcribed() if event.end_s >= end_s and turn.text is None:
            return _transcribed(turn, event, rule)
        case Pausing(end_s=end_s), TurnGuessed(probability=p) if event.end_s >= end_s:
            return _finish(replace(turn, probability=p), event.at, rule)
    return turn, ()


def _transcribed(turn: Pausing, event: Transcribed, rule: Rule) -> tuple[Turn, Effects]:
    verdict = judge(event.text)
    if turn.over:
        match verdict:
            case Judgement.STOP:
                idle, effects = _settle(Idle(turn.last, turn.due))
                return idle, (
                    Take(turn.utterance, event.text, event.words),
                    Cut(turn.over),
                    Ignore(turn.utterance, "asked to stop"),
                    *effects,
                )
            case Judgement.NOTHING | Judgement.BACKCHANNEL:
                return Replying(turn.over, turn.due), (Ignore(turn.utterance, verdict.value), Resume(turn.over))
    elif verdict is Judgement.NOTHING:
        idle, effects = _settle(Idle(turn.last, turn.due))
        return idle, (Ignore(turn.utterance, verdict.value), *effects)
    cut: Effects = (Cut(turn.over),) if turn.over else ()
    draft = turn.last + 1
    drafted = replace(turn, last=draft, draft=draft, text=event.text, words=event.words, over=0)
    after, effects = _finish(drafted, event.at, rule)
    return after, (*cut, Draft(draft, turn.utterance, event.text, turn.end_s), *effects)


def _finish(turn: Pausing, at: float, rule: Rule) -> tuple[Turn, Effects]:
    """The turn ends when it is complete and quiet enough, or when patience is over; never without its words."""
    if turn.text is None:
        if at >= turn.end_s + rule.patience_s + STUCK_S:
            return _give_up(turn, "not recognized in time")
        return turn, ()
    complete = turn.probability is not None and turn.probability >= rule.complete_at
    # Comparing with a microsecond's grace: a Tick asked for a time arrives at that time, give or take rounding.
    if at + 1e-6 >= turn.end_s + (rule.eager_s if complete else rule.patience_s):
        return Replying(turn.draft, turn.due), (Take(turn.utterance, turn.text, turn.words), Speak(turn.draft))
    return turn, ()


def _tick(turn: Turn, at: float, rule: Rule) -> tuple[Turn, Effects]:
    match turn:
        case Hearing(over=over, held=False, since=since) if over and at + 1e-6 >= since + rule.hold_s:
            return replace(turn, held=True), (Hold(over),)
        case Pausing():
            after, effects = _finish(turn, at, rule)
            if after is turn and turn.text is None and at + 1e-6 >= turn.end_s + rule.patience_s:
                effects = (Wake(turn.end_s + rule.patience_s + STUCK_S),)
            return after, effects
    return turn, ()


def _typed(turn: Turn, text: str, at: float) -> tuple[Turn, Effects]:
    """Typed words take the turn at once, whatever is being said."""
    stop: Effects = ()
    match turn:
        case Replying(last=last):
            stop = (Cut(last),)
        case Hearing(over=over) | Pausing(over=over):
            stop = (*((Cut(over),) if over else ()), *_dropped(turn), Ignore(turn.utterance, "typed instead"))
    reply = turn.last + 1
    taken: Effects = (Take(0, text, typed=True), Draft(reply, 0, text, at), Speak(reply))
    return Replying(reply, turn.due), (*stop, *taken)


def _stopped(turn: Turn) -> tuple[Turn, Effects]:
    match turn:
        case Replying(last=last):
            return Idle(last), (Cut(last),)  # stop means stop: what was due is not said either
        case Hearing(over=over) | Pausing(over=over) if over:
            return replace(turn, over=0), (Cut(over),)
    return turn, ()


def _done(turn: Turn, reply: int) -> tuple[Turn, Effects]:
    match turn:
        case Replying(last=last) if last == reply:
            return _settle(Idle(last, turn.due))
        case Hearing(over=over) | Pausing(over=over) if over == reply:
            return replace(turn, over=0), ()
    return turn, ()


def _give_up(turn: Turn, reason: str) -> tuple[Turn, Effects]:
    """The utterance in progress will not be answered; a reply it spoke over goes on."""
    match turn:
        case Hearing() | Pausing():
            ignored: Effects = (*_dropped(turn), Ignore(turn.utterance, reason))
            if turn.over:
                return Replying(turn.over, turn.due), (*ignored, Resume(turn.over))
            idle, effects = _settle(Idle(turn.last, turn.due))
            return idle, (*ignored, *effects)
    return turn, ()


def _settle(turn: Turn) -> tuple[Turn, Effects]:
    """Nobody speaks: say what is due."""
    match turn:
        case Idle(last=last, due=(first, *rest)):
            return Replying(last + 1, tuple(rest)), (Begin(last + 1, first.text), Speak(last + 1))
    return turn, ()


def _dropped(turn: Turn) -> Effects:
    return (Drop(turn.draft),) if isinstance(turn, Pausing) and turn.draft else ()
