"""The brush before any network: what a request comes to, options, the canvas, and the sums of the flow."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.brush import levels_of, nearer, options_of
from visavis_models.backends.brush_canvas import background, cleared, composed, enlarged, over
from visavis_models.backends.brush_flow import COLOURS, LAST, mixture
from visavis_models.backends.brush_graph import Weights, packed
from visavis_models.backends.brush_scene import begun, going_on, phrase_of
from visavis_models.composer.layout import lay_out
from visavis_models.composer.pictures import Pictures, load_pictures
from visavis_models.errors import ModelError, PackMissing

PICTURES = Path(__file__).parents[2] / "models/visavis_models/composer/pictures.json.gz"


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return load_pictures(PICTURES)


def test_things_without_a_drawing_are_painted_by_their_name(pictures: Pictures) -> None:
    sheet = begun("a purple dishwasher next to a black cat", pictures)
    asked = [phrase_of(placed, COLOURS) for placed in lay_out(sheet.scene, 1.0)]
    assert sorted(asked) == [("cat", "black"), ("dishwasher", "purple")]
    assert not sheet.scene.unknown


@pytest.mark.parametrize("request_", ["", "   ", "?!", "the of and", "\x00\x01"])
def test_nothing_to_paint_is_said(pictures: Pictures, request_: str) -> None:
    with contextlib.suppress(ModelError):
        assert begun(request_, pictures).scene.things  # as for "draw something"


def test_hostile_requests_stay_small(pictures: Pictures) -> None:
    for request in ("cat " * 5000, "<script>alert(1)</script>", "🐈" * 500, "nine hundred million dogs", "a" * 10_000):
        try:
            placed = lay_out(begun(request, pictures).scene, 1.0)
        except ModelError:
            continue
        assert len(placed) <= 48
        assert all(len(phrase_of(each, COLOURS)[0]) < 80 for each in placed)


def test_changes_go_on_from_the_sheet_and_can_be_undone(pictures: Pictures) -> None:
    first = begun("a cat and a zeppelin", pictures)
    second, _ = going_on(first, "", "make the zeppelin red", pictures)
    assert {thing.subject.name: thing.colour for thing in second.scene.things} == {"cat": "", "zeppelin": "red"}
    third, _ = going_on(second, "", "undo that", pictures)
    assert third.scene == first.scene
    told, _ = going_on(None, "a dog", "make it blue", pictures)
    assert [(thing.subject.name, thing.colour) for thing in told.scene.things] == [("dog", "blue")]
    with pytest.raises(ModelError, match="nothing to undo"):
        going_on(first, "", "undo", pictures)
    with pytest.raises(ModelError, match="could not tell what"):
        going_on(first, "", "", pictures)


def test_options_are_checked() -> None:
    assert options_of({"steps": 4, "seed": 3, "style": "twemoji"}).steps == 4
    for wrong in ({"steps": 0}, {"steps": True}, {"seed": "x"}, {"style": "oil"}, {"guidance": 2}):
        with pytest.raises(ModelError, match=r"models\.painter\.options"):
            options_of(wrong)


def test_a_thing_lies_where_it_was_placed(pictures: Pictures) -> None:
    scene = begun("a car on the left", pictures).scene
    placed = lay_out(scene, 1.0)
    thing = np.zeros((128, 128, 4), np.float32)
    thing[40:90, 20:110] = (1, 0, 1, 1)  # a colour that no background has
    ground = background(scene, 128, 128)
    made = composed(scene, placed, [thing] * len(placed), ground)
    rows, columns = np.nonzero((made == (255, 0, 255)).all(2))
    area = placed[0].area
    assert columns.min() >= area.x * 128 - 2 and columns.max() <= (area.x + area.width) * 128 + 2
    assert abs(rows.max() - (area.y + area.height) * 128) < 3  # it stands on the area's foot
    assert np.array_equal(composed(scene, [], [], ground), np.asarray(np.clip(ground + 0.5, 0, 255), np.uint8))


def test_outside_of_the_canvas_is_nothing() -> None:
    canvas = np.zeros((64, 128, 3), np.float32)
    for x, y in ((-500, 900), (128, 0), (0, -40)):
        over(canvas, np.ones((40, 40, 4), np.float32), x, y)
    assert not canvas.any()
    over(canvas, np.ones((40, 40, 4), np.float32), -30, 50)
    assert (canvas[50:, :10] == 255).all() and not canvas[:50].any() and not canvas[:, 10:].any()


def test_fog_is_cleared_and_what_is_solid_stays() -> None:
    thing = np.full((8, 8, 4), 0.05, np.float32)
    thing[2:6, 2:6] = (0.5, 0.2, 0.1, 0.98)
    made = cleared(thing)
    assert not made[:2].any()
    assert np.allclose(made[3, 3], (0.5 / 0.98, 0.2 / 0.98, 0.1 / 0.98, 1), atol=1e-3)


def test_noise_is_left_out_and_the_picture_kept() -> None:
    assert np.allclose(mixture(1.0), (0, 1, 0.25))  # only noise: the sketch is all that is known
    assert np.allclose(mixture(1e-5), (1, 0, 0), atol=1e-3)


def test_levels_come_down_to_the_picture() -> None:
    assert levels_of(1) == [1, 0]
    for steps in (2, 3, 10):
        levels = levels_of(steps)
        assert len(levels) == steps + 1
        assert levels == sorted(levels, reverse=True)
        assert (levels[0], levels[-2:]) == (1, [pytest.approx(LAST), 0])


def test_names_are_moved_to_the_nearest_that_was_learned() -> None:
    known = np.array([[1, 0], [0, 1]], np.float32)
    asked = np.array([[0.8, 0.6], [0.1, 0.9]], np.float32)
    assert np.allclose(nearer(asked, known, 1.0), known)
    assert np.allclose(nearer(asked, known, 0.0), asked)


def test_rows_are_packed_to_a_hundredth() -> None:
    kernel = np.random.default_rng(2).normal(size=(6, 4, 3, 3)).astype(np.float32)
    whole, scale = packed(kernel)
    assert np.abs(whole * scale.astype(np.float32)[:, None, None, None] - kernel).max() < 0.02
    with pytest.raises(PackMissing, match="no memory"):
        Weights({"shape.memory": np.array(16)}).array("memory.first.bias")


def test_enlarging_keeps_edges_and_colours() -> None:
    small = np.zeros((64, 64, 3), np.float32)
    small[:, 32:] = 0.8
    made = enlarged(small, 256, 256)
    assert made.shape == (256, 256, 3)
    assert np.allclose(made[:, :120], 0, atol=1e-3) and np.allclose(made[:, 136:], 0.8, atol=1e-3)
