"""The visitor's ear: packets of sound from the server, placed on the visitor's clock as a person would hear them.

aiortc's own buffer holds 80 ms back, always. Here a packet is decoded when it arrives, so that what is measured is the
server: the first piece of a run of sound is placed where it arrived, and the rest of the run follows without a seam as
long as each piece is at most `SLACK_S` late, which is the buffer a player would have. A missing packet is waited for
until three later ones are there; what never comes is silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from visavis_client.sound import RATE, Pcm
from visavis_client.tracks import Clock

SLACK_S = 0.06  # lateness that does not tear a run of sound
PATIENCE = 3  # packets that wait for a missing one
RESTART = 100  # packets ahead or behind at which the sender must have started anew
SILENT = 0.001  # largest sample of silence (-60 dBFS)
LOUD = 0.0056  # root mean square of sound that is heard (-45 dBFS)


class Order:
    """Packets in the order they were sent. Pure."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, Any] = {}

    def take(self, packet: Any) -> list[Any]:
        """The packets that may be decoded now that this one is there."""
        number = packet.sequence_number
        ahead = 0 if self._next is None else _signed(number - self._next)
        if self._next is None or abs(ahead) > RESTART:
            self._next, ahead = number, 0
            self._waiting.clear()
        if ahead < 0:
            return []
        self._waiting[number] = packet
        if len(self._waiting) > PATIENCE:
            after = self._next
            self._next = min(self._waiting, key=lambda n: _signed(n - after))
        ready = []
        while self._next in self._waiting:
            ready.append(self._waiting.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return ready


def _signed(difference: int) -> int:
    """Sequence numbers have 16 bits and wrap."""
    return ((difference + 0x8000) & 0xFFFF) - 0x8000


@dataclass
class Playout:
    """When a piece of received sound is heard. Pure; seconds."""

    _at: float = 0.0  # where the last piece was placed,
    _stream_s: float = 0.0  # and its time in the stream
    _end: float = 0.0  # end of the last sound
    _running: bool = False

    def place(self, arrival: float, stream_s: float, length_s: float, silent: bool) -> float:
        """Where a piece goes on the clock. Silence takes up what delay has built up; sound never overlaps sound."""
        expected = self._at + stream_s - self._stream_s
        at = expected if self._running and arrival <= expected + SLACK_S else max(arrival, self._end)
        self._at, self._stream_s, self._running = at, stream_s, not silent
        if not silent:
            self._end = at + length_s
        return at


class Ear:
    """Stands where aiortc's receive buffer would: `add` is told of every packet."""

    def __init__(self, clock: Clock) -> None:
        self.loud: list[float] = []  # times of the 20 ms pieces that were heard
        self.packets = 0  # that came
        self._clock = clock
        self._pieces: list[tuple[float, Pcm]] = []
        self._heard_s = 0.0
        self.connect()

    def connect(self) -> None:
        """A new stream begins."""
        self._order = Order()
        self._playout = Playout(_end=self._heard_s)
        self._origin: int | None = None
        codec: Any = av.CodecContext.create("libopus", "r")
        codec.format, codec.layout, codec.sample_rate = "s16", "stereo", RATE
        self._codec = codec

    def add(self, packet: Any) -> tuple[bool, None]:
        """Called by aiortc with each packet. Nothing is left for aiortc to decode."""
        arrival = self._clock()
        self.packets += 1
        for ready in self._order.take(packet):
            if ready._data:
                self._hear(ready._data, ready.timestamp, arrival)
        return False, None

    def _hear(self, data: bytes, timestamp: int, arrival: float) -> None:
        if self._origin is None:
            self._origin = timestamp
        stream_s = ((timestamp - self._origin + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000) / RATE
        try:
            frames = self._codec.decode(av.Packet(data))
        except av.FFmpegError:
            return  # a damaged packet is a lost one
        stereo = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])
        pcm = stereo.astype(np.float32).mean(axis=1) / np.float32(32768)
        at = self._playout.place(arrival, stream_s, len(pcm) / RATE, bool(np.abs(pcm).max(initial=0) < SILENT))
        self._heard_s = max(self._heard_s, at + len(pcm) / RATE)
        if np.sqrt(np.mean(pcm**2)) > LOUD:
            self.loud.append(at)
        self.keep(at, pcm)

    def keep(self, at: float, pcm: Pcm) -> None:
        """pcm: (samples,) heard from `at` on."""
        if np.abs(pcm).max(initial=0) > 0:
            self._pieces.append((at, pcm))

    def heard(self, since: float) -> float | None:
        """When the first sound after `since` was heard."""
        return next((at for at in self.loud if at >= since), None)

    def recorded(self) -> Pcm:
        """Everything heard, sample 0 at clock 0."""
        sound: NDArray[np.float32] = np.zeros(round((self._heard_s + 0.1) * RATE), np.float32)
        for at, piece in self._pieces:
            begin = round(at * RATE)
            sound[begin : begin + len(piece)] = piece[: len(sound) - begin]
        return sound
