""" "Make it move": a drawing becomes a clip while the conversation goes on, and a stop leaves nothing behind."""

from __future__ import annotations

import io
from collections.abc import Generator
from typing import Any

import av
import numpy as np

from tests.timed.scene import Scene
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_models.ports import Painting
from visavis_models.senses import Sense


class Brush:
    """A painter of one small grey picture."""

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        yield Painting(np.full((32, 32, 3), 90, np.uint8), True, 1.0, alt=prompt)


def talk(*typed: tuple[float, str], lasts_s: float = 14.0, each_s: float = 0.01, act: Any = ()) -> Scene:
    acts = [(at, lambda session, text=text: session.receive(ev.TextTyped(text=text))) for at, text in typed]
    painter = Sense(Brush(), Inline(each_s))
    return play(Scene(senses([], "Yes.", painter=painter), act=[*acts, *act], lasts_s=lasts_s).play())


def clips(scene: Scene) -> dict[int, list[ev.Event]]:
    """The events of each clip."""
    begun = [event.picture for event in scene.of(ev.PictureStarted) if event.kind == "clip"]
    return {number: [e for e in scene.events if getattr(e, "picture", None) == number] for number in begun}


def test_a_drawing_moves() -> None:
    scene = talk((0.5, "Draw a cat."), (5.0, "Make it move."))
    (clip,) = clips(scene).values()
    assert [type(event) for event in clip] == [ev.PictureStarted, ev.PictureChunk, ev.PictureDone]
    done = clip[-1]
    assert isinstance(done, ev.PictureDone)
    assert (done.alt, done.forms) == ("a cat, moving", ("webm", "gif"))
    assert "Now it moves." in scene.of(ev.ReplyEnded)[-1].text


def test_several_drawings_are_a_film() -> None:
    files: list[bytes] = []

    def look(session: Any) -> None:
        files.extend(work.files["webm"] for work in session.gallery.works if "webm" in work.files)

    scene = talk(
        (0.5, "Draw a cat."),
        (4.0, "Draw a dog."),
        (8.0, "Make a film of the pictures."),
        lasts_s=18.0,
        act=[(17, look)],
    )
    (clip,) = clips(scene).values()
    assert isinstance(done := clip[-1], ev.PictureDone)
    assert done.alt == "A film of 2 pictures"
    (webm,) = files
    assert sum(1 for _ in av.open(io.BytesIO(webm)).decode(video=0)) == 120


def test_without_a_drawing_it_says_so() -> None:
    scene = talk((0.5, "Make it move."), lasts_s=8.0)
    assert not clips(scene)
    assert "There is no picture yet." in scene.of(ev.ReplyEnded)[-1].text


def test_a_clip_that_is_stopped_is_told() -> None:
    stop = (6.5, lambda session: session.receive(ev.ReplyStopped()))
    scene = talk((0.5, "Draw a cat."), (5.0, "Make it move."), each_s=0.5, act=[stop])
    (clip,) = clips(scene).values()
    assert isinstance(failed := clip[-1], ev.PictureFailed)
    assert failed.reason == "stopped"
