"""Going on with what is being read, and looking closer at the last picture."""

from __future__ import annotations

import re

import msgspec

from visavis_agents.seeing.glimpse import Glimpse, cropped
from visavis_agents.seeing.guide import examined, read
from visavis_agents.seeing.looking import look_at
from visavis_agents.seeing.pointing import Moment
from visavis_agents.seeing.reading import IT_SAYS, Asked
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.seeing.zoom import WHOLE, View, around, where, zoomed
from visavis_agents.tools.pictures import aloud, show
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_models.ports import Box, Found

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


@tool(effects=True, looks=True)
async def zoom(hands: Hands, way: str = "in", thing: str = "") -> str:
    """Look closer at the last picture. way: in, out, whole, or a part: left, top right, centre; pan left: beside it.

    thing: look closer at this instead: a person, a thing in it, or text.
    """
    if hands.senses.vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    view = hands.view
    if view is None or hands.clock() - view.frame.at > LONG_AGO_S:
        view = _now(hands)
    frame, still = view.frame, view.still
    if not still:
        frame = await hands.stills.instead_of(view.frame, hands.senses.vision.worker)
        still = frame is not view.frame
    if thing:
        region = around(await _places(hands, frame, thing))
        place = f"the {thing}, closer"
    elif (region := zoomed(view.region, way)) == view.region:
        raise ToolError(_no_further(way))
    else:
        place = where(way)
    question = "Read it." if _TEXT.search(thing) else view.question
    hands.view = View(frame, question, region, still)
    picture = await hands.senses.vision.worker.run(developed, frame)
    subject = cropped(picture, region)
    looked = await look_at(hands.senses, subject, subject, None, question)
    show(hands, Glimpse(Moment(frame.at), frame, subject, None, subject), looked, f"the picture, {place}")
    said = aloud(hands, looked, region == WHOLE)
    place = f"{place[0].upper()}{place[1:]}"
    return f"{place}, it says{said.removeprefix(IT_SAYS)}" if said.startswith(IT_SAYS) else f"{place}: {said}"


async def _places(hands: Hands, frame: Frame, thing: str) -> list[Box]:
    """Where it is in the picture. Raises ToolError if that is not known."""
    vision, reader = hands.senses.vision, hands.senses.reader
    found: tuple[Found, ...] = ()
    if _TEXT.search(thing):
        found = await reader.worker.run(read, reader.port, frame) if reader is not None else ()
    elif vision is not None:
        _, seen = await vision.worker.run(examined, vision.port, frame)
        names = {"person", "face"} if _PERSON.search(thing) else {thing}
        found = tuple(each for each in seen if each.label in names)
    boxes = [each.box for each in found if each.box is not None]
    if not boxes:
        raise ToolError(f"I can't tell where the {thing} is. Say a side, for example: zoom in on the left.")
    return boxes if _TEXT.search(thing) else boxes[:1]


_TEXT = re.compile(r"\b(?:text|sign|letters?|words?|writing|label|print|page|card|number)\b")
_PERSON = re.compile(r"\b(?:face|person|man|woman|child|me|him|her|guy|girl|boy)\b")


def _now(hands: Hands) -> View:
    """The picture of this moment, where none was looked at lately."""
    frame = hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    return View(frame, "What do you see?")


def _no_further(way: str) -> str:
    if way in ("out", "whole"):
        return "That is the whole picture."
    return (
        "The picture ends there." if way.startswith("pan") else "I can't get any closer. Hold it nearer to the camera."
    )
