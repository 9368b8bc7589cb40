"""What a screen is shown: a picture as large as it fits, and soft changes from one to the next."""

from __future__ import annotations

import av
import numpy as np
import pytest

from visavis_server.rtc.screen import CODECS, FADE_S, PAPER, SIDE, Fade, Reel, framed

BLACK, WHITE = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 255, np.uint8)


@pytest.mark.parametrize(("height", "width"), [(100, 50), (50, 100), (2000, 3), (1, 1), (512, 512), (700, 1024)])
def test_any_picture_fits(height: int, width: int) -> None:
    whole = framed(np.zeros((height, width, 3), np.uint8))
    assert whole.shape == (SIDE, SIDE, 3)
    assert whole[SIDE // 2 - 1, SIDE // 2 - 1].max() == 0
    if height != width:
        assert tuple(whole[0, 0]) == PAPER


def test_a_picture_becomes_the_next_softly_also_when_it_changes_on_the_way() -> None:
    fade = Fade()
    assert tuple(fade.at(0.0)[0, 0]) == PAPER
    fade.to(BLACK, 1.0)
    levels = [int(fade.at(1.0 + n * FADE_S / 20).mean()) for n in range(21)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[-1]) == (242, 0)
    fade.to(BLACK, 9.0)
    assert not fade.fading(9.0)
    fade.to(WHITE, 10.0)
    halfway = fade.at(10.0 + FADE_S / 2)
    fade.to(None, 10.0 + FADE_S / 2)
    assert np.array_equal(fade.at(10.0 + FADE_S / 2), halfway)  # it goes on from there
    assert fade.fading(10.0 + FADE_S)
    assert not fade.fading(10.1 + 2 * FADE_S)


@pytest.mark.parametrize("codec", CODECS)
def test_frames_are_small_and_decode_to_the_picture(codec: str) -> None:
    reel, decoder = Reel(codec), av.CodecContext.create({"VP8": "vp8", "H264": "h264"}[codec], "r")
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[100:300, 100:300] = (200, 30, 60)
    now, seen, sizes = 0.0, None, []
    for n in range(20):
        data, fading = reel.frame(picture, now, round(now * 90_000), n == 0)
        sizes.append(len(data))
        seen = decoder.decode(av.Packet(data))[-1]
        now += 0.1 if fading else 1.0
    assert np.abs(seen.to_ndarray(format="rgb24").astype(int) - picture).mean() < 3
    assert max(sizes) < 20_000
    assert sizes[-1] < 1000  # nothing changes
    key, _ = reel.frame(picture, now, round(now * 90_000), True)
    fresh = av.CodecContext.create({"VP8": "vp8", "H264": "h264"}[codec], "r")
    assert fresh.decode(av.Packet(key))
