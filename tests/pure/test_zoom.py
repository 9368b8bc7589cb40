"""Looking closer: which part of the picture comes next, and which words ask for it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from visavis_agents.rules import Call, route
from visavis_agents.seeing.zoom import LEAST, SHARE, WHOLE, around, where, zoomed
from visavis_models.ports import Box


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("Zoom in.", "in"),
        ("Zoom in, please.", "in"),
        ("Closer!", "in"),
        ("Zoom in a bit more", "in"),
        ("Zoom in on the left.", "left"),
        ("Zoom in on the top right corner", "top right"),
        ("Could you zoom in on the upper left?", "top left"),
        ("Zoom in on the center.", "centre"),
        ("zoom in to the bottom of the page", "bottom"),
        ("Look closer at the right side", "right"),
        ("Zoom out", "out"),
        ("Zoom out a little.", "out"),
        ("Zoom out all the way", "whole"),
        ("Show me the whole picture.", "whole"),
        ("A little to the left.", "pan left"),
        ("Go a bit further to the right", "pan right"),
    ],
)
def test_what_asks_for_a_closer_look(words: str, way: str) -> None:
    assert route(words) == Call("zoom", {"way": way})


def test_a_thing_is_looked_at_with_room_round_it() -> None:
    assert route("Zoom in on the sign.") == Call("zoom", {"thing": "sign"})
    region = around([Box(0.4, 0.4, 0.1, 0.1), Box(0.45, 0.5, 0.15, 0.1)])
    assert (region.x, region.y, region.w, region.h) == pytest.approx((0.37, 0.37, 0.26, 0.26))
    assert around([Box(0.95, 0.0, 0.05, 1.0)]).x + around([Box(0.95, 0.0, 0.05, 1.0)]).w <= 1.0


@pytest.mark.parametrize(
    "words",
    [
        "I zoomed in on it",
        "Is Zoom a program?",
        "Sit closer to me",
        "Turn left at the corner",
        "I have a meeting on Zoom",
    ],
)
def test_what_does_not(words: str) -> None:
    assert not isinstance(made := route(words), Call) or made.tool != "zoom"


def test_steps_lead_where_they_say() -> None:
    assert zoomed(WHOLE, "left") == Box(0, 0, SHARE, 1)
    assert zoomed(WHOLE, "bottom right") == Box(1 - SHARE, 1 - SHARE, SHARE, SHARE)
    assert zoomed(WHOLE, "in") == zoomed(WHOLE, "centre") == Box((1 - SHARE) / 2, (1 - SHARE) / 2, SHARE, SHARE)
    assert zoomed(zoomed(WHOLE, "in"), "out") == WHOLE
    assert zoomed(WHOLE, "out") == zoomed(WHOLE, "pan left") == WHOLE  # no farther: it says so
    right = zoomed(zoomed(WHOLE, "in"), "pan right")
    assert right.x > zoomed(WHOLE, "in").x
    assert where("top right") == "at the top right"
    assert where("pan left") == "farther on the left"


WAYS = ["in", "out", "whole", "left", "right", "top", "bottom", "centre", "top left", "pan left", "pan bottom", "?"]


@given(st.lists(st.sampled_from(WAYS), max_size=20))
def test_every_region_lies_in_the_picture_and_is_not_too_small(ways: list[str]) -> None:
    region = WHOLE
    for way in ways:
        region = zoomed(region, way)
        assert -1e-9 <= region.x <= region.x + region.w <= 1 + 1e-9
        assert -1e-9 <= region.y <= region.y + region.h <= 1 + 1e-9
        assert min(region.w, region.h) >= LEAST
