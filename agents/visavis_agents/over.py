"""The user makes a sound while a reply is prepared or heard: is it an interruption? Pure rules, a part of `turn.step`.

At the first sound the reply is ducked; as soon as the sound is like a voice it is silent (`judge.weigh`). Then the
words decide: they cut it, or it comes back at the word it was silenced in ("mm-hm", a cough), or it does as it is told
("hold on", "say that again"). A user who begins before anything of the reply can have made them speak goes on with
their turn: what they said before and what they say now are answered together.
"""

from __future__ import annotations

from dataclasses import replace

from visavis_agents.commands import MANNERS, Command, command
from visavis_agents.inner import PartialHeard, SpeechStarted, Transcribed
from visavis_agents.judge import SHORT, Judgement, Likeness, hangs, judge, real_words, takes_the_turn
from visavis_agents.states import (
    Again,
    Begin,
    Cut,
    Duck,
    Effects,
    Hearing,
    Hold,
    Idle,
    Ignore,
    Lift,
    Obey,
    Over,
    Pausing,
    Replying,
    Resume,
    Rule,
    Speak,
    Turn,
    Wake,
)

AUDIBLE_S = 0.1  # a sound that left is heard so much later: network, the listener's buffer, the loudspeaker
REACTION_S = 0.25  # nobody speaks sooner because of what they hear: who does had more to say
SETTLED_S = 0.2  # a laugh and a cough have gaps of 0.1 s, and their first piece is sometimes written as a clear word
HANGING_S = 0.8  # after "if I": of a person more is to come, of an "uh-huh" nothing
WAITING_S = 90.0  # a reply that was asked to wait is given up after this
LIKE_THIS = "Okay, like this."
ONE, TWO, MORE = 1, 2, 8  # words that take the turn: of lips that move, of any voice, of somebody out of view
SILENT = 4  # of any voice when the reply is silent already: there is time for a misheard command to be heard again
NOT_MEANT = "not meant for the assistant"
SOMEBODY_ELSE = "said by somebody else"


def begun(turn: Replying, event: SpeechStarted) -> tuple[Turn, Effects]:
    """The user starts to speak."""
    unheard = turn.said is not None and (turn.sounded is None or event.start_s <= turn.sounded + AUDIBLE_S + REACTION_S)
    waits = turn.waiting is not None
    over = Over(
        turn.last,
        waits,
        unheard,
        waiting=turn.waiting,
        asks=turn.asks,
        said=turn.said,
        sounded=turn.sounded,
    )
    hearing = Hearing(turn.last, event.utterance, over, due=turn.due)
    return hearing, () if waits else (Duck(turn.last),)


def weighed(turn: Turn, likeness: Likeness) -> tuple[Turn, Effects]:
    """The sound at the microphone is more like a voice than before, or less."""
    match turn, likeness:
        case Replying(last=last, waiting=None, sounded=float()), _:
            return turn, (Lift(last) if likeness is Likeness.NOTHING else Duck(last),)
        case Hearing(over=Over(doubted=True)) | Pausing(over=Over(doubted=True)), _:
            return turn, ()  # until the lips say otherwise
        case ((Hearing(over=Over(held=False) as over) | Pausing(over=Over(held=False) as over)), Likeness.VOICE):
            return replace(turn, over=replace(over, held=True)), (Hold(over.reply),)
        case Hearing(over=Over(held=False) as over), _:
            return turn, (Lift(over.reply) if likeness is Likeness.NOTHING else Duck(over.reply),)
    return turn, ()


def looked(turn: Turn) -> tuple[Turn, Effects]:
    """The camera shows whether it is the person in view who speaks."""
    match turn:
        case (
            Hearing(over=Over(waiting=None, unheard=False) as over)
            | Pausing(over=Over(waiting=None, unheard=False) as over)
        ):
            if over.held and turn.seen.speaks is False:
                softly = replace(over, held=False, doubted=True)
                return replace(turn, over=softly), (Resume(over.reply), Duck(over.reply))
            if over.doubted and turn.seen.speaks:
                return replace(turn, over=replace(over, held=True, doubted=False)), (Hold(over.reply),)
    return turn, ()


