"""The measure of painters: the requests it uses, and its rules on pictures whose truth is known."""

from __future__ import annotations

from importlib.resources import as_file, files

import cv2
import numpy as np
import pytest

from visavis_models.composer.pictures import load_pictures
from visavis_models.ports import Picture
from visavis_models.training.brush_eval import read_prompts
from visavis_models.training.brush_parts import Part, has_colour, has_setting, is_placed, parts

with as_file(files("visavis_models.composer").joinpath("pictures.json.gz")) as path:
    PICTURES = load_pictures(path)


@pytest.mark.parametrize(("kind", "number"), [("prompt", 64), ("fresh", 24)])
def test_requests_speak_of_pictures_that_there_are(kind: str, number: int) -> None:
    prompts = read_prompts(kind)
    assert len({prompt.say for prompt in prompts}) == number
    for prompt in prompts:
        for thing in prompt.things:
            assert set(thing.split("|")) & PICTURES.drawings.keys(), thing
        spoken_of = {
            *prompt.colours,
            *prompt.counts,
            *(name for one, _, *host in prompt.where for name in (one, *host)),
        }
        assert spoken_of <= set(prompt.things), prompt.say


def meadow(*balls: tuple[int, int, int, tuple[int, int, int]]) -> Picture:
    """Sky over grass with balls: x, y, radius, colour."""
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:150], picture[150:] = (150, 205, 245), (120, 185, 80)
    for x, y, radius, colour in balls:
        cv2.circle(picture, (x, y), radius, colour, -1, cv2.LINE_AA)
    return picture


def test_parts_are_what_stands_out_from_sky_and_grass() -> None:
    assert parts(meadow()) == []
    picture = meadow((60, 170, 30, (220, 30, 30)), (180, 80, 20, (40, 60, 220)))
    red, blue = parts(picture)
    assert red.middle == pytest.approx((60 / 256, 170 / 256), abs=0.02)
    assert has_colour(picture, red.shown, "red") and not has_colour(picture, red.shown, "blue")
    assert has_colour(picture, blue.shown, "blue")
    assert is_placed("left", red, blue) and is_placed("above", blue, red) and not is_placed("right", red, blue)
    assert is_placed("smaller", blue, red) and not is_placed("left", red, red)
    assert is_placed("top", blue, None) and not is_placed("right", red, None)


@pytest.mark.parametrize(
    ("setting", "colour"),
    [("night", (20, 30, 60)), ("sunset", (220, 130, 130)), ("snow", (240, 245, 250)), ("underwater", (50, 140, 200)),
     ("grey", (120, 120, 120))],
)  # fmt: skip
def test_settings_are_seen_by_colour(setting: str, colour: tuple[int, int, int]) -> None:
    assert has_setting(np.full((64, 64, 3), colour, np.uint8), setting)
    if setting != "grey":
        assert not has_setting(meadow(), setting)


def test_a_link_without_a_rule_is_an_error() -> None:
    part = Part((0.0, 0.0, 0.5, 0.5), np.ones((4, 4), bool))
    with pytest.raises(ValueError, match="no rule"):
        is_placed("around", part, Part((0.5, 0.5, 1.0, 1.0), np.ones((4, 4), bool)))
    with pytest.raises(ValueError, match="no rule"):
        has_setting(meadow(), "spring")
