"""Picture files from elsewhere made pixels: PNG, JPEG and WebP, of a size that is read before anything is unpacked.

And pixels made an address that other servers read."""

from __future__ import annotations

import base64
import struct

import cv2
import numpy as np

from visavis_models.errors import ModelError
from visavis_models.ports import Picture

LONGEST = 4096  # pixels of a side: a file of some kilobytes can claim any size


def decoded(data: bytes) -> Picture:
    """(height, width, 3) RGB; what is transparent lies on white. Raises ValueError saying what is wrong."""
    size = dimensions(data)
    if size is None:
        raise ValueError("is no PNG, JPEG or WebP file")
    if not (min(size) > 0 and max(size) <= LONGEST):
        raise ValueError(f"says that it is {size[0]} x {size[1]} pixels, and {LONGEST} a side is the most")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("is a damaged picture file")
    if pixels.dtype == np.uint16:
        pixels = np.asarray(pixels >> 8, np.uint8)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        pixels = (pixels[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def jpeg_address(picture: Picture, longest: int = 768) -> str:
    """A picture, (height, width, 3) RGB, as a small JPEG data address; the longest side at most `longest` pixels."""
    height, width = picture.shape[:2]
    if (scale := longest / max(height, width)) < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise ModelError("the picture could not be encoded as JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height as the file's header says; None where it is no header of the three kinds."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except struct.error:
        pass
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """From the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1] if at + 1 < len(data) else 0
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    """From the first chunk (RFC 9649, 2.4 to 2.7)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
