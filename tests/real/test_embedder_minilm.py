"""MiniLM with its real weights, against the same weights in transformers, and its word pieces against `tokenizers`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis_models.backends.minilm import LONGEST, MiniLM, load
from visavis_models.backends.minilm_graph import WEIGHTS
from visavis_models.backends.safetensors_file import read_safetensors
from visavis_models.backends.wordpiece import WordPiece
from visavis_models.errors import PackMissing
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

TEXTS = [
    "When does the museum open?",
    "The museum is open from 9 to 5, except on Mondays.",
    "Dogs must wait outside.",
    "Größe, naïve café: 12.50€ — 日本語 and emoji 🙂!",
    "unbelievableness " * 3,
    "word " * 400,
    "",
]


@pytest.fixture(scope="module")
def folder() -> Path:
    return Packs(ModelSettings().packs).folder("minilm")


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return load(BackendSettings(backend="minilm"), Packs(ModelSettings().packs))


def test_the_pieces_are_those_of_the_published_tokenizer(folder: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    reference = tokenizers.BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    ours = WordPiece(folder / "vocab.txt")
    for text in [
        *TEXTS,
        "it's 3.5 o'clock\tnow\u0000",
        "x" * 200,
        "ＦＵＬＬ width",
        "a\u200bb",
        "ÀÉÎ õü",
        "$5+7=12 ^_^ `q`",
    ]:
        assert ours.encode(text, 10_000) == reference.encode(text).ids, text
    assert len(ours.encode("word " * 400, LONGEST)) == LONGEST


def test_the_vectors_are_those_of_the_same_weights_in_transformers(folder: Path, embedder: MiniLM) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
    )
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    state = {name: torch.tensor(np.array(values)) for name, values in read_safetensors(folder / WEIGHTS).items()}
    wrong = model.load_state_dict(state, strict=False)
    assert not wrong.missing_keys
    pieces = WordPiece(folder / "vocab.txt")
    vectors = embedder.embed(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([pieces.encode(text, LONGEST)])).last_hidden_state[0].mean(0)
        expected = (hidden / hidden.norm()).numpy()
        assert float(vector @ expected) > 0.99, text


def test_each_text_has_its_own_vector_whatever_is_beside_it(embedder: MiniLM) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert float(embedder.embed([text])[0] @ vector) > 0.999
    assert embedder.embed([]).shape == (0, 384)
    question, hours, dogs = vectors[:3]
    assert question @ hours > question @ dogs + 0.2


def test_damaged_weights_are_told(tmp_path: Path, folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()[:200_000]
    for content in (b"", b"\xff" * 100, whole, whole[:8] + b"[" * 50):
        (tmp_path / WEIGHTS).write_bytes(content)
        with pytest.raises(PackMissing, match="visavis models pull"):
            read_safetensors(tmp_path / WEIGHTS)


def test_no_weights(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="visavis models pull minilm"):
        load(BackendSettings(backend="minilm"), Packs(tmp_path))
