"""Tokens of a `transformers` model as text while they come, for the words and for the eyes."""

from __future__ import annotations

from typing import Any


class StreamedText:
    """Tokens as text, piece by piece; half a character waits for its rest."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []  # from a little before what was not told yet
        self._told = ""

    def more(self, token: int) -> str:
        self._tokens.append(token)
        text = self._decoded()
        if text.endswith("\ufffd"):
            return ""
        piece = text[len(self._told) :]
        self._told = text
        if len(self._tokens) > 16:  # a few tokens of context are enough to know where spaces go
            self._tokens = self._tokens[-8:]
            self._told = self._decoded()
        return piece

    def rest(self) -> str:
        return self._decoded()[len(self._told) :]

    def _decoded(self) -> str:
        # Cleaned up, text that was told already would change: "a woman '", "a woman's".
        return str(self._tokenizer.decode(self._tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))
