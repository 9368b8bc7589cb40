"""Sentences of our eyes do not turn in circles, and do not hang in the air."""

from __future__ import annotations

import pytest

from visavis_models.backends.eyes_say import again, whole

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
