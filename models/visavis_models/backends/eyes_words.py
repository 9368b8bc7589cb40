"""The small vocabulary of our eyes: texts as pieces and back, and the marks between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from visavis_models.backends.wordpiece import UNKNOWN, WordPiece

MARKS = ("[PAD]", UNKNOWN, "[DESCRIBE]", "[ASK]", "[ANSWER]", "[END]")  # the first pieces of the vocabulary
PAD, _, DESCRIBE, ASK, ANSWER, END = range(len(MARKS))


class Cutter(Protocol):
    """Whatever cuts texts into numbered pieces."""

    def pieces(self, text: str) -> list[int]: ...


class Vocabulary:
    def __init__(self, path: Path) -> None:
        """path: one piece a line, as `wordpiece.py` reads it."""
        self.names = path.read_text("utf-8").split("\n")
        self._cutter = WordPiece(path)

    def __len__(self) -> int:
        return len(self.names)

    def pieces(self, text: str) -> list[int]:
        return self._cutter.pieces(text)

    def text(self, pieces: Sequence[int]) -> str:
        """Words of pieces, without marks; lower case."""
        joined = " ".join(self.names[piece] for piece in pieces if piece >= len(MARKS)).replace(" ##", "")
        return re.sub(r" ?([',-]) ?", lambda mark: ", " if mark[1] == "," else mark[1], joined).strip()


def plain(text: str) -> str:
    """As the model knows texts: lower case, no marks but commas, apostrophes and hyphens."""
    text = re.sub(r"\bcolor", "colour", text.lower().replace("\u2019", "'"))
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' ,-]", " ", text)).strip(" ,")
