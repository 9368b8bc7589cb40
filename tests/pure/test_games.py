"""Games by voice: what is open is read off what was said last, and ends when it should."""

from random import Random

import pytest

from visavis_agents.games import creatures, hands, number, quiz, riddles
from visavis_agents.history import Line
from visavis_agents.plain import plain
from visavis_agents.rules import Call, Say, route
from visavis_agents.rules.games import ENDED, OFFER, is_open

CLOCK = "What has hands but cannot clap?"


def test_a_riddle_waits_for_its_answer() -> None:
    assert route("A clock!", CLOCK) == Say(f"{riddles.RIGHT} A clock. {riddles.ANOTHER}")
    assert route("Is it a watch?", CLOCK) == Say(f"{riddles.RIGHT} A clock. {riddles.ANOTHER}")
    wrong = route("A glove.", CLOCK)
    assert wrong == Say(f"{riddles.WRONG} {CLOCK}")
    assert route("Maybe a tree?", CLOCK) == wrong
    assert isinstance(wrong, Say) and is_open(wrong.text)
    assert route("I think it's a clock", wrong.text) == Say(f"{riddles.RIGHT} A clock. {riddles.ANOTHER}")
    for given_up in ("I give up.", "I don't know.", "Tell me!", "What is it?", "No idea.", "What's the answer?"):
        assert route(given_up, CLOCK) == Say(f"A clock. {riddles.ANOTHER}"), given_up
    assert route("Give me a hint.", CLOCK) == Say(f"It begins with C. {CLOCK}")
    assert route("Stop it, I don't want to play anymore.", CLOCK) == Say(ENDED)
    assert route("I don't want to play anymore.", CLOCK) == Say(ENDED)


def test_after_a_riddle_another() -> None:
    answer = f"{riddles.RIGHT} A clock. {riddles.ANOTHER}"
    assert not is_open(answer)
    assert route("Yes, please.", answer) == route("Another one.", answer) == Call("tell", {"kind": "riddle"})
    assert route("No, thanks.", answer) == Say("All right.")
    assert route("Another one.", CLOCK) == Call("tell", {"kind": "riddle"})


def test_an_answer_that_does_not_wait_for_the_end_of_the_question() -> None:
    assert route("A clock!", "What has hands but") == Say(f"{riddles.RIGHT} A clock. {riddles.ANOTHER}")
    assert riddles.asked("What has") is None  # too little to know which


@pytest.mark.parametrize(
    "said",
    ["What time is it?", "Set a timer for ten minutes.", "Draw a cat.", "Hello!", "Thank you.", "I was in Rome last year.",
     "My brother likes riddles.", "Can you help my sister?", "How was your day?", "Tell me a story about a clock that ran away from home."],
)  # fmt: skip
def test_not_everything_said_during_a_riddle_is_a_guess(said: str) -> None:
    assert route(said, CLOCK) == route(said)


@pytest.mark.parametrize("riddle", riddles.riddles(), ids=lambda one: one.answer)
def test_every_riddle_knows_its_answer(riddle: riddles.Riddle) -> None:
    assert riddle.question.endswith("?") and riddle.answer.endswith(".")
    assert riddles.judged(riddle, plain(riddle.right[0])).startswith(riddles.RIGHT)
    assert riddles.judged(riddle, plain(riddle.answer)).startswith(riddles.RIGHT)
    assert riddles.asked(riddle.question) == riddle
    assert riddles.asked(riddles.told(riddle)) is None


def test_a_quiz_of_five() -> None:
    said = [quiz.begun([], Random(1))]
    points = 0
    for turn in range(quiz.ROUND):
        question = quiz.asked(said[-1])
        assert question is not None
        right = turn % 2 == 0
        points += right
        said.append(quiz.answered(said, question.right[0] if right else "a spoon", Random(turn)))
        assert said[-1].startswith(quiz.RIGHT if right else "No, it is ")
    assert said[-1].endswith(f"you had {points} of them right. {quiz.MORE}")
    assert quiz.asked(said[-1]) is None
    asked = [line[line.rfind(":") + 2 :] for line in said[1:-1]]
    assert len(set(asked)) == len(asked)


def test_a_quiz_by_words() -> None:
    first = f"{quiz.START} Which planet is the largest?"
    assert route("Quiz me!") == Call("play", {"game": "quiz"})
    assert route("Jupiter.", first) == Call("play", {"game": "quiz", "said": "jupiter"})
    assert route("Mars?", first) == Call("play", {"game": "quiz", "said": "mars"})
    assert route("I don't know.", first) == Call("play", {"game": "quiz", "said": "-"})
    assert route("What time is it?", first) == route("What time is it?")
    assert route("No more questions.", first) == Say(ENDED)
    assert route("Yes!", f"{quiz.RIGHT} {quiz.MORE}") == Call("play", {"game": "quiz"})


@pytest.mark.parametrize("question", quiz.questions(), ids=lambda one: one.answer)
def test_every_question_knows_its_answer(question: quiz.Question) -> None:
    said = [f"{quiz.START} {question.text}"]
    assert quiz.answered(said, plain(question.answer), Random(0)).startswith(quiz.RIGHT)
    assert quiz.answered(said, plain("no such thing"), Random(0)).startswith("No, it is ")


