"""`python -m visavis_server.rtc.rehearsal PLAN`: the receive path on a bad network, packet by packet, without waiting.

Recordings go through a browser's encoding, the bench's bad network and our own playout and decoder, on a clock that
jumps; a camera's frames likewise. The plan and what comes of it are JSON, so that the bench can read them:

  {"network": {...}, "sound": [[from.wav, to.wav], ...], "ahead_s": silence, "clip": film or null, "repeats": bool}

`network` has the fields of `impair.Impairment`; the recordings make up one call, each with silence ahead; `repeats`
says whether the sender repeats packets of sound that it is asked for, as browsers and aiortc do (here as libwebrtc: not
while a repeat is on its way).

  {"added_ms": [...], "good_lost": share, "made_up": share, "hole_ms": longest, "frame_gaps_ms": [...], "packets": n,
   "us_a_packet": x}
"""

from __future__ import annotations

import heapq
import itertools
import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload

from visavis_client import picture, sound
from visavis_client.impair import Impairment, Line
from visavis_models.ports import HEARING_RATE, Pcm
from visavis_server.rtc import opus
from visavis_server.rtc.playout import RATE, STEP, How, Piece, Playout
from visavis_server.rtc.shots import Frames

BITRATE = 32_000  # what Chromium sends, up to 8 kHz, when it is asked for `fence.SOUND`
LOSS_SEEN_AFTER = 50  # packets until the sender has been told of the loss
PACKET_S = 0.02
CAMERA_S = 20.0  # of film


@dataclass
class Sent:
    """A packet on its way. sent_s: when it left for the first time."""

    sequence_number: int
    timestamp: int
    _data: bytes
    sent_s: float
    marker: int = 1
    payload_type: int = 97
    ssrc: int = 1


@dataclass
class Road:
    """Both directions of a network, and everything that is on it."""

    network: Impairment
    events: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _number: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._up, self._down = Line(self.network, "up"), Line(self.network, "down")
        self.round_s = (2 * self.network.delay_ms + self.network.jitter_ms) / 1000  # and back, in the mean

    def at(self, when: float, do: Callable[[float], None]) -> None:
        heapq.heappush(self.events, (when, next(self._number), do))

    def up(self, now: float, do: Callable[[float], None]) -> None:
        for arrival in self._up.arrivals(now):
            self.at(arrival, do)

    def down(self, now: float, do: Callable[[float], None]) -> None:
        for arrival in self._down.arrivals(now):
            self.at(arrival, do)

    def run(self) -> None:
        while self.events:
            now, _, do = heapq.heappop(self.events)
            do(now)


