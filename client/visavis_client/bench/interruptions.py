"""The part `barge`: recorded people, listening sounds and noises over an answer, again and again.

The answer is always the same, said by rule, and the same words sound the same: it is recorded once without disturbance,
and what is heard under a trial is compared with it, 10 ms by 10 ms. So ducking is measured as a person hears it.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from visavis_agents import events as ev
from visavis_client import sound
from visavis_client.bench.figures import percentile, share
from visavis_client.bench.recordings import Recording, noise, synthesized
from visavis_client.serving import Server
from visavis_client.visit import LISTEN_S, Question, Visitor

QUESTION = "What can you do?"
INTO_S = (0.6, 1.8)  # how far into the answer a trial begins
LONGEST_S = 3.5  # of a recording said over an answer
NOISE_S = 1.5
LEVELS_DBFS = (-35.0, -25.0, -15.0)  # of the loudest 50 ms of a noise
AFTER_S = 1.0  # after a sound, for the answer to be cut or to go on
CUT_S = 0.35  # after a cut, for the last sound to arrive
REST_S = 0.4
A_SESSION = 20  # trials
LISTENING = ("Yeah.", "Right.", "Okay.", "I see.", "Uh-huh.", "Yes.", "Sure.", "Oh, really?")
WINDOW = sound.RATE // 100
BESIDE = 2  # windows
DUCKED, SILENT = 0.6, 0.05  # of the answer's own loudness
MEASURABLE = 10 ** (-50 / 20)  # loudness of the answer in a window that can be compared

Kind = Literal["interruption", "listening", "noise"]


@dataclass(frozen=True)
class Sound:
    """What is said or played over an answer. onset_s: where in it the voice begins."""

    kind: Kind
    name: str
    pcm: sound.Pcm
    onset_s: float


@dataclass
class Trial:
    """One sound over one answer. Times in ms after its onset; hesitation_ms: how long the answer was silent."""

    kind: Kind
    name: str
    cut: bool
    ducked_ms: float | None
    silent_ms: float | None
    hesitation_ms: float


async def barge(
    server: Server, sounds: Sequence[Sound], tell: Callable[[str], None], save: Path, seed: int
) -> dict[str, Any]:
    """All sounds in a fixed random order, `A_SESSION` in one conversation."""
    dice = random.Random(seed)
    order = dice.sample(list(sounds), len(sounds))
    trials: list[Trial] = []
    for first in range(0, len(order), A_SESSION):
        trials += await _session(server, order[first : first + A_SESSION], dice, tell, save / f"barge{first}")
    return figures(trials)


def figures(trials: Sequence[Trial]) -> dict[str, Any]:
    meant = [trial for trial in trials if trial.kind == "interruption"]
    others = [trial for trial in trials if trial.kind != "interruption"]
    stopped = [trial for trial in meant if trial.cut]
    silences = [trial.silent_ms for trial in stopped if trial.silent_ms is not None]
    return {
        "trials": len(trials),
        "ducked_p50_ms": percentile([t.ducked_ms for t in stopped if t.ducked_ms is not None], 50),
        "ducked_p95_ms": percentile([t.ducked_ms for t in stopped if t.ducked_ms is not None], 95),
        "p50_ms": percentile(silences, 50),
        "p95_ms": percentile(silences, 95),
        "missed": share(sum(not trial.cut for trial in meant), len(meant)),
        "survived": share(sum(not trial.cut for trial in others), len(others)),
        "undisturbed": share(sum(t.silent_ms is None for t in others if not t.cut), sum(not t.cut for t in others)),
        "hesitation_p50_ms": percentile([t.hesitation_ms for t in others if not t.cut and t.silent_ms is not None], 50),
        "said": [vars(trial) for trial in trials],
    }


async def _session(
    server: Server, sounds: Sequence[Sound], dice: random.Random, tell: Callable[[str], None], save: Path
) -> list[Trial]:
    visitor = Visitor(server.url)
    marks: list[tuple[Sound, float, float, float, bool]] = []
    await visitor.connect()
    try:
        await visitor.ask(Question(QUESTION))
        for each in sounds:
            marks.append(await _try(visitor, each, dice.uniform(*INTO_S)))
    finally:
        await visitor.leave()
    heard = visitor.ear.recorded()
    visitor.save(save, visitor.result())
    first = visitor.account.replies[0]
    began = sound.first_audible(heard, first.began - 0.3)
    if began is None:
        return []
    undisturbed = heard[round(began * sound.RATE) : round((first.over or began) * sound.RATE)]
    trials = []
    for each, start, onset, until, cut in marks:
        gains = gain(undisturbed, heard[round(start * sound.RATE) : round(until * sound.RATE)])
        since = round((onset - start) * 100)
        ducked, silent, hesitation = measured(gains[since:])
        trials.append(Trial(each.kind, each.name, cut, ducked, silent, hesitation))
        tell(
            f"{each.kind:12s} {each.name[:24]:24s} {'cut' if cut else 'goes on':8s} ducked {_ms(ducked)} "
            f"silent {_ms(silent)} for {hesitation:5.0f} ms"
        )
    return trials


async def _try(visitor: Visitor, each: Sound, into_s: float) -> tuple[Sound, float, float, float, bool]:
    """Returns the sound, and on the clock: the start of the answer, the onset, the end of the trial; was it cut."""
    mark = visitor.account.mark()
    before = visitor.clock()
    visitor.send(ev.TextTyped(text=QUESTION))

    def reply() -> Any:
        begun = [one for one in visitor.account.since(mark)[1] if one.utterance == 0]
        return begun[0] if begun else None

    await visitor.until(lambda: reply() is not None and visitor.ear.heard(reply().began - 0.3) is not None, 10, "sound")
    start = visitor.ear.heard(max(before, reply().began - 0.3)) or visitor.clock()
    await asyncio.sleep(max(0.0, start + into_s - visitor.clock()))
    onset = visitor.microphone.say(each.pcm) + each.onset_s
    end = onset - each.onset_s + len(each.pcm) / sound.RATE + AFTER_S
    await visitor.until(lambda: reply().over is not None or visitor.clock() >= end, LISTEN_S, "the end of the sound")
    cut = reply().cut
    await asyncio.sleep(CUT_S)
    until = visitor.clock()
    visitor.microphone.hush()
    visitor.send(ev.ReplyStopped())
    await asyncio.sleep(REST_S)
    return each, start - 0.02, onset, until, cut


def gain(undisturbed: sound.Pcm, heard: sound.Pcm) -> NDArray[np.float64]:
    """How loud `heard` is against the same words undisturbed, by 10 ms windows; not a number where those are silent.

    Both begin about with the first word, and are laid over each other by their first 0.4 s. A window is compared with
    the softest of the undisturbed ones beside it, because a late packet shifts what comes after it."""
    length = round(0.4 * sound.RATE)
    pattern = undisturbed[:length].astype(np.float64)
    room = np.pad(heard[: 2 * length].astype(np.float64), (length, 0))
    spectrum = np.fft.rfft(room, 4 * length) * np.conj(np.fft.rfft(pattern, 4 * length))
    shift = int(np.fft.irfft(spectrum)[: 2 * length].argmax()) - length
    placed = np.pad(undisturbed, (max(0, shift), 0))[max(0, -shift) :]
    count = min(len(placed), len(heard)) // WINDOW
    theirs, ours = (_loudness(pcm[: count * WINDOW]) for pcm in (placed, heard))
    beside = np.pad(theirs, BESIDE, mode="edge")
    theirs = np.min([beside[n : n + count] for n in range(2 * BESIDE + 1)], axis=0)
    ratio: NDArray[np.float64] = np.where(theirs > MEASURABLE, ours / np.maximum(theirs, 1e-9), np.nan)
    return ratio


def measured(gains: NDArray[np.float64]) -> tuple[float | None, float | None, float]:
    """ms until ducked, ms until silent, ms of silence; None for never. gains: by 10 ms windows from the onset on.

    Ducked and silent count from the end of the last louder window. Two measurable windows in a row must be softer, five
    be silent: no word's own quiet moment is mistaken for it."""
    known = np.flatnonzero(~np.isnan(gains))
    values = gains[known]

    def first(below: float, run: int) -> float | None:
        for n in range(len(values) - run + 1):
            if (values[n : n + run] < below).all():
                return float(known[n - 1] * 10 + 10) if n else 0.0
        return None

    silent = first(SILENT, 5)
    if silent is None:
        return first(DUCKED, 2), None, 0.0
    again = known[(known * 10 > silent) & (values > 2 * SILENT)]
    end = float(again[0] * 10) if len(again) else len(gains) * 10.0
    return first(DUCKED, 2), silent, end - silent


