"""What is asked of timers and reminders that run, and of days and times."""

from __future__ import annotations

from datetime import date

import pytest

from visavis_agents.plain import plain
from visavis_agents.rules import route
from visavis_agents.rules.clock_words import moved, named_date
from visavis_agents.rules.due import WHICH, Due, asks_all, due
from visavis_agents.rules.kinds import Call, Route

PILLS, VET = Due("reminder to take your pills", 500.0), Due("reminder to call the vet", 300.0)
EGGS, RICE = Due("eggs timer for 5 minutes", 60.0), Due("rice timer for 12 minutes", 700.0)
THURSDAY = date(2026, 11, 26)


def asked(text: str, *running: Due, before: str = "") -> Route:
    return due(plain(text), before, running)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("When do I have to take my pills?", "reminder to take your pills"),
        ("um what time should I call the vet", "reminder to call the vet"),
        ("how long until the eggs are done", "eggs timer for 5 minutes"),
        ("When is the rice ready?", "rice timer for 12 minutes"),
        ("How long does the rice still need?", "rice timer for 12 minutes"),
        ("Which one is first?", "eggs timer for 5 minutes"),
        ("When is the last one done?", "rice timer for 12 minutes"),
        ("What are my reminders?", "reminder"),
        ("Did I ask you to remind me of anything?", "reminder"),
        ("What else do I have to do today?", "reminder"),
        ("ok and what else is coming up", "reminder"),
    ],
)
def test_what_is_due_is_told(text: str, name: str) -> None:
    assert asked(text, EGGS, PILLS, VET, RICE) == Call("timers_left", {"name": name})


@pytest.mark.parametrize("text", ["Forget the vet.", "Skip the vet.", "You don't need to remind me of the vet."])
def test_one_is_taken_back_by_what_it_is_about(text: str) -> None:
    assert asked(text, PILLS, VET) == Call("cancel_timer", {"name": VET.what})


@pytest.mark.parametrize(
    "text",
    [
        "When was Napoleon born?", "When do you open?", "Forget my name.", "Which planet is first?", "Stop.", "Cancel it.",
        "What do I have to pay?", "How long is the Nile?", "When do I have to take my test?", "Remind me of the vet.",
    ],
)  # fmt: skip
def test_what_is_about_something_else_is_left_alone(text: str) -> None:
    assert asked(text, PILLS, VET, EGGS) is None


def test_the_other_one_is_told_by_what_was_named_last() -> None:
    cancelled = "Your eggs timer for 5 minutes is cancelled."
    assert asked("No, the other one.", RICE, before=cancelled) == Call(
        "cancel_timer", {"name": RICE.what, "instead": True}
    )
    assert asked("Cancel the other one too.", RICE, before=cancelled) is None
    told = "Your eggs timer for 5 minutes has 4 minutes left."
    assert asked("And the other one?", EGGS, RICE, before=told) == Call("timers_left", {"name": RICE.what})
    assert asked("Stop the other one.", EGGS, RICE, before=told) == Call("cancel_timer", {"name": RICE.what})
    question = getattr(asked("Cancel the other one.", EGGS, RICE, before="All right."), "text", "")
    assert question.startswith(WHICH) and "rice timer" in question
    assert asked("the rice one", EGGS, RICE, before=question) == Call("cancel_timer", {"name": RICE.what})


def test_what_there_is_to_do_is_asked_in_several_ways() -> None:
    assert asks_all("what do i have to do today") and not asks_all("what do you have to do")
    assert not asks_all("what should i do")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("two weeks from friday", date(2026, 12, 11)),
        ("3 days ago", date(2026, 11, 23)),
        ("the day after the day after tomorrow", date(2026, 11, 29)),
        ("after the day after tomorrow", date(2026, 11, 29)),
        ("the day before christmas eve", date(2026, 12, 23)),
        ("a week from tomorrow", date(2026, 12, 4)),
        ("in 3 months", date(2027, 2, 26)),
        ("a month ago", date(2026, 10, 26)),
        ("friday in 2 weeks", date(2026, 12, 11)),
        ("a week on friday", date(2026, 12, 4)),
        ("last friday", date(2026, 11, 20)),
        ("the weekend", date(2026, 11, 28)),
        ("new year's day on", date(2027, 1, 1)),
    ],
)
def test_days_are_found_by_steps(text: str, day: date) -> None:
    assert named_date(plain(text), THURSDAY) == day


def test_a_month_that_is_too_short_ends_sooner_and_nobody_counts_for_ever() -> None:
    assert moved(date(2027, 1, 31), 1, "month") == date(2027, 2, 28)
    assert moved(date(2024, 2, 29), 1, "year") == date(2025, 2, 28)
    assert moved(THURSDAY, 36501, "day") is None and moved(date(1, 1, 2), -2, "month") is None
    assert named_date("the day after " * 400 + "tomorrow", THURSDAY) is not None
    assert named_date("99999 years from tomorrow", THURSDAY) is None


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("um how many hours till midnight", {"day": "midnight", "ask": "until"}),
        ("is it already past noon", {"day": "noon", "ask": "past"}),
        ("Is it five o'clock yet?", {"day": "5 o'clock", "ask": "past"}),
        ("is it friday yet", {"day": "friday", "ask": "is"}),
        ("Is it the weekend yet?", {"day": "weekend", "ask": "is"}),
        ("I was born in 1958, how old am I?", {"day": "1958", "ask": "age"}),
    ],
)
def test_times_of_the_day_are_asked_of_the_calendar(text: str, arguments: dict[str, str]) -> None:
    assert route(text) == Call("calendar", arguments)


def test_several_timers_are_set_at_once() -> None:
    two = Call("set_timer", {"seconds": 300.0, "more": (600.0,)})
    assert route("Set two timers, one for five minutes and one for ten.") == two
    three = Call("set_timer", {"seconds": 180.0, "more": (420.0, 1200.0)})
    assert route("Set three timers, 3 minutes, one for 7 minutes and one for 20.") == three
