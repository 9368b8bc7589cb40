"""Drawing while the talk goes on: a new picture, a change of the last one, what the camera shows, and stopping."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from functools import cache

from visavis_agents.lines import lines_of
from visavis_agents.painting.easel import NO_BRUSH, NO_CHANGES, STOPPED, Job, change
from visavis_agents.painting.gate import refusal
from visavis_agents.plain import plain
from visavis_agents.rules.brush import NICE
from visavis_agents.rules.changes import is_again, is_undo
from visavis_agents.seeing.glimpse import Glimpse
from visavis_agents.seeing.looking import look_at
from visavis_agents.seeing.pointing import Moment, moments
from visavis_agents.seeing.things import article, listed
from visavis_agents.tools.pictures import show
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_models.ports import Editor, Painter, Painting, Picture
from visavis_models.senses import Sense

LONGEST = 500  # characters of a request
SAID = 80  # of one that is repeated aloud
NOTHING_YET = "I haven't drawn anything yet. Tell me what to draw."
BLIND = "I can't see anything. Turn your camera on and ask me again."
GONE = "I don't have that picture any more. Say draw it again, and I'll draw it anew."
_STYLES = re.compile(
    r"(?:an? |the )?(?:[a-z]+ )?(?:cartoons?|comics?|painting|drawing|sketch|picture|portrait|watercolou?r|anime|manga|"
    r"oil painting|pixel art|mosaic|poster|stained glass)$"
)


def _may(hands: Hands, request: str) -> Sense[Painter]:
    """Raises ToolError where this is not drawn, or nothing is."""
    if hands.senses.painter is None:
        raise ToolError(NO_BRUSH)
    if refused := refusal(request) or refusal(hands.asked):
        raise ToolError(refused)
    return hands.senses.painter


# --- a new picture ---------------------------------------------------------------------------------------------------


@cache
def nice() -> tuple[str, ...]:
    """Scenes to draw where the choice is ours."""
    return tuple(lines_of(__package__, "nice.txt"))


def _chosen(hands: Hands, prompt: str) -> str:
    """What is drawn: another scene each time where anything nice will do."""
    if plain(prompt) != NICE:
        return prompt
    drawn = [one.job.prompt for one in hands.easel.drawn]
    left = [scene for scene in nice() if scene not in drawn] or nice()
    return random.Random(f"{hands.session} {hands.reply}").choice(left)


def _draws(hands: Hands, prompt: str) -> str:
    _may(hands, prompt)
    prompt = _chosen(hands, prompt)
    if not prompt.strip():
        raise ToolError("Tell me what to draw.")
    return f"I'm drawing {prompt.strip()}." if len(prompt) <= SAID else "I'm drawing that."


@tool(effects=True, announce=_draws)
async def draw(hands: Hands, prompt: str) -> str:
    """Begin to draw a picture of what the prompt describes. The user sees it grow, and is told when it is finished."""
    _draws(hands, prompt)
    hands.easel.begin(hands, Job(_chosen(hands, prompt).strip()[:LONGEST]))
    return ""


# --- the last one, changed -------------------------------------------------------------------------------------------


def _edits(hands: Hands, request: str) -> str:
    painter = _may(hands, request)
    easel, words = hands.easel, plain(request)
    if is_undo(words):
        return ""
    if is_again(words):
        if not easel.prompt:
            raise ToolError(NOTHING_YET)
        return "I'm drawing it again."
    if not isinstance(painter.port, Editor):
        raise ToolError(NO_CHANGES)
    if easel.drawing:
        return "I'll do that as soon as this picture is finished."
    if easel.last is None:
        raise ToolError(GONE if easel.lost else NOTHING_YET)
    return "All right."


@tool(effects=True, announce=_edits)
async def edit(hands: Hands, request: str) -> str:
    """Change the picture that was drawn last, as the request says: "make it night", "add a tree", "remove the dog",
    "bigger", "undo that", "draw it again". The user sees the new picture, and is told when it is finished."""
    _edits(hands, request)
    easel, words = hands.easel, plain(request)
    if is_undo(words):
        return _undo(hands)
    if is_again(words):
        job = (
            Job(easel.prompt) if easel.drawing or easel.last is None else replace(easel.last.job, of=easel.last.number)
        )
    elif easel.drawing or easel.last is None:
        job = Job("", request.strip()[:LONGEST])
    else:
        job = change(easel.last, request.strip()[:LONGEST])
    easel.begin(hands, job)
    return ""


def _undo(hands: Hands) -> str:
    if hands.easel.stop():
        return STOPPED
    if (before := hands.easel.undo()) is None:
        raise ToolError("There is nothing to undo." if hands.easel.last else NOTHING_YET)
    hands.gallery.last = before.painting
    hands.easel.show_again(hands, before.at)
    return "This is how it was."


# --- the camera ------------------------------------------------------------------------------------------------------


def _draws_seen(hands: Hands, what: str = "", like: str = "") -> str:
    _may(hands, f"{what} {like}")
    if hands.sight.at(_end_s(hands)) is None and not hands.sight.coming(hands.clock()):
        if what == "this" and like and hands.easel.last is not None:
            return _edits(hands, f"as {like}")
        raise ToolError(BLIND)
    subject = "what I see" if not what else "you" if what == "me" else re.sub(r"^my\b", "your", what)
    return f"I'm drawing {subject} as {like}." if like else f"I'm drawing {subject}."


@tool(effects=True, looks=True, announce=_draws_seen)
async def draw_seen(hands: Hands, what: str = "", like: str = "") -> str:
    """Draw what the user's camera shows. what: "me", "this", or empty for everything there. like: what it is drawn as,
    for example "a robot" or "a cartoon"."""
    _draws_seen(hands, what, like)
    painter = _may(hands, f"{what} {like}")
    glimpse = await _glimpse(hands, what == "this")
    if glimpse is None:
        if what == "this" and like and hands.easel.last is not None:
            return await edit(hands, {"request": f"as {like}"})
        raise ToolError(BLIND)
    looked = await look_at(hands.senses, glimpse.picture, glimpse.subject, glimpse.part, "What do you see?")
    show(hands, glimpse, looked, "What the camera showed, to be drawn")
    seen = _seen([name for name in looked.found if not name.startswith("“")], looked.spoken)
    job = _job(painter.port, glimpse.subject, seen, what, like)
    if not job.prompt:
        raise ToolError(looked.spoken)
    _may(hands, job.prompt)
    hands.easel.begin(hands, job)
    return ""


def _job(painter: Painter, picture: Picture, seen: str, what: str, like: str) -> Job:
    seen = seen or ("this" if getattr(painter, "pixels", False) else "")
    subject = {"": seen, "this": seen, "me": "a person"}.get(what, re.sub(r"^my\b", "a", what))
    if isinstance(painter, Editor) and getattr(painter, "pixels", False):
        wish = f"{subject} as {like}" if like else f"a drawing of {subject}"
        return Job(wish, wish, Painting(picture, True, 1.0), from_camera=True)
    if not like:
        return Job(subject)
    note = "I can't paint over a photograph, so this is a drawing of my own."
    return Job(subject if _STYLES.fullmatch(like) else like, note=note)


async def _glimpse(hands: Hands, pointed: bool) -> Glimpse | None:
    """What the camera showed at the word that points, or else at the end of the words."""
    end = Moment(_end_s(hands))
    for moment in (*(moments(hands.asked, hands.times, end.at) if pointed else ()), end):
        if (glimpse := await hands.glimpses.at(moment, "What is this?" if pointed else "What do you see?")) is not None:
            return glimpse
    return None


def _end_s(hands: Hands) -> float:
    return hands.clock() if hands.moment is None else hands.moment


def _seen(names: list[str], caption: str) -> str:
    """What the camera shows, as one would ask for it; empty: nobody knows."""
    if names:
        return listed([article(name.partition(", ")[0]) for name in dict.fromkeys(names)][:6])
    first = re.split(r"(?<=[.!?])\s", caption.strip())[0]
    if re.match(r"(?:I'm not sure|I can't|I don't|That took me)", first):
        return ""
    return re.sub(r"^(?:I (?:can )?see|There (?:is|are)|This is|It (?:is|looks like))\s+", "", first).rstrip(".!?")


# --- stopping, and telling -------------------------------------------------------------------------------------------


@tool(effects=True)
async def stop_drawing(hands: Hands) -> str:
    """Stop the picture that is being drawn."""
    return STOPPED if hands.easel.stop() else "I'm not drawing anything."


@tool()
async def what_is_drawn(hands: Hands) -> str:
    """Tell what is on the picture that was drawn last, or is being drawn."""
    easel = hands.easel
    if easel.drawing:
        return f"I'm drawing {easel.prompt}."
    if easel.last is not None:
        return f"I drew {easel.last.alt}."
    return f"The last picture was {easel.lost}. I don't have it any more." if easel.lost else NOTHING_YET
