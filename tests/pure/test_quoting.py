"""Questions that lean on the one before are made whole for the documents, and prices are reckoned."""

from __future__ import annotations

import pytest

from visavis_agents.knowledge import holds_it
from visavis_agents.quoting import leans, reckoned, whole


@pytest.mark.parametrize(
    ("lines", "question"),
    [
        (["When is breakfast?", "And on Sunday?"], "when is breakfast on sunday"),
        (["When is breakfast?", "And on Sunday?", "Where is it?"], "where is it breakfast"),
        (["Until what time are you open on Sundays?", "And on Mondays?"], "until what time are you open on mondays"),
        (["When does the pool open?", "And the sauna?"], "when the sauna"),
        (["Where is cardiology?", "Which floor?"], "which floor cardiology"),
        (["How much is a ticket?", "For two children?"], "how much is a ticket for two children"),
        (["How much is a ticket?", "Are there stairs?"], "Are there stairs?"),
        (["Is there a lift?", "How do you know that?", "Where is it?"], "where is it lift"),
        (["Where are the toilets?", "I'm tired."], "I'm tired."),
    ],
)
def test_a_question_is_made_whole(lines: list[str], question: str) -> None:
    assert whole(lines) == question
    assert leans(lines[-1]) == (question != lines[-1])


@pytest.mark.parametrize(
    ("quote", "asked", "makes"),
    [
        ("The garage costs 18 euros a night.", "How much for three nights?", " For 3 nights that makes 54 euros."),
        ("A ticket for adults costs 12 euros.", "For two adults?", " For 2 adults that makes 24 euros."),
        ("Students and pensioners pay 8 euros.", "We are four students.", " For 4 students that makes 32 euros."),
        ("An hour costs 1.50 euros per hour.", "for 3 hours", " For 3 hours that makes 4.5 euros."),
        ("A ticket for adults costs 12 euros.", "For one adult?", ""),
        ("A ticket for adults costs 12 euros.", "For two children?", ""),
        ("The pool is open.", "for two nights", ""),
        ("A ticket for adults costs 12 euros. A family ticket costs 25 euros.", "For two adults?", ""),
    ],
)
def test_prices_are_reckoned(quote: str, asked: str, makes: str) -> None:
    assert reckoned(quote, asked) == makes


def test_what_a_question_asks_for_is_held_or_not() -> None:
    assert holds_it("where is it", "It is on the ground floor.") and not holds_it("where is it", "It costs a lot.")
    assert holds_it("how much is it", "It is free.") and not holds_it("is it far", "It is on the ground floor.")
    assert holds_it("can i smoke", "Smoking is not allowed.")
