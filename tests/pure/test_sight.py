"""Which frame shows a moment: the nearest that was kept, unless the camera was off by then."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agents.sight import STALE_S, Frame, Sight


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


def test_the_ring_keeps_frames_apart_and_the_newest_always() -> None:
    sight = seen(*(n / 15 for n in range(60)), kept=4)
    assert len({sight.at(n / 100).at for n in range(250, 400) if sight.at(n / 100)}) <= 5
    newest = sight.at(99 / 15 - 2.7)
    assert newest is not None
    assert newest.at == 59 / 15


def test_a_camera_that_was_turned_off_shows_nothing() -> None:
    sight = seen(1.0)
    sight.forget()
    assert sight.at(1.0) is None
