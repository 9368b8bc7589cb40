"""The doors with a real client: offers, sound both ways, events, resuming, limits, leaving."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np

from tests.real.server_scene import Client, met, serving


def run(scene) -> None:
    asyncio.run(asyncio.wait_for(scene, 60))


def test_sound_pictures_and_events_both_ways() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client(camera=True).join(house.url)
            started = await client.until("session.started")
            assert started["session"] == client.session
            assert not started["resumed"]
            parrot = house.made[0]
            heard = await met(lambda: parrot.heard, 60)
            times = [at for at, _ in heard]
            assert all(b > a for a, b in itertools.pairwise(times))
            assert all(len(pcm) == 320 and pcm.dtype == np.float32 for _, pcm in heard)
            sound = np.concatenate([pcm for _, pcm in heard[30:]])
            spectrum = np.abs(np.fft.rfft(sound))
            assert abs(np.argmax(spectrum) * 16000 / len(sound) - 300) < 30
            client.send({"type": "text.typed", "text": "hello"})
            final = await client.until("user.final")
            assert final["text"] == "hello"
            await met(lambda: [f for f in client.frames if np.abs(f.astype(int)).max() > 2000], 15)
            frames = await met(lambda: parrot.frames, 10)
            assert frames[-1].picture().shape == (480, 640, 3)
            assert frames[-1].at <= parrot.clock()
            await client.close()

    run(scene())
