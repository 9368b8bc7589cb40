"""The visitor's ear without aiortc's fixed 80 ms of buffer, so that what is measured is the server."""

from __future__ import annotations

from typing import Any

from aiortc.jitterbuffer import JitterBuffer


def prompt_ear(receiver: Any) -> None:
    """Let an audio receiver decode each packet as soon as the next one is there (20 ms instead of 80)."""
    if receiver.track is not None and receiver.track.kind == "audio":
        receiver._RTCRtpReceiver__jitter_buffer = JitterBuffer(capacity=16, prefetch=1)