def partly(turn: Hearing, over: Over, event: PartialHeard, rule: Rule) -> tuple[Turn, Effects]:
    """Some words of an utterance that goes on. A reply that was asked to wait is cut by whole utterances only."""
    if over.waiting is not None:
        return turn, ()
    stop = command(event.text) is Command.STOP
    meant = not (rule.addressed and turn.seen.turned_away)
    if stop or (meant and takes_the_turn(event.text, event.sure, _least(turn, over, event.at))):
        return replace(turn, over=None, before=over.said if over.unheard and not stop else None), (Cut(over.reply),)
    return turn, ()


def settles_s(event: Transcribed) -> float:
    """The silence after which a transcript over a reply is believed; the reply is silent already."""
    if real_words(event.text) > SHORT or judge(event.text, event.sure) is Judgement.BACKCHANNEL:
        return 0.0
    return HANGING_S if hangs(event.text) else SETTLED_S


def wholly(turn: Pausing, over: Over, event: Transcribed, rule: Rule) -> tuple[Turn, Effects]:
    """All words up to a pause. Comes back as `Pausing` with nothing over if they take the turn."""
    verdict = judge(event.text, event.sure)
    if verdict is Judgement.WORDS or (over.asks and verdict is Judgement.BACKCHANNEL):
        reason = NOT_MEANT if rule.addressed and turn.seen.turned_away else ""
        if turn.seen.speaks is False and real_words(event.text) < MORE and not over.unheard:
            reason = SOMEBODY_ELSE
        if reason:
            return back(over, turn), (Ignore(turn.utterance, reason), *_resumed(over))
        return replace(turn, over=None, before=over.said if over.unheard else None), (Cut(over.reply),)
    return back(over, turn), (Ignore(turn.utterance, verdict.value), *_resumed(over))


def obeyed(turn: Pausing, event: Transcribed, asked: Command) -> tuple[Turn, Effects]:
    """A command about the talking itself, over a reply or into the silence."""
    told = Obey(turn.utterance, event.text, event.words, asked)
    if (over := turn.over) is None:
        if asked not in MANNERS:
            return Idle(turn.last, due=turn.due), (told,)
        reply = turn.last + 1
        return Replying(reply, due=turn.due), (told, Begin(reply, LIKE_THIS), Speak(reply))
    reply = over.reply
    match asked:
        case Command.STOP:
            return Idle(turn.last, due=turn.due), (told, Cut(reply))
        case Command.WAIT:
            waits = back(replace(over, waiting=event.at), turn)
            return waits, (told, *(() if over.held else (Hold(reply),)), Wake(event.at + WAITING_S))
        case Command.REPEAT:
            return back(replace(over, waiting=None), turn), (told, Again(reply))
        case Command.GO_ON:
            return back(replace(over, waiting=None), turn), (told, Resume(reply, over.waiting is not None))
    return back(over, turn), (told, *_resumed(over))


def given_up(turn: Hearing | Pausing, over: Over) -> tuple[Turn, Effects]:
    """The utterance will not be answered: the reply goes on."""
    return back(over, turn), _resumed(over)


def back(over: Over, turn: Hearing | Pausing) -> Replying:
    return Replying(over.reply, over.said, over.sounded, over.asks, over.waiting, due=turn.due)


def _least(turn: Hearing, over: Over, at: float) -> int:
    """Words of a partial transcript that cut the reply now; it is silent in any case."""
    speaks = turn.seen.speaks
    if speaks is False or turn.seen.undecided(at):
        return MORE
    return ONE if speaks else SILENT if over.held else TWO


def _resumed(over: Over) -> Effects:
    return (Resume(over.reply),) if over.waiting is None else ()
