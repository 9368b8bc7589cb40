"""Packets that no browser sends: they end nobody's conversation, and cost neither memory nor the event loop's time."""

from __future__ import annotations

import random
import struct
from typing import Any

import numpy as np
import pytest
from aiortc import RTCRtpSender
from aiortc.rtp import RtcpRtpfbPacket

from tests.real.server_scene import Client, met
from tests.real.test_hostile import a_good_client
from tests.real.test_server import run
from visavis_server.rtc import bounds

SOUND = 96  # aiortc's number for Opus


def test_garbage_instead_of_sound_and_pictures() -> None:
    async def scene() -> None:
        chance = random.Random(3)
        async with a_good_client() as house:
            client = await Client(camera=True).join(house.url)
            await client.until("session.started")
            parrot = house.made[1]
            await met(lambda: parrot.heard and parrot.frames)
            transports = {t.sender.transport for t in client.connection.getTransceivers()}
            for payload_type in (96, 97, 99, 127):
                ssrc = chance.getrandbits(32)
                for number in range(40):
                    header = struct.pack("!BBHLL", 0x80, payload_type, number * 7, chance.getrandbits(32), ssrc)
                    for transport in transports:
                        await transport._send_rtp(header + chance.randbytes(chance.randrange(1200)))
            for transport in transports:  # RTCP of all kinds, and things that are neither
                for kind in range(200, 208):
                    body = chance.randbytes(4 * chance.randrange(8))
                    await transport._send_rtp(struct.pack("!BBH", 0x81, kind, len(body) // 4) + body)
                await transport.transport._send(chance.randbytes(200))
                await transport.transport._send(b"")
            before = len(parrot.heard)
            await met(lambda: len(parrot.heard) > before + 50)
            assert all(np.isfinite(pcm).all() for _, pcm in parrot.heard)
            times = [at for at, _ in parrot.heard]
            assert times == sorted(times)
            assert times[-1] <= parrot.clock()
            await client.close()

    run(scene())


def transport(client: Client) -> Any:
    return client.connection.getSenders()[0].transport


def packet(ssrc: int, number: int, extension: bytes = b"") -> bytes:
    """One of sound. extension: of its header, with its own header."""
    first = 0x90 if extension else 0x80
    return struct.pack("!BBHLL", first, SOUND, number, 960 * number, ssrc) + extension + b"\x48\x00\x00"


def test_sources_without_end_are_not_remembered() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            parrot = house.made[1]
            await met(lambda: parrot.heard)
            for number in range(500):
                await transport(client)._send_rtp(packet(ssrc=number, number=number))
            before = len(parrot.heard)
            await met(lambda: len(parrot.heard) > before + 50)
            line: Any = house.server.seats.take(client.session).line
            for receiver in line._connection.getReceivers():
                assert len(receiver._RTCRtpReceiver__remote_streams) <= bounds.STREAMS
                assert len(receiver.transport._rtp_router.ssrc_table) <= bounds.STREAMS
            await client.close()

    run(scene())


def test_packets_that_cannot_be_read_are_as_good_as_lost() -> None:
    broken = [
        b"\xbe\xde\x00\x01\x11\x00\x00\x00",  # extensions of one byte where three or two should be
        b"\xbe\xde\x00\x01\x21\x00\x00\x00",
        b"\xbe\xde\x00\x01\x31\x00\x00\x00",
        b"\xbe\xde\x00\x02\x14\xff\xff\xff\xff\xff\x00\x00",
        b"\x10\x00\x00\x01\x01\xff\x00\x00",
    ]
    reports = [
        struct.pack("!BBHLL", 0x8F, 206, 4, 1, 0) + b"REMB\xff\x00\x00\x00",  # 255 sources announced, none there
        struct.pack("!BBHL", 0x81, 205, 1, 1),
        struct.pack("!BBHLLHH", 0x81, 205, 3, 1, 1, 0xFFFF, 0xFFFF),
    ]

    async def scene() -> None:
        async with a_good_client() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            parrot = house.made[1]
            await met(lambda: parrot.heard)
            for number, extension in enumerate(broken):
                await transport(client)._send_rtp(packet(7, number, extension))
            for report in reports:
                await transport(client)._send_rtp(report)
            before = len(parrot.heard)
            await met(lambda: len(parrot.heard) > before + 50)
            await client.close()

    run(scene())


def test_who_asks_for_everything_again_and_again_gets_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    repeated = []

    async def count(sender: RTCRtpSender, number: int) -> None:
        repeated.append(number)

    async def scene() -> None:
        async with a_good_client() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            house.made[1].speech.left = 100
            (voice,) = client.connection.getReceivers()
            (ssrc,) = await met(lambda: voice._RTCRtpReceiver__remote_streams)
            monkeypatch.setattr(RTCRtpSender, "_retransmit", count)
            for _ in range(20):
                for start in range(0, 0x10000, 4096):
                    question = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=ssrc, lost=[*range(start, start + 4096)])
                    await transport(client)._send_rtp(bytes(question))
            await met(lambda: house.made[1].speech.idle)
            assert bounds.AT_ONCE <= len(repeated) <= bounds.AT_ONCE + 150
            await client.close()

    run(scene())
