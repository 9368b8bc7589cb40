"""The memory of what was seen: what is kept, what goes, what is found again, and how it is asked for."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from visavis_agents.rules import Call, route
from visavis_agents.seeing.seen import MOST, MOST_BYTES, OLDEST_S, Keepsake, Seen, Spot, ago


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("Where did I leave my keys?", "where_seen", {"thing": "my keys"}),
        ("Where's my cup?", "where_seen", {"thing": "my cup"}),
        ("Do you know where my glasses are?", "where_seen", {"thing": "my glasses"}),
        ("Where did I put the remote?", "where_seen", {"thing": "the remote"}),
        ("Have you seen my cup?", "where_seen", {"thing": "my cup"}),
        ("Have you seen a dog today?", "where_seen", {"thing": "a dog"}),
        ("When did you last see my phone?", "where_seen", {"thing": "my phone"}),
        ("What did the sign say?", "what_it_said", {}),
        ("What did the street sign say again?", "what_it_said", {}),
        ("What was written on the card?", "what_it_said", {}),
        ("What was on that letter?", "what_it_said", {}),
        ("Have you seen this before?", "seen_before", {}),
        ("Did I show you that already?", "seen_before", {}),
        ("What changed?", "what_changed", {}),
        ("What has changed since I asked you?", "what_changed", {}),
        ("What's different?", "what_changed", {}),
        ("Has anything changed?", "what_changed", {}),
        ("What was I holding before?", "held_before", {}),
        ("What did I show you a minute ago?", "held_before", {}),
        ("What did I just have in my hand?", "held_before", {}),
        ("What have you seen so far?", "seen_so_far", {}),
        ("Forget what you saw.", "forget_seen", {}),
        ("Please forget everything you have seen.", "forget_seen", {}),
        ("Delete the pictures.", "forget_seen", {}),
        ("Remember what you see.", "remember_seen", {"allowed": True}),
        ("Don't remember what you see.", "remember_seen", {"allowed": False}),
        ("Forget everything.", "forget", {}),
        ("Remember that my keys are in the drawer.", "remember", {"fact": "Your keys are in the drawer."}),
        ("What does the sign say?", "look", {"question": "What does the sign say?"}),
        ("What am I holding?", "look", {"question": "What am I holding?"}),
        ("What do you see?", "look", {"question": "What do you see?"}),
    ],
)
def test_what_is_asked_of_the_memory(said: str, tool: str, arguments: dict[str, object]) -> None:
    assert route(said) == Call(tool, arguments)


@pytest.mark.parametrize(
    "said",
    ["Have you seen the news?", "Have you seen the film about the sea?", "Where is the Eiffel Tower?", "Where is Paris?",
     "What did you say?", "What did he say?", "What did you see in him?", "Have you ever seen the sea?", "What's new?"],
)  # fmt: skip
def test_what_is_no_question_to_it(said: str) -> None:
    made = route(said)
    assert not (isinstance(made, Call) and made.tool in ("where_seen", "what_it_said", "what_changed", "seen_so_far"))


def keepsake(at: float, *names: str, **more) -> Keepsake:
    return Keepsake(0, at, more.pop("jpeg", b"x"), tuple(Spot(name, "on the left") for name in names), **more)


def filled(*keepsakes: Keepsake) -> Seen:
    seen = Seen()
    for each in keepsakes:
        seen.add(each)
    return seen


def test_the_newest_that_shows_it_is_found() -> None:
    seen = filled(
        keepsake(1, "cup"), keepsake(2, "dog, beagle", "cup"), keepsake(3, "book"), keepsake(4, held="a mobile phone")
    )
    assert seen.find("cup").keepsake.at == 2
    assert seen.find("beagle").keepsake.at == 2
    found = seen.find("phone")
    assert (found.keepsake.at, found.place) == (4, "in your hand")
    assert seen.find("umbrella") is None


def test_what_is_written_and_what_was_said_of_a_frame_is_found() -> None:
    seen = filled(
        keepsake(1, text=("SPARE KEYS", "do not touch")),
        keepsake(2, said="I see a red bicycle. I can't see a helmet."),
        keepsake(3, "dog"),
    )
    assert (seen.find("keys").how, seen.find("keys").keepsake.at) == ("read", 1)
    assert (seen.find("bicycle").how, seen.find("bicycle").keepsake.at) == ("told", 2)
    assert seen.find("helmet") is None
    assert [each.at for each in seen.with_text()] == [1]


def test_vectors_rank_pictures_only_when_they_are_alike_enough() -> None:
    def packed(*numbers: float) -> bytes:
        return np.asarray(numbers, np.float16).tobytes()

    seen = filled(keepsake(1, vector=packed(1, 0)), keepsake(2, vector=packed(0.6, 0.8)), keepsake(3))
    wanted = np.asarray([0, 1], np.float32)
    assert seen.find("keys", wanted, 0.3).keepsake.at == 2
    assert seen.find("keys", wanted, 0.9) is None
    assert [each.at for each, _ in seen.ranked(wanted)] == [2, 1]
    assert seen.ranked(np.zeros(3, np.float32)) == []  # of another model


def test_room_is_made_where_frames_are_close_together() -> None:
    seen = Seen()
    for n in range(2 * MOST):
        seen.add(keepsake(10.0 * n if n < MOST else 10.0 * MOST + 0.5 * n, said="asked" if n == 3 else ""))
    assert len(seen.keepsakes) == MOST
    assert sum(each.at < 10.0 * MOST for each in seen.keepsakes) > MOST / 2
    assert seen.find("asked") is not None
    big = filled(*(keepsake(10.0 * n, jpeg=bytes(MOST_BYTES // 10)) for n in range(30)))
    assert sum(len(each.jpeg) for each in big.keepsakes) <= MOST_BYTES
    assert big.keepsakes[0].at == 0.0
    assert big.keepsakes[-1].at == 290.0


def test_it_forgets_by_age_and_on_request() -> None:
    seen = filled(keepsake(1, "cup"), keepsake(100, "book"))
    seen.expire(OLDEST_S + 50)
    assert [each.at for each in seen.keepsakes] == [100]
    assert seen.forget() == 1
    assert seen.keepsakes == []


def test_numbers_stay_their_own_and_more_becomes_known() -> None:
    seen = Seen(filled(keepsake(1), keepsake(2)).keepsakes)
    third = seen.add(keepsake(3))
    assert third.number == 3
    seen.replace(2, text=("EXIT",))
    seen.replace(99, text=("nobody",))
    assert [each.text for each in seen.keepsakes] == [None, ("EXIT",), None]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(third), type=Keepsake) == third


def test_times_are_told_as_people_do() -> None:
    told = [ago(s) for s in (3, 14, 30, 62, 125, 600, 3000, 3600, 7100)]
    assert told == [
        "just now", "15 seconds ago", "half a minute ago", "about a minute ago", "about two minutes ago",
        "about ten minutes ago", "about 50 minutes ago", "about an hour ago", "about two hours ago",
    ]  # fmt: skip
