"""WordPiece: text cut into the pieces that a BERT was trained on (uncased).

Source: Devlin et al., arXiv:1810.04805; the rules of `BasicTokenizer` and `WordpieceTokenizer` in google-research/bert.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

LONGEST_WORD = 100  # characters; a longer one is unknown
FIRST, LAST, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


class WordPiece:
    def __init__(self, vocabulary: Path) -> None:
        """vocabulary: one piece a line; its number is the line's."""
        self._numbers = {piece: number for number, piece in enumerate(vocabulary.read_text("utf-8").split("\n"))}

    def encode(self, text: str, most: int) -> list[int]:
        """Numbers of the pieces, `most` at most, with the mark of the beginning and that of the end."""
        pieces: list[str] = []
        for word in words(text):
            if len(pieces) >= most - 2:
                break
            pieces += self._pieces(word)
        return [self._numbers[piece] for piece in (FIRST, *pieces[: most - 2], LAST)]

    def pieces(self, text: str) -> list[int]:
        """Numbers of the pieces of a text, all of them, without marks."""
        return [self._numbers[piece] for word in words(text) for piece in self._pieces(word)]

    def _pieces(self, word: str) -> list[str]:
        """The longest pieces from the left; [UNK] where the word cannot be made of pieces."""
        pieces: list[str] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            mark = "##" if start else ""
            end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in self._numbers), start)
            if end == start:
                return [UNKNOWN]
            pieces.append(mark + word[start:end])
            start = end
        return pieces or [UNKNOWN]


def words(text: str) -> list[str]:
    """Lower case, without accents; punctuation and Chinese characters are words of their own."""
    made: list[str] = []
    for letter in text:
        kind = unicodedata.category(letter)
        if letter in "\t\n\r" or kind == "Zs":
            made.append(" ")
        elif not (letter == "\0" or letter == "\ufffd" or kind in ("Cc", "Cf", "Cn", "Co", "Cs")):
            made.append(f" {letter} " if _alone(letter, kind) else letter)
    lowered = unicodedata.normalize("NFD", "".join(made).lower())
    return "".join(letter for letter in lowered if unicodedata.category(letter) != "Mn").split()


def _alone(letter: str, kind: str) -> bool:
    """Punctuation, which ASCII has more of than Unicode says, or a CJK ideograph."""
    code = ord(letter)
    if kind.startswith("P") or 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return (
        0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2FA1F or 0xF900 <= code <= 0xFAFF
    )
