"""No dialogue that the adapter learns from asks what the questions ask by which it is judged."""

from __future__ import annotations

import re
import tomllib
from itertools import islice
from pathlib import Path

import pytest

from visavis_models.training import words_dialogues
from visavis_models.training.words_dialogues import anchors, dialogues

ALIKE = 0.75  # shared words of all words that say something, from which two questions are twins
PLAIN = frozenset(
    "a an the i you is are do does to of in on and it my me your for what what's how who it's i'm can be that this "
    "please um so well okay hey oh vis at with will".split()
)
HERE = Path(__file__).parents[1]


def questions() -> list[str]:
    """What is asked last; what was said before it is only the way there."""
    sixty = tomllib.loads((HERE / "questions" / "sixty.toml").read_text("utf-8"))["question"]
    ours = tomllib.loads((Path(words_dialogues.__file__).parent / "questions.toml").read_text("utf-8"))["role"]
    return [each["say"] for each in sixty] + [each["talk"][-1] for role in ours.values() for each in role]


def telling(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[^a-z' ]", "", text.lower()).split()) - PLAIN


@pytest.mark.parametrize("held_out", [False, True])
def test_no_twins(held_out: bool) -> None:
    asked = {telling(each): each for each in questions() if len(telling(each)) > 1}
    learned = {
        turn.text
        for dialogue in (*islice(dialogues(5, held_out), 6000), *anchors())
        for turn, answer in zip(dialogue.turns, dialogue.turns[1:], strict=False)
        if turn.role == "user" and answer.learned
    }
    twins = {
        (text, question)
        for text in learned
        for words, question in asked.items()
        if len(words & telling(text)) >= ALIKE * len(words | telling(text))
    }
    assert not twins
