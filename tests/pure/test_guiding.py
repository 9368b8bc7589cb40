"""What the guide says unasked: what changed, once, when it has lasted; and how good the picture is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from visavis_agents.rules import Call, route
from visavis_agents.seeing.guiding import APART_S, SURE, TROUBLES, Known, Light, Sighting, aim, step, trouble
from visavis_models.ports import Box, Found

GOOD = Light(0.5, 0.2, 0.3)
LOOK_S = 0.6


def face(h: float = 0.2, x: float = 0.4, score: float = 0.9) -> Found:
    return Found("face", "face", score, Box(x, 0.3, h * 0.75, h))


def thing(name: str, score: float = 0.9, box: Box | None = None) -> Found:
    return Found("thing", name, score, box)


def text(*lines: str) -> tuple[Found, ...]:
    return tuple(Found("text", line, 0.95, Box(0.2, 0.2 + 0.1 * n, 0.5, 0.08)) for n, line in enumerate(lines))


def told(looks: Iterable[tuple[float, Sighting]]) -> list[tuple[float, str]]:
    known, said = Known(), []
    for at, seen in looks:
        known, remark = step(known, seen)
        if remark:
            said.append((round(at, 1), remark))
    return said


def lasting(*parts: tuple[float, tuple[Found, ...]], light: Light = GOOD) -> list[tuple[float, Sighting]]:
    """Parts that last so many seconds each and show these things."""
    looks, at = [], 0.0
    for lasts_s, found in parts:
        end = at + lasts_s
        while at < end:
            looks.append((at, Sighting(at, light, found)))
            at += LOOK_S
    return looks


def words(looks: Iterable[tuple[float, Sighting]]) -> list[str]:
    return [remark for _, remark in told(looks)]


def test_somebody_who_comes_is_told_once_and_told_again_when_they_have_left() -> None:
    said = told(lasting((3, ()), (20, (face(x=0.05),)), (9, ())))
    assert [remark for _, remark in said] == ["Someone is there, on the left.", "Nobody is there any more."]
    assert 3 + 1.0 < said[0][0] < 3 + 2.6
    assert 23 + 3.5 < said[1][0] < 23 + 6


def test_a_glimpse_and_a_turned_head_change_nothing() -> None:
    assert words(lasting((3, ()), (0.5, (face(),)), (6, ()))) == []
    assert words(lasting((10, (face(),)), (2, ()), (10, (face(),)))) == ["Someone is there, straight ahead."]


def test_more_people_and_fewer() -> None:
    two = (face(x=0.1), face(x=0.7))
    said = words(lasting((6, (face(),)), (8, two), (9, (face(),))))
    assert said == ["Someone is there, straight ahead.", "There are two people now.", "Only one person is there now."]


def test_things_are_told_as_surely_as_they_are_seen_and_once() -> None:
    box = Box(0.7, 0.4, 0.2, 0.2)
    said = words(lasting((8, (thing("cup", 0.6),)), (8, (thing("umbrella", 0.8, box),)), (8, (thing("cup", 0.9),))))
    assert said == ["I think I see a cup.", "I see an umbrella, on the right."]
    assert words(lasting((8, (thing("cup", SURE - 0.1),)))) == []


def test_signs_are_read_and_long_text_is_announced() -> None:
    looks = [(0.0, Sighting(0.0, GOOD)), (4.0, Sighting(4.0, GOOD, (), text("EXIT", "Platform 2")))]
    looks += [(8.0, Sighting(8.0, GOOD, (), text("EXlT", "Platform 2")))]
    assert words(looks) == ["I can read: EXIT Platform 2."]
    long = text("The museum is open from ten until", "six in the evening.")
    said = words([(4.0, Sighting(4.0, GOOD, (), long))])
    assert said[0].startswith("There is text. It begins: The museum is open")
    assert said[0].endswith("Say read this, to hear it.")


def test_somebody_who_comes_nearer_is_warned_of_once() -> None:
    heights = [0.2, 0.22, 0.25, 0.28, 0.32, 0.36, 0.42, 0.5, 0.55, 0.6, 0.6, 0.6, 0.6]
    looks = [(n * LOOK_S, Sighting(n * LOOK_S, GOOD, (face(h),))) for n, h in enumerate(heights)]
    said = words(looks)
    assert [remark for remark in said if "Careful" in remark] == ["Careful, someone is coming close, straight ahead."]
    still = [(n * LOOK_S, Sighting(n * LOOK_S, GOOD, (face(0.6),))) for n in range(12)]
    assert not [remark for remark in words(still) if "Careful" in remark]
    jump = [0.2] * 5 + [0.6] + [0.2] * 5  # one wrong box
    assert not [
        remark
        for remark in words([(n * LOOK_S, Sighting(n * LOOK_S, GOOD, (face(h),))) for n, h in enumerate(jump)])
        if "Careful" in remark
    ]


@pytest.mark.parametrize(
    ("light", "wrong"),
    [
        (GOOD, ""),
        (Light(0.03, 0.01, 0.5), "dark"),
        (Light(0.08, 0.05, 0.5), "dark"),
        (Light(0.1, 0.15, 0.3), ""),  # a lamp at night
        (Light(0.98, 0.02, 0.1), "bright"),
        (Light(0.5, 0.01, 0.5), "plain"),
        (Light(0.5, 0.2, 0.02), "blurred"),
    ],
)
def test_what_is_wrong_with_a_picture(light: Light, wrong: str) -> None:
    assert trouble(light) == wrong


def test_a_bad_picture_is_told_when_it_lasts_and_not_all_the_time() -> None:
    dark = Light(0.03, 0.01, 0.5)
    said = told(lasting((40, (thing("cup"),)), light=dark))
    assert [remark for _, remark in said] == [TROUBLES["dark"]] * 2
    assert said[0][0] <= 3
    assert said[1][0] - said[0][0] >= 30
    assert told(lasting((1.2, ()), light=dark)) == []


def test_nothing_is_said_when_nobody_would_hear_it_and_nothing_is_lost() -> None:
    known = Known()
    for n in range(10):
        known, remark = step(known, Sighting(n * LOOK_S, GOOD, (face(),)), quiet=False)
        assert remark == ""
    known, remark = step(known, Sighting(6.0, GOOD, (face(),)))
    assert remark == "Someone is there, straight ahead."


@pytest.mark.parametrize(
    ("boxes", "move"),
    [
        ([Box(0.2, 0.2, 0.5, 0.1)], ""),
        ([], ""),
        ([Box(0.0, 0.2, 0.5, 0.1), Box(0.3, 0.4, 0.3, 0.1)], "Move the camera a little to the left."),
        ([Box(0.6, 0.2, 0.4, 0.1)], "Move the camera a little to the right."),
        ([Box(0.6, 0.91, 0.4, 0.09)], "Move the camera a little to the right and down."),
        ([Box(0.0, 0.2, 1.0, 0.1)], "Move the camera a little away from it."),
    ],
)
def test_how_to_move_the_camera(boxes: list[Box], move: str) -> None:
    assert aim(boxes) == move


@pytest.mark.parametrize(
    "words",
    [
        "Am I holding it right?",
        "Is it in the picture?",
        "Is my face in the picture?",
        "How should I hold the camera?",
        "Am I in the frame?",
        "Is the page fully in the picture?",
        "Help me aim the camera",
    ],
)
def test_what_asks_how_to_hold_the_camera(words: str) -> None:
    assert route(words) == Call("aim")


LIGHTS = st.builds(Light, st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 1))
BOXES = st.one_of(st.none(), st.builds(Box, *(st.floats(0, 1) for _ in range(4))))
FOUND = st.builds(
    Found,
    st.sampled_from(["thing", "face", "hand"]),
    st.sampled_from(["cup", "person", "face", "dog"]),
    st.floats(0, 1),
    BOXES,
)


@given(st.lists(st.tuples(st.floats(0.1, 5), LIGHTS, st.lists(FOUND, max_size=4)), max_size=40))
def test_remarks_keep_apart_whatever_is_seen(looks: list[tuple[float, Light, list[Found]]]) -> None:
    at, seen = 0.0, []
    for after, light, found in looks:
        at += after
        seen.append((at, Sighting(at, light, tuple(found))))
    said = [(t, remark) for t, remark in told(seen) if "Careful" not in remark and remark not in TROUBLES.values()]
    assert all(later - earlier >= APART_S - 0.11 for (earlier, _), (later, _) in zip(said, said[1:], strict=False))
