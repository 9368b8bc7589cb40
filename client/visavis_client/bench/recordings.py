"""What the bench says: recorded people where their recordings are at hand, else sentences spoken by the embedded voice.

A folder of recordings has `speech/short.jsonl` (file, text, kind, true start and end of speech) and, for noise,
`speech/nonspeech.jsonl`, with paths relative to `speech/`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from platformdirs import user_cache_path

from visavis_client import sound
from visavis_client.visit import Question

DATA = Path("../shared/data")
SPOKEN_FOLDER = user_cache_path("visavis") / "spoken"
SPOKEN = (
    "What time is it?",
    "What is the date today?",
    "How much is twelve times seven?",
    "Tell me a joke.",
    "Who are you?",
    "What can you do for me?",
    "Can you remember that my keys are on the table?",
    "Where are my keys?",
    "Set a timer for five minutes.",
    "What is the capital of France?",
    "Why is the sky blue?",
    "Draw a red house under a tree.",
    "How do I make a cup of tea?",
    "I would like to go for a walk. What should I wear?",
    "What is one hundred minus thirty five?",
    "Could you say that again, please?",
)
PITCHES = (1.0, 0.88, 1.14)  # one voice is in the package: resampled, it is three people
PAUSE_S = (0.25, 1.2)  # of silence inside a sentence that is not yet over
LONGEST_S = 9.0  # of a piece with pauses inside
BEFORE_S = 0.15  # of the recording before a piece
NOISE_DBFS = -38.0  # recorded room noise is brought up to this


@dataclass(frozen=True)
class Recording:
    """Somebody says `text`. span: where speech begins and ends, in seconds; kind: question, command, ...; words: each
    with its start and end, in seconds, where they are known."""

    id: str
    path: Path
    text: str
    kind: str
    span: tuple[float, float]
    words: tuple[tuple[str, float, float], ...] = ()

    def question(self) -> Question:
        return Question.from_file(self.path, self.span)


def recordings(data: Path | None, every: bool = False) -> list[Recording]:
    """Questions and commands, or every short recording: those under `data`, else synthesized ones."""
    if data is not None and (listed := data / "speech" / "short.jsonl").is_file():
        rows = (json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines())
        return [_recorded(listed.parent, row) for row in rows if every or row["kind"] in ("question", "command")]
    return synthesized(SPOKEN_FOLDER)


def chosen(of: list[Recording], count: int, seed: int = 7) -> list[Recording]:
    """`count` of them in a fixed random order, all of them before one comes again."""
    order: list[Recording] = []
    shuffle = random.Random(seed)
    while len(order) < count:
        order += shuffle.sample(of, len(of))
    return order[:count]


def hesitant(data: Path, folder: Path) -> list[Recording]:
    """Recorded speech with pauses inside, cut out of longer recordings into `folder`; each piece ends where a longer
    pause or the recording does, or with as many stretches of speech as fit."""
    listed = data / "speech" / "long.jsonl"
    rows = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()] if listed.is_file() else []
    folder.mkdir(parents=True, exist_ok=True)
    pieces = []
    for row in rows:
        whole = sound.read(listed.parent / row["file"])
        for start, end in with_pauses(row["segments"]):
            path = folder / f"{row['id']}-{start:.1f}.wav"
            since = max(0.0, start - BEFORE_S)
            sound.write(path, whole[round(since * sound.RATE) : round(end * sound.RATE)])
            pieces.append(Recording(path.stem, path, "", "hesitant", (start - since, end - since)))
    return pieces


def with_pauses(stretches: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Start and end of pieces with at least one pause inside. stretches: start and end of speech without one."""
    pieces: list[list[float]] = []  # start, end, pauses
    for start, end in stretches:
        last = pieces[-1] if pieces else None
        if last and start - last[1] <= PAUSE_S[1] and end - last[0] <= LONGEST_S:
            last[2] += start - last[1] >= PAUSE_S[0]
            last[1] = end
        else:
            pieces.append([start, end, 0])
    return [(start, end) for start, end, pauses in pieces if pauses]


def _recorded(folder: Path, row: dict[str, Any]) -> Recording:
    span = (float(row["speech_start_s"]), float(row["speech_end_s"]))
    words = tuple((str(word), float(start), float(end)) for word, start, end in row.get("words", ()))
    return Recording(row["id"], folder / row["file"], row["text"], row["kind"], span, words)


def synthesized(
    folder: Path, sentences: tuple[str, ...] = SPOKEN, pitches: tuple[float, ...] = PITCHES
) -> list[Recording]:
    """The sentences spoken by hibari in these pitches by turns, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Recording] = []
    voice: Any = None
    for number, text in enumerate(sentences):
        pitch = pitches[number % len(pitches)]
        name = "".join(letter if letter.isalnum() else "_" for letter in text.lower()).strip("_")
        path = folder / f"{name[:60]}.{pitch}.wav"
        if not path.is_file():
            if voice is None:
                import hibari

                voice = hibari.Hibari()
            spoken = np.asarray(voice(text, speed=1 / pitch, seed=number), np.float32)
            pcm = soxr.resample(spoken, 24_000 * pitch, sound.RATE)
            part = path.with_suffix(".part.wav")
            sound.write(part, np.pad(pcm, sound.RATE // 4))
            part.replace(path)
        made.append(Recording(path.stem, path, text, "question", sound.speech_span(sound.read(path))))
    return made


def noise(data: Path | None, seconds: float, seed: int = 3) -> sound.Pcm:
    """Sound without speech at 48 kHz: recorded kitchens, taps, keys, music, animals; else pink noise and knocks."""
    dice = np.random.default_rng(seed)
    length = round(seconds * sound.RATE)
    if data is not None and (listed := data / "speech" / "nonspeech.jsonl").is_file():
        rows = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
        pieces = [sound.read(listed.parent / row["file"]) for row in rows if row["kind"] in ("noise", "music")]
        whole = np.concatenate([_brought_up(piece) for piece in pieces])
        return np.tile(whole, -(-length // len(whole)))[:length]
    spectrum = np.fft.rfft(dice.standard_normal(length)) / np.sqrt(np.maximum(np.arange(length // 2 + 1), 1))
    pink = np.fft.irfft(spectrum, length)
    pink *= 10 ** (NOISE_DBFS / 20) / pink.std()
    for at in dice.integers(0, length - sound.RATE // 20, round(seconds)):
        knock = dice.standard_normal(sound.RATE // 20) * np.exp(-np.arange(sound.RATE // 20) / 200)
        pink[at : at + len(knock)] += 0.1 * knock
    quiet: sound.Pcm = pink.astype(np.float32)
    return quiet


def _brought_up(piece: sound.Pcm) -> sound.Pcm:
    level = float(np.sqrt(np.mean(piece**2)))
    louder: sound.Pcm = piece * np.float32(max(1.0, 10 ** (NOISE_DBFS / 20) / max(level, 1e-6)))
    return louder
