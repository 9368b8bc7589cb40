"""Percentiles, floors and the tables of the bench. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Floor:
    """What a figure must reach: at most `most`, or at least `least`."""

    figure: str
    title: str
    unit: str
    most: float = math.inf
    least: float = -math.inf

    def met(self, value: float) -> bool:
        return self.least <= value <= self.most

    @property
    def wish(self) -> str:
        limits = [f"≤ {self.most:g}"] * (self.most < math.inf) + [f"≥ {self.least:g}"] * (self.least > -math.inf)
        return " ".join([*limits, self.unit]).strip() if limits else ""


FLOORS = (
    Floor("latency.p50_ms", "voice to voice, p50", "ms", most=550),
    Floor("latency.p95_ms", "voice to voice, p95", "ms", most=1000),
    Floor("latency.answered", "turns answered", "%", least=100),
    Floor("latency.early", "replies begun before the user had finished", "%", most=3),
    Floor("latency.transcript_p50_ms", "end of speech to the final transcript, p50", "ms", most=150),
    Floor("latency.wer", "word errors, live", "%"),
    Floor("latency.wer_offline", "word errors, same weights offline", "%"),
    Floor("latency.wer_added", "word errors added by the live path", "points", most=1),
    Floor("words.recordings", "recordings heard live, without waiting", ""),
    Floor("words.wer", "all recordings: word errors, live", "%"),
    Floor("words.wer_offline", "all recordings: word errors, same weights offline", "%"),
    Floor("words.wer_added", "all recordings: word errors added by the live path", "points", most=1),
    Floor("latency.drafts_thrown", "drafts thrown away", "%"),
    Floor("latency.loop_lag_p99_ms", "event-loop lag p99 during replies", "ms", most=20),
    Floor("pauses.turns", "speech with pauses inside, turns", ""),
    Floor("pauses.early", "the same: replies begun before the user had finished", "%", most=8),
    Floor("pauses.p50_ms", "the same: voice to voice, p50", "ms"),
    Floor("quiet.words", "words from 60 s of silence", "", most=0),
    Floor("noise.words", "words from 60 s of noise", "", most=0),
    Floor("barge.trials", "sounds over an answer", ""),
    Floor("barge.ducked_p50_ms", "barge-in to ducked, p50", "ms", most=150),
    Floor("barge.p50_ms", "barge-in to silence, p50", "ms", most=250),
    Floor("barge.p95_ms", "barge-in to silence, p95", "ms", most=400),
    Floor("barge.missed", "interruptions missed", "%", most=2),
    Floor("barge.survived", "listening sounds and noises survived", "%", least=95),
    Floor("barge.undisturbed", "of these without a moment of silence", "%"),
    Floor("barge.hesitation_p50_ms", "moment of silence otherwise, p50", "ms"),
    Floor("frames.trials", "looks at a camera that changes every half second", ""),
    Floor("frames.right", "frame of the word", "%", least=90),
    Floor("frames.right_anywhere", "the same, wherever in its half second the word falls", "%"),
    Floor("frames.right_pointing", "of these at this, that, these, those, it, here", "%"),
    Floor("frames.within_word", "frame of the word, any that was seen while it was said", "%"),
    Floor("frames.newest_right", "had the newest frame been taken", "%"),
    Floor("frames.end_right", "had the frame at the end of the sentence been taken", "%"),
    Floor("frames.skew_p50_ms", "frame against the middle of the word, median", "ms"),
    Floor("frames.skew_p95_ms", "frame against the middle of the word, 95th percentile", "ms"),
    Floor("frames.unknown_p50_ms", "of it, what the server does not know of: word times and clocks, median", "ms"),
    Floor("frames.unknown_p95_ms", "the same, 95th percentile", "ms"),
    Floor("frames.told_p95_ms", "error that the server states, 95th percentile", "ms"),
    Floor("idle.core", "idle session with camera 640x480 at 15/s", "% of a core", most=20),
    Floor("idle.core_audio", "idle session, sound only", "% of a core"),
    Floor("idle.resident_mb", "resident memory, everything loaded", "MB", most=1500),
    Floor("four.answered", "four sessions at once, turns answered", "%", least=100),
    Floor("four.p50_ms", "four sessions at once, voice to voice p50", "ms"),
    Floor("eight.answered", "eight connected, four talking: turns answered", "%", least=100),
    Floor("eight.p50_ms", "eight connected, four talking: voice to voice p50", "ms"),
    Floor("eight.p95_ms", "eight connected, four talking: voice to voice p95", "ms", most=2000),
    Floor("eight.late", "eight connected, four talking: frames of sound that left over 20 ms late", "", most=0),
    Floor("eight.loop_lag_p99_ms", "eight connected, four talking: event-loop lag p99", "ms", most=10),
    Floor("loss.answered", "5 % loss, turns answered", "%"),
    Floor("loss.p50_ms", "5 % loss, voice to voice p50", "ms"),
    Floor("loss.added_p50_ms", "5 % loss, added to the median", "ms"),
    Floor("loss.added_p95_ms", "5 % loss, added to the 95th percentile", "ms"),
    Floor("loss.wer_added", "5 % loss, word errors added", "points", most=1),
    Floor("network.clean_added_p95_ms", "receive path, no loss: added, p95", "ms", most=30),
    Floor("network.random_added_p95_ms", "receive path, 5 % random loss: added, p95", "ms", most=120),
    Floor("network.bursts_added_p95_ms", "receive path, bursts of three: added, p95", "ms", most=120),
    Floor("network.random_good_lost", "receive path, 5 % random loss: good sound lost", "%", most=1),
    Floor("network.bursts_good_lost", "receive path, bursts of three: good sound lost", "%", most=1),
    Floor("network.random_hole_ms", "receive path, 5 % random loss: longest hole", "ms", most=60),
    Floor("network.bursts_hole_ms", "receive path, bursts of three: longest hole", "ms", most=60),
    Floor("network.random_made_up", "receive path, 5 % random loss: sound that was only concealed", "%"),
    Floor("network.bursts_made_up", "receive path, bursts of three: sound that was only concealed", "%"),
    Floor("network.heard", "recordings heard over each of these networks", ""),
    Floor("network.random_wer_added", "receive path, 5 % random loss: word errors added", "points", most=1),
    Floor("network.bursts_wer_added", "receive path, bursts of three: word errors added", "points", most=1),
    Floor("network.clean_us_a_packet", "receive path: work for a packet of sound", "us"),
    Floor("network.camera_back_ms", "5 % loss, longest time until the camera's picture is back", "ms", most=400),
    Floor("network.join_ms", "join, median", "ms", most=700),
    Floor("network.join_dead_stun_ms", "join with a dead STUN server, median", "ms", most=700),
    Floor("network.vanished_s", "vanished visitor noticed after", "s", most=3),
    Floor("network.resumed_s", "back on the line: the rest of an answer is heard after, median", "s", most=2),
    Floor("network.grown_mb", "memory after 200 joins and leaves: more by", "MB", most=2),
    Floor("network.threads_left", "threads left by 200 joins and leaves", "", most=0),
)


def percentile(values: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 1) if values else math.nan


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 5th and 95th percentile."""
    return {"p50": percentile(values, 50), "p5": percentile(values, 5), "p95": percentile(values, 95)}


