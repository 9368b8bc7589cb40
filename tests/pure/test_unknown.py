"""What is not guessed: what nobody told, what cannot be seen from here, and questions about the answer itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from visavis_agents.meant import foreign
from visavis_agents.reply import sighted
from visavis_agents.rules import Call, Say, afterwards, asks_a_fact, plain, route, told_instead, unknown
from visavis_agents.rules.doubt import is_blind, of_sight
from visavis_agents.rules.poems import poems
from visavis_agents.rules.unknown import NOT_TOLD
from visavis_agents.story.telling import Cue

UNSURE = "I don't know."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("How tall am I?", NOT_TOLD), ("How heavy is my suitcase?", NOT_TOLD), ("Did I lock the door?", NOT_TOLD),
        ("Is my brother at home?", NOT_TOLD), ("What did the plumber say about the boiler?", NOT_TOLD),
        ("Who called me yesterday?", NOT_TOLD), ("What's my street called?", NOT_TOLD),
        ("Where can I buy bread?", UNSURE), ("Which way to the exit?", UNSURE), ("Is there milk in the fridge?", UNSURE),
        ("Can I still go in?", UNSURE), ("Is it dark outside?", "I can't tell from here."),
        ("Why do we put salt on icy roads?", UNSURE), ("How do I fix a flat tyre?", UNSURE),
        ("Can I eat this mushroom?", "I can't judge that. Please never eat what an expert has not looked at."),
        ("What's wrong with my knee?", "I can't judge that. If it worries you, please see a doctor."),
        ("What is a zorb?", UNSURE), ("What is a good idea?", ""), ("What a day!", ""), ("What should I do?", ""), ("Why do people lie?", ""), ("Am I right?", ""), ("Why are you here?", ""),
        ("I lost my keys.", ""), ("How do you feel?", ""), ("Is it?", ""), ("What about my idea?", ""), ("Tell me more.", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_not_guessed(asked: str, said: str) -> None:
    assert unknown.said(plain(asked), (), UNSURE) == said


def test_what_came_up_before_is_left_to_who_heard_it() -> None:
    told = ("My suitcase weighs a ton, nineteen kilos.",)
    assert unknown.said(plain("How heavy is my suitcase?"), told, UNSURE) == ""


@pytest.mark.parametrize(
    "asked",
    [
        "What is a watch?",
        "What is a cook?",
        "What is dinner?",
        "What is a read?",
        "What's an exercise?",
        "What is a gift?",
    ],
)
def test_what_a_thing_is_does_not_ask_for_advice(asked: str) -> None:
    words = plain(asked)
    assert route(asked) is None and "Casablanca" not in told_instead(words) and "pasta" not in told_instead(words)


def test_everyday_things_are_explained() -> None:
    assert told_instead("what is a watch") == "A watch is a small clock that is worn on the wrist."
    assert told_instead("what is dinner").startswith("Dinner: the main meal")


def test_advice_is_still_given() -> None:
    assert "Casablanca" in route("What should I watch?").text  # type: ignore[union-attr]
    assert "pasta" in route("What shall I have for dinner?").text  # type: ignore[union-attr]
    assert "Caring" in route("What is love?").text  # type: ignore[union-attr]


def test_another_poem_is_another_one() -> None:
    first = told_instead("tell me a poem about cats")
    other = told_instead("another poem", first)
    assert other in poems().values() and other != first


def test_small_wishes_are_understood() -> None:
    assert route("Hi, I'm Leo and I'm six.") == Call("told", {"fact": "Your name is Leo. You are 6 years old."})
    for said in ("I'm Happy.", "Hi, I'm tired.", "I am Leo.", "Hello, I'm looking for Leo."):
        made = route(said)
        assert not isinstance(made, Call) or made.tool != "told"
    assert route("I have twenty five years.") == Call("told", {"fact": "You are 25 years old."})
    timer = "Your timer is set for 6 minutes."
    rice = Call("set_timer", {"seconds": 600.0, "name": "rice"})
    assert route("And another one for ten minutes for the rice.", timer) == rice
    assert route("Cancel both.", "Your alarm is set for 8 o'clock.") == Call("cancel_timer", {"name": ""})
    assert route("How much time is left on the rice?") == Call("timers_left", {"name": "rice"})
    assert route("What timers are running?") == Call("timers_left", {"name": ""})
    assert route("How many people are left on the island?") is None


@pytest.mark.parametrize(
    ("said", "before", "answer"),
    [
        ("In feet?", "828 meters.", "That is about 2,717 feet."),
        ("And what is that in miles?", "The sun is about 150 million kilometers away.", "That is about 93.21 million miles."),
        ("In miles?", "It weighs 5 kilograms.", ""), ("In Rome?", "828 meters.", ""), ("In meters?", "828 meters.", ""),
    ],
)  # fmt: skip
def test_what_was_said_is_told_in_other_units(said: str, before: str, answer: str) -> None:
    made = route(said, before)
    assert made.text.endswith(answer) if isinstance(made, Say) else answer == ""


SKY = "Because air scatters blue light more than red light."
MEANING = "I'm sorry, I can't play music or videos. I can only talk and draw."


@pytest.mark.parametrize(
    ("said", "before", "asked", "made", "begins"),
    [
        ("Are you sure?", "That is 391.", "what is 17 times 23", Call("calculate"), "Yes, I worked it out."),
        ("Really?", SKY, "why is the sky blue", Say(SKY), "Yes, I'm sure."),
        ("How do you know that?", "It is a bird.", "what is it", None, "No, not quite"),
        ("No, it's five.", "That is 4.", "what is 2 plus 2", Call("calculate"), "I worked it out once more"),
        ("No, that's wrong, it's Paris.", "The capital of France is Paris.", "", Say(""), "That is what I said: The"),
        ("I don't believe you.", SKY, "why is the sky blue", Say(SKY), "You may be right"),
        ("Why?", MEANING, "play music", Say(MEANING), "Because I'm a small program"),
        ("Why?", "The capital of France is Paris.", "what is the capital of france", Say(""), "I only know that it is so"),
        ("How do you know?", SKY, "why is the sky blue", Say(SKY), "It is one of the things I was taught"),
        ("Where did you learn that?", "That is 391.", "what is 17 times 23", Call("calculate"), "I worked it out"),
        ("How do you know that?", "It is five.", "what time is it", Call("time_and_date"), "The clock"),
        ("How can you tell?", "a dog", "what is this", Call("look"), "That is what I saw through the camera"),
        ("Who told you that?", "You told me that she is 4.", "how old is she", None, "You told me so yourself"),
        ("Why?", "I can't see: the camera is off.", "what is this", Call("look"), "Because no picture"),
        ("Why?", "I've never been there, so I can't say.", "", None, "That is only what I think"),
        ("Why is that?", "How are you?", "hello", None, "I ask because"),
        ("Make it shorter.", MEANING, "play music", Say(MEANING), "I'm sorry, I can't play music or videos."),
        ("Shorter, please.", SKY, "why is the sky blue", Say(SKY), "I can't say it in fewer words."),
        ("Say it in French.", SKY, "why is the sky blue", Say(SKY), "I can't translate that."),
        ("Translate it.", SKY, "why is the sky blue", Say(SKY), "I can't translate that."),
        ("Why do cats purr?", SKY, "", None, ""), ("I am sure.", SKY, "", None, ""), ("Say something.", SKY, "", None, ""),
        ("Are you sure?", "", "", None, ""), ("Italian.", SKY, "", None, ""), ("I like it.", SKY, "", None, ""),
    ],
)  # fmt: skip
def test_what_is_asked_about_the_answer(said: str, before: str, asked: str, made: object, begins: str) -> None:
    words = plain(said)
    answer = afterwards.said(words, before, asked, made) if afterwards.is_of_it(words) else ""  # type: ignore[arg-type]
    assert answer.startswith(begins) and bool(answer) == bool(begins)


def test_what_was_quoted_is_known_from_the_papers() -> None:
    quote = "Flowers are not allowed in intensive care."
    assert afterwards.said("how do you know that", quote, "", None, ", under Wards") == (
        "It says so in my papers, under Wards."
    )
    assert afterwards.said("why", quote, "", None, "").startswith("My papers only say")
    heard = [afterwards.said("why", "I can't know that.", "", None)]
    assert afterwards.said("why", "I can't know that.", "", None, None, heard) not in heard


def test_a_poem_is_made_shorter_by_half() -> None:
    love = poems()["love"]
    assert afterwards.said("make it shorter", love, "", None) == "Love is a lamp in a window at night."


@pytest.mark.parametrize(
    "asked",
    ["What's the difference between a frog and a toad?", "What does a beekeeper do?", "How does the internet work?",
     "Do trees feel pain?", "Which is deeper, the sea or a lake?"],
)  # fmt: skip
def test_reasons_and_comparisons_are_facts(asked: str) -> None:
    assert asks_a_fact(plain(asked))


def test_who_cannot_see_says_so_only_of_what_can_be_seen() -> None:
    assert all(
        map(is_blind, map(plain, ("I can't see that.", "I'm sorry, I can't see what's wrong", "I cannot look there")))
    )
    assert not any(map(is_blind, map(plain, ("I can see that.", "I see.", "You can't see it.", "I'm sorry."))))
    assert all(map(of_sight, ("what colour is it", "do i look tired", "can you read this")))
    assert not any(map(of_sight, ("who are you", "is my brother at home", "it is raining again", "what is new")))


@pytest.mark.parametrize(
    ("pieces", "otherwise", "told"),
    [
        (["I can't", " see that.", " Hold it up."], UNSURE, UNSURE),
        (["I'm sorry,", " I can't see", " it."], UNSURE, UNSURE),
        (["I can't see that."], "", "I can't see that."),
        (["I am", " Vis, and I can't see that."], UNSURE, "I am Vis, and I can't see that."),
        (["Birds sing to find a mate", " in spring."], UNSURE, "Birds sing to find a mate in spring."),
        (["Yes."], UNSURE, "Yes."),
    ],
)
def test_another_answer_stands_in_for_not_seeing(pieces: list[str], otherwise: str, told: str) -> None:
    async def said() -> AsyncGenerator[str | Cue, None]:
        for piece in pieces:
            yield piece

    async def heard() -> str:
        return "".join([str(piece) async for piece in sighted(said(), otherwise)])

    assert asyncio.run(heard()) == told


def test_words_that_cannot_become_it_are_not_held_back() -> None:
    async def said() -> AsyncGenerator[str | Cue, None]:
        for piece in ("No", ",", " birds", " sing"):
            yield piece

    async def heard() -> list[str]:
        return [str(piece) async for piece in sighted(said(), UNSURE)]

    assert asyncio.run(heard()) == ["No, birds", " sing"]


def test_another_script_is_known_as_one() -> None:
    assert all(map(foreign, ("مرحبا كيف حالك", "привет как дела", "你好", "καλημέρα")))
    assert not any(map(foreign, ("¿qué hora es", "wie spät ist es", "what is שלום in english", "12", "")))
