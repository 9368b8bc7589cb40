"""Lost packets both ways on the way to the server: sound goes on without holes that stay, the picture recovers."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import numpy as np
import pytest

from tests.real.server_scene import Client, met, serving
from tests.real.test_server import run


def lossy(client: Client, loss: float, chance: random.Random) -> list[int]:
    """Drop what the client sends, sound and pictures, but not its control packets. Counts [sent, lost] sound."""
    counts = [0, 0]
    seen: set[bytes] = set()
    transport: Any = client.connection.getSenders()[0].transport
    send = transport._send_rtp

    async def send_perhaps(data: bytes) -> None:
        sound = data[1] & 0x7F == 96
        counts[0] += sound and data[2:4] not in seen  # once, however often it is repeated
        seen.add(data[2:4] if sound else b"")
        if not 192 <= data[1] <= 223 and chance.random() < loss:
            counts[1] += sound
            return
        await send(data)

    transport._send_rtp = send_perhaps
    return counts


def test_five_percent_loss() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client(camera=True).join(house.url)
            await client.until("session.started")
            parrot = house.made[0]
            await met(lambda: parrot.frames)
            counts = lossy(client, 0.05, random.Random(5))
            start = len(parrot.heard)
            await met(lambda: counts[1] >= 15 and counts[0] >= 300, within_s=30)
            await asyncio.sleep(0.1)
            heard = parrot.heard[start:]
            # made up for as it was lost: what was sent is what is heard, but for what still waits
            assert abs(sum(len(pcm) for _, pcm in heard) / 320 - counts[0]) <= 6
            delays = [arrived - at for (at, _), arrived in zip(heard, parrot.arrivals[start:], strict=True)]
            assert np.median(delays) < 0.06  # a chunk's own 20 ms, and no delay that stays
            ats = np.array([frame.at for frame in parrot.frames])
            assert np.diff(ats).max() < 1.5  # aiortc's own buffer: 4 to 8 s
            await client.close()
            counted = house.server.metrics.registry.get_sample_value
            await met(lambda: counted("visavis_packets_missed_total") >= 12)
            assert (
                counted("visavis_packets_lost_total") < counted("visavis_packets_missed_total") / 2
            )  # repeated in time

    run(scene())


def test_what_is_lost_where_numbers_wrap_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiortc.rtcrtpsender.random_sequence_number", lambda: 0xFFFF - 50)

    async def scene() -> None:
        async with serving() as house:
            client = await Client().join(house.url)
            transport: Any = client.connection.getSenders()[0].transport
            send, lost = transport._send_rtp, set()

            async def send_perhaps(data: bytes) -> None:
                number = int.from_bytes(data[2:4], "big")
                if data[1] & 0x7F == 96 and number in (0xFFFF, 0) and number not in lost:
                    lost.add(number)
                    return
                await send(data)

            transport._send_rtp = send_perhaps
            await client.until("session.started")
            await met(lambda: len(house.made[0].heard) > 100)
            await client.close()
            counted = house.server.metrics.registry.get_sample_value
            await met(lambda: counted("visavis_packets_missed_total") == 2)
            assert counted("visavis_packets_lost_total") == 0

    run(scene())
