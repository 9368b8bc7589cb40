"""The visitor's screen: what the server films of its pictures, kept as an MP4 file or as pictures in a folder."""

from __future__ import annotations

import asyncio
import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
from aiortc.mediastreams import MediaStreamError

RATE = 10  # frames a second at most


class Screen:
    """Receives one track. out: a file that ends in .mp4, or a folder, into which every frame goes as a PNG.

    at: the loop's time of each frame. Raises OSError where nothing can be written."""

    def __init__(self, out: Path) -> None:
        self.at: list[float] = []
        self.newest: Any = None  # (height, width, 3) uint8 RGB
        self._out = out
        self._file: Any = None
        self._task: asyncio.Task[None] | None = None
        if out.suffix == ".mp4":
            out.parent.mkdir(parents=True, exist_ok=True)
            self._file = av.open(str(out), "w")
        else:
            out.mkdir(parents=True, exist_ok=True)
        self._stream: Any = None

    def watch(self, track: Any) -> None:
        """Begin to receive."""
        self._task = asyncio.create_task(self._receive(track))

    async def close(self) -> None:
        """Raises OSError where a frame could not be kept."""
        failed: BaseException | None = None
        if self._task is not None:
            self._task.cancel()
            (failed,) = await asyncio.gather(self._task, return_exceptions=True)
        if self._file is not None:
            if self._stream is not None:
                self._file.mux(self._stream.encode(None))
            self._file.close()
            self._file = None
        if isinstance(failed, Exception):
            raise OSError(f"the pictures could not be kept in {self._out}: {failed}") from failed

    async def _receive(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.at.append(asyncio.get_running_loop().time())
                await asyncio.to_thread(self._keep, frame)

    def _keep(self, frame: Any) -> None:
        self.newest = frame.to_ndarray(format="rgb24")
        if self._file is None:
            place = self._out / f"{len(self.at):05d}.png"
            if not cv2.imwrite(str(place), cv2.cvtColor(self.newest, cv2.COLOR_RGB2BGR)):
                raise OSError(f"{place.name} was not written")
            return
        if self._stream is None:
            self._stream = self._file.add_stream("libx264", rate=RATE)
            self._stream.width, self._stream.height, self._stream.pix_fmt = frame.width, frame.height, "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, 90_000)
        made = av.VideoFrame.from_ndarray(self.newest, format="rgb24")
        made.pts, made.time_base = frame.pts, frame.time_base
        self._file.mux(self._stream.encode(made))
