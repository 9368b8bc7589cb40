"""Looking at one camera frame: the question's answer in words, what was found, and the frame itself for the page.

A vision model that only finds things is helped by the reader: alone where reading is asked for, beside it where the
question is open. Both work on their own threads; an answer that is sure does not wait for the reader (`Look.later`).
Whoever is not ready at the deadline is left out, and that is said.
A model that understands pictures gets the picture and the words, and answers alone.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from visavis_agents.seeing.closely import read_closely
from visavis_agents.seeing.glance import jpeg
from visavis_agents.seeing.glimpse import Glimpse
from visavis_agents.seeing.sight import Frame, developed
from visavis_models.errors import ModelError
from visavis_models.ports import Box, Finder, Found, Picture, Vision
from visavis_models.senses import Sense, Senses
from visavis_models.workers import Worker

FIND_S = 2.5  # seconds for the finders, and for the reader
READ_S = 20.0  # for the reader where a page was asked for: it was announced with a word, and can be stopped
ANSWER_S = 12.0  # seconds for a model that understands pictures; past it, the sentences so far are said
_STREAM = 800  # pixels of the longer side
TOO_LONG = "That took me too long. Ask me again, please."
_SURE = 0.5  # from here on the page names what was found
_LONGEST = 600  # characters read aloud
_MANY, _FIRST = 30, 10  # words read aloud beside an answer, and those that a longer text is known by

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """spoken: one to three sentences. found: what the page names. jpeg: the frame, encoded. part: of the frame, if only
    that was looked at. lines: what was to be read. later: looks for the rest: the same with all of `found`, and as
    `spoken` what is to be added, and the jpeg, which is empty until then."""

    spoken: str
    found: tuple[str, ...]
    jpeg: bytes
    part: Box | None = None
    lines: tuple[Found, ...] = ()
    later: Callable[[], Awaitable[Look]] | None = None


async def look(senses: Senses, frame: Frame, question: str) -> Look:
    """Answer a question about a whole frame. Raises ModelError where nothing can be seen, and nothing else."""
    worker = _vision(senses).worker
    picture = await worker.run(developed, frame)
    return await look_at(senses, picture, picture, None, question)


async def look_at(
    senses: Senses, picture: Picture, subject: Picture, part: Box | None, question: str, soon: bool = False
) -> Look:
    """Answer a question about a picture, or only about its subject, which is that part of it. Raises as `look`.

    soon: a sure answer, or a guess at the whole, comes at once, and what else is found `later`."""
    vision = _vision(senses)
    if not picture.size:
        raise ModelError("the camera's picture could not be used (there is nothing in it): show it again")

    async def shown() -> bytes:
        return await vision.worker.run(jpeg, picture)

    if not isinstance(eyes := vision.port, Finder):
        answer = await _answer(vision, [subject], question, ANSWER_S)
        return Look(answer or TOO_LONG, (), await shown(), part)
    if asks_for_reading(question):  # the whole picture: a line that is cut off is read wrongly
        lines = await _read(senses, picture, READ_S)
        inside = tuple(line for line in lines or () if _within(line, part)) or lines or ()
        where = part if inside != lines else None
        return Look(_read_out(lines if lines is None else inside), _named((), inside), await shown(), where, inside)
    reading = bool(_OPEN.search(question.lower()))

    async def read() -> tuple[Found, ...]:
        return (await _read(senses, subject) if reading else None) or ()

    async def named(lines: tuple[Found, ...]) -> tuple[str, ...]:
        return _named(await _in_time(vision.worker, eyes.find, subject) or (), lines)  # the same picture: known already

    async def later() -> Look:
        lines = await read()
        return Look(_beside(lines), await named(lines), await shown(), part)

    seeing = _answer(vision, [subject], question, FIND_S)
    if soon:
        if _sure(answer := await seeing) or (part is None and _guessed(answer)):
            return Look(answer or "", (), b"", part, later=later)
        if part is not None:  # the hand may have meant nothing; what is written there is read in the whole
            return await look_at(senses, picture, picture, None, question, soon)
        beside = await read()
    else:
        answer, beside = await asyncio.gather(seeing, read())
    if part is not None and not beside and not _sure(answer):
        return await look_at(senses, picture, picture, None, question, soon)  # the hand may have meant nothing
    return Look(_put_together(answer, beside), await named(beside), await shown(), part)


async def compare(senses: Senses, glimpses: Sequence[Glimpse], question: str) -> list[Look]:
    """Answer a question about several pictures, in their order; the words are the first look's. Raises as `look`."""
    vision = _vision(senses)
    if isinstance(vision.port, Finder):
        each = question if asks_for_reading(question) or "colo" in question.lower() else "What is this?"
        looks = [await look_at(senses, g.picture, g.subject, g.part, each) for g in glimpses]
        if len({look.spoken for look in looks}) == 1:
            return [replace(looks[0], spoken=f"Both times: {looks[0].spoken}"), *looks[1:]]
        spoken = " ".join(f"{which}: {look.spoken}" for which, look in zip(_ORDER, looks, strict=False))
        return [replace(looks[0], spoken=spoken), *looks[1:]]
    answer = await _answer(vision, [g.subject for g in glimpses], question, ANSWER_S)
    jpegs = [await vision.worker.run(jpeg, g.picture) for g in glimpses]
    return [Look(answer or TOO_LONG, (), jpeg, g.part) for jpeg, g in zip(jpegs, glimpses, strict=True)]


