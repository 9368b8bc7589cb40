"""What the visitor's camera shows: a photo or a looped clip as 640x480 pictures, 15 a second; and received pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_agents.events import PictureChunk

WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 480, 15
LARGEST = 16 << 20  # bytes of a received picture
LARGEST_STILL, QUALITIES = 700 * 1024, (85, 70, 50)  # bytes of a sent one, and the JPEG qualities tried for it


class Reel:
    """What the camera shows. frames: endless yuv420p frames, letterboxed; raises ValueError as it comes to it."""

    def __init__(self, path: Path) -> None:
        self.frames = self._frames(path)
        self._shown: NDArray[np.uint8] | None = None  # the picture shown last, of any size

    def still(self, longest: int) -> bytes:
        """The picture shown last at its own size, or `longest` pixels a side, as a JPEG. Raises ValueError."""
        if (shown := self._shown) is None:
            raise ValueError("nothing was shown yet")
        scale = min(1.0, longest / max(shown.shape[:2]))
        size = (max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale)))
        for quality in QUALITIES:
            done, data = cv2.imencode(
                ".jpg", cv2.resize(shown, size, interpolation=cv2.INTER_AREA), [cv2.IMWRITE_JPEG_QUALITY, quality]
            )
            if done and data.size <= LARGEST_STILL:
                return data.tobytes()
        raise ValueError("the picture is too large")

    def _frames(self, path: Path) -> Iterator[av.VideoFrame]:
        if not path.is_file():
            raise ValueError(f"{path} is not there: give a photo or a clip")
        if (photo := cv2.imread(str(path))) is not None:
            self._shown = np.asarray(photo, np.uint8)
            frame = _frame(self._shown)
            while True:
                yield frame
        while True:
            shown = 0
            for picture in _clip(path):
                shown += 1
                self._shown = picture
                yield _frame(picture)
            if not shown:
                raise ValueError(f"{path} is neither a photo nor a clip that can be read")


def _clip(path: Path) -> Iterator[Any]:
    """The pictures of a clip once through, at 15 a second whatever its own rate."""
    clip = cv2.VideoCapture(str(path))
    try:
        step = (clip.get(cv2.CAP_PROP_FPS) or FRAMES_A_SECOND) / FRAMES_A_SECOND
        seen, shown = 0, 0
        while clip.grab():
            seen += 1
            while seen > shown * step:
                shown += 1
                yield clip.retrieve()[1]
    finally:
        clip.release()


def _frame(picture: NDArray[np.uint8]) -> av.VideoFrame:
    """picture: (height, width, 3) BGR of any size."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    size = (max(1, min(WIDTH, round(picture.shape[1] * scale))), max(1, min(HEIGHT, round(picture.shape[0] * scale))))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    whole = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    y, x = (HEIGHT - size[1]) // 2, (WIDTH - size[0]) // 2
    whole[y : y + size[1], x : x + size[0]] = small
    return av.VideoFrame.from_ndarray(cv2.cvtColor(whole, cv2.COLOR_BGR2YUV_I420), format="yuv420p")


class Album:
    """Pictures put together from their chunks; `done` holds the newest whole version of each."""

    def __init__(self) -> None:
        self.done: dict[int, bytes] = {}
        self._parts: dict[tuple[int, int], dict[int, bytes]] = {}

    def take(self, chunk: PictureChunk) -> None:
        """Raises ValueError for a chunk that fits nowhere."""
        if not 0 <= chunk.index < chunk.count <= LARGEST // 1024:
            raise ValueError(f"picture {chunk.picture} has no part {chunk.index} of {chunk.count}")
        parts = self._parts.setdefault((chunk.picture, chunk.version), {})
        parts[chunk.index] = base64.b64decode(chunk.data, validate=True)
        if sum(map(len, parts.values())) > LARGEST:
            raise ValueError(f"picture {chunk.picture} is larger than {LARGEST >> 20} MiB")
        if len(parts) == chunk.count:
            self.done[chunk.picture] = b"".join(parts[n] for n in range(chunk.count))
            del self._parts[chunk.picture, chunk.version]


def suffix(data: bytes) -> str:
    """How the file of an encoded picture ends."""
    return "png" if data.startswith(b"\x89PNG") else "webp" if data[8:12] == b"WEBP" else "jpg"
