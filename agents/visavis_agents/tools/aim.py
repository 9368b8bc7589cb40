"""Helping somebody who cannot see to hold the camera, so that text or a face is whole in the picture."""

from __future__ import annotations

from visavis_agents.seeing.guide import examined, read
from visavis_agents.seeing.guiding import TROUBLES, Light, aim as way, sureness, trouble
from visavis_agents.tools.port import Hands, ToolError, tool


@tool(looks=True)
async def aim(hands: Hands) -> str:
    """Say whether text or a face is whole in the camera's picture, and how to move the camera if not."""
    vision, reader = hands.senses.vision, hands.senses.reader
    if vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    frame = hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    measures, found = await vision.worker.run(examined, vision.port, frame)
    if wrong := trouble(Light(*measures)):
        return TROUBLES[wrong]
    lines = await reader.worker.run(read, reader.port, frame) if reader is not None else ()
    faces = [thing for thing in found if thing.kind == "face"]
    for name, things in (("text", lines), ("a face", faces)):
        if boxes := [thing.box for thing in things if thing.box is not None]:
            seen = sureness(max(thing.score for thing in things))
            return f"{seen} {name}. {way(boxes) or 'It is whole in the picture. Hold it like this.'}"
    return "I see no text and no face. Turn the camera slowly, and ask me again."
