"""The bench's figures: percentiles, floors, lag out of a histogram, and the report."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from visavis_client.bench.figures import FLOORS, Lag, markdown, percentile, rows, share
from visavis_client.bench.interruptions import Trial, figures, gain, measured
from visavis_client.bench.parts import added
from visavis_client.bench.recordings import chosen, noise, recordings, with_pauses
from visavis_client.sound import RATE, write


def page(**counts: float) -> str:
    edges = {"fast": "0.005", "slow": "0.05", "all": "+Inf"}
    return "".join(f'visavis_loop_lag_seconds_bucket{{le="{edges[k]}"}} {v}\n' for k, v in counts.items())


def test_the_lag_of_the_times_that_count() -> None:
    lag = Lag()
    assert math.isnan(lag.p99_ms())
    lag.add(page(fast=100, slow=150, all=150), page(fast=199, slow=250, all=250))
    assert lag.p99_ms() == 5
    lag.add(page(fast=0, slow=0, all=0), page(fast=95, slow=100, all=100))
    assert lag.p99_ms() == 50


def test_empty_figures_are_not_numbers() -> None:
    assert math.isnan(percentile([], 50))
    assert math.isnan(share(0, 0))
    assert share(39, 40) == 97.5


def test_the_report_names_what_is_missed() -> None:
    results = {"latency": {"p50_ms": 950.0, "answered": 100.0, "stages_ms": {"pause": {"p50": 1, "p5": 0, "p95": 2}}}}
    report = markdown(results, "here")
    assert "| voice to voice, p50 | 950 ms | ≤ 550 ms | **missed** |" in report
    assert "| turns answered | 100 % | ≥ 100 % | met |" in report
    assert "| pause | 1 | 0-2 |" in report
    assert len(list(rows(results))) == 2
    words = markdown({"words": {"wer_added": 1.2, "wer_added_95": [-0.4, 2.8]}}, "here")
    assert "| all recordings: word errors added by the live path | 1.2 (-0.4 to 2.8) points | ≤ 1 points |" in words
    assert len({floor.figure for floor in FLOORS}) == len(FLOORS)


def test_recordings_come_with_the_true_end_of_their_speech(tmp_path) -> None:
    folder = tmp_path / "speech"
    (folder / "short").mkdir(parents=True)
    listed = [
        {
            "id": name,
            "file": f"short/{name}.wav",
            "text": "a b",
            "kind": kind,
            "speech_start_s": 0.1,
            "speech_end_s": 0.4,
        }
        for name, kind in (("one", "question"), ("two", "statement"), ("three", "command"))
    ]
    (folder / "short.jsonl").write_text("\n".join(map(json.dumps, listed)))
    for row in listed:
        write(folder / row["file"], np.zeros(RATE // 2, np.float32))
    found = recordings(tmp_path)
    assert [recording.id for recording in found] == ["one", "three"]
    assert found[0].question().span == (0.1, 0.4)
    order = chosen(found, 5, seed=1)
    assert {recording.id for recording in order[:2]} == {"one", "three"}
    assert order == chosen(found, 5, seed=1)


def test_pieces_with_pauses_inside_are_cut_at_long_ones() -> None:
    assert with_pauses([(0.5, 2.0), (2.6, 4.0), (6.0, 7.0), (7.1, 9.0)]) == [(0.5, 4.0)]  # the second has no pause
    assert with_pauses([(0, 5), (5.5, 8), (8.5, 12), (13, 14)]) == [(0, 8), (8.5, 14)]  # none is longer than 9 s
    assert with_pauses([]) == []


def test_without_recordings_there_is_noise_all_the_same() -> None:
    pcm = noise(None, 3.0)
    assert len(pcm) == 3 * RATE
    assert 0.005 < pcm.std() < 0.05
    assert np.abs(pcm).max() < 1


def test_what_a_bad_network_adds_is_told_of_the_same_questions() -> None:
    def turn(ms: float | None, transcript: str) -> dict:
        return {"text": "turn on the lamp", "transcript": transcript, "latency_ms": ms}

    clean = {"said": [turn(400, "turn on the lamp"), turn(500, "turn on the lamp"), turn(9000, "never asked again")]}
    bad = {"said": [turn(500, "turn on a lamp"), turn(None, "turn on the lamp")]}
    assert added(bad, clean) == {"added_p50_ms": 50.0, "added_p95_ms": 5.0, "wer_added": 12.5}


def test_what_is_heard_under_a_sound_is_compared_with_the_same_words_undisturbed() -> None:
    dice = np.random.default_rng(1)
    words = (0.2 * dice.standard_normal(3 * RATE)).astype(np.float32)
    words[RATE : RATE + RATE // 5] = 0.0  # a pause between two words
    heard = np.concatenate([np.zeros(700, np.float32), words])
    heard[700 + round(1.5 * RATE) :] *= 0.25
    heard[700 + round(1.7 * RATE) :] = 0.0
    heard[700 + round(2.2 * RATE) :] = words[round(2.2 * RATE) :]
    gains = gain(words, heard)
    assert np.isnan(gains[105:115]).all()
    ducked, silent, hesitation = measured(gains[round(100 * (700 / RATE + 1.3)) :])
    assert ducked == pytest.approx(200, abs=30)
    assert silent == pytest.approx(400, abs=30)
    assert hesitation == pytest.approx(500, abs=40)
    assert measured(gains[:120]) == (None, None, 0.0)


def test_missed_and_survived_are_counted_apart() -> None:
    trials = [
        Trial("interruption", "a", True, 100.0, 200.0, 900.0),
        Trial("interruption", "b", False, None, None, 0.0),
        Trial("noise", "c", False, 90.0, None, 0.0),
        Trial("listening", "d", False, 90.0, 220.0, 400.0),
        Trial("listening", "e", True, 90.0, 220.0, 400.0),
    ]
    found = figures(trials)
    assert (found["missed"], found["survived"], found["undisturbed"]) == (50.0, 66.7, 50.0)
    assert (found["p50_ms"], found["ducked_p50_ms"], found["hesitation_p50_ms"]) == (200.0, 100.0, 400.0)
