"""The turn machine: tables of conversations, and what holds for any list of events."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from visavis_agents import turn as t
from visavis_agents.events import MicMuted, ReplyStopped, TextTyped
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

RULE = t.Rule(eager_s=0.25, patience_s=1.25, complete_at=0.5, hold_s=0.2)


def run(*events: t.Event, state: t.Turn | None = None) -> tuple[t.Turn, list[t.Effect]]:
    state = state or t.Idle()
    done: list[t.Effect] = []
    for event in events:
        state, effects = t.step(state, event, RULE)
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
    assert state == t.Replying(1)


def test_an_incomplete_one_waits_for_patience_to_end() -> None:
    state, _ = run(*ASKED, TurnGuessed(at=1.22, utterance=1, end_s=1.0, probability=0.1))
    assert run(Tick(at=1.25), state=state)[1] == []
    assert t.Speak(1) in run(Tick(at=2.25), state=state)[1]


def test_without_the_end_of_turn_model_patience_decides() -> None:
    state, _ = run(*ASKED)
    assert run(Tick(at=1.25), state=state)[1] == []
    assert t.Speak(1) in run(Tick(at=2.25), state=state)[1]


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


def test_words_over_a_reply_cut_it_and_are_answered() -> None:
    state, effects = run(
        SpeechStarted(at=5.0, utterance=2, start_s=4.9),
        Tick(at=5.2),
        PartialHeard(at=5.5, utterance=2, text="What about tomorrow"),
        state=t.Replying(1),
    )
    assert effects == [t.Duck(1), t.Wake(5.2), t.Hold(1), t.Cut(1)]
    state, effects = run(
        SpeechPaused(at=6.0, utterance=2, end_s=5.8),
        Transcribed(at=6.1, utterance=2, end_s=5.8, text="What about tomorrow?"),
        TurnGuessed(at=6.1, utterance=2, end_s=5.8, probability=0.99),
        state=state,
    )
    assert effects[-2:] == [t.Take(2, "What about tomorrow?"), t.Speak(2)]


@pytest.mark.parametrize(
    ("text", "reason"), [("", "no words"), ("Mm-hmm.", "listening sounds"), ("Yeah, right.", "listening sounds")]
)
def test_a_cough_or_mmhm_lets_the_reply_go_on(text: str, reason: str) -> None:
    state, effects = run(
        SpeechStarted(at=5.0, utterance=2, start_s=4.9),
        SpeechPaused(at=5.4, utterance=2, end_s=5.2),
        Transcribed(at=5.5, utterance=2, end_s=5.2, text=text),
        state=t.Replying(1),
    )
    assert effects[-2:] == [t.Ignore(2, reason), t.Resume(1)]
    assert state == t.Replying(1)


def test_stop_over_a_reply_stops_it_and_nothing_else() -> None:
    state, effects = run(
        SpeechStarted(at=5.0, utterance=2, start_s=4.9),
        SpeechPaused(at=5.4, utterance=2, end_s=5.2),
        Transcribed(at=5.5, utterance=2, end_s=5.2, text="Stop."),
        state=t.Replying(1),
    )
    assert t.Cut(1) in effects
    assert state == t.Idle(1)


def test_noise_without_words_is_dropped_with_a_reason() -> None:
    state, effects = run(*ASKED[:2], Transcribed(at=1.2, utterance=1, end_s=1.0, text=""))
    assert effects[-1] == t.Ignore(1, "no words")
    assert state == t.Idle()


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
texts = st.sampled_from(["", "mm-hm", "stop", "What time is it?"])
times = st.floats(0, 20)
events = st.one_of(
    st.builds(SpeechStarted, at=times, utterance=small, start_s=times),
    st.builds(SpeechPaused, at=times, utterance=small, end_s=times),
    st.builds(SpeechWentOn, at=times, utterance=small),
    st.builds(PartialHeard, at=times, utterance=small, text=texts),
    st.builds(Transcribed, at=times, utterance=small, end_s=times, text=texts),
    st.builds(TurnGuessed, at=times, utterance=small, end_s=times, probability=st.floats(0, 1)),
    st.builds(Tick, at=times),
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
        state, effects = t.step(state, event, RULE)
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
                case t.Duck(reply=n) | t.Hold(reply=n) | t.Resume(reply=n):
                    assert n in speaking
        assert len(speaking) <= 1
        assert len(drafted) <= 1
        if isinstance(before, t.Hearing | t.Pausing):
            same = isinstance(state, t.Hearing | t.Pausing) and state.utterance == before.utterance
            ended = any(isinstance(e, t.Take | t.Ignore) and e.utterance == before.utterance for e in effects)
            assert same or ended or isinstance(event, SpeechStarted)
        assert speaking == ({state.last} if isinstance(state, t.Replying) else speaking & {getattr(state, "over", 0)})
