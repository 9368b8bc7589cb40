"""Sound in pieces of any length becomes the same frames; what was lost is silence, what came twice is left out."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agents.frames import FRAME, Frames

SOUND = np.random.default_rng(0).uniform(-1, 1, 5000).astype(np.float32)
RATE = 16_000


def cut(frames: Frames, sound: np.ndarray, hop: int, at: float = 0.0) -> tuple[list[np.ndarray], list[float]]:
    """All frames, and when each began."""
    full, starts = [], []
    for n in range(0, len(sound), hop):
        made, start = frames.add(sound[n : n + hop], at + n / RATE, follow=False)
        full += made
        starts += [start + k * FRAME / RATE for k in range(len(made))]
    return full, starts


@pytest.mark.parametrize("hop", [1, 100, 320, FRAME, 1500, len(SOUND)])
def test_pieces_of_any_length_make_the_same_frames(hop: int) -> None:
    full, starts = cut(Frames(), SOUND, hop)
    assert np.array_equal(full, SOUND[: 9 * FRAME].reshape(9, FRAME))
    assert starts == pytest.approx([n * FRAME / RATE for n in range(9)])


def test_a_gap_is_silence_and_what_came_twice_is_left_out() -> None:
    frames = Frames()
    cut(frames, SOUND[:FRAME], FRAME)
    full, starts = cut(frames, SOUND[3 * FRAME : 4 * FRAME], FRAME, at=3 * FRAME / RATE)
    assert [frame.any() for frame in full] == [False, False, True]
    assert starts[0] == pytest.approx(FRAME / RATE)
    again, _ = frames.add(SOUND[2 * FRAME : 5 * FRAME], 2 * FRAME / RATE, follow=False)
    assert np.array_equal(again, [SOUND[4 * FRAME : 5 * FRAME]])


def test_the_senders_clock_is_followed_where_it_may_be() -> None:
    for follow, began in ((True, 0.01), (False, 0.0)):
        assert Frames().add(SOUND[:FRAME], 0.01, follow)[1] == pytest.approx(began)


def test_what_is_too_loud_or_no_number_is_bounded() -> None:
    for odd, bounded in ((np.nan, 0.0), (np.inf, 1.0), (-7.0, -1.0), (0.99, 0.99)):
        spoilt = np.zeros(FRAME, np.float32)
        spoilt[5] = odd
        (frame,), _ = Frames().add(spoilt, 0.0, follow=False)
        assert frame[5] == np.float32(bounded) and not frame[6:].any()
        assert not frame.flags.writeable


def test_frames_given_out_are_not_written_to_again() -> None:
    full, _ = cut(Frames(), SOUND, 300)
    kept = [frame.copy() for frame in full]
    assert np.array_equal(full, kept)
    assert len({frame.ctypes.data for frame in full}) == len(full)
