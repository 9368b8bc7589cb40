"""What Prometheus is told at /metrics."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2, 1.8, 2.5, 4.0, 8.0)
_LAG = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)

SESSIONS = Gauge("visavis_sessions", "Conversations in progress")
OFFERS = Counter("visavis_offers_total", "Connections asked for", ["outcome"])
STAGES = Histogram(
    "visavis_turn_seconds", "From the end of the user's speech to each stage", ["stage"], buckets=_SECONDS
)
LAG = Histogram("visavis_loop_lag_seconds", "How late the event loop wakes up", buckets=_LAG)
LATE_FRAMES = Counter("visavis_late_frames_total", "20 ms voice frames that left more than 20 ms late")
BAD_MESSAGES = Counter("visavis_bad_messages_total", "Messages that could not be understood")

LAG_EVERY_S = 0.05


def turn(stages_ms: dict[str, float]) -> None:
    for stage, milliseconds in stages_ms.items():
        STAGES.labels(stage).observe(max(0.0, milliseconds / 1000))


async def watch_lag() -> None:
    """Measure the loop's lag until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        LAG.observe(max(0.0, loop.time() - due))
