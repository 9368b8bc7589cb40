"""Corrections and further questions: the request before, said anew."""

from __future__ import annotations

import pytest

from visavis_agents.rules import Call, Say, route, whole_request
from visavis_agents.rules.again import anew, corrected, whole
from visavis_agents.rules.amends import heard


def made_of(*lines: str) -> object:
    """What is made of the last line after the others, or None where nothing is."""
    found = anew(lines[-1], whole(lines[:-1], whole_request), whole_request)
    return found and found.made


def timer(minutes: float) -> Call:
    return Call("set_timer", {"seconds": 60 * minutes, "name": ""})


@pytest.mark.parametrize(
    ("before", "said", "made"),
    [
        ("Set a timer for fifty minutes.", "No, I meant fifteen minutes.", timer(15)),
        ("Set a timer for ten minutes.", "Actually, make that twenty.", timer(20)),
        ("Set a timer for ten minutes.", "make it a quarter of an hour", None),
        ("Set a timer for an hour.", "Wait, make it two hours.", timer(120)),
        ("Set a timer for four minutes.", "no no forty minutes", timer(40)),
        ("Set a timer for five minutes, please.", "Not five, nine.", timer(9)),
        ("Set a timer for five minutes.", "That is wrong. I said twenty-five.", timer(25)),
        ("Set an alarm for seven.", "No, half past seven.", ("set_alarm", "minute", 30)),
        ("Wake me up at six.", "Sorry, I meant six thirty in the evening.", ("set_alarm", "half", "pm")),
        ("Remind me to call mum in ten minutes.", "No, to call dad.", ("set_timer", "remind", "call dad")),
        ("Remind me to call mum in ten minutes.", "In twenty minutes, I mean.", None),
        ("What is the capital of France?", "No, I meant Finland.", "The capital of Finland is Helsinki."),
        ("What is the capital of Australia?", "not Australia, Austria", "The capital of Austria is Vienna."),
        ("What is the capital of Peru?", "I said Chile, not Peru.", "The capital of Chile is Santiago."),
        ("What is 6 times 7?", "Actually, I meant nine.", ("calculate", "expression", "6 * 9")),
        ("What is 6 times 7?", "No, times eight.", ("calculate", "expression", "6 * 8")),
        ("How many kilometers are 5 miles?", "No, ten miles.", "10 miles is about 16.1 kilometers."),
        ("How do you spell Mississippi?", "No, Missouri.", "Missouri is spelled M, I, S, S, O, U, R, I."),
        ("Who wrote Hamlet?", "I meant Faust.", "Johann Wolfgang von Goethe wrote Faust."),
        ("My name is Aida.", "No, Ada, not Aida.", ("told", "fact", "Your name is Ada.")),
        ("My sister's name is Hannah.", "No, my sister's name is Anna, not Hannah.",
         ("told", "fact", "Your sister's name is Anna.")),
        ("My favourite colour is red.", "I said green, not red.", ("told", "fact", "Your favourite colour is green.")),
        ("I live in Hamburg.", "No, not Hamburg, Homburg.", ("told", "fact", "You live in Homburg.")),
        ("Add milk to my list.", "Oh, I meant tea.", ("use_list", "items", ("tea",))),
        ("Tell me a joke.", "No, a riddle.", ("tell", "kind", "riddle")),
        ("Add milk to my shopping list.", "No, I meant butter.", ("use_list", "items", ("butter",))),
    ],
)  # fmt: skip
def test_a_correction_is_carried_out(before: str, said: str, made: object) -> None:
    found = made_of(before, said)
    match made:
        case str():
            assert isinstance(found, Say) and found.text == made
        case (tool, argument, value):
            assert isinstance(found, Call) and (found.tool, found.arguments[argument]) == (tool, value)
        case Call():
            assert found == made


