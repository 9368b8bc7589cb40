"""Counts and times for Prometheus, one registry per server. Conversation figures come from the events themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from visavis_agents import events as ev

PROBE_S = 0.1  # how often the event loop's lag is taken

_TURN_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2, 1.8, 2.5, 4.0, 8.0)
_LAG_S = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.012, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)


class Metrics:
    """All figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.sessions = Gauge("visavis_sessions", "Conversations, waiting ones included", registry=r)
        self.attached = Gauge("visavis_sessions_attached", "Conversations with a client", registry=r)
        self.offers = Counter("visavis_offers", "Connections asked for", ["result"], registry=r)
        self.ended = Counter("visavis_sessions_ended", "Conversations that ended", ["reason"], registry=r)
        self.events = Counter("visavis_events", "Events to clients", ["type"], registry=r)
        self.stages = Histogram(
            "visavis_turn_seconds", "End of speech to each stage", ["stage"], buckets=_TURN_S, registry=r
        )
        self.lag = Histogram("visavis_loop_lag_seconds", "How late the event loop is", buckets=_LAG_S, registry=r)
        self.freezes = Counter("visavis_camera_freezes", "Times a lost packet stopped a camera's picture", registry=r)
        self.packets_missed = Counter("visavis_packets_missed", "Sound packets that were asked for again", registry=r)
        self.frames_late = Counter("visavis_sound_late", "Frames of sound that left over 20 ms late", registry=r)
        self.packets_lost = Counter("visavis_packets_lost", "Sound packets that never came in time", registry=r)
        self.bad_messages = Counter("visavis_bad_messages", "Messages of clients that were refused", registry=r)

    def saw(self, event: ev.Event) -> None:
        """An event went to a client."""
        self.events.labels(type(event).__struct_config__.tag).inc()
        if isinstance(event, ev.TurnTimed):
            for stage, milliseconds in event.stages_ms.items():
                self.stages.labels(stage).observe(max(0.0, milliseconds / 1000))

    def page(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

    async def watch_loop(self, clock: Callable[[], float]) -> None:
        """Take the event loop's lag until cancelled."""
        while True:
            due = clock() + PROBE_S
            await asyncio.sleep(PROBE_S)
            self.lag.observe(max(0.0, clock() - due))
