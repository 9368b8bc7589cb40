"""Eyes of transformers models: real classes with random weights, made on the spot, loaded from a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real import tiny_vision
from visavis_models.backends.transformers_vision import TransformersVision, load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

torch = pytest.importorskip("torch", reason="needs visavis[torch]")
pytest.importorskip("transformers", reason="needs visavis[torch]")
PACKS = Packs(ModelSettings().packs)
PICTURE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
OTHER = np.zeros((90, 90, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            torch.manual_seed(0)
            made[kind] = tmp_path_factory.mktemp(kind)
            getattr(tiny_vision, kind)(made[kind])
        return made[kind]

    return of


def eyes(model: Any, max_tokens: int = 12, **settings: Any) -> TransformersVision:
    options = {"max_tokens": max_tokens, **settings.pop("options", {})}
    chosen = BackendSettings(backend="transformers", model=str(model), options=options, threads=1, **settings)
    return load(chosen, PACKS)


def generating() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "vision-generate"]


@pytest.mark.parametrize("kind", ["llava", "smolvlm", "blip"])
def test_an_answer_comes_from_one_and_several_pictures(folder: Callable[[str], Path], kind: str) -> None:
    vision = eyes(folder(kind))
    assert "".join(vision.answer([PICTURE], "What do you see?")).strip()
    assert "".join(vision.answer([OTHER, PICTURE], "What do you see?")).strip()
    assert not generating()


@pytest.mark.parametrize("kind", ["llava", "smolvlm"])
def test_picture_and_question_reach_the_model(folder: Callable[[str], Path], kind: str) -> None:
    vision = eyes(folder(kind), options={"instructions": "Be kind."})
    one = vision._inputs([PICTURE], "What is red?")
    two = vision._inputs([OTHER, PICTURE], "What is red?")
    text = vision._processor.tokenizer.decode(one["input_ids"][0])
    assert "Be kind.\nWhat is red?" in text
    assert text.endswith("assistant:")
    marks = [(inputs["input_ids"] == 3).sum() for inputs in (one, two)]
    assert marks[1] == 2 * marks[0] > 0
    assert one["pixel_values"].std() > 0


def test_closing_an_answer_ends_the_generation(folder: Callable[[str], Path]) -> None:
    vision = eyes(folder("blip"), max_tokens=400, options={"generate": {"min_new_tokens": 400}})
    for _ in range(2):  # and it can be asked again
        answer = vision.answer([PICTURE], "")
        next(answer)
        assert len(generating()) == 1
        answer.close()
        assert not generating()


def test_a_failing_model_is_an_error_not_an_end(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    vision = eyes(folder("llava"))

    def fail(**_: Any) -> None:
        raise RuntimeError("out of memory\nand more")

    monkeypatch.setattr(vision._model, "generate", fail)
    with pytest.raises(ModelError, match=r"the vision model failed: out of memory$"):
        list(vision.answer([PICTURE], "What?"))
    with pytest.raises(ModelError, match="no picture"):
        list(vision.answer([], "What?"))


def test_a_silent_model_is_given_up(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    vision = eyes(folder("llava"), timeout_s=0.1)
    go = threading.Event()
    monkeypatch.setattr(vision._model, "generate", lambda **_: go.wait(10))
    with pytest.raises(ModelError, match=r"said nothing for 0\.1 s"):
        list(vision.answer([PICTURE], "What?"))
    go.set()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "nobody/no-such-model"}, "visavis models pull"),
        ({"model": ""}, r"models\.vision\.model is empty"),
        ({"dtype": "int8"}, "int8"),
        ({"dtype": "nonsense"}, "unknown"),
        ({"device": "cuda:7"}, "did not load on cuda:7"),
        ({"options": {"max_token": 3}}, r"models\.vision\.options"),
    ],
)
def test_settings_that_cannot_work(folder: Callable[[str], Path], settings: dict[str, Any], message: str) -> None:
    chosen = {"model": str(folder("llava")), **settings}
    with pytest.raises(ModelError, match=message):
        load(BackendSettings(backend="transformers", **chosen), PACKS)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match=str(tmp_path)):
        eyes(tmp_path)


def test_a_model_that_only_speaks(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tiny_vision.tokenizer("<pad>", "<s>", "</s>", "<image>")
    LlamaForCausalLM(LlamaConfig(**tiny_vision.TEXT, vocab_size=len(words))).save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="image-text-to-text"):
        eyes(tmp_path)
