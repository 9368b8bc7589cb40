"""Requests that rules understand, also misheard ones, and conversation that they leave alone."""

from datetime import date, datetime

import pytest

from visavis_agents.rules import Call, Repeat, Say, asks_a_fact, plain, route, small_talk
from visavis_agents.rules.clock import HOW_LONG, WHEN
from visavis_agents.rules.clock_words import clock_time, duration_s, easter, named_date
from visavis_agents.rules.memory import ASK
from visavis_agents.rules.talk import WELL
from visavis_agents.tools.clock import next_time
from visavis_agents.tools.fun import collection


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("What time is it?", "time_and_date", {"what": "time"}),
        ("What's the time, please?", "time_and_date", {"what": "time"}),
        ("Can you tell me what time it is?", "time_and_date", {"what": "time"}),
        ("What times it?", "time_and_date", {"what": "time"}),
        ("What is the times?", "time_and_date", {"what": "time"}),
        ("What time is it in New York?", "time_and_date", {"what": "time", "place": "New York"}),
        ("What is the date today?", "time_and_date", {"what": "date"}),
        ("What day is it today?", "time_and_date", {"what": "day"}),
        ("What year is it?", "time_and_date", {"what": "year"}),
        ("How many days until Christmas?", "calendar", {"day": "christmas", "ask": "until"}),
        ("What day is tomorrow?", "calendar", {"day": "tomorrow", "ask": "day"}),
        ("What day of the week is July 4th?", "calendar", {"day": "july 4th", "ask": "day"}),
        ("Set a timer for ten minutes.", "set_timer", {"seconds": 600.0, "name": ""}),
        ("Said a timer for ten minutes.", "set_timer", {"seconds": 600.0, "name": ""}),
        ("That a timer for 8 minutes for the pasta.", "set_timer", {"seconds": 480.0, "name": "pasta"}),
        ("That is 20 minute timer for the cake.", "set_timer", {"seconds": 1200.0, "name": "cake"}),
        ("Please set a timer for one hour and twenty minutes", "set_timer", {"seconds": 4800.0, "name": ""}),
        ("Set a timer for a minute and a half.", "set_timer", {"seconds": 90.0, "name": ""}),
        ("Set a timer for one and a half hours", "set_timer", {"seconds": 5400.0, "name": ""}),
        ("Set a timer for half an hour", "set_timer", {"seconds": 1800.0, "name": ""}),
        ("Start a sixty second timer.", "set_timer", {"seconds": 60.0, "name": ""}),
        ("Set a 5 minute timer for the eggs.", "set_timer", {"seconds": 300.0, "name": "eggs"}),
        ("Can you set a pasta timer for eight minutes?", "set_timer", {"seconds": 480.0, "name": "pasta"}),
        ("Timer, five minutes.", "set_timer", {"seconds": 300.0, "name": ""}),
        ("Wake me in 20 seconds", "set_timer", {"seconds": 20.0}),
        (
            "Remind me in ten minutes to take my bread out.",
            "set_timer",
            {"seconds": 600.0, "remind": "take your bread out"},
        ),
        ("Remind me to call mum in an hour.", "set_timer", {"seconds": 3600.0, "remind": "call mum"}),
        ("Wake me up at half past six tomorrow.", "set_alarm", {"hour": 6, "minute": 30, "half": "", "tomorrow": True}),
        ("Set an alarm for 6:30 a.m.", "set_alarm", {"hour": 6, "minute": 30, "half": "am", "tomorrow": False}),
        ("How long is left on the pasta timer?", "timers_left", {"name": "pasta"}),
        ("How much time is left?", "timers_left", {"name": ""}),
        ("Cancel the egg timer.", "cancel_timer", {"name": "egg"}),
        ("Stop all timers", "cancel_timer", {"name": ""}),
        ("What is twelve times seven?", "calculate", {"expression": "12 * 7"}),
        ("How much is 20 percent of 80?", "calculate", {"expression": "20 / 100 * 80"}),
        ("What's 1,200 divided by 3?", "calculate", {"expression": "1200 / 3"}),
        ("What is 2 plus 2.5?", "calculate", {"expression": "2 + 2.5"}),
        ("One plus one", "calculate", {"expression": "1 + 1"}),
        ("Nine squared", "calculate", {"expression": "9 ** 2"}),
        ("What is the square root of 144?", "calculate", {"expression": "144 ** 0.5"}),
        ("My name is Ada.", "told", {"fact": "Your name is Ada."}),
        ("I live in Berlin.", "told", {"fact": "You live in Berlin."}),
        ("My favorite color is green.", "told", {"fact": "Your favourite colour is green."}),
        ("I'm allergic to nuts.", "told", {"fact": "You are allergic to nuts."}),
        ("Remember that my keys are in the drawer.", "remember", {"fact": "Your keys are in the drawer."}),
        ("Don't forget to buy milk.", "remember", {"fact": "You want to buy milk."}),
        ("What is my name?", "recall", {"about": "name"}),
        ("Where are my keys?", "where_seen", {"thing": "my keys"}),
        ("What do I like?", "recall", {"about": "like"}),
        ("What do you know about me?", "recall", {}),
        ("Forget everything.", "forget", {}),
        ("Forget my name", "forget", {"about": "name"}),
        ("Flip a coin.", "chance", {"of": "coin"}),
        ("Role two dice.", "chance", {"of": "dice", "count": 2, "high": 6}),
        ("Pick a number between one and ten.", "chance", {"of": "number", "low": 1, "high": 10}),
        ("Tell me a joke.", "tell", {"kind": "joke"}),
        ("Do you know a short story?", "tell_story", {}),
        ("Tell me a story with pictures about a fox and the moon.", "tell_story", {"about": "a fox and the moon"}),
        ("What did I say?", "what_was_said", {"who": "user"}),
        ("Draw me three red apples and a cat.", "draw", {"prompt": "3 red apples and a cat"}),
        ("Can you draw a house, please?", "draw", {"prompt": "a house"}),
        ("Make it move.", "animate", {"which": "last"}),
        ("Can you animate the picture, please?", "animate", {"which": "last"}),
        ("Make a film of the last three pictures.", "animate", {"which": "all"}),
        ("What do you see?", "look", {"question": "What do you see?"}),
        ("Can you see me?", "look", {"question": "Do you see me?"}),
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


