"""Whose turn it is: a pure function from what happened to what should be done.

`step(turn, event, rule)` awaits nothing, reads no clock and knows no model; time arrives inside the events. It decides
when the user has started, paused and finished; `over.py` decides what a sound over a reply was. The states and effects
are in `states.py`. The shell round it (`session.py`) carries the effects out. Late events, of an utterance or a reply
that is over, change nothing.

A reply is drafted at the first silence and heard only after `Speak`.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from visavis_agents import lips, over
from visavis_agents.commands import MANNERS, Command, command
from visavis_agents.events import MicMuted, ReplyStopped, TextTyped
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
from visavis_agents.judge import Judgement, alone
from visavis_agents.patience import needed_s
from visavis_agents.seeing.pointing import is_past
from visavis_agents.states import (
    Begin,
    Cut,
    Draft,
    Drop,
    Effects,
    Event,
    Hearing,
    Idle,
    Ignore,
    Obey,
    Over,
    Pausing,
    Replying,
    Rule,
    Said,
    Speak,
    Take,
    Turn,
    Wake,
)

PROMPTS_KEPT = 8  # things to say by itself (timers that rang) that may wait for the user to finish
STUCK_S = 8.0  # a transcript later than this after the end of speech is given up
LOST = "the connection was lost"  # reason given for what the user was saying then
GRACE_S = 1e-6  # a Tick asked for a time arrives at that time, give or take rounding
SAY_AGAIN = "Say that again."  # what a lone "what?" means


def step(turn: Turn, event: Event, rule: Rule) -> tuple[Turn, Effects]:
    """Advance the conversation by one event. Raises TypeError for an event that is not of its vocabulary."""
    showing, pace = turn.seen, turn.pace
    match event:
        case FaceSeen():
            showing = lips.looked(showing, event)
        case SpeechStarted(start_s=start_s):
            showing = lips.begun(showing, start_s)
            pace = pace.begun(start_s)
    after, effects = _step(replace(turn, seen=showing), event, rule)
    if any(isinstance(effect, Take) and not effect.typed for effect in effects):
        showing = lips.answered(showing)
        pace = pace.taken(turn.end_s if isinstance(turn, Pausing) else event.at)
    if isinstance(after, Idle) and after.due:  # nobody speaks: say what is due
        due = tuple(prompt for prompt in after.due if prompt.until_s is None or event.at <= prompt.until_s)
        if not due:
            return replace(after, due=(), seen=showing, pace=pace), effects
        reply = after.last + 1
        after, effects = Replying(reply, due=due[1:]), (*effects, Begin(reply, due[0].text), Speak(reply))
    return replace(after, seen=showing, pace=pace), effects


def _step(turn: Turn, event: Event, rule: Rule) -> tuple[Turn, Effects]:
    match event:
        case TextTyped(text=text):
            return _typed(turn, text, event.at)
        case Prompted():
            due = (*turn.due, event)[-PROMPTS_KEPT:]
            if isinstance(turn, Replying) and turn.waiting is not None:
                return Idle(turn.last, due=due), (Cut(turn.last),)
            return replace(turn, due=due), ()
        case ReplyStopped():
            return _stopped(turn)
        case MicMuted(muted=muted):
            return _give_up(turn, "muted") if muted else (turn, ())
        case ReplySounded() | ReplyAsks() | ReplyDone():
            return _of_reply(turn, event, rule)
        case SpeechStarted():
            return _started(turn, event)
        case VoiceWeighed(likeness=likeness):
            return over.weighed(turn, likeness)
        case FaceSeen(at=at):
            return _finish(turn, at, rule) if isinstance(turn, Pausing) and not turn.over else over.looked(turn)
        case LineLost():  # a sentence that was over is answered when the user is back
            return _give_up(turn, LOST) if isinstance(turn, Hearing) else (turn, ())
        case SpeechPaused() | VoiceRose() | SpeechWentOn() | PartialHeard() | Transcribed() | TurnGuessed():
            return _heard(turn, event, rule)
        case Tick(at=at):
            return _tick(turn, at, rule)
    raise TypeError(f"no rule for {event!r}")


def _started(turn: Turn, event: SpeechStarted) -> tuple[Turn, Effects]:
    utterance = event.utterance
    match turn:
        case Replying():
            return over.begun(turn, event)
        case Idle(last=last, due=due):
            return Hearing(last, utterance, due=due), ()
        case Pausing(last=last, due=due):  # the recognizer lost the thread: the old utterance is over
            hearing = Hearing(last, utterance, turn.over, turn.before, due=due)
            return hearing, (*_dropped(turn), Ignore(turn.utterance, "superseded"))
        case Hearing():
            return replace(turn, utterance=utterance), (Ignore(turn.utterance, "superseded"),)


def _heard(
    turn: Turn,
    event: SpeechPaused | VoiceRose | SpeechWentOn | PartialHeard | Transcribed | TurnGuessed,
    rule: Rule,
) -> tuple[Turn, Effects]:
    match turn, event:
        case ((Hearing() | Pausing()), _) if turn.utterance != event.utterance:
            return turn, ()
        case Hearing(over=Over() as spoken_over), PartialHeard():
            return over.partly(turn, spoken_over, event, rule)
        case Hearing(), SpeechPaused(end_s=end_s):
            pausing = Pausing(
                turn.last,
                turn.utterance,
                end_s,
                over=turn.over,
                before=turn.before,
                longest_s=turn.longest_s,
                due=turn.due,
            )
            return pausing, (Wake(end_s + STUCK_S),)
        case Pausing(), SpeechPaused(end_s=end_s) if end_s > turn.end_s:
            again = replace(turn, end_s=end_s, text=None, words=(), probability=None, draft=0, brief=None, rose_s=None)
            return again, (*_dropped(turn), Wake(end_s + STUCK_S))
        case Pausing(), VoiceRose(at=at):
            rising = replace(turn, rose_s=at)
            return (rising, ()) if turn.over else _finish(rising, at, rule)
        case Pausing(), SpeechWentOn(at=at):
            longest_s = max(turn.longest_s, at - turn.end_s)
            return Hearing(turn.last, turn.utterance, turn.over, turn.before, longest_s, turn.due), _dropped(turn)
        case Pausing(end_s=end_s), Transcribed() if event.end_s >= end_s and turn.text is None:
            return _transcribed(turn, event, rule)
        case Pausing(end_s=end_s), Transcribed() if event.end_s >= end_s:  # the recognizer has thought better of it
            after, effects = _transcribed(replace(turn, text=None, words=(), draft=0), event, rule)
            return after, (*_dropped(turn), *effects)
        case Pausing(end_s=end_s), TurnGuessed(probability=p) if event.end_s >= end_s:
            return _finish(replace(turn, probability=p), event.at, rule)
    return turn, ()


def _transcribed(turn: Pausing, event: Transcribed, rule: Rule) -> tuple[Turn, Effects]:
    asked = command(event.text) if turn.before is None else None
    if asked is Command.GO_ON and turn.over and turn.over.asks and turn.over.waiting is None:
        asked = None  # "Shall I go on?" answered over its end
    if asked and (turn.over or asked not in (Command.GO_ON, Command.REPEAT)):
        return over.obeyed(turn, event, asked)
    cut: Effects = ()
    if turn.over and event.at + GRACE_S < (settled_s := turn.end_s + over.settles_s(event)):
        return replace(turn, brief=event), (Wake(settled_s),)
    if turn.over:
        judged, cut = over.wholly(turn, turn.over, event, rule)
        if not isinstance(judged, Pausing):
            return judged, cut
        turn = judged
    elif turn.before is None and (verdict := alone(event.text, event.sure)) is not Judgement.WORDS:
        return Idle(turn.last, due=turn.due), (Ignore(turn.utterance, verdict.value),)
    before = turn.before or Said(0, "")
    text = f"{before.text} {event.text}".strip()
    draft = turn.last + 1
    drafted = replace(turn, last=draft, draft=draft, text=text, words=(*before.words, *event.words))
    after, effects = _finish(drafted, event.at, rule)
    perhaps_seen = is_past(text) and "sorry" not in text.lower()  # "What was that?" over no reply
    to = SAY_AGAIN if asked is Command.REPEAT and not perhaps_seen else text
    return after, (*cut, Draft(draft, turn.utterance, to, turn.end_s, drafted.words), *effects)


def _finish(turn: Pausing, at: float, rule: Rule) -> tuple[Turn, Effects]:
    """The turn ends when the silence is long enough for what is known of it; never without its words."""
    if turn.text is None:
        return _give_up(turn, "not recognized in time") if at + GRACE_S >= turn.end_s + STUCK_S else (turn, ())
    rose_s = turn.rose_s and turn.rose_s - turn.end_s
    needed = needed_s(
        turn.probability, turn.text, turn.longest_s, rule.eager_s, rule.patience_s, turn.pace.rest_s, rose_s
    )
    if needed:  # it was not ended by the user
        needed += turn.seen.waits_s(turn.end_s)
    if at + GRACE_S < turn.end_s + needed:
        return turn, (Wake(turn.end_s + needed),)
    if needed and rule.addressed and turn.seen.turned_away and turn.before is None:
        return _give_up(turn, over.NOT_MEANT)
    joins = turn.before.utterance if turn.before else 0
    said = Said(turn.utterance, turn.text, turn.words)
    taken = Take(said.utterance, said.text, said.words, joins=joins)
    return Replying(turn.draft, said, due=turn.due), (taken, Speak(turn.draft))


def _tick(turn: Turn, at: float, rule: Rule) -> tuple[Turn, Effects]:
    match turn:
        case Pausing(end_s=end_s, brief=Transcribed() as brief) if at + GRACE_S >= end_s + over.settles_s(brief):
            return _transcribed(replace(turn, brief=None), msgspec.structs.replace(brief, at=at), rule)
        case Pausing():
            after, effects = _finish(turn, at, rule)
            return after, () if after is turn else effects  # it was asked for already
        case Idle(last=last, nudge=float(due_s)) if at + GRACE_S >= due_s:
            if turn.seen.empty(at):  # nobody is there to take their time
                return replace(turn, nudge=None), ()
            return Replying(last + 1, nudges=True), (Begin(last + 1, rule.nudge), Speak(last + 1))
        case Replying(last=last, waiting=float(since)) if at + GRACE_S >= since + over.WAITING_S:
            return Idle(last, due=turn.due), (Cut(last),)
    return turn, ()


def _typed(turn: Turn, text: str, at: float) -> tuple[Turn, Effects]:
    """Typed words take the turn at once, whatever is being said; a command about the talking itself is obeyed."""
    stop: Effects = ()
    asked = command(text)
    match turn:
        case Replying(last=last):
            stop = (Cut(last),)
        case Hearing() | Pausing():
            stop = (*_cut(turn), *_dropped(turn), Ignore(turn.utterance, "typed instead"))
    reply = turn.last + 1
    if asked in MANNERS or (asked is Command.STOP and stop):
        told: Effects = (Obey(0, text, (), asked, typed=True), *stop)
        if asked is Command.STOP:
            return Idle(turn.last, due=turn.due), told
        return Replying(reply, due=turn.due), (*told, Begin(reply, over.LIKE_THIS), Speak(reply))
    taken: Effects = (Take(0, text, typed=True), Draft(reply, 0, text, at), Speak(reply))
    return Replying(reply, due=turn.due), (*stop, *taken)


def _stopped(turn: Turn) -> tuple[Turn, Effects]:
    match turn:
        case Replying(last=last):
            return Idle(last), (Cut(last),)  # stop means stop: what was due is not said either
        case Hearing() | Pausing() if turn.over:
            return replace(turn, over=None), _cut(turn)
    return turn, ()


def _of_reply(turn: Turn, event: ReplySounded | ReplyAsks | ReplyDone, rule: Rule) -> tuple[Turn, Effects]:
    """How far the reply is, heard or spoken over. Late news of another reply changes nothing."""
    match turn, event:
        case Replying(last=last), _ if last != event.reply:
            pass
        case Replying(), ReplySounded(at=at):
            return replace(turn, sounded=at), ()
        case Replying(), ReplyAsks():
            return replace(turn, asks=not turn.nudges), ()
        case Replying(last=last, due=due), ReplyDone(at=at):
            if turn.asks and rule.nudge:
                return Idle(last, at + rule.nudge_s, due), (Wake(at + rule.nudge_s),)
            return Idle(last, due=due), ()
        case ((Hearing(over=Over(reply=reply) as under) | Pausing(over=Over(reply=reply) as under)), _) if (
            reply == event.reply
        ):
            match event:
                case ReplySounded(at=at):
                    return replace(turn, over=replace(under, sounded=at)), ()
                case ReplyAsks():
                    return replace(turn, over=replace(under, asks=True)), ()
                case ReplyDone():
                    return replace(turn, over=None), ()
    return turn, ()


def _give_up(turn: Turn, reason: str) -> tuple[Turn, Effects]:
    """The utterance in progress will not be answered; a reply it spoke over goes on."""
    match turn:
        case Hearing() | Pausing():
            ignored: Effects = (*_dropped(turn), Ignore(turn.utterance, reason))
            if turn.over:
                after, effects = over.given_up(turn, turn.over)
                return after, (*ignored, *effects)
            return Idle(turn.last, due=turn.due), ignored
        case Idle():
            return replace(turn, nudge=None), ()
    return turn, ()


def _dropped(turn: Turn) -> Effects:
    return (Drop(turn.draft),) if isinstance(turn, Pausing) and turn.draft else ()


def _cut(turn: Hearing | Pausing) -> Effects:
    return (Cut(turn.over.reply),) if turn.over else ()