@pytest.mark.parametrize(
    ("before", "said", "answer"),
    [
        ("What is the capital of France?", "And of Italy?", "The capital of Italy is Rome."),
        ("What is the capital of Texas?", "And California?", "The capital of California is Sacramento."),
        ("How long does a dog live?", "And a cat?", "About fifteen years."),
        ("How long does a dog live?", "And what does it eat?", "Mostly meat, but also grain and vegetables, and never "
         "chocolate."),
        ("How many kilometers are 5 miles?", "And in meters?", "5 miles is about 8,047 meters."),
        ("What is 30 degrees celsius in fahrenheit?", "What about 40?", "40 degrees Celsius is 104 degrees Fahrenheit."),
        ("When was Mozart born?", "And Beethoven?", "Ludwig van Beethoven was born in 1770."),
        ("When was Beethoven born?", "When did he die?", "Ludwig van Beethoven died in 1827."),
        ("What's the opposite of big?", "And of happy?", "The opposite of happy is sad."),
    ],
)  # fmt: skip
def test_one_more_question_is_about_the_same(before: str, said: str, answer: str) -> None:
    found = made_of(before, said)
    assert isinstance(found, Say) and found.text == answer


def test_days_and_sums_go_on() -> None:
    assert made_of("What day is it today?", "And tomorrow?") == Call("calendar", {"day": "tomorrow", "ask": "day"})
    assert made_of("What is 20 plus 30?", "And minus ten?") == Call("calculate", {"expression": "50 - 10"})
    assert made_of("What is the weather like today?", "And tomorrow?") == route("What is the weather like tomorrow?")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (["When was Napoleon born?", "And where?"], "Napoleon Bonaparte was born in Ajaccio"),
        (["How far is the moon?", "How far is the sun?", "Which one is bigger?"], "The sun, by far"),
        (["I have a rabbit. His name is Fluffy.", "What does he eat?"], "Mostly hay"),
        (["I'm going to Spain next week.", "What language do they speak there?"], "In Spain people speak Spanish"),
        (["When did World War One start?", "And when did it end?"], "It ended in November 1918"),
        (
            ["How tall is the Eiffel Tower?", "Is it taller than Big Ben?"],
            "Yes, the Eiffel Tower is taller than Big Ben",
        ),
        (
            ["How tall is the Eiffel Tower?", "Is it taller than Big Ben?", "Who built it?"],
            "The company of Gustave Eiffel",
        ),
    ],
)
def test_what_a_small_word_stands_for(said: list[str], answer: str) -> None:
    made = made_of(*said)
    assert isinstance(made, Say) and made.text.startswith(answer)


def test_where_nothing_is_stood_for_nothing_is_made_up() -> None:
    assert made_of("How was your day?", "What does it eat?") is None
    assert made_of("What is the capital of Australia?", "How many people live there?") is None
    assert made_of("Tell me a joke.", "Which one is bigger?") is None


def test_a_share_goes_on_from_the_result() -> None:
    assert made_of("What is 20 percent of 350?", "Plus 19 percent tax?") == Call(
        "calculate", {"expression": "70 * 1.19"}
    )
    assert made_of("How many days until Christmas?", "And until Halloween?") == Call(
        "calendar", {"day": "halloween", "ask": "until"}
    )
    assert made_of("How many days until Christmas?", "What weekday is that?") == Call(
        "calendar", {"day": "christmas", "ask": "day"}
    )


def test_what_is_so_corrects_what_was_told_but_no_sum() -> None:
    assert made_of("What is 2 plus 2?", "No, it's five.") is None
    assert made_of("My name is Jon.", "No, it is John.") == Call("told", {"fact": "Your name is John."})


def test_a_correction_after_a_statement_does_not_reach_behind_it() -> None:
    said = (
        "What day of the week is Christmas?",
        "I have a dentist appointment on Monday at ten.",
        "Sorry, I meant Tuesday.",
    )
    assert made_of(*said) is None


@pytest.mark.parametrize(
    ("before", "said", "made"),
    [
        ("What is 10 times 7?", "Divide that by 2.", Call("calculate", {"expression": "70 / 2"})),
        ("What is 10 plus 7?", "Add 5 to that.", Call("calculate", {"expression": "17 + 5"})),
        ("What is 10 plus 7?", "Double it.", Call("calculate", {"expression": "17 * 2"})),
        ("What is the third planet from the sun?", "And the fourth?", Say("Mars.")),
        (
            "Is a lion heavier than a mouse?",
            "And than an elephant?",
            Say("No, an elephant is heavier than a lion, by far."),
        ),
        ("Which is bigger, Mars or Jupiter?", "And Saturn or Mars?", Say("Saturn is bigger than Mars, by far.")),
        ("When is Easter this year?", "And next year?", Call("calendar", {"day": "easter next year", "ask": "day"})),
        ("Flip a coin.", "And again?", Call("chance", {"of": "coin"})),
        ("Tell me a joke.", "Divide that by 2.", None),
    ],
)
def test_more_that_goes_on(before: str, said: str, made: object) -> None:
    assert made_of(before, said) == made


