"""Requests to draw, read: what is on the picture, where, and what nobody has a picture of."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from hypothesis import given, settings, strategies as st

from visavis_models.composer.assemble import ANYTHING, MOST_PICTURES, MOST_THINGS, read_request
from visavis_models.composer.english import COLOURS, MOST, SIZES, counted, listed, plural, singulars
from visavis_models.composer.pictures import load_pictures
from visavis_models.composer.scene import Scene, told

with as_file(files("visavis_models.composer").joinpath("pictures.json.gz")) as path:
    PICTURES = load_pictures(path)


def read(request: str) -> Scene:
    return read_request(request, PICTURES.names, PICTURES.near)


def counts(scene: Scene) -> dict[str, int]:
    return {thing.subject.name: thing.count for thing in scene.things}


def test_counts_colours_sizes_and_relations() -> None:
    scene = read("Draw three red apples on a table under a big sun, a small cat on the left.")
    apples, table, sun, cat = scene.things
    assert (apples.count, apples.subject.name, apples.colour) == (3, "red-apple", "")  # a name of its own: red apple
    assert apples.relations[0].link == "on"
    assert scene.things[apples.relations[0].to] is table
    assert scene.things[table.relations[0].to] is sun
    assert sun.scale > 1 > cat.scale
    assert cat.spots == {"left"}
    assert scene.backdrop == "day"
    assert told(scene) == "three red apples on a table under a big sun and a small cat on the left"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("please draw me a picture of a cat", "a cat"),
        ("can you paint an elephant for me?", "an elephant"),
        ("3 dogs and 1 mouse", "three dogs and a mouse"),
        ("mice and geese", "three mice and three geese"),
        ("a couple of sheep, a dozen eggs", "two sheep and twelve eggs"),
        ("two red and three blue balls", "two red balls and three blue balls"),
        ("an orange cat next to an orange", "an orange cat next to an orange"),
        ("a cat wearing a top hat", "a cat with a top hat"),
        ("a girl with a red balloon", "a girl with a red balloon"),
        ("a robot holding a flower", "a robot with a flower"),
        ("a basket full of apples", "a basket with three apples in it"),
        ("a tree with a bird on it", "a tree with a bird on it"),
        ("a house, and next to it a tree", "a house and a tree next to the house"),
        ("a dog between a tree and a house", "a dog between a tree and a house"),
        ("an orange and a banana on a table", "an orange and a banana on a table"),
        ("under the tree a rabbit", "a tree and a rabbit under the tree"),
        ("a boat on the sea at sunset", "a boat on the sea at sunset"),
        ("a snowman in the snow at night", "a snowman in the snow at night"),
        ("on the left a cat and on the right a dog", "a cat on the left and a dog on the right"),
        ("a cat on a chair next to a dog", "a cat on a chair next to a dog"),
        ("a red and white boat", "a white boat on the sea"),
        ("the sun and the moon", "the sun and the moon"),
    ],
)
def test_what_is_on_the_picture_in_words(request_: str, said: str) -> None:
    assert told(read(request_)) == said


@pytest.mark.parametrize(
    ("request_", "backdrop", "light"),
    [
        ("a red apple", "paper", "day"),
        ("a cat", "day", "day"),
        ("a rocket and two planets", "space", "day"),
        ("five fish", "underwater", "day"),
        ("a whale and a boat", "sea", "day"),
        ("a fish under the sea", "underwater", "day"),
        ("a lion in the desert", "desert", "day"),
        ("stars", "day", "night"),
        ("a car", "street", "day"),
        ("a cat in the kitchen", "room", "day"),
        ("a clock on the wall", "room", "day"),
        ("a frog in the rain", "day", "rain"),
        ("a bear in the woods", "forest", "day"),
        ("a black cat on a white background", "paper", "day"),
        ("the beach at sunset", "beach", "sunset"),
    ],
)
def test_where_it_is_set(request_: str, backdrop: str, light: str) -> None:
    scene = read(request_)
    assert (scene.backdrop, scene.light) == (backdrop, light)


@pytest.mark.parametrize(
    ("request_", "unknown", "things"),
    [
        ("a dishwasher", ("a dishwasher",), {}),
        ("a washing machine and a flower", ("a washing machine",), {"flower": 1}),
        ("two blenders, an escalator and a cat", ("blenders", "an escalator"), {"cat": 1}),
        ("a fluffy happy little dog sitting quietly", (), {"dog": 1}),
        ("a snow leopard", (), {"leopard": 1}),
    ],
)
def test_what_it_has_no_picture_of(request_: str, unknown: tuple[str, ...], things: dict[str, int]) -> None:
    scene = read(request_)
    assert scene.unknown == unknown
    assert counts(scene) == things


def test_a_keyword_leads_to_a_near_picture_and_is_told() -> None:
    (thing,) = read("a spanner").things
    assert (thing.subject.name, thing.near, thing.said) == ("hammer-and-wrench", "spanner", "hammer and wrench")


def test_something_is_drawn_when_nothing_was_named() -> None:
    assert counts(read("draw something")) == counts(read("surprise me")) == counts(read(ANYTHING))
    assert len(read("").things) > 3


def test_bounds() -> None:
    assert counts(read("a million cats")) == {"cat": MOST}
    assert read("a million cats").capped
    crowd = read(", ".join(["twelve cats", "twelve dogs", "twelve cows", "twelve pigs", "twelve ducks", "two owls"]))
    assert sum(thing.count for thing in crowd.things) <= MOST_PICTURES
    assert all(thing.count for thing in crowd.things)
    assert len(read(" and ".join(["a cat"] * 100)).things) <= MOST_THINGS


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cat", "cats"),
        ("mouse", "mice"),
        ("cherry", "cherries"),
        ("box", "boxes"),
        ("wolf", "wolves"),
        ("sheep", "sheep"),
        ("cup of coffee", "cups of coffee"),
        ("toy", "toys"),
        ("christmas tree", "christmas trees"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
    assert counted(2, one) == f"two {many}"
    if " " not in one and one != many:
        assert one in singulars(many)


def test_lists() -> None:
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


WORDS = sorted(
    {*list(PICTURES.names)[::9], *COLOURS, *SIZES, *list(PICTURES.near)[::40], "on", "under", "next to", "between", "in",
     "the", "a", "two", "and", ",", "with", "it", "them", "full of", "wearing", "sea", "night", "on the left", "of",
     "at the top", "behind", "blorp", "12", "0", "99999999999", "wall", "sky"}
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_request_is_read_and_told(request_: str) -> None:
    """Relations point at things that are there and never run in a circle."""
    scene = read(request_)
    assert scene == read(request_)
    for number, thing in enumerate(scene.things):
        assert 1 <= thing.count <= MOST
        assert all(0 <= relation.to < len(scene.things) and relation.to != number for relation in thing.relations)
    assert isinstance(told(scene), str)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    told(read(text))
