"""The brush before any network: what a request comes to, options, the canvas and its patches."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.brush import COLOURS, STYLES, enlarged, options_of
from visavis_models.backends.brush_canvas import Canvas, Patches, mixture
from visavis_models.backends.brush_graph import Weights, packed
from visavis_models.backends.brush_scene import area_of, begun, going_on, phrase_of
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


def test_patches_give_back_what_they_keep() -> None:
    random = np.random.default_rng(1)
    whole, _ = np.linalg.qr(random.normal(size=(48, 48)))
    weights = {"canvas.mean": random.normal(size=48), "canvas.basis": whole, "canvas.scale": np.linspace(2, 0.5, 48)}
    patches = Patches(Weights({**weights, "channels": np.array([16]), "heads": np.array(8)}), "canvas")
    picture = random.random((32, 48, 3), np.float32)
    assert patches.code(picture).shape == (48, 8, 12)
    assert np.allclose(patches.picture(patches.code(picture)), picture, atol=1e-4)


def test_a_thing_lies_where_it_was_placed() -> None:
    canvas = Canvas(np.zeros((64, 128, 3), np.float32), 2)
    thing, free = np.ones((64, 64, 4), np.float32), np.ones((2, 16, 16), np.float32)
    canvas.lay(thing, free, 64, 0, 64, False)
    canvas.lay(thing * [0, 0, 0, 1], 2 * free, 96, 32, 8, True)  # a small black one in front
    assert canvas.picture[:, :63].max() == 0
    assert canvas.picture[5:30, 70:120].min() == 1
    assert canvas.picture[34:38, 98:102].max() == 0
    canvas.lay(thing, free, -500, 900, 40, False)  # outside is nothing
    assert canvas.picture.shape == (64, 128, 3)


def test_a_square_of_a_sketch_is_round_its_area(pictures: Pictures) -> None:
    (placed,) = lay_out(begun("a big red car", pictures).scene, 1.0)
    x, y, side = area_of(placed, 96)
    assert side > placed.area.width * 96
    assert x + side / 2 == pytest.approx((placed.area.x + placed.area.width / 2) * 96)
    assert y + side / 2 == pytest.approx((placed.area.y + placed.area.height / 2) * 96)


def test_noise_is_left_out_and_the_picture_kept() -> None:
    wrong = np.array([0.06, 0.7], np.float32)
    assert np.allclose(mixture(1.0, wrong), [[0, 0], [1, 1], wrong])  # only noise: the canvas is all that is known
    assert np.allclose(mixture(1e-5, wrong), [[1, 1], [0, 0], [0, 0]], atol=1e-3)


def test_rows_are_packed_to_a_hundredth() -> None:
    kernel = np.random.default_rng(2).normal(size=(6, 4, 3, 3)).astype(np.float32)
    whole, scale = packed(kernel)
    assert np.abs(whole * scale.astype(np.float32)[:, None, None, None] - kernel).max() < 0.02
    with pytest.raises(PackMissing, match="no sketch"):
        Weights({"channels": np.array([16]), "heads": np.array(8)}).array("sketch.layers.0.bias")


def test_enlarging_keeps_edges_and_colours() -> None:
    small = np.zeros((64, 64, 3), np.float32)
    small[:, 32:] = 0.8
    made = enlarged(small, 256, 256)
    assert made.shape == (256, 256, 3)
    assert {0, 204} >= set(np.unique(made[:, :120])) | set(np.unique(made[:, 136:]))


def test_colours_and_styles_are_those_learned() -> None:
    pytest.importorskip("torch", reason="training needs visavis[train]")
    from visavis_models.training import brush_pictures

    assert (brush_pictures.COLOURS, brush_pictures.STYLES) == (COLOURS, STYLES)
