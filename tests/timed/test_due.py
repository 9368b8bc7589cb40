"""Timers, reminders and lists in conversations with a small model: asked for, taken back, the other one."""

from __future__ import annotations

from tests.timed.test_corrections import answers_to
from visavis_agents import events as ev


def test_a_reminder_is_known_by_what_it_is_about() -> None:
    told, scene = answers_to(
        "Remind me to take my pills in ten minutes.",
        "Remind me to call the vet in two hours.",
        "When do I have to take my pills?",
        "What else do I have to do?",
        "Forget the vet.",
        "What are my reminders?",
    )
    assert told[2] == "I will remind you to take your pills in 10 minutes."
    assert told[3].startswith("I will remind you to take your pills in 9 minutes and 30") or told[3].startswith(
        "I will remind you to take your pills in 10 minutes and call the vet at "
    )
    assert told[4] == "Your reminder to call the vet is cancelled."
    assert "vet" not in told[5] and len(scene.of(ev.TimerEnded)) >= 1


def test_one_more_reminder_is_joined_to_the_one_before() -> None:
    told, _ = answers_to(
        "Remind me to move the car in half an hour.", "And to write to mum in two hours.", "What's next?"
    )
    assert told[1] == "I will remind you to write to mum in 2 hours."
    assert "move the car" in told[2] and "write to mum" in told[2]


def test_the_other_timer_is_cancelled_and_the_wrong_one_goes_on() -> None:
    told, scene = answers_to(
        "Set a timer for 5 minutes for the eggs.",
        "And one for 12 minutes for the rice.",
        "Stop the egg timer.",
        "No, the other one.",
        "What timers are running?",
    )
    assert told[3] == (
        "All right, your rice timer for 12 minutes is cancelled, and your eggs timer for 5 minutes goes on."
    )
    assert told[4].startswith("Your eggs timer for 5 minutes has 4 minutes and 2")
    eggs = [event.rings_s for event in scene.of(ev.TimerSet) if "eggs" in event.name]
    assert eggs[0] == eggs[1]  # it rings when it would have


def test_several_timers_and_which_is_meant() -> None:
    told, _ = answers_to(
        "Set two timers, one for five minutes and one for ten.",
        "Cancel the other one.",
        "The ten minute one.",
        "How much time is left?",
    )
    assert told[0] == "Your timers are set for 5 minutes and 10 minutes."
    assert told[1].startswith("Which one shall I cancel") and told[2] == "Your timer for 10 minutes is cancelled."
    assert told[3].startswith("Your timer for 5 minutes has 4 minutes")


def test_a_list_is_asked_about_and_corrected() -> None:
    told, _ = answers_to(
        "Make a list of milk, um, bread and butter.",
        "Is butter on it?",
        "Take the bread off.",
        "Put apples on the list, no wait, pears.",
        "What's on my list?",
    )
    assert told == [
        "Your list has milk, bread and butter.",
        "Yes, your list has butter.",
        "I've taken bread off your list.",
        "I've put pears on your list.",
        "Your list has milk, butter and pears.",
    ]


def test_many_questions_in_a_row_are_not_all_met_with_the_same_words() -> None:
    told, _ = answers_to(
        "How do I fix a leaking tap?",
        "How do I get wax out of a carpet?",
        "How do I fold a paper plane?",
        "Who designed the first stapler?",
        "Why do planes leave white lines?",
        "And the second?",
    )
    assert len(set(told)) == len(told) and "never asked" not in " ".join(told)


def test_who_was_told_of_is_known_again() -> None:
    told, _ = answers_to(
        "My brother Jonas lives in Leipzig and he works as a nurse.",
        "What does Jonas do?",
        "Where does he live?",
        "My aunt is retired.",
        "She's a painter.",
        "What did she do?",
        "Should I have tea or coffee? You choose.",
        "No, the other one.",
    )
    assert told[1] == "You told me that he works as a nurse."
    assert told[2] == "You told me that your brother Jonas lives in Leipzig."
    assert told[5] == "You told me that she is a painter."
    assert {told[6], told[7]} in (
        {"I choose tea.", "All right, then coffee."},
        {"I choose coffee.", "All right, then tea."},
    )
