"""The user's camera on its way in: the newest whole frame, stamped, and decoded only when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from visavis_agents.seeing.sight import Frame
from visavis_server.rtc.film import Film
from visavis_server.rtc.shots import VIDEO_CLOCK, Frames
from visavis_server.rtc.ticks import Unwrapped


class Camera:
    """Stands where aiortc's receive buffer would: `add` is told of every packet.

    see: told of every whole frame. stamp: seconds on the track's time to session time, and how far off that may be.
    codec: name of a payload type's codec."""

    def __init__(
        self,
        see: Callable[[Frame], None],
        stamp: Callable[[float], tuple[float, float]],
        alive: Callable[[], None],
        codec: Callable[[int], str],
    ) -> None:
        self._see = see
        self._stamp = stamp
        self._alive = alive
        self._codec = codec
        self._frames = Frames()
        self._film = Film()
        self._places = Unwrapped()

    @property
    def freezes(self) -> int:
        return self._frames.freezes

    def add(self, packet: Any) -> tuple[bool, None]:
        """Called by aiortc. Returns whether to ask for a key frame; nothing is left for aiortc to decode."""
        self._alive()
        ask, frames = self._frames.add(packet)
        for frame in frames:
            at, error_s = self._stamp(self._places(frame.timestamp) / VIDEO_CLOCK)
            shot = self._film.keep(frame.data, self._codec(frame.payload_type), frame.key)
            if shot is None:
                self._frames.spoilt()
                break
            self._see(Frame(at, lambda shot=shot: self._film.develop(shot), error_s, len(frame.data)))  # type: ignore[misc]
        return ask, None

    def place_of(self, timestamp: int) -> int | None:
        """Ticks between the track's first RTP timestamp and this one; None: it has not begun."""
        return self._places.of(timestamp)

    def again(self, number: int) -> bool:
        """Packets of a camera are repeated under numbers of their own, which aiortc counts for themselves."""
        return False

    def missing(self) -> list[int]:
        """Numbers of packets to ask for again now; the first time, aiortc itself asks."""
        return self._frames.missing()