def _vision(senses: Senses) -> Sense[Vision]:
    if senses.vision is None:
        raise ModelError("this server has no eyes: set models.vision.backend")
    return senses.vision


def _within(line: Found, part: Box | None) -> bool:
    """The middle of the line lies in the part."""
    if part is None or line.box is None:
        return False
    x, y = line.box.x + line.box.w / 2, line.box.y + line.box.h / 2
    return part.x <= x <= part.x + part.w and part.y <= y <= part.y + part.h


def asks_for_reading(question: str) -> bool:
    """Whether a question is about something written."""
    return bool(_READING.search(question.lower()))


_ORDER = ("The first", "The second", "The third")
_UNSURE = ("I'm not sure", "I can't tell")  # how the finders' answers begin when they do not know
_GUESS = ("I'm not sure, but I think", "I'm not sure. It might be")
_WRITTEN_ON = "card|paper|board|screen|box|packet|bottle|book|cover|badge|door|shirt"
_OPEN = re.compile(
    r"^(?!.*\b(?:how many|who|colou?r)\b).*"
    r"(?:\bsee\b|\bdescribe\b|\btell me about\b|\bin front of\b|\blook\b|\bwhat(?:'s| is| are) (?:this|that|it|th))"
)
_READING = re.compile(
    r"\bread\b|\btexts?\b|\bwritten\b|\bwriting\b|\bletters?\b|\bspell|\bsigns?\b|\blabels?\b|\bpage\b|\bsays?\b"
    rf"|\bwords?\b|\bwhat(?:'s| is) on (?:the|this|that|my) (?:{_WRITTEN_ON})\b"
)


async def _answer(vision: Sense[Vision], pictures: Sequence[Picture], question: str, limit_s: float) -> str | None:
    """The vision model's words, or the whole sentences of them that came in time; None if there are none."""
    pieces: list[str] = []
    try:
        async with (
            asyncio.timeout(limit_s),
            aclosing(vision.worker.stream(vision.port.answer(pictures, question))) as stream,
        ):
            async for piece in stream:
                pieces.append(str(piece))
    except TimeoutError:
        text = "".join(pieces)
        return text[: max(text.rfind(mark) for mark in ".!?") + 1].strip() or None
    return "".join(pieces).strip() or None


async def _read(senses: Senses, picture: Picture, limit_s: float = FIND_S) -> tuple[Found, ...] | None:
    """Lines of text; None where there is no reader or it had no time or failed."""
    if senses.reader is None:
        return None
    reader = senses.reader
    call = reader.port.read if max(picture.shape[:2]) <= _STREAM else partial(read_closely, reader.port)
    return await _in_time(reader.worker, call, picture, limit_s)


async def _in_time(worker: Worker, call: Callable[[Picture], T], picture: Picture, limit_s: float = FIND_S) -> T | None:
    try:
        async with asyncio.timeout(limit_s):
            return await worker.run(call, picture)
    except TimeoutError:
        log.warning("%s took longer than %.1f s", worker.name, limit_s)
    except ModelError as error:
        log.warning("%s: %s", worker.name, error)
    return None


def _sure(answer: str | None) -> bool:
    return answer is not None and not answer.startswith(_UNSURE)


def _guessed(answer: str | None) -> bool:
    return answer is not None and answer.startswith(_GUESS)


def _put_together(answer: str | None, lines: Sequence[Found]) -> str:
    if not lines:
        return answer or TOO_LONG
    if _sure(answer):
        return f"{answer} {_beside(lines)}"
    if len(_words(lines)) > _MANY:
        return f"There is a longer text. {_begins(lines)}"
    return f"I'm not sure what it is, but I can read: {_joined(lines)}"


def _beside(lines: Sequence[Found]) -> str:
    """What is said of text beside an answer."""
    if len(_words(lines)) > _MANY:  # nobody asked for all of it
        return f"There is text. {_begins(lines)}"
    return f"I can read: {_joined(lines)}" if lines else ""


def _begins(lines: Sequence[Found]) -> str:
    return f"It begins: {' '.join(_words(lines)[:_FIRST])}. Say read this, to hear it."


def _words(lines: Sequence[Found]) -> list[str]:
    return " ".join(line.label for line in lines).split()


def _read_out(lines: Sequence[Found] | None) -> str:
    if lines is None:
        return "I can't read just now. Ask me again in a moment."
    if not lines:
        return "I can't find anything to read. Hold it closer to the camera, and straight."
    return f"It says: {_joined(lines)}"


def _joined(lines: Sequence[Found]) -> str:
    text = ", ".join(line.label.strip(" ,") for line in lines)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]}, and so on"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _named(found: Sequence[Found], lines: Sequence[Found]) -> tuple[str, ...]:
    names = [thing.label for thing in found if thing.score >= _SURE]
    return tuple(dict.fromkeys([*names, *(f"“{line.label}”" for line in lines)]))
