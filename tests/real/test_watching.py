"""A watch on the real networks, over real WebRTC: an empty room, then a woman comes in, and that is said aloud."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import pytest

from visavis_agents import events as ev
from visavis_client.visit import Question, Visitor

CLIP = Path(__file__).resolve().parents[3] / "shared" / "data" / "video" / "person_at_table.mp4"


@pytest.mark.skipif(not CLIP.is_file(), reason="needs ../shared/data/video")
def test_who_comes_in_is_told_of_once_and_remembered(server: str, tmp_path: Path) -> None:
    room = slowed(tmp_path / "room.mp4")

    async def scenario() -> Visitor:
        visitor = Visitor(server, video=room)  # over and over
        await visitor.connect()
        try:
            await visitor.ask(Question("Tell me when someone comes in."))
            await visitor.until(lambda: told(visitor, ev.WatchEnded) != [], 60, "somebody")
            await visitor.until(lambda: len(told(visitor, ev.ReplyEnded)) > 1, 20, "the words")
            await visitor.ask(Question("What have you seen so far?"))
        finally:
            await visitor.leave()
        return visitor

    visitor = asyncio.run(scenario())
    [begun], [over] = told(visitor, ev.WatchSet), told(visitor, ev.WatchEnded)
    assert begun.what == "someone comes"
    assert over.seen
    said = [event.text for event in told(visitor, ev.ReplyEnded)]
    assert said[1] == "Someone has come."
    assert "So far I have seen somebody" in said[2]  # a slow machine says "One moment." before
    assert [event.found for event in told(visitor, ev.SightUsed)] == [("Someone has come",)]
    assert told(visitor, ev.PictureDone)


def slowed(path: Path) -> Path:
    """The clip with nobody there for twelve seconds instead of three, so that somebody who was there has left."""
    clip = cv2.VideoCapture(str(CLIP))
    frames = []
    while (read := clip.read())[0]:
        frames.append(read[1])
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (640, 360))
    for frame in [*frames[:30] * 4, *frames[30:]]:
        film.write(frame)
    film.release()
    return path


def told(visitor: Visitor, kind: type[ev.Event]) -> list:
    return [event for _, event in visitor.log if isinstance(event, kind)]
