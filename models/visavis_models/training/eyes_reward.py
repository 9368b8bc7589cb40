"""The last part of a training of our eyes: descriptions are drawn by lot and judged, and the better ones made likelier.

A description is worth its CIDEr-D against the photo's captions (arXiv:1411.5726, on pieces, the end being one), less a
fine for every thing it names that no caption, box or label names. What it is worth counts against the mean of the
others drawn for the same photo (arXiv:1612.00563, with the baseline of arXiv:2003.09971).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from visavis_models.backends.eyes_concepts import mentioned
from visavis_models.backends.eyes_words import DESCRIBE, END, Vocabulary
from visavis_models.training.eyes_course import Set
from visavis_models.training.eyes_model import Eyes
from visavis_models.training.eyes_rows import kind
from visavis_models.training.eyes_texts import caption_pieces

FINE = 0.15  # for a thing that is not there
MOST = 24  # pieces of a description
_LONGEST, _SPREAD = 4, 6.0  # of the runs of pieces that are compared; of the lengths, CIDEr-D's sigma

_Run = tuple[int, ...]
_Vectors = tuple[list[dict[_Run, float]], list[float], int]


class Reward:
    def __init__(self, some: Set, words: Vocabulary) -> None:
        self._words, self._known = words, some.known
        told = {n: photo.captions for n, photo in enumerate(some.photos) if kind(photo) == "told"}
        pieces = {n: [caption_pieces(words, each) for each in captions] for n, captions in told.items()}
        often: Counter[_Run] = Counter()
        for captions in pieces.values():
            often.update({run for each in captions for runs in _runs(each) for run in runs})
        whole = math.log(max(2, len(pieces)))
        self._rare = {run: whole - math.log(times) for run, times in often.items()}
        self._unseen = whole
        self._told = {n: [self._vectors(each) for each in captions] for n, captions in pieces.items()}

    def __contains__(self, number: int) -> bool:
        return number in self._told

    def cider(self, number: int, pieces: Sequence[int]) -> float:
        """CIDEr-D of one description of a photo, ten at best."""
        made, sizes, length = self._vectors(pieces)
        total = 0.0
        for told, told_sizes, told_length in self._told[number]:
            near = math.exp(-((length - told_length) ** 2) / (2 * _SPREAD**2))
            for own, its, size, its_size in zip(made, told, sizes, told_sizes, strict=True):
                if size and its_size:
                    total += (
                        near
                        * sum(min(v, its[run]) * its[run] for run, v in own.items() if run in its)
                        / (size * its_size)
                    )
        return 10 * total / _LONGEST / len(self._told[number])

    def worth(self, number: int, pieces: Sequence[int]) -> float:
        named = mentioned(self._words.text(pieces)) - {"person", "man", "woman"}
        return self.cider(number, pieces) - FINE * len(named - self._known[number].present.keys())

    def _vectors(self, pieces: Sequence[int]) -> _Vectors:
        vectors = [{run: n * self._rare.get(run, self._unseen) for run, n in runs.items()} for runs in _runs(pieces)]
        return vectors, [math.sqrt(sum(v * v for v in each.values())) for each in vectors], len(pieces)


def _runs(pieces: Sequence[int]) -> list[Counter[_Run]]:
    return [Counter(tuple(pieces[at : at + n]) for at in range(len(pieces) - n + 1)) for n in range(1, _LONGEST + 1)]


@torch.no_grad()  # type: ignore[untyped-decorator]
def drawn(eyes: Eyes, memory: Tensor, greedy: bool = False) -> Tensor:
    """One description for each row of memory, (n, t): by lot, or the likeliest piece each time; zeros after the end."""
    n, device = len(memory), memory.device
    pieces = torch.full((n, 1), DESCRIBE, device=device)
    over = torch.zeros(n, dtype=torch.bool, device=device)
    for _ in range(MOST):
        scores = _scores(eyes, pieces, memory)[:, -1]
        new = scores.argmax(-1) if greedy else torch.multinomial(scores.softmax(-1), 1)[:, 0]
        new = torch.where(over, 0, new)
        pieces, over = torch.cat([pieces, new[:, None]], 1), over | (new == END)
        if bool(over.all()):
            break
    return pieces[:, 1:]


def _scores(eyes: Eyes, pieces: Tensor, memory: Tensor) -> Tensor:
    t = pieces.shape[1]
    mask = torch.ones(1, 1, t, t, dtype=torch.bool, device=pieces.device).tril()
    scores = eyes.scores(eyes(pieces, torch.arange(t, device=pieces.device).expand_as(pieces), mask, memory)).float()
    never = torch.zeros(scores.shape[-1], device=scores.device)
    never[:END] = -1e4
    return scores + never


def said(row: Sequence[int]) -> list[int]:
    """The pieces of a drawn description, its end included."""
    return list(row[: row.index(END) + 1]) if END in row else [piece for piece in row if piece]


def better(eyes: Eyes, reward: Reward, memory: Tensor, numbers: Sequence[int], each: int) -> tuple[Tensor, float]:
    """The loss that makes better descriptions likelier, and what the drawn ones are worth in the mean.

    memory: of the photos with these numbers. each: descriptions of a photo."""
    rows = memory.detach().repeat_interleave(each, 0)
    training = eyes.training
    eyes.eval()
    pieces = drawn(eyes, rows)
    told = pieces.tolist()
    worth = torch.tensor([reward.worth(numbers[n // each], said(row)) for n, row in enumerate(told)])
    worth = worth.view(-1, each)
    gain = ((worth - worth.mean(1, keepdim=True)) * each / (each - 1)).flatten().to(rows.device)
    given = torch.cat([torch.full_like(pieces[:, :1], DESCRIBE), pieces[:, :-1]], 1)
    chances = _scores(eyes, given, rows).log_softmax(-1).gather(-1, pieces.unsqueeze(-1))[..., 0]
    counts = (pieces > 0).float()
    eyes.train(training)
    return -(gain * (chances * counts).sum(1) / counts.sum(1).clamp(min=1)).mean(), float(worth.mean())
