"""What the large eyes say to many questions at once: beams as in `backends/eyes_say.py`, rows side by side.

The picture and the question of every row are read together, padded on the right; every further piece is one step of all
rows, whose keys and values stay on the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis_models.backends.eyes_say import BEAMS, JOINTS, LONGEST_QUESTION, MOST, Beam, Told, again, whole
from visavis_models.backends.eyes_words import ANSWER, ASK, DESCRIBE, END, plain
from visavis_models.training.seer_model import SEEN, Seer
from visavis_models.training.seer_words import SmolLM2Words

TOGETHER = 192  # questions read at once


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a picture; an empty one asks for a description."""

    picture: Tensor  # (3, 224, 224), 0 to 255
    question: str


@torch.no_grad()  # type: ignore[untyped-decorator]
def say(model: Seer, words: SmolLM2Words, asked: Sequence[Asked], blind: bool = False) -> list[Told]:
    """The likeliest answer to each, piece by piece; descriptions by BEAMS. blind: without the pictures."""
    model.eval()
    made: list[Told | None] = [None] * len(asked)
    for beams, rows in (
        (1, [n for n, each in enumerate(asked) if each.question]),
        (BEAMS, [n for n, each in enumerate(asked) if not each.question]),
    ):
        rows.sort(key=lambda n: len(asked[n].question))
        for start in range(0, len(rows), TOGETHER // beams):
            some = rows[start : start + TOGETHER // beams]
            for n, told in zip(some, _say(model, words, [asked[n] for n in some], beams, blind), strict=True):
                made[n] = told
    model.train()
    return [told for told in made if told]


def _say(model: Seer, words: SmolLM2Words, asked: Sequence[Asked], beams: int, blind: bool) -> list[Told]:
    device = model.said.device
    given = [
        [ASK, *words.pieces(plain(each.question))[:LONGEST_QUESTION], ANSWER] if each.question else [DESCRIBE]
        for each in asked
    ]
    joints = frozenset([END, *(piece for word in JOINTS for piece in words.pieces(word))])
    longest = max(map(len, given))
    pieces = torch.tensor([[*each, *[0] * (longest - len(each))] for each in given], device=device)
    length = torch.tensor([len(each) for each in given], device=device)
    b, most = len(asked), SEEN + longest
    pictures = torch.stack([each.picture for each in asked]).to(device).float()
    x = torch.cat([model.picture(pictures, torch.full((b,), blind, device=device)), model.embedded(pieces)], 1)
    at = torch.arange(most, device=device).expand(b, -1)
    there = torch.arange(most, device=device) < (SEEN + length)[:, None]  # not padding
    mask = torch.ones(most, most, dtype=torch.bool, device=device).tril() & there[:, None, None]
    hidden, kept = model.through(x, at, mask, [])
    last = hidden[torch.arange(b, device=device), SEEN + length - 1]
    live = [[Beam()] for _ in asked]
    done: list[list[Beam]] = [[] for _ in asked]
    for step in range(MOST):
        kept_rows = _grown(model, last, live, done, beams, joints)
        if not any(live):
            break
        chosen = torch.tensor(kept_rows, device=device)
        kept = [(keys[chosen], values[chosen]) for keys, values in kept]
        there = torch.cat([there[chosen], torch.ones(len(kept_rows), 1, dtype=torch.bool, device=device)], 1)
        length = length[chosen]
        new = torch.tensor([[beam.pieces[-1]] for some in live for beam in some], device=device)
        hidden, kept = model.through(model.embedded(new), (SEEN + length + step)[:, None], there[:, None, None], kept)
        last = hidden[:, 0]
    return [_best(words, found or beam) for found, beam in zip(done, live, strict=True)]


def _grown(
    model: Seer,
    last: Tensor,
    live: list[list[Beam]],
    done: list[list[Beam]],
    beams: int,
    joints: frozenset[int],
) -> list[int]:
    """Every live sentence goes on by a piece, in place. The numbers of the rows that are left, in their order.

    last: (rows, width), hidden states of the live sentences."""
    chances, columns = model.scores(last).float().log_softmax(-1).topk(beams + 3)
    found, likely = model.said[columns].tolist(), chances.tolist()
    rows: list[int] = []
    first = 0
    for n, some in enumerate(live):
        grown = [
            (beam.total + chance, first + at, piece, chance, beam)
            for at, beam in enumerate(some)
            for piece, chance in zip(found[first + at], likely[first + at], strict=True)
            if not again(beam.pieces, piece, joints)
        ]
        first += len(some)
        grown.sort(key=lambda each: -each[0])
        live[n] = []
        for total, row, piece, chance, beam in grown[: 2 * beams]:
            longer = Beam((*beam.pieces, piece), total, (*beam.chances, chance))
            if piece == END:
                done[n].append(longer)
            elif len(live[n]) < beams:
                live[n].append(longer)
                rows.append(row)
        if len(done[n]) >= beams:
            del rows[len(rows) - len(live[n]) :]
            live[n] = []
    return rows


def _best(words: SmolLM2Words, found: Sequence[Beam]) -> Told:
    told = [
        Told(whole(words.text(beam.pieces)), beam.total / len(beam.pieces), min(beam.chances))
        for beam in found
        if beam.pieces
    ]
    return max(told, key=lambda each: each.belief, default=Told("", -9.0, -9.0))
