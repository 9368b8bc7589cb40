"""Rock, paper, scissors. Where the game stands is read off what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

ASK = "Rock, paper or scissors?"  # ends a round; what is said after it is the user's hand
_BEATS = {"rock": "scissors", "scissors": "paper", "paper": "rock"}
_HOW = {"rock": "Rock breaks scissors", "scissors": "Scissors cut paper", "paper": "Paper wraps rock"}
_HAND = re.compile(r"\b(rock|stone|paper|scissors?)\b")


def chosen(words: str) -> str:
    """rock, paper, scissors, or empty for none or several. words: plain ones."""
    found = {{"stone": "rock", "scissor": "scissors"}.get(hand, hand) for hand in _HAND.findall(words)}
    return found.pop() if len(found) == 1 else ""


def played(said: Sequence[str], hand: str, dice: Random) -> str:
    """said: what the assistant said so far, oldest first."""
    mine = dice.choice(tuple(_BEATS))
    wins = [sum(mark in line for line in said) for mark in ("so you win", "so I win")]
    if mine == hand:
        return f"I have {mine}, too. {ASK}"
    you = _BEATS[hand] == mine
    wins[not you] += 1
    winner, how = ("you", _HOW[hand]) if you else ("I", _HOW[mine])
    score = (
        f"{wins[0]} to {wins[1]} for you"
        if wins[0] > wins[1]
        else f"{wins[1]} to {wins[0]} for me"
        if wins[1] > wins[0]
        else f"{wins[0]} all"
    )
    return f"I have {mine}. {how}, so {winner} win. That makes {score}. {ASK}"
