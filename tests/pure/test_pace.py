"""How long somebody rests between two sentences: learned from the times they went on."""

from __future__ import annotations

import pytest

from visavis_agents.pace import FADES, GOES_ON_S, Pace
from visavis_agents.patience import TELLING_S, needed_s

TOLD = "It was the season of light."


def test_who_goes_on_after_the_turn_was_taken_is_given_as_long_next_time() -> None:
    pace = Pace().taken(2.0).begun(2.8).taken(5.0)
    assert pace.rest_s == pytest.approx(0.8)
    assert needed_s(1.0, TOLD, 0.0, 0.24, 1.2, pace.rest_s) == pytest.approx(1.25 * 0.8)
    assert needed_s(1.0, TOLD, 0.0, 0.24, 1.2) == TELLING_S
    assert needed_s(1.0, "Where is it?", 0.0, 0.24, 1.2, pace.rest_s) == 0.24  # a question is answered as ever
    assert needed_s(1.0, TOLD, 0.0, 0.24, 1.2, 1.4) == 1.5  # never more than a teller's patience


def test_turns_that_were_over_let_it_fade() -> None:
    pace = Pace(0.8).taken(2.0).begun(2.0 + GOES_ON_S + 0.1).taken(5.0)
    assert pace.rest_s == pytest.approx(0.8 * FADES**2)


def test_only_the_newest_beginning_counts() -> None:
    coughed = Pace().taken(2.0).begun(2.5)
    assert coughed.begun(9.0).taken(11.0).rest_s == 0
    assert Pace().begun(1.0).taken(2.0).rest_s == 0  # nothing was said before
    assert Pace().taken(2.0).begun(1.9).taken(3.0).rest_s == 0  # it began before the turn ended
