"""A real browser over a bad network: it sends copies as it is asked to, repeats packets, and is heard whole; and asks
for what it misses of the voice itself."""

from __future__ import annotations

import random
from pathlib import Path

import aioice.ice
import numpy as np
import pytest
from playwright.async_api import Page

from tests import speech
from tests.real.server_scene import Running, met
from tests.real.test_browser import microphone
from tests.real.test_page import ALLOWED, begin, visit
from visavis_server.rtc import opus
from visavis_server.rtc.microphone import Microphone

LOSS = 0.08


class Network:
    """Loses packets of sound before anybody has seen them, once it is told to. Counts what it lost and let pass."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.bad = False
        self.lost: set[bytes] = set()
        self.repeated = self.copies = 0
        self.microphone: Microphone | None = None
        chance, receive, take = random.Random(4), aioice.ice.Connection.recv, Microphone.add

        async def receive_perhaps(connection: aioice.ice.Connection) -> bytes:
            while True:
                data: bytes = await receive(connection)
                if not (127 < data[0] < 192 and data[1] & 0x7F == 111):  # Chromium's number for Opus
                    return data
                if data[2:4] in self.lost:
                    self.repeated += 1
                elif self.bad and chance.random() < LOSS:
                    self.lost.add(data[2:4])
                    continue
                return data

        def listen(into: Microphone, packet: object) -> tuple[bool, None]:
            self.microphone = into
            self.copies += opus.carries_copy(packet._data)  # type: ignore[attr-defined]
            return take(into, packet)

        patch.setattr(aioice.ice.Connection, "recv", receive_perhaps)
        patch.setattr(Microphone, "add", listen)


def test_chromium_s_lost_packets_are_repeated_or_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = speech.spoken("Where are the keys that I left on the table? Perhaps they are in the kitchen.", tmp_path)
    wav = microphone(tmp_path, *[said] * 6, apart_s=0.1, before_s=2.0)
    network = Network(monkeypatch)

    async def use(page: Page, house: Running) -> None:
        await begin(page)
        await page.click("#camera")
        parrot = house.made[0]
        await met(lambda: parrot.heard, 100)
        network.bad, before = True, len(parrot.heard)
        await met(lambda: network.copies >= 50 and len(network.lost) >= 30, within_s=40)
        assert network.microphone is not None
        counts = network.microphone.counts
        assert network.repeated >= 0.8 * len(network.lost)
        assert counts.lost <= 0.3 * len(network.lost)
        heard = parrot.heard[before:]
        stamps = np.array([at for at, _ in heard])
        lengths = np.array([len(pcm) for _, pcm in heard]) / 16_000
        assert abs(stamps[-1] + lengths[-1] - stamps[0] - lengths.sum()) < 0.1  # no second is missing
        frames = await met(lambda: parrot.frames, 10)
        assert frames[-1].error_s < 0.03  # placed by the reports of both tracks
        assert frames[-1].picture().shape[2] == 3

    visit(use, flags=[*ALLOWED, f"--use-file-for-fake-audio-capture={wav}%noloop"])


WATCHED = """
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer { constructor(...with_) { super(...with_); window.peer = this; } };
"""
HEARD = """async () => {
    for (const report of (await window.peer.getStats()).values())
        if (report.type === 'inbound-rtp' && report.kind === 'audio') return report;
}"""


def test_what_chromium_misses_of_the_voice_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, send, lost, repeated = random.Random(6), aioice.ice.Connection.send, set(), set()
    bad = False

    async def send_perhaps(connection: aioice.ice.Connection, data: bytes) -> None:
        if 127 < data[0] < 192 and data[1] & 0x7F == 111:
            if data[2:4] in lost:
                repeated.add(data[2:4])
            elif bad and chance.random() < LOSS:
                lost.add(data[2:4])
                return
        await send(connection, data)

    monkeypatch.setattr(aioice.ice.Connection, "send", send_perhaps)

    async def use(page: Page, house: Running) -> None:
        nonlocal bad
        await page.add_init_script(WATCHED)
        await page.reload()
        await begin(page)
        house.made[0].speech.left = 2000
        await met(lambda: house.made[0].speech.left < 1900)
        bad = True
        await met(lambda: len(lost) >= 40, within_s=30)
        bad = False
        await met(lambda: len(repeated) >= 0.9 * len(lost))
        before = house.made[0].speech.left
        await met(lambda: house.made[0].speech.left < before - 100)
        heard = await page.evaluate(HEARD)
        assert heard["nackCount"] >= 20
        assert heard["packetsLost"] <= 4
        assert heard["concealedSamples"] < 0.05 * heard["totalSamplesReceived"]

    visit(use)
