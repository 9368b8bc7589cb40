"""Eyes of transformers models: real classes with random weights, made on the spot, loaded from a folder."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from visavis_models.backends.transformers_vision import load
from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.load import load as load_ability
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

torch = pytest.importorskip("torch", reason="needs visavis[torch]")
pytest.importorskip("transformers", reason="needs visavis[torch]")

from tests.real import tiny_seeing, tiny_vision

PACKS = Packs(ModelSettings().packs)
PICTURE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
OTHER = np.zeros((90, 90, 3), np.uint8)
CHATS = [
    "smolvlm", "idefics3", "idefics2", "qwen2_vl", "qwen2_5_vl", "llava", "llava_next", "llava_onevision", "gemma3",
]  # fmt: skip
ONE_PICTURE = ["blip", "blip_questions", "blip2", "instructblip", "captioner"]
ALL = [*CHATS, "llava_untaught", "idefics", *ONE_PICTURE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            torch.manual_seed(0)
            made[kind] = tmp_path_factory.mktemp(kind)
            make = getattr(tiny_vision, kind, None) or getattr(tiny_seeing, kind)
            make(made[kind])
        return made[kind]

    return of


def eyes(model: Any, max_tokens: int = 12, **settings: Any) -> Any:
    options = {"max_tokens": max_tokens, **settings.pop("options", {})}
    chosen = BackendSettings(backend="transformers", model=str(model), options=options, threads=1, **settings)
    return load(chosen, PACKS)


def generating() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "vision-generate"]


class Reading:
    """Counts how often the model looks."""

    def __init__(self, vision: Any) -> None:
        self.looks = 0
        seeing = vision._seeing
        tower = seeing._tower._forward

        def look(*arguments: Any, **named: Any) -> Any:
            self.looks += 1
            return tower(*arguments, **named)

        seeing._tower._forward = look


@pytest.mark.parametrize("kind", ALL)
def test_every_family_answers_and_can_be_cut_off(folder: Callable[[str], Path], kind: str) -> None:
    """In pieces, the same each time, about one and several pictures, prepared or not; closing ends the generation."""
    vision = eyes(folder(kind), max_tokens=24)
    reading = Reading(vision)
    alone = "".join(vision.answer([PICTURE], "What do you see?"))
    assert reading.looks == 1
    assert alone == "".join(vision.answer([PICTURE], "What do you see?"))
    assert reading.looks == 1  # it remembers what it saw
    both = "".join(vision.answer([OTHER, PICTURE], "What do you see?"))
    assert reading.looks == 2
    if kind in ONE_PICTURE:
        assert both.startswith("The first: ") and f"The second: {alone}" in both
    vision.prepare(OTHER)
    looks = reading.looks
    "".join(vision.answer([OTHER], "And now?"))
    assert reading.looks == looks  # it had looked ahead
    vision = eyes(folder(kind), max_tokens=400, options={"generate": {"min_new_tokens": 400}})
    answer = vision.answer([PICTURE], "Tell me a long story.")
    assert next(answer)
    assert len(generating()) == 1
    answer.close()
    assert not generating()


def test_an_interruption_frees_the_models_thread(folder: Callable[[str], Path]) -> None:
    """As a session does it: the reply's task goes away, the model stops, and the next question is answered."""
    vision = eyes(folder("smolvlm"), max_tokens=400, options={"generate": {"min_new_tokens": 400}})

    async def interrupted() -> None:
        worker = Worker("vision")
        try:
            for _ in range(2):
                async with aclosing(worker.stream(vision.answer([PICTURE], "Tell me a long story."))) as stream:
                    assert await anext(stream)
                await worker.run(len, "")  # queued behind the generator that is closed
                assert not generating()
        finally:
            worker.close()

    asyncio.run(interrupted())


@pytest.mark.parametrize("kind", CHATS)
def test_pictures_and_question_reach_the_model(folder: Callable[[str], Path], kind: str) -> None:
    vision = eyes(folder(kind), options={"instructions": "Be kind."})._seeing
    one, two = (
        vision._inputs([Message("user", "Be kind.\nWhat is red?", pictures=pictures)], (), 12)
        for pictures in ((PICTURE,), (OTHER, PICTURE))
    )
    text = vision._tokenizer.decode(one["input_ids"][0])
    assert "Be kind.\nWhat is red?" in text
    assert text.endswith("assistant:")
    mark = getattr(vision._model.config, "image_token_id", None) or vision._model.config.image_token_index
    marks = [(inputs["input_ids"] == mark).sum() for inputs in (one, two)]
    assert marks[1] > marks[0] > 0 or (kind == "llava_onevision" and marks[1] == marks[0])  # it sees several coarser
    assert one["pixel_values"].float().std() > 0


