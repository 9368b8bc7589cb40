"""The pure parts of the doors: stamps, pace, resampling, what an offer says."""

from __future__ import annotations

import contextlib
import random

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from visavis_server.rtc.bounds import AT_ONCE, Repeats
from visavis_server.rtc.loudspeaker import CATCH_UP, FRAME_S, REST_EVERY, SETTLE, Pace, Voice
from visavis_server.rtc.offer import OfferError, read
from visavis_server.rtc.reports import SenderClock
from visavis_server.rtc.stamps import Stamps, Together
from visavis_server.rtc.thirds import Thirds
from visavis_server.rtc.ticks import Unwrapped, ahead

# --- sound and pictures together -------------------------------------------------------------------------------------


def test_pictures_are_stamped_by_the_sound_recorded_with_them() -> None:
    both = Together()
    for n in range(100):
        both.sound.at(n * 0.02, 10 + n * 0.02)
    assert both.picture(0.0, 10.3) == (10.3, 0.0)  # nothing known yet: by arrival
    both.report("audio", 0.98, 5001.0)  # a packet of 20 ms leaves when its last sample has been recorded
    both.report("video", 1.0, 5001.5)  # the camera's track began half a second later
    assert both.picture(0.5, 11.2)[0] == pytest.approx(11.0)
    at, error_s = both.picture(0.6, 11.3)
    assert at == pytest.approx(11.1)
    assert 0 < error_s < 0.005


def test_by_arrival_the_jitter_is_the_error() -> None:
    chance, both = random.Random(2), Together()
    errors = [both.picture(n / 15, 5 + n / 15 + chance.uniform(0, 0.06))[1] for n in range(200)]
    assert 0.02 < np.mean(errors[50:]) < 0.05


def test_reports_that_make_no_sense_are_not_believed() -> None:
    both = Together()
    both.sound.at(0.0, 10.0)
    both.report("audio", 0.0, 0.0)
    both.report("video", 0.0, 1e9)
    assert both.picture(1.0, 11.0)[0] == 11.0
    both.report("video", 0.0, -1e9)
    assert both.picture(2.0, 12.0)[0] == 12.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 2), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_pictures_never_go_back_nor_ahead_of_arrival(pieces: list[tuple[float, float, float]]) -> None:
    both, now, times = Together(), 0.0, []
    for track_s, passed, clock_s in pieces:
        now += passed
        both.sound.at(track_s / 2, now)
        both.report("audio" if int(now) % 2 else "video", track_s, clock_s)
        times.append(both.picture(track_s, now)[0])
        assert times[-1] <= now + 1e-9
    assert times == sorted(times)


# --- the sender's clock ----------------------------------------------------------------------------------------------


def reported(drift: float = 0.0, noise_s: float = 0.0, wrong: tuple[int, ...] = (), count: int = 40) -> SenderClock:
    """A clock that shows 7,000 s when its track begins, and reports every second."""
    chance, clock = random.Random(3), SenderClock()
    for n in range(count):
        noise = chance.gauss(0, noise_s) + 0.05 * (n in wrong)
        clock.report(n, 7000 + n * (1 + drift) + noise)
    return clock


def test_drift_and_offset_are_fitted() -> None:
    clock = reported(drift=150e-6)
    assert clock.clock(50.0) == pytest.approx(7000 + 50 * (1 + 150e-6), abs=1e-4)
    assert clock.track(clock.clock(33.3)) == pytest.approx(33.3, abs=1e-9)
    assert clock.error_s < 0.001


def test_a_wrong_report_is_left_out_and_noise_is_the_error() -> None:
    clock = reported(drift=-80e-6, noise_s=0.001, wrong=(7, 23))
    assert clock.clock(40.0) == pytest.approx(7000 + 40 * (1 - 80e-6), abs=0.002)
    assert 0.001 < clock.error_s < 0.01


def test_a_clock_that_was_set_is_followed_after_two_reports() -> None:
    clock = reported()
    clock.report(40.0, 9000.0)
    assert clock.clock(41.0) == pytest.approx(7041.0)
    clock.report(41.0, 9001.0)
    assert clock.clock(42.0) == pytest.approx(9002.0)


# --- RTP's numbers ---------------------------------------------------------------------------------------------------


def test_numbers_wrap_and_places_do_not() -> None:
    assert ahead(2, 0xFFFE) == 4
    assert ahead(0xFFFE, 2) == -4
    place = Unwrapped()
    assert place.of(5) is None
    assert [place(at & 0xFFFFFFFF) for at in (0xFFFFFF00, 0x100000100, 0xFFFFFFF0)] == [0, 0x200, 0xF0]
    assert place.of(0xFFFFFF00) == 0


# --- packets asked for again -----------------------------------------------------------------------------------------


def test_what_is_asked_for_is_repeated_once_a_question() -> None:
    some = Repeats()
    assert some([0xFFFF, 0x10000, 0x10001, 0xFFFF, 0], 50) == [0xFFFF, 0, 1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.lists(st.integers(0, 0x1000F), max_size=300), st.integers(0, 5)), max_size=50))
def test_no_more_is_repeated_than_is_sent(questions: list[tuple[list[int], int]]) -> None:
    some, sent, repeated = Repeats(), 0, 0
    for numbers, more in questions:
        sent += more
        repeated += len(some(numbers, sent))
        assert repeated <= sent + AT_ONCE


# --- stamps ----------------------------------------------------------------------------------------------------------


def test_even_arrival_is_even_time() -> None:
    stamps = Stamps()
    times = [stamps.at(100 + n * 0.02, 5 + n * 0.02) for n in range(100)]
    assert times == pytest.approx([5 + n * 0.02 for n in range(100)])


def test_jitter_is_smoothed_away() -> None:
    chance = random.Random(1)
    stamps = Stamps()
    times = [stamps.at(n * 0.02, 3 + n * 0.02 + chance.uniform(0, 0.08)) for n in range(500)]
    assert 0.02 < stamps.error_s < 0.06
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
    assert pace.behind_s == 0.0
    assert waits[-1] > 0
    much_later = 10.0
    pace.wait(much_later)
    assert pace.behind_s > 9
    assert pace.wait(much_later) == pytest.approx(FRAME_S)


# --- sound -----------------------------------------------------------------------------------------------------------


def test_silence_is_not_sent_but_for_a_word_now_and_then() -> None:
    voice, silence = Voice(), np.zeros(960, np.int16)
    tone = (8000 * np.sin(np.arange(960) / 10)).astype(np.int16)
    assert len(voice.encode(tone)) > 20
    quiet = [len(voice.encode(silence)) for _ in range(SETTLE + 2 * REST_EVERY)]
    assert all(quiet[:SETTLE])
    assert quiet[SETTLE:] == ([1] + [0] * (REST_EVERY - 1)) * 2
    assert len(voice.encode(tone)) > 20


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


def test_candidates_that_cannot_lead_here_do_not_count() -> None:
    tcp = "a=candidate:3 1 TCP 2105 192.0.2.1 9 typ host tcptype active\r\n"
    rtcp = "a=candidate:1 2 UDP 2121 192.0.2.1 5002 typ host\r\n"
    offer = read(GOOD + (tcp + rtcp) * 40)
    assert "TCP 2105" not in offer.sdp
    assert "5002" not in offer.sdp
    assert "192.0.2.1 5000" in offer.sdp


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
