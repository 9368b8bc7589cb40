"""Stills that move: where the camera looks, how layers pass each other, how one picture becomes the next."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from visavis_agents.painting.gallery import Work
from visavis_agents.painting.moving import alive, eased, film, over, way
from visavis_agents.painting.studio import Studio, fitted, framed
from visavis_models.clip_file import GENERATED, WebM, filmed, gif
from visavis_models.ports import Layer, Painting


def grid(width: int = 64, height: int = 48) -> np.ndarray:
    """Every pixel says where it is: red its column, green its row, and there is no black."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.dstack([40 + 3 * columns, 40 + 3 * rows, np.full_like(rows, 255)]).astype(np.uint8)


@pytest.mark.parametrize("number", range(4))
def test_a_camera_goes_evenly_and_never_beyond_the_border(number: int) -> None:
    shot = over(grid(), way(number))
    seen = [shot(n / 60).astype(float) for n in range(61)]
    assert all(picture.shape == (48, 64, 3) and picture[..., 2].min() > 250 for picture in seen)
    steps = [np.abs(b - a).max() for a, b in zip(seen, seen[1:], strict=False)]
    assert 0 < max(steps) < 3 * 1.5  # never more than a pixel and a half at once
    assert np.abs(seen[-1] - seen[0]).max() > 5


def test_what_is_easy_begins_and_ends_slowly() -> None:
    assert [eased(at) for at in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert eased(0.1) < 0.1 < 0.9 < eased(0.9)


def test_pictures_of_a_film_fade_into_each_other() -> None:
    black, grey, white = (np.full((8, 8, 3), level, np.uint8) for level in (0, 128, 255))
    levels = [int(p.mean()) for p in film([lambda _, p=p: p for p in (black, grey, white)], 101)]
    assert (levels[0], levels[50], levels[100]) == (0, 128, 255)
    assert levels == sorted(levels)
    assert max(b - a for a, b in zip(levels, levels[1:], strict=False)) < 25
    assert len(list(film([lambda _: black], 7))) == 7


def test_near_layers_pass_far_ones_and_keep_their_colour() -> None:
    backdrop = np.dstack([np.full((60, 60, 3), 200, np.uint8), np.full((60, 60), 255, np.uint8)])
    red = np.zeros((10, 10, 4), np.uint8)
    red[2:8, 2:8] = (255, 0, 0, 255)
    layers = [Layer(backdrop, 0, 0), Layer(red, 0.2, 0.2, depth=0.2), Layer(red, 0.6, 0.6, depth=1.0)]

    def places(time: float) -> list[float]:
        picture = alive(layers, (60, 60))(time).astype(int)
        lit = (picture[..., 0] - picture[..., 1]) > 120
        assert picture.min(axis=2)[~lit].min() > 60  # no black edge round a layer
        return [float(np.nonzero(part)[1].mean()) for part in (lit[:30], lit[30:])]

    far, near = (b - a for a, b in zip(places(0), places(1), strict=True))
    assert near < far < 0
    assert near == pytest.approx(5 * far, rel=0.3)


@pytest.mark.parametrize("life", ["still", "sway", "hop", "float", "drift"])
def test_every_life_is_smooth_also_at_the_border(life: str) -> None:
    backdrop = np.full((60, 60, 4), 255, np.uint8)
    thing = np.zeros((30, 20, 4), np.uint8)
    thing[..., 3] = 255
    for x, y in ((0.4, 0.4), (-0.2, 0.8), (0.9, -0.3), (2.0, 2.0)):
        shot = alive([Layer(backdrop, 0, 0), Layer(thing, x, y, 0.5, life)], (60, 60))
        seen = [shot(n / 120).astype(float) for n in range(121)]
        assert max(np.abs(b - a).mean() for a, b in zip(seen, seen[1:], strict=False)) < 4


def test_files_can_be_played_and_say_that_they_were_generated() -> None:
    pictures = list(film([over(grid(), way(0))], 10))
    webm = WebM((64, 48), 10, "a grid")
    for picture in pictures:
        webm.add(picture)
    for data in (webm.close(), gif(pictures, 10)):
        file = av.open(io.BytesIO(data))
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert len(frames) == 10
        assert frames[0].shape == (48, 64, 3)
        assert np.abs(frames[5].astype(int) - pictures[5]).mean() < 12
        assert GENERATED.encode() in data


def test_a_painters_own_clip_is_filmed() -> None:
    frames = tuple(film([over(grid(), way(0))], 24))
    files = filmed(Painting(frames[12], True, 1.0, frames=frames, fps=24.0), "a grid")
    counts = {form: sum(1 for _ in av.open(io.BytesIO(data)).decode(video=0)) for form, data in files.items()}
    assert counts == {"webm": 24, "gif": 12}
    odd = filmed(Painting(grid(65, 47), True, 1.0, frames=(grid(65, 47),), fps=0.2), "one")
    assert next(av.open(io.BytesIO(odd["webm"])).decode(video=0)).width == 64


class Layers:
    """A painter whose pictures can be taken apart."""

    def layers(self, painting: Painting, size: tuple[int, int]) -> list[Layer]:
        self.asked = size
        return [Layer(np.full((size[1], size[0], 4), 255, np.uint8), 0, 0)]


def drawn(number: int) -> Work:
    from visavis_agents.painting.drawing import encode_picture

    return Work(number, 0.0, "a grid", {"png": encode_picture(grid(70, 51), ".png")})


def test_a_clip_in_steps() -> None:
    painter = Layers()
    studio = Studio([drawn(1)], Painting(grid(70, 51), True, 1.0), painter, "a grid")
    assert studio.poster().startswith(b"\xff\xd8")
    assert painter.asked == (70, 52)
    assert [studio.step() for _ in range(12)] == [False] * 11 + [True]
    files = studio.files()
    studio.close()
    assert list(files) == ["webm", "gif"]
    assert sum(1 for _ in av.open(io.BytesIO(files["webm"])).decode(video=0)) == 120
    assert sum(1 for _ in av.open(io.BytesIO(files["gif"])).decode(video=0)) == 60


def test_a_film_that_is_stopped_leaves_nothing() -> None:
    studio = Studio([drawn(1), drawn(2)], None, object(), "a film")
    studio.poster()
    assert not studio.step()
    studio.close()
    studio.close()
    unopened = Studio([drawn(1)], None, object(), "")
    unopened.close()


def test_pictures_of_other_shapes_fill_the_frame() -> None:
    assert fitted(grid(1001, 333), 512).shape == (170, 512, 3)
    assert fitted(grid(3, 3), 512).shape == (4, 4, 3)
    for width, height in ((100, 20), (20, 100), (7, 7), (500, 500)):
        assert framed(grid(width, height), 64, 48).shape == (48, 64, 3)
