"""The bench's cards tell which picture they are, also after an encoder; its signpost chooses a word; its figures count."""

from __future__ import annotations

from dataclasses import replace

import cv2
import pytest

from visavis_client.bench import cards
from visavis_client.bench.frames import Trial, figures
from visavis_client.bench.pointer import Pointer, choose
from visavis_client.picture import FRAMES_A_SECOND


@pytest.mark.parametrize("number", [0, 1, 7, 8, 511, 512, cards.FRAMES - 1])
def test_a_picture_tells_which_it_is(number: int) -> None:
    picture = cards.picture(number)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    assert cards.number_of(cv2.imdecode(data, cv2.IMREAD_COLOR)) == number
    assert cards.number_of(cv2.GaussianBlur(picture, (0, 0), 60)) is None


def test_things_change_every_half_second() -> None:
    shown = [cards.card(n) for n in range(2 * FRAMES_A_SECOND)]
    assert shown[0] == 10
    assert shown[-1] == 13
    assert {shown.count(n) for n in range(10, 14)} <= {7, 8}


@pytest.mark.parametrize(
    ("said", "heard", "word"),
    [
        ("what else is there to do here", "what else is there to do here", "here"),
        ("we like the old house", "we like the old house", "the"),
        ("the dog and the cat", "the dog and the cat", "and"),
        ("read this to me", "read his to me", "to"),
        ("please forgive me my friend", "please the demyth me friend", ""),
        ("one two", "three", ""),
    ],
)
def test_the_word_was_said_and_heard_once(said: str, heard: str, word: str) -> None:
    assert choose(said.split(), heard.split()) == word


def test_the_signpost_looks_once() -> None:
    pointer = Pointer()
    pointer.words = "how about this".split()
    (call,) = pointer.answer([{"role": "user", "content": "How about this?"}])["tool_calls"]
    assert call["function"]["name"] == "look"
    assert pointer.word == "this"
    assert "content" in pointer.answer([{"role": "user", "content": "x"}, {"role": "tool", "content": "A card."}])


def test_the_figures_count_cards() -> None:
    right = Trial("a", "this", 10.0, 10.03, 0, 20, 20, 23, 21, True, 20.0, 1.0)
    wrong = replace(right, word="house", shown_s=9.9, beside=-3, card=19, newest=20, within=True)
    found = figures([right, wrong], 3)
    assert (found["right"], found["right_pointing"], found["within_word"]) == (50.0, 100.0, 100.0)
    assert (found["newest_right"], found["end_right"], found["sentences"]) == (50.0, 0.0, 3)
    assert found["right_anywhere"] == pytest.approx(80.0)  # three pictures of seven and a half, and none
    assert found["skew_p50_ms"] == pytest.approx(65.0)
    assert found["unknown_p50_ms"] == pytest.approx((10 + 120) / 2)
