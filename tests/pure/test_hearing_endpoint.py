"""When somebody speaks and pauses, from probabilities alone."""

import pytest
from hypothesis import given, strategies as st

from visavis_agents.endpoint import (
    FRAME_S,
    Paused,
    Pausing,
    Quiet,
    Rule,
    Speaking,
    Started,
    step,
)


def heard(probabilities, rule=Rule()):  # noqa: B008 - a frozen value
    """(frames heard, what happened) for every happening, and the last state."""
    state, story = Quiet(), []
    for n, probability in enumerate(probabilities, 1):
        state, happened = step(state, probability, n * FRAME_S, rule)
        story += [(n, type(what).__name__) for what in happened]
    return story, state


@pytest.mark.parametrize(
    ("probabilities", "story"),
    [
        ([0.0] * 20, []),
        ([0.9, 0.0] * 10, []),  # clicks
        ([0.4] * 20, []),  # never above `on`
        ([0.9] * 10, [(2, "Started")]),
        ([0.9, 0.9] + [0.4] * 10, [(2, "Started")]),  # a voice that grows soft is still a voice
        ([0.9] * 4 + [0.0] * 2 + [0.4], [(2, "Started")]),  # a stop consonant
        ([0.9] * 4 + [0.0] * 3, [(2, "Started"), (7, "Paused")]),
        ([0.9] * 4 + [0.0] * 3 + [0.4] * 5, [(2, "Started"), (7, "Paused"), (8, "Rose")]),  # breath is not speech again
        ([0.9] * 4 + [0.0] * 5 + [0.9], [(2, "Started"), (7, "Paused"), (10, "Rose")]),
        ([0.9] * 4 + [0.0] * 5 + [0.9] * 2, [(2, "Started"), (7, "Paused"), (10, "Rose"), (11, "WentOn")]),
        ([0.9] * 4 + [0.3, 0.2, 0.1, 0.2, 0.1], [(2, "Started"), (7, "Paused")]),  # what fades away
    ],
)
def test_stories(probabilities, story):
    assert heard(probabilities)[0] == story


def test_times_are_those_of_the_sound():
    state, _ = step(Quiet(), 0.9, 1.0, Rule())
    state, happened = step(state, 0.9, 1.0 + FRAME_S, Rule())
    assert happened == (Started(1.0 - FRAME_S),)
    assert state == Speaking(1.0 + FRAME_S)
    state, happened = step(state, 0.0, 1.3, Rule())
    assert happened == (Paused(1.0 + FRAME_S),)
    assert isinstance(state, Pausing)


@given(st.lists(st.floats(0, 1), max_size=300), st.floats(0.01, 1.0))
def test_every_story_is_in_order(probabilities, pause_s):
    """Started once; between two stretches of speech there is exactly one pause; in it something may rise."""
    after = {"": {"Started"}, "Started": {"Paused"}, "Paused": {"WentOn"}, "WentOn": {"Paused"}}
    last = ""
    for _, what in heard(probabilities, Rule(pause_s=pause_s))[0]:
        if what == "Rose":
            assert last == "Paused"
            continue
        assert what in after[last]
        last = what
