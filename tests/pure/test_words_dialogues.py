"""The dialogues that the adapter is trained on: many, whole, spoken, and kept apart from those it is tested on."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from visavis_models.training.words_dialogues import SHARES, dialogues, families


def test_the_same_for_the_same_seed() -> None:
    assert list(islice(dialogues(3, held_out=False), 50)) == list(islice(dialogues(3, held_out=False), 50))
    assert list(islice(dialogues(3, held_out=False), 50)) != list(islice(dialogues(4, held_out=False), 50))


def test_every_theme_has_families_to_learn_from_and_to_test_on() -> None:
    known = families()
    assert {each.theme for each in known} == set(SHARES)
    for theme in SHARES:
        assert {each.held_out for each in known if each.theme == theme} == {False, True}, theme


@pytest.mark.parametrize("held_out", [False, True])
def test_spoken(held_out: bool) -> None:
    for dialogue in islice(dialogues(1, held_out), 3000):
        turns = [turn for turn in dialogue.turns if turn.role != "fact"]
        assert turns[0].role == "user"
        assert turns[-1].role == "assistant"
        assert any(turn.learned for turn in turns)
        for turn in turns:
            assert not re.search(r"[][{}|*#_~<>^$]|\ba [aeio]|^[a-z]", turn.text if turn.role == "assistant" else ""), (
                turn
            )
            assert "{" not in turn.text
            if turn.role == "assistant":
                assert turn.text.isprintable()
                assert 1 <= len(turn.text.split()) <= 60


def test_thousands_that_differ() -> None:
    made = {dialogue.turns for dialogue in islice(dialogues(1, held_out=False), 3000)}
    assert len(made) > 2500
