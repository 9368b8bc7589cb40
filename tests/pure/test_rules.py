"""Requests that rules understand, and conversation that they leave alone."""

import pytest

from visavis_agents.rules import Call, Repeat, Say, route


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("What time is it?", "time_and_date", {"what": "time"}),
        ("What's the time, please?", "time_and_date", {"what": "time"}),
        ("Can you tell me what time it is?", "time_and_date", {"what": "time"}),
        ("What is the date today?", "time_and_date", {"what": "date"}),
        ("What day is it today?", "time_and_date", {"what": "day"}),
        ("Set a timer for ten minutes.", "set_timer", {"seconds": 600.0, "name": ""}),
        ("Please set a timer for one hour and twenty minutes", "set_timer", {"seconds": 4800.0, "name": ""}),
        ("Set a timer for a minute and a half.", "set_timer", {"seconds": 90.0, "name": ""}),
        ("Set a timer for half an hour", "set_timer", {"seconds": 1800.0, "name": ""}),
        ("Set a 5 minute timer for the eggs.", "set_timer", {"seconds": 300.0, "name": "eggs"}),
        ("Wake me in 20 seconds", "set_timer", {"seconds": 20.0}),
        ("What is twelve times seven?", "calculate", {"expression": "12 * 7"}),
        ("How much is 20 percent of 80?", "calculate", {"expression": "20 / 100 * 80"}),
        ("What's 1,200 divided by 3?", "calculate", {"expression": "1200 / 3"}),
        ("What is 2 plus 2.5?", "calculate", {"expression": "2 + 2.5"}),
        ("Nine squared", "calculate", {"expression": "9 ** 2"}),
        ("What is the square root of 144?", "calculate", {"expression": "144 ** 0.5"}),
        ("My name is Ada.", "remember", {"fact": "Your name is Ada."}),
        ("Remember that my keys are in the drawer.", "remember", {"fact": "Your keys are in the drawer."}),
        ("What is my name?", "recall", {"about": "name"}),
        ("Where are my keys?", "recall", {"about": "keys"}),
        ("Forget everything.", "forget", {}),
        ("Forget my name", "forget", {"about": "name"}),
        ("Draw me three red apples and a cat.", "draw", {"prompt": "3 red apples and a cat"}),
        ("Can you draw a house, please?", "draw", {"prompt": "a house"}),
        ("What do you see?", "look", {"question": "What do you see?"}),
        ("What does the sign say?", "look", {"question": "What does the sign say?"}),
        ("Read this, please.", "look", {"question": "Read this, please."}),
        ("What am I holding?", "look", {"question": "What am I holding?"}),
        ("How many people are there?", "look", {"question": "How many people are there?"}),
        ("What is this?", "look", {"question": "What is this?"}),
        ("What colour is my shirt?", "look", {"question": "What colour is my shirt?"}),
    ],
)
def test_a_plain_request_names_its_tool(said: str, tool: str, arguments: dict) -> None:
    made = route(said)
    assert isinstance(made, Call), made
    assert (made.tool, made.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    "said",
    [
        "What is the capital of France?",
        "Tell me a story about time.",
        "I was looking for a job last year.",
        "I have two brothers and three sisters.",
        "How do you make bread?",
        "Why is the sky blue?",
        "Where is the station?",
        "What do cats eat?",
        "I read a good book yesterday.",
        "",
    ],
)
def test_conversation_is_left_to_the_model(said: str) -> None:
    assert route(said) is None


def test_small_talk_and_repeating() -> None:
    assert isinstance(route("Hello!"), Say)
    assert isinstance(route("Thank you very much."), Say)
    assert isinstance(route("Say that again, please."), Repeat)