class Listener:
    """Our end for sound: what is heard of what was sent, and when."""

    def __init__(self, road: Road, sent: dict[int, Sent], repeats: bool) -> None:
        self._road, self.sent, self._repeats = road, sent, repeats
        self._playout = Playout()
        self._decoder = opus.decoder()
        self._repeated: dict[int, float] = {}
        self.came: set[int] = set()
        self.played: set[int] = set()
        self.heard: dict[int, Pcm] = {}
        self.added_s: list[float] = []
        self.hole = self._run = self.made_up = 0
        self.work_s = 0.0
        self._woken: float | None = None

    def take(self, packet: Sent, now: float) -> None:
        self.came.add(packet.sequence_number)
        self._pass_on(lambda: self._playout.take(packet, now), now)
        if missing := self._playout.missing(now):
            self._road.down(now, partial(self._repeat, missing))

    def _repeat(self, numbers: Iterable[int], now: float) -> None:
        for number in numbers if self._repeats else ():
            if now - self._repeated.get(number, -math.inf) >= self._road.round_s:
                self._repeated[number] = now
                self._road.up(now, partial(self.take, self.sent[number]))

    def _wake(self, now: float) -> None:
        if self._woken == now:
            self._woken = None
            self._pass_on(lambda: self._playout.due(now), now)

    def _pass_on(self, pieces: Callable[[], list[Piece]], now: float) -> None:
        began = time.perf_counter()
        for piece in pieces():
            self.heard[piece.place] = self._sound(piece)
            at_best = piece.place / RATE + PACKET_S + self._road.network.delay_ms / 1000
            self.added_s.append(now - at_best)
            self._run = self._run + piece.ticks if piece.how is How.CONCEAL else 0
            self.hole = max(self.hole, self._run)
            self.made_up += piece.ticks if piece.how is How.CONCEAL else 0
            if piece.how is How.PLAY:
                self.played.add(piece.place // STEP)
        self._woken = self._playout.wake(now)
        self.work_s += time.perf_counter() - began
        if self._woken is not None:
            self._road.at(max(now, self._woken), self._wake)

    def _sound(self, piece: Piece) -> Pcm:
        if piece.how is How.PLAY:
            return self._decoder.decode(piece.data)
        samples = piece.ticks * HEARING_RATE // RATE
        return (
            self._decoder.recover(piece.data, samples) if piece.how is How.RECOVER else self._decoder.conceal(samples)
        )


def listen(pcm: Pcm, network: Impairment, repeats: bool) -> Listener:
    """pcm: whole packets at 48 kHz, said over the network in one call."""
    encoder = opus.encoder(BITRATE, wide=True)
    encoder.expect_loss(0)
    sent: dict[int, Sent] = {}
    road = Road(network)
    listener = Listener(road, sent, repeats)
    for number, at in enumerate(range(0, len(pcm), STEP)):
        if number == LOSS_SEEN_AFTER:
            encoder.expect_loss(round(100 * network.loss))
        data = encoder.encode((np.clip(pcm[at : at + STEP], -1, 1) * 32767).astype(np.int16))
        packet = sent[number] = Sent(number, number * STEP, data, (number + 1) * PACKET_S)
        road.at(packet.sent_s, partial(road.up, do=partial(listener.take, packet)))
    road.run()
    return listener


class Watcher:
    """Our end for pictures, and the camera's: it repeats packets and sends key frames when it is asked."""

    def __init__(self, road: Road, film: Iterable[Any]) -> None:
        self._road = road
        self._film = iter(film)
        self._encoder = Vp8Encoder()
        self._frames = Frames()
        self._sent: dict[int, Sent] = {}
        self._key = False
        self._missing: set[int] = set()
        self._newest = -1
        self.whole_s: list[float] = []

    def film(self, now: float) -> None:
        """Send the next frame, and come again."""
        if now > CAMERA_S:
            return
        frame = next(self._film)
        frame.pts, frame.time_base = round(now * 90_000), Fraction(1, 90_000)
        payloads, timestamp = self._encoder.encode(frame, self._key)
        self._key = False
        for place, payload in enumerate(payloads):
            data = vp8_depayload(payload)
            packet = Sent(len(self._sent), timestamp, data, now, int(place == len(payloads) - 1))
            self._sent[packet.sequence_number] = packet
            self._road.up(now + 0.001 * place, partial(self._take, packet))
        self._road.at(now + 1 / picture.FRAMES_A_SECOND, self.film)

    def _take(self, packet: Sent, now: float) -> None:
        number = packet.sequence_number
        self._missing.discard(number)
        if number > self._newest:  # as aiortc does: all that are missing, whenever one more is
            gone = set(range(self._newest + 1, number))
            self._newest = number
            if gone:
                self._missing |= gone
                self._road.down(now, partial(self._repeat, tuple(self._missing)))
        ask, frames = self._frames.add(packet)
        if again := self._frames.missing():
            self._road.down(now, partial(self._repeat, again))
        if ask:
            self._road.down(now, self._ask)
        self.whole_s += [now] * len(frames)

    def _repeat(self, numbers: Iterable[int], now: float) -> None:
        for number in numbers:
            self._road.up(now, partial(self._take, self._sent[number]))

    def _ask(self, now: float) -> None:
        self._key = True


def watch(film: Iterable[Any], network: Impairment) -> list[float]:
    """Seconds between frames that came whole."""
    road = Road(network)
    watcher = Watcher(road, film)
    road.at(0.0, watcher.film)
    road.run()
    return [float(gap) for gap in np.diff(watcher.whole_s)]


def rehearse(plan: dict[str, Any]) -> dict[str, Any]:
    """See the module's docstring."""
    network = Impairment(**plan["network"])
    gaps = watch(picture.Reel(Path(plan["clip"])).frames, network) if plan["clip"] else []
    if not plan["sound"]:
        return {"frame_gaps_ms": [round(1000 * gap, 1) for gap in gaps]}
    ahead = round(plan.get("ahead_s", 0.0) * sound.RATE)
    said = [_whole(np.pad(sound.read(Path(source)), (ahead, 0))) for source, _ in plan["sound"]]
    listener = listen(np.concatenate(said), network, plan["repeats"])
    heard = np.concatenate([listener.heard[place] for place in sorted(listener.heard)])
    ends = np.cumsum([len(pcm) for pcm in said]) * HEARING_RATE // RATE
    for piece, (_, target) in zip(np.split(heard, ends[:-1]), plan["sound"], strict=True):
        soundfile.write(target, piece, HEARING_RATE)
    return {
        "packets": len(listener.came),
        "added_ms": [round(1000 * seconds, 2) for seconds in listener.added_s],
        "good_lost": len(listener.came - listener.played) / len(listener.came),
        "made_up": listener.made_up / STEP / len(listener.sent),
        "hole_ms": 1000 * listener.hole / RATE,
        "us_a_packet": round(1e6 * listener.work_s / len(listener.came), 1),
        "frame_gaps_ms": [round(1000 * gap, 1) for gap in gaps],
    }


def _whole(pcm: Pcm) -> Pcm:
    """Whole packets of it."""
    return np.pad(pcm, (0, -len(pcm) % STEP))


if __name__ == "__main__":
    random.seed(0)
    print(json.dumps(rehearse(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
