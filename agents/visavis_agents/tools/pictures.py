"""Looking through the camera and drawing."""

from __future__ import annotations

from visavis_agents.drawing import draw as draw_picture
from visavis_agents.drawing import send_picture
from visavis_agents.events import SightUsed
from visavis_agents.looking import look as look_at
from visavis_agents.tools.port import Hands, ToolError, tool


@tool()
async def look(hands: Hands, question: str = "What do you see?") -> str:
    """Look through the user's camera and answer a question about what is there: things, text, faces, hands."""
    frame = hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    if hands.senses.vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    seen = await look_at(hands.senses, frame, question)
    hands.memory.looked(frame, seen)
    picture = next(hands.pictures)
    hands.emit(
        SightUsed(at=hands.clock(), reply=hands.reply, frame_s=frame.at, picture=picture, found=tuple(seen.found))
    )
    hands.spawn(
        send_picture(
            seen.jpeg,
            "image/jpeg",
            picture=picture,
            kind="frame",
            alt="the camera frame that was looked at",
            emit=hands.emit,
            room=hands.room,
            clock=hands.clock,
        ),
        f"frame {picture}",
    )
    return seen.spoken


@tool(effects=True)
async def draw(hands: Hands, prompt: str) -> str:
    """Draw a picture of what the prompt describes and show it to the user."""
    if hands.senses.painter is None:
        raise ToolError("I can't draw: this server runs without a brush.")
    if not prompt.strip():
        raise ToolError("Tell me what to draw.")
    return await draw_picture(
        hands.senses,
        prompt.strip()[:500],
        picture=next(hands.pictures),
        emit=hands.emit,
        room=hands.room,
        clock=hands.clock,
    )
