"""The embedded painter with its real pictures: what it paints, step by step, and what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.composer import Composer, load
from visavis_models.composer.colour import coloured
from visavis_models.composer.english import COLOURS
from visavis_models.composer.raster import rendered
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Painting
from visavis_models.settings import BackendSettings


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    return load(BackendSettings(backend="composer"), Packs(tmp_path_factory.mktemp("packs")))


def painted(composer: Composer, prompt: str, size: tuple[int, int] = (512, 512)) -> Painting:
    *previews, last = composer.paint(prompt, size)
    assert last.done
    assert not any(preview.done for preview in previews)
    return last


def test_a_picture_grows_thing_by_thing(composer: Composer) -> None:
    paintings = list(composer.paint("three red apples on a table under a big sun, a small cat on the left"))
    assert 4 <= len(paintings) <= 8
    assert [painting.done for painting in paintings] == [False] * (len(paintings) - 1) + [True]
    assert all(a.progress < b.progress for a, b in zip(paintings, paintings[1:], strict=False))
    assert {painting.picture.shape for painting in paintings} == {(512, 512, 3)}
    assert {painting.picture.dtype for painting in paintings} == {np.dtype(np.uint8)}
    changed = [
        (a.picture != b.picture).any(axis=2).mean() for a, b in zip(paintings, paintings[1:], strict=False)
    ]  # each step adds to what is there and keeps the rest
    assert all(0 < share < 0.3 for share in changed)
    assert paintings[-1].alt == "three red apples on a table under a big sun and a small cat on the left"
    assert paintings[-1].note == ""


def test_it_is_always_the_same_picture(composer: Composer) -> None:
    first, second = (painted(composer, "five birds and a forest in the rain").picture for _ in range(2))
    assert np.array_equal(first, second)


def test_it_stops_between_two_things(composer: Composer) -> None:
    steps = composer.paint("twelve cats and twelve dogs")
    assert next(steps).progress == 0.0
    steps.close()
    assert list(steps) == []


def test_what_it_cannot_draw_it_says(composer: Composer) -> None:
    assert painted(composer, "a dishwasher and a flower").note == "I have no picture of a dishwasher."
    near = painted(composer, "a spanner")
    assert near.alt == "a hammer and wrench"
    assert near.note == "I have no picture of a spanner, so I drew a hammer and wrench."
    assert painted(composer, "forty owls").note == "I draw 12 of a kind at most."
    with pytest.raises(ModelError, match=r"^I have no picture of a dishwasher or an escalator\.$"):
        next(composer.paint("a dishwasher and an escalator"))
    with pytest.raises(ModelError, match="could not tell what to draw"):
        next(composer.paint("of the very"))


def test_a_place_alone_is_a_picture(composer: Composer) -> None:
    found = painted(composer, "the beach at sunset")
    assert found.alt == "on the beach at sunset"
    sky, sand = found.picture[10], found.picture[-10]
    assert sky.mean(axis=0)[2] > sky.mean(axis=0)[1]  # violet above
    assert sand.mean(axis=0)[0] > sand.mean(axis=0)[2]  # warm below


@pytest.mark.parametrize("size", [(512, 512), (640, 360), (300, 500), (64, 64), (1, 5000)])
def test_sizes(composer: Composer, size: tuple[int, int]) -> None:
    picture = painted(composer, "a cat under a tree and the sun", size).picture
    assert picture.shape == (min(max(size[1], 64), 1536), min(max(size[0], 64), 1536), 3)


@pytest.mark.parametrize(
    "where",
    ["at night", "at sunset", "in the rain", "in the snow", "in the desert", "on the beach", "on the sea", "under water",
     "in space", "in a room", "on a street", "in a city", "in the forest", "in the garden", "on a blue background",
     "in the city at night", "in the snow at night"],
)  # fmt: skip
def test_every_backdrop_is_drawn(composer: Composer, where: str) -> None:
    picture = painted(composer, f"a dog {where}", (128, 128)).picture
    assert picture.std() > 4
    assert not np.array_equal(picture, painted(composer, "a dog", (128, 128)).picture)


def test_every_picture_can_be_rendered(composer: Composer) -> None:
    for name, svg in composer._pictures.drawings.items():
        pixels = rendered(svg, 24, 24)
        assert pixels.shape == (24, 24, 4), name
        assert (pixels[..., 3] > 0).any(), name


@pytest.mark.parametrize("colour", sorted(COLOURS))
@pytest.mark.parametrize("name", ["cat", "automobile", "elephant", "circle"])
def test_a_drawing_takes_the_colour_that_was_asked_for(composer: Composer, name: str, colour: str) -> None:
    """Its typical pixel comes nearer to the colour, and its outline stays."""
    before = rendered(composer._pictures.drawings[name], 96, 96)
    after = coloured(before, colour)
    assert np.array_equal(before[..., 3], after[..., 3])
    solid = before[..., 3] > 200
    target = np.array(COLOURS[colour])

    def away(pixels: np.ndarray) -> float:
        return float(np.percentile(np.abs(pixels[solid][:, :3] - target).sum(axis=1), 35))

    assert away(after.astype(int)) <= away(before.astype(int)) + 1
    assert away(after.astype(int)) < 210


def test_a_picture_set_that_cannot_be_read(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"\x1f\x8b broken"):
        bad = tmp_path / "pictures.json.gz"
        bad.write_bytes(content)
        with pytest.raises(PackMissing, match="cannot be read"):
            load(BackendSettings(backend="composer", model=str(bad)), Packs(tmp_path))
