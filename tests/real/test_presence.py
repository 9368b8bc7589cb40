"""Talking about the talking, aloud and over real WebRTC."""

from __future__ import annotations

import asyncio

from tests import speech
from visavis_agents import events as ev
from visavis_client.visit import Question, Visitor


def test_it_waits_when_told_and_goes_on_when_told(server, tmp_path) -> None:
    wait, go_on = (
        Question.from_file(speech.spoken(text, tmp_path).path) for text in ("Wait a second.", "Please go on.")
    )

    async def scenario() -> tuple[Visitor, float]:
        visitor = Visitor(server)
        await visitor.connect()
        try:
            visitor.interrupt_after_s = 1.0
            await visitor.ask(Question("What can you do?"))
            visitor.microphone.say(wait.pcm)
            await visitor.until(lambda: reasons(visitor) == ["asked to wait"], 5, "the pause")
            silent_from = visitor.clock()
            await asyncio.sleep(1.5)
            visitor.microphone.say(go_on.pcm)
            await visitor.until(lambda: len(reasons(visitor)) == 2, 5, "the going on")
            await visitor.until(lambda: visitor.account.quiet, 20, "the end of the reply")
        finally:
            await visitor.leave()
        return visitor, silent_from

    visitor, silent_from = asyncio.run(scenario())
    assert reasons(visitor) == ["asked to wait", "asked to go on"]
    assert not [event for _, event in visitor.log if isinstance(event, ev.ReplyCut)]
    assert not [at for at in visitor.ear.loud if silent_from + 0.3 < at < silent_from + 1.5]
    [reply] = [event for _, event in visitor.log if isinstance(event, ev.ReplyEnded)]
    spoken = [event.index for _, event in visitor.log if isinstance(event, ev.ReplyWord)]
    assert sorted(set(spoken)) == list(range(len(reply.text.split())))
    assert [line for _, line in visitor.log if isinstance(line, ev.ReplyStarted)][-1].reply == reply.reply


def reasons(visitor: Visitor) -> list[str]:
    return [event.reason for _, event in visitor.log if isinstance(event, ev.UserDropped)]
