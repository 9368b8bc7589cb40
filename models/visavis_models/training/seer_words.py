"""SmolLM2's own tokens in the place of the small eyes' vocabulary, so that `seer.py` learns from the same rows.

A piece's number is the token's plus the number of marks; the marks stand for tokens that the model knows: a question
is <|im_start|> question <|im_end|> answer <|im_end|>, a description <|im_end|> description <|im_end|>.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from visavis_models.backends.eyes_words import END, MARKS
from visavis_models.backends.gguf_file import GgufFile

START, STOP = 1, 2  # <|im_start|>, <|im_end|>
_UNUSED = 16  # a token without a meaning
TOKENS = {"[PAD]": 0, "[UNK]": _UNUSED, "[DESCRIBE]": STOP, "[ASK]": START, "[ANSWER]": STOP, "[END]": STOP}


class SmolLM2Words:
    """As `eyes_words.Vocabulary`: texts as pieces and back."""

    def __init__(self, file: GgufFile) -> None:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers

        tokens = file.texts("tokenizer.ggml.tokens")
        merges = [(left, right) for left, _, right in (m.partition(" ") for m in file.texts("tokenizer.ggml.merges"))]
        self._cutter = Tokenizer(models.BPE({token: n for n, token in enumerate(tokens)}, merges))
        self._cutter.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        self._cutter.decoder = decoders.ByteLevel()
        self._cut = lru_cache(maxsize=20_000)(self._pieces)  # the same texts come in every pass

    def pieces(self, text: str) -> list[int]:
        """Every text begins as if it stood among others, so that a word is cut in one way."""
        return list(self._cut(text))

    def _pieces(self, text: str) -> tuple[int, ...]:
        return tuple(number + len(MARKS) for number in self._cutter.encode(f" {text}").ids)

    def text(self, pieces: Sequence[int]) -> str:
        """Words of pieces, without marks."""
        made: str = self._cutter.decode([piece - len(MARKS) for piece in pieces if piece >= len(MARKS)])
        return " ".join(made.split())

    def said(self, texts: Iterable[str]) -> list[int]:
        """The pieces that these texts are made of, END first: what the model may say."""
        return [END, *sorted({piece for text in texts for piece in self.pieces(text)})]


def tokens_of(marks: Sequence[str] = MARKS) -> list[int]:
    """The token that stands for each mark."""
    return [TOKENS[mark] for mark in marks]
