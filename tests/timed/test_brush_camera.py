"""What the camera shows is drawn: by painters of scenes in the names the eyes give, by painters of pixels over it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.timed.brush import Strokes, brush, said, typed
from tests.timed.scene import Scene
from tests.timed.virtual import Inline
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.seeing.sight import Frame
from visavis_models.ports import Found, Painter, Painting
from visavis_models.senses import Sense


class Names:
    """Eyes that name two things; a card's number is its grey."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def answer(self, pictures: Any, words: str) -> Generator[str, None, None]:
        self.shown.append(pictures[0])
        yield "I see a cup and a book."

    def find(self, picture: Any) -> tuple[Found, ...]:
        return (Found("thing", "cup", 0.9), Found("thing", "book, novel", 0.8))


class Retoucher(Strokes):
    """Paints over any picture."""

    pixels = True

    def __init__(self) -> None:
        super().__init__(2)
        self.before: list[Painting] = []

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        self.before.append(before)
        yield from self._paint(request, (request,))


def filmed(painter: Painter, text: str, until: float = 9.0, eyes: Any = None) -> Scene:
    """Somebody types before a camera whose picture gets brighter by one each frame."""
    act: list[Any] = [typed(2.0, text)]
    for n in range(int(until * 10)):
        frame = Frame(n / 10, lambda n=n: np.full((48, 64, 3), n, np.uint8))  # type: ignore[misc]
        act.append((n / 10, lambda session, frame=frame: session.see(frame)))
    made = brush(painter)
    scene = Scene(replace(made, vision=Sense(eyes or Names(), Inline(0.05))), act=act, lasts_s=until)
    return play(scene.play())


@pytest.mark.parametrize(
    ("text", "announced", "painted", "result"),
    [
        ("Draw what you see.", "I'm drawing what I see.", "a cup and a book", "Here it is."),
        (
            "Draw me as a robot.",
            "I'm drawing you as a robot.",
            "a robot",
            "Here it is. I can't paint over a photograph, so this is a drawing of my own.",
        ),
        (
            "Draw this as a cartoon.",
            "I'm drawing this as a cartoon.",
            "a cup and a book",
            "Here it is. I can't paint over a photograph, so this is a drawing of my own.",
        ),
    ],
)
def test_a_painter_of_scenes_draws_what_the_eyes_have_named(
    text: str, announced: str, painted: str, result: str
) -> None:
    painter = Strokes(2)
    scene = filmed(painter, text)
    assert painter.painted == [painted]
    assert said(scene) == [announced, result]
    assert [event.kind for event in scene.of(ev.PictureStarted)] == ["frame", "drawing"]
    assert scene.of(ev.SightUsed)[0].frame_s == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Draw me as a robot.", "a person as a robot"),
        ("Draw this as a cartoon.", "a cup and a book as a cartoon"),
        ("Draw what you see.", "a drawing of a cup and a book"),
        ("Turn my dog into a king.", "a dog as a king"),
    ],
)
def test_a_painter_of_pixels_paints_over_the_frame_of_the_word(text: str, wish: str) -> None:
    painter = Retoucher()
    scene = filmed(painter, text)
    assert painter.painted == [wish]
    assert painter.before[0].picture[0, 0, 0] == pytest.approx(20, abs=1)  # the frame of second two
    assert said(scene)[-1] == "Here it is."


class Unsure(Names):
    def answer(self, pictures: Any, words: str) -> Generator[str, None, None]:
        yield "I'm not sure what I see."

    def find(self, picture: Any) -> tuple[Found, ...]:
        return ()


def test_what_the_eyes_do_not_know_is_not_drawn_as_words() -> None:
    painter = Strokes(2)
    scene = filmed(painter, "Draw what you see.", eyes=Unsure())
    assert not painter.painted
    assert said(scene) == ["I'm drawing what I see. I'm not sure what I see."]
    assert filmed(Retoucher(), "Draw this as a cartoon.", eyes=Unsure()).of(ev.PictureStarted)[-1].prompt == (
        "this as a cartoon"
    )


def test_without_a_camera_it_says_so_or_changes_the_last_picture() -> None:
    painter = Strokes(2)
    act = [typed(4.0, "Draw me as a robot."), typed(9.0, "Draw a cat."), typed(14.0, "Turn this into a cartoon.")]
    scene = play(Scene(replace(brush(painter), vision=Sense(Names(), Inline(0.05))), act=act, lasts_s=22).play())
    assert said(scene)[0].startswith("I can't see anything.")
    assert painter.painted == ["a cat", "a cat + as a cartoon"]
