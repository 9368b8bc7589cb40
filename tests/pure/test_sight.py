"""Which frame shows a moment: the nearest, unless the camera was off by then; all of the last seconds."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agents.seeing.sight import HEAVIEST, KEPT_S, STALE_S, Frame, Sight


def seen(*times: float, kept: int = 8) -> Sight:
    sight = Sight(kept)
    for at in times:
        sight.see(Frame(at, lambda: np.zeros((1, 1, 3), np.uint8)))
    return sight


@pytest.mark.parametrize(
    ("moment", "shown"),
    [(1.1, 1.0), (1.4, 1.5), (2.05, 2.05), (2.05 + STALE_S, 2.05), (2.1 + STALE_S, None), (0.9 - STALE_S, None)],
)
def test_the_nearest_frame_shows_a_moment_unless_it_is_stale(moment: float, shown: float | None) -> None:
    frame = seen(1.0, 1.5, 2.0, 2.05).at(moment)
    assert (frame.at if frame else None) == shown


def test_all_frames_of_the_last_seconds_are_kept() -> None:
    sight = seen(*(n / 30 for n in range(600)), kept=300)
    newest = 599 / 30
    for back in (0.0, 1.0, 3.3, 7.9):
        frame = sight.at(newest - back)
        assert frame is not None
        assert abs(frame.at - (newest - back)) <= 1 / 60 + 1e-9
    assert sight.between(0, newest - KEPT_S - 0.05) == ()
    assert len(sight.between(0, newest)) <= 300


def test_frames_of_a_time_can_be_had_apart() -> None:
    sight = seen(*(n / 10 for n in range(30)), kept=300)
    assert [frame.at for frame in sight.between(1.0, 2.0, 0.45)] == [1.0, 1.5, 2.0]
    assert [frame.at for frame in sight.between(0.95, 1.25)] == [1.0, 1.1, 1.2]


def test_the_ring_is_bounded_in_bytes_and_frames() -> None:
    sight = Sight(300)
    for n in range(100):
        sight.see(Frame(n / 15, lambda: np.zeros((1, 1, 3), np.uint8), size=HEAVIEST // 10))
    assert len(sight.between(0, 100)) == 10
    sight.see(Frame(8.0, lambda: np.zeros((1, 1, 3), np.uint8), size=2 * HEAVIEST))
    assert [frame.at for frame in sight.between(0, 100)] == [8.0]
    assert len(seen(*(n / 100 for n in range(100)), kept=4).between(0, 1)) == 4


def test_a_camera_that_was_turned_off_shows_nothing() -> None:
    sight = seen(1.0)
    sight.forget()
    assert sight.at(1.0) is None
