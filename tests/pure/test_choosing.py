"""Which frame near a moment: sharp, of the same picture; and what was there before."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from visavis_agents.seeing.choosing import ALIKE, CHANGED, Judged, changed, gone, judged, sharpest, take, unchanged
from visavis_agents.seeing.sight import Frame

DICE = np.random.default_rng(5)


def scene(seed: int) -> np.ndarray:
    dice = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), dice.integers(60, 200), np.uint8)
    for _ in range(12):
        x, y = (int(v) for v in dice.integers(0, 440, 2))
        colour = tuple(int(v) for v in dice.integers(0, 255, 3))
        cv2.rectangle(picture, (x, y), (x + 150, y + 100), colour, -1)
    return picture


A, B, C = scene(1), scene(2), scene(3)
BLURRED = cv2.GaussianBlur(A, (0, 0), 5)


def noisy(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + DICE.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def judgements(*pictures: np.ndarray, apart_s: float = 0.066) -> list[Judged]:
    return [judged(n * apart_s, picture) for n, picture in enumerate(pictures)]


def test_the_measures_tell_pictures_apart() -> None:
    assert changed(judged(0, A), judged(1, B)) > CHANGED
    assert changed(judged(0, A), judged(1, noisy(A))) < ALIKE / 2
    assert judged(0, A).sharpness > 1.6 * judged(0, BLURRED).sharpness
    assert unchanged(A, noisy(A))
    assert not unchanged(A, B)
    assert not unchanged(A, A[:200])


def test_the_nearest_is_taken_while_it_is_sharp() -> None:
    assert sharpest(judgements(A, noisy(A), A), 0.07) == 1


def test_a_blurred_one_gives_way_to_a_sharp_one_of_the_same_picture() -> None:
    assert sharpest(judgements(A, BLURRED, BLURRED), 0.07) == 0


def test_a_sharper_one_of_another_picture_does_not_count() -> None:
    assert sharpest(judgements(B, BLURRED, B), 0.066) == 1


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ((A, A, B, B, A, A), {2, 3}),  # it came and went
        ((A, A, BLURRED, B, BLURRED, A), {3}),
        ((A, A, A, B, B), {3, 4}),  # it came to stay
        ((A, A, A), {2}),  # nothing happened
        ((A, B, C), {2}),
        ((B,), {0}),
        ((C, C, A, A, B, A), {4}),
    ],
)
def test_what_was_that(shown: tuple[np.ndarray, ...], meant: set[int]) -> None:
    assert gone(judgements(*shown, apart_s=0.25)) in meant


def damaged() -> np.ndarray:
    raise ValueError("damaged")


def test_a_damaged_frame_does_not_spoil_the_others() -> None:
    frames = [Frame(0.0, lambda: A), Frame(0.05, damaged), Frame(0.11, lambda: B)]
    place, picture = take(frames, 0.06, past=False)
    assert (place, picture is B) == (2, True)
    place, _ = take(frames, 0.06, past=True)
    assert place == 2
    with pytest.raises(ValueError, match="damaged"):
        take(frames[1:2], 0.05, past=False)