NO_HANDS = "I'd love to, but I have no hands: I can only talk, look and draw. But I can remember it for you."


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("How many miles is five kilometers?", "5 kilometers is about 3.11 miles."),
        ("Convert ten kilograms to pounds", "10 kilograms is about 22 pounds."),
        ("What is 20 degrees Celsius in Fahrenheit?", "20 degrees Celsius is 68 degrees Fahrenheit."),
        ("How many cups in a liter?", "1 liter is about 4.23 cups."),
        ("Five feet ten in centimeters", "5 feet 10 inches is about 178 centimeters."),
        ("How many seconds are in an hour?", "1 hour is 3,600 seconds."),
        ("What's a twenty percent tip on 45 dollars?", "20 percent is 9, which makes 54 altogether."),
        ("How much should I tip on a bill of sixty dollars?", "15 percent is 9, which makes 69 altogether."),
        ("Split 84 dollars between four people.", "That is 21 each."),
        ("What's 20 percent off 80?", "20 percent off leaves 64."),
        ("Is 17 a prime number?", "Yes, 17 is a prime number."),
        ("How do you spell necessary?", "Necessary is spelled N, E, C, E, S, S, A, R, Y."),
        ("What is the opposite of hot?", "The opposite of hot is cold."),
        ("Count to five.", "1, 2, 3, 4, 5."),
        ("How many letters are in banana?", "Banana has 6 letters."),
        ("What is the capital of Australia?", "The capital of Australia is Canberra."),
        ("What's the capital of the Netherlands?", "The capital of the Netherlands is Amsterdam."),
        ("How tall is Mount Everist?", "8,849 meters, or 29,032 feet."),
        ("How many days are in February?", "February has 28 days, and 29 in a leap year."),
        ("Can you hear me?", "Yes, I can hear you."),
        ("Thank you very much.", "You're welcome."),
        ("Turn on the lights.", "I'm sorry, I can't control other devices."),
        ("Can I get a double shot house coffee with cream?", NO_HANDS),
        ("I'd like a large mocha, please.", NO_HANDS),
    ],
)
def test_what_is_sure_is_said_at_once(said: str, words: str) -> None:
    assert route(said) == Say(words)


