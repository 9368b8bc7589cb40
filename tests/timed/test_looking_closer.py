"""Reading in pieces, stills and zoom in whole conversations on a virtual clock."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Generator, Sequence
from typing import Any

import cv2
import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.seeing.reading import GO_ON
from visavis_agents.seeing.sight import Frame
from visavis_agents.using import MOMENT, SLOW_S
from visavis_models.ports import Box, Found, Picture
from visavis_models.senses import Sense

STREAM, FULL = (480, 640), (1080, 1440)
PAGE = (
    "The museum is open from ten in the morning",
    "until six in the evening. On Mondays it is",
    "closed. Children under six years pay nothing.",
    "Bags and umbrellas must be left at the desk.",
    "Please do not touch the paintings. Thank you.",
    "The restaurant on the second floor serves soup",
    "and cake. A lift is behind the stairs.",
)
SENTENCES = [
    "Read this.", "Go on.", "Spell the last word.", "Again.", "What time is it?", "Zoom in on the left.", "Zoom out.",
    "No, thank you.", "What do you see?", "Stop.", "Yes.",
]  # fmt: skip


def scene_of(size: tuple[int, int]) -> Picture:
    grey = np.random.default_rng(3).integers(0, 255, (6, 8), np.uint8)
    return cv2.cvtColor(cv2.resize(grey, size[::-1], interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2RGB)


class Eyes:
    """Vision and reader: says how large a picture is; the small print is read only at full resolution."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        self.seen.append(pictures[0].shape[:2])
        yield f"I see {pictures[0].shape[1]} by {pictures[0].shape[0]}."

    def find(self, picture: Picture) -> tuple[Found, ...]:
        return ()

    def read(self, picture: Picture) -> tuple[Found, ...]:
        self.seen.append(picture.shape[:2])
        lines = PAGE if picture.shape[0] > STREAM[0] else ("MUSEUM",)
        return tuple(
            Found("text", line, 0.95, Box(0.1, 0.1 + 0.05 * n, 0.8 * len(line) / 46, 0.04))
            for n, line in enumerate(lines)
        )


def jpeg(size: tuple[int, int] = FULL) -> bytes:
    return cv2.imencode(".jpg", scene_of(size))[1].tobytes()


def still(number: int, data: bytes) -> list[ev.StillChunk]:
    parts = [data[at : at + 12_000] for at in range(0, len(data), 12_000)]
    return [
        ev.StillChunk(still=number, index=n, count=len(parts), mime="image/jpeg", data=base64.b64encode(part).decode())
        for n, part in enumerate(parts)
    ]


Answer = Callable[[Any, int], None]


def answered(session: Any, number: int) -> None:
    for chunk in still(number, jpeg()):
        session.receive(chunk)


def person(
    say: list[tuple[float, float, int]], answer: Answer | None = answered, lasts_s: float = 30.0
) -> tuple[Scene, Eyes]:
    """Somebody whose camera shows a page, and whose client answers the wish for a still 0.2 s after it."""
    eyes = Eyes()
    scene = Scene(senses(SENTENCES, "Well.", vision=Sense(eyes, Inline(0.03)), reader=Sense(eyes, Inline(0.3))), say)
    scene.lasts_s = lasts_s
    small, asked = scene_of(STREAM), itertools.count()
    wanted: list[float] = []

    def show(session: Any) -> None:
        session.see(Frame(session._clock(), lambda: small))

    def deliver(session: Any) -> None:
        wishes = scene.of(ev.StillWanted)
        while answer and len(wanted) < len(wishes):
            wanted.append(next(asked))
            answer(session, wishes[len(wanted) - 1].still)

    scene.act = [(at / 5, each) for at in range(int(lasts_s * 5)) for each in (show, deliver)]
    return scene, eyes


def said(scene: Scene) -> list[str]:
    return [e.text for e in scene.of(ev.ReplyEnded)]


def test_a_page_is_read_in_pieces_from_the_still() -> None:
    scene, eyes = person([(1, 2, 0), (16, 17, 1)], lasts_s=34)
    play(scene.play())
    first, second = said(scene)
    assert first.startswith("It says: The museum is open from ten in the morning until six in the evening.")
    assert first.endswith(GO_ON)
    assert second.startswith("Please do not touch the paintings.")
    assert "behind the stairs." in second
    assert FULL in eyes.seen
    assert len(scene.of(ev.StillWanted)) == 1
    assert not scene.of(ev.Trouble)
    assert [e.found[0] for e in scene.of(ev.SightUsed)] == [f"“{PAGE[0]}”"]


def test_the_wish_is_made_while_the_turn_is_not_over_yet() -> None:
    scene, _ = person([(1, 2, 0)])
    play(scene.play())
    assert scene.of(ev.StillWanted)[0].at < scene.of(ev.UserFinal)[0].at


