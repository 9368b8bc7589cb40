"""Eyes that name, compare or choose an answer: real classes with random weights, loaded by the one setting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis_models.backends.transformers_labels import Answerer
from visavis_models.backends.transformers_pairs import Pairs, load_embedder
from visavis_models.backends.transformers_vision import load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

torch = pytest.importorskip("torch", reason="needs visavis[torch]")
pytest.importorskip("transformers", reason="needs visavis[torch]")

from tests.real import tiny_seeing

PACKS = Packs(ModelSettings().packs)
PICTURE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
OTHER = np.zeros((90, 90, 3), np.uint8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folders: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in folders:
            torch.manual_seed(0)
            folders[kind] = tmp_path_factory.mktemp(kind)
            getattr(tiny_seeing, kind)(folders[kind])
        return folders[kind]

    return of


def eyes(folder: Path, **options: Any) -> Any:
    return load(BackendSettings(backend="transformers", model=str(folder), threads=1, options=options), PACKS)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_pictures_and_words_share_a_space(made: Any, kind: str) -> None:
    """Against the library's own similarity of the two."""
    vision = eyes(made(kind))
    assert isinstance(vision, Pairs)
    embedder = load_embedder(BackendSettings(backend="transformers", model=str(made(kind))), PACKS)
    texts = ["a cat", "two dogs on a sofa", "x" * 500]
    rows, seen = embedder.embed(texts), vision.embed_pictures([PICTURE, OTHER])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-5)
    inputs = vision._processor(
        text=texts, images=[PICTURE, OTHER], padding="max_length" if kind == "siglip" else True, truncation=True,
        max_length=64, return_tensors="pt",
    ).to(vision._model.device, vision._model.dtype)  # fmt: skip
    with torch.inference_mode():
        out = vision._model(**inputs)
    words, shown = (found.float().cpu().numpy() for found in (out.text_embeds, out.image_embeds))
    atol = 1e-4 if vision._model.dtype == torch.float32 else 2e-2
    np.testing.assert_allclose(rows, words / np.linalg.norm(words, axis=1, keepdims=True), atol=atol)
    np.testing.assert_allclose(seen, shown / np.linalg.norm(shown, axis=1, keepdims=True), atol=atol)
    assert embedder.embed([]).shape == vision.embed_pictures([])[:0].shape == (0, rows.shape[1])


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_names_are_found_and_said(made: Any, kind: str, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("teapot\nowl\n\nowl\n")
    vision = eyes(made(kind), names=str(names), form="{}")
    meanings = vision.embed(["a teapot", "an owl"])
    np.testing.assert_allclose(vision._meanings, meanings, atol=1e-5)
    # A picture that lies exactly at a name is called by it.
    vision._last = (lambda: PICTURE, meanings[1])
    vision._model.logit_scale.data.fill_(6.0 if kind == "clip" else 2.0)
    if kind == "siglip":
        vision._model.logit_bias.data.fill_(-6.0)
    assert vision.find(PICTURE)[0].label == "owl"
    assert vision.find(PICTURE)[0].score > 0.3
    scores = vision._scores(meanings[1])
    assert kind == "siglip" or scores.sum() == pytest.approx(1, abs=1e-5)
    vision._last = None
    first = "".join(vision.answer([OTHER, PICTURE], "What is this?"))
    assert first == "".join(vision.answer([PICTURE], "What is this?")) and first.endswith((".", "!"))
    assert len(eyes(made(kind))._names) > 300


def test_vilt_chooses_an_answer(made: Any) -> None:
    vision = eyes(made("vilt"))
    assert isinstance(vision, Answerer)
    inputs = vision._processor(images=PICTURE, text="is it red", return_tensors="pt").to(
        vision._model.device, vision._model.dtype
    )
    with torch.inference_mode():
        best = int(vision._model(**inputs).logits[0].argmax())
    (said,) = vision.answer([PICTURE], "is it red")
    assert tiny_seeing.ANSWERS[best] in said.lower()
    both = "".join(vision.answer([OTHER, PICTURE], "is it red"))
    assert both.startswith("The first: ") and both.endswith(f". The second: {said} ")
    assert list(vision.answer([PICTURE], "is it red " * 200))
    with pytest.raises(ModelError, match="no picture"):
        list(vision.answer([], "is it red"))


@pytest.mark.parametrize(("kind", "beside"), [("visual_bert", "backbone"), ("lxmert", "detector")])
def test_regions_come_from_a_model_beside_it(made: Any, kind: str, beside: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"red": 3, "yes": 0, "no": 1, "two": 2}))
    vision = eyes(made(kind), regions=str(made(beside)), labels=str(labels))
    regions = vision._looking.regions(_pil(PICTURE))
    assert regions.boxes.shape[1] == 4 and 1 < len(regions.boxes) == len(regions.vectors) <= 36
    assert regions.boxes.min() >= 0 and regions.boxes.max() <= 1
    scores = [vision._scores(picture, "what is it") for picture in (PICTURE, OTHER)]
    assert not np.array_equal(*scores)  # the picture reaches the answer
    (said,) = vision.answer([PICTURE], "what is it")
    assert tiny_seeing.ANSWERS[int(scores[0].argmax())] in said.lower()


def test_what_region_models_lack_is_said(made: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"models\.vision\.options\.regions to a detector"):
        eyes(made("visual_bert"))
    with pytest.raises(ModelError, match="32 wide, the model takes 16"):
        eyes(made("visual_bert"), regions=str(made("detector")))
    with pytest.raises(ModelError, match="4 answers have no names"):
        eyes(made("lxmert"), regions=str(made("detector")))
    labels = tmp_path / "labels.txt"
    labels.write_text("yes\nno\n")
    with pytest.raises(ModelError, match="has 2 answers, the model has 4"):
        eyes(made("lxmert"), regions=str(made("detector")), labels=str(labels))
    with pytest.raises(PackMissing, match=r"or set models\.vision\.options\.regions"):
        eyes(made("lxmert"), regions=str(tmp_path))
    with pytest.raises(ModelError, match=r"options\.names.*cannot be read"):
        eyes(made("clip"), names=str(tmp_path / "none"))


def test_a_missing_tokenizer_is_named(made: Any, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "bare"
    shutil.copytree(made("visual_bert"), folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(PackMissing, match=r"no tokenizer.*bert-base-uncased"):
        eyes(folder, regions=str(made("backbone")))


def _pil(picture: Any) -> Any:
    from PIL import Image

    return Image.fromarray(picture)