CONVERSATION = """
Tell me a story about time. | I was looking for a job last year. | Where is the station? | I read a good book yesterday.
What time do you usually go to bed? | What do you think about time travel? | I had no time for lunch today.
I set a new record in swimming. | The timer broke yesterday so I burned the cake. | How long is the movie?
I remember my grandmother very well. | Do you remember the nineties? | My name is not important.
I am called to the office every day. | I like how you said that. | I live in fear. | I forgot my keys at home.
You look nice. | Look, I don't agree with you. | Look at the bright side. | I see what you mean.
Do you see the problem? | What is this week's theme? | What is that all about? | What is it like to be old?
What does it mean to be happy? | What does it cost? | What do they eat? | How many people live in Bordeaux?
I love it when the sun shines. | I count on you. | My opposite neighbour is loud. | It turned out fine.
I play music with my friends. | I call my mother every day. | We ordered a pizza and it was cold.
The news made me sad. | The weather changed my plans for the weekend. | She told me a joke and I laughed.
He is a joker. | A coin fell out of my pocket. | I rolled my ankle. | I drew a picture for my mum.
What should I draw? | How can I help my friend? | I am happy because my sister is coming to visit.
I am tired of being alone all the time. | I was bored so I cleaned the house. | Hello, I wanted to ask you about bread.
Thanks to my brother I found a job. | Good morning is what my teacher always said. | My dog is sick.
My brother is coming over for dinner. | Tell me about the sea. | Tell me about Paris. | Why did you say that?
Call me when you are ready. | Call it a day. | Wake me up before you go go. | I want to learn to cook.
I will see you at seven. | We meet at half past six. | In ten minutes I have to leave. | My train leaves at 7:30.
I walked five miles yesterday. | It was 20 degrees yesterday. | I spent 50 dollars on shoes. | One of them is mine.
I bought three apples and two pears. | Two weeks ago I was in Rome. | Give me some advice.
Help me write a letter to my aunt. | Can you explain how bread rises? | Do you like my idea? | How was your day?
Are you sure about that? | Where should I go on holiday? | What's new? | The cat is on the table. | Yes. | No. | Okay.
"""


@pytest.mark.parametrize(
    "said", [said.strip() for line in CONVERSATION.split("\n") for said in line.split("|") if said.strip()]
)
def test_conversation_is_left_to_the_model(said: str) -> None:
    assert route(said) is None


def test_nothing_said_is_nothing_understood() -> None:
    assert route("") is None


def test_repeating() -> None:
    assert isinstance(route("Say that again, please."), Repeat)
    assert isinstance(route("What did you say?"), Repeat)