def test_the_user_guesses_a_number() -> None:
    said = [number.MINE]
    low, high = number.LOW, number.HIGH
    for turn in range(1, 8):
        guess = (low + high) // 2
        assert (
            route(f"Is it {guess}?", said[-1])
            == route(f"{guess}", said[-1])
            == Call("play", {"game": "number", "said": f"{guess}"})
        )
        said.append(number.guessed(said, guess, "session"))
        if said[-1].startswith("Yes"):
            assert f"{turn} guess" in said[-1]
            break
        low, high = (guess + 1, high) if "higher" in said[-1] else (low, guess - 1)
    assert said[-1].startswith("Yes")
    assert not number.guessing(said[-1])
    said.append(number.MINE)
    assert number.given_up(said, "session").startswith("It was ")


@pytest.mark.parametrize("secret", [1, 2, 37, 50, 99, 100])
def test_we_guess_the_users_number(secret: int) -> None:
    lines = [Line("assistant", f"{number.YOURS} {number.asked((), '')}")]
    for _ in range(8):
        guess = int(lines[-1].text.rstrip("?").split()[-1])
        answer = "Yes!" if guess == secret else "Higher." if secret > guess else "No, it's lower."
        made = route(answer, lines[-1].text)
        assert made == Call("play", {"game": "your number", "said": number.direction(plain(answer))})
        alone = number.asked(lines, number.direction(plain(answer)))
        lines.append(Line("user", answer))
        assert number.asked(lines, number.direction(plain(answer))) == alone  # whether the line is there already or not
        if guess == secret:
            assert alone.startswith("I have it")
            return
        lines.append(Line("assistant", alone))
    raise AssertionError(lines)


def test_a_number_that_cannot_be() -> None:
    lines = [Line("assistant", f"{number.YOURS} Is it 1?"), Line("user", "lower")]
    assert number.asked(lines, "lower") == number.CHEATED


def test_rock_paper_scissors() -> None:
    assert route("Let's play rock, paper, scissors.") == Call("play", {"game": "hands"})
    assert route("Paper!", f"All right. {hands.ASK}") == Call("play", {"game": "hands", "said": "paper"})
    assert route("Stop the game.", f"I have rock, too. {hands.ASK}") == Say(ENDED)
    said: list[str] = []
    for n in range(20):
        said.append(hands.played(said, "rock", Random(n)))
    wins, losses = (sum(mark in line for line in said) for mark in ("so you win", "so I win"))
    assert wins and losses and any("too" in line for line in said)
    score = next(line for line in reversed(said) if "makes" in line)
    assert f"{max(wins, losses)} to {min(wins, losses)}" in score or f"{wins} all" in score


def guessed_by_us(one: creatures.Creature) -> bool:
    """A game with somebody who answers as the table does."""
    lines = [Line("assistant", f"{creatures.START} {creatures.next_line((), '')}")]
    while lines[-1].text not in (creatures.FOUND, creatures.LOST):
        assert is_open(lines[-1].text) and len(lines) < 2 * (creatures.QUESTIONS + creatures.GUESSES + 1)
        asked = next((letter for letter, text in creatures.questions().items() if lines[-1].text.endswith(text)), "")
        yes = asked in one.holds if asked else lines[-1].text.endswith(f"Is it {one.name}?")
        answer = "Yes, it does." if yes else "No."
        assert route(answer, lines[-1].text) == Call("play", {"game": "animal", "said": "yes" if yes else "no"})
        said = creatures.next_line(lines, "yes" if yes else "no")
        lines.append(Line("user", answer))
        assert creatures.next_line(lines, "yes" if yes else "no") == said  # whether the line is there already or not
        lines.append(Line("assistant", said))
    assert not is_open(lines[-1].text)
    return lines[-1].text == creatures.FOUND


def test_we_guess_the_users_animal() -> None:
    """All but a few that are much alike."""
    found = [guessed_by_us(one) for one in creatures.creatures()]
    assert sum(found) >= 0.9 * len(found)


def test_an_animal_by_words() -> None:
    question = f"{creatures.START} {creatures.questions()['u']}"
    assert route("I'm thinking of an animal.") == Call("play", {"game": "animal"})
    assert route("I don't know.", question) == Call("play", {"game": "animal", "said": "unsure"})
    assert route("It doesn't.", question) == Call("play", {"game": "animal", "said": "no"})
    assert route("What time is it?", question) == route("What time is it?")
    assert route("I don't want to play any more.", question) == Say(ENDED)
    assert route("Yes!", creatures.FOUND) == Call("play", {"game": "animal"})


def test_games_are_offered() -> None:
    assert route("Let's play a game.") == Say(f"Gladly. {OFFER}")
    offer = f"Gladly. {OFFER}"
    assert route("A riddle, please.", offer) == Call("tell", {"kind": "riddle"})
    assert route("The quiz.", offer) == route("You choose.", offer) == Call("play", {"game": "quiz"})
    assert route("Guess my animal.", offer) == Call("play", {"game": "animal"})
    assert route("Guess a number.", offer) == Call("play", {"game": "number"})
    assert route("Rock, paper, scissors!", offer) == Call("play", {"game": "hands"})
    assert route("No, thank you.", offer) == Say("All right.")
    assert route("What time is it?", offer) == route("What time is it?")
