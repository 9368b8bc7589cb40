"""People before the camera, on a virtual clock: who is answered, who is greeted, who is forgotten."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.timed.scene import Scene
from tests.timed.test_replay import recorded
from tests.timed.virtual import Inline, Puppets, Script, picture_of, senses
from visavis_agents import events as ev
from visavis_agents.over import NOT_MEANT, SOMEBODY_ELSE
from visavis_agents.replay.virtual import play
from visavis_agents.roles import Role, load_role
from visavis_models.errors import ModelError
from visavis_models.senses import Sense

SENTENCES = ["Tell me about the sea.", "Dinner is ready.", "And the moon?", "Wait", "Where is the train?"]
SEA, DINNER, MOON, WAIT, TRAIN = range(5)
TALKATIVE = msgspec.structs.replace(load_role("companion"), sentences=0)
KIOSK = load_role("kiosk")
LONG = "The sea is wide and blue. It holds many fish and ships. The moon pulls it to and fro every day."
MOUTHS = (0.20, 0.27, 0.21, 0.30, 0.22)

Says = tuple[float, float, int]


class Watched(Puppets):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def faces(self, picture: Any, known: Any = ()) -> Any:
        self.asked.append(len(known))
        return super().faces(picture, known)


def person(at: float, speaks: list[Says], yaw: float = 0.0) -> tuple[float, float]:
    """A face whose lips move while it speaks."""
    talks = any(begin - 0.1 <= at < end + 0.1 for begin, end, _ in speaks)
    return yaw, MOUTHS[int(at / 0.12) % len(MOUTHS)] if talks else 0.2


def scene(
    say: list[Says], shows: Any, role: Role = TALKATIVE, lasts_s: float = 20.0, port: Any = None, words: Any = LONG
) -> Scene:
    faces = Sense(port or Puppets(), Inline(0.01))
    return play(Scene(senses(SENTENCES, words, faces=faces), say=say, role=role, lasts_s=lasts_s, shows=shows).play())


def reasons(told: Scene) -> list[str]:
    return [event.reason for event in told.of(ev.UserDropped)]


def test_somebody_else_in_the_room_does_not_stop_the_reply() -> None:
    mine: list[Says] = [(1.0, 2.6, SEA)]
    say = [*mine, (5.0, 6.4, DINNER)]
    told = scene(say, lambda at: picture_of(person(at, mine)))
    assert reasons(told) == [SOMEBODY_ELSE]
    assert not told.of(ev.ReplyCut)
    assert told.of(ev.ReplyEnded)[0].text == LONG
    assert [at for at in told.sounding if 6.1 < at < 6.4]  # softly, before they have ended
    without = scene(say, None)
    assert len(without.of(ev.ReplyCut)) == 1


def test_the_one_in_view_stops_it_sooner() -> None:
    mine: list[Says] = [(1.0, 2.6, SEA), (5.0, 6.4, DINNER)]
    seen_at = scene(mine, lambda at: picture_of(person(at, mine))).of(ev.ReplyCut)[0].at
    unseen_at = scene(mine, None).of(ev.ReplyCut)[0].at
    assert seen_at < unseen_at - 0.2


@pytest.mark.parametrize("shows", [lambda at: picture_of(), lambda at: picture_of((0, 0.2), (5, 0.2))])
def test_nobody_or_two_in_view_change_nothing(shows: Any) -> None:
    say = [(1.0, 2.6, SEA), (5.0, 6.4, DINNER)]
    told, without = scene(say, shows), scene(say, None)
    assert [event for event in told.events] == [event for event in without.events]


def test_lips_that_never_moved_are_not_believed_to_be_still() -> None:
    told = scene([(1.0, 2.6, SEA), (5.0, 6.4, DINNER)], lambda at: picture_of((0, 0.2)))
    assert len(told.of(ev.ReplyCut)) == 1  # a mask, a beard, bad light


def test_a_kiosk_does_not_answer_backs_and_a_companion_does() -> None:
    say = [(8.0, 9.4, TRAIN)]
    away = scene(say, lambda at: picture_of(person(at, say, yaw=60)), KIOSK)
    assert reasons(away) == [NOT_MEANT]
    assert not [event for event in away.of(ev.ReplyStarted) if event.utterance]
    for shows, role in (
        (lambda at: picture_of(person(at, say)), KIOSK),
        (lambda at: picture_of(person(at, say, yaw=60)), TALKATIVE),
        (None, KIOSK),
    ):
        assert [event for event in scene(say, shows, role).of(ev.ReplyStarted) if event.utterance]


def test_who_comes_is_greeted_and_who_has_left_is_forgotten() -> None:
    language = Script("It is behind the stairs.")
    say = [(24.0, 25.4, SEA), (80.0, 81.4, MOON)]

    def shows(at: float) -> Any:
        return picture_of((0, 0.2)) if 20.0 <= at < 40.0 or at >= 75.0 else picture_of()

    told = scene(say, shows, KIOSK, 90.0, words=language)
    greeted = [event.at for event in told.of(ev.ReplyEnded) if event.text == KIOSK.greeting]
    assert greeted == [pytest.approx(1.6, abs=0.3), pytest.approx(23.0, abs=0.8), pytest.approx(78.0, abs=0.8)]
    forgotten = [event.at for event in told.of(ev.Forgotten)]
    assert forgotten == [pytest.approx(60.0, abs=1.5)]
    assert not [message for message in language.asked[-1] if "sea" in message.text]
    assert told.left is not None and [line.text for line in told.left.lines if line.who == "user"] == ["And the moon?"]


def test_who_talks_out_of_view_is_still_here() -> None:
    say = [(10.0 + 12 * n, 11.4 + 12 * n, SEA) for n in range(5)]
    told = scene(say, lambda at: picture_of((0, 0.2)) if at < 12.0 else picture_of(), KIOSK, 70.0, words="Yes.")
    assert not told.of(ev.Forgotten)


def test_a_camera_that_goes_off_forgets_nothing() -> None:
    told = scene([(4.0, 5.4, SEA)], lambda at: picture_of((0, 0.2)) if at < 12.0 else None, KIOSK, 60.0)
    assert not told.of(ev.Forgotten)


def test_it_looks_only_while_that_helps() -> None:
    port = Watched()
    say = [(5.0, 6.6, SEA)]
    scene(say, lambda at: picture_of(person(at, say)), port=port, lasts_s=30.0)
    assert 12 <= len(port.asked) <= 28  # two seconds, and the half before
    assert sum(known == 0 for known in port.asked) <= 4  # else the face is followed
    port = Watched()
    scene([], lambda at: picture_of((0, 0.2)), KIOSK, 30.0, port)
    assert 25 <= len(port.asked) <= 31


def test_eyes_that_fail_change_nothing() -> None:
    class Blind:
        def faces(self, picture: Any, known: Any = ()) -> Any:
            raise ModelError("no")

    say = [(1.0, 2.6, SEA), (5.0, 6.4, DINNER)]
    assert scene(say, lambda at: picture_of((0, 0.2)), port=Blind()).events == scene(say, None).events


def test_a_recording_holds_the_looks_and_plays_again_bit_for_bit() -> None:
    mine: list[Says] = [(1.0, 2.6, SEA)]
    told, scene = recorded(
        senses(SENTENCES, LONG, faces=Sense(Puppets(), Inline(0.01))),
        say=[*mine, (5.0, 6.4, DINNER)],
        role=TALKATIVE,
        lasts_s=20.0,
        shows=lambda at: picture_of(person(at, mine)),
    )
    assert reasons(scene) == [SOMEBODY_ELSE]
    assert any(b"FaceSeen" in line for line in told.lines)
    outcome = told.replay()
    assert outcome.difference is None
    assert not outcome.stand_ins
