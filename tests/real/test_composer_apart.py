"""A composed picture taken apart: laid together it is the same, and what belongs together stays together."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agents.painting.moving import MARGIN, alive
from visavis_models.backends.composer import Composer, load
from visavis_models.packs import Packs
from visavis_models.ports import Layer, Layered, Painting
from visavis_models.settings import BackendSettings, ModelSettings

SIZE = (256, 256)


@pytest.fixture(scope="module")
def composer() -> Composer:
    return load(BackendSettings(backend="composer"), Packs(ModelSettings().packs))


def painted(composer: Composer, prompt: str) -> tuple[Painting, list[Layer]]:
    *_, painting = composer.paint(prompt, SIZE)
    return painting, composer.layers(painting, SIZE)


@pytest.mark.parametrize("prompt", ["a cat under a tree at night", "a sailing boat on the sea", "two dogs in the rain"])
def test_laid_together_it_is_the_same_picture(composer: Composer, prompt: str) -> None:
    assert isinstance(composer, Layered)
    painting, layers = painted(composer, prompt)
    assert len(layers) >= 3
    assert layers[0].pixels.shape[:2] == SIZE
    still = [Layer(layer.pixels, layer.x, layer.y) for layer in layers]
    within = round(SIZE[0] * (1 - 1 / MARGIN) / 2)
    whole = alive(still, SIZE)(0.5)
    assert np.abs(whole[::8, ::8].astype(int).mean() - painting.picture[within:-within, within:-within].mean()) < 1.0
    quick = [layer for layer in layers if layer.life != "still"]
    assert quick
    assert np.abs(alive(layers, SIZE)(0.1).astype(int) - alive(layers, SIZE)(0.6)).max() > 50


def test_what_is_worn_moves_with_who_wears_it(composer: Composer) -> None:
    _, bare = painted(composer, "a cat")
    _, hatted = painted(composer, "a cat wearing a hat")
    assert len(hatted) == len(bare)
    assert [layer.life for layer in hatted] == ["still", "still", "hop"]


def test_what_stands_stays_and_what_grows_sways(composer: Composer) -> None:
    lives = {layer.life for layer in painted(composer, "a house beside a tree")[1]}
    assert lives == {"still", "sway"}
    assert "float" in {layer.life for layer in painted(composer, "a fish in the sea")[1]}


def test_what_cannot_be_taken_apart_is_not(composer: Composer) -> None:
    assert painted(composer, "a cat in pixel art")[1] == []
    assert composer.layers(Painting(np.zeros((64, 64, 3), np.uint8), True, 1.0), SIZE) == []
