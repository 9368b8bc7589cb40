"""What a picture shows after a change, in words for painters that take no instructions."""

from __future__ import annotations

import pytest

from visavis_models.changed import LONGEST, changed


@pytest.mark.parametrize(
    ("alt", "request_", "shows", "must_not"),
    [
        ("a cat", "make the sky green", "a cat, the sky green", ""),
        ("a cat", "Make it bigger!", "a cat, bigger", ""),
        ("a cat", "please add a tree.", "a cat, a tree", ""),
        ("a cat", "now, could you make it night?", "a cat, night", ""),
        ("a cat", "put a hat on it", "a cat, a hat on it", ""),
        ("a cat", "in the style of Monet", "a cat, in the style of Monet", ""),
        ("a cat wearing a hat", "remove the hat", "a cat", "the hat"),
        ("a cat and a dog", "take away the dog", "a cat", "the dog"),
        ("a cat", "no clouds", "a cat", "clouds"),
        ("a hat", "get rid of the hat", "a hat", "the hat"),
        ("", "add a tree", "a tree", ""),
        ("a cat", "", "a cat", ""),
    ],
)
def test_a_change(alt: str, request_: str, shows: str, must_not: str) -> None:
    assert changed(alt, request_) == (shows, must_not)


def test_the_newest_words_stay_when_there_are_too_many() -> None:
    alt = "a cat"
    for number in range(60):
        alt, _ = changed(alt, f"add tree {number}")
        assert len(alt) <= LONGEST
    assert alt.startswith("a cat, tree ")
    assert alt.endswith("tree 58, tree 59")
    assert len(changed("a cat", "x" * 1000)[0]) == LONGEST
