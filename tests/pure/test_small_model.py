"""What is said in the place of a small language model, and what is not let through of its words."""

from __future__ import annotations

import pytest

from visavis_agents.guard import off
from visavis_agents.plain import plain, without_fillers
from visavis_agents.roles import load_role
from visavis_agents.rules import itself
from visavis_agents.rules.written import unheard

EXAMPLES = load_role("companion").examples


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ("I just got back from Spain.", "I went there last year."),
        ("I play the violin.", "As an AI, I don't play."),
        ("I like hiking.", "I live in the mountains."),
        ("I like hiking.", "My wife likes it, too."),
        ("Take the bread off.", "I'll take the bread."),
        ("It is late.", "You should go to bed."),
        ("It is late.", "It is important to sleep."),
        ("Hang on.", "I'm sorry, I can't control other devices."),
        ("Wait, no.", "Then boil it for ten minutes,"),
        ("Wait, no.", "Boil some water and pour it over."),
        ("We are six people.", "That's a good number."),
        ("I won the race!", "I'm sorry to hear that."),
        ("My cat is dead.", "How wonderful!"),
        ("I play the violin.", "You play the violin."),
        ("Our house is old.", "It was built in 1870."),
        ("I was at the lake.", "What was it about?"),
        ("We like music.", "How nice, and I'm a writer."),
        ("She lives in Graz.", "That's a nice place, my friend Ljubica lives there."),
        ("She lives in Graz.", "That's nice, it lies near Vienna."),
        ("I can't find my keys.", "Don't worry, I'll do my best to find them soon."),
        ("My back is stiff.", "Take it off, rest for a few hours."),
        ("That's not fair.", "I understand that you have a busy schedule."),
        ("There was a fox in our garden.", "What did you eat?"),
        ("My knee hurts.", "I'm sorry, I can't see that."),
        ("The bakery had no bread.", "That's a pity, because it was good to have some."),
        ("Oh no, I burned one.", "A cup of tea or a warm cloth can help."),
        ("They build a road behind our house.", "That's a good plan."),
    ],
)
def test_what_is_off_is_not_said(said: str, clause: str) -> None:
    assert off(clause, [said], [], EXAMPLES)


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ("I just got back from Spain.", "How was it?"),
        ("I play the violin.", "What do you like to play?"),
        ("I'm so sad, my cat died.", "I'm sorry to hear that."),
        ("I got the job!", "I'm glad to hear that!"),
        ("Let's talk about music.", "What do you like to listen to?"),
        ("Her name is Minka.", "That's a nice name."),
        ("We are six people.", "What will the 6 of you eat?"),
        ("He is late again.", "That's annoying."),
        ("I had a strange dream.", "I'd like to hear more about it."),
        ("I bought new shoes.", "What do you like about them?"),
        ("I talked to my mother on the phone.", "How nice! What did you talk about?"),
        ("My wife sings in a choir.", "That's a nice hobby."),
        ("I burned the cake.", "I'm sorry. That happens to everyone sometimes."),
    ],
)
def test_what_is_fine_is_said(said: str, clause: str) -> None:
    assert not off(clause, [said], [], EXAMPLES)


def test_a_sentence_is_not_said_twice_in_a_row() -> None:
    assert off("What will you eat?", ["Six people."], ["That's a good idea. What will you eat?"], EXAMPLES)


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("Have you ever been there?", "No, I've never"),
        ("Do you prefer tea or coffee?", "I have no taste"),
        ("What do you think about pineapple on pizza?", "I have no opinion"),
        ("Were you ever a child?", "No, I've always"),
        ("Do you ever get tired?", "I'm a program"),
        ("What did you mean by that?", "I'm sorry if"),
        ("What do you look like?", "I'm only a voice"),
        ("Should people eat meat?", "People see that"),
        ("can you whistle", "I can't do that"),
        ("move the lamp to the left", "I'm not sure what to do"),
        ("tell me about quarks", "UNSURE"),
        ("How do you build a bird house?", ""),
        ("I was at the lake.", ""),
        ("Give me some advice for a long train ride.", ""),
        ("Do you think I should learn to play the piano?", ""),
        ("She thinks I never listen.", ""),
    ],
)
def test_of_itself_it_makes_nothing_up(asked: str, begins: str) -> None:
    made = itself.said(plain(asked), (), "UNSURE")
    assert made.startswith(begins) and bool(made) == bool(begins)


def test_it_is_not_sure_in_other_words_every_time() -> None:
    heard: list[str] = []
    for asked in (
        "how do i fix a tap",
        "how do i fold a sheet",
        "how can i make soap",
        "who was my uncle",
        "why is it so",
    ):
        heard.append(itself.unsure(plain(asked), heard, ()))
    assert all(heard) and len(set(heard)) == len(heard)
    own = ("No.", "Not that I know.")
    assert [itself.unsure("why", said, own) for said in ([], ["No."], ["No.", "Not that I know."])] == [*own, "No."]


def test_what_was_heard_longest_ago_comes_again_first() -> None:
    assert unheard(("a", "b", "c"), ["b", "a"]) == "c"
    assert unheard(("a", "b"), ["b", "So: a", "b"]) == "a"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("um so what time is it", "what time is it"),
        ("What's the capital of, uh, Norway?", "what is the capital of norway"),
        ("uh-huh", "uh huh"),
        ("Guess what, I won the race!", "i won the race"),
        ("Okay so like, what's that", "what is that"),
        ("an umbrella and a hum", "an umbrella and a hum"),
    ],
)
def test_fillers_are_no_words(said: str, words: str) -> None:
    assert plain(said) == words


def test_fillers_leave_the_commas_of_a_list() -> None:
    assert without_fillers("socks, uh, toothbrush and um a towel") == "socks, toothbrush and a towel"