@pytest.mark.parametrize(
    "answer", [None, lambda session, number: session.receive(ev.StillFailed(still=number, reason="no"))]
)
def test_without_a_still_the_frame_of_the_stream_is_read(answer: Answer | None) -> None:
    scene, eyes = person([(1, 2, 0)], answer)
    play(scene.play())
    assert said(scene) in (["It says: MUSEUM."], [f"{MOMENT} It says: MUSEUM."])
    assert FULL not in eyes.seen
    sounded = next(at for at in scene.sounding if at > 2.0) - 2.0
    assert sounded < (SLOW_S + 0.1 if answer is None else 1.3)
    assert not scene.of(ev.Trouble)


def test_a_client_that_never_answers_is_waited_for_once() -> None:
    scene, _ = person([(1, 2, 0), (8, 9, 0)], None, lasts_s=14)
    play(scene.play())
    assert len(scene.of(ev.StillWanted)) == 1
    assert next(at for at in scene.sounding if at > 9.0) - 9.0 < 1.1


def test_a_still_of_something_else_is_not_read() -> None:
    def other(session: Any, number: int) -> None:
        grey = np.random.default_rng(9).integers(0, 255, (6, 8), np.uint8)
        data = cv2.imencode(".jpg", cv2.resize(grey, FULL[::-1], interpolation=cv2.INTER_CUBIC))[1].tobytes()
        for chunk in still(number, data):
            session.receive(chunk)

    scene, eyes = person([(1, 2, 0)], other)
    play(scene.play())
    assert FULL not in eyes.seen


def broken(session: Any, number: int) -> None:
    good = still(number, jpeg())
    session.receive(ev.StillChunk(still=number + 1, index=0, count=1, mime="image/jpeg", data="QQ=="))
    session.receive(ev.StillFailed(still=-1, reason="?"))
    session.receive(good[0])
    session.receive(good[0])


def no_picture(session: Any, number: int) -> None:
    for chunk in still(number, b"\xff\xd8" + bytes(30_000)):
        session.receive(chunk)


@pytest.mark.parametrize(("answer", "troubles"), [(broken, 3), (no_picture, 1)])
def test_a_hostile_still_is_refused_and_harms_nothing(answer: Answer, troubles: int) -> None:
    scene, eyes = person([(1, 2, 0), (10, 11, 4)], answer, lasts_s=16)
    play(scene.play())
    assert said(scene)[0] == "It says: MUSEUM."
    assert "4:10" in said(scene)[1] or "four" in said(scene)[1] or "ten" in said(scene)[1]
    assert FULL not in eyes.seen
    assert len(scene.of(ev.Trouble)) == troubles


def test_spelling_again_and_no() -> None:
    scene, _ = person([(1, 2, 0), (16, 17, 2), (22, 23, 3), (30, 31, 0), (46, 47, 7)], lasts_s=52)
    play(scene.play())
    first, spelled, again, _, no = said(scene)
    assert spelled == "desk: D, E, S, K."
    assert again == spelled
    assert no == "All right."
    assert first.endswith(GO_ON)


def test_a_reading_that_was_stopped_goes_on_where_it_was() -> None:
    scene, _ = person([(1, 2, 0), (7, 7.6, 9), (12, 13, 1)], lasts_s=30)
    play(scene.play())
    cut = scene.of(ev.ReplyCut)[0]
    assert cut.heard.startswith("It says: The museum")
    assert said(scene)[0].startswith(("The museum is", "On Mondays it is closed."))


BEGINS = "There is text. It begins: The museum is open from ten in the morning until. Say read this, to hear it."


def test_zooming_in_takes_a_still_and_shows_its_part() -> None:
    scene, _ = person([(1, 2, 8), (8, 9, 5), (30, 31, 6), (52, 53, 6)], lasts_s=60)
    play(scene.play())
    assert said(scene) == [
        "I see 640 by 480. I can read: MUSEUM.",
        f"On the left: I see 792 by 1080. {BEGINS}",
        f"Farther away: I see 1440 by 1080. {BEGINS}",
        "That is the whole picture.",
    ]
    assert len(scene.of(ev.StillWanted)) == 1
    assert len(scene.of(ev.PictureDone)) == 3
    assert scene.of(ev.PictureDone)[1].alt == "the picture, on the left"


def test_a_sure_answer_does_not_wait_for_the_reader() -> None:
    scene, eyes = person([(1, 2, 8)], lasts_s=12)
    scene.senses = senses(SENTENCES, "Well.", vision=Sense(eyes, Inline(0.03)), reader=Sense(eyes, Inline(1.5)))
    play(scene.play())
    assert said(scene) == ["I see 640 by 480. I can read: MUSEUM."]
    (shown,) = scene.of(ev.SightUsed)
    assert shown.found == ("“MUSEUM”",)
    assert next(at for at in scene.sounding if at > 2.0) < shown.at


def test_a_reading_that_takes_long_is_announced() -> None:
    scene, eyes = person([(1, 2, 0)], lasts_s=24)
    scene.senses = senses(SENTENCES, "Well.", vision=Sense(eyes, Inline(0.03)), reader=Sense(eyes, Inline(4.0)))
    play(scene.play())
    assert said(scene)[0].startswith(f"{MOMENT} It says: The museum")
    assert next(at for at in scene.sounding if at > 2.0) - 2.0 < SLOW_S + 0.1
