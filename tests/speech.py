"""Spoken questions for the tests: people's recordings where they lie beside the checkout, and synthesized ones."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

ROOT = Path(__file__).parents[1]
PEOPLE = ROOT.parent / "shared" / "data" / "speech"  # recorded people, not part of the repository
RATE = 16_000


@dataclass(frozen=True)
class Recording:
    """A question: its sound file and the words in it."""

    path: Path
    text: str


def people(*ids: str) -> list[Recording]:
    """Recorded people, if their recordings lie beside the checkout; else nobody."""
    listing = PEOPLE / "short.jsonl"
    if not listing.is_file():
        return []
    rows = {row["id"]: row for row in map(json.loads, listing.read_text("utf-8").splitlines())}
    return [Recording(PEOPLE / rows[name]["file"], rows[name]["text"]) for name in ids if name in rows]


@cache
def _voice():
    from visavis_models.backends.hibari_voice import load
    from visavis_models.packs import Packs
    from visavis_models.settings import BackendSettings, ModelSettings

    return load(BackendSettings(backend="hibari"), Packs(ModelSettings().packs))


def spoken(text: str, folder: Path, pace: float = 1.0, pitch: float = 1.0) -> Recording:
    """`text` in the embedded voice as a file with silence round it. pitch: another speaker, by playing faster."""
    pieces = list(_voice().speak(text, pace / pitch))
    pcm = np.concatenate([soxr.resample(piece.pcm, piece.rate, RATE / pitch) for piece in pieces])
    quiet = np.zeros(RATE // 2, np.float32)
    path = folder / (re.sub(r"\W+", "_", text.lower()).strip("_") + f"_{pitch:g}.wav")
    soundfile.write(path, np.concatenate([quiet, pcm, quiet]), RATE)
    return Recording(path, text)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_errors(reference: str, heard: str) -> int:
    """Insertions, deletions and substitutions between two texts."""
    a, b = words(reference), words(heard)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]
