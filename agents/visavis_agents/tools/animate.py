"""Making drawings move: a short clip of the last one, or a film of the last few."""

from __future__ import annotations

from visavis_agents.painting.drawing import send_clip
from visavis_agents.painting.gallery import Work
from visavis_agents.painting.studio import Studio
from visavis_agents.tools.port import Hands, ToolError, tool

MOST = 4  # pictures in a film


def _moves(hands: Hands, which: str = "last") -> str:
    if hands.senses.painter is None or not _drawn(hands, which):
        raise ToolError("There is no picture yet. Tell me what to draw, and then I can make it move.")
    return f"I'll make {'a film' if which == 'all' else 'it move'}."


def _drawn(hands: Hands, which: str) -> list[Work]:
    works = [work for work in hands.gallery.works if work.files.keys() & {"png", "jpg"}]
    return works[-MOST if which == "all" else -1 :]


@tool(effects=True, announce=_moves)
async def animate(hands: Hands, which: str = "last") -> str:
    """Make the picture drawn last move, as a short clip to play and save. which: "last", or "all" for a film."""
    painter, gallery = hands.senses.painter, hands.gallery
    drawn = _drawn(hands, which)
    if painter is None or not drawn:
        raise ToolError("There is no picture yet. Tell me what to draw, and then I can make it move.")
    worker, one = painter.worker, len(drawn) == 1
    alt = f"{drawn[0].alt}, moving" if one else f"A film of {len(drawn)} pictures"
    studio = Studio(drawn, gallery.last if one else None, painter.port, alt)

    async def made() -> dict[str, bytes]:
        while not await worker.run(studio.step):
            pass
        return await worker.run(studio.files)

    try:
        await send_clip(
            await worker.run(studio.poster),
            made,
            picture=next(hands.pictures),
            alt=alt,
            emit=hands.emit,
            room=hands.room,
            clock=hands.clock,
            gallery=gallery,
        )
    finally:
        await worker.run(studio.close)
    return "Now it moves." if one else f"Here is a film of your {len(drawn)} pictures."
