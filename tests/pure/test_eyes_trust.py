"""Which answers of our eyes are said, and on which side things are."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_models.backends.eyes_say import Told, act
from visavis_models.backends.eyes_trust import sure
from visavis_models.backends.eyes_where import Floats, beside, middle


def told(text: str, least: float = -0.1, belief: float = -0.1, verb: float = 0.0) -> Told:
    return Told(text, belief, least, verb)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("What is it made of?", told("it's wood"), "It's wood."),
        ("What is it made of?", told("it's wood", -1.0), "I'm not sure, but I think it's wood."),
        ("What is it made of?", told("it's wood", -2.0), "I can't tell."),
        ("What is it made of?", told("i can't tell", -2.0), "I can't tell."),
        ("What colour is the car?", told("it's red"), "I think it's red."),
        ("What colour is the car?", told("it's red", -1.0), "I'm not sure, but I think it's red."),
        ("What colour is the car?", told("it's red", -1.5), "I can't tell."),
        # the verb decides, whatever else is told of it
        ("What is the dog doing?", told("the dog is running to a stick", -2.0, verb=-0.1), "The dog is running to a stick."),
        ("What's happening?", told("the dog is running", -0.7, verb=-0.7), "I'm not sure, but I think the dog is running."),
        ("What is the dog doing?", told("the dog is running", -1.1, verb=-1.1), "I can't tell."),
        ("What is the man wearing?", told("a hat", -0.8, -0.2), "I'm not sure, but I think a hat."),
        ("What is the man wearing?", told("a hat", -0.8, -0.4), "I can't tell."),
        ("What is the man holding?", told("a ball", -0.8, -0.4), "I can't tell."),
        ("Can you see what the man is holding?", told("a ball", -0.8, -0.4), "I can't tell."),
        ("How many dogs are there?", told("i see two dogs", -0.9), "I'm not sure, but I think I see two dogs."),
        ("How many dogs are there?", told("i see two dogs", -1.1), "I can't tell."),
        ("Is the cup to the left of the fork?", told("it's on the left", -0.7), "I can't tell."),
        ("Where is the cup?", told("the cup is on the left", -0.7), "I can't tell."),
        ("Where is the cup?", told("it's on a table", -0.7), "I'm not sure, but I think it's on a table."),
    ],
)  # fmt: skip
def test_how_far_an_answer_is_trusted(question: str, answer: Told, said: str) -> None:
    assert sure(answer, question) == said


def test_the_verb_of_a_sentence() -> None:
    assert act(["the", "dog", "is", "running", "[END]"], [-0.1, -0.2, -0.3, -0.4, -0.5]) == -0.4
    assert act(["two", "dogs"], [-0.1, -0.2]) == act(["it", "is"], [-0.1, -0.2]) == act([], []) == 0.0


def cells(*columns: int, high: float = 0.8, low: float = 0.001) -> Floats:
    """A thing in the third and fourth row of these columns."""
    made = np.full((7, 7), low, np.float32)
    made[2:4, list(columns)] = high
    return made.ravel()


WHERE = {
    "dog": cells(0, 1),
    "cat": cells(5, 6),
    "person": cells(3),
    "cup": cells(4, high=0.05),
    "bus": cells(0, high=0.002),
    "pair of skis": cells(6),
    "clock": cells(6, high=0.15),
    "vase": cells(6, high=0.5),
}


@pytest.mark.parametrize(
    ("question", "by_decoder", "said"),
    [
        ("On which side is the dog?", "", "The dog is on the left."),
        ("Is the cat on the left or on the right?", "", "The cat is on the right."),
        ("Is the man to the left or to the right?", "", "The man is in the middle."),
        ("Where is the dog?", "the dog is on the right", "The dog is on the left."),
        ("Where's the dog?", "it's in the snow", ""),  # asked and answered as a place
        ("On which side is the cup?", "", "I'm not sure, but I think the cup is on the right."),
        ("On which side is the bus?", "", ""),  # nothing of it is seen
        ("On which side is the dragon?", "", ""),
        ("On which side are the skis?", "", "The skis are on the right."),
        ("Is the dog on the left or right of the cat?", "", "The dog is on the left of the cat."),
        ("Is the cat to the left or to the right of the man?", "", "The cat is on the right of the man."),
        ("On which side of the dog is the cat?", "", "The cat is on the right of the dog."),
        ("On which side of the cat is the vase?", "", "I'm not sure, but I think the vase is on the right of the cat."),
        ("On which side of the dog is the cup?", "", "I'm not sure, but I think the cup is on the right of the dog."),
        ("On which side of the dog is the dragon?", "the dragon is on the left", ""),
        ("On which side of the dog is the puppy?", "", ""),
        ("What is on the left?", "a dog is on the left", ""),
        ("", "left", ""),
    ],
)
def test_on_which_side_a_thing_is(question: str, by_decoder: str, said: str) -> None:
    assert beside(question, by_decoder, WHERE) == said
    assert beside(question, by_decoder, {}) == ""


def test_the_middle_of_a_thing() -> None:
    assert middle(cells(3)) == pytest.approx(0.5) and middle(cells(0, low=0.0)) == pytest.approx(0.5 / 7)
    assert 0 <= middle(np.zeros(49, np.float32)) <= 1
