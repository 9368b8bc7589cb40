"""Scenes laid out: everything on the canvas, nothing hidden that should be seen, wishes kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from tests.pure.test_scene import PICTURES, WORDS, read
from visavis_models.composer.layout import lay_out
from visavis_models.composer.placed import Placed
from visavis_models.composer.scatter import Area


def laid(request: str, aspect: float = 1.0) -> list[Placed]:
    return lay_out(read(request), aspect)


def areas(placed: list[Placed], name: str) -> list[Area]:
    return [picture.area for picture in placed if picture.subject.name == name and picture.rim == 1.0]


def area(request: str, *names: str) -> list[Area]:
    placed = laid(request)
    return [areas(placed, name)[0] for name in names]


def middle(found: Area) -> float:
    return found.x + found.width / 2


def foot(found: Area) -> float:
    return found.y + found.height


def hidden(one: Area, other: Area) -> float:
    """The part of the smaller that both cover."""
    return one.overlap(other) / min(one.width * one.height, other.width * other.height)


@pytest.mark.parametrize(
    "request_",
    [
        "a cat",
        "twelve apples",
        "twelve stars at night",
        "twelve birds in the sky and a house",
        "three red apples on a table under a big sun, a small cat on the left",
        "a house, a tree, a cat, two flowers, a cloud and the sun",
        "two trees, a house, a car, a dog, a cat, a man, a woman, a bird, the sun and three clouds",
        "an octopus, two crabs, five fish and a turtle under water",
        "a rocket, two planets, an alien and the earth in space",
        "a red circle above a blue square",
        "a pizza, a burger, an ice cream, a cup of coffee, a banana and a donut",
        "a lighthouse by the sea with a ship and three clouds",
        "a crab, a sandcastle, a palm tree and a boat on the beach",
    ],
)
@pytest.mark.parametrize("aspect", [1.0, 1.6, 0.6])
def test_all_is_on_the_canvas_and_nothing_covers_another(request_: str, aspect: float) -> None:
    scene = read(request_)
    placed = lay_out(scene, aspect)
    assert len(placed) == sum(thing.count for thing in scene.things)
    for picture in placed:
        found = picture.area
        assert found.x > -0.02
        assert found.x + found.width < aspect + 0.02
        assert found.y > -0.02
        assert foot(found) < 1.02
        assert max(found.width, found.height) > 0.03
    worst = max((hidden(a.area, b.area) for a in placed for b in placed if a is not b), default=0)
    assert worst < 0.45, worst


def test_relations_are_seen() -> None:
    apple, table = area("an apple on a table", "red-apple", "table")
    assert abs(foot(apple) - table.y) < 0.05
    assert table.x < middle(apple) < table.x + table.width
    cat, dog = area("a cat to the left of a dog", "cat", "dog")
    assert cat.x + cat.width <= dog.x
    cat, dog = area("a cat to the right of a dog", "cat", "dog")
    assert dog.x + dog.width <= cat.x
    dog, tree, house = area("a dog between a tree and a house", "dog", "deciduous-tree", "house")
    assert middle(tree) < middle(dog) < middle(house)
    circle, square = area("a red circle above a blue square", "circle", "square")
    assert foot(circle) <= square.y
    circle, square = area("a red circle under a blue square", "circle", "square")
    assert foot(square) <= circle.y
    present, table = area("a present under a table", "wrapped-gift", "table")
    assert present.y > table.y
    assert table.x < middle(present) < table.x + table.width
    hat, cat = area("a cat wearing a top hat", "top-hat", "cat")
    assert hat.y < cat.y < foot(hat)


def test_wishes_of_place_are_kept() -> None:
    dog, cat = area("a dog on the right and a cat on the left", "dog", "cat")
    assert middle(cat) < 0.4 < 0.6 < middle(dog)
    (heart,) = area("a heart on the right", "red-heart")
    assert middle(heart) > 0.55
    star, moon = area("a star in the top left corner and the moon on the right at night", "star", "crescent-moon")
    assert middle(star) < 0.4
    assert star.y < 0.25
    assert middle(moon) > 0.6


def test_sizes_are_as_in_life_and_as_wished() -> None:
    ant, giraffe = area("an ant and a giraffe", "ant", "giraffe")
    assert giraffe.height > 3 * ant.height
    placed = laid("a big dog and a small dog")
    large, small = sorted((picture.area for picture in placed), key=lambda found: -found.height)
    assert large.height > 1.8 * small.height


def test_a_container_is_drawn_again_in_front_of_what_it_holds() -> None:
    placed = laid("a cat in a bucket")
    assert [picture.subject.name for picture in placed] == ["bucket", "cat", "bucket"]
    assert placed[2].rim < 1


def test_what_stands_before_is_drawn_after() -> None:
    names = [picture.subject.name for picture in laid("a car in front of a house with a tree behind it and a mountain")]
    assert names == ["mountain", "deciduous-tree", "house", "automobile"]


def test_two_look_at_each_other() -> None:
    placed = laid("a cat on the left and a dog on the right")
    assert {picture.subject.name: picture.flip for picture in placed} == {"cat": True, "dog": False}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), st.sampled_from([0.5, 1.0, 2.0]))
def test_any_scene_can_be_laid_out(request_: str, aspect: float) -> None:
    scene = read(request_)
    placed = lay_out(scene, aspect)
    assert placed == lay_out(scene, aspect)
    assert len(placed) >= len([thing for thing in scene.things if thing.subject.name != "crown"])
    for picture in placed:
        assert picture.area.width > 0
        assert picture.area.height > 0
        assert picture.subject.name in PICTURES.drawings
        assert -0.6 < middle(picture.area) < aspect + 0.6
