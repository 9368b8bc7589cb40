"""Games and phrases in whole conversations on a virtual clock."""

from __future__ import annotations

from typing import Any

from tests.timed.scene import Scene
from tests.timed.virtual import senses
from visavis_agents import events as ev
from visavis_agents.games import hands, number, quiz, riddles
from visavis_agents.replay.virtual import play
from visavis_agents.rules.games import ENDED, OFFER


def talk(*said: str, every_s: float = 10.0) -> Scene:
    act: list[tuple[float, Any]] = [
        (1.0 + every_s * n, lambda session, text=text: session.receive(ev.TextTyped(text=text)))
        for n, text in enumerate(said)
    ]
    return play(Scene(senses(["Hello."], "I see."), act=act, lasts_s=3.0 + every_s * len(said)).play())


def answers(scene: Scene) -> list[str]:
    return [event.text for event in scene.of(ev.ReplyEnded)]


def test_a_riddle_from_its_offer_to_its_answer() -> None:
    said = answers(talk("Let's play a game.", "A riddle.", "A hat stand.", "What time is it?", "I give up."))
    assert said[0] == f"Gladly. {OFFER}"
    riddle = riddles.asked(said[1])
    assert riddle is not None and said[1] == riddle.question
    assert said[2] == f"{riddles.WRONG} {riddle.question}"
    assert said[3].startswith("It is ")
    assert said[4] == riddles.told(riddle)


def test_a_plain_stop_ends_a_game_and_nothing_is_judged_after_it() -> None:
    said = answers(talk("Quiz me.", "Stop.", "Jupiter."))
    assert said[0].startswith(quiz.START)
    assert said[1:] == [ENDED, "I see."]


def test_a_silence_ends_no_game() -> None:
    said = answers(talk("Quiz me.", "I don't know.", "Pass.", every_s=25.0))
    assert [line.count("Next question:") for line in said if "question" in line] == [0, 1, 1]
    ours = answers(talk("Guess my number.", "Higher.", "Higher.", every_s=25.0))
    assert [line.split()[-1] for line in ours if line.startswith("Is it")] == ["75?", "88?"]


def test_a_number_is_the_same_until_it_is_found() -> None:
    first = answers(talk("Let's play guess the number.", "Fifty.", "I give up."))
    assert first[0] == number.MINE
    secret = int(first[2].rstrip(".").split()[-1])
    again = answers(talk("Let's play guess the number.", "Fifty.", f"{secret}"))
    assert again[1] == first[1]
    assert again[2].startswith(f"Yes, it is {secret}!")


def test_rock_paper_scissors_counts() -> None:
    said = answers(talk("Let's play rock, paper, scissors.", *["Rock."] * 6))
    assert said[0] == f"All right. {hands.ASK}"
    assert any("That makes" in line for line in said)


def test_a_phrase_is_shown_as_it_is_written_when_it_is_heard() -> None:
    scene = talk("How do I say thank you in Greek?", "And in Italian?")
    assert answers(scene) == ["Thank you in Greek is eff-hah-ree-stoh.", "Thank you in Italian is graht-see-eh."]
    first, second = scene.of(ev.CardShown)
    assert first.title == "Thank you in Greek"
    assert [item.text for item in first.content.items] == ["ευχαριστώ (efcharisto)"]
    assert [item.text for item in second.content.items] == ["grazie"]
    assert first.at >= scene.of(ev.ReplyStarted)[0].at