def test_each_goes_on_from_the_one_before() -> None:
    said = ["What is the capital of France?", "And of Italy?", "No, I meant Finland.", "Thank you.", "And Spain?"]
    assert made_of(*said[:3]) == Say("The capital of Finland is Helsinki.")
    assert made_of(*said[:3], said[4]) == Say("The capital of Spain is Madrid.")
    assert made_of("Set a timer for ten minutes.", "Thank you.", "Actually, make it twelve.") == timer(12)


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("Set a timer for ten minutes, no, fifteen minutes.", timer(15)),
        ("Set a timer for ten minutes... sorry, I mean twelve.", timer(12)),
        ("What is the capital of Norway - no wait, Sweden?", Say("The capital of Sweden is Stockholm.")),
    ],
)
def test_who_corrects_themselves_in_one_breath(said: str, made: object) -> None:
    found = anew(said, (), whole_request)
    assert found is not None and found.made == made and not found.corrects


def test_one_more_takes_the_place_of_none() -> None:
    for said in ("Wait, set another timer for five minutes.", "Actually, I also live in Rome."):
        for before in ("Set a timer for ten minutes.", "I live in Paris."):
            found = anew(said, (before,), whole_request)
            assert found is None or not found.corrects
    pasta = ("Set a pasta timer for ten minutes.", "What is the capital of France?")
    assert anew("Actually, set an alarm for seven.", pasta, whole_request) is None


BEFORE = ("Set a timer for ten minutes.", "What is the capital of France?", "My name is Ada.", "What is 6 times 7?",
          "How long does a dog live?", "Remind me to call mum in ten minutes.")  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "No, thank you.", "No.", "No, I'm fine.", "I meant well.", "Actually, what time is it?", "No, that's all.",
        "Actually, I have a question.", "No, I don't want that.", "I said nothing.", "Sorry, I have to go.",
        "Wait a minute.", "No, never mind.", "Actually, you are right.", "Not now.", "I want to go home.",
        "Make it shorter.", "Make it louder.", "No, I don't know.", "What about you?", "And why?", "And then?",
        "How about a game?", "No problem.", "Sorry about that.", "Actually, tell me a joke.", "No way!", "I mean it.",
        "That is not what I meant.", "No, the other one.", "I said thank you.", "No, I live alone.", "Really?",
        "No, it is raining here.", "Sorry, my dog is barking.", "And now?", "No, you are not.",
        "She doesn't eat meat.", "My friend doesn't answer.", "It doesn't matter.", "Why can't you see it?",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", BEFORE)
def test_what_corrects_nothing_changes_nothing(before: str, said: str) -> None:
    assert made_of(before, said) is None


def test_what_was_told_is_put_right() -> None:
    told = ["I have a meeting on Monday at three.", "What time is it?", "I parked the car behind the church."]
    assert corrected([*told[:1], "No wait, on Tuesday."]) == ["i have a meeting on Tuesday at 3"]
    assert corrected([*told, "Not the church, the school."])[-1] == "i parked the car behind the school"
    assert corrected(told) == told
    assert corrected(["Lena is twelve. No wait, thirteen."]) == ["lena is 13"]


@pytest.mark.parametrize(
    "said", ["no " * 40, "not " * 30, "no, not, no, " * 9, "I meant " * 14, "and " * 29 + "?", "a, " * 39]
)
def test_hostile_words_are_heard_soon(said: str) -> None:
    for before in BEFORE:
        made_of(before, said)
    heard(said)


def test_what_is_remembered_of_peoples_words_is_bounded() -> None:
    from visavis_agents import plain
    from visavis_agents.rules import again, amends, slots

    for remembers in (plain.plain, amends.heard, again.put_right, again._whole, again._made, slots._is_place):
        assert remembers.cache_info().maxsize
