"""Flags, areas and birthplaces."""

from __future__ import annotations

import pytest

from visavis_agents.rules import Say, route
from visavis_agents.rules.lands import flags
from visavis_agents.rules.people import people
from visavis_agents.rules.written import table


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What does the Swedish flag look like?", "The flag of Sweden is a yellow cross on blue."),
        ("What colours are in the flag of Poland?", "The flag of Poland is white above red."),
        ("What are the colours of the Dutch flag?",
         "The flag of the Netherlands is red, white and blue, in stripes from top to bottom."),
        ("How big is France?", "France has about 550,000 square kilometers."),
        ("What is the area of Italy?", "Italy has about 300,000 square kilometers."),
        ("How large is the USA?", "The United States has about 9.83 million square kilometers."),
        ("Where was Mozart born?", "Wolfgang Amadeus Mozart was born in Salzburg."),
        ("Where did Einstein come from?", "Albert Einstein was born in Ulm, in Germany."),
    ],
)  # fmt: skip
def test_it_is_told(asked: str, answer: str) -> None:
    assert route(asked) == Say(answer)


@pytest.mark.parametrize(
    "asked",
    [
        "How big is your dog?",
        "What colour is my flag?",
        "Where was my mother born?",
        "How large is Zogland?",
        "How big is it?",
    ],
)
def test_what_no_table_has_is_not_told(asked: str) -> None:
    made = route(asked)
    assert not isinstance(made, Say) or "square" not in made.text


def test_the_tables_fit_each_other() -> None:
    names = {one.name for one in people().values()}
    assert set(table("tables/birthplaces.txt")) <= names
    assert len(flags()) > 100