def test_an_answer_to_a_question_of_ours() -> None:
    assert route("Ten minutes.", HOW_LONG) == Call("set_timer", {"seconds": 600.0, "name": ""})
    told = "One cup of rice, two cups of water: let it simmer for fifteen minutes."
    assert route("Set a timer for that.", told) == Call("set_timer", {"seconds": 900.0, "name": ""})
    assert route("Set a timer for that.", "Rice is a kind of grass.") == Say(HOW_LONG)
    assert route("In ten minutes.", f"{WHEN}call mum?") == Call("set_timer", {"seconds": 600.0, "remind": "call mum"})
    assert route("Yes, please.", f"Nice to meet you, Ada. {ASK}") == Call("allow_memory", {"allowed": True})
    assert route("No, thank you.", f"Nice to meet you, Ada. {ASK}") == Call("allow_memory", {"allowed": False})
    assert route("No idea what you mean by that.", ASK) is None
    assert route("Yes, please.", "It is 4 o'clock.") is None
    assert route("Fine, thanks.", WELL) == Say("I'm glad to hear that. What can I do for you?")
    assert route("Another one!", collection()["joke"][0]) == Call("tell", {"kind": "joke"})
    assert route("Another one!", "It is 4 o'clock.") is None


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("Who invented the zipper?", True),
        ("When was Napoleon born?", True),
        ("How many people live in Paris?", True),
        ("Where is Timbuktu?", True),
        ("What is the population of Germany?", True),
        ("Which river flows through London?", True),
        ("Where should I go on holiday?", False),
        ("How do I become a better person?", False),
        ("What do you think of my plan?", False),
        ("Tell me a story about a fox.", False),
        ("Why are people so loud?", False),
        ("I had a strange dream.", False),
        ("What is friendship?", False),
    ],
)
def test_a_question_of_fact(said: str, fact: bool) -> None:
    assert asks_a_fact(plain(said)) is fact


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("half an hour", 1800), ("1 hour and 20 minutes", 4800), ("a minute and a half", 90),
        ("2 and a half minutes", 150), ("a couple of minutes", 120), ("90 sec", 90), ("soon", None),
    ],
)  # fmt: skip
def test_durations(said: str, seconds: float | None) -> None:
    assert duration_s(said) == seconds


@pytest.mark.parametrize(
    ("said", "hour", "minute", "half"),
    [
        ("seven o'clock", 7, 0, ""), ("half past six", 6, 30, ""), ("a quarter to eight", 7, 45, ""),
        ("seven thirty in the evening", 7, 30, "pm"), ("6:15 a.m.", 6, 15, "am"), ("noon", 12, 0, "pm"),
        ("twenty past nine", 9, 20, ""), ("18:05", 18, 5, ""), ("seven oh five", 7, 5, ""),
    ],
)  # fmt: skip
def test_clock_times(said: str, hour: int, minute: int, half: str) -> None:
    found = clock_time(plain(said))
    assert found is not None
    assert (found.hour, found.minute, found.half) == (hour, minute, half)


def test_the_next_time_a_clock_shows_it() -> None:
    now = datetime(2026, 3, 1, 16, 10)
    assert next_time(now, 7, 0, "", False) == datetime(2026, 3, 1, 19, 0)
    assert next_time(now, 4, 0, "", False) == datetime(2026, 3, 2, 4, 0)
    assert next_time(now, 7, 0, "am", False) == datetime(2026, 3, 2, 7, 0)
    assert next_time(now, 7, 0, "", True) == datetime(2026, 3, 2, 7, 0)
    assert next_time(now, 12, 0, "am", False) == datetime(2026, 3, 2, 0, 0)
    assert next_time(now, 25, 0, "", False) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("tomorrow", date(2026, 3, 2)), ("christmas", date(2026, 12, 25)), ("next friday", date(2026, 3, 6)),
        ("the third of may", date(2026, 5, 3)), ("may twenty first", date(2026, 5, 21)), ("february 1st", date(2027, 2, 1)),
        ("july fourth nineteen seventy six", date(1976, 7, 4)), ("in 10 days", date(2026, 3, 11)),
        ("easter", date(2026, 4, 5)), ("the 31st of february", None), ("february 29th", date(2028, 2, 29)),
        ("doomsday", None),
    ],
)  # fmt: skip
def test_dates(said: str, day: date | None) -> None:
    assert named_date(plain(said), date(2026, 3, 1)) == day


