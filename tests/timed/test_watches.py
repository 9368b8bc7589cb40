"""Watches on a virtual clock: said once, never over the user, ended, listed, bounded, and gone with the camera."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np

from tests.timed.scene import Scene
from tests.timed.test_replay import Memory
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.seeing.sight import Frame
from visavis_agents.seeing.watches import GIVEN_UP
from visavis_models.ports import Found, Picture
from visavis_models.senses import Sense

SENTENCES = ["Tell me when someone comes in.", "I was telling you about my day and the long way home."]
ASKED, TALK = range(2)


class Spots:
    """Eyes for made pictures: a bright square in the first row is a person, in the second a cup, in the third a hand."""

    KINDS = (Found("face", "face", 0.9), Found("thing", "cup", 0.9), Found("hand", "hand", 0.9))

    def __init__(self) -> None:
        self.looked = 0

    def names(self) -> tuple[str, ...]:
        return ("cup", "cat, tabby")

    def find(self, picture: Picture) -> tuple[Found, ...]:
        self.looked += 1
        return tuple(kind for row, kind in enumerate(self.KINDS) if picture[20 + 40 * row, 20, 0] > 200)

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        yield "I see."


def picture(*rows: int) -> Picture:
    made = np.full((120, 160, 3), 90, np.uint8)
    for row in rows:
        made[40 * row : 40 * row + 40, :40] = 250
    return made


def film(lasts_s: float, shows: Callable[[float], Picture | None], every_s: float = 0.1) -> list[tuple[float, Any]]:
    """A camera: every frame that it takes."""
    frames = []
    for n in range(round(lasts_s / every_s)):
        at = n * every_s
        if (shown := shows(at)) is not None:
            frames.append((at, lambda session, at=at, shown=shown: session.see(Frame(at, lambda: shown))))
    return frames


def typed(at: float, text: str) -> tuple[float, Any]:
    return at, lambda session: session.receive(ev.TextTyped(text=text))


def scene(shows, *act, lasts_s=20.0, camera_s=None, say=(), eyes=None, **more) -> Scene:
    vision = Sense(eyes or Spots(), Inline(0.15))
    acts = [*film(camera_s or lasts_s, shows), *act]
    return play(Scene(senses(SENTENCES, "x", vision=vision), act=acts, say=list(say), lasts_s=lasts_s, **more).play())


def said(told: Scene) -> list[str]:
    return [event.text for event in told.of(ev.ReplyEnded)]


def test_who_comes_in_is_told_of_once_and_shown() -> None:
    told = scene(lambda at: picture(0) if at >= 10 else picture(), say=[(1.0, 2.0, ASKED)])
    assert said(told) == ["All right, I'll tell you when someone comes.", "Someone has come."]
    [begun], [over] = told.of(ev.WatchSet), told.of(ev.WatchEnded)
    assert begun.what == "someone comes"
    assert over.seen
    spoken = told.of(ev.ReplyStarted)[1].at
    assert 10.0 < spoken < 11.5
    [shown] = told.of(ev.SightUsed)
    assert 10.0 <= shown.frame_s < 11.5
    assert told.of(ev.PictureDone)


def test_it_is_not_said_over_the_user() -> None:
    told = scene(
        lambda at: picture(0) if at >= 8 else picture(),
        typed(1.0, "Tell me when someone comes in."),
        say=[(7.5, 14.0, TALK)],
    )
    assert "Someone has come." in said(told)
    assert not [at for at in told.sounding if 7.5 < at < 14.0]


def test_a_still_picture_is_not_looked_at_by_the_finders() -> None:
    eyes = Spots()
    chance = np.random.default_rng(0)

    def still(at: float) -> Picture:
        return np.clip(picture(1) * (1 + 0.1 * np.sin(at)) + chance.normal(0, 4, (120, 160, 3)), 0, 255).astype(
            np.uint8
        )

    told = scene(still, typed(1.0, "Tell me when someone comes in."), lasts_s=60.0, eyes=eyes)
    assert len(said(told)) == 1
    assert eyes.looked == 3  # when it was asked for, at the first look, and once for the memory


def test_what_is_gone_must_have_been_there() -> None:
    told = scene(lambda at: picture(1) if at < 10 else picture(), typed(1.0, "Tell me when the cup is gone."))
    assert said(told) == ["All right, I'll tell you when the cup is gone.", "The cup is gone."]
    assert 12.0 < told.of(ev.WatchEnded)[0].at < 14.0
    told = scene(lambda at: picture(), typed(1.0, "Tell me when the cup is gone."))
    assert said(told)[0].startswith("I don't see a cup now, so I can't tell when it is gone.")
    assert not told.of(ev.WatchSet)


def test_what_it_cannot_see_it_says_at_once() -> None:
    for asked, answer in (
        ("Tell me when you see a unicorn.", "I can't watch for a unicorn: I don't know it by sight. I can only"),
        ("Tell me when the phone rings.", "I can't watch for that. I can only watch for people, hands,"),
        ("Tell me when you see a cup.", "I see a cup already."),
    ):
        told = scene(lambda at: picture(1), typed(1.0, asked), lasts_s=16.0)
        assert said(told)[0].startswith(answer)
        assert not told.of(ev.WatchSet)
    told = scene(lambda at: None, typed(1.0, "Tell me when you see a cat."), lasts_s=8.0)
    assert said(told) == ["I can't see anything. Turn your camera on and ask me again."]


def test_watches_are_listed_and_ended_in_words_and_in_the_page() -> None:
    told = scene(
        lambda at: picture(0) if at >= 40 else picture(),
        typed(1.0, "Tell me when someone comes in."),
        typed(8.0, "Tell me when you see a cat."),
        typed(15.0, "What are you watching for?"),
        (21.0, lambda session: session.receive(ev.WatchStopped(watch=2))),
        typed(22.0, "What are you watching for?"),
        typed(28.0, "Stop watching."),
        typed(34.0, "Stop watching."),
        lasts_s=45.0,
    )
    assert said(told)[2:] == [
        "I'm to tell you when someone comes, and when I see a cat.",
        "I'm to tell you when someone comes.",
        "I have stopped watching.",
        "I'm not watching for anything.",
    ]
    assert [event.seen for event in told.of(ev.WatchEnded)] == [False, False]


def test_without_a_camera_a_watch_is_given_up_and_that_is_said() -> None:
    told = scene(lambda at: picture(), typed(1.0, "Tell me when someone comes in."), lasts_s=90.0, camera_s=10.0)
    assert said(told)[1:] == [GIVEN_UP]
    assert 65.0 < told.of(ev.WatchEnded)[0].at < 80.0


def test_a_watch_goes_on_in_another_process() -> None:
    before = scene(lambda at: picture(), typed(1.0, "Tell me when someone comes in."), lasts_s=8.0)
    assert before.left is not None
    assert before.left.watches == (("someone comes", before.of(ev.WatchSet)[0].until_s),)
    after = scene(lambda at: None, lasts_s=20.0, kept=before.left, gone_s=1.0)
    assert after.of(ev.WatchSet)[-1].what == "someone comes"


def test_what_was_seen_replays_bit_for_bit() -> None:
    tape = Memory()
    told = scene(
        lambda at: picture(0) if at >= 12 else picture(1),
        typed(1.0, "Tell me when someone comes in."),
        typed(8.0, "Tell me when the cup is gone."),
        typed(20.0, "Where did I leave my cup?"),
        typed(27.0, "What has changed?"),
        lasts_s=36.0,
        tape=tape,
    )
    assert {"Someone has come.", "The cup is gone."} < set(said(told))
    assert said(told)[4].startswith("I saw your cup")
    outcome = tape.replay()
    assert outcome.difference is None, outcome.difference
