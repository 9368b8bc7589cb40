"""The current picture as video, for screens and AR glasses that ask for it: still, and softly becoming the next.

A client that offers a section of video to receive only gets what is on the easel (`gallery.py`): one frame a second
while it stays the same, ten while it fades, 512x512, VP8 or H.264. Fading and encoding run on a thread of this
connection at a low priority (3 to 6 ms a frame), so that neither the event loop nor the voice waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from visavis_models.ports import Picture
from visavis_models.workers import Worker

log = logging.getLogger(__name__)

SIDE = 512  # pixels
STILL_S, FADING_S = 1.0, 0.1  # between two frames
LOOK_S = 0.1  # how soon a new picture, or a wish for a key frame, is noticed
FADE_S = 0.8
KEY_S = 0.5  # between two key frames that are asked for
BITRATE = 500_000  # bits per second at most
PAPER = (246, 243, 238)  # as the page's
NICENESS = 10
CODECS = ("VP8", "H264")
_TICKS = 90_000
_OPTIONS = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "crf": "14"}),
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "crf": "26", "profile": "baseline"}),
}


class Fade:
    """What is seen: a picture, or on the way from one to the next. Pure but for what it remembers."""

    def __init__(self) -> None:
        self._aim: Picture | None = None
        self._before = self._after = framed(None)
        self._began = -FADE_S

    def to(self, picture: Picture | None, now: float) -> None:
        """From now on, go over to this picture; nothing happens if it is the one already."""
        if picture is not self._aim:
            self._before, self._after = self.at(now), framed(picture)
            self._aim, self._began = picture, now

    def fading(self, now: float) -> bool:
        return now < self._began + FADE_S

    def at(self, now: float) -> Picture:
        """(512, 512, 3) RGB."""
        part = (now - self._began) / FADE_S
        if part >= 1:
            return self._after
        part = max(0.0, part)
        part = part * part * (3 - 2 * part)
        return np.asarray(cv2.addWeighted(self._before, 1 - part, self._after, part, 0), np.uint8)


def framed(picture: Picture | None) -> Picture:
    """The picture as large as it fits, on paper."""
    whole = np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    if picture is not None:
        scale = SIDE / max(picture.shape[:2])
        high, wide = (max(1, min(SIDE, round(side * scale))) for side in picture.shape[:2])
        y, x = (SIDE - high) // 2, (SIDE - wide) // 2
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        whole[y : y + high, x : x + wide] = cv2.resize(picture, (wide, high), interpolation=smooth)
    return whole


class Reel:
    """Fades and encodes; all of it on one thread. codec: a name in SDP."""

    def __init__(self, codec: str) -> None:
        name, options = _OPTIONS[codec]
        self._codec: Any = av.CodecContext.create(name, "w")
        self._codec.width = self._codec.height = SIDE
        self._codec.pix_fmt, self._codec.bit_rate, self._codec.gop_size = "yuv420p", BITRATE, 300
        self._codec.time_base, self._codec.framerate = Fraction(1, _TICKS), Fraction(10, 1)
        self._codec.thread_count, self._codec.options = 1, options
        self._fade = Fade()

    def frame(self, picture: Picture | None, now: float, pts: int, key: bool) -> tuple[bytes, bool]:
        """An encoded frame of this moment, and whether it goes on changing."""
        self._fade.to(picture, now)
        frame = av.VideoFrame.from_ndarray(self._fade.at(now), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = pts, Fraction(1, _TICKS)
        frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        return b"".join(bytes(packet) for packet in self._codec.encode(frame)), self._fade.fading(now)


class ScreenTrack(MediaStreamTrack):
    """What aiortc's sender asks for the next packet. look: what is on the easel now; codec: see Reel."""

    kind = "video"

    def __init__(self, look: Callable[[], Picture | None], clock: Callable[[], float], codec: str) -> None:
        super().__init__()
        self._look = look
        self._clock = clock
        self._reel = Reel(codec)
        self._worker = Worker("screen", niceness=NICENESS)
        self._began = clock()
        self._sent_at = -STILL_S
        self._shown: Picture | None = None
        self._fading = False
        self._key, self._keyed_at = True, -KEY_S

    def key(self) -> None:
        """A whole frame is wanted: the other side has lost some, or has just begun."""
        self._key = True

    def stop(self) -> None:
        super().stop()
        self._worker.close()

    async def recv(self) -> av.Packet:
        data = b""
        while not data:
            await self._due()
            if self.readyState != "live":
                raise MediaStreamError
            self._sent_at, self._shown = self._clock(), self._look()
            key = self._wants_key()
            if key:
                self._key, self._keyed_at = False, self._sent_at
            pts = round((self._sent_at - self._began) * _TICKS)
            try:
                made = await self._worker.run(self._reel.frame, self._shown, self._sent_at, pts, key)
            except Exception:
                if self.readyState == "live":
                    log.exception("the screen could not be filmed")  # aiortc would end the track without a word
                raise MediaStreamError from None
            data, self._fading = made
        packet = av.Packet(data)
        packet.pts, packet.time_base = pts, Fraction(1, _TICKS)
        return packet

    def _wants_key(self) -> bool:
        return self._key and self._clock() >= self._keyed_at + KEY_S

    async def _due(self) -> None:
        """Until the next frame is to be made."""
        while self.readyState == "live":
            left = self._sent_at + (FADING_S if self._fading else STILL_S) - self._clock()
            if left <= 0 or (not self._fading and (self._look() is not self._shown or self._wants_key())):
                return
            await asyncio.sleep(min(left, LOOK_S))
