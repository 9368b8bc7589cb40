"""A microphone's packets over a bad network, second by second: what the mind is given of them, and when."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from visavis_agents.replay.virtual import play
from visavis_client.impair import Impairment, Line
from visavis_server.rtc import opus
from visavis_server.rtc.microphone import Ear, Microphone

START_S = 1.0  # of the session, before anything is said


@dataclass
class Packet:
    sequence_number: int
    _data: bytes
    ssrc: int = 7

    @property
    def timestamp(self) -> int:
        return self.sequence_number * 960 + 0xFFFF0000 & 0xFFFFFFFF


def spoken(seconds: float) -> list[Packet]:
    encoder = opus.encoder(24_000)
    at = np.arange(round(seconds * 50) * 960) / 48_000
    hum = (8000 * np.sin(2 * np.pi * 180 * at) * (1 + np.sin(2 * np.pi * 3 * at)) / 2).astype(np.int16)
    return [Packet(n, encoder.encode(piece)) for n, piece in enumerate(np.split(hum, len(hum) // 960))]


class Heard:
    """A microphone and all that is heard over it. pieces: (arrival, stamp, sound)."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.pieces: list[tuple[float, float, np.ndarray]] = []
        self.microphone = Microphone(Ear(self._listen, self.loop.time), lambda: None)

    def _listen(self, pcm: np.ndarray, at: float) -> None:
        self.pieces.append((self.loop.time(), at, pcm))

    @property
    def seconds(self) -> float:
        return sum(len(pcm) for _, _, pcm in self.pieces) / 16_000

    async def over(self, network: Impairment, packets: list[Packet]) -> Heard:
        """Send one packet every 20 ms over the network, and wait until all is heard."""
        line = Line(network, "up")
        await asyncio.sleep(START_S)
        for packet in packets:
            for arrival in line.arrivals(self.loop.time()):
                self.loop.call_at(arrival, self.microphone.add, packet)
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.0)
        return self


@pytest.mark.parametrize(
    "network",
    [
        Impairment(),
        Impairment(delay_ms=20, jitter_ms=40),
        Impairment(loss=0.05),
        Impairment(loss=0.05, burst=3, even=True, delay_ms=20, jitter_ms=20),
        Impairment(reorder=0.1, duplicate=0.1),
    ],
    ids=["clean", "jitter", "random", "bursts", "disorder"],
)
def test_the_mind_hears_every_second_once(network: Impairment) -> None:
    async def scene() -> None:
        heard = await Heard().over(network, spoken(10.0))
        assert heard.seconds == pytest.approx(10.0, abs=0.08)  # but for what was lost last
        stamps = [at for _, at, _ in heard.pieces]
        assert stamps == sorted(stamps)
        steps = [after - before for before, after in itertools.pairwise(stamps)]
        lengths = [len(pcm) / 16_000 for _, _, pcm in heard.pieces]
        away = network.jitter_ms / 1000
        assert all(abs(step - length) < 0.003 + away for step, length in zip(steps, lengths, strict=False))
        waits = [arrival - at - len(pcm) / 16_000 for arrival, at, pcm in heard.pieces]
        assert max(waits) < 0.12 + 0.06 + away  # patience with bursts of three
        assert heard.microphone.counts.late == 0

    play(scene())


def test_a_clean_network_adds_nothing() -> None:
    async def scene() -> None:
        heard = await Heard().over(Impairment(), spoken(1.0))
        assert [arrival for arrival, _, _ in heard.pieces] == pytest.approx([START_S + n * 0.02 for n in range(50)])

    play(scene())


def test_a_rest_is_heard_as_it_lasts_and_a_vanished_sender_is_not() -> None:
    async def scene() -> None:
        heard = Heard()
        *packets, last = spoken(1.0)
        for packet in packets:
            heard.microphone.add(packet)
            await asyncio.sleep(0.02)
        heard.microphone.add(Packet(last.sequence_number, last._data[:1]))  # "I rest", and then nothing
        before = heard.seconds
        await asyncio.sleep(0.5)
        assert heard.seconds - before == pytest.approx(0.5 - 0.06, abs=0.03)
        await asyncio.sleep(10.0)
        assert heard.seconds - before < 1.1

    play(scene())


def test_what_waits_is_heard_even_if_nothing_more_comes() -> None:
    async def scene() -> None:
        heard = Heard()
        first, _, third = spoken(0.06)
        heard.microphone.add(first)
        await asyncio.sleep(0.04)
        heard.microphone.add(third)
        assert heard.seconds == pytest.approx(0.02)
        await asyncio.sleep(0.12)
        assert heard.seconds == pytest.approx(0.06)
        heard.microphone.close()

    play(scene())
