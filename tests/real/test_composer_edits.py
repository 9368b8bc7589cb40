"""The embedded painter changes what it has painted, gives it as SVG, and finds pictures by meaning."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from visavis_models.backends.composer import Composer, load
from visavis_models.composer.raster import rendered
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Editor, Painting
from visavis_models.settings import BackendSettings, ModelSettings

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def composer() -> Composer:
    return load(BackendSettings(backend="composer"), Packs(ModelSettings().packs))


def painted(composer: Composer, prompt: str) -> Painting:
    return [*composer.paint(prompt, (256, 256))][-1]


def changed(composer: Composer, before: Painting, *requests: str) -> Painting:
    for request in requests:
        *_, before = composer.edit(before, request)
        assert before.done
    return before


def test_changes_go_on_from_the_last_picture_and_are_undone(composer: Composer) -> None:
    assert isinstance(composer, Editor)
    first = painted(composer, "a cat and a house")
    night = changed(composer, first, "make the cat bigger", "add a tree", "make it night")
    assert night.alt == "a big cat, a house and a tree at night"
    assert night.picture.shape == first.picture.shape
    assert night.picture.mean() < first.picture.mean() * 0.7
    back = changed(composer, night, "undo that", "undo that", "go back")
    assert back.alt == first.alt
    assert np.array_equal(back.picture, first.picture)
    with pytest.raises(ModelError, match="nothing to undo"):
        changed(composer, back, "undo")


def test_a_thing_that_is_made_bigger_is_drawn_bigger(composer: Composer) -> None:
    for prompt in ("a cat", "an elephant", "a ladybug"):
        small = changed(composer, painted(composer, prompt), "make it smaller")
        usual = changed(composer, small, "make it bigger")
        big = changed(composer, usual, "make it bigger")
        assert 1.15 * _drawn(small.svg) < 1.07 * _drawn(usual.svg) < _drawn(big.svg)


def _drawn(svg: str) -> float:
    """How high the first thing is, in thousandths of the canvas."""
    return max(float(match[1]) for match in re.finditer(r'<use href="#p0"[^>]* height="([\d.]+)"', svg))


def test_what_cannot_be_changed_is_said_kindly(composer: Composer) -> None:
    cat = painted(composer, "a cat")
    assert changed(composer, cat, "add a tree and a dishwasher").note == "I have no picture of a dishwasher."
    for request, words in (
        ("remove the dog", "There is no dog in the picture."),
        ("", "I could not tell what to change"),
        ("as an oil painting", "I can't do oil painting."),
    ):
        with pytest.raises(ModelError, match=words):
            changed(composer, cat, request)


def test_a_picture_without_its_plan_is_drawn_from_its_words(composer: Composer) -> None:
    cat = painted(composer, "a cat")
    assert changed(composer, Painting(cat.picture, True, 1.0, cat.alt), "add a dog").alt == "a cat and a dog"
    with pytest.raises(ModelError, match="lost the plan"):
        changed(composer, Painting(cat.picture, True, 1.0), "add a dog")


@pytest.mark.parametrize(
    "prompt",
    ["a red ball and a blue ball", "three red apples in a basket on a table", "a cat wearing a hat at night",
     "a boat on the sea at sunset", "a pencil drawing of a horse", "a watercolour of tulips & <things>",
     "a black and white picture of a car in the rain", "an astronaut on the moon", "a house in pixel art"],
)  # fmt: skip
def test_the_svg_is_the_same_picture_in_one_clean_file(composer: Composer, prompt: str) -> None:
    painting = painted(composer, prompt)
    root = ElementTree.fromstring(painting.svg)
    assert root.findtext(f"{SVG}title") == painting.alt
    assert "compositeSynthetic" in painting.svg and "Noto Emoji" in painting.svg
    names = re.findall(r'\bid="([^"]+)"', painting.svg)
    assert len(names) == len(set(names))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', painting.svg))
    assert used <= set(names)
    assert not re.search(r'<(?:script|image|foreignObject|style)|(?:href|src)="(?!#)', painting.svg)
    assert len(painting.svg) < 200_000
    height, width = painting.picture.shape[:2]
    pixels = rendered(painting.svg, width, height)[..., :3].astype(int)
    away = np.abs(pixels - painting.picture).mean()
    assert away < (14 if "watercolour" in prompt else 4)  # its grain depends on the measure it is drawn in


def test_styles(composer: Composer) -> None:
    plain, grey, pencil, pixels = (
        painted(composer, f"a rose and a house {style}").picture.astype(int)
        for style in ("", "in black and white", "as a pencil sketch", "in pixel art")
    )
    assert np.ptp(grey, axis=2).max() <= 1 < np.ptp(plain, axis=2).max()
    assert np.median(pencil) > 215
    assert (pixels[0::4, 0::4] == pixels[3::4, 3::4]).all()


def test_colours_of_sky_and_ground(composer: Composer) -> None:
    made = changed(composer, painted(composer, "a cat"), "make the sky green and the grass purple")
    red, green, blue = made.picture[60, 10].astype(int)
    assert green > red + 40 and green > blue + 40
    red, green, blue = made.picture[-5, 10].astype(int)
    assert blue > green + 40 and red > green + 20


def test_pictures_are_found_by_meaning_and_that_is_said(composer: Composer) -> None:
    cello = painted(composer, "a cello")
    assert cello.alt == "a violin"
    assert cello.note == "I have no picture of a cello, so I drew a violin."
    assert changed(composer, cello, "add a cat", "remove the cello").alt == "a cat"
    fire = painted(composer, "a vehicle for putting out fires")
    assert (fire.alt, fire.note) == ("a fire truck on a street", "")
    for lookalike in ("a trampoline", "a hammock", "a gooseberry"):  # tram, hamper, goose
        assert not re.search("tram|hamper|goose(?!berry)", _said(composer, lookalike))


def _said(composer: Composer, prompt: str) -> str:
    try:
        return painted(composer, prompt).alt
    except ModelError:
        return ""


def test_without_minilm_it_only_knows_names(tmp_path: pytest.TempPathFactory) -> None:
    bare = load(BackendSettings(backend="composer"), Packs(tmp_path))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="I have no picture of a cello"):
        painted(bare, "a cello")
