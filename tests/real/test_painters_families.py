"""Every family of diffusers pipelines, on a pipeline of the real class: it paints, stops at once, and changes pictures."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real.tiny_painter import save_pipeline
from visavis_models.backends.diffusers_painter import DiffusersPainter, load
from visavis_models.backends.diffusers_weights import stored
from visavis_models.backends.latents import fitted
from visavis_models.backends.strokes import Strokes
from visavis_models.changed import ANEW
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Editor, Painting
from visavis_models.settings import BackendSettings

BEFORE = Painting(np.full((48, 64, 3), (200, 90, 30), np.uint8), True, 1.0, "a cat")
NOWHERE = Packs(Path("nowhere"))

# (kind, steps and guidance when nothing is set, how it changes a picture, frames)
FAMILIES = [
    ("stable diffusion", 30, 7.5, "from it", 0),
    ("turbo", 2, 0.0, "from it", 0),
    ("lcm", 4, 8.0, "from it", 0),
    ("sdxl", 30, 5.0, "from it", 0),
    ("sd3", 28, 7.0, "from it", 0),
    ("flux schnell", 4, 0.0, "from it", 0),
    ("flux dev", 28, 3.5, "from it", 0),
    ("pixart", 20, 4.5, "anew", 0),
    ("kontext", 28, 2.5, "told", 0),
    ("text to video", 25, 9.0, "anew", 2),
    ("animatediff", 25, 7.5, "anew", 2),
    ("cogvideox", 50, 6.0, "anew", 9),
    ("wan", 50, 5.0, "anew", 5),
    ("ltx", 50, 3.0, "anew", 9),
]


def painter(folder: str, kind: str, **options: Any) -> DiffusersPainter:
    if kind == "pixart":
        options["use_resolution_binning"] = False
    return load(BackendSettings(backend="diffusers", model=folder, options=options), NOWHERE)


def denoiser(brush: DiffusersPainter) -> Any:
    return getattr(brush._pipeline, "unet", None) or brush._pipeline.transformer


@pytest.mark.parametrize(("kind", "steps", "guidance", "changes", "frames"), FAMILIES, ids=lambda value: str(value))
def test_a_family(kind: str, steps: int, guidance: float, changes: str, frames: int, tmp_path: Path) -> None:
    folder = save_pipeline(tmp_path, kind=kind)
    family = stored(BackendSettings(backend="diffusers", model=folder), NOWHERE).family
    assert (family.steps, family.guidance, family.instructed, bool(family.frames)) == (
        steps, guidance, changes == "told", bool(frames),
    )  # fmt: skip
    brush = painter(folder, kind, steps=3, size=64, seed=1, **({"frames": frames} if frames else {}))
    assert isinstance(brush, Editor)
    assert brush.pixels == (changes != "anew")
    fitted(brush._pipeline)  # previews have the colours of this autoencoder

    *previews, last = brush.paint("a cat")
    assert [round(preview.progress, 2) for preview in previews] == [0.33, 0.67]
    assert all(max(preview.picture.shape) == 256 and preview.picture.std() > 0 for preview in previews)
    assert (last.done, last.alt, last.picture.dtype, last.picture.shape[1], len(last.frames)) == (
        True, "a cat", np.uint8, 64, frames,
    )  # fmt: skip
    assert all(frame.shape == last.picture.shape for frame in last.frames)
    assert bool(last.fps) == bool(frames)

    passes = 2 if kind == "wan" else 1  # of the network in a step: with the prompt and without it
    assert passes_when_stopped_in(brush, passes + 1) == passes + 1

    *_, last = brush.edit(BEFORE, "make the sky green")
    assert (last.alt, last.note) == ("a cat, the sky green", ANEW if changes == "anew" else "")
    assert last.picture.shape == (64, 64, 3)
    if changes == "from it":
        assert type(brush._changing).__name__.endswith("Img2ImgPipeline")
        assert brush._changing.components["vae"] is brush._pipeline.vae


def passes_when_stopped_in(brush: DiffusersPainter, last: int) -> int:
    """Stop it while its network is in pass `last`; how many it has begun when it is closed."""
    begun: list[int] = []
    inside, stopped = threading.Event(), threading.Event()

    def begin(*_: Any) -> None:
        begun.append(1)
        if len(begun) == last:
            inside.set()
            assert stopped.wait(60)

    handle = denoiser(brush).register_forward_pre_hook(begin)
    strokes = brush.paint("a cat")
    assert isinstance(strokes, Strokes)
    next(strokes)
    assert inside.wait(60)
    strokes.stop()
    stopped.set()
    with pytest.raises(ModelError, match="stopped"):
        list(strokes)
    handle.remove()
    assert not [thread for thread in threading.enumerate() if thread.name == "painting"]
    return len(begun)


def test_a_painter_that_only_changes_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brush = painter(save_pipeline(tmp_path, kind="instruct pix2pix"), "instruct pix2pix", steps=2, negative="fog")
    with pytest.raises(ModelError, match="choose another") as raised:
        list(brush.paint("a cat"))
    assert raised.value.spoken == "My painter can only change pictures. Show me one first."
    asked: dict[str, Any] = {}
    made = brush._made
    monkeypatch.setattr(brush, "_made", lambda pipeline, call, *rest: asked.update(call) or made(pipeline, call, *rest))
    *_, last = brush.edit(BEFORE, "make the sky green")
    assert (last.alt, last.note, last.picture.shape) == ("a cat, the sky green", "", (64, 64, 3))
    assert (asked["prompt"], asked["negative_prompt"], asked["image"].size) == ("make the sky green", "fog", (64, 64))


def test_how_much_of_a_picture_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change runs as many steps as a new picture, and what is to go away is what must not be there."""
    brush = painter(save_pipeline(tmp_path), "stable diffusion", steps=2, strength=0.25, seed=3)
    asked: dict[str, Any] = {}
    made = brush._made
    monkeypatch.setattr(brush, "_made", lambda pipeline, call, *rest: asked.update(call) or made(pipeline, call, *rest))
    *previews, little = brush.edit(BEFORE, "remove the hat")
    assert len(previews) == 1
    assert (asked["num_inference_steps"], asked["strength"]) == (8, 0.25)
    assert (asked["prompt"], asked["negative_prompt"]) == ("a cat", "the hat")
    *_, much = painter(str(tmp_path), "stable diffusion", steps=2, strength=1.0, seed=3).edit(BEFORE, "remove the hat")
    assert not np.array_equal(little.picture, much.picture)
