"""The visitor's measuring tools: where speech lies, what is audible, how received sound is placed on the clock."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
import pytest

from visavis_client import sound
from visavis_client.ear import Ear, Order, Playout

RATE = sound.RATE


def tone(seconds: float, level: float = 0.2) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def quiet(seconds: float) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 1e-4, round(seconds * RATE)).astype(np.float32)


def test_speech_is_found_between_its_silences_and_a_click_is_none() -> None:
    pcm = np.concatenate([quiet(0.5), tone(1.0), quiet(0.8), tone(0.01), quiet(0.4)])
    assert sound.speech_span(pcm) == (0.5, 1.5)
    assert sound.speech_span(quiet(1.0)[:0]) == (0.0, 0.0)


def test_first_sound_and_silence_after_an_interruption() -> None:
    pcm = np.concatenate([quiet(1.0), tone(1.0), quiet(0.1), tone(0.4), quiet(1.0), tone(0.2)])
    assert sound.first_audible(pcm, 0.0) == 1.0
    assert sound.first_audible(pcm, 0.0, until=0.9) is None
    assert sound.first_audible(pcm, 2.02) == 2.1
    assert sound.silent_from(pcm, 1.2, 1.3) == 2.5  # the run goes on after a pause of 0.1 s
    assert sound.silent_from(pcm, 1.2, 3.0) == 2.5
    assert sound.silent_from(pcm, 1.2, 3.6) == 3.7  # to the end of the recording
    assert sound.silent_from(pcm, 2.6, 3.4) is None


def test_sound_files_are_read_whatever_their_rate_and_refused_with_a_reason(tmp_path) -> None:
    sound.write(tmp_path / "a.wav", tone(0.5))
    assert len(sound.read(tmp_path / "a.wav")) == RATE // 2
    (tmp_path / "b.wav").write_text("no sound")
    with pytest.raises(ValueError, match=r"b\.wav could not be read as sound"):
        sound.read(tmp_path / "b.wav")
    with pytest.raises(ValueError, match=r"c\.wav could not be read as sound"):
        sound.read(tmp_path / "c.wav")


@dataclass
class Packet:
    sequence_number: int
    timestamp: int = 0
    _data: bytes = b""


@pytest.mark.parametrize(
    ("came", "left"),
    [
        ([1, 2, 3], [[1], [2], [3]]),
        ([1, 3, 2, 4], [[1], [], [2, 3], [4]]),
        ([1, 3, 4, 5, 6], [[1], [], [], [], [3, 4, 5, 6]]),  # 2 never came
        ([1, 2, 2, 1, 3], [[1], [2], [], [], [3]]),
        ([65535, 0, 1], [[65535], [0], [1]]),
        ([65535, 1, 0], [[65535], [], [0, 1]]),
        ([5, 6, 30_000, 30_001], [[5], [6], [30_000], [30_001]]),  # the sender began anew
    ],
)
def test_packets_leave_in_order(came: list[int], left: list[list[int]]) -> None:
    order = Order()
    assert [[packet.sequence_number for packet in order.take(Packet(n))] for n in came] == left


def placed(pieces: list[tuple[float, float, bool]]) -> list[float]:
    """Pieces of 20 ms as (arrival, time in the stream, silent)."""
    playout = Playout()
    return [round(playout.place(arrival, stream, 0.02, silent), 3) for arrival, stream, silent in pieces]


def test_a_run_of_sound_begins_where_it_arrived_and_has_no_seams() -> None:
    pieces = [(1.0, 0.0, True), (1.023, 0.02, False), (1.045, 0.04, False), (1.061, 0.06, False)]
    assert placed(pieces) == [1.0, 1.023, 1.043, 1.063]


def test_a_late_piece_tears_the_run_and_silence_takes_the_delay_back() -> None:
    run = [(1.0, 0.0, False), (1.02, 0.02, False), (1.2, 0.04, False), (1.201, 0.06, False)]
    assert placed(run) == [1.0, 1.02, 1.2, 1.22]
    after = [*run, (1.202, 0.08, True), (1.22, 0.22, True), (1.24, 0.24, False)]
    assert placed(after)[4:] == [1.24, 1.24, 1.24]


def test_a_lost_piece_leaves_its_place_empty() -> None:
    assert placed([(1.0, 0.0, False), (1.04, 0.04, False)]) == [1.0, 1.04]


def test_the_ear_writes_what_arrived_where_it_arrived() -> None:
    class At:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = At()
    ear = Ear(clock)  # type: ignore[arg-type]
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    pcm = (np.concatenate([np.zeros(RATE // 2, np.float32), tone(0.5)]) * 32767).astype(np.int16)
    for number in range(50):
        frame = av.AudioFrame.from_ndarray(pcm[number * 960 : (number + 1) * 960][None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, number * 960
        data = b"".join(bytes(packet) for packet in encoder.encode(frame))
        clock.now = 2.0 + number * 0.02
        ear.add(Packet(number, 4_294_960_000 + number * 960 & 0xFFFF_FFFF, data))
        ear.add(Packet(number, 4_294_960_000 + number * 960 & 0xFFFF_FFFF, data))  # twice: heard once
    heard = ear.recorded()
    assert sound.first_audible(heard, 0.0) == pytest.approx(2.5, abs=0.025)
    assert ear.heard(0.0) == pytest.approx(2.5, abs=0.025)
    assert ear.heard(9.0) is None
    loud = heard[round(2.6 * RATE) : round(2.9 * RATE)]
    spectrum = np.abs(np.fft.rfft(loud))
    assert np.argmax(spectrum) * RATE / len(loud) == pytest.approx(440, abs=5)
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(0.14, rel=0.15)
    ear.add(Packet(50, 0, b"\xff damaged"))  # passed over
    assert len(ear.recorded()) == len(heard)
