"""What the eyes say: everyday names, colours, reading order, and an answer for each kind of question."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from visavis_models.backends.colours import NAMES, colours
from visavis_models.backends.describing import Scene, reply
from visavis_models.backends.everyday import SURE, Everyday, class_names, tables, with_article
from visavis_models.backends.rapidocr_reader import reading_order
from visavis_models.ports import Box, Found

LEFT, MIDDLE, RIGHT = Box(0.0, 0.3, 0.2, 0.3), Box(0.4, 0.3, 0.2, 0.3), Box(0.8, 0.3, 0.2, 0.3)
FACE = Found("face", "face", 0.9, MIDDLE)
BODY = Found("thing", "person", 0.9, LEFT)
HAND = Found("hand", "hand", 0.9, RIGHT)
POINTING = Found("hand", "pointing hand", 0.9, RIGHT)
DOG = Found("thing", "dog, beagle", 0.95, LEFT)
CUP = Found("thing", "cup", 0.6, RIGHT)
MAYBE = Found("thing", "umbrella", 0.4, MIDDLE)


@pytest.mark.parametrize(
    ("scene", "question", "answer"),
    [
        (Scene(), "What do you see?", "I'm not sure what I see. Hold something closer to the camera"),
        (Scene(things=(MAYBE,)), "What do you see?", "I'm not sure what I see. It might be an umbrella."),
        (Scene(things=(CUP,)), "What do you see?", "I think I see a cup."),
        (Scene(things=(DOG, CUP)), "What do you see?", "I see a dog and a cup."),
        (Scene(people=(FACE,), faces=(FACE,), things=(DOG,)), "Look!", "I see one person in the middle and a dog."),
        (Scene(hands=(HAND,)), "Describe this", "I see one hand on the right. I'm not sure about the rest."),
        (Scene(things=(DOG,)), "What is this?", "That is a dog, perhaps a beagle."),
        (Scene(things=(CUP,)), "what's that", "That looks like a cup."),
        (Scene(things=(MAYBE,)), "What is it?", "I'm not sure. It might be an umbrella."),
        (Scene(), "What is this?", "I can't tell what that is."),
        (Scene(things=(DOG,), hands=(HAND,), held=CUP), "What am I holding?", "I think you are holding a cup."),
        (Scene(hands=(HAND,), held=MAYBE), "What's in my hand?", "I see your hand, but I'm not sure what is in it."),
        (Scene(things=(DOG,)), "What am I holding?", "I can't see your hand, but I think I see a dog"),
        (Scene(hands=(POINTING,), pointed=CUP, things=(DOG,)), "What am I pointing at?", "That looks like a cup."),
        (Scene(hands=(HAND,)), "What am I pointing at?", "I don't see a pointing finger."),
        (Scene(people=(FACE, BODY), faces=(FACE,)), "How many people are there?", "I see two people."),
        (Scene(people=(BODY,)), "How many people do you see?", "I see one person on the left, but no face."),
        (Scene(), "how many people are here", "I don't see anybody."),
        (Scene(), "Is anybody there?", "No, I don't see anybody."),
        (Scene(people=(FACE,), faces=(FACE,)), "Is somebody here?", "Yes, I see one person in the middle."),
        (Scene(hands=(HAND,)), "is anyone there", "Somebody's hand is there, but I see no face."),
        (Scene(people=(FACE,), faces=(FACE,)), "Who am I?", "I see one person in the middle, but I don't recognise"),
        (Scene(people=(FACE,), faces=(FACE,)), "Can you see me?", "Yes, I can see your face in the middle."),
        (Scene(), "Can you see me?", "No, I can't see you."),
        (Scene(faces=(FACE,)), "Am I smiling?", "Yes, I can see your face in the middle. But I can't judge"),
        (Scene(hands=(HAND,), fingers=(3,)), "How many fingers am I holding up?", "I think you are holding up three"),
        (Scene(hands=(HAND, HAND), fingers=(5, 1)), "how many fingers", "I think you are holding up six fingers."),
        (Scene(hands=(HAND,)), "Where is my hand?", "Your hand is on the right."),
        (Scene(things=(DOG,)), "Where is the dog?", "The dog is on the left."),
        (Scene(things=(DOG,)), "Where are my keys?", "I can't find any keys."),
        (Scene(things=(DOG,)), "Is there a dog?", "Yes, I see a dog, perhaps a beagle."),
        (Scene(things=(DOG,)), "Can you see a beagle?", "Yes, I see a dog"),
        (Scene(things=(MAYBE,)), "Is this an umbrella?", "I think so, but I'm not sure"),
        (Scene(things=(DOG,)), "Do you see a cat?", "I can't find a cat. I see a dog."),
        (Scene(things=(CUP,)), "How many cups are there?", "I see a cup, maybe more than one. I can only count people"),
        (Scene(colours=("red", "white")), "What colour is this?", "It looks red and white to me."),
        (Scene(colours=("red",)), "What color are my eyes?", "I can't tell the colour of hair or eyes."),
        (Scene(), "What colour is my shirt?", "I see many colours, and none stands out."),
        (Scene(things=(DOG,)), "Is it raining?", "I see a dog."),
    ],
)
def test_answers(scene: Scene, question: str, answer: str) -> None:
    assert reply(scene, question).startswith(answer)


def test_every_class_has_at_most_one_word() -> None:
    words, kinds = tables()
    assert len(class_names()) == 1000
    for table in (words, kinds):
        assert all(0 <= index < 1000 for classes in table.values() for index in classes)
    assert max(Counter(index for classes in words.values() for index in classes).values()) == 1
    assert all(len(set(classes)) == len(classes) for classes in kinds.values())


def probabilities(**of: float) -> np.ndarray:
    given = np.full(1000, 0.0, np.float32)
    for name, score in of.items():
        given[class_names().index(name.replace("_", " "))] = score
    rest = given == 0
    given[rest] = (1 - given.sum()) / rest.sum()
    return given


def test_kinds_of_one_thing_count_together() -> None:
    name = Everyday().name(probabilities(beagle=0.3, basset=0.3, Siamese_cat=0.35))
    assert (name.label, name.particular) == ("dog", "")
    assert name.score == pytest.approx(0.6, abs=0.01)


def test_a_sure_kind_is_named() -> None:
    name = Everyday().name(probabilities(beagle=0.8))
    assert (name.label, name.particular) == ("dog", "beagle")


def test_hesitating_between_words_says_what_they_share() -> None:
    name = Everyday().name(probabilities(beagle=0.3, Siamese_cat=0.3, zebra=0.3))
    assert (name.label, name.broad) == ("an animal", True)


def test_nothing_sure_is_a_guess_with_its_low_score() -> None:
    name = Everyday().name(probabilities(umbrella=0.3, laptop=0.2))
    assert name.label == "umbrella"
    assert name.score < SURE


@pytest.mark.parametrize(
    ("name", "said"),
    [("dog", "a dog"), ("owl", "an owl"), ("bread", "bread"), ("an animal", "an animal"), ("unicycle", "a unicycle")],
)
def test_articles(name: str, said: str) -> None:
    assert with_article(name) == said


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((10, 10, 10), "black"),
        ((245, 245, 240), "white"),
        ((128, 128, 128), "grey"),
        ((200, 20, 20), "red"),
        ((240, 130, 10), "orange"),
        ((240, 220, 20), "yellow"),
        ((30, 160, 40), "green"),
        ((20, 60, 200), "blue"),
        ((120, 30, 160), "purple"),
        ((250, 150, 170), "pink"),
        ((100, 60, 25), "brown"),
        ((225, 200, 160), "beige"),
    ],
)
def test_colours(rgb: tuple[int, int, int], name: str) -> None:
    assert name in NAMES
    assert colours(np.full((40, 60, 3), rgb, np.uint8)) == (name,)


def test_two_colours_and_none() -> None:
    flag = np.zeros((40, 60, 3), np.uint8)
    flag[:25], flag[25:] = (200, 20, 20), (250, 250, 250)
    assert colours(flag) == ("red", "white")
    assert colours(np.zeros((0, 5, 3), np.uint8)) == ()


def test_reading_order() -> None:
    lines = [
        Found("text", "world", 1.0, Box(0.5, 0.11, 0.2, 0.1)),
        Found("text", "below", 1.0, Box(0.1, 0.30, 0.2, 0.1)),
        Found("text", "hello", 1.0, Box(0.1, 0.10, 0.2, 0.1)),
    ]
    assert [line.label for line in reading_order(lines)] == ["hello", "world", "below"]
