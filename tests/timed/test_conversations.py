"""The small library of recorded conversations (`tests/conversations`), played in this version of the code.

A version may decide a little sooner or later than the one that recorded them, and may put its answers differently; what
it understood, in which order, what it did and what it let itself be interrupted by must stay. Where a change is meant,
record them again: `python -m tests.conversations.make`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agents.replay.replayed import story
from visavis_agents.replay.tape import Line
from visavis_server import replay

LIBRARY = sorted(path.parent for path in (Path(__file__).parents[1] / "conversations").glob("*/events.jsonl*"))


def outline(lines: list[Line]) -> list[str]:
    """The story without the wording of what the assistant said by itself."""
    return [line.partition(":")[0] if line.startswith("assistant") else line for line in story(lines)]


@pytest.mark.parametrize("folder", LIBRARY, ids=lambda folder: folder.name)
def test_a_recorded_conversation_goes_as_it_went(folder: Path) -> None:
    outcome = replay.run(folder)
    assert outcome.failed is None
    assert outline(outcome.now) == outline(outcome.then), "\n".join(replay.told(outcome))
    assert not [line for line in story(outcome.now) if line.startswith("trouble")]


def test_there_are_some() -> None:
    assert {path.name for path in LIBRARY} >= {"questions", "interruption", "listening", "pause", "facts", "lost"}
