"""What a conversation knows of its connection, whether WebRTC or WebSocket."""

from __future__ import annotations

from typing import Protocol

from visavis_agents.events import Event


class Connection(Protocol):
    """seen: loop time of the last sign of life."""

    seen: float

    def send(self, event: Event) -> None:
        """Send or queue; never blocks. A connection that cannot keep up closes itself."""

    async def room(self) -> None:
        """Wait until little waits to be sent."""

    async def close(self) -> None:
        """Let go of everything. May be called twice."""
