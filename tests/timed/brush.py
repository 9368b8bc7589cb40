"""A painter of steps and the words about it, for conversations in which something is drawn."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from tests.timed.scene import Scene
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_models.ports import Painter, Painting
from visavis_models.senses import Sense

SENTENCES = ["Draw a cat with a hat.", "Stop.", "What time is it?", "Stop drawing.", "Never mind.", "Make it night."]
STEP_S = 0.25  # of the painter, and of encoding what it has painted


class Strokes:
    """Painter and Editor: steps, each a half second with its preview; its scene is all that was asked so far."""

    def __init__(self, steps: int = 10, error: Exception | None = None) -> None:
        self.steps = steps
        self.error = error
        self.painted: list[str] = []
        self.closed = 0

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        yield from self._paint(prompt, (prompt,))

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        scene = (*before.scene, request)
        yield from self._paint(f"{before.alt} ({request})", scene)

    def _paint(self, alt: str, scene: tuple[str, ...]) -> Generator[Painting, None, None]:
        try:
            for step in range(self.steps):
                yield Painting(np.zeros((8, 8, 3), np.uint8), False, step / self.steps)
            if self.error is not None:
                raise self.error
            self.painted.append(" + ".join(scene))
            yield Painting(np.full((8, 8, 3), len(scene), np.uint8), True, 1.0, alt, scene=scene)
        finally:
            self.closed += 1


def brush(painter: Painter, words: Any = "It is sunny.", worker: Any = None) -> Any:
    return senses(SENTENCES, words, painter=Sense(painter, worker or Inline(STEP_S)))


def typed(at: float, text: str) -> tuple[float, Any]:
    return at, lambda session: session.receive(ev.TextTyped(text=text))


def said(scene: Scene) -> list[str]:
    return [event.text for event in scene.of(ev.ReplyEnded)]


def settled(scene: Scene) -> None:
    """Every picture that was announced is either done or failed, once."""
    begun = [event.picture for event in scene.of(ev.PictureStarted) if event.kind == "drawing"]
    over = [event.picture for event in [*scene.of(ev.PictureDone), *scene.of(ev.PictureFailed)]]
    assert sorted(set(begun)) == sorted(set(over))
    assert len(over) == len(begun)
