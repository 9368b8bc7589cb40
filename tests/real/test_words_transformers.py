"""Words from chat models of `transformers`: tiny ones of the real classes, against the library's own generation."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.real import tiny_chat
from visavis_models.backends.transformers_chat import TransformersChat, load
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings, ModelSettings

SYSTEM = Message("system", "Be short.")
HELLO = Message("user", "Hello?")
CLOCK = ToolSpec("clock", "Tell the time.", {"type": "object", "properties": {}})
PLAIN = {"repetition_penalty": 1.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat.llama(tmp_path_factory.mktemp("llama"))


def language(folder: Path, device: str | None = None, **options: Any) -> TransformersChat:
    where = {"device": device} if device else {}
    settings = BackendSettings(backend="transformers", model=str(folder), options=options, **where)
    return load(settings, Packs(ModelSettings().packs))


def said(model: TransformersChat, *messages: Message, tools: tuple[ToolSpec, ...] = (), most: int = 24) -> str:
    return "".join(str(piece) for piece in model.reply(messages, tools, most))


def expected(model: TransformersChat, *messages: Message, most: int = 24) -> str:
    """The library's own greedy generation."""
    import torch

    prompt = torch.tensor([model._prompt(messages, (), most)])
    out = model._model.generate(input_ids=prompt, max_new_tokens=most, do_sample=False, pad_token_id=1)
    return str(model._tokenizer.decode(out[0, prompt.shape[1] :], skip_special_tokens=True)).rstrip("\ufffd")


def dressed(text: str) -> str:
    """As the reply gives it: without what nobody says."""
    return text.replace("*", "").replace("`", "").lstrip()


class Reading:
    """How many tokens each run of the network read."""

    def __init__(self, model: TransformersChat) -> None:
        self.counts: list[int] = []
        model._model.register_forward_pre_hook(
            lambda _, __, kwargs: self.counts.append(kwargs["input_ids"].shape[1]), with_kwargs=True
        )


@pytest.mark.parametrize("make", [tiny_chat.llama, tiny_chat.mistral])
def test_the_same_words_as_the_library(make: Any, tmp_path: Path) -> None:
    """Also on a kept prefix, after a draft that was thrown away, and for models whose cache cannot be kept."""
    model = language(make(tmp_path), **PLAIN)
    more = (SYSTEM, HELLO, Message("assistant", "Good day."), Message("user", "And now?"))
    for messages in ((SYSTEM, HELLO), more, (SYSTEM, Message("user", "Hello, you.")), more):
        draft = model.reply(messages)
        next(draft)
        draft.close()
        assert said(model, *messages).rstrip("\ufffd") == dressed(expected(model, *messages))


def test_what_was_read_is_kept(folder: Path) -> None:
    model = language(folder)
    reading = Reading(model)
    system = Message("system", "You live in a lighthouse. " * 10)
    model.warm((system,))
    assert reading.counts.pop() > 200
    first = model.reply((system, HELLO))
    next(first)
    assert reading.counts[0] < 20
    first.close()
    reading.counts.clear()
    said(model, system, Message("user", "Hello!"), most=4)
    assert reading.counts[0] < 20


def test_two_replies_at_once(folder: Path) -> None:
    model = language(folder)
    other = Message("user", "Good evening.")
    alone = said(model, SYSTEM, HELLO), said(model, SYSTEM, other)
    first, second = model.reply((SYSTEM, HELLO), (), 24), model.reply((SYSTEM, other), (), 24)
    texts = ["", ""]
    for _ in range(30):
        texts[0] += str(next(first, ""))
        texts[1] += str(next(second, ""))
    assert tuple(texts) == alone


def test_a_tool_is_called(tmp_path: Path) -> None:
    model = language(
        tiny_chat.taught(tmp_path, 'Wait.<tool_call>{"name": "clock", "arguments": {}}</tool_call>'), **PLAIN
    )
    assert model.calls_tools
    *words, call = model.reply((SYSTEM, HELLO), (CLOCK,), 100)
    assert "".join(map(str, words)) == "Wait."
    assert isinstance(call, ToolCall)
    assert (call.name, call.arguments) == ("clock", {})
    answered = (SYSTEM, HELLO, Message("assistant", "Wait.", calls=(call,)), Message("tool", "Noon.", call_id=call.id))
    prompt = model._tokenizer.decode(model._prompt(answered, (CLOCK,), 10))
    assert '<tool_call>{"name": "clock", "arguments": {}}</tool_call></s><|tool|>Noon.</s>' in prompt
    assert '"description": "Tell the time."' in prompt


def test_a_template_without_a_system_role(tmp_path: Path) -> None:
    model = language(tiny_chat.llama(tmp_path, tiny_chat.NO_SYSTEM))
    assert (
        model._tokenizer.decode(model._prompt((SYSTEM, HELLO), (), 10))
        == "<|user|>Be short.\n\nHello?</s><|assistant|>"
    )
    assert said(model, SYSTEM, HELLO)
    with pytest.raises(ModelError, match="takes no such conversation: no system role"):
        said(model, SYSTEM)


def test_a_history_longer_than_the_model_takes(tmp_path: Path) -> None:
    model = language(tiny_chat.llama(tmp_path, max_position_embeddings=128))
    turns = [Message("user" if n % 2 == 0 else "assistant", f"Number {n}.") for n in range(41)]
    prompt = model._tokenizer.decode(model._prompt((SYSTEM, *turns), (), 20))
    assert prompt.startswith("<|system|>Be short.")
    assert "Number 40." in prompt
    assert said(model, SYSTEM, *turns, most=20)
    assert said(model, SYSTEM, Message("user", "long " * 1000), most=20)


def test_half_a_character_waits(tmp_path: Path) -> None:
    model = language(tiny_chat.taught(tmp_path, "Grüße 🙂!"), **PLAIN)
    pieces = list(model.reply((SYSTEM, HELLO)))
    assert "".join(map(str, pieces)) == "Grüße 🙂!"
    assert "🙂" in pieces


def test_temperature_and_penalty(folder: Path) -> None:
    import torch

    model = language(folder, temperature=1.0, top_p=0.9)
    torch.manual_seed(0)
    assert said(model, SYSTEM, HELLO) != said(model, SYSTEM, HELLO)
    model = language(folder, repetition_penalty=1e6)
    tokens = [model._choose(torch.tensor([1.0, 2.0, 3.0]), seen) for seen in ([], [2], [2, 1])]
    assert tokens == [2, 1, 0]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"model": ""}, "models.language.model is empty"),
        ({"model": "nobody/nothing"}, "visavis models pull"),
        ({"dtype": "load"}, "dtype = 'load' is unknown"),
        ({"options": {"temprature": 1}}, "options.*temprature"),
        ({"device": "cuda:7"}, "did not load on cuda:7"),
    ],
)
def test_settings_that_cannot_work(folder: Path, tmp_path: Path, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        load(BackendSettings(**{"backend": "transformers", "model": str(folder), **settings}), Packs(tmp_path))


def test_folders_that_are_no_chat_model(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(PackMissing, match="visavis models pull"):
        language(tmp_path)
    with pytest.raises(ModelError, match="no chat template"):
        language(tiny_chat.llama(tmp_path / "base", None))
    broken = tiny_chat.llama(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(PackMissing, match="not whole"):
        language(broken)


def test_a_model_too_large_for_the_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(ModelError, match=r"GiB are free: choose a smaller one"):
        language(folder, device="cpu")
