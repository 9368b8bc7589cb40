"""What may be watched for, as people say it, and when it counts as seen."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agents.rules import Call, Say, route
from visavis_agents.rules.watch import CANNOT
from visavis_agents.seeing.glance import Glance, difference, thumbnail
from visavis_agents.seeing.sight import Frame
from visavis_agents.seeing.things import bare, same
from visavis_agents.seeing.watching import Aim, Evidence, Watch, aim
from visavis_models.ports import Found

PEOPLE, HANDS, CHANGE = Aim("people"), Aim("hands"), Aim("change")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Tell me when someone comes in.", PEOPLE),
        ("Tell me if somebody comes into the room, please.", PEOPLE),
        ("Could you let me know when someone's at the door?", PEOPLE),
        ("Let me know as soon as the postman arrives.", PEOPLE),
        ("Say something when you see a person.", PEOPLE),
        ("Warn me if anybody walks in.", PEOPLE),
        ("Tell me when my wife comes home", PEOPLE),
        ("Watch the door.", PEOPLE),
        ("When you see someone, tell me.", PEOPLE),
        ("Tell me when everyone has left.", Aim("people", gone=True)),
        ("Let me know when nobody is there any more.", Aim("people", gone=True)),
        ("Tell me when the room is empty.", Aim("people", gone=True)),
        ("Tell me when she leaves.", Aim("people", gone=True)),
        ("Tell me when you see a hand.", HANDS),
        ("Let me know when someone raises their hand.", HANDS),
        ("Tell me when you see a cat.", Aim("thing", "cat")),
        ("Let me know when a dog appears.", Aim("thing", "dog")),
        ("Watch out for a bird.", Aim("thing", "bird")),
        ("Look out for the mail truck, please", Aim("thing", "mail truck")),
        ("Tell me when my cat comes in.", Aim("thing", "cat")),
        ("Tell me when the bottle is gone.", Aim("thing", "bottle", gone=True)),
        ("Let me know when you no longer see the cup.", Aim("thing", "cup", gone=True)),
        ("Keep an eye on my bag.", Aim("thing", "bag", gone=True)),
        ("Let me know when the light turns green.", Aim("colour", "green")),
        ("Tell me when it goes red", Aim("colour", "red")),
        ("Tell me when you see something blue.", Aim("colour", "blue")),
        ("Tell me when something moves.", CHANGE),
        ("Let me know if anything changes.", CHANGE),
        ("Alert me when the door opens.", CHANGE),
        ("Tell me when the light goes off.", Aim("light", gone=True)),
        ("Tell me when it gets dark.", Aim("light", gone=True)),
    ],
)
def test_what_is_to_be_watched_for(said: str, wanted: Aim) -> None:
    made = route(said)
    assert isinstance(made, Call)
    assert made.tool == "watch_for"
    assert aim(made.arguments["what"]) == wanted


@pytest.mark.parametrize(
    "said",
    ["Let me know when it rains.", "Tell me when the kettle boils.", "Let me know when dinner is ready.",
     "Warn me when the phone rings."],
)  # fmt: skip
def test_what_no_eye_can_see_is_refused_at_once(said: str) -> None:
    assert route(said) == Say(CANNOT)


@pytest.mark.parametrize(
    "said",
    [
        "Tell me when the war ended.",
        "Tell me when Columbus discovered America.",
        "When is Easter?",
        "When someone comes in I get nervous.",
        "Remind me when it is five o'clock.",
        "Tell me when you were born.",
        "Tell me when ten minutes are up.",
        "When a man looks for something beyond his reach his friends say he is looking for gold.",
        "I like to watch the birds.",
        "Wait for me.",
        "Watch the news with me.",
        "Let us know what you think.",
    ],
)
def test_what_is_no_watch(said: str) -> None:
    made = route(said)
    assert not (isinstance(made, Call) and made.tool == "watch_for")
    assert made != Say(CANNOT)


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("Stop watching.", "stop_watching", {"what": ""}),
        ("You can stop watching now.", "stop_watching", {"what": ""}),
        ("Stop looking out for someone.", "stop_watching", {"what": "someone comes"}),
        ("Cancel the watch.", "stop_watching", {"what": ""}),
        ("Stop watching for the cat.", "stop_watching", {"what": "I see a cat"}),
        ("What are you watching for?", "watches", {}),
        ("Are you still watching?", "watches", {}),
    ],
)
def test_watches_are_ended_and_listed(said: str, tool: str, arguments: dict[str, str]) -> None:
    assert route(said) == Call(tool, arguments)


@pytest.mark.parametrize("kind", ["people", "hands", "thing", "colour", "change", "light"])
@pytest.mark.parametrize("gone", [False, True])
def test_what_is_told_is_understood_again(kind, gone) -> None:
    wanted = Aim(kind, {"thing": "cup", "colour": "green"}.get(kind, ""), gone and kind not in ("colour", "change"))
    assert aim(wanted.told) == wanted


def test_names_of_things() -> None:
    assert bare("my cup on the table") == "cup"
    assert bare("any of the") == "of the"
    assert same("dogs", "dog, beagle")
    assert same("bottle", "water bottle")
    assert same("phone", "mobile phone")
    assert not same("cat", "cattle")


# --- seen or not -----------------------------------------------------------------------------------------------------

FACE, CAT, CUP = Found("face", "face", 0.9), Found("thing", "cat, tabby", 0.8), Found("thing", "cup", 0.7)


def looks(wanted: Aim, *found: tuple[Found, ...] | None, every_s: float = 0.5) -> list[int]:
    """Which looks saw it."""
    watch = Watch(1, wanted, 3600.0)
    return [n for n, each in enumerate(found) if watch.saw(Evidence(n * every_s, found=each))]


def test_two_looks_must_agree() -> None:
    assert looks(PEOPLE, (), (FACE,), (FACE,)) == [2]
    assert looks(PEOPLE, (), (FACE,), (), (FACE,), ()) == []
    assert looks(PEOPLE, (), (FACE,), None, (FACE,)) == [3]  # nothing had moved: that look proves nothing
    assert looks(Aim("thing", "cat"), (), (CAT,), (CUP, CAT)) == [2]


def test_who_was_there_before_does_not_come() -> None:
    assert looks(PEOPLE, (FACE,), (FACE,), (), (FACE,), (FACE,)) == []  # once overlooked
    assert looks(PEOPLE, (FACE,), (FACE, FACE), (FACE, FACE)) == [2]
    away = [()] * 12
    assert looks(PEOPLE, (FACE,), *away, (FACE,), (FACE,)) == [14]  # left, and came back


def test_gone_takes_longer() -> None:
    cup = Aim("thing", "cup", gone=True)
    assert looks(cup, (CUP,), (), (CUP,), (), (), (CUP,)) == []
    assert looks(cup, (CUP,), (), (), (), (), ()) == [5]
    assert looks(cup, (CUP,), (), None, None, None, None) == [5]  # still gone, as nothing moves
    weak = Found("thing", "cup", 0.35)
    assert looks(cup, (CUP,), (weak,), (weak,), (weak,), (weak,), (weak,)) == []


def room(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 200, (12, 16, 3), np.uint8).repeat(40, 0).repeat(40, 1)


def noisy(picture: np.ndarray, gain: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 8, picture.shape)
    return np.clip(picture * gain + noise, 0, 255).astype(np.uint8)


def test_noise_and_flicker_move_nothing_and_a_small_thing_does() -> None:
    still = room()
    first = thumbnail(noisy(still, 1.0, 0))
    assert all(difference(thumbnail(noisy(still, gain, 1)), first) < 0.004 for gain in (0.8, 0.9, 1.1, 1.2))
    still[200:260, 300:360] = 20
    assert difference(thumbnail(noisy(still, 1.0, 2)), first) >= 0.008


def glances(pictures: list[np.ndarray], colour: str) -> list[float]:
    glance = Glance()
    return [
        glance.look(Frame(0.5 * n, lambda picture=picture: picture), [colour])[2][colour]
        for n, picture in enumerate(pictures)
    ]


def test_a_lamp_that_turns_green_stays_where_it_is() -> None:
    red, green = room(), room()
    red[100:130, 300:330], green[100:130, 300:330] = (220, 30, 30), (30, 220, 60)
    red[300:420, 20:200] = green[300:420, 20:200] = (30, 160, 60)  # a plant
    shares = glances([red] * 4 + [green] * 3, "green")
    assert max(shares[:5]) == 0.0
    assert shares[5] >= 0.0015
    passing = []
    for n in range(6):  # somebody in a green coat
        passing.append(room())
        passing[-1][50:400, 40 + 80 * n : 110 + 80 * n] = (30, 160, 60)
    assert max(glances([room()] * 3 + passing, "green")) == 0.0


def test_the_finders_are_asked_only_when_something_has_moved() -> None:
    asked = []

    def find(picture):
        asked.append(picture)
        return ()

    glance = Glance()
    still, other = room(), room(5)
    for n in range(6):
        found = glance.look(Frame(n / 2, lambda n=n: noisy(still, 1.0, n)), find=find)[3]
        assert (found == ()) == (n == 0)
    assert glance.look(Frame(3.0, lambda: other), find=find)[3] == ()
    assert glance.look(Frame(3.5, lambda: other), find=find)[3] is None
    assert glance.look(Frame(4.0, lambda: other), find=find, surely=True)[3] == ()
    assert len(asked) == 3