def test_easter() -> None:
    assert [easter(year) for year in (2000, 2024, 2025, 2038)] == [
        date(2000, 4, 23), date(2024, 3, 31), date(2025, 4, 20), date(2038, 4, 25),
    ]  # fmt: skip


def test_two_things_said_at_once() -> None:
    assert route("Thank you, goodbye!") == route("Goodbye!")
    assert route("Okay. What time is it?") == route("What time is it?")
    assert route("Hello, I wanted to ask you about bread.") is None
    assert route("My hands are wet, what time is it?") == route("What time is it?")
    assert route("If I have three apples and eat one, how many are left?") == Say("2 apples.")
    assert route("I come from Brazil, I speak little English.") == Call("told", {"fact": "You come from Brazil."})
    assert route("Why can't you see anything?") == Call("look", {"question": "Why can't you see anything?"})


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("I had a fight with my best friend.", "I'm sorry"),
        ("I'm really happy, I passed my exam!", "That's wonderful"),
        ("Do you think I should learn to play the piano?", "That is for you"),
        ("Give me some advice, please.", "I'm better"),
        ("Give me some advice for a long train ride.", ""),
        ("My cat ran away this morning.", "I'm sorry"),
        ("My mother has cancer.", "I'm sorry"),
        ("I'm not excited about the holiday.", "I'm sorry"),
        ("My grandfather passed away.", "I'm so sorry"),
        ("I went to the market this morning.", "How was it"),
        ("The tide was low.", ""),
        ("What do you think about autumn?", ""),
        ("Tell me about the sea.", ""),
    ],
)
def test_what_a_small_model_is_spared(said: str, begins: str) -> None:
    made = small_talk(said)
    assert made.startswith(begins)
    assert bool(made) == bool(begins)


@pytest.mark.parametrize(
    "piece",
    ["word ", "how many a b ", "what is 1 plus ", "1 ", "set a timer ", "remind me to in ", "thank you ", "how long is it ",
     "-", "1 and a ", "what is the of ", "i like ", "forget my ", "very ", "or a ", "i am so ", "9.", "the time in ", "can i have a coffee ",
     "let us play ", "how do you say ", "another word for ", "and in ", "name 3 ", "who wrote the ", "stop the game ", "is it a "],
)  # fmt: skip
def test_hostile_words_are_answered_or_not_but_soon(piece: str) -> None:
    for text in (piece * 30, "what is " + piece * 20, piece * 5000, piece * 12 + "x"):
        route(text, WELL)
        route(text, "What has hands but cannot clap?")
        asks_a_fact(plain(text[:300]))
        small_talk(text[:300])


def test_small_talk_does_not_say_the_same_twice() -> None:
    first = small_talk("My boss yelled at me.")
    assert first and small_talk("My boss yelled at me.", [first]) not in ("", first)


@pytest.mark.parametrize(
    ("said", "before", "made"),
    [
        ("My name is Peter and I live in Hull.", "", Call("told", {"fact": "Your name is Peter. You live in Hull."})),
        ("I've got two kids, Anna and Tom.", "", Call("told", {"fact": "You have got two kids Anna and Tom."})),
        ("I don't eat meat.", "", Call("told", {"fact": "You do not eat meat."})),
        ("Hi there!", "", Say("Hello! How can I help you?")),
        ("Cancel it.", "Your pasta timer is set for 5 minutes.", Call("cancel_timer", {"name": "pasta"})),
        ("Cancel it.", "Your timer is set for 5 minutes.", Call("cancel_timer", {"name": "timer"})),
        ("Never mind.", "", Say("All right.")),
        ("Thanks, that helps.", "", Say("You're welcome.")),
    ],
)
def test_small_things_that_people_say(said: str, before: str, made: object) -> None:
    assert route(said, before) == made
