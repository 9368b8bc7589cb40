"""What a language model says to the user in its own words, with the tools it asks for, and what is said instead where a
small one's words are off (`guard.py`)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from visavis_agents.guard import off
from visavis_agents.meant import is_told, listening
from visavis_agents.mind import Mind
from visavis_agents.rules.reactions import topical
from visavis_agents.story.telling import Cue
from visavis_agents.tools.port import ToolError
from visavis_agents.tools.toolbox import TOOLS
from visavis_agents.using import announced, later, telling, use
from visavis_models.ports import Message, ToolCall

if TYPE_CHECKING:
    from visavis_agents.reply import Reply

TOLD_LATELY = 4  # lines of either that a small model's words are held against
TOOL_ROUNDS = 5  # times a language model may ask for tools in one reply
INTERJECTION = 4  # words after which more is expected: "I'm sorry."


async def model_words(reply: Reply, mind: Mind) -> AsyncGenerator[str | Cue, None]:
    language = mind.senses.language
    tools = [TOOLS[name].spec for name in mind.role.tools] if language.port.calls_tools else []
    messages = list(mind.messages(reply.text))
    for _ in range(TOOL_ROUNDS):
        calls: list[ToolCall] = []
        said = ""
        steps = language.port.reply(tuple(messages), tools, mind.settings.max_reply_tokens)
        async with aclosing(language.worker.stream(steps, partial(reply.within_s, mind))) as pieces:
            async for piece in pieces:
                if isinstance(piece, ToolCall):
                    calls.append(piece)
                else:
                    said += piece
                    yield piece
        if not calls:
            return
        if said:
            yield " "
        for call in calls:
            if call.name in mind.role.tools and TOOLS[call.name].tells:
                reply.freely = False
                async with aclosing(telling(reply, mind, call)) as told:
                    async for words in told:
                        yield words
                return
        messages.append(Message("assistant", said, calls=tuple(calls)))
        results: list[str] = []
        for call in calls:
            try:
                if opening := announced(reply, mind, call):
                    yield f"{opening} "
            except ToolError as refused:
                yield str(refused)
                return
            result = await use(reply, mind, call)
            more = [piece async for piece in later(mind.hands)]
            results.append("".join((result, *more)).strip())
            messages.append(Message("tool", results[-1], call_id=call.id))
        if not any(results):
            return  # all has been said
    yield "I could not finish that: it took too many steps."


def is_off(reply: Reply, mind: Mind, clause: str) -> bool:
    """Whether a small language model says something here that is better not said."""
    if not reply.freely or mind.senses.language.port.knows:
        return False
    if is_told(mind.history.last_reply()):  # then it answers of that
        return False
    told = [*mind.history.said_by_user()[-TOLD_LATELY:], reply.text]
    sentence = f"{_begun(reply.said)} {clause}".strip()
    return off(sentence, told, mind.history.heard(TOLD_LATELY), mind.role.examples)


def stand_in(reply: Reply, mind: Mind) -> str:
    """What is said in the place of what is off; empty where enough was said. A sentence that was begun is not left."""
    begun = _begun(reply.said)
    if reply.said and not begun:
        little = len(" ".join(reply.said).split()) <= INTERJECTION
        return topical(reply.text, mind.history.heard(TOLD_LATELY)) if little else ""
    instead = listening(mind, reply.text)
    if not begun:
        return instead
    instead = instead.removeprefix("I see. ")
    if not instead.startswith(("I ", "I'm ", "I'd ")):
        instead = instead[:1].lower() + instead[1:]
    return instead if begun.endswith(",") else f"... well, {instead}"  # as who thinks better of it


def _begun(said: list[str]) -> str:
    """What was said of the sentence that has not ended yet."""
    ended = next((n for n in range(len(said), 0, -1) if said[n - 1][-1] in ".!?"), 0)
    return " ".join(said[ended:])
