"""The pure parts of the doors: stamps, pace, resampling, what an offer says."""

from __future__ import annotations

import contextlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis_server.rtc.loudspeaker import CATCH_UP, FRAME_S, OpusVoice, Pace
from visavis_server.rtc.microphone import Ear, Thirds
from visavis_server.rtc.offer import OfferError, read
from visavis_server.rtc.stamps import Stamps, Together

# --- sound and pictures together -------------------------------------------------------------------------------------


def test_pictures_are_stamped_by_the_sound_recorded_with_them() -> None:
    both = Together()
    for n in range(100):
        both.sound.at(n * 0.02, 10 + n * 0.02)
    assert both.picture(0.0, 10.3) == 10.3  # nothing known yet: by arrival
    both.report("audio", 1.0, 5001.0)
    both.report("video", 1.0, 5001.5)  # the camera's track began half a second later
    assert both.picture(0.5, 11.2) == pytest.approx(11.0)
    assert both.picture(0.6, 11.3) == pytest.approx(11.1)


def test_reports_that_make_no_sense_are_not_believed() -> None:
    both = Together()
    both.sound.at(0.0, 10.0)
    both.report("audio", 0.0, 0.0)
    both.report("video", 0.0, 1e9)
    assert both.picture(1.0, 11.0) == 11.0
    both.report("video", 0.0, -1e9)
    assert both.picture(2.0, 12.0) == 12.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 2), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_pictures_never_go_back_nor_ahead_of_arrival(pieces: list[tuple[float, float, float]]) -> None:
    both, now, times = Together(), 0.0, []
    for track_s, passed, clock_s in pieces:
        now += passed
        both.sound.at(track_s / 2, now)
        both.report("audio" if int(now) % 2 else "video", track_s, clock_s)
        times.append(both.picture(track_s, now))
        assert times[-1] <= now + 1e-9
    assert times == sorted(times)


# --- stamps ----------------------------------------------------------------------------------------------------------


def test_even_arrival_is_even_time() -> None:
    stamps = Stamps()
    times = [stamps.at(100 + n * 0.02, 5 + n * 0.02) for n in range(100)]
    assert times == pytest.approx([5 + n * 0.02 for n in range(100)])


def test_jitter_is_smoothed_away() -> None:
    chance = random.Random(1)
    stamps = Stamps()
    times = [stamps.at(n * 0.02, 3 + n * 0.02 + chance.uniform(0, 0.08)) for n in range(500)]
    steps = np.diff(times[200:])
    assert abs(steps - 0.02).max() < 0.0021
    assert abs(times[-1] - (3 + 499 * 0.02)) < 0.01


def test_a_pause_in_the_track_is_a_pause_in_time() -> None:
    stamps = Stamps()
    assert stamps.at(0.0, 1.0) == 1.0
    assert stamps.at(10.0, 11.0) == 11.0


def test_a_track_that_starts_anew_is_tied_anew() -> None:
    stamps = Stamps()
    stamps.at(1000.0, 5.0)
    assert stamps.at(0.0, 5.02) == 5.02


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 2)), min_size=1, max_size=50))
def test_time_never_goes_back_nor_ahead_of_arrival(pieces: list[tuple[float, float]]) -> None:
    stamps, now, times = Stamps(), 0.0, []
    for track_s, passed in pieces:
        now += passed
        times.append(stamps.at(track_s, now))
        assert times[-1] <= now + 1e-9
    assert times == sorted(times)


# --- pace ------------------------------------------------------------------------------------------------------------


def test_the_schedule_is_absolute() -> None:
    pace, now, sent = Pace(), 0.0, []
    for _ in range(1000):
        now += pace.wait(now) + 0.003  # every frame's own work takes 3 ms
        sent.append(now)
    assert sent[-1] - sent[0] == pytest.approx(999 * FRAME_S)