def over_an_answer(
    people: Path | None, said: Sequence[Recording], folder: Path, seed: int, counts: tuple[int, int, int] = (50, 22, 34)
) -> list[Sound]:
    """The sounds of the part: interruptions, listening sounds and noises, as many as counts says."""
    dice = random.Random(seed)
    short = [one for one in said if one.span[1] - one.span[0] <= LONGEST_S]
    meant = [
        Sound("interruption", one.id, sound.read(one.path), one.span[0])
        for one in (dice.sample(short, min(counts[0], len(short))) * counts[0])[: counts[0]]
    ]
    spoken = [
        Sound("listening", one.id, sound.read(one.path), one.span[0])
        for pitch in (0.88, 1.0, 1.14)
        for one in synthesized(folder, LISTENING, (pitch,))
    ]
    rows = [row for row in nonspeech(people) if row["kind"] == "backchannel"] if people else []
    hums = [_at_level("listening", row, level) for row in rows for level in LEVELS_DBFS[1:]]
    listening = dice.sample(hums, min(len(hums), counts[1] // 2))
    listening += dice.sample(spoken, min(len(spoken), counts[1] - len(listening)))
    rows = [row for row in nonspeech(people) if row["kind"] != "backchannel"] if people else []
    noises = [_at_level("noise", row, level) for row in rows for level in LEVELS_DBFS]
    if not noises:
        pink = noise(None, counts[2] * NOISE_S, seed)
        pieces = pink[: counts[2] * round(NOISE_S * sound.RATE)].reshape(counts[2], -1)
        noises = [Sound("noise", f"noise {n}", piece, 0.0) for n, piece in enumerate(pieces)]
    return [*meant, *listening, *dice.sample(noises, min(len(noises), counts[2]))]


def nonspeech(people: Path) -> list[dict[str, Any]]:
    """Recorded sounds that are no words, with the path of each."""
    rows = []
    for listed in sorted((people / "speech").glob("nonspeech*.jsonl")):
        for line in listed.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append({**row, "path": listed.parent / row["file"]})
    return rows


def _at_level(kind: Kind, row: dict[str, Any], dbfs: float) -> Sound:
    """The loudest NOISE_S of a recording, its loudest 50 ms at `dbfs`."""
    pcm = sound.read(row["path"])
    piece = sound.RATE // 20
    power = np.square(pcm[: len(pcm) // piece * piece]).reshape(-1, piece).mean(axis=1)
    first = max(0, int(power.argmax()) * piece - round(NOISE_S * sound.RATE / 2)) if len(power) else 0
    cut = pcm[first : first + round(NOISE_S * sound.RATE)]
    scaled = np.clip(cut * np.float32(10 ** (dbfs / 20) / np.sqrt(max(power.max(initial=0), 1e-10))), -1, 1)
    return Sound(kind, f"{row['id']} {dbfs:.0f} dBFS", scaled, sound.speech_span(scaled)[0])


def _loudness(pcm: sound.Pcm) -> NDArray[np.float64]:
    loudness: NDArray[np.float64] = np.sqrt(np.square(pcm.astype(np.float64)).reshape(-1, WINDOW).mean(axis=1))
    return loudness


def _ms(value: float | None) -> str:
    return "   never" if value is None else f"{value:5.0f} ms"
