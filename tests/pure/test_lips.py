"""What the lips and the gaze of the person in view say of who speaks, look by look."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, strategies as st

from visavis_agents import lips, states as t
from visavis_agents.inner import (
    FaceSeen,
    PartialHeard,
    SpeechPaused,
    SpeechStarted,
    Tick,
    Transcribed,
    TurnGuessed,
    VoiceWeighed,
)
from visavis_agents.judge import Likeness
from visavis_agents.over import NOT_MEANT, SOMEBODY_ELSE
from visavis_agents.seeing import presence
from visavis_agents.seeing.attention import look_of
from visavis_agents.seeing.presence import Happening, Here, Nobody
from visavis_agents.turn import step
from visavis_models.ports import Box, Face

RULE = t.Rule()
TALK = (0.20, 0.26, 0.21, 0.29)  # heights of a mouth that speaks,
REST = (0.200, 0.203, 0.199, 0.202)  # and of one that does not


def looks(begin: float, end: float, mouths=REST, facing: bool | None = True, faces: int = 1) -> list[FaceSeen]:
    """Seven and a half a second."""
    times = [begin + 0.133 * n for n in range(int((end - begin) / 0.133))]
    return [
        FaceSeen(at=at, faces=faces, facing=facing, mouth=mouths[n % len(mouths)] if mouths else None)
        for n, at in enumerate(times)
    ]


def run(*events, state: t.Turn | None = None, rule: t.Rule = RULE) -> tuple[t.Turn, list]:
    state, effects = state or t.Idle(), []
    for event in sorted(events, key=lambda event: event.at):
        state, more = step(state, event, rule)
        effects += more
    return state, effects


def after(*each: FaceSeen, start_s: float = 1.0, trusted: bool = False) -> lips.Seen:
    known = lips.begun(lips.Seen(trusted=trusted), start_s)
    for look in each:
        known = lips.looked(known, look)
    return known


# --- lips ------------------------------------------------------------------------------------------------------------


def test_lips_that_move_with_a_voice_speak() -> None:
    assert after(*looks(1.0, 2.0, TALK)).speaks is True


def test_still_lips_are_believed_only_where_moving_ones_were_seen_with_answered_words() -> None:
    assert after(*looks(0.5, 2.5)).speaks is None
    assert after(*looks(0.5, 2.5), trusted=True).speaks is False
    assert after(*looks(0.5, 1.4), trusted=True).speaks is None  # too soon after the onset
    assert lips.answered(after(*looks(1.0, 2.5, TALK))).trusted
    assert not lips.answered(after(*looks(1.0, 2.5))).trusted


def test_no_evidence_without_one_face_that_can_be_read() -> None:
    for each in (looks(0.5, 2.5, faces=2, mouths=None), looks(0.5, 2.5, mouths=None), looks(0.5, 2.5, None, faces=0)):
        assert after(*each, trusted=True).speaks is None
        assert after(*each, trusted=True).waits_s(1.0) == 0.0


def test_what_was_trusted_ends_with_the_one_it_was_learnt_from() -> None:
    gone = [FaceSeen(at=2.5 + 0.133 * n, faces=0) for n in range(14)]
    assert after(*looks(0.6, 2.5), *gone[:5], trusted=True).trusted  # a hand before the face
    assert not after(*looks(0.6, 2.5), *gone, trusted=True).trusted


def test_late_and_double_looks_change_nothing() -> None:
    known = after(*looks(1.0, 2.0, TALK))
    assert lips.looked(known, looks(1.0, 2.0)[-1]) == known
    assert lips.looked(known, FaceSeen(at=1.2, faces=1, facing=True, mouth=0.2)) == known


def test_turned_away_means_all_the_time_and_everybody() -> None:
    assert after(*looks(1.0, 2.0, None, facing=False)).turned_away
    assert not after(*looks(1.0, 1.4, None, facing=False)).turned_away  # too few looks
    assert not after(*looks(1.0, 2.0, None, facing=False), *looks(2.0, 2.2)).turned_away
    assert not after(*looks(1.0, 2.0, None, facing=None)).turned_away
    assert not after(*looks(1.0, 2.0, None, facing=None, faces=0)).turned_away


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(0, 3), st.sampled_from([True, False, None]), st.floats(0, 1))))
def test_the_account_is_bounded_whatever_is_seen(rows: list[tuple[float, int, bool | None, float]]) -> None:
    known = after(*(FaceSeen(at=at, faces=n, facing=facing, mouth=mouth) for at, n, facing, mouth in rows))
    assert 0 <= known.waits_s(5.0) <= lips.GOES_ON_S
    assert all(look.at > known.looks[-1].at - lips.KEPT_S for look in known.looks)


# --- over a reply ----------------------------------------------------------------------------------------------------

TRUSTED = t.Replying(1, sounded=3.0, seen=lips.Seen(trusted=True))
STARTS = (SpeechStarted(at=5.0, utterance=2, start_s=4.9), VoiceWeighed(at=5.05, likeness=Likeness.VOICE))


def words(text: str, at: float = 6.6) -> tuple[t.Event, ...]:
    return (
        SpeechPaused(at=at - 0.1, utterance=2, end_s=at - 0.2),
        Transcribed(at=at, utterance=2, end_s=at - 0.2, text=text),
    )


def test_one_word_is_enough_of_lips_that_move() -> None:
    one = PartialHeard(at=5.8, utterance=2, text="Tomorrow")
    assert t.Cut(1) not in run(*STARTS, one, state=TRUSTED)[1]
    assert t.Cut(1) in run(*STARTS, *looks(4.9, 5.8, TALK), one, state=TRUSTED)[1]


def test_the_cut_waits_until_the_lips_can_tell_where_they_may() -> None:
    two = PartialHeard(at=5.5, utterance=2, text="Dinner is")
    assert t.Cut(1) not in run(*STARTS, *looks(4.4, 5.5), two, state=TRUSTED)[1]
    later = PartialHeard(at=5.95, utterance=2, text="Dinner is ready now")
    unread = looks(5.5, 5.9, None)
    assert t.Cut(1) in run(*STARTS, *looks(4.4, 5.5), two, *unread, later, state=TRUSTED)[1]
    four = PartialHeard(at=5.5, utterance=2, text="Dinner is ready now")
    for each in ([], looks(4.4, 5.5, None), looks(4.4, 5.5, faces=2)):
        assert t.Cut(1) in run(*STARTS, *each, four, state=TRUSTED)[1]


def test_a_few_words_of_somebody_out_of_view_do_not_take_the_turn() -> None:
    state, effects = run(*STARTS, *looks(4.4, 6.5), *words("Dinner is ready."), state=TRUSTED)
    assert effects[-2:] == [t.Ignore(2, SOMEBODY_ELSE), t.Resume(1)]
    assert isinstance(state, t.Replying)
    state, effects = run(*STARTS, *looks(4.4, 6.5), *words("Tell me about the moon, not the sea."), state=TRUSTED)
    assert t.Cut(1) in effects


def test_the_same_words_take_it_without_that_evidence() -> None:
    for each in ([], looks(4.4, 6.5, TALK), looks(4.4, 6.5, None), looks(4.4, 6.5, faces=2), looks(5.9, 6.5)):
        assert t.Cut(1) in run(*STARTS, *each, *words("Dinner is ready."), state=TRUSTED)[1]
    untrusted = t.Replying(1, sounded=3.0)
    assert t.Cut(1) in run(*STARTS, *looks(4.4, 6.5), *words("Dinner is ready."), state=untrusted)[1]


def test_a_reply_goes_on_softly_under_a_voice_from_elsewhere_until_the_lips_move() -> None:
    state, effects = run(*STARTS, *looks(4.4, 6.2), state=TRUSTED)
    assert effects == [t.Duck(1), t.Hold(1), t.Resume(1), t.Duck(1)]
    assert run(VoiceWeighed(at=6.3, likeness=Likeness.VOICE), state=state)[1] == []
    assert run(*looks(6.2, 7.0, TALK), state=state)[1] == [t.Hold(1)]


def test_stop_is_obeyed_whoever_says_it() -> None:
    away = looks(4.4, 6.5, None, facing=False)
    for each, rule in ((looks(4.4, 6.5), RULE), (away, t.Rule(addressed=True))):
        assert t.Cut(1) in run(*STARTS, *each, *words("Stop."), state=TRUSTED, rule=rule)[1]


def test_nobody_is_nudged_where_nobody_is() -> None:
    waits, rule = t.Idle(1, nudge=20.0), t.Rule(nudge="Take your time.")
    gone = [FaceSeen(at=float(at)) for at in range(15, 20)]
    assert run(*gone, Tick(at=20.0), state=waits, rule=rule) == (t.Idle(1), [])
    for each in ([], gone[:-3], [*gone[:-1], FaceSeen(at=19.5, faces=1)]):
        assert t.Speak(2) in run(*each, Tick(at=20.0), state=waits, rule=rule)[1]


# --- who is meant ----------------------------------------------------------------------------------------------------

ASKED = (
    SpeechStarted(at=1.1, utterance=1, start_s=1.0),
    SpeechPaused(at=2.1, utterance=1, end_s=2.0),
    Transcribed(at=2.15, utterance=1, end_s=2.0, text="Where is the train?"),
    TurnGuessed(at=2.15, utterance=1, end_s=2.0, probability=1.0),
    Tick(at=2.25),
)


def test_words_said_with_the_back_turned_are_not_answered_where_the_role_says_so() -> None:
    away = looks(1.0, 2.0, None, facing=False)
    state, effects = run(*ASKED, *away, rule=t.Rule(addressed=True))
    assert effects[-2:] == [t.Drop(1), t.Ignore(1, NOT_MEANT)]
    assert state == t.Idle(1)
    for each, rule in ((away, RULE), (looks(1.0, 2.0), t.Rule(addressed=True)), ([], t.Rule(addressed=True))):
        assert t.Speak(1) in run(*ASKED, *each, rule=rule)[1]


def test_who_presses_the_button_is_meant_whichever_way_they_look() -> None:
    pressed = TurnGuessed(at=2.15, utterance=1, end_s=2.0, probability=inf)
    away = looks(1.0, 2.0, None, facing=False)
    assert t.Speak(1) in run(*ASKED[:3], pressed, *away, rule=t.Rule(addressed=True))[1]


# --- at a pause ------------------------------------------------------------------------------------------------------


def test_lips_that_move_on_after_a_word_are_waited_for() -> None:
    talk, rest = looks(1.5, 2.6, TALK), looks(1.5, 2.6)
    assert after(*talk).waits_s(2.0) == lips.GOES_ON_S
    assert after(*talk).waits_s(2.5) == 0.0  # the lips close after the last word
    assert after(*rest, trusted=True).waits_s(2.0) == 0.0
    unsure = TurnGuessed(at=2.15, utterance=1, end_s=2.0, probability=0.4)
    state, _ = run(*ASKED[:3], unsure, *talk)
    assert isinstance(state, t.Pausing)
    over_s = run(unsure, state=state)[1][-1].at
    assert over_s == pytest.approx(run(*ASKED[:3], unsure)[1][-1].at + lips.GOES_ON_S)
    assert t.Speak(1) not in run(Tick(at=over_s - 0.1), state=state)[1]
    assert t.Speak(1) in run(Tick(at=over_s), state=state)[1]


# --- visitors --------------------------------------------------------------------------------------------------------


def visits(
    *each: FaceSeen, heard_s: float = -100.0, said_s: float = -100.0
) -> tuple[presence.Visit, list[tuple[float, Happening]]]:
    visit, happened = Nobody(), []
    for look in each:
        visit, happening = presence.step(visit, look, heard_s, said_s, 20.0)
        if happening:
            happened.append((look.at, happening))
    return visit, happened


def seldom(begin: int, end: int, facing: bool | None, faces: int = 1) -> list[FaceSeen]:
    return [FaceSeen(at=float(at), faces=faces, facing=facing) for at in range(begin, end)]


def test_who_looks_this_way_has_come_once_and_leaves_once() -> None:
    _, happened = visits(*seldom(1, 9, True), *seldom(9, 12, None), *seldom(12, 40, None, 0), *seldom(40, 44, True))
    assert happened == [(2.0, Happening.CAME), (31.0, Happening.LEFT), (41.0, Happening.CAME)]


def test_who_passes_by_is_not_greeted() -> None:
    assert visits(*seldom(1, 5, None), *seldom(5, 6, True), *seldom(6, 20, False)) == (Nobody(), [])


def test_who_speaks_first_is_no_newcomer_but_leaves_as_one() -> None:
    visit, happened = visits(*seldom(3, 6, True), heard_s=2.0)
    assert (visit, happened) == (Here(5.0), [])
    assert presence.step(visit, FaceSeen(at=20.0), 19.0, 0.0, 20.0) == (Here(19.0), None)
    assert presence.step(Here(19.0), FaceSeen(at=39.0), 19.0, 19.0, 20.0) == (Nobody(), Happening.LEFT)


def test_who_was_there_when_it_spoke_is_not_greeted_again_and_who_comes_after_is() -> None:
    assert visits(*seldom(3, 6, True), said_s=2.5) == (Here(5.0), [])
    assert visits(*seldom(5, 8, True), said_s=2.5)[1] == [(6.0, Happening.CAME)]


def test_a_camera_that_is_off_tells_of_nobody() -> None:
    assert visits() == (Nobody(), [])
    assert visits(*seldom(1, 60, None, 0)) == (Nobody(), [])


def test_where_a_face_looks() -> None:
    def face(yaw: float, pitch: float = 0.0) -> Face:
        return Face(Box(0.4, 0.3, 0.2, 0.3), 0.0, yaw, pitch, 0.2)

    assert look_of([face(10)], 1.0) == FaceSeen(at=1.0, faces=1, facing=True, mouth=0.2)
    assert look_of([face(35)], 1.0) == FaceSeen(at=1.0, faces=1, facing=None)
    assert look_of([face(60)], 1.0) == FaceSeen(at=1.0, faces=1, facing=False)
    assert look_of([face(60), face(0)], 1.0) == FaceSeen(at=1.0, faces=2, facing=True)
    assert look_of([face(0, 40)], 1.0).facing is None
    assert look_of([], 1.0) == FaceSeen(at=1.0)
