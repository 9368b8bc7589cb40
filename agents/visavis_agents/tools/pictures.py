"""Looking through the camera and drawing."""

from __future__ import annotations

from visavis_agents.drawing import draw as draw_picture
from visavis_agents.drawing import send_picture
from visavis_agents.events import SightUsed
from visavis_agents.guiding import aim
from visavis_agents.looking import asks_for_reading
from visavis_agents.looking import look as look_at
from visavis_agents.reading import Text
from visavis_agents.sight import Frame
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_agents.zoom import WHOLE, View


@tool()
async def look(hands: Hands, question: str = "What do you see?") -> str:
    """Look through the user's camera and answer a question about what is there: things, text, faces, hands."""
    frame = hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    if hands.senses.vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    still = frame
    if asks_for_reading(question):
        still = await hands.stills.instead_of(frame, hands.senses.vision.worker)
    hands.view = View(still, WHOLE, question, still is not frame)
    return await show(hands, still, question)


async def show(
    hands: Hands, frame: Frame, question: str, alt: str = "the camera frame that was looked at", whole: bool = True
) -> str:
    """Look at a frame, show it, and return what to say. whole: its border is the camera's."""
    seen = await look_at(hands.senses, frame, question)
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
            alt=alt,
            emit=hands.emit,
            room=hands.room,
            clock=hands.clock,
        ),
        f"frame {picture}",
    )
    if not seen.lines:
        return seen.spoken
    hands.text = Text.of(seen.lines)
    cut = aim([line.box for line in seen.lines if line.box]) if whole else ""
    return f"It goes on outside the picture. {cut} {hands.text.first()}" if cut else hands.text.first()


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
