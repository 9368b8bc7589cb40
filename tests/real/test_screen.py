"""The picture as video over real WebRTC: to whoever asks for it, beside a camera, in either codec, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCBundlePolicy, RTCRtpSender

from tests.real.server_scene import Client, met, serving
from visavis_client.screen import Screen
from visavis_client.visit import Visitor

RED = np.full((512, 512, 3), (200, 30, 60), np.uint8)
GREEN = np.full((300, 512, 3), (30, 160, 60), np.uint8)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 60))


def colour(screen: Screen) -> tuple[int, ...]:
    return tuple(int(level) for level in screen.newest[256, 256])


def like(screen: Screen, wanted: tuple[int, ...]) -> bool:
    return screen.newest is not None and np.abs(np.subtract(colour(screen), wanted)).max() < 12


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_the_picture_is_shown_and_becomes_the_next(tmp_path: Path, codec: str) -> None:
    async def scene() -> None:
        async with serving() as house:
            client, screen = Client(camera=True, bundle=RTCBundlePolicy.MAX_BUNDLE), Screen(tmp_path / "frames")
            video = client.connection.addTransceiver("video", direction="recvonly")
            kinds = RTCRtpSender.getCapabilities("video").codecs
            video.setCodecPreferences([c for c in kinds if c.mimeType.lower() == f"video/{codec.lower()}"])
            client.connection.on("track", lambda track: track.kind == "video" and screen.watch(track))
            await client.join(house.url)
            await client.until("session.started")
            parrot = house.made[0]
            await met(lambda: screen.newest is not None)  # paper, before anything is drawn
            parrot.gallery.easel = RED
            await met(lambda: like(screen, (200, 30, 60)))
            fading = len(screen.at)
            parrot.gallery.easel = GREEN
            await met(lambda: like(screen, (30, 160, 60)))
            assert len(screen.at) - fading >= 3  # not at once
            await met(lambda: parrot.frames)  # the camera is seen as well
            parrot.gallery.forget()
            await met(lambda: like(screen, (246, 243, 238)))
            await client.close()
            await screen.close()

    run(scene())
    assert len(list((tmp_path / "frames").glob("*.png"))) > 5


def test_the_visitor_keeps_it_as_a_film(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving() as house:
            visitor = Visitor(house.url, screen=Screen(tmp_path / "out.mp4"))
            await visitor.connect()
            house.made[0].gallery.easel = RED
            assert visitor.screen is not None
            await met(lambda: like(visitor.screen, (200, 30, 60)))
            await visitor.leave()

    run(scene())
    with av.open(str(tmp_path / "out.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert np.abs(frames[-1][256, 256].astype(int) - (200, 30, 60)).max() < 25


def test_whoever_does_not_ask_gets_no_video() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = Client(camera=True)
            answer = await client.exchange(house.url, await client.offer())
            (video,) = answer["sdp"].split("m=video")[1:]
            assert "a=recvonly" in video
            await client.accept(answer)
            await client.until("session.started")
            await client.close()

    run(scene())


def test_pictures_that_cannot_be_kept_are_told_of(tmp_path: Path) -> None:
    class Film:
        async def recv(self) -> av.VideoFrame:
            return av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")

    async def scene() -> None:
        screen = Screen(tmp_path / "frames")
        (tmp_path / "frames").rmdir()
        screen.watch(Film())
        await met(lambda: screen.at)
        await asyncio.wait([screen._task])
        with pytest.raises(OSError, match="could not be kept"):
            await screen.close()

    asyncio.run(scene())
