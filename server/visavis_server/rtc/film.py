"""Encoded camera frames, kept since the last key frame and decoded only when somebody looks.

The mind looks once in a while; decoding every frame would cost a session 2 to 3 % of a core for nothing. So each frame
remembers the one it builds on, and whoever looks decodes from the last key frame on, 1 to 1.5 ms for each frame of
640x480: 60 ms for the worst of `shots.KEY_S`. What is looked at next goes on from there.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import av

from visavis_models.ports import Picture

LARGEST = 1920 * 1088  # pixels; larger frames are not decoded
LONGEST = 300  # frames from a key frame on,
HEAVIEST = 8 * 1024 * 1024  # and bytes; then only the next key frame is kept

_CODECS = {"VP8": "vp8", "H264": "h264"}  # names in SDP: names in FFmpeg


@dataclass(eq=False, slots=True)
class Shot:
    """An encoded frame and the one before it, on which it builds; None: it is a key frame."""

    data: bytes = field(repr=False)
    codec: str
    before: Shot | None = field(default=None, repr=False)


class Darkroom:
    """One camera's decoder. It stands where it looked last, and goes on from there or starts at a key frame."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # two may look at once, from two workers
        self._codec: Any = None
        self._at: Shot | None = None  # the last shot that was decoded,
        self._frame: Any = None  # and what became of it

    def develop(self, shot: Shot) -> Picture:
        """(height, width, 3) RGB. Takes milliseconds: call it on a worker. Raises ValueError."""
        with self._lock:
            if shot is not self._at:
                self._decode(shot)
            if self._frame is None:
                raise ValueError("the camera's frame is damaged or too large")
            picture: Picture = self._frame.to_ndarray(format="rgb24")
            return picture

    def _decode(self, shot: Shot) -> None:
        needed: list[Shot] = []
        back: Shot | None = shot
        while back is not None and back is not self._at:
            needed.append(back)
            back = back.before
        if back is None:
            self._codec = av.CodecContext.create(_CODECS[shot.codec], "r")
            self._codec.thread_count = 1  # FFmpeg would take one for each core
            self._codec.options = {"max_pixels": str(LARGEST), "flags": "low_delay"}
        self._at, self._frame = shot, None
        for each in reversed(needed):
            try:
                frames = self._codec.decode(av.Packet(each.data))
            except av.FFmpegError:
                frames = []
            self._frame = frames[-1] if frames else None


class Film:
    """The shots since the last key frame."""

    def __init__(self) -> None:
        self._last: Shot | None = None
        self._count = self._bytes = 0
        self._darkroom = Darkroom()

    def keep(self, data: bytes, codec: str, key: bool) -> Shot | None:
        """None: it builds on what is not there, or there are too many; only a key frame can follow."""
        if key:
            self._last, self._count, self._bytes = Shot(data, codec), 0, 0
        elif self._last is not None and self._last.codec == codec:
            self._last = Shot(data, codec, self._last)
        else:
            return None
        self._count += 1
        self._bytes += len(data)
        if self._count > LONGEST or self._bytes > HEAVIEST:
            self._last = None
        return self._last

    def develop(self, shot: Shot) -> Picture:
        """See Darkroom.develop."""
        return self._darkroom.develop(shot)
