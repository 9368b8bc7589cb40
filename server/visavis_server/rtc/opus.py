"""Opus through libopus itself: 16 kHz mono out of a packet, and what stands in for a packet that never came.

PyAV wraps libopus too, but neither decodes the copy of a lost packet that the next one carries (in-band FEC, RFC 6716,
2.1.7) nor conceals what is lost, and needs a thread and a frame object for what takes 0.06 ms. The library is the one
that PyAV brings along, else the system's; where neither loads, PyAV decodes and lost sound is a faded repeat.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import logging
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import HEARING_RATE, Pcm
from visavis_server.rtc.thirds import WIRE_RATE, Thirds, mono

log = logging.getLogger(__name__)

LONGEST = HEARING_RATE * 120 // 1000  # samples; an Opus packet holds at most 120 ms (RFC 6716, 3.2.5)
COMPLEXITY = 5  # of 0 to 10, which takes twice the time
LARGEST = 1275  # bytes of one encoded frame (RFC 6716, 3.2.1)

_VOIP, _VOICE = 2048, 3001  # opus_defines.h, as are the numbers below
_BITRATE, _WIDEST, _COMPLEXITY, _INBAND_FEC, _LOSS, _SIGNAL = 4002, 4004, 4010, 4012, 4014, 4024
_WIDE, _FULL = 1103, 1105  # bands up to 8 and to 20 kHz

_FRAME_MS = (*(10, 20, 40, 60) * 3, *(10, 20) * 2, *(2.5, 5, 10, 20) * 4)  # by configuration (RFC 6716, table 2)


class OpusError(Exception):
    """A packet that libopus does not take."""


def length(data: bytes) -> int:
    """How many ticks of 1/48000 s an Opus packet lasts, by its first bytes (RFC 6716, 3.1); 0: it is none."""
    if not data:
        return 0
    frames = (1, 2, 2, data[1] & 63 if len(data) > 1 else 0)[data[0] & 3]
    ticks = int(_FRAME_MS[data[0] >> 3] * frames * WIRE_RATE / 1000)
    return ticks if ticks <= WIRE_RATE * 120 // 1000 else 0


def resting(data: bytes) -> bool:
    """Whether a packet says only that its sender rests (discontinuous transmission)."""
    return len(data) <= 2


def carries_copy(data: bytes) -> bool:
    """Whether a packet of one frame carries a copy of the one before (RFC 6716, 4.2.4; none in CELT)."""
    config, code = (data[0] >> 3, data[0] & 3) if len(data) > 1 else (31, 0)
    if config >= 16 or code:
        return False
    inner = 1 if config >= 12 else (1, 1, 2, 3)[config & 3]  # SILK frames of 20 ms
    return bool(data[1] >> (7 - inner) & 1)


class Decoder(Protocol):
    """16 kHz mono, float32 in [-1, 1], piece by piece."""

    delay_s: float  # how much later than its place in the track sound comes out

    def decode(self, data: bytes) -> Pcm:
        """The sound of a packet. Raises OpusError."""
        ...

    def recover(self, following: bytes, samples: int) -> Pcm:
        """The end of what was lost, from the packet after it. Raises OpusError."""
        ...

    def conceal(self, samples: int) -> Pcm:
        """What probably was there; fades with time. After a packet of rest: comfort noise."""
        ...


@functools.cache
def library() -> Any | None:
    """libopus, or None."""
    beside = Path(av.__file__).parent.parent / "av.libs"
    system = ctypes.util.find_library("opus")
    for path in [*map(str, sorted(beside.glob("libopus*"))), *([system] if system else [])]:
        try:
            found = ctypes.PyDLL(path)  # keeps the interpreter: having it back can take 5 ms, a packet takes 0.05
            for name in ("opus_decoder_create", "opus_encoder_create"):
                getattr(found, name).restype = ctypes.c_void_p
            found.opus_get_version_string.restype = ctypes.c_char_p
            log.info("sound is decoded by %s", found.opus_get_version_string().decode())
            return found
        except (OSError, AttributeError) as error:
            log.info("%s did not load: %s", path, error)
    log.warning(
        "libopus did not load, so lost packets of sound are only faded over. "
        "Install libopus0 (Debian), opus (Homebrew) or PyAV's own wheel."
    )
    return None


def decoder() -> Decoder:
    """The best there is here."""
    return OpusDecoder(found) if (found := library()) is not None else AvDecoder()


class OpusDecoder:
    """libopus: decodes at 16 kHz itself, with FEC and concealment. 0.06 ms for 20 ms."""

    delay_s = 0.0065  # the encoder's look-ahead (RFC 7845, 5.1)

    def __init__(self, lib: Any) -> None:
        self._lib = lib
        error = ctypes.c_int()
        self._state = ctypes.c_void_p(lib.opus_decoder_create(HEARING_RATE, 1, ctypes.byref(error)))
        if error.value:
            raise MemoryError(f"libopus made no decoder (error {error.value})")
        self._pcm = np.zeros(LONGEST, np.float32)
        self._to = self._pcm.ctypes.data_as(ctypes.POINTER(ctypes.c_float))

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._lib.opus_decoder_destroy(state)

    def decode(self, data: bytes) -> Pcm:
        return self._decode(data, LONGEST, 0)

    def recover(self, following: bytes, samples: int) -> Pcm:
        return self._decode(following, samples, 1)

    def conceal(self, samples: int) -> Pcm:
        pieces = []
        while samples > 0:  # no more at once than a packet can hold
            pieces.append(self._decode(None, min(samples, LONGEST), 0))
            samples -= len(pieces[-1])
        return np.concatenate(pieces)

    def _decode(self, data: bytes | None, room: int, fec: int) -> Pcm:
        samples = self._lib.opus_decode_float(self._state, data, len(data or b""), self._to, room, fec)
        if samples < 0:
            raise OpusError(f"libopus took no packet of {len(data or b'')} bytes (error {samples})")
        return self._pcm[:samples].copy()


class AvDecoder:
    """PyAV where libopus did not load: lost sound is the last sound repeated, fading within 20 ms."""

    delay_s = OpusDecoder.delay_s + Thirds.DELAY_S

    def __init__(self) -> None:
        self._codec: Any = av.CodecContext.create("libopus", "r")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "stereo", WIRE_RATE
        self._thirds = Thirds()
        self._last: Pcm = np.zeros(0, np.float32)

    def decode(self, data: bytes) -> Pcm:
        try:
            frames = self._codec.decode(av.Packet(data))
        except av.FFmpegError as error:
            raise OpusError(f"PyAV took no packet of {len(data)} bytes: {error}") from error
        self._last = np.concatenate([self._thirds(mono(frame)) for frame in frames] or [self._last[:0]])
        return self._last

    def recover(self, following: bytes, samples: int) -> Pcm:
        return self.conceal(samples)

    def conceal(self, samples: int) -> Pcm:
        filling = np.zeros(samples, np.float32)
        known = min(samples, len(self._last))
        filling[:known] = self._last[len(self._last) - known :] * np.linspace(1.0, 0.0, known, dtype=np.float32)
        self._last = filling
        return filling


class Encoder(Protocol):
    """A voice at 48 kHz, mono, 20 ms at a time, with a copy of each packet in the next one."""

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        """pcm: (960,). One packet."""
        ...

    def expect_loss(self, percent: int) -> None:
        """How many of a hundred packets will be lost; the more, the better the copies."""
        ...


def encoder(bitrate: int, wide: bool = False) -> Encoder:
    """The best there is here. bitrate: bits per second; wide: nothing above 8 kHz, as who hears 16 kHz asks for."""
    return OpusEncoder(found, bitrate, wide) if (found := library()) is not None else AvEncoder(bitrate)


class OpusEncoder:
    """libopus. 0.4 ms for 20 ms."""

    def __init__(self, lib: Any, bitrate: int, wide: bool = False) -> None:
        self._lib = lib
        error = ctypes.c_int()
        self._state = ctypes.c_void_p(lib.opus_encoder_create(WIRE_RATE, 1, _VOIP, ctypes.byref(error)))
        if error.value:
            raise MemoryError(f"libopus made no encoder (error {error.value})")
        self._out = ctypes.create_string_buffer(LARGEST)
        for request, value in (_BITRATE, bitrate), (_COMPLEXITY, COMPLEXITY), (_SIGNAL, _VOICE), (_INBAND_FEC, 1):
            self._tell(request, value)
        self._tell(_WIDEST, _WIDE if wide else _FULL)

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._lib.opus_encoder_destroy(state)

    def expect_loss(self, percent: int) -> None:
        self._tell(_LOSS, percent)

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        pcm = np.ascontiguousarray(pcm)
        at = pcm.ctypes.data_as(ctypes.c_void_p)
        size = self._lib.opus_encode(self._state, at, len(pcm), self._out, LARGEST)
        if size < 0:
            raise OpusError(f"libopus did not encode {len(pcm)} samples (error {size})")
        return self._out.raw[:size]

    def _tell(self, request: int, value: int) -> None:
        if error := self._lib.opus_encoder_ctl(self._state, request, ctypes.c_int(value)):
            raise ValueError(f"libopus refused {value} for its setting {request} (error {error})")


class AvEncoder:
    """PyAV where libopus did not load: expects 10 % of loss, always."""

    def __init__(self, bitrate: int) -> None:
        self._codec: Any = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate, self._codec.layout, self._codec.format = WIRE_RATE, "mono", "s16"
        self._codec.bit_rate = bitrate
        self._codec.options = {
            "application": "voip",
            "frame_duration": "20",
            "fec": "1",
            "packet_loss": "10",
            "compression_level": str(COMPLEXITY),
        }

    def expect_loss(self, percent: int) -> None:
        pass

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = WIRE_RATE
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))
