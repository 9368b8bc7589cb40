"""Tools used in a reply: announced, run when they may have effects, and told of on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from visavis_agents.events import ToolEnded, ToolStarted
from visavis_agents.mind import Mind
from visavis_agents.story.telling import Cue
from visavis_agents.tools.port import Hands, ToolError
from visavis_agents.tools.toolbox import TOOLS
from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall

if TYPE_CHECKING:
    from visavis_agents.reply import Reply

SLOW_S, MOMENT = 2.2, "One moment."  # after the user's last word, where a tool takes longer


async def patiently(reply: Reply, mind: Mind, call: ToolCall) -> AsyncGenerator[str, None]:
    """What a tool announces and gives; a word before it where it takes long and nothing was said yet."""
    try:
        opening = announced(reply, mind, call)
    except ToolError as refused:
        yield str(refused)
        return
    if opening:
        yield f"{opening} "
    using = asyncio.ensure_future(use(reply, mind, call))
    try:
        await asyncio.wait([using], timeout=max(0.0, reply.end_s + SLOW_S - mind.clock()))
        if not using.done() and not opening:
            yield f"{MOMENT} "
        yield await using
    finally:
        if not using.done():
            using.cancel()
            await asyncio.wait([using])


async def telling(reply: Reply, mind: Mind, call: ToolCall) -> AsyncGenerator[str | Cue, None]:
    """The words of a tool that tells."""
    _hand(reply, mind)
    mind.emit(ToolStarted(at=mind.clock(), reply=reply.number, name=call.name, arguments=call.arguments))
    try:
        async with aclosing(TOOLS[call.name].tell(mind.hands, call.arguments)) as told:
            async for words in told:
                yield words
    except ToolError as error:
        yield str(error)
    finally:
        mind.emit(ToolEnded(at=mind.clock(), reply=reply.number, name=call.name, result=""))


def _hand(reply: Reply, mind: Mind) -> None:
    """What the tools may know of this reply."""
    mind.hands.reply, mind.hands.moment = reply.number, reply.end_s if reply.utterance else None
    mind.hands.asked, mind.hands.times = reply.text, reply.times
    mind.hands.sure, mind.hands.beside, mind.hands.later = reply.sure, reply.beside.append, None


def announced(reply: Reply, mind: Mind, call: ToolCall) -> str:
    """Raises ToolError."""
    tool = TOOLS.get(call.name) if call.name in mind.role.tools else None
    if tool is None or tool.announce is None:
        return ""
    _hand(reply, mind)
    return tool.announced(mind.hands, call.arguments)


async def use(reply: Reply, mind: Mind, call: ToolCall) -> str:
    """Run a tool; what it could not do is told in its result."""
    tool = TOOLS.get(call.name) if call.name in mind.role.tools else None
    if tool is None:
        return f"There is no tool {call.name!r}."
    if tool.effects:
        await reply.sure()
    _hand(reply, mind)
    mind.emit(ToolStarted(at=mind.clock(), reply=reply.number, name=call.name, arguments=call.arguments))
    try:
        result = await tool(mind.hands, call.arguments)
    except ToolError as error:
        result = str(error)
    except ModelError as error:
        result = error.spoken
    except asyncio.CancelledError:  # the draft is dropped, or the reply cut off: nobody shall wait for it
        mind.emit(ToolEnded(at=mind.clock(), reply=reply.number, name=call.name, result=""))
        raise
    mind.emit(ToolEnded(at=mind.clock(), reply=reply.number, name=call.name, result=result))
    return result


async def later(hands: Hands) -> AsyncGenerator[str, None]:
    """What the tool that was used last adds to its words; a space first, with which they are said."""
    coming, hands.later = hands.later, None
    if coming is not None:
        yield " "
        yield await coming
