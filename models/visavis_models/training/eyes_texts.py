"""Texts as numbers: the small vocabulary, and the rows of texts about one view that the model learns from.

A caption is DESCRIBE, its pieces, END; a question ASK, its pieces, ANSWER, the answer's pieces, END. The texts of one
view stand in one row, so that they share what was made of the picture; no text sees another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from visavis_models.backends.eyes_concepts import clean, words as known_words
from visavis_models.backends.eyes_words import ANSWER, ASK, DESCRIBE, END, MARKS, Cutter, plain
from visavis_models.training.eyes_facts import Facts
from visavis_models.training.eyes_marking import phrases
from visavis_models.training.eyes_photos import Photo, View
from visavis_models.training.eyes_questions import Together, ask, given_sides, turned

LONGEST = 44  # pieces of one text
ROW = 128  # pieces of all texts of a view
CAPTIONS = 3  # of a view in a row
_WEIGHTS = {
    "is there": 1.2, "not there": 0.7, "can't tell": 0.5, "indoors": 0.6, "who": 0.8, "which side": 2.0,
    "left or right of": 2.0, "colour": 1.4, "wearing": 1.4,
}  # fmt: skip


@dataclass
class Row:
    """pieces, what may count as a goal after each (0: nothing), the number of its text, and its place in it."""

    name: str
    view: int
    blind: bool
    pieces: list[int]
    goals: list[int]
    texts: list[int]
    places: list[int]

    def add(self, given: Sequence[int], told: Sequence[int]) -> None:
        """given: learned from but not learned. told: what to say after it, END included."""
        pieces = [*given, *told]
        self.goals += [0] * (len(given) - 1) + list(told)
        self.texts += [self.texts[-1] + 1 if self.texts else 0] * (len(pieces) - 1)
        self.places += range(len(pieces) - 1)
        self.pieces += pieces[:-1]


def vocabulary(texts: Iterable[str], size: int, path: Path) -> None:
    """Write the pieces that suit the texts best, one a line."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    cutter = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    cutter.normalizer = normalizers.BertNormalizer(lowercase=True)
    cutter.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=list(MARKS), show_progress=False, min_frequency=2
    )
    cutter.train_from_iterator(texts, trainer)
    pieces = sorted(cutter.get_vocab().items(), key=lambda pair: pair[1])
    path.write_text("\n".join(piece for piece, _ in pieces), "utf-8")


def caption_pieces(vocabulary: Cutter, caption: str) -> list[int]:
    return [*vocabulary.pieces(clean(caption))[: LONGEST - 2], END]


def question_pieces(vocabulary: Cutter, question: str) -> list[int]:
    return [ASK, *vocabulary.pieces(plain(question))[:24], ANSWER]


def row(
    photo: Photo,
    known: Facts,
    view: View,
    number: int,
    together: Together,
    words: Cutter,
    random: Random,
    blind: float,
    longest: int = ROW,
) -> Row:
    """Some captions and some questions of a view, chosen by random, as many as fit into `longest` pieces."""
    made = Row(photo.name, number, random.random() < blind, [], [], [], [])
    captions = [turned(each) if view.mirrored else each for each in photo.captions or photo.loose]
    for caption in random.sample(captions, min(CAPTIONS, len(captions))):
        told = caption_pieces(words, caption)
        if not 4 <= len(told) <= LONGEST - 12:
            continue
        asked = random.random() < 0.25
        given = question_pieces(words, random.choice(phrases("describe"))) if asked else [DESCRIBE]
        made.add(given, told)
    questions = [*ask(known, view, together, random), *given_sides(known, view, random)]
    questions.sort(key=lambda each: random.random() / _WEIGHTS.get(each.kind, 1.0))
    for each in questions:
        given, told = question_pieces(words, each.question), [*words.pieces(plain(each.answer)), END]
        if len(made.pieces) + len(given) + len(told) <= longest and len(given) + len(told) <= LONGEST:
            made.add(given, told)
    return made


def corpus(photos: Sequence[Photo], known: Sequence[Facts], together: Together, names: Sequence[str]) -> Iterable[str]:
    """All that the vocabulary should be able to say and to understand."""
    random = Random(0)
    for photo, each in zip(photos, known, strict=True):
        yield from map(clean, photo.captions)
        yield from (
            plain(text) for asked in ask(each, View(), together, random) for text in (asked.question, asked.answer)
        )
        yield from photo.labels
    for name in (*names, *(form for forms in known_words().concepts.values() for form in forms)):
        yield from [plain(name)] * 4
    for description in phrases("describe"):
        yield from [description] * 20
