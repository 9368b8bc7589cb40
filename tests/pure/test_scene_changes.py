"""Requests to change a picture: what is read, and what becomes of the scene."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from hypothesis import given, settings, strategies as st

from visavis_models.composer.assemble import MOST_PICTURES, MOST_THINGS, read_request
from visavis_models.composer.changes import Change, read_changes
from visavis_models.composer.edited import Edited, edited
from visavis_models.composer.english import MOST
from visavis_models.composer.pictures import load_pictures
from visavis_models.composer.scene import Scene, told

with as_file(files("visavis_models.composer").joinpath("pictures.json.gz")) as path:
    PICTURES = load_pictures(path)


def read(request: str) -> Scene:
    return read_request(request, PICTURES.names, PICTURES.near)


def changed(scene: Scene, *requests: str) -> Edited:
    made = Edited(scene, ())
    for request in requests:
        changes = [change for change in read_changes(request) if change.verb != "undo"]
        made = edited(made.scene, made.focus, changes, PICTURES.names, PICTURES.near)
    return made


@pytest.mark.parametrize(
    ("request_", "changes"),
    [
        ("Make it bigger.", [Change("become", "it", "bigger")]),
        ("could you add a tree please?", [Change("add", "a tree")]),
        ("undo that", [Change("undo")]),
        ("go back", [Change("undo")]),
        ("make the cat bigger and the dog smaller", [Change("become", "the cat", "bigger"),
                                                     Change("become", "the dog", "smaller")]),
        ("make the cat and the dog bigger", [Change("become", "the cat and the dog", "bigger")]),
        ("add a tree and make it night", [Change("add", "a tree"), Change("set", "it", "night")]),
        ("add a red ball and a blue ball", [Change("add", "a red ball and a blue ball")]),
        ("take the hat off the cat", [Change("remove", "the hat")]),
        ("two more cats", [Change("more", "cats", "two")]),
        ("turn the dog around", [Change("turn", "the dog")]),
        ("turn the dog into a cat", [Change("become", "the dog", "a cat")]),
        ("three cats instead of the dog", [Change("become", "the dog", "three cats")]),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_to_be_changed(request_: str, changes: list[Change]) -> None:
    assert read_changes(request_) == changes


@pytest.mark.parametrize(
    ("first", "requests", "said"),
    [
        ("a cat", ["make it bigger"], "a big cat"),
        ("a cat and a house", ["make the house bigger"], "a cat and a big house"),
        ("a cat", ["add a tree"], "a cat and a tree"),
        ("a cat and a dog", ["make it night"], "a cat and a dog at night"),
        ("a cat and a dog", ["remove the dog"], "a cat"),
        ("a cat", ["two more cats"], "three cats"),
        ("a cat", ["add a dog", "another one"], "a cat and two dogs"),
        ("three cats", ["remove one of the cats"], "two cats"),
        ("a cat and a house", ["move the house to the left"], "a cat and a house on the left"),
        ("a cat and a dog", ["give the dog a hat"], "a cat and a dog with a hat"),
        ("a boy", ["give him a red balloon"], "a boy with a red balloon"),
        ("a cat", ["put it in a forest"], "a cat in a forest"),
        ("a cat", ["put it on a table"], "a cat on a table"),
        ("a cat and a table", ["put the cat on the table"], "a cat on a table"),
        ("a cat on a table", ["put the cat under the table"], "a cat under a table"),
        ("a cat on a table", ["put the table on the cat"], "a cat with a table on it"),
        ("a cat", ["turn the cat into a dog"], "a dog"),
        ("two red balls and a dog", ["make the balls blue"], "two blue balls and a dog"),
        ("a red ball and a blue ball", ["remove the red ball"], "a blue ball"),
        ("a cat and a dog", ["only the dog"], "a dog"),
        ("a cat", ["make it three cats"], "three cats"),
        ("a cat", ["make it snow"], "a cat in the snow"),
        ("a cat at night", ["make it day"], "a cat"),
        ("a cat wearing a hat", ["remove the cat and add a dog"], "a dog"),
        ("a cat", ["put a hat on the cat"], "a cat with a hat"),
        ("a cat and a tree", ["add a bird in the tree"], "a cat and a tree with a bird in it"),
        ("a cat", ["make it bigger and red"], "a big red cat"),
    ],
)
def test_what_becomes_of_it(first: str, requests: list[str], said: str) -> None:
    made = changed(read(first), *requests)
    assert told(made.scene) == said
    assert (made.done, made.notes) == (True, ())


@pytest.mark.parametrize(
    ("request_", "note"),
    [
        ("remove the elephant", "There is no elephant in the picture."),
        ("add a dishwasher", "I have no picture of a dishwasher."),
        ("make the elephant bigger", "There is no elephant in the picture."),
        ("turn it into a dishwasher", "I have no picture of a dishwasher."),
    ],
)
def test_what_cannot_be_done_is_said(request_: str, note: str) -> None:
    scene = read("a cat and a tree")
    made = changed(scene, request_)
    assert (made.scene, made.notes, made.done) == (scene, (note,), False)


def test_colours_of_sky_and_ground() -> None:
    scene = changed(read("a cat and a tree"), "make the sky green and the grass purple").scene
    assert (scene.sky, scene.ground) == ("green", "purple")
    assert changed(scene, "make it night").scene.sky == ""


WORDS = [
    *("make add remove put move give turn two more another undo take bigger smaller red night snow forest left up"
      " the a it them everything on under next to of in and , with into only cat cats dog tree house hat table sky"
      " instead replace no one all").split(),
]  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(
        ["a cat", "three dogs on a table", "a boy with a hat", "an apple and a pear", "the beach at sunset"]
    ),
    st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), max_size=4),
)
def test_any_change_leaves_a_scene_that_can_be_drawn(first: str, requests: list[str]) -> None:
    made = changed(read(first), *requests)
    things = made.scene.things
    assert len(things) <= MOST_THINGS
    assert sum(thing.count for thing in things) <= MOST_PICTURES
    assert all(number < len(things) for number in made.focus)
    for number, thing in enumerate(things):
        assert 1 <= thing.count <= MOST
        seen = {number}
        while things[number].relations:
            number = things[number].relations[0].to
            assert number not in seen
            seen.add(number)
    assert isinstance(told(made.scene), str)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    changed(read("a cat"), text)
