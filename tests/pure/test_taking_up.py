"""What people tell is taken up, what they ask is named, and nothing is said twice in the same words."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from visavis_agents.plain import plain
from visavis_agents.rules import Say, itself, newest, route
from visavis_agents.rules.indirect import indirect
from visavis_agents.rules.reactions import listening, reaction, topical
from visavis_agents.rules.verbs import orders, third
from visavis_agents.rules.written import not_again, unheard


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("My sister is coming on Sunday.", "Your sister is coming on Sunday. Are you looking forward to it?"),
        ("Anna and I are fine. He died in the spring.", "I'm so sorry. What was he like?"),
        ("Yes, I miss her very much.", "I believe you. What do you miss most about her?"),
        ("My boss wants me to work on Saturday.", "Your boss wants you to work on Saturday. How do you feel about that?"),
        ("I think she's angry with me.", "That sounds hard. What do you think is behind it?"),
        ("He is afraid of the dark.", "Many are afraid of the dark. What helps him then?"),
        ("I was in the garden all morning.", "What did you do in the garden?"),
        ("I passed my driving test!", "Congratulations! How did it feel?"),
        ("Everyone was friendly.", ""),
        ("Here nobody talks to me.", "That sounds lonely. Who might understand it, if you told them?"),
        ("I had a bad dream.", "That doesn't sound pleasant. What happened?"),
        ("When I was young we had no television.", "What do you remember best from that time?"),
        ("I don't know what to cook for her.", "What have you thought of so far?"),
        ("I'm reading a book about whales.", "What is it about?"),
        ("I'm eighty two, you know.", "82! What is the best thing about that age?"),
        ("The roses are over now.", ""),
        ("Are you reading?", ""),
        ("Draw a cat.", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_told_is_taken_up(told: str, said: str) -> None:
    assert reaction(told, ()) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("The roses are almost over now.", "Tell me more about the roses."),
        ("There was a fox in our garden.", "I'd like to hear more about the fox."),
        ("She doesn't eat meat.", "Tell me more about her."),
        ("The old cinema will close.", "Tell me more about the old cinema."),
        ("Anyway, whatever.", ""),
    ],
)
def test_at_least_what_it_is_about_is_taken_up(told: str, said: str) -> None:
    assert topical(told, ()) == said
    assert listening(told, ()) == (said or "I see. Tell me more about it.")


@pytest.mark.parametrize("told", ["My cat is ill.", "She doesn't eat meat.", "So it goes.", "I won the race!"])
def test_the_same_is_told_twice_and_taken_up_in_other_words(told: str) -> None:
    first = reaction(told, ()) or listening(told, ())
    assert (reaction(told, [first]) or listening(told, [first])) != first


@given(st.text(max_size=120))
def test_anything_is_told(told: str) -> None:
    assert listening(told, ())
    assert "{" in told or "{" not in reaction(told, ())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("How much does a cloud weigh?", "how much a cloud weighs"),
        ("Who lives next door to me?", "who lives next door to you"),
        ("Why do we yawn?", "why you yawn"),
        ("Can a dinosaur eat a car?", "whether a dinosaur can eat a car"),
        ("When did the first train run?", "when the first train ran"),
        ("What's the meaning of the number 42?", "what the meaning of the number 42 is"),
        ("Is my brother angry with me?", "whether your brother is angry with you"),
        ("Why is the moon following us?", "why the moon is following you"),
        ("What would you do if you had legs?", "what I would do if I had legs"),
        ("Where I can find a doctor?", "where you can find a doctor"),
        ("Where do you come from?", "where I come from"),
        ("What is in the box?", "what is in the box"),
        ("How many people are waiting?", "how many people are waiting"),
        ("Which shoes should I wear?", "which shoes you should wear"),
        ("How I say the place where you buy bread?", "how you say the place where I buy bread"),
        ("Why can't you see me?", ""),
        ("And lend?", ""),
        ("I like it.", ""),
        ("Is the one that you gave to him over there as good as mine was before the rain?", ""),
    ],
)  # fmt: skip
def test_a_question_is_turned_round(asked: str, told: str) -> None:
    assert indirect(plain(asked)) == told


@given(st.text(alphabet="whatowis do can i you the a e'", max_size=60))
def test_any_words_are_turned_round_or_not(words: str) -> None:
    indirect(words)


def test_what_is_not_known_is_named() -> None:
    asked = "Who is the mayor of Springfield?"
    said = itself.unsure(plain(asked), (), (), asked)
    assert said.startswith("I don't know who the mayor of Springfield is, and")
    ours = itself.unsure("are you open on sundays", (), ("Sorry, I don't know {asked}.",), "", at_a_desk=True)
    assert ours == "Sorry, I don't know whether we are open on sundays."
    assert itself.unsure("the second", (), ("I don't know {asked}.",)) == "I don't know that."


def test_who_asks_again_hears_that_it_is_said_again() -> None:
    said = "The toilets are on the ground floor."
    once = not_again(said, said)
    assert once == f"Once more: {said}" and not_again(said, once) == f"As I said: {said}"
    assert not_again(said, "Hello.") == said and not_again("All right.", "All right.") == "All right."
    assert unheard(("I don't know {asked}.", "No idea."), ["I don't know why."]) == "No idea."


def test_small_talk_knows_other_words() -> None:
    for said in (
        "Hello!",
        "Thank you.",
        "Bye.",
        "What's the weather like?",
        "Call my wife.",
        "Order a pizza.",
        "You are silly.",
    ):
        made = route(said)
        assert isinstance(made, Say) and made.others and made.text not in made.others, said


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("Thank you. I'm so worried about him.", "I'm so worried about him."),
        ("I spilled wine, what helps?", "what helps?"),
        ("I'm home. What's new?", "What's new?"),
        ("I'm home. It rains.", "I'm home. It rains."),
        ("I work in a kitchen, is very hot.", "I work in a kitchen, is very hot."),
        ("My hands are wet, can you write down milk?", "can you write down milk?"),
        ("What do you say, when it is hot?", "What do you say, when it is hot?"),
    ],
)
def test_the_question_at_the_end_is_what_is_answered(said: str, answered: str) -> None:
    assert newest(said) == answered


def test_orders_are_told_from_statements() -> None:
    assert all(map(orders, ("prove that you are human", "read me the recipe", "convert it to feet")))
    assert not any(map(orders, ("work was hard today", "i jump", "thank you", "love is blind", "rain again", "")))
    assert [third(verb) for verb in ("go", "try", "play", "have", "wash")] == [
        "goes",
        "tries",
        "plays",
        "has",
        "washes",
    ]


@pytest.mark.parametrize(
    ("said", "before", "begins"),
    [
        ("And you?", "I'm glad to hear that. What can I do for you?", "I'm well"),
        ("And you?", "", "I'm well"),
        ("And you?", "How was it?", "With me"),
        ("What about you?", "Ten kilometers! How did it feel?", "With me"),
    ],
)
def test_and_you(said: str, before: str, begins: str) -> None:
    made = route(said, before)
    assert isinstance(made, Say) and made.text.startswith(begins)
