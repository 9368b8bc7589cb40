"""Which moments a question is about: the pointing word's own, the end of the words, or what was there before."""

from __future__ import annotations

import pytest

from visavis_agents.events import Word
from visavis_agents.seeing.pointing import crops, is_past, moments, points


def timed(text: str, each_s: float = 0.3, begins_s: float = 10.0) -> tuple[Word, ...]:
    """Every word lasts each_s: the middle of word n is at begins_s + (n + 0.5) * each_s."""
    return tuple(Word(word, begins_s + n * each_s, begins_s + (n + 1) * each_s) for n, word in enumerate(text.split()))


def at(n: int) -> float:
    return pytest.approx(10.0 + (n + 0.5) * 0.3)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("What is this?", [2]),
        ("Read that.", [1]),
        ("What's this, please?", [1]),
        ("This one or that one?", [0, 3]),
        ("Which is better, this one or that one?", [3, 6]),
        ("Is this bigger than that?", [1, 4]),
        ("What colour are these?", [3]),
        ("Can you read what that says?", [4]),
        ("Is that a cat?", [1]),
        ("What do you think those are?", [4]),
        ("Do you know that you are shaking my confidence in this?", [10]),
        ("Read it to me.", [1]),
        ("What do I have here?", [4]),
        ("What is that thing there?", [2]),
        ("Did I tell you that I like this song, or that one?", [7, 10]),
        ("Put this and this and this and that together.", [3, 5, 7]),
    ],
)
def test_a_pointing_word_has_a_moment_of_its_own(text: str, places: list[int]) -> None:
    found = moments(text, timed(text), 99.0)
    assert [moment.at for moment in found] == [at(n) for n in places]
    assert not any(moment.gone for moment in found)
    assert all(moment.word for moment in found)


@pytest.mark.parametrize(
    "text",
    [
        "What do you see?",
        "How many people are there in the room?",
        "Do you know that I am here?".replace("here", "tired"),
        "What happens this week?",
        "Is there a dog?",
        "",
    ],
)
def test_without_a_pointing_word_it_is_the_end_of_the_words(text: str) -> None:
    (moment,) = moments(text, timed(text), 12.5)
    assert (moment.at, moment.word, moment.gone) == (12.5, "", False)


def test_typed_words_mean_now() -> None:
    assert [moment.at for moment in moments("What is this?", (), 7.0)] == [7.0]


@pytest.mark.parametrize("text", ["What was that?", "Who was that?", "Did you see that?", "What just flew by?"])
def test_what_was_there_is_looked_for_before_the_question(text: str) -> None:
    (moment,) = moments(text, timed(text), 99.0)
    assert moment.at == 10.0
    assert moment.gone
    assert is_past(text)


def test_words_close_together_mean_one_thing() -> None:
    text = "this this or that"
    assert len(moments(text, timed(text, each_s=0.1), 99.0)) == 1


def test_whoever_asks_may_know_the_word() -> None:
    text = "Would the red chair go with this table?"
    assert moments(text, timed(text), 99.0, named="chair")[0].at == at(3)
    assert moments(text, timed(text), 99.0, named="the red chair")[0].at == at(1)
    assert moments(text, timed(text), 99.0, named="sofa")[0].at == at(6)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("What is this?", True),
        ("What am I holding?", True),
        ("What is in my hand?", True),
        ("Read this.", True),
        ("How many fingers am I holding up?", False),
        ("Who is this?", False),
        ("What do you see here?", False),
        ("Describe the room.", False),
    ],
)
def test_only_what_is_pointed_at_is_meant_where_one_points(text: str, part: bool) -> None:
    assert crops(text) is part


def test_joining_words_do_not_point() -> None:
    assert points("what is that")
    assert not points("i know that you are there".removesuffix(" there"))
    assert not points("what is the time")
