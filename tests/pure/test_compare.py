"""Which of two is more so: from tables and by arithmetic, or not at all."""

from __future__ import annotations

import pytest

from visavis_agents.rules import Say, asks_a_fact, plain, route
from visavis_agents.rules.sizes import sizes


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Which is heavier, a kilo of feathers or a kilo of iron?",
         "They are the same. A kilo is a kilo, whatever it is of."),
        ("Who is taller, an elephant or a mouse?", "An elephant is taller than a mouse, by far."),
        ("What weighs less, elephants or mice?", "Mice weigh less than elephants, by far."),
        ("Which runs faster, a cheetah or a horse?", "A cheetah runs faster than a horse."),
        ("Is an ant bigger than a cow?", "No, a cow is bigger than an ant, by far."),
        ("What is further away, the moon or the sun?", "The sun is further away than the moon, by far."),
        ("Is 0.5 more than a quarter?", "Yes, 0.5 is more than a quarter."),
        ("What's bigger, a third or a quarter?", "A third is bigger than a quarter."),
        ("Is one half less than two thirds?", "Yes, one half is less than two thirds."),
        ("Is minus five bigger than minus three?", "No, minus 3 is bigger than minus 5."),
        ("Is two times three more than five?", "Yes, 2 times 3 is more than 5."),
        ("Is 50 percent the same as a half?", None),
        ("Which is longer, a mile or two kilometers?", "2 kilometers are longer than a mile."),
        ("Is a pound as heavy as a kilo?", "No, a kilo is heavier than a pound."),
        ("Which is longer, sixty minutes or an hour?", "They are the same."),
        ("Does a cheetah run faster than a lion?", "Yes, a cheetah is faster than a lion."),
        ("Which mountain is higher, the Matterhorn or Mont Blanc?", "Mont Blanc is higher than the Matterhorn."),
        ("Is Berlin smaller than Tokyo?", "Yes, Berlin is smaller than Tokyo, by far."),
        ("Which country is larger, Brazil or India?", "Brazil is larger than India."),
        ("Which was invented first, the telephone or the radio?", "The telephone was invented before the radio."),
        ("Who is older, Bach or Mozart?", "Johann Sebastian Bach was born in 1685, and Wolfgang Amadeus Mozart in 1756."),
        ("Is gold heavier than iron?", "Yes, gold is heavier than iron."),
        ("A horse or a dog, which is faster?", "A horse is faster than a dog."),
    ],
)  # fmt: skip
def test_it_is_compared(asked: str, answer: str | None) -> None:
    made = route(asked)
    assert made == (None if answer is None else Say(answer))


@pytest.mark.parametrize(
    "asked",
    [
        "Is the Nile longer than the Amazon?", "Which is bigger, a glorp or a car?", "Who is stronger, a bear or a lion?",
        "Is the United States bigger than China?", "Which is faster, a zebra or a blorp?", "Is Bob taller than Anna?",
        "Which of them is older, Zog or Zug?",
    ],
)  # fmt: skip
def test_what_is_not_sure_is_not_guessed(asked: str) -> None:
    assert route(asked) is None and asks_a_fact(plain(asked))


@pytest.mark.parametrize(
    "said",
    [
        "I am bigger than my brother.", "It is longer than I thought.", "Which is better, tea or coffee?",
        "Can you speak louder or slower?", "Is my brother taller than me?", "More or less.", "What is more, I like it.",
        "The older I get, the less I sleep.", "Is it warmer than yesterday?",
    ],
)  # fmt: skip
def test_conversation_is_no_comparison(said: str) -> None:
    made = route(said)
    assert made is None or "than" not in getattr(made, "text", "")


def test_every_size_can_be_read_and_none_is_nothing() -> None:
    for part, known in sizes().items():
        assert len(known) > 10, part
        assert part in ("hot", "old") or all(value > 0 for value in known.values())
