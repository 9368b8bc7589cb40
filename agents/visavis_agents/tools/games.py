"""Games that are played by voice; where one stands is read off what was said (`games/`)."""

from __future__ import annotations

import random
from typing import Literal

from visavis_agents.games import creatures, hands as rock_paper_scissors, number, quiz, riddles
from visavis_agents.plain import plain
from visavis_agents.tools.port import Hands, tool

LATELY = 8  # replies after which a riddle is forgotten
NO_RIDDLE = "There is no riddle open. Ask me for one."


@tool()
async def play(
    hands: Hands, game: Literal["quiz", "number", "your number", "hands", "riddle", "animal"], said: str = ""
) -> str:
    """Play a game by voice: a quiz, guessing the number that you think of, guessing the user's number, rock paper
    scissors ("hands"), guessing the animal that the user thinks of, or the answer of a riddle. said: the user's move in
    an open game; empty: begin; "-": give up."""
    lines = hands.history.lines
    told = [line.text for line in lines if line.who == "assistant"]
    dice = random.Random(f"{hands.session} {hands.reply}")
    words = "" if said == "-" else plain(said)
    match game:
        case "riddle":
            asked = next((one for line in reversed(told[-LATELY:]) if (one := riddles.asked(line))), None)
            return riddles.told(asked) if asked else NO_RIDDLE
        case "quiz":
            return quiz.answered(told, words, dice) if said else quiz.begun(told, dice)
        case "animal":
            return creatures.next_line(lines, said) if said else f"{creatures.START} {creatures.next_line((), '')}"
        case "number":
            if not said:
                return number.MINE
            return (
                number.guessed(told, int(words), hands.session)
                if words.isdigit()
                else number.given_up(told, hands.session)
            )
        case "your number":
            return number.asked(lines, words) if said else f"{number.YOURS} {number.asked((), '')}"
        case "hands":
            hand = rock_paper_scissors.chosen(words)
            return rock_paper_scissors.played(told, hand, dice) if hand else f"All right. {rock_paper_scissors.ASK}"
