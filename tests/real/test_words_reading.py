"""What a chat model of `transformers` has read, in caches of fixed size: as on a GPU, but for the recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.real import tiny_chat
from tests.real.test_words_transformers import HELLO, PLAIN, SYSTEM, Reading, dressed, expected, said
from visavis_models.backends.picture_processor import tokenizer
from visavis_models.backends.transformers_chat import Options, TransformersChat
from visavis_models.backends.transformers_reading import Fixed, Growing, _alike, _unfit, fixed
from visavis_models.errors import ModelError
from visavis_models.ports import Message

LIGHTHOUSE = Message("system", "You live in a lighthouse. " * 10)
ROOM = 512


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return loaded(tiny_chat.llama(tmp_path_factory.mktemp("llama")))


def loaded(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder).eval()


def language(model: Any, caches: int) -> TransformersChat:
    made = [Fixed(model, ROOM, recorded=False) for _ in range(caches)]
    return TransformersChat(tokenizer(Path(model.name_or_path)), model, Options(**PLAIN), made)


@pytest.mark.parametrize("caches", [0, 1, 2])
def test_the_same_words_as_the_library(model: Any, caches: int) -> None:
    """Also on a kept beginning, after a draft that was thrown away, and longer than is read at once."""
    chat = language(model, caches)
    more = (SYSTEM, HELLO, Message("assistant", "Good day."), Message("user", "And now?"))
    long = (SYSTEM, Message("user", "Far too long. " * 50))
    for messages in ((SYSTEM, HELLO), more, (LIGHTHOUSE, HELLO), long, (SYSTEM, Message("user", "Hello, you.")), more):
        draft = chat.reply(messages)
        next(draft)
        draft.close()
        assert said(chat, *messages).rstrip("\ufffd") == dressed(expected(chat, *messages))


def test_replies_at_once(model: Any) -> None:
    """Two read with the fixed caches and two with growing ones; whoever begins as another does not read it again."""
    chat = language(model, 2)
    said(chat, LIGHTHOUSE, Message("user", "Hello."), most=4)
    reading = Reading(chat)
    asked = [(LIGHTHOUSE, Message("user", f"Number {n}?")) for n in range(4)]
    replies = [chat.reply(messages, (), 12) for messages in asked]
    texts = [str(next(reply)) for reply in replies]
    assert max(reading.counts[:2]) < 20
    assert min(reading.counts[2:]) > 200
    for _ in range(12):
        texts = [text + str(next(reply, "")) for text, reply in zip(texts, replies, strict=True)]
    assert [text.rstrip("\ufffd") for text in texts] == [dressed(expected(chat, *each, most=12)) for each in asked]
    assert sorted(type(one).__name__ for one in chat._kept) == ["Fixed", "Fixed", "Growing", "Growing"]
    for _ in range(6):
        said(chat, *asked[3], most=4)
    assert len(chat._kept) == 4, "a free fixed one goes before what a growing one has kept"


def test_longer_than_a_fixed_cache(model: Any) -> None:
    chat = language(model, 1)
    long = (SYSTEM, Message("user", "long " * 200))
    assert said(chat, *long).rstrip("\ufffd") == dressed(expected(chat, *long))
    assert [type(one) for one in chat._kept] == [Fixed, Growing]


@pytest.mark.parametrize("caches", [0, 1])
def test_what_was_half_read_is_forgotten(model: Any, caches: int) -> None:
    """The memory ends after the first layer has read."""
    import torch

    def fail(*_: Any) -> None:
        raise torch.OutOfMemoryError

    chat = language(model, caches)
    said(chat, SYSTEM, HELLO, most=2)
    hook = model.model.layers[1].register_forward_pre_hook(fail)
    more = (SYSTEM, HELLO, Message("assistant", "Good day."), Message("user", "And now?"))
    for broken in (lambda: said(chat, *more), lambda: chat.warm((LIGHTHOUSE,))):
        with pytest.raises(ModelError, match="ran out of memory"):
            broken()
    hook.remove()
    assert len(chat._kept) == caches
    assert said(chat, *more).rstrip("\ufffd") == dressed(expected(chat, *more))


def test_who_is_not_recorded(model: Any, tmp_path: Path) -> None:
    """Those whose layers forget, whose attention takes no mask, whose steps wait, and whose scores would differ."""
    assert fixed(model) == []
    assert _unfit(model, ROOM) == ""
    assert "everything said before" in _unfit(loaded(tiny_chat.mistral(tmp_path)), ROOM)
    one = Fixed(model, ROOM, recorded=False)
    assert _alike(model, one)
    one._places = one._places * 0  # nothing is masked
    assert not _alike(model, one)
    eight = loaded(tmp_path)
    eight.config.sliding_window = None
    assert _unfit(eight, ROOM) == ""
    eight.is_loaded_in_8bit = True
    assert "int8" in _unfit(eight, ROOM)
    eight.config._attn_implementation = "flash_attention_2"
    assert "takes no mask" in _unfit(eight, ROOM)
