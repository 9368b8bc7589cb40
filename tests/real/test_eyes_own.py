"""Our own eyes on their shipped weights: what they say of photos, how they join words, and what bounds them."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from visavis_models.backends import efficientnet, eyes as own, minilm
from visavis_models.backends.eyes_cells import as_published, cells, shrunk, with_depths
from visavis_models.backends.eyes_pooled import Chance
from visavis_models.backends.eyes_say import Memory, Speaker, Told
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Picture
from visavis_models.settings import BackendSettings, ModelSettings

PACKS = Packs(ModelSettings().packs)
PICTURES = Path(__file__).parents[1] / "pictures"


@pytest.fixture(scope="module")
def eyes() -> own.Eyes:
    return own.load(BackendSettings(backend="eyes"), PACKS)


def photo(name: str) -> Picture:
    return np.ascontiguousarray(cv2.imread(str(PICTURES / f"{name}.jpg"))[..., ::-1])


def said(eyes: own.Eyes, picture: Picture, question: str) -> str:
    return "".join(eyes.answer([picture], question))


def test_the_files_are_those_of_the_catalogue() -> None:
    assert PACKS.changed(PACKS.known["eyes"]) == []
    assert PACKS.known["eyes"].size < 40e6


@pytest.mark.parametrize("name", ["china", "flower"])
@pytest.mark.parametrize(
    "question", ["What do you see?", "What is this?", "Is there a dog?", "How many people are there?"]
)
def test_answers_are_spoken_sentences(eyes: own.Eyes, name: str, question: str) -> None:
    answer = said(eyes, photo(name), question)
    assert re.fullmatch(r"[A-Z][a-zA-Z0-9' ,.?-]{2,200}[.?]", answer), answer
    assert answer == said(eyes, photo(name), question)


def test_what_a_picture_cannot_tell_is_not_told(eyes: own.Eyes) -> None:
    for question in ("What is his name?", "What time is it there?", "How much does it cost?"):
        assert said(eyes, photo("china"), question) == "I can't tell."


class Says:
    """In a decoder's place."""

    def __init__(self, text: str, belief: float) -> None:
        self._told = Told(text, belief, belief)

    def describe(self, memory: Memory) -> list[Told]:
        return [self._told]

    def answer(self, memory: Memory, question: str) -> Told:
        return self._told


