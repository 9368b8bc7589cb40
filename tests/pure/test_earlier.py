"""What the user told in this conversation, found again by rule."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from visavis_agents.earlier import told_back, who_is_older

SAID = (
    "My name is Peter and I live in Hamburg.",
    "I've got two kids, Anna and Tom.",
    "Anna is seven and Tom is four.",
    "My meeting is at ten on Friday, and the train leaves at nine.",
    "I had soup for dinner.",
    "I love pizza.",
    "I parked my car behind the church.",
    "My sister Sarah works as a nurse in Berlin.",
    "The password for the wifi is banana.",
    "What is the capital of France?",
)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What's my name?", "your name is Peter."),
        ("How old is Tom?", "Tom is 4."),
        ("Do you remember where I live?", "you live in Hamburg."),
        ("What are my kids called?", "you have got two kids Anna and Tom."),
        ("When is my meeting?", "your meeting is at 10 on Friday."),
        ("What time does the train leave?", "the train leaves at 9."),
        ("What did I have for dinner?", "you had soup for dinner."),
        ("Where did I park my car?", "you parked your car behind the church."),
        ("What does my sister do?", "your sister Sarah works as a nurse in Berlin."),
        ("Who is Sarah?", "your sister Sarah works as a nurse in Berlin."),
        ("What's the password?", "the password for the wifi is banana."),
    ],
)
def test_the_users_own_sentence_is_told_back(asked: str, answer: str) -> None:
    assert told_back(asked, SAID) == f"You told me that {answer}"


@pytest.mark.parametrize(
    "asked",
    [
        "What is love?", "Who invented the telephone?", "What is a train?", "What is pizza?", "Who is my brother?",
        "How old am I?", "Where is my phone?", "What is my favourite colour?", "How old is the universe?",
        "Where is Berlin?", "What is in soup?", "What time is it?", "When is Christmas?", "What is the capital of Spain?",
        "Is Tom older than Anna?", "Tom is funny.", "Tell me a story.",
    ],
)  # fmt: skip
def test_what_was_not_told_is_not_answered(asked: str) -> None:
    assert told_back(asked, SAID) == ""


def test_a_name_may_follow() -> None:
    said = ["I have a rabbit. His name is Fluffy.", "We have a new boat.", "It is called Seagull."]
    assert told_back("What is my rabbit called?", said) == "You told me that his name is Fluffy."
    assert told_back("What is our boat called?", said) == "You told me that it is called Seagull."
    assert told_back("What is my cat called?", said) == ""


def test_of_whom_he_is_was_said_before() -> None:
    said = ["My grandson called me yesterday.", "I'm so proud of him.", "He's an engineer now."]
    assert told_back("What does my grandson do?", said) == "You told me that he is an engineer."
    said = ["My daughter's name is Lisa.", "She is studying in Vienna.", "No, in Graz, I mean."]
    assert told_back("Where does she study?", said) == "You told me that she is studying in Graz."
    assert told_back("What's she called?", said) == "You told me that your daughter's name is Lisa."
    said = ["My sister is coming on Sunday.", "She doesn't eat meat."]
    assert told_back("What did I say when she comes?", said) == "You told me that your sister is coming on Sunday."


def test_ages_are_compared() -> None:
    said = ["Mia is nine.", "And Lena is twelve. No wait, thirteen.", "My brother is nine years old."]
    assert who_is_older("Who is older, Mia or Lena?", said) == "Lena is 4 years older than Mia."
    assert who_is_older("Is Mia older than Lena?", said) == "Lena is 4 years older than Mia."
    assert who_is_older("How much older is Lena than Mia?", said) == "Lena is 4 years older than Mia."
    assert who_is_older("Who is older, Mia or my brother?", said) == "They are both 9."
    assert who_is_older("Who is older, Mia or Zoe?", said) == who_is_older("Is Mia nice?", said) == ""


def test_a_corrected_number_counts() -> None:
    said = ["I take two sugars in my tea.", "Actually, make it three."]
    assert told_back("How many sugars do I take?", said) == "You told me that you take 3 sugars in your tea."


def test_the_newest_counts() -> None:
    assert told_back("Where do I live?", [*SAID, "I live in Leeds."]) == "You told me that you live in Leeds."


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_any_text(asked: str, said: list[str]) -> None:
    told_back(asked, said)
