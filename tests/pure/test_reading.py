"""Long text read aloud: the order of lines and columns, pieces, and where the listener is by what was heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from visavis_agents.history import Line
from visavis_agents.plain import plain
from visavis_agents.seeing.closely import read_closely
from visavis_agents.seeing.columns import in_order
from visavis_agents.seeing.reading import ALL, AT_ONCE, GO_ON, PIECE, Text, asked, refused
from visavis_models.ports import Box, Found


def lines(*texts: str, x: float = 0.1, y: float = 0.1, w: float = 0.8, step: float = 0.04) -> list[Found]:
    return [
        Found("text", text, 0.95, Box(x, y + n * step, w * len(text) / max(map(len, texts)), 0.03))
        for n, text in enumerate(texts)
    ]


STORY = lines(
    "The museum is open from ten in the morning",
    "until six in the evening. On Mondays it is",
    "closed. Children under six years pay noth-",
    "ing. Bags and umbrellas must be left at the",
    "desk. Please do not touch the paintings, as",
    "they are old. The restaurant on the second",
    "floor serves soup and cake. A lift is behind",
    "the stairs. We wish you a pleasant visit and",
    "hope to see you again soon in our house.",
)


def said(*texts: str) -> list[Line]:
    return [line for text in texts for line in (Line("user", "and?"), Line("assistant", text))]


def test_a_paragraph_is_read_by_sentences_and_not_by_lines() -> None:
    text = Text.of(STORY)
    assert " ".join(text.words[:18]).startswith("The museum is open from ten in the morning until six in the evening.")
    assert "nothing." in text.words  # a word that was divided is whole again
    assert not any(word.endswith(",") and word != "paintings," for word in text.words)


def test_long_text_comes_in_pieces_that_together_are_all_of_it() -> None:
    text = Text.of(STORY)
    heard, told = [text.first()], said(text.first())
    assert heard[0].startswith("It says: The museum")
    assert heard[0].endswith(GO_ON)
    while heard[-1].endswith(GO_ON):
        heard.append(text.answer("next", told))
        told += said(heard[-1])
    joined = " ".join(piece.removeprefix("It says: ").removesuffix(GO_ON).strip() for piece in heard)
    assert joined.split() == list(text.words)
    assert text.answer("next", told) == ALL
    assert all(len(piece.split()) <= AT_ONCE + 4 for piece in heard)


def test_short_text_is_read_at_once() -> None:
    assert Text.of(lines("EXIT", "Push to open")).first() == "It says: EXIT. Push to open."


def test_a_reading_that_was_cut_goes_on_with_the_sentence_that_was_cut() -> None:
    text = Text.of(STORY)
    told = said("It says: The museum is open from ten in the morning until six in the evening. On Mondays it")
    assert text.answer("next", told).startswith("On Mondays it is closed.")
    assert text.answer("again", told) == text.piece(0)
    assert text.answer("spell", told) == "it: I, T."


def test_again_is_the_same_piece_and_the_start_the_first_one() -> None:
    text = Text.of(STORY)
    second = text.answer("next", said(text.first()))
    told = said(text.first(), second)
    assert text.answer("again", told) == second
    assert text.answer("start", told) == text.first()
    assert text.answer("spell", told) == "house: H, O, U, S, E."
    assert text.answer("left", said(text.first())) == f"About 40 words are left. {GO_ON}"


def test_what_was_said_in_between_changes_nothing() -> None:
    text = Text.of(STORY)
    told = said(text.first(), "It is ten past four.")
    place = text.place(told)
    assert place is not None
    assert not place.newest
    assert text.answer("next", told) == text.answer("next", said(text.first()))
    assert asked("again", place, "It is ten past four.") is None  # that is repeated then
    assert text.place(said("It is ten past four.")) is None


@pytest.mark.parametrize(
    ("words", "before", "what"),
    [
        ("Go on.", "", "next"),
        ("Yes, please.", GO_ON, "next"),
        ("Yes.", "It is four.", None),
        ("Read on", "", "next"),
        ("Continue", "", "next"),
        ("Again, please.", "", "again"),
        ("Say that again.", "", "again"),
        ("Read it once more.", "", "again"),
        ("Read this.", GO_ON, None),  # another page
        ("Spell the last word.", "", "spell"),
        ("Start over", "", "start"),
        ("From the beginning, please", "", "start"),
        ("How much is left?", "", "left"),
        ("What time is it?", GO_ON, None),
        ("Tell me more about birds", GO_ON, None),
    ],
)
def test_what_is_asked_of_a_reading(words: str, before: str, what: str | None) -> None:
    text = Text.of(STORY)
    assert asked(plain(words), text.place(said(text.first())), before) == what
    assert asked(plain(words), None, before) is None


def test_a_no_ends_it() -> None:
    assert refused(plain("No, thank you."), f"it. {GO_ON}")
    assert not refused("no", "Is it you?")


LEFT = lines("The first column tells of", "the sea and of the ships", "that went to the north.", x=0.05, w=0.4, y=0.2)
RIGHT = lines("The second column tells of", "the land and the people", "who stayed at home then.", x=0.55, w=0.4, y=0.2)


def test_columns_are_read_one_after_the_other_below_their_heading() -> None:
    heading = Found("text", "News of the day", 0.9, Box(0.2, 0.05, 0.6, 0.06))
    foot = Found("text", "Page 3 of the evening paper, price two pounds", 0.9, Box(0.1, 0.6, 0.8, 0.03))
    mixed = [*LEFT, foot, *RIGHT, heading]
    ordered = [
        line.label
        for block in in_order(sorted(mixed, key=lambda line: line.box.y if line.box else 0))
        for line in block
    ]
    assert ordered == [heading.label, *(line.label for line in (*LEFT, *RIGHT)), foot.label]


def test_a_price_list_is_read_row_by_row() -> None:
    menu = []
    for n, (dish, price) in enumerate([("Coffee", "2.50"), ("Tea", "1.80"), ("Apple pie", "3.20"), ("Soup", "4.00")]):
        menu.append(Found("text", dish, 0.9, Box(0.1, 0.1 + 0.1 * n, 0.3, 0.05)))
        menu.append(Found("text", price, 0.9, Box(0.7, 0.102 + 0.1 * n, 0.1, 0.05)))
    assert Text.of(menu).words == tuple("Coffee, 2.50. Tea, 1.80. Apple pie, 3.20. Soup, 4.00.".split())


BOXES = st.builds(Box, *(st.floats(0, 1) for _ in range(4)))
FOUND = st.builds(
    Found, st.just("text"), st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.just(0.9), BOXES
)


@given(st.lists(FOUND, max_size=25))
def test_nothing_is_lost_or_said_twice_and_every_reading_ends(found: list[Found]) -> None:
    text = Text.of(found)
    assert len(text.words) <= sum(len(line.label.split()) for line in found)
    start, steps = 0, 0
    while text.piece(start).endswith(GO_ON) and text.words:
        end = text._end(start)
        assert start < end <= start + PIECE + 2 * PIECE
        assert end in text.stops
        start, steps = end, steps + 1
    assert steps <= len(text.words)


class Reader:
    """Finds two lines in a wide picture, and all in a part of it."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def read(self, picture: np.ndarray) -> tuple[Found, ...]:
        self.sizes.append((picture.shape[1], picture.shape[0]))
        whole = picture.shape[1] > 1500
        found = (
            [Found("text", "one line", 0.9, Box(0.4, 0.5, 0.2, 0.02))]
            if whole
            else lines("one line", "and another one")
        )
        return tuple(found)


def test_small_print_in_a_large_picture_is_looked_at_twice() -> None:
    reader = Reader()
    found = read_closely(reader, np.zeros((1440, 1920, 3), np.uint8))
    assert [line.label for line in found] == ["one line", "and another one"]
    wide, high = reader.sizes[1]
    assert wide < 1920 * 0.4
    assert high > 1440 * 0.1  # the lines beside what was found
    assert all(line.box and 0.3 < line.box.x < 0.6 and 0.4 < line.box.y < 0.6 for line in found)
    reader = Reader()
    read_closely(reader, np.zeros((1080, 1440, 3), np.uint8))
    assert reader.sizes == [(1440, 1080)]
