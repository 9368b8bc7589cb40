"""Sentences of our eyes do not turn in circles, and do not hang in the air."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.eyes_say import Floats, Memory, Speaker, again, neutral, whole
from visavis_models.backends.eyes_words import END, MARKS, Vocabulary

A, IN, BLUE, RED, SHIRT = range(5)
JOINTS = frozenset((A, IN))


@pytest.mark.parametrize(
    ("said", "piece", "circles"),
    [
        ((), SHIRT, False),
        ((A, BLUE), SHIRT, False),
        ((A, BLUE, SHIRT, IN, A, RED), SHIRT, False),
        ((BLUE, SHIRT, A, BLUE), SHIRT, True),  # the same two words of content
        ((SHIRT, A, SHIRT, A), SHIRT, True),  # a third time
        ((IN, A, BLUE, IN), A, False),  # joints come again and again
        ((IN, A, BLUE, IN, A), BLUE, True),  # three pieces
    ],
)
def test_what_was_said_is_not_said_again(said: tuple[int, ...], piece: int, circles: bool) -> None:
    assert again(said, piece, JOINTS) is circles


def test_a_sentence_that_was_cut_off_ends_where_it_could() -> None:
    assert whole("a man in a blue shirt is standing on a") == "a man in a blue shirt is standing"
    assert whole("a man in a blue") == "a man in a blue"
    assert whole("is on the") == ""


class Stuck(Speaker):
    """Knows two words, and never comes to an end by itself."""

    def __init__(self, vocabulary: Path) -> None:
        self.words, self._joints = Vocabulary(vocabulary), frozenset[int]()
        self._empty = np.zeros((1, 1, 1, 0, 1), np.float32)
        self._others = dict[int, int]()

    def _step(self, memory: Memory, pieces: np.ndarray, keys: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
        scores = np.full((len(pieces), len(self.words)), -20, np.float32)
        scores[:, len(MARKS) :] = (-0.5, -1.0)
        return scores, keys, values


def test_who_can_only_turn_in_circles_stops(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join((*MARKS, "red", "shirt")))
    memory = Memory(np.zeros(1, np.float32), np.zeros(1, np.float32))
    assert Stuck(tmp_path / "vocab.txt").answer(memory, "red").text == "red red shirt shirt"


@pytest.mark.parametrize(
    ("text", "unsure", "said"),
    [
        ("a man in a red shirt holds his hat", {"man"}, "a person in a red shirt holds their hat"),
        ("a man in a red shirt holds his hat", set[str](), "a man in a red shirt holds his hat"),
        ("two women are walking with a man and her dog", {"women"}, "two people are walking with a man and her dog"),
        ("a man and a woman sit at a table", set[str](), "two people sit at a table"),
        ("a woman and man hold hands", {"man"}, "two people hold hands"),
        ("a snowman", {"man"}, "a snowman"),
        ("", {"man"}, ""),
    ],
)
def test_who_may_be_a_man_or_a_woman_is_a_person(text: str, unsure: set[str], said: str) -> None:
    assert neutral(text, unsure) == said


class Torn(Stuck):
    """Takes whom it sees for a man, a little rather than for a woman."""

    def __init__(self, vocabulary: Path, rather: float) -> None:
        super().__init__(vocabulary)
        self._others, self._rather = {len(MARKS): len(MARKS) + 1}, rather

    def _step(self, memory: Memory, pieces: np.ndarray, keys: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
        scores = np.full((len(pieces), len(self.words)), -20, np.float32)
        scores[:, END if pieces[0, -1] == len(MARKS) else len(MARKS)] = -0.1
        scores[:, len(MARKS) + 1] = -0.1 - self._rather
        return scores, keys, values


@pytest.mark.parametrize(("rather", "said"), [(0.5, "person"), (3.0, "man")])
def test_only_descriptions_leave_open_who_it_is(tmp_path: Path, rather: float, said: str) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join((*MARKS, "man", "woman")))
    memory, torn = Memory(np.zeros(1, np.float32), np.zeros(1, np.float32)), Torn(tmp_path / "vocab.txt", rather)
    assert torn.describe(memory)[0].text == said
    assert torn.answer(memory, "man").text == "man"  # the user's own word, or "is it a man or a woman?"