def test_older_families_are_asked_in_their_own_words(folder: Callable[[str], Path]) -> None:
    def asked(kind: str) -> str:
        seeing = eyes(folder(kind))._seeing
        inputs = seeing._inputs([Message("user", "what is red?", pictures=(OTHER, PICTURE))], (), 12)
        return str(seeing._tokenizer.decode(inputs["input_ids"][0]))

    assert "Question: what is red? Answer:" in asked("blip2")
    assert "what is red?" in asked("instructblip") and "Question" not in asked("instructblip")
    assert asked("llava_untaught").startswith("USER: <image>")
    assert asked("llava_untaught").endswith("what is red? ASSISTANT:")
    marks = "<fake_token_around_image><image><fake_token_around_image><image><fake_token_around_image>"
    assert f"User:{marks}what is red?<end_of_utterance>\nAssistant:" in asked("idefics")
    own = eyes(folder("blip2"), options={"prompt": "Q: {question} A:"})._seeing
    inputs = own._inputs([Message("user", "why?", pictures=(PICTURE,))], (), 12)
    assert "Q: why? A:" in own._tokenizer.decode(inputs["input_ids"][0])


def test_pictures_are_bounded(folder: Callable[[str], Path]) -> None:
    seeing = eyes(folder("llava"), options={"picture_side": 50})._seeing
    history = [
        Message("user", "This?", pictures=(OTHER, OTHER, OTHER)),
        Message("assistant", "Yes."),
        Message("user", "And these?", pictures=(PICTURE, OTHER)),
    ]
    images = seeing._images(history)
    assert {place: [made.size for made in row] for place, row in images.items()} == {
        0: [(50, 50), (50, 50)], 2: [(50, 38), (50, 50)],
    }  # fmt: skip
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ModelError, match="cannot be looked at"):
            list(eyes(folder("llava")).answer([wrong], "What?"))


CLOCK = ToolSpec("clock", "Tell the time.", {"type": "object", "properties": {}})


