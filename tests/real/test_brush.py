"""The brush over WebRTC: the real painter draws, changes and undoes while the conversation goes on."""

from __future__ import annotations

import asyncio
import io

from PIL import Image

from visavis_agents import events as ev
from visavis_client.visit import Question, Visitor


def test_a_picture_grows_with_the_conversation(server, tmp_path) -> None:
    lines = ["Draw a cat under a tree.", "Make it night.", "Undo that.", "Draw a naked man.", "What did you draw?"]
    visitor = Visitor(server)
    result = asyncio.run(visitor.visit([Question(line) for line in lines]))
    visitor.save(tmp_path, result)
    assert [turn.error for turn in result.turns] == [None] * len(lines)
    said = [event.text for _, event in visitor.log if isinstance(event, ev.ReplyEnded)]
    assert said[0] == "I'm drawing a cat under a tree."
    assert said[1].startswith("Here ")
    assert "This is how it was." in said
    assert any(text.startswith("I don't draw naked or sexual pictures.") for text in said)
    assert said[-1].startswith("I drew a cat under a tree")
    begun = [event for _, event in visitor.log if isinstance(event, ev.PictureStarted)]
    assert [(event.picture, event.of) for event in begun] == [(1, 0), (2, 1), (1, 0)]  # the first one is shown again
    done = [event for _, event in visitor.log if isinstance(event, ev.PictureDone)]
    assert [event.picture for event in done] == [1, 2, 1]
    assert "night" in done[1].alt
    steps = [event.done for _, event in visitor.log if isinstance(event, ev.PictureProgress) and event.picture == 1]
    assert steps[0] == 0.0 and steps == sorted(steps) and len(steps) >= 2
    day, night = (Image.open(io.BytesIO((tmp_path / result.turns[n].pictures[-1]).read_bytes())) for n in (0, 1))
    assert _light(night) < 0.7 * _light(day)
    assert b"digitalsourcetype/compositeSynthetic" in day.info["xmp"]


def _light(image: Image.Image) -> float:
    data = image.convert("L").resize((8, 8)).tobytes()
    return sum(data) / len(data)
