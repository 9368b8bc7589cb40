"""Lines that come, go and change: joining past a dead STUN server, a new network in mid-sentence, nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import Any

import numpy as np
from aiortc import RTCPeerConnection

from tests.real.server_scene import Client, met, serving
from tests.real.test_server import loud, run
from visavis_client.impair import dead_stun
from visavis_server.rtc.peer import Peer

COMINGS = 30


def test_a_dead_stun_server_holds_nobody_up() -> None:
    async def scene() -> None:
        with dead_stun() as stun:
            async with serving(ice_servers=({"urls": stun},)) as house:
                client = Client()
                offer = await client.offer()
                began = time.monotonic()
                answered = await client.exchange(house.url, offer)
                assert time.monotonic() - began < 2.0  # aioice waits 5 s, and so did whoever joined
                await client.accept(answered)
                await client.until("session.started")
                assert await met(lambda: house.made[0].heard, 5)
                await client.close()

    run(scene())


def test_a_new_network_takes_over_in_mid_sentence() -> None:
    async def scene() -> None:
        async with serving() as house:
            first = await Client().join(house.url)
            await first.until("session.started")
            parrot = house.made[0]
            first.send({"type": "text.typed", "text": "a long story"})
            await first.until("user.final")
            parrot.speech.left = 500  # ten seconds of it
            await met(lambda: loud(first.frames), 10)
            second = await Client().join(house.url, first.session)  # the old line still stands
            assert (await second.until("session.started"))["resumed"]
            await met(lambda: loud(second.frames), 10)
            assert 0 < parrot.speech.left < 500  # the same sentence goes on
            heard = len(parrot.heard)
            await met(lambda: parrot.heard[heard:], 25)
            stamps = [at for at, _ in parrot.heard]
            assert stamps == sorted(stamps)
            assert np.diff(stamps).max() < 3.0
            await met(lambda: first.connection.connectionState == "closed")
            assert len(house.made) == 1
            await first.close()
            await second.close()

    run(scene())


def test_who_comes_and_goes_leaves_nothing() -> None:
    async def scene() -> None:
        async with serving(offers_per_minute=1000, resume_s=0.0) as house:

            async def come(times: int) -> None:
                for _ in range(times):
                    client = await Client(camera=True).join(house.url)
                    await client.until("session.started")
                    client.send({"type": "bye"})
                    await met(lambda c=client: c.connection.connectionState == "closed")
                    await client.close()

            await come(2)
            await settled(house)
            await asyncio.sleep(2.0)
            tasks = len(asyncio.all_tasks())
            await come(COMINGS)
            await settled(house)
            assert len(asyncio.all_tasks()) <= tasks
            assert decoders() == 0
            await met(lambda: alive() <= 2)  # not the last one, perhaps, and its client

    run(scene())


async def settled(house: Any) -> None:
    value = house.server.metrics.registry.get_sample_value
    await met(lambda: value("visavis_sessions") == 0)
    house.made.clear()
    await asyncio.sleep(0.5)


def decoders() -> int:
    """Threads that aiortc has started for receivers."""
    return sum(thread.name.endswith("-decoder") for thread in threading.enumerate())


def alive() -> int:
    """Connections that have not been let go."""
    gc.collect()
    return sum(type(each) in (Peer, RTCPeerConnection) for each in gc.get_objects())
