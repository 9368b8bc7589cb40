"""SmolLM2's tokens in the place of the eyes' vocabulary, on a small GGUF with a handful of tokens."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

pytest.importorskip("tokenizers", reason="training needs visavis[train]")

from visavis_models.backends.eyes_words import END, MARKS
from visavis_models.backends.gguf_file import GgufFile
from visavis_models.errors import ModelError
from visavis_models.training.seer_words import SmolLM2Words, tokens_of

TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *"Ġadogst,", "Ġa", "Ġd", "og", "Ġdog", "Ġdogs"]
MERGES = ["Ġ a", "Ġ d", "o g", "Ġd og", "Ġdog s"]


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


@pytest.fixture
def file(tmp_path: Path) -> GgufFile:
    """A header with two lists of texts, and no tensors."""
    lists = {"tokenizer.ggml.tokens": TOKENS, "tokenizer.ggml.merges": MERGES}
    data = b"GGUF" + struct.pack("<IQQ", 3, 0, len(lists))
    for key, values in lists.items():
        data += text(key) + struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(text, values))
    (tmp_path / "words.gguf").write_bytes(data + b"\0" * 32)
    return GgufFile(tmp_path / "words.gguf")


def test_the_header_keeps_its_lists(file: GgufFile) -> None:
    assert file.texts("tokenizer.ggml.tokens") == TOKENS
    assert file.texts("tokenizer.ggml.merges") == MERGES
    with pytest.raises(ModelError, match="has no list"):
        file.texts("tokenizer.ggml.scores")


def test_texts_become_pieces_and_back(file: GgufFile) -> None:
    words = SmolLM2Words(file)
    pieces = words.pieces("a dog, dogs")
    assert [TOKENS[piece - len(MARKS)] for piece in pieces] == ["Ġa", "Ġdog", ",", "Ġdogs"]
    assert words.text([*pieces, END]) == "a dog, dogs"
    assert words.said(["a dog", "dogs"]) == [END, *sorted({*words.pieces("a dog"), *words.pieces("dogs")})]


def test_every_mark_stands_for_a_token_of_the_chat() -> None:
    pad, unknown, describe, ask, answer, end = tokens_of()
    assert (ask, answer, end, describe) == (1, 2, 2, 2)
    assert pad == 0
    assert unknown not in (0, 1, 2)