@pytest.mark.parametrize(
    ("question", "text", "belief", "spoken"),
    [
        ("What do you see?", "a dog runs", -0.5, "A dog runs."),
        ("What do you see?", "a dog runs", -0.8, "It looks like a dog runs."),
        ("What do you see?", "a dog runs", -1.2, "I see a dog."),
        ("What do you see?", "a cat runs", -0.5, "I see a dog."),  # no cat is there
        ("Where is this?", "it's in a park", -0.2, "It's in a park."),
        ("Where is this?", "it's in a park", -0.5, "I'm not sure, but I think it's in a park."),
        ("Where is this?", "it's in a park", -0.7, "I can't tell where, but I think it's outdoors."),
        ("What is the dog doing?", "the dog is running", -0.5, "I'm not sure, but I think the dog is running."),
        ("What is the dog doing?", "the dog is on a cat", -0.1, "I can't tell."),
    ],
)
def test_how_sure_it_sounds(question: str, text: str, belief: float, spoken: str) -> None:
    chances = {"dog": Chance(0.9, 3.0), "cat": Chance(0.001, -5.0), "@outdoors": Chance(0.9, 1.0)}
    says = cast(Speaker, Says(text, belief))
    nothing = Memory(np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert own.answered(says, nothing, chances, question) == spoken


def test_a_picture_encoded_ahead_is_not_encoded_again(eyes: own.Eyes) -> None:
    picture, runs = photo("china"), 0
    tower = eyes._tower

    def counted(given: object) -> object:
        nonlocal runs
        runs += 1
        return tower(given)

    eyes._tower = counted
    try:
        eyes.prepare(picture)
        first = runs
        said(eyes, picture, "What colour is the house?")
        said(eyes, picture, "Describe what you see.")
        eyes.embed_pictures([picture])
        eyes.find(picture)
        assert runs == first > 0
        said(eyes, picture.copy(), "Describe what you see.")
        assert runs == first + 1
    finally:
        eyes._tower = tower


def test_what_the_network_of_the_pack_sees_is_kept_beside_what_learned_on(eyes: own.Eyes) -> None:
    import openvino as ov

    small = shrunk(photo("china"))
    outputs = eyes._tower(small[None])
    path = PACKS.folder(efficientnet.PACK) / efficientnet.NETWORK
    published = ov.Core().compile_model(with_depths(path), "CPU", {"INFERENCE_NUM_THREADS": 1})
    found = cells(outputs, small)
    assert np.abs(as_published(found, outputs) - cells(published(small[None]), small)).max() < 1e-3
    assert np.abs(found - cells(published(small[None]), small)).max() > 1


def test_only_what_a_question_needs_is_prepared(eyes: own.Eyes) -> None:
    finders = eyes._finders
    for words, whole in (("What is this?", False), ("What colour is the house?", False), ("Is anybody there?", True)):
        picture = photo("china")
        eyes.prepare(picture, words)
        assert (finders._last[0]() is picture) is whole, words
    picture = photo("flower")
    eyes.prepare(picture)
    assert finders._last[0]() is picture


def test_a_picture_that_is_gone_is_let_go_of(eyes: own.Eyes) -> None:
    for _ in range(3 * own.KEPT):
        eyes.prepare(photo("flower"))
    gc.collect()
    assert len(eyes._last) == own.KEPT
    assert sum(kept.picture() is not None for kept in eyes._last) <= 1


def test_pictures_lie_among_the_words_about_them(eyes: own.Eyes) -> None:
    pictures = eyes.embed_pictures([photo("china"), photo("flower"), np.full((224, 224, 3), 40, np.uint8)])
    assert pictures.shape == (3, 384) and np.allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-4)
    texts = minilm.load(BackendSettings(backend="minilm"), PACKS).embed(
        ["An old building with a roof and people outside.", "A flower."]
    )
    scores = pictures[:2] @ texts.T
    assert scores.argmax(1).tolist() == [0, 1] and scores.argmax(0).tolist() == [0, 1]
    assert eyes.embed_pictures([]).shape == (0, 384)


@pytest.mark.parametrize("shape", [(224, 224), (224, 224, 4), (8, 300, 3), (0, 0, 3)])
def test_what_is_no_picture_is_refused(eyes: own.Eyes, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="cannot be looked at"):
        said(eyes, np.zeros(shape, np.uint8), "What do you see?")


@pytest.mark.parametrize("question", ["", "?" * 5000, "dog " * 5000, "\x00\x01", "汉字" * 300, "i" * 20000])
def test_any_words_get_a_bounded_answer(eyes: own.Eyes, question: str) -> None:
    assert 0 < len(said(eyes, photo("flower"), question)) < 300


def test_no_picture_at_all(eyes: own.Eyes) -> None:
    with pytest.raises(ModelError, match="turn the camera on"):
        list(eyes.answer([], "What do you see?"))


def test_damaged_weights_say_what_to_do(tmp_path: Path) -> None:
    from visavis_models.backends.eyes_pooled import Join, Things

    (tmp_path / "eyes.npz").write_bytes(b"no weights")
    with pytest.raises(PackMissing, match="install visavis again"):
        Speaker(tmp_path / "eyes.npz", PACKS.file("eyes", "vocab.txt"), 1)
    with pytest.raises(PackMissing, match="install visavis again"):
        Join(tmp_path / "eyes.npz")
    with pytest.raises(PackMissing, match="install visavis again"):
        Things(PACKS.file("eyes", "things.npz"), tmp_path / "eyes.npz")
