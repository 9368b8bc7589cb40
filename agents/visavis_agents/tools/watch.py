"""Being told when the camera sees something."""

from __future__ import annotations

import re

from visavis_agents.plain import plain
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.seeing.things import article, same
from visavis_agents.seeing.watches import MOST
from visavis_agents.seeing.watching import Aim, aim, count, named
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_models.ports import Finder, Found, Names

ABLE = "I can only watch for people, hands, things I know by name, a colour, a change, or light."
_ANYONE = re.compile(r"\b(?:(?:some|any)(?:one|body)|persons?|people|faces?|i|you|me|visitors?|guests?|customers?)\b")


@tool(effects=True, looks=True)
async def watch_for(hands: Hands, what: str) -> str:
    """Watch through the user's camera and speak by yourself, once, when it is seen. what: goes on "tell me when", for
    example "someone comes in", "you see a cat", "the bottle is gone", "the light turns green", "something moves"."""
    words = plain(what)
    wanted = aim(words) or named(words)
    if wanted is None:
        raise ToolError(f"I can't watch for that. {ABLE}")
    vision, frame = hands.senses.vision, hands.sight.at(hands.clock())
    if vision is None:
        raise ToolError("I can't see: this server runs without eyes.")
    if frame is None:
        raise ToolError("I can't see anything. Turn your camera on and ask me again.")
    if any(watch.aim == wanted for watch in hands.watches.active):
        return "I'm watching for that already."
    if len(hands.watches.active) >= MOST:
        raise ToolError(f"I'm watching for {MOST} things already, which is all I can do. Tell me to stop one of them.")
    there = 0
    if wanted.finds:
        if not isinstance(vision.port, Finder):
            raise ToolError("These eyes can't name what they see: I can watch for a colour, a change or light.")
        if wanted.kind == "thing" and isinstance(vision.port, Names):
            known = await vision.worker.run(vision.port.names)
            if not any(same(wanted.what, name) for name in known):
                raise ToolError(f"I can't watch for {article(wanted.what)}: I don't know it by sight. {ABLE}")
        there = count(wanted, await vision.worker.run(_found, vision.port, frame), 0.5)
    if refusal := _pointless(wanted, there):
        return refusal
    hands.watches.add(hands, wanted)
    return _agreed(wanted, there, words)


@tool(effects=True)
async def stop_watching(hands: Hands, what: str = "") -> str:
    """Stop watching. what: for which of the things watched for, or empty for all."""
    active = hands.watches.active
    wanted = aim(plain(what)) if what else None
    ending = [watch for watch in active if wanted is None or watch.aim == wanted]
    if not ending:
        return "I'm not watching for that." if active else "I'm not watching for anything."
    for watch in ending:
        hands.watches.end(hands, watch.number)
    return "I have stopped watching." if not active else f"I have stopped that. {_list(hands)}"


@tool()
async def watches(hands: Hands) -> str:
    """Tell what is being watched for."""
    return _list(hands)


def _list(hands: Hands) -> str:
    told = [f"when {watch.aim.told}" for watch in hands.watches.active]
    if not told:
        return "I'm not watching for anything."
    return f"I'm to tell you {', and '.join(told)}."


def _found(eyes: Finder, frame: Frame) -> tuple[Found, ...]:
    return eyes.find(developed(frame))


def _pointless(wanted: Aim, there: int) -> str:
    """Why not to watch, or empty."""
    if wanted.gone and wanted.finds and not there:
        if wanted.kind == "people":
            return "I don't see anybody now, so I can't tell when they are gone."
        what = "a hand" if wanted.kind == "hands" else article(wanted.what)
        return f"I don't see {what} now, so I can't tell when it is gone. Show it to me and ask again."
    if not wanted.gone and there and wanted.kind != "people":
        return f"I see {'a hand' if wanted.kind == 'hands' else article(wanted.what)} already."
    return ""


def _agreed(wanted: Aim, there: int, words: str) -> str:
    if wanted.kind == "people" and not wanted.gone and there:
        return f"I see {'one person' if there == 1 else f'{there} people'} now. I'll tell you when someone else comes."
    but = ""
    if wanted.kind == "people" and not wanted.gone and not _ANYONE.search(words):
        but = " I can't tell who it is."
    elif wanted.kind == "change" and not re.search(r"\b(?:chang|mov|motion|happen)", words):
        but = " I can't tell what it is."
    return f"All right, I'll tell you when {wanted.told}.{but}"
