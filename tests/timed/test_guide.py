"""The guide in whole conversations on a virtual clock: it speaks by itself, into the quiet only, and is in time or silent."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import cv2
import numpy as np

from tests.timed.scene import Scene
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_agents.seeing.guiding import TROUBLES
from visavis_agents.seeing.sight import Frame
from visavis_models.ports import Box, Found, Picture
from visavis_models.senses import Sense

ROOM = cv2.resize(np.random.default_rng(5).integers(0, 255, (60, 80, 3), np.uint8), (640, 480))
SIGN = cv2.resize(np.random.default_rng(6).integers(0, 255, (60, 80, 3), np.uint8), (640, 480))
DARK = np.full((480, 640, 3), 4, np.uint8)
SENTENCES = ["What time is it?", "Tell me about the sea.", "Am I holding it right?"]


class Eyes:
    """People as many as it is told, and a sign where the picture is SIGN."""

    def __init__(self) -> None:
        self.people = 0
        self.looks = 0

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        yield "A room."

    def find(self, picture: Picture) -> tuple[Found, ...]:
        self.looks += 1
        return tuple(Found("face", "face", 0.9, Box(0.1 + 0.2 * n, 0.3, 0.1, 0.2)) for n in range(self.people))

    def read(self, picture: Picture) -> tuple[Found, ...]:
        return (Found("text", "PLATFORM 2", 0.95, Box(0.4, 0.4, 0.6, 0.1)),) if (picture == SIGN).all() else ()


Act = Callable[[Eyes, list[Picture]], None]


def guided(
    say: list[tuple[float, float, int]], acts: list[tuple[float, Act]], lasts_s: float = 30.0, role: str = "guide"
) -> Scene:
    eyes, shown = Eyes(), [ROOM]
    scene = Scene(
        senses(
            SENTENCES,
            "The sea is wide and blue and deep and cold.",
            vision=Sense(eyes, Inline(0.03)),
            reader=Sense(eyes, Inline(0.3)),
        ),
        say,
        role=load_role(role),
        lasts_s=lasts_s,
    )

    def see(session: Any) -> None:
        picture = shown[0]
        session.see(Frame(session._clock(), lambda: picture))

    scene.act = [(n / 5, see) for n in range(int(lasts_s * 5))]
    scene.act += [(at, lambda session, act=act: act(eyes, shown)) for at, act in acts]
    play(scene.play())
    return scene


def come(eyes: Eyes, shown: list[Picture]) -> None:
    eyes.people += 1


def leave(eyes: Eyes, shown: list[Picture]) -> None:
    eyes.people -= 1


def show(picture: Picture) -> Act:
    def act(eyes: Eyes, shown: list[Picture]) -> None:
        shown[0] = picture

    return act


def remarks(scene: Scene) -> list[str]:
    """What was said by itself, after the greeting."""
    numbers = [e.reply for e in scene.of(ev.ReplyStarted) if e.utterance == 0]
    return [e.text for e in scene.of(ev.ReplyEnded) if e.reply in numbers][1:]


GREETED_S = 12.0  # the greeting is over by then


def test_it_tells_who_comes_and_reads_a_sign() -> None:
    scene = guided([], [(GREETED_S, come), (GREETED_S + 8, show(SIGN))], lasts_s=36)
    assert remarks(scene) == ["Someone is there, on the left.", "I can read: PLATFORM 2."]


def test_a_companion_says_nothing_by_itself() -> None:
    scene = guided([], [(GREETED_S, come), (GREETED_S + 8, show(DARK))], role="companion")
    assert [e for e in scene.of(ev.ReplyStarted) if e.utterance == 0] == []


def test_the_dark_is_told_once() -> None:
    assert remarks(guided([], [(GREETED_S, show(DARK))], lasts_s=30)) == [TROUBLES["dark"]]


def test_it_never_speaks_while_the_user_or_itself_does() -> None:
    comes = [(GREETED_S + 0.5 * n, come if n % 2 == 0 else leave) for n in range(1)]
    scene = guided([(GREETED_S + 0.2, GREETED_S + 4.0, 0)], comes, lasts_s=32)
    spoken = [(e.at, e.reply) for e in scene.of(ev.ReplyStarted)]
    assert all(not GREETED_S + 0.2 <= at < GREETED_S + 4.0 for at, _ in spoken)
    assert remarks(scene)[-1] == "Someone is there, on the left."
    ended = {e.reply: e.at for e in scene.of(ev.ReplyEnded)}
    assert all(later[0] >= ended[earlier[1]] for earlier, later in zip(spoken, spoken[1:], strict=False))
    assert not scene.of(ev.ReplyCut)


def test_what_is_over_when_it_could_be_said_is_not_said() -> None:
    scene = guided([(GREETED_S, GREETED_S + 8.0, 1)], [(GREETED_S + 1, come), (GREETED_S + 7, leave)], lasts_s=40)
    assert remarks(scene) == []


def test_it_says_how_to_hold_the_camera() -> None:
    scene = guided([(GREETED_S + 6, GREETED_S + 7, 2)], [(GREETED_S, show(SIGN))], lasts_s=30)
    assert scene.of(ev.ReplyEnded)[-1].text == "I see text. Move the camera a little to the right."
