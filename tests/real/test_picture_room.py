"""A picture of 4 MB over a real data channel: it arrives whole, and whatever else is sent meanwhile hardly waits for it.

Times depend on the machine; what is asserted is how much lies before an event on its way, in bytes and in pieces."""

from __future__ import annotations

import asyncio
import base64
import random

from tests.real.server_scene import Client, met, serving
from visavis_agents.painting.drawing import CHUNK, send_picture


def test_a_large_picture_lets_events_and_voice_go_first() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            parrot = house.made[0]
            line = house.server.seats.take(client.session).line
            wire, room = line._channel._wire, line._channel._room
            picture = random.Random(1).randbytes(4_000_000)
            parrot.speech.left = 100_000  # it hums all the time
            heard = len(client.frames)
            ahead: list[tuple[int, int]] = []  # bytes on their way when a piece is sent, and that may be

            async def room_noted() -> None:
                await parrot.room()
                ahead.append((wire.bytes, room.bytes))

            given = {"emit": parrot.emit, "room": room_noted, "clock": parrot.clock}
            sending = asyncio.create_task(
                send_picture(picture, "image/png", picture=1, kind="drawing", alt="", **given)
            )
            number = 0
            while not sending.done():
                number += 1
                client.send({"type": "ping", "n": number})
                await asyncio.sleep(0.03)
            await sending
            await client.until("picture.done")
            pongs = await met(lambda: [e for e in client.events if e["type"] == "pong"], number)
            assert len(ahead) == -(-len(picture) // CHUNK)
            assert all(waiting < allowed for waiting, allowed in ahead)
            chunks = [event for event in client.events if event["type"] == "picture.chunk"]
            assert b"".join(base64.b64decode(chunk["data"]) for chunk in chunks) == picture
            assert [pong["n"] for pong in pongs] == list(range(1, number + 1))
            kinds = [event["type"] for event in client.events]
            between = [kinds[: n + 1].count("picture.chunk") for n, kind in enumerate(kinds) if kind == "pong"]
            assert len(set(between)) > number / 3  # answers come in between, not in heaps
            assert len(client.frames) - heard > number  # and so does the voice
            await client.close()

    asyncio.run(asyncio.wait_for(scene(), 120))
