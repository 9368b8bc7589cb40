"""Captions: what was said stays, what is being said moves, in a terminal and in a pipe."""

from __future__ import annotations

import io

from rich.console import Console

from visavis_agents import events as ev
from visavis_client.captions import Captions
from visavis_client.result import Result, Said, Turn

TOLD = (
    ev.SessionStarted(session="s", resumed=True, role="r", version="1", heartbeat_s=1.0, history=()),
    ev.UserStarted(utterance=1),
    ev.UserPartial(utterance=1, text="What is [this"),
    ev.UserFinal(utterance=1, text="What is [this]?"),
    ev.ReplyStarted(reply=1, utterance=1),
    ev.ReplyClause(reply=1, text="A cup.", start_s=0, words=(ev.Word("A", 0, 0.1), ev.Word("cup.", 0.1, 0.4))),
    ev.ReplyWord(reply=1, index=0),
    ev.ToolStarted(reply=1, name="set_timer", arguments={}),
    ev.ReplyCut(reply=1, heard="A", heard_s=0.1),
    ev.Trouble(what="No paint.", todo="Buy some."),
)


def shown(terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=60, highlight=False)
    with Captions(console) as captions:
        for at, event in enumerate(TOLD):
            captions.show(float(at), event)
    turns = [
        Turn(Said("a.wav", 0, 1), latency_ms=512.4),
        Turn(Said("b.wav", 2, 3), silence_ms=200.0, error="no answer"),
    ]
    captions.tell(Result("http://here", "s", turns))
    return out.getvalue()


def test_in_a_pipe_there_are_only_whole_lines() -> None:
    text = shown(terminal=False)
    assert "   3.00  you  What is [this]?\n" in text
    assert "vis  A \u2014\n" in text
    assert "(set timer)" in text
    assert "No paint. Buy some." in text
    assert "What is [this\n" not in text
    assert "\x1b" not in text
    assert "a.wav: answered after 512 ms\n" in text
    assert "b.wav: no answer\n" in text


def test_a_terminal_shows_the_words_as_they_come() -> None:
    text = shown(terminal=True)
    assert "What is [this" in text
    assert "cup." in text
