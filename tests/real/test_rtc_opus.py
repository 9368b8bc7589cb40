"""Opus through libopus: what is decoded, recovered and concealed sounds like what was said."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr

from tests import speech
from visavis_models.ports import HEARING_RATE
from visavis_server.rtc import opus


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """A sentence at 48 kHz, int16, whole packets of it."""
    spoken = speech.spoken("Where are the keys that I left on the table?", tmp_path_factory.mktemp("said"))
    pcm, rate = soundfile.read(spoken.path, dtype="float32")
    pcm = soxr.resample(pcm, rate, 48_000)[16_000:]
    return (pcm[: len(pcm) // 960 * 960] * 32767).astype(np.int16)


@pytest.fixture(params=["libopus", "PyAV"])
def decoder(request: pytest.FixtureRequest) -> opus.Decoder:
    return opus.OpusDecoder(opus.library()) if request.param == "libopus" else opus.AvDecoder()


@pytest.fixture(params=["libopus", "PyAV"])
def encoder(request: pytest.FixtureRequest) -> opus.Encoder:
    return opus.OpusEncoder(opus.library(), 32_000) if request.param == "libopus" else opus.AvEncoder(32_000)


def packets(encoder: opus.Encoder, pcm: np.ndarray) -> list[bytes]:
    encoder.expect_loss(20)
    return [encoder.encode(pcm[at : at + 960]) for at in range(0, len(pcm), 960)]


def likeness(heard: np.ndarray, said: np.ndarray) -> float:
    """Signal to difference in dB, at the best delay up to 10 ms."""
    size = len(heard) - 200
    errors = [float(np.mean((heard[d : d + size] - said[:size]) ** 2)) for d in range(160)]
    return float(10 * np.log10(np.mean(said[:size] ** 2) / min(errors)))


def test_sound_comes_out_as_it_went_in(said: np.ndarray, encoder: opus.Encoder, decoder: opus.Decoder) -> None:
    heard = np.concatenate([decoder.decode(packet) for packet in packets(encoder, said)])
    assert heard.dtype == np.float32
    assert len(heard) == len(said) // 3
    assert likeness(heard, soxr.resample(said.astype(np.float32) / 32768, 48_000, 16_000)) > 8


def test_every_packet_s_length_is_read_from_its_first_bytes(said: np.ndarray, encoder: opus.Encoder) -> None:
    assert {opus.length(packet) for packet in packets(encoder, said)} == {960}
    assert opus.length(b"") == 0


def test_a_copy_is_closer_to_what_was_said_than_concealment(said: np.ndarray) -> None:
    sent = packets(opus.OpusEncoder(opus.library(), 32_000), said)
    whole = opus.OpusDecoder(opus.library())
    expected = [whole.decode(packet) for packet in sent]
    lost = [number for number in range(5, len(sent) - 1, 5) if opus.carries_copy(sent[number + 1])]
    assert len(lost) > len(sent) / 12

    def off(copies: bool) -> float:
        decoder, error = opus.OpusDecoder(opus.library()), 0.0
        for number, packet in enumerate(sent):
            if number not in lost:
                decoder.decode(packet)
                continue
            made = decoder.recover(sent[number + 1], 320) if copies else decoder.conceal(320)
            assert len(made) == 320
            error += float(np.mean((made - expected[number]) ** 2))
        return error

    assert off(copies=True) < 0.5 * off(copies=False)


def test_concealment_fades(said: np.ndarray, decoder: opus.Decoder) -> None:
    loud = int(np.argmax(np.convolve(said.astype(np.float64) ** 2, np.ones(4800), "same"))) // 960
    for packet in packets(opus.encoder(32_000), said)[:loud]:
        decoder.decode(packet)
    made_up = decoder.conceal(HEARING_RATE)
    assert len(made_up) == HEARING_RATE
    assert made_up[:160].std() > 0.01
    assert made_up[-1600:].std() < 0.1 * made_up[:160].std()


def test_what_is_no_packet_is_refused(decoder: opus.Decoder) -> None:
    with pytest.raises(opus.OpusError):
        decoder.decode(b"\xff\xff\xff")
    assert len(decoder.conceal(320)) == 320


def test_a_rest_is_silence(decoder: opus.Decoder) -> None:
    for packet in packets(opus.encoder(32_000), np.zeros(9600, np.int16)):
        decoder.decode(packet)
    assert opus.resting(b"\x48")
    assert np.abs(decoder.decode(b"\x48")).max(initial=0) < 0.001


def test_without_libopus_sound_goes_on_and_the_log_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing(path: str) -> None:
        raise OSError(f"{path}: no such library")

    monkeypatch.setattr(opus.ctypes, "PyDLL", nothing)
    opus.library.cache_clear()
    try:
        assert isinstance(opus.decoder(), opus.AvDecoder)
        assert isinstance(opus.encoder(24_000), opus.AvEncoder)
    finally:
        opus.library.cache_clear()
    (warning,) = [line.message for line in caplog.records if line.levelname == "WARNING"]
    assert "Install libopus0" in warning
