"""How long a silence ends a turn: what each thing that is known changes."""

from math import inf

import pytest
from hypothesis import given, strategies as st

from visavis_agents.patience import BREATH_S, ONSET_S, TELLING_S, needed_s
from visavis_agents.telling import telling


def needed(guess: float | None, text: str = "Tell me about the sea.", longest_s: float = 0.0) -> float:
    return needed_s(guess, text, longest_s, eager_s=0.24, patience_s=1.2)


def test_a_sure_model_needs_the_shortest_silence_and_one_that_waits_the_longest() -> None:
    assert needed(1.0) == pytest.approx(0.24)
    assert needed(0.0) == pytest.approx(1.2)
    assert needed(1.0) < needed(0.6) < needed(0.5) < needed(0.4) < needed(0.1)


def test_a_turn_that_was_ended_needs_none() -> None:
    assert needed(inf, "and then um") == 0.0


@pytest.mark.parametrize(
    "text",
    ["I'd like a latte with", "Call the", "What is twelve times?", "So um.", "My number is five five five", "one 2 3."],
)
def test_what_is_unfinished_is_waited_for(text: str) -> None:
    assert needed(0.9, text) >= needed(0.9) + 0.3


def test_marks_count_a_little() -> None:
    assert needed(0.6, "Is it late?") < needed(0.6, "It is late.") < needed(0.6, "It is late,")
    assert needed(0.9, "What is it for?") == needed(0.9, "How late is it?")  # open words end questions


@pytest.mark.parametrize(
    "text",
    [
        "I went to the market this morning.",
        "Hello there. It was the season of light.",
        "And then we had a very long lunch.",
        "Queen Guinevere was in the garden.",
        "In the evening the train was late again",
        "And so my fellow citizen.",
        "So I want to write a letter about the noise.",
        "Clear advice for everybody who looks after small children at home.",
    ],
)
def test_who_tells_something_may_go_on(text: str) -> None:
    assert telling(text)
    assert needed(1.0, text) >= TELLING_S
    assert needed(0.0, text) <= 1.5  # no longer than anybody else where the model hears that more is to come


@pytest.mark.parametrize(
    "text",
    [
        "Where is the market?",
        "What a day. Tell me a joke about cats.",
        "I would like a large coffee with milk.",
        "My name is Anna and I am four.",
        "The weather, please.",
        "Set a timer for five minutes.",
        "I have a question about my ticket.",
        "That's all for today, thank you.",
        "No, it isn't.",
        "The blue one.",
        "",
    ],
)
def test_who_wants_something_is_answered_at_once(text: str) -> None:
    assert not telling(text)


def test_without_a_model_a_silence_between_the_two_decides() -> None:
    assert needed(0.9) < needed(None) < needed(0.0)


def test_own_pauses_are_given_again_up_to_patience() -> None:
    assert needed(1.0, longest_s=0.6) == pytest.approx(0.75)
    assert needed(1.0, longest_s=3.0) == pytest.approx(1.2)


@given(st.one_of(st.none(), st.floats(0, 1)), st.text(max_size=40), st.floats(0, 30))
def test_it_is_bounded_whatever_is_said(guess: float | None, text: str, longest_s: float) -> None:
    assert 0.24 <= needed(guess, text, longest_s) <= 2.0


@pytest.mark.parametrize(
    "text",
    [
        "I'd like a large tea. With a little bit of sugar.",
        "How can they know? In some places, I mean.",
        "I like a single espresso with milk.",
        "I want to know more about the old town here.",
        "I want to write a letter, please help me with it.",
        "So how do I get there from here with the two children?",
    ],
)
def test_a_piece_that_hangs_on_a_request_is_a_part_of_it(text: str) -> None:
    assert not telling(text)


def test_who_breathes_in_has_more_to_say() -> None:
    told = "It was the season of light."

    def after(rose_s: float | None, text: str = told) -> float:
        return needed_s(1.0, text, 0.0, 0.24, 1.2, rose_s=rose_s)

    assert after(0.7) == pytest.approx(0.7 + BREATH_S)
    assert after(0.2) == after(None) == TELLING_S
    assert after(0.2, "Where is it?") == pytest.approx(0.2 + ONSET_S)  # perhaps the next word begins
    assert after(0.1, "Where is it?") == after(None, "Where is it?") == 0.24
    assert after(1.6) == after(None)  # a noise that rises again and again does not hold up the answer for ever


def test_who_only_begins_is_waited_for() -> None:
    assert needed(1.0, "And so my fellow citizens.") == pytest.approx(TELLING_S + 0.3)
    assert needed(1.0, "And then he was late.") == TELLING_S


def test_who_thinks_aloud_is_waited_for() -> None:
    assert needed(0.9, "Let me think.") >= needed(0.9) + 0.5
    assert needed(0.9, "Let me see the menu.") == needed(0.9)
