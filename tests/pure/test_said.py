"""Text on its way to a voice: cleaned, cut, and its words found again in what was spoken."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from visavis_models.said import FIRST_PIECE, LONGEST_PIECE, owners, pieces, speakable

LONG = (
    "Boil some water, pour it over the tea, and wait for three minutes, then enjoy it with a friend who likes tea "
    "and who knows how to make a cake and never stops talking about the weather in the north."
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello there.", "Hello there."),
        ("**Bold**, `code` and _this_.", "Bold , code and this ."),
        ("See [the page](https://example.com/x).", "See the page."),
        ("See https://www.example.com/a?b=c, please.", "See example.com, please."),
        ("Mail me@example.com.", "Mail me@example.com."),
        ("# Title\n- one\n- two", "Title. one. two"),
        ("A smile 🙂 and 20 °C.", "A smile and 20 °C."),
        ("5 - 3 = 2", "5 - 3 = 2"),
        ("1234567890123", "1 2 3 4 5 6 7 8 9 0 1 2 3"),
        ("a\x00b\u200bc", "a b c"),
        ("🙂", ""),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_what_is_said(text: str, said: str) -> None:
    assert speakable(text) == said


@given(st.text())
def test_any_text_can_be_said(text: str) -> None:
    said = speakable(text)
    assert said == " ".join(said.split())
    assert all(len(word) <= 60 for word in said.split())
    assert "".join("".join(pieces(said)).split()) == "".join(said.split())
    assert all(0 < len(piece) <= LONGEST_PIECE * 1.25 for piece in pieces(said))


def test_a_short_text_is_one_piece_a_sentence() -> None:
    assert pieces("Hello there. How are you?") == ["Hello there.", "How are you?"]
    assert pieces("Dr. Smith met J. Brown, i.e. me.") == ["Dr. Smith met J. Brown, i.e. me."]
    assert pieces("It is 3.5 degrees.") == ["It is 3.5 degrees."]
    assert pieces("") == []


def test_a_long_text_begins_with_a_short_piece() -> None:
    first, *rest = pieces(LONG)
    assert first == "Boil some water, pour it over the tea, and wait for three minutes,"
    assert len(first) <= FIRST_PIECE + 20
    assert " ".join([first, *rest]) == LONG


def test_a_sentence_without_clauses_is_cut_at_a_joint() -> None:
    text = "She walked all the way home through the rain and the wind because the last bus had left the station early"
    assert pieces(text)[0].endswith(("wind", "rain"))


@pytest.mark.parametrize(
    ("written", "spoken", "owned"),
    [
        ("Hello there.", "Hello there.", ["Hello", "there."]),
        ("It costs $5 now", "It costs five dollars now", ["It", "costs", "five dollars", "now"]),
        ("$5 million more", "5 million dollars more", ["5", "million dollars", "more"]),
        ("at 3:30 pm.", "at three thirty P.M.", ["at", "three thirty", "P.M."]),
        ("you — know", "you know", ["you", "", "know"]),
        ("10 km", "ten kilometers", ["ten", "kilometers"]),
    ],
)
def test_written_words_own_spoken_ones(written: str, spoken: str, owned: list[str]) -> None:
    words = spoken.split()
    found = [" ".join(words[share.start : share.stop]) for share in owners(written.split(), words)]
    assert found == owned


@given(st.lists(st.text("abc1.", min_size=1, max_size=3)), st.lists(st.text("abc1.", min_size=1, max_size=3)))
def test_every_spoken_word_has_one_owner(written: list[str], spoken: list[str]) -> None:
    shares = owners(written, spoken)
    assert len(shares) == len(written)
    if written:
        assert [index for share in shares for index in share] == list(range(len(spoken)))
        assert shares[0].start == 0
