"""Word times, segments and features: the arithmetic round the recognizers."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from visavis_models.backends.moonshine import _loops, _rest, _text
from visavis_models.errors import PackMissing
from visavis_models.log_mel import log_mel
from visavis_models.ports import Transcript, Word
from visavis_models.segments import LONGEST_S, SegmentedStream, cut_at
from visavis_models.word_times import FADE_S, LEAST, claims, cut, loud, settle

RATE = 16_000


def tone(seconds: float, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def hiss(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.0005, round(seconds * RATE)).astype(np.float32)


# --- word times ------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 13), st.integers(0, 2**31))
def test_cut_finds_the_greatest_claims(words, frames, seed):
    claimed = np.random.default_rng(seed).random((words, frames)).astype(np.float32)

    def gained(edges):
        return sum(claimed[i, a:b].sum() for i, (a, b) in enumerate(pairwise(edges)))

    least = min(LEAST, frames // words)
    ways = ([0, *way, frames] for way in product(range(frames + 1), repeat=words - 1))
    best = max(gained(way) for way in ways if min(b - a for a, b in pairwise(way)) >= least)
    edges = cut(claimed)
    assert list(edges) == sorted(edges)
    assert edges[0] == 0
    assert edges[-1] == frames
    assert any(gained(whole) == pytest.approx(best) for whole in product(*map(around, edges)))


def around(edge):
    """The edges between frames that a finer one stands for: half a frame away at most."""
    return range(int(np.ceil(edge - 0.5)), int(np.floor(edge + 0.5)) + 1)


@pytest.mark.parametrize(("won", "edge"), [(1.0, 3.0), (3.0, 2.75), (0.2, 3.333)])
def test_an_edge_lies_where_the_claims_cross(won, edge):
    claimed = np.array([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, won, 1.0, 1.0]], np.float32)
    assert cut(claimed)[1] == pytest.approx(edge, abs=0.001)


def test_what_a_head_sees_ahead_counts_for_the_frame_before_it():
    looked = np.zeros((1, 1, 4), np.float32)
    looked[0, 0, 2] = 1.0
    for shift, frame in ((0, 3), (1, 2), (2, 1)):  # weights of the frame before, the frame, the one after
        weights = np.zeros((1, 3), np.float32)
        weights[0, shift] = 1.0
        assert claims(looked, weights)[0].argmax() == frame


def test_words_end_and_begin_at_the_edges_of_a_pause():
    pcm = np.concatenate([hiss(0.5), tone(0.4), hiss(0.6), tone(0.4), hiss(0.3)])
    (first, second) = settle([(0.1, 1.2), (1.2, 2.1)], pcm)
    assert first == pytest.approx((0.5 - FADE_S, 0.9 + FADE_S), abs=0.03)
    assert second == pytest.approx((1.5 - FADE_S, 1.9 + FADE_S), abs=0.03)


def test_the_closure_of_a_plosive_belongs_to_its_word():
    pcm = np.concatenate([hiss(0.3), tone(0.2), hiss(0.07), tone(0.2), hiss(0.3)])
    assert settle([(0.2, 0.9)], pcm)[0] == pytest.approx((0.3 - FADE_S, 0.77 + FADE_S), abs=0.03)


def test_no_sound_moves_no_word():
    assert settle([(0.1, 0.2)], np.zeros(RATE, np.float32)) == [(0.1, 0.2)]
    assert settle([], hiss(0.5)) == []
    assert not loud(np.zeros(10, np.float32)).size


# --- segments --------------------------------------------------------------------------------------------------------


def test_a_long_utterance_is_cut_in_its_pause():
    assert cut_at(tone(LONGEST_S)) is None
    pcm = np.concatenate([tone(7.0), hiss(0.4), tone(6.0)])
    assert cut_at(pcm) / RATE == pytest.approx(7.2, abs=0.1)


class Length:
    """Writes one word for every second, and notes how much it was shown."""

    timed = False

    def __init__(self):
        self.shown = []

    def text(self, pcm):
        words, belief = self.words(pcm)
        return " ".join(word.text for word in words), belief

    def words(self, pcm):
        self.shown.append(pcm.size / RATE)
        return [Word("la", n, n + 1) for n in range(pcm.size // RATE)], -0.1

    def again(self, pcm):
        return [Word("lo", n, n + 1) for n in range(pcm.size // RATE)], -0.05


def test_the_cost_of_a_long_utterance_is_bounded():
    writer = Length()
    stream = SegmentedStream(writer)
    pcm = np.concatenate([np.concatenate([tone(3.7), hiss(0.3)]) for _ in range(10)])
    for end in range(RATE // 2, pcm.size, RATE // 2):
        stream.partial(pcm[:end])
    last = stream.final(pcm)
    assert max(writer.shown) <= LONGEST_S
    starts = [word.start_s for word in last.words]
    assert starts == sorted(starts)
    assert last.words[-1].end_s <= pcm.size / RATE
    assert last.text == " ".join(word.text for word in last.words)
    assert len(last.words) >= 35  # seconds; a second on either side of a cut may be lost to rounding
    assert stream.final(pcm) == last


def test_a_second_look_is_at_the_open_segment_only():
    stream = SegmentedStream(Length())
    pcm = np.concatenate([tone(7.0), hiss(0.4), tone(6.0)])
    first, second = stream.final(pcm), stream.again(pcm)
    cut_s = cut_at(pcm) / RATE
    assert second.belief == -0.05
    assert second.words[:7] == first.words[:7]
    assert [(word.text, word.start_s) for word in second.words[7:]] == [("lo", cut_s + n) for n in range(6)]


def test_less_than_a_tenth_of_a_second_is_nothing():
    assert SegmentedStream(Length()).final(tone(0.05)) == Transcript("")


# --- moonshine -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "loops"),
    [
        ([7, 7, 7, 7], False),
        ([1, 7, 7, 7, 7, 7], True),
        ([1, 2, 1, 2], False),
        ([9, 1, 2, 1, 2, 1, 2], True),
        ([1, 2, 3, 4, 1, 2, 3, 4], False),
        ([5, 1, 2, 3, 4] + [1, 2, 3, 4] * 2, True),
        ([], False),
    ],
)
def test_loops(tokens, loops):
    assert _loops(tokens) is loops


@pytest.mark.parametrize(
    ("guess", "tokens", "rest"),
    [
        ([1, 2, 3, 4], [1, 9], [3, 4]),  # replaced
        ([1, 2, 3, 4], [1, 3], [4]),  # left out
        ([1, 2, 3, 4], [1, 9, 2], [3, 4]),  # put in
        ([1, 2], [1, 2, 3], []),
        ([], [1], []),
    ],
)
def test_the_rest_of_a_guess(guess, tokens, rest):
    assert _rest(guess, tokens) == rest


def test_a_damaged_tokenizer_is_named(tmp_path):
    from visavis_models.backends.moonshine_graph import read_tokenizer

    path = tmp_path / "tokenizer.bin"
    path.write_bytes(b"\x02ab\x82\x01" + b"c" * 130)
    assert read_tokenizer(path) == [b"ab", b"c" * 130]
    for damaged in (b"\x05ab", b"\x82"):
        path.write_bytes(damaged)
        with pytest.raises(PackMissing, match="visavis models pull"):
            read_tokenizer(path)


# --- features --------------------------------------------------------------------------------------------------------


def test_a_tone_lies_in_its_band():
    features = log_mel(tone(1.0))
    assert features.shape == (80, 100)
    assert features.dtype == np.float32
    assert features.max() - features.min() <= 2.0 + 1e-5
    assert int(features[:, 50].argmax()) in (5, 6)  # 220 Hz: the bands are 37 Hz apart below 1 kHz
    assert np.isfinite(log_mel(np.zeros(RATE, np.float32))).all()
    with pytest.raises(ValueError, match="400"):
        log_mel(np.zeros(399, np.float32))


def test_today_is_written_as_today() -> None:
    assert _text(["▁What▁day▁is▁it▁to".encode(), b"-day?"]) == "What day is it today?"
    assert _text(["▁To".encode(), b"-", b"morrow"]) == "Tomorrow"
    assert _text(["▁face▁to".encode(), b"-face"]) == "face to-face"
