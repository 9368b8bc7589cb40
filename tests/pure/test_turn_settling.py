"""What a silence must show before it counts: a word or two over a reply, a breath, and that nobody waits for ever."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from tests.pure.test_turn import ASKED, RULE, SOUNDING, run
from visavis_agents import states as t
from visavis_agents.inner import (
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
from visavis_agents.over import HANGING_S, SETTLED_S
from visavis_agents.patience import ONSET_S
from visavis_agents.turn import STUCK_S, step

OVER = (
    SpeechStarted(at=5.0, utterance=2, start_s=4.9),
    VoiceWeighed(at=5.1, likeness=Likeness.VOICE),
    SpeechPaused(at=5.3, utterance=2, end_s=5.2),
)


def silenced(*events: t.Event) -> tuple[t.Turn, list[t.Effect]]:
    return run(*OVER, *events, state=t.Replying(1, sounded=2.0))


def word(text: str, at: float = 5.3, end_s: float = 5.2, sure: float = 0.0) -> Transcribed:
    return Transcribed(at=at, utterance=2, end_s=end_s, text=text, sure=sure)


def test_one_word_over_a_reply_takes_the_turn_if_the_silence_lasts() -> None:
    state, effects = silenced(word("Tomorrow."))
    assert effects[-1] == t.Wake(pytest.approx(5.2 + SETTLED_S))
    state, effects = run(Tick(at=5.2 + SETTLED_S), state=state)
    assert effects[:2] == [t.Cut(1), t.Draft(2, 2, "Tomorrow.", 5.2)]


def test_the_first_piece_of_a_laugh_is_no_word() -> None:
    state, effects = silenced(word("Sir."), SpeechWentOn(at=5.35, utterance=2), Tick(at=5.4))
    assert t.Cut(1) not in effects and isinstance(state, t.Hearing)
    _, effects = run(
        SpeechPaused(at=5.7, utterance=2, end_s=5.6),
        word("Sir ha.", 5.7, 5.6, sure=-0.7),
        Tick(at=5.6 + SETTLED_S),
        state=state,
    )
    assert effects[-1] == t.Resume(1)


def test_three_words_and_commands_need_no_second_thought() -> None:
    assert t.Cut(1) in silenced(word("Not that one."))[1]
    assert t.Cut(1) in silenced(word("Stop."))[1]


def test_who_only_begins_something_is_waited_for_and_then_not_believed() -> None:
    state, effects = silenced(word("If I"), Tick(at=5.2 + SETTLED_S))
    assert t.Cut(1) not in effects and t.Resume(1) not in effects
    assert run(Tick(at=5.2 + HANGING_S), state=state)[1] == [t.Ignore(2, "no clear words"), t.Resume(1)]


def test_speech_that_begins_again_just_now_holds_the_answer_back() -> None:
    state, _ = run(*ASKED, TurnGuessed(at=1.2, utterance=1, end_s=1.0, probability=1.0))
    state, effects = run(VoiceRose(at=1.24, utterance=1), state=state)
    assert effects == [t.Wake(pytest.approx(1.24 + ONSET_S))]  # nobody else would ask again
    state, effects = run(Tick(at=1.25), state=state)
    assert not any(isinstance(effect, t.Speak) for effect in effects)
    assert t.Drop(1) in run(SpeechWentOn(at=1.28, utterance=1), state=state)[1]
    assert t.Speak(1) in run(Tick(at=1.24 + ONSET_S), state=state)[1]


in_a_pause = st.one_of(
    st.builds(
        lambda text: word(text, end_s=5.2), st.sampled_from(["No.", "If I", "It was a long day.", "Where is it?", ""])
    ),
    st.builds(TurnGuessed, at=st.just(0.0), utterance=st.just(2), end_s=st.just(5.2), probability=st.floats(0, 1)),
    st.builds(VoiceRose, at=st.just(0.0), utterance=st.just(2)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.floats(5.31, 7.5), in_a_pause), max_size=8), st.sampled_from([t.Idle(), SOUNDING]))
def test_a_pause_ends_by_the_times_that_were_asked_for(happened: list[tuple[float, t.Event]], state: t.Turn) -> None:
    """Nothing else comes: whoever is silent is answered, or ignored, before the recognizer is given up."""
    coming = [(at, msgspec.structs.replace(event, at=at)) for at, event in happened]
    coming += [(event.at, event) for event in OVER]
    ended = None
    while coming and ended is None:
        at, event = coming.pop(min(range(len(coming)), key=lambda n: coming[n][0]))
        state, effects = step(state, event, RULE)
        coming += [(max(at, wake.at), Tick(at=max(at, wake.at))) for wake in effects if isinstance(wake, t.Wake)]
        ended = at if at > OVER[-1].at and not isinstance(state, t.Hearing | t.Pausing) else None
    assert ended is not None and ended <= 5.2 + STUCK_S + 1e-3
    if any(isinstance(event, Transcribed) for _, event in happened):
        assert ended <= 7.5 + 2.0
