"""Going on with what is being read, and looking closer at the last picture."""

from __future__ import annotations

import msgspec

from visavis_agents.reading import Asked
from visavis_agents.tools.pictures import show
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_agents.zoom import WHOLE, View, part, where, zoomed

LONG_AGO_S = 120.0  # a picture older than this is not meant any more
NOTHING = "I'm not reading anything. Show me something and ask me to read it."


@tool()
async def read_on(hands: Hands, what: str = "next") -> str:
    """Go on reading aloud what was read last. what: next, again, start, left (how much), or spell (the last word)."""
    if hands.text is None:
        raise ToolError(NOTHING)
    try:
        return hands.text.answer(msgspec.convert(what, Asked), hands.history.lines)
    except msgspec.ValidationError:
        raise ToolError(f"{what!r} is none of next, again, start, left, spell.") from None


@tool(effects=True)
async def zoom(hands: Hands, way: str = "in") -> str:
    """Look closer at the last picture. way: in, out, whole, or a part: left, top right, centre; pan left: beside it."""
    if hands.senses.vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    view = hands.view
    if view is None or hands.clock() - view.frame.at > LONG_AGO_S:
        view = _now(hands)
    region = zoomed(view.region, way)
    if region == view.region:
        raise ToolError(_no_further(way))
    frame, still = view.frame, view.still
    if not still:
        frame = await hands.stills.instead_of(view.frame, hands.senses.vision.worker)
        still = frame is not view.frame
    hands.view = View(frame, region, view.question, still)
    place = where(way)
    spoken = await show(hands, part(frame, region), view.question, f"the picture, {place}", region == WHOLE)
    return f"{place[0].upper()}{place[1:]}: {spoken}"


def _now(hands: Hands) -> View:
    """The picture of this moment, where none was looked at lately."""
    frame = hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    return View(frame, WHOLE, "What do you see?")


def _no_further(way: str) -> str:
    if way in ("out", "whole"):
        return "That is the whole picture."
    return (
        "The picture ends there." if way.startswith("pan") else "I can't get any closer. Hold it nearer to the camera."
    )
