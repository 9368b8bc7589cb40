"""Whole conversations by text: what the agent says with a model that makes things up, and with the real small one."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.sixty import loaded
from tests.timed.virtual import Script
from tests.typed import answers, converse, senses
from visavis_agents.roles import load_role
from visavis_models.senses import Sense
from visavis_models.workers import Worker

TOLD = (
    "The roses are almost over now.", "My sister is coming on Sunday.", "She doesn't eat meat.", "The river is high.",
    "My sister is coming on Sunday.", "He painted it blue.", "The moon was bright.", "The moon was bright.",
)  # fmt: skip


def said(script: str, *lines: str) -> list[str]:
    language = Script(script)
    language.knows = False
    everything = senses(Sense(language, Worker("language")))
    told = answers(asyncio.run(converse(everything, load_role("companion"), lines)))
    everything.close()
    return told


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        ("How nice! What do you like about it?", "How nice! What do you like about it?"),
        ("How nice! I have a garden, too.", "How nice! Tell me more about the river."),
        ("That is a lovely thing, and my wife swims there.", "That is a lovely thing, tell me more about the river."),
        ("It was built in 1870.", "Tell me more about the river."),
        ("That's near Vienna, as you said.", "Tell me more about the river."),
        ("I'll look after it.", "Tell me more about the river."),
    ],
)  # fmt: skip
def test_what_is_made_up_is_not_heard(script: str, heard: str) -> None:
    assert said(script, "The river is high.") == [heard]


def test_why_and_how_do_you_know_are_of_the_answer() -> None:
    told = said(
        "Yes.", "What is 12 times 12?", "How do you know?", "Order a pizza.", "Why not?", "Order a pizza.", "And you?"
    )
    assert told[1] == "I worked it out just now." and told[3].startswith("Because I'm a small program")
    assert told[4] != told[2] and "program" in told[5]


def test_nothing_is_said_twice_in_a_row_nor_made_up() -> None:
    language, embedder = loaded("language"), loaded("embedder")
    everything = senses(language, embedder)
    told = answers(asyncio.run(converse(everything, load_role("companion"), TOLD)))
    everything.close()
    assert len(told) == len(TOLD) and all(told)
    assert all(one != other for one, other in zip(told, told[1:], strict=False))
    assert not re.search(r"\d|\bmy\b|\bAs an AI\b", " ".join(told))
