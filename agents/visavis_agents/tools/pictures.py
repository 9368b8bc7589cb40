"""Looking through the camera."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from visavis_agents.events import Part
from visavis_agents.rules import Call, route
from visavis_agents.seeing.glimpse import Glimpse, cropped
from visavis_agents.seeing.guiding import aim
from visavis_agents.seeing.looking import Look, asks_for_reading, compare, look_at
from visavis_agents.seeing.pointing import Moment, moments, points
from visavis_agents.seeing.reading import Text
from visavis_agents.seeing.sight import developed
from visavis_agents.seeing.zoom import WHOLE, View
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_models.errors import ModelError
from visavis_models.workers import Worker

log = logging.getLogger(__name__)


def about_sight(text: str, asks: bool = False) -> bool:
    """Can these words, which may go on, only be answered by looking? asks: the language model may call `look`."""
    made = route(text)
    return (
        made.tool in ("look", "draw_seen")
        if isinstance(made, Call)
        else made is None and asks and points(text, surely=True)
    )


@tool(looks=True)
async def look(hands: Hands, question: str = "What do you see?", word: str = "") -> str:
    """Look through the user's camera and answer a question about what is there: things, text, faces, hands.

    word: the user's word at which they showed or pointed at something, if it was neither this nor that.
    """
    if hands.senses.vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    end_s = hands.clock() if hands.moment is None else hands.moment
    meant = moments(hands.asked, hands.times, end_s, word)
    seen = [glimpse for moment in meant if (glimpse := await hands.glimpses.at(moment, question)) is not None]
    if not seen and (now := await hands.glimpses.at(Moment(end_s), question)) is not None:
        seen = [now]  # the word was said too long ago
    if not seen:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    if len(seen) == 1:
        hands.view = View(seen[0].frame, question)
        if asks_for_reading(question) and not seen[0].moment.gone:
            seen = [await _finer(hands, hands.senses.vision.worker, seen[0])]
            hands.view = View(seen[0].frame, question, still=seen[0].frame is not hands.view.frame)
        looks = [await look_at(hands.senses, seen[0].picture, seen[0].subject, seen[0].part, question, soon=True)]
    else:
        looks = await compare(hands.senses, seen, question)
    for glimpse, looked in zip(seen, looks, strict=True):
        if looked.later is None:
            show(hands, glimpse, looked)
        else:
            hands.later = asyncio.get_running_loop().create_future()
            hands.spawn(_look_on(hands, glimpse, looked, hands.reply, hands.later), "look on")
    return aloud(hands, looks[0]) if len(seen) == 1 else looks[0].spoken


def aloud(hands: Hands, looked: Look, whole: bool = True) -> str:
    """What to say of a look: of text that was to be read, the first piece. whole: its border is the camera's."""
    if not looked.lines:
        return looked.spoken
    hands.text = Text.of(looked.lines)
    cut = aim([line.box for line in looked.lines if line.box]) if whole else ""
    return f"It goes on outside the picture. {cut} {hands.text.first()}" if cut else hands.text.first()


async def _look_on(hands: Hands, glimpse: Glimpse, looked: Look, reply: int, told: asyncio.Future[str]) -> None:
    """What else there is to see and read, while the answer is said; then the frame is shown."""
    more = looked
    try:
        if looked.later is not None:
            more = await looked.later()
        whole = replace(more, spoken=f"{looked.spoken} {more.spoken}".strip(), later=None)
        show(hands, glimpse, whole, reply=reply)
    except ModelError as error:  # the answer has been given; the frame is not shown
        log.warning("no more was seen: %s", error)
    finally:
        if not told.done():
            told.set_result("" if more is looked else more.spoken)


async def _finer(hands: Hands, worker: Worker, glimpse: Glimpse) -> Glimpse:
    """The same with the picture of a still, if one of the same scene comes in time."""
    frame = await hands.stills.instead_of(glimpse.frame, worker)
    if frame is glimpse.frame:
        return glimpse
    picture = await worker.run(developed, frame)
    return Glimpse(glimpse.moment, frame, picture, glimpse.part, cropped(picture, glimpse.part or WHOLE))


def show(hands: Hands, glimpse: Glimpse, looked: Look, alt: str = "", reply: int | None = None) -> None:
    """Show the frame that was looked at, and which part of it. reply: the one it is for, if not the current one."""
    frame, moment = glimpse.frame, glimpse.moment
    hands.memory.looked(frame, looked)
    part = None if looked.part is None else Part(looked.part.x, looked.part.y, looked.part.w, looked.part.h)
    said = f" when you said “{moment.word}”" if moment.word else ""
    hands.show_frame(
        looked.jpeg,
        alt or f"What the camera showed{said}",
        reply=hands.reply if reply is None else reply,
        frame_s=frame.at,
        found=looked.found,
        moment_s=moment.at,
        error_s=frame.error_s,
        word=moment.word,
        part=part,
    )
