"""The turn machine: tables of conversations, and what holds for any list of events."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from visavis_agents import states as t
from visavis_agents.commands import Command
from visavis_agents.events import MicMuted, ReplyStopped, TextTyped
from visavis_agents.inner import (
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
from visavis_agents.judge import Likeness
from visavis_agents.over import AUDIBLE_S, LIKE_THIS, REACTION_S, WAITING_S
from visavis_agents.turn import SAY_AGAIN, step

RULE = t.Rule(eager_s=0.25, patience_s=1.25, nudge="Take your time.", nudge_s=8.0)


def run(*events: t.Event, state: t.Turn | None = None) -> tuple[t.Turn, list[t.Effect]]:
    state = state or t.Idle()
    done: list[t.Effect] = []
    for event in events:
        state, effects = step(state, event, RULE)
        done += effects
    return state, done


ASKED = (
    SpeechStarted(at=0.1, utterance=1, start_s=0.0),
    SpeechPaused(at=1.16, utterance=1, end_s=1.0),
    Transcribed(at=1.2, utterance=1, end_s=1.0, text="How are you?"),
)


def test_a_complete_question_is_answered_at_the_eager_pause() -> None:
    state, effects = run(*ASKED, TurnGuessed(at=1.22, utterance=1, end_s=1.0, probability=0.9))
    assert t.Draft(1, 1, "How are you?", 1.0) in effects
    assert not any(isinstance(effect, t.Speak) for effect in effects)
    state, effects = run(Tick(at=1.25), state=state)
    assert effects == [t.Take(1, "How are you?"), t.Speak(1)]
    assert state == t.Replying(1, t.Said(1, "How are you?"))


def test_an_incomplete_one_waits_for_patience_to_end() -> None:
    state, _ = run(*ASKED, TurnGuessed(at=1.22, utterance=1, end_s=1.0, probability=0.1))
    assert run(Tick(at=1.25), state=state)[1] == []
    assert t.Speak(1) in run(Tick(at=2.25), state=state)[1]


def test_without_the_end_of_turn_model_patience_decides() -> None:
    state, _ = run(*ASKED)
    assert run(Tick(at=1.25), state=state)[1] == []
    assert t.Speak(1) in run(Tick(at=2.25), state=state)[1]


def test_a_guess_that_comes_late_ends_the_turn_at_once_or_asks_to_be_woken() -> None:
    state, _ = run(*ASKED, Tick(at=1.25))
    assert t.Speak(1) in run(TurnGuessed(at=1.3, utterance=1, end_s=1.0, probability=0.95), state=state)[1]
    state, effects = run(TurnGuessed(at=1.24, utterance=1, end_s=1.0, probability=0.4), state=state)
    assert len(effects) == 1 and isinstance(effects[0], t.Wake) and 1.25 < effects[0].at < 1.75
    assert t.Speak(1) in run(Tick(at=effects[0].at), state=state)[1]


def test_who_pauses_long_is_given_as_long_again() -> None:
    state, _ = run(*ASKED, TurnGuessed(at=1.2, utterance=1, end_s=1.0, probability=0.3))
    state, _ = run(
        SpeechWentOn(at=1.8, utterance=1),
        SpeechPaused(at=3.0, utterance=1, end_s=2.9),
        Transcribed(at=3.0, utterance=1, end_s=2.9, text="How are you? And your cat?"),
        TurnGuessed(at=3.1, utterance=1, end_s=2.9, probability=0.99),
        state=state,
    )
    assert run(Tick(at=3.4), state=state)[1] == []
    assert t.Speak(2) in run(Tick(at=2.9 + 1.25 * 0.8), state=state)[1]


def test_going_on_throws_the_draft_away_and_the_late_guess_changes_nothing() -> None:
    state, effects = run(
        *ASKED,
        SpeechWentOn(at=1.23, utterance=1),
        TurnGuessed(at=1.24, utterance=1, end_s=1.0, probability=0.9),
        Tick(at=2.3),
    )
    assert effects[-1] == t.Drop(1)
    assert isinstance(state, t.Hearing)
    state, effects = run(
        SpeechPaused(at=3.0, utterance=1, end_s=2.8),
        Transcribed(at=2.9, utterance=1, end_s=1.0, text="How are you?"),  # of the earlier pause
        Transcribed(at=3.1, utterance=1, end_s=2.8, text="How are you today?"),
        TurnGuessed(at=3.1, utterance=1, end_s=2.8, probability=0.9),
        state=state,
    )
    assert effects[-2:] == [t.Take(1, "How are you today?"), t.Speak(2)]


def test_words_that_were_looked_at_again_take_the_place_of_the_first() -> None:
    better = Transcribed(at=1.21, utterance=1, end_s=1.0, text="Who are you?")
    state, effects = run(*ASKED, better)
    assert [type(effect) for effect in effects[-3:]] == [t.Drop, t.Draft, t.Wake]
    assert effects[-2] == t.Draft(2, 1, "Who are you?", 1.0)
    state, effects = run(TurnGuessed(at=1.25, utterance=1, end_s=1.0, probability=1.0), state=state)
    assert effects == [t.Take(1, "Who are you?"), t.Speak(2)]
    assert run(better, state=state) == (state, [])  # too late
    first, second = (Transcribed(at=1.2, utterance=1, end_s=1.0, text=text) for text in ("Pull down.", "Hold on."))
    state, effects = run(*ASKED[:2], first, second)
    assert effects[-2:] == [t.Drop(1), t.Obey(1, "Hold on.", (), Command.WAIT)]
    assert state == t.Idle(1)


SOUNDING = t.Replying(1, sounded=3.0)
VOICE = VoiceWeighed(at=5.05, likeness=Likeness.VOICE)


def over(text: str, sure: float = 0.0) -> tuple[t.Event, ...]:
    """Somebody speaks over a reply and pauses."""
    return (
        SpeechStarted(at=5.0, utterance=2, start_s=4.9),
        VOICE,
        SpeechPaused(at=5.6, utterance=2, end_s=5.4),
        Transcribed(at=5.7, utterance=2, end_s=5.4, text=text, sure=sure),
    )


def test_words_over_a_reply_cut_it_and_are_answered() -> None:
    state, effects = run(
        SpeechStarted(at=5.0, utterance=2, start_s=4.9),
        VOICE,
        PartialHeard(at=5.5, utterance=2, text="What about tomorrow then"),
        state=SOUNDING,
    )
    assert effects == [t.Duck(1), t.Hold(1), t.Cut(1)]
    state, effects = run(
        SpeechPaused(at=6.0, utterance=2, end_s=5.8),
        Transcribed(at=6.1, utterance=2, end_s=5.8, text="What about tomorrow?"),
        TurnGuessed(at=6.1, utterance=2, end_s=5.8, probability=0.99),
        state=state,
    )
    assert effects[-2:] == [t.Take(2, "What about tomorrow?"), t.Speak(2)]


def test_a_sound_only_ducks_the_reply_and_is_forgiven() -> None:
    sound, nothing = (VoiceWeighed(at=5.0, likeness=kind) for kind in (Likeness.SOUND, Likeness.NOTHING))
    assert run(sound, nothing, state=SOUNDING) == (SOUNDING, [t.Duck(1), t.Lift(1)])
    started = SpeechStarted(at=5.0, utterance=2, start_s=4.9)
    state, effects = run(sound, started, nothing, state=SOUNDING)  # music: it goes on, but it is no voice
    assert effects == [t.Duck(1), t.Duck(1), t.Lift(1)]
    assert run(VOICE, state=state)[1] == [t.Hold(1)]


@pytest.mark.parametrize(
    ("text", "sure", "reason"),
    [
        ("", 0.0, "no words"),
        ("Mm-hmm.", 0.0, "listening sounds"),
        ("Yeah, right.", 0.0, "listening sounds"),
        ("Setha,", -0.53, "no clear words"),
    ],
)
def test_a_cough_or_mmhm_lets_the_reply_go_on(text: str, sure: float, reason: str) -> None:
    state, effects = run(*over(text, sure), state=SOUNDING)
    assert effects[-2:] == [t.Ignore(2, reason), t.Resume(1)]
    assert state == SOUNDING


def test_a_listening_sound_answers_a_question() -> None:
    state, _ = run(ReplyAsks(at=4.0, reply=1), state=SOUNDING)
    assert t.Cut(1) in run(*over("Yes."), state=state)[1]


def test_stop_over_a_reply_stops_it_and_nothing_else() -> None:
    state, effects = run(*over("Stop."), state=SOUNDING)
    assert effects[-2:] == [t.Obey(2, "Stop.", (), Command.STOP), t.Cut(1)]
    assert state == t.Idle(1)
    _, effects = run(over("")[0], PartialHeard(at=5.4, utterance=2, text="Stop"), state=SOUNDING)
    assert effects[-1] == t.Cut(1)  # known before the pause


def test_wait_keeps_the_place_until_told_to_go_on() -> None:
    assert t.Cut(1) not in run(over("")[0], PartialHeard(at=5.4, utterance=2, text="Hold on a"), state=SOUNDING)[1]
    waiting, effects = run(*over("Hold on a second."), state=SOUNDING)
    assert [effect for effect in effects if isinstance(effect, t.Hold)] == [t.Hold(1)]
    assert effects[-2:] == [
        t.Obey(2, "Hold on a second.", (), Command.WAIT),
        t.Wake(5.7 + WAITING_S),
    ]
    after, effects = run(*over("Mm."), state=waiting)
    assert (after, effects[-1]) == (waiting, t.Ignore(2, "listening sounds"))
    state, effects = run(*over("Go on."), state=waiting)
    assert effects[-1] == t.Resume(1, sentence=True)
    assert state == SOUNDING
    misheard = PartialHeard(at=5.3, utterance=2, text="Please go up and on")
    begun, _, *ended = over("Please go on.")
    assert run(begun, misheard, *ended, state=waiting)[1][-2:] == [
        t.Obey(2, "Please go on.", (), Command.GO_ON),
        t.Resume(1, sentence=True),
    ]
    assert t.Cut(1) in run(*over("What time is it?"), state=waiting)[1]
    assert run(Tick(at=5.7 + WAITING_S), state=waiting) == (t.Idle(1), [t.Cut(1)])
    assert run(Prompted(at=9.0, text="Your timer is up."), state=waiting)[1] == [
        t.Cut(1),
        t.Begin(2, "Your timer is up."),
        t.Speak(2),
    ]


def test_the_manner_of_speaking_is_changed_and_the_reply_goes_on() -> None:
    state, effects = run(*over("Louder, please."), state=SOUNDING)
    assert effects[-2:] == [t.Obey(2, "Louder, please.", (), Command.LOUDER), t.Resume(1)]
    assert state == SOUNDING
    _, effects = run(*ASKED[:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text="Speak slower."))
    assert effects[-3:] == [t.Obey(1, "Speak slower.", (), Command.SLOWER), t.Begin(1, LIKE_THIS), t.Speak(1)]


def test_what_is_said_again() -> None:
    assert run(*over("What?"), state=SOUNDING)[1][-1] == t.Again(1)
    _, effects = run(*ASKED[:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text="What?"))
    assert t.Draft(1, 1, SAY_AGAIN, 1.0) in effects


def going_on(*more: t.Event, sounded: float | None = None) -> tuple[t.Turn, list[t.Effect]]:
    """The turn is over, and the user speaks again 0.3 s later."""
    state, _ = run(*ASKED, TurnGuessed(at=1.22, utterance=1, end_s=1.0, probability=0.9), Tick(at=1.25))
    heard = [ReplySounded(at=sounded, reply=1)] if sounded else []
    return run(*heard, SpeechStarted(at=1.65, utterance=2, start_s=1.55), *more, state=state)


LATER = (
    SpeechPaused(at=2.3, utterance=2, end_s=2.1),
    Transcribed(at=2.35, utterance=2, end_s=2.1, text="And your cat?"),
    TurnGuessed(at=2.36, utterance=2, end_s=2.1, probability=0.9),
)


@pytest.mark.parametrize("sounded", [None, 1.55 - AUDIBLE_S / 2, 1.56 - AUDIBLE_S - REACTION_S])
def test_who_goes_on_before_the_reply_can_move_them_gets_one_answer(sounded: float | None) -> None:
    _, effects = going_on(*LATER, sounded=sounded)
    assert t.Cut(1) in effects
    assert t.Draft(2, 2, "How are you? And your cat?", 2.1) in effects
    assert effects[-2:] == [t.Take(2, "How are you? And your cat?", joins=1), t.Speak(2)]


def test_the_pause_of_who_goes_on_is_remembered() -> None:
    state, _ = going_on(*LATER)
    assert state.pace.rest_s == pytest.approx(0.55)
    state, _ = going_on(*LATER[:1], Transcribed(at=2.35, utterance=2, end_s=2.1, text=""))  # it was a cough
    assert state.pace.rest_s == 0


def test_who_speaks_after_it_was_heard_interrupts() -> None:
    _, effects = going_on(*LATER, sounded=1.54 - AUDIBLE_S - REACTION_S)
    assert effects[-2:] == [t.Take(2, "And your cat?"), t.Speak(2)]


def test_a_cough_before_the_reply_leaves_no_silence() -> None:
    state, effects = going_on(LATER[0], Transcribed(at=2.35, utterance=2, end_s=2.1, text=""))
    assert effects[-2:] == [t.Ignore(2, "no words"), t.Resume(1)]
    assert state == t.Replying(1, t.Said(1, "How are you?"))
    # Words in a partial transcript that the final one has not: what was said before is answered all the same.
    partial = PartialHeard(at=2.0, utterance=2, text="You can't")
    _, effects = going_on(partial, LATER[0], Transcribed(at=2.35, utterance=2, end_s=2.1, text=""))
    assert t.Draft(2, 2, "How are you?", 2.1) in effects


def test_silence_after_a_question_is_met_once() -> None:
    asking = (ReplySounded(at=3.0, reply=1), ReplyAsks(at=4.0, reply=1), ReplyDone(at=5.0, reply=1))
    state, effects = run(*asking, state=t.Replying(1))
    assert effects == [t.Wake(13.0)]
    assert run(Tick(at=12.0), state=state) == (state, [])
    nudged, effects = run(Tick(at=13.0), state=state)
    assert effects == [t.Begin(2, "Take your time."), t.Speak(2)]
    state, effects = run(ReplyAsks(at=14.0, reply=2), ReplyDone(at=15.0, reply=2), state=nudged)
    assert (state, effects) == (t.Idle(2), [])
    state, _ = run(*asking, MicMuted(at=6.0, muted=True), Tick(at=13.0), state=t.Replying(1))
    assert state == t.Idle(1)


def test_noise_without_words_is_dropped_with_a_reason() -> None:
    state, effects = run(*ASKED[:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text=""))
    assert effects[-1] == t.Ignore(1, "no words")
    assert state == t.Idle()


@pytest.mark.parametrize(
    ("text", "sure", "reason"),
    [
        ("Uh?", -0.3, "listening sounds"),
        ("Mm-hmm", -0.6, "listening sounds"),
        ("Pump.", -0.86, "no clear words"),
        ("Uh-huh.", -0.3, None),
        ("Okay.", -0.4, None),
        ("No.", -0.7, None),
        ("Stop.", -0.9, None),
        ("Um, what time is it?", -0.9, None),
    ],
)
def test_what_is_no_turn_into_the_silence(text: str, sure: float, reason: str | None) -> None:
    _, effects = run(*ASKED[:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text=text, sure=sure))
    assert [effect.reason for effect in effects if isinstance(effect, t.Ignore)] == ([reason] if reason else [])


def test_typing_takes_the_turn_from_anybody() -> None:
    assert run(TextTyped(at=1.0, text="hi"), state=t.Replying(4))[1] == [
        t.Cut(4),
        t.Take(0, "hi", typed=True),
        t.Draft(5, 0, "hi", 1.0),
        t.Speak(5),
    ]
    _, effects = run(*ASKED, TextTyped(at=1.3, text="hi"))
    assert t.Drop(1) in effects
    assert t.Ignore(1, "typed instead") in effects


def test_a_timer_that_rings_waits_for_the_user() -> None:
    state, effects = run(ASKED[0], Prompted(at=0.5, text="Your timer is up."))
    assert effects == []
    state, effects = run(*ASKED[1:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text=""), state=state)
    assert effects[-2:] == [t.Begin(1, "Your timer is up."), t.Speak(1)]


def test_muting_gives_up_what_is_being_said() -> None:
    state, effects = run(*ASKED, MicMuted(at=1.21, muted=True))
    assert effects[-2:] == [t.Drop(1), t.Ignore(1, "muted")]
    assert isinstance(state, t.Idle)


def test_a_transcript_that_never_comes_ends_with_a_reason() -> None:
    state, effects = run(*ASKED[:2], Tick(at=2.25))
    wake = effects[-1]
    assert isinstance(wake, t.Wake)
    state, effects = run(Tick(at=wake.at), state=state)
    assert effects == [t.Ignore(1, "not recognized in time")]


small = st.integers(1, 3)
texts = st.sampled_from(["", "mm-hm", "stop", "wait", "go on", "louder", "what", "What time is it?"])
times = st.floats(0, 20)
events = st.one_of(
    st.builds(SpeechStarted, at=times, utterance=small, start_s=times),
    st.builds(SpeechPaused, at=times, utterance=small, end_s=times),
    st.builds(SpeechWentOn, at=times, utterance=small),
    st.builds(VoiceRose, at=times, utterance=small),
    st.builds(VoiceWeighed, at=times, likeness=st.sampled_from(Likeness)),
    st.builds(PartialHeard, at=times, utterance=small, text=texts),
    st.builds(Transcribed, at=times, utterance=small, end_s=times, text=texts),
    st.builds(ReplySounded, at=times, reply=small),
    st.builds(ReplyAsks, at=times, reply=small),
    st.builds(TurnGuessed, at=times, utterance=small, end_s=times, probability=st.floats(0, 1)),
    st.builds(Tick, at=times),
    st.builds(LineLost, at=times),
    st.builds(ReplyDone, at=times, reply=small),
    st.builds(Prompted, at=times, text=texts),
    st.builds(TextTyped, at=times, text=texts),
    st.builds(MicMuted, at=times, muted=st.booleans()),
    st.builds(ReplyStopped, at=times),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(events, max_size=40))
def test_whatever_happens_replies_never_overlap_and_nothing_is_forgotten(happened: list[t.Event]) -> None:
    """One reply at most is audible; drafts are spoken or dropped once; every utterance ends with a reason."""
    state: t.Turn = t.Idle()
    drafted: set[int] = set()
    speaking: set[int] = set()
    for event in happened:
        if isinstance(event, ReplyDone) and event.reply not in speaking:
            continue  # only a reply that is heard can end
        before = state
        state, effects = step(state, event, RULE)
        if isinstance(event, ReplyDone):
            speaking.discard(event.reply)
        for effect in effects:
            match effect:
                case t.Draft(reply=n) | t.Begin(reply=n):
                    assert n not in drafted | speaking
                    drafted.add(n)
                case t.Speak(reply=n):
                    drafted.remove(n)
                    speaking.add(n)
                case t.Drop(reply=n):
                    drafted.remove(n)
                case t.Cut(reply=n):
                    speaking.remove(n)
                case t.Duck(reply=n) | t.Lift(reply=n) | t.Hold(reply=n) | t.Resume(reply=n) | t.Again(reply=n):
                    assert n in speaking
        assert len(speaking) <= 1
        assert len(drafted) <= 1
        if isinstance(before, t.Hearing | t.Pausing):
            same = isinstance(state, t.Hearing | t.Pausing) and state.utterance == before.utterance
            ended = any(isinstance(e, t.Take | t.Ignore | t.Obey) and e.utterance == before.utterance for e in effects)
            assert same or ended or isinstance(event, SpeechStarted)
        over = getattr(state, "over", None)
        assert speaking == ({state.last} if isinstance(state, t.Replying) else {over.reply} if over else set())


def test_a_typed_command_is_obeyed() -> None:
    state, effects = run(TextTyped(at=2.0, text="Stop talking."), state=t.Replying(3))
    assert (state, effects) == (t.Idle(3), [t.Obey(0, "Stop talking.", (), Command.STOP, typed=True), t.Cut(3)])
    state, effects = run(TextTyped(at=3.0, text="slower, please"), state=t.Idle(3))
    assert effects == [
        t.Obey(0, "slower, please", (), Command.SLOWER, typed=True),
        t.Begin(4, LIKE_THIS),
        t.Speak(4),
    ]
    _, effects = run(TextTyped(at=3.0, text="stop"), state=t.Idle(3))
    assert effects[0] == t.Take(0, "stop", typed=True)  # there is nothing to stop: it is answered