def test_a_model_that_sees_serves_the_words_too(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """As the language backend: pictures among the turns, tools by the chat template, calls read from what it writes."""
    settings = BackendSettings(backend="transformers", model=str(folder("qwen2_5_vl")), threads=1)
    language = load_ability("language", settings, PACKS)
    assert (language.sees, language.calls_tools, language.concurrency) == (True, True, 1)
    call = ToolCall("clock", {}, "c1")
    history = [
        Message("system", "Be short."),
        Message("user", "What is this?", pictures=(PICTURE,)),
        Message("assistant", "Wait.", calls=(call,)),
        Message("tool", "Noon.", call_id="c1"),
        Message("user", "And this?", pictures=(OTHER,)),
    ]
    text = language._tokenizer.decode(language._inputs(history, (CLOCK,), 10)["input_ids"][0])
    picture = r"<\|vision_start\|>(?:<\|image_pad\|>)+<\|vision_end\|>"
    parts = [
        "system: Be short\\.",
        f"user: {picture}What is this",
        '"name": "clock"',
        "tool: Noon",
        f"{picture}And this",
    ]
    assert re.search(".*".join(parts), text, re.DOTALL)
    assert "Tell the time." in text
    said = "".join(map(str, language.reply(history, (CLOCK,), 12)))
    assert said == "".join(map(str, language.reply(history, (CLOCK,), 12)))
    assert "".join(map(str, language.reply([Message("user", "Hello?")], (), 12))) is not None  # without a picture
    written = iter(["Wait. ", '<tool_call>{"name": "clock", ', '"arguments": {}}</tool_call>'])
    monkeypatch.setattr(language, "_pieces", lambda inputs, most: (piece for piece in written))
    words, asked = language.reply(history, (CLOCK,), 12)
    assert words == "Wait. " and (asked.name, asked.arguments) == ("clock", {})


def test_replies_that_overlap_are_kept_apart(folder: Callable[[str], Path]) -> None:
    vision = eyes(folder("qwen2_vl"), max_tokens=24)
    alone = ["".join(vision.answer([picture], "What?")) for picture in (PICTURE, OTHER)]
    first, second = vision.answer([PICTURE], "What?"), vision.answer([OTHER], "What?")
    texts = ["", ""]
    for _ in range(60):
        texts[0] += next(first, "")
        texts[1] += next(second, "")
    assert texts == alone


def test_a_failing_model_is_an_error_not_an_end(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    vision = eyes(folder("llava"))

    def fail(error: Exception) -> Any:
        def generate(**_: Any) -> None:
            raise error

        return generate

    monkeypatch.setattr(vision._seeing._model, "generate", fail(RuntimeError("broken\nand more")))
    with pytest.raises(ModelError, match=r"the vision model failed: broken$"):
        list(vision.answer([PICTURE], "What?"))
    monkeypatch.setattr(vision._seeing._model, "generate", fail(torch.OutOfMemoryError("CUDA out of memory")))
    with pytest.raises(ModelError, match=r"ran out of memory: choose a smaller one, models\.vision\.dtype"):
        list(vision.answer([PICTURE], "What?"))
    with pytest.raises(ModelError, match="no picture"):
        list(vision.answer([], "What?"))


def test_a_silent_model_is_given_up(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    vision = eyes(folder("llava"), timeout_s=0.1)
    go = threading.Event()
    monkeypatch.setattr(vision._seeing._model, "generate", lambda **_: go.wait(10))
    with pytest.raises(ModelError, match=r"said nothing for 0\.1 s"):
        list(vision.answer([PICTURE], "What?"))
    go.set()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "nobody/no-such-model"}, "visavis models pull"),
        ({"model": ""}, r"models\.vision\.model is empty"),
        ({"dtype": "nonsense"}, "use auto, float32, float16, bfloat16, int8, int4"),
        ({"device": "cuda:7"}, "did not load on cuda:7"),
        ({"device": "toaster"}, "did not load on toaster"),
        ({"options": {"max_token": 3}}, r"models\.vision\.options"),
        ({"options": {"attention": "none"}}, r"models\.vision\.options.*attention"),
        ({"options": {"attention": "flash_attention_2"}}, "FlashAttention2"),
    ],
)
def test_settings_that_cannot_work(folder: Callable[[str], Path], settings: dict[str, Any], message: str) -> None:
    chosen = {"model": str(folder("llava")), **settings}
    with pytest.raises(ModelError, match=message):
        load(BackendSettings(backend="transformers", **chosen), PACKS)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_dtype_and_attention(folder: Callable[[str], Path], dtype: str) -> None:
    vision = eyes(folder("smolvlm"), dtype=dtype, options={"attention": "eager"})
    model = vision._seeing._model
    assert model.dtype == getattr(torch, dtype) and model.config._attn_implementation == "eager"
    assert "".join(vision.answer([PICTURE], "What?"))


def test_quantising_without_its_package(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for dtype in ("int8", "int4"):
        with pytest.raises(BackendMissing, match=f"{dtype}' needs the package bitsandbytes: pip install"):
            eyes(folder("llava"), dtype=dtype)


def test_a_model_too_large_for_the_memory(folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(
        ModelError,
        match=r"needs 0\.0 GiB on cpu, 0\.0 GiB are free: choose a smaller one, or set "
        r"models\.vision\.dtype = 'bfloat16' or models\.vision\.dtype = 'int8' or models\.vision\.dtype = 'int4' or models",
    ):
        eyes(folder("llava"), device="cpu")


def test_no_torch(monkeypatch: pytest.MonkeyPatch, folder: Callable[[str], Path]) -> None:
    settings = BackendSettings(backend="transformers", model=str(folder("llava")))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BackendMissing, match=r"needs the package torch: pip install 'visavis\[torch\]'"):
        load_ability("vision", settings, PACKS)


def test_folders_that_lack_something(folder: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match=str(tmp_path)):
        eyes(tmp_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        (bare / name).write_bytes((folder("llava") / name).read_bytes())
    with pytest.raises(PackMissing, match=r"no processor \(no preprocessor_config.json and no processor_config.json\)"):
        eyes(bare)
    (bare / "config.json").write_text("{broken")
    with pytest.raises(PackMissing, match="cannot be read"):
        eyes(bare)


@pytest.mark.parametrize("kind", ["resnet", "no-such-type"])
def test_types_that_do_not_answer(kind: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(f'{{"model_type": "{kind}"}}')
    with pytest.raises(ModelError, match=f"type '{kind}' does not answer about pictures.*image-text-to-text"):
        eyes(tmp_path)
