"""The easel: what a conversation draws, one picture at a time, while the talk goes on.

A tool puts a job on it (`tools/brush.py`) and is done; a task of the session draws (`drawing.py`) and says how it went
as soon as nobody speaks. A new picture takes the place of one that is not finished; a change of one that is not
finished waits for it. Stopping is cancelling the task. The pictures drawn last are kept, so that they can be changed,
or a change undone.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis_agents.painting.drawing import draw, send_picture
from visavis_agents.painting.gallery import FORMS
from visavis_agents.plain import plain
from visavis_models.errors import ModelError
from visavis_models.ports import Editor, Painting

if TYPE_CHECKING:
    from visavis_agents.tools.port import Hands

log = logging.getLogger(__name__)

KEPT = 4  # pictures that can be gone back to; one to three megabytes each
AGAIN = 1_000_000  # version of a picture that is sent once more: newer than all that were sent
WAIT_S = 1.0  # in a line, before it is said how long it is
LONGEST = 160  # characters of a description that are said
STOPPED = "I've stopped drawing."
NO_BRUSH = "I can't draw: this server runs without a brush."
NO_CHANGES = "This brush can't change a picture, but I can draw a new one."


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be drawn. prompt: the picture in words. request: the change of `before`, which is picture `of`; empty:
    a new picture. note: said with the result."""

    prompt: str
    request: str = ""
    before: Painting | None = None
    of: int = 0
    from_camera: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished picture, its number, and when it was finished."""

    number: int
    job: Job
    painting: Painting
    at: float

    @property
    def alt(self) -> str:
        return self.painting.alt or self.job.prompt


def change(before: Drawn, request: str) -> Job:
    """The job that changes a finished picture."""
    prompt = f"{before.alt[:LONGEST]}; {request}"
    return Job(prompt, request, before.painting, before.number, before.job.from_camera)


class Easel:
    """One session's. lost: what another process drew last, in words: its pixels are gone."""

    def __init__(self, lost: str = "") -> None:
        self.lost = lost
        self.drawn: list[Drawn] = []  # oldest first
        self.number = 0  # of the picture that is being drawn
        self._job: Job | None = None
        self._task: asyncio.Task[None] | None = None
        self._reply = 0  # that announced it

    @property
    def last(self) -> Drawn | None:
        return self.drawn[-1] if self.drawn else None

    @property
    def drawing(self) -> bool:
        """A picture is being drawn, or waits for its turn."""
        return self._task is not None and not self._task.done()

    @property
    def prompt(self) -> str:
        """What the newest picture shows or will show, in words; empty: nothing was drawn."""
        if self.drawing and self._job is not None:
            return self._job.prompt
        return self.last.job.prompt if self.last else self.lost

    def begin(self, hands: Hands, job: Job) -> None:
        """Draw it. A change without a picture is one of the newest picture, finished or not."""
        earlier, follows = self._task, bool(job.request) and job.before is None
        if earlier is not None and not follows:
            earlier.cancel()
        self._job, self._reply = job, hands.reply
        self._task = hands.spawn(self._work(hands, job, earlier), "drawing")

    def stop(self, number: int = 0) -> bool:
        """Drop what is being drawn, if it is that picture (0: whichever it is)."""
        if self._task is None or self._task.done() or number not in (0, self.number):
            return False
        self._task.cancel()
        return True

    def told_to_stop(self, words: str, over: int) -> bool:
        """The user said a plain "stop". over: the reply that was being heard, which may be all that was meant."""
        if over and over != self._reply and "mind" not in words.lower():
            return False
        return self.stop()

    def undo(self) -> Drawn | None:
        """Back to the picture before the last one, if it is the one that the last one changed."""
        if len(self.drawn) < 2 or self.drawn[-1].job.of != self.drawn[-2].number:
            return None
        self.drawn.pop()
        return self.drawn[-1]

    def forget(self) -> None:
        self.stop()
        self.drawn, self.lost, self._job = [], "", None

    # --- the work ----------------------------------------------------------------------------------------------------

    async def _work(self, hands: Hands, job: Job, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None and not earlier.done():
            try:
                await asyncio.wait([earlier])
            except asyncio.CancelledError:  # with the change goes the picture that it waited for
                earlier.cancel()
                await asyncio.wait([earlier])
                raise
        if job.request and job.before is None:
            if self.last is None:
                return hands.prompt("There is no picture to change: the one before was not finished.")
            job = change(self.last, job.request)
        turns = _turns(hands)
        try:
            self.number = next(hands.pictures)
            painting = await self._draw(hands, job, self.number)
        except ModelError as error:
            log.warning("session %s: picture %d failed: %s", hands.session[:8], self.number, error)
            hands.prompt(_sentence(error.spoken))
            return
        self.drawn = [*self.drawn, Drawn(self.number, job, painting, hands.clock())][-KEPT:]
        hands.prompt(_told(job, painting, meanwhile=_turns(hands) > turns or hands.listening()))

    async def _draw(self, hands: Hands, job: Job, number: int) -> Painting:
        painter = hands.senses.painter
        if painter is None:
            raise ModelError(NO_BRUSH)
        if job.before is None:
            steps = painter.port.paint(job.prompt)
        elif isinstance(painter.port, Editor):
            steps = painter.port.edit(job.before, job.request)
        else:
            raise ModelError(NO_CHANGES)
        waiting = _Waiting(hands)
        try:
            return await draw(
                painter,
                steps,
                job.prompt,
                picture=number,
                emit=hands.emit,
                room=hands.room,
                clock=hands.clock,
                gallery=hands.gallery,
                of=job.of,
                from_camera=job.from_camera,
                waits=waiting.told,
            )
        finally:
            waiting.over()

    def show_again(self, hands: Hands, since: float) -> None:
        """The line is back: what was finished after session time `since` was perhaps not seen."""
        last, works = self.last, hands.gallery.works
        if (
            last is None
            or last.at < since
            or (work := next((w for w in works if w.number == last.number), None)) is None
        ):
            return
        form, data = next(iter(work.files.items()))
        sending = send_picture(
            data,
            FORMS[form],
            picture=last.number,
            kind="drawing",
            alt=work.alt,
            prompt=last.job.prompt,
            version=AGAIN,
            url=hands.gallery.hang(work),
            forms=tuple(work.files),
            emit=hands.emit,
            room=hands.room,
            clock=hands.clock,
        )
        hands.spawn(sending, f"picture {last.number} again")


class _Waiting:
    """The place in the painter's line: shown at once, said where it lasts."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._before = 0
        self._timer: asyncio.TimerHandle | None = None

    def told(self, before: int) -> None:
        self._before = before
        if before and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WAIT_S, self._say)

    def over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _say(self) -> None:
        if self._before:
            many = "is one picture" if self._before == 1 else f"are {self._before} pictures"
            self._hands.prompt(f"There {many} before yours.")


def _turns(hands: Hands) -> int:
    """How often the user has spoken."""
    return sum(line.who == "user" for line in hands.history.lines)


def _told(job: Job, painting: Painting, meanwhile: bool) -> str:
    """What is said of a finished picture. meanwhile: something else was talked about."""
    alt = painting.alt or job.prompt
    if meanwhile:
        said = f"Your picture is ready: {alt}." if len(alt) <= LONGEST else "Your picture is ready."
    elif plain(alt) == plain(job.prompt) or len(alt) > LONGEST or (job.request and not painting.alt):
        said = "Here it is."
    else:
        said = f"Here {'are' if _MANY.match(alt) else 'is'} {alt}."
    return " ".join(part for part in (said, painting.note, job.note) if part)


_MANY = re.compile(r"(?:two|three|four|five|six|seven|eight|nine|ten|many|some|a few|[2-9]|\d{2,}) [a-z ]*s\b")


def _sentence(said: str) -> str:
    said = said.strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?')) else '.'}"