def share(count: float, of: int) -> float:
    """Per cent."""
    return round(100 * count / of, 1) if of else math.nan


class Lag:
    """Event-loop lag out of the server's own histogram, summed over the times that count. Pure."""

    def __init__(self) -> None:
        self._counts: dict[float, float] = {}

    def add(self, before: str, after: str) -> None:
        """Two pages of /metrics, from the beginning and the end of a time that counts."""
        first = buckets(before)
        for edge, count in buckets(after).items():
            self._counts[edge] = self._counts.get(edge, 0) + count - first.get(edge, 0)

    def p99_ms(self) -> float:
        """Upper edge of the bucket that holds the 99th percentile."""
        total = self._counts.get(math.inf, 0)
        edges = [edge for edge, count in sorted(self._counts.items()) if total and count >= 0.99 * total]
        return 1000 * edges[0] if edges else math.nan


def buckets(page: str) -> dict[float, float]:
    """Cumulative counts of the loop-lag histogram by upper edge in seconds."""
    found = re.findall(r'^visavis_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', page, re.MULTILINE)
    return {float(edge): float(count) for edge, count in found}


def count(page: str, name: str) -> float:
    """A counter of /metrics."""
    found = re.search(rf"^{name}_total (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else math.nan


def rows(results: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[Floor, float]]:
    """The figures that were taken."""
    for floor in FLOORS:
        part, _, name = floor.figure.partition(".")
        value = results.get(part, {}).get(name)
        if value is not None:
            yield floor, float(value)


def markdown(results: Mapping[str, Mapping[str, Any]], about: str) -> str:
    """The report."""
    lines = [f"# Bench\n\n{about}\n", "| figure | measured | floor | |", "| --- | ---: | ---: | --- |"]
    for floor, value in rows(results):
        verdict = "" if not floor.wish else "met" if floor.met(value) else "**missed**"
        part, _, name = floor.figure.partition(".")
        between = " ({:g} to {:g})".format(*results[part][f"{name}_95"]) if f"{name}_95" in results[part] else ""
        lines.append(f"| {floor.title} | {value:g}{between} {floor.unit} | {floor.wish} | {verdict} |")
    for part in ("latency", "four", "loss"):
        if stages := results.get(part, {}).get("stages_ms"):
            lines += [
                f"\n## {part}: milliseconds from the end of speech\n",
                "| stage | median | p5-p95 |",
                "| --- | ---: | ---: |",
            ]
            lines += [f"| {stage} | {s['p50']:g} | {s['p5']:g}-{s['p95']:g} |" for stage, s in stages.items()]
    return "\n".join(lines) + "\n"