def test_after_a_hold_up_only_a_few_frames_catch_up() -> None:
    pace = Pace()
    assert pace.wait(0.0) == 0.0
    assert pace.wait(0.0) == pytest.approx(FRAME_S)
    late = 2 * FRAME_S + CATCH_UP * FRAME_S - 0.001
    waits = [pace.wait(late) for _ in range(CATCH_UP + 2)]
    assert waits[:CATCH_UP] == [0.0] * CATCH_UP
    assert waits[-1] > 0
    much_later = 10.0
    assert [pace.wait(much_later) for _ in range(2)] == [0.0, pytest.approx(FRAME_S)]


# --- sound -----------------------------------------------------------------------------------------------------------


def test_silence_is_encoded_once() -> None:
    opus, silence = OpusVoice(), np.zeros(960, np.int16)
    tone = (8000 * np.sin(np.arange(960) / 10)).astype(np.int16)
    assert len(opus.encode(tone, 0)) > 20
    quiet = [opus.encode(silence, n * 960) for n in range(1, 40)]
    assert len({id(packet) for packet in quiet[15:]}) == 1
    assert opus.encode(tone, 40 * 960) != quiet[-1]


@pytest.mark.parametrize(("hertz", "passes"), [(100, True), (1000, True), (6500, True), (9500, False), (15_000, False)])
def test_thirds_keeps_what_16_khz_can_hold(hertz: int, passes: bool) -> None:
    thirds = Thirds()
    tone = np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000).astype(np.float32)
    heard = np.concatenate([thirds(piece) for piece in np.split(tone, 50)])
    assert len(heard) == 16_000
    level = float(np.sqrt((heard[100:] ** 2).mean()))
    assert level > 0.68 if passes else level < 0.002


def test_pieces_sound_like_the_whole() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 9600).astype(np.float32)
    whole = Thirds()(noise)
    thirds = Thirds()
    parts = np.concatenate([thirds(piece) for piece in np.split(noise, [960, 1200, 4800, 4803])])
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def ear() -> tuple[Ear, list[tuple[float, np.ndarray]], list[float]]:
    heard: list[tuple[float, np.ndarray]] = []
    now = [1.0]
    return Ear(lambda pcm, at: heard.append((at, pcm)), lambda: now[0]), heard, now


def test_a_short_hole_is_filled_and_a_long_one_is_not() -> None:
    listener, heard, now = ear()
    tone = np.ones(960, np.float32)
    listener.take(tone, 0)
    now[0] += 0.06
    listener.take(tone, 2 * 960 + 960)  # two lost
    assert [len(pcm) for _, pcm in heard] == [320, 640, 320]
    assert heard[1][1][50] > heard[1][1][200] > 0
    assert heard[1][1][400] == pytest.approx(0, abs=1e-4)
    now[0] += 10
    listener.take(tone, 10 * 48_000)
    assert [len(pcm) for _, pcm in heard] == [320, 640, 320, 320]
    times = [at for at, _ in heard]
    assert times == sorted(times)
    assert times[-1] - times[0] > 9


# --- offers ----------------------------------------------------------------------------------------------------------

GOOD = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=candidate:1 1 udp 2122 192.0.2.1 5000 typ host\r\na=candidate:2 1 udp 2122 x-y.local 5001 typ host\r\n"
    "a=end-of-candidates\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
)


def test_names_that_must_be_looked_up_are_kept_apart() -> None:
    offer = read(GOOD)
    assert offer.kinds == {"audio", "application"}
    assert offer.mdns == (("candidate:2 1 udp 2122 x-y.local 5001 typ host", 0),)
    assert ".local" not in offer.sdp
    assert "end-of-candidates" not in offer.sdp
    assert "192.0.2.1" in offer.sdp


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("", "v=0"),
        ("hello", "v=0"),
        ("v=0\r\n", "no media"),
        (GOOD + "m=video 9 X 1\r\n" * 5, "media sections"),
        (GOOD.replace("m=application", "m=message"), "'message'"),
        (GOOD.replace("opus", "PCMU"), "Opus"),
        (GOOD + "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n" * 40, "candidates"),
    ],
)
def test_offers_that_are_refused(sdp: str, why: str) -> None:
    with pytest.raises(OfferError, match=why):
        read(sdp)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(OfferError):
        assert read(text).kinds
