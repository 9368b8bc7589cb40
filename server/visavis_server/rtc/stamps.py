"""When was this said or seen? From a track's own time (RTP, or samples counted) to session time. Pure.

A track's clock runs evenly but starts anywhere; arrival times are on our clock but jitter. The least delayed arrival
ties the two together: session time = track time + the lowest recent (arrival - track time). The tie is moved slowly
while the network settles, so that sound stays continuous, and anew after a gap or a jump.

Sound and pictures of one sender share its clock, of which its reports tell (RFC 3550, 6.4.1): once both tracks have
reported, a picture is stamped by the sound that was recorded with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

JUMP_S = 0.5  # a track further off than this has started anew
SLEW_S = 0.001  # the tie moves at most so much per call (one call per 20 ms: 5 %)
WINDOW_S = 2.0  # how long a lowest delay is believed; drift of 200 ppm is 0.4 ms in that time


@dataclass
class Stamps:
    """One track's tie to session time. All times in seconds; results never go backwards."""

    _tie: float | None = None
    _last: float = 0.0
    _low: float = 0.0  # lowest offset of the window in progress
    _before: float = 0.0  # lowest offset of the window before
    _window_end: float = field(default=0.0)

    def at(self, track_s: float, arrived_s: float) -> float:
        """Session time of a piece that lies at track_s and arrived at arrived_s."""
        offset = arrived_s - track_s
        if self._tie is None or abs(offset - self._tie) > JUMP_S:
            self._tie = self._low = self._before = offset
            self._window_end = arrived_s + WINDOW_S
        elif arrived_s >= self._window_end:
            self._before, self._low = self._low, offset
            self._window_end = arrived_s + WINDOW_S
        else:
            self._low = min(self._low, offset)
        step = min(self._low, self._before) - self._tie
        self._tie += max(-SLEW_S, min(SLEW_S, step))
        self._last = max(self._last, min(track_s + self._tie, arrived_s))
        return self._last

    @property
    def tie(self) -> float | None:
        """Session time minus track time."""
        return self._tie


class Together:
    """The stamps of one sender's sound and pictures."""

    FARTHEST_S = 2.0  # a picture that the reports place longer before its arrival is not placed by them

    def __init__(self) -> None:
        self.sound = Stamps()
        self._pictures = Stamps()
        self._clock_minus_track: dict[str, float] = {}
        self._last = 0.0

    def report(self, kind: str, track_s: float, clock_s: float) -> None:
        """The sender says which moment of its clock belongs to which of a track (kind: audio or video)."""
        self._clock_minus_track[kind] = clock_s - track_s

    def picture(self, track_s: float, arrived_s: float) -> float:
        """Session time of a picture at track_s that arrived at arrived_s."""
        at = self._pictures.at(track_s, arrived_s)
        if self.sound.tie is not None and len(self._clock_minus_track) == 2:
            ahead_s = self._clock_minus_track["video"] - self._clock_minus_track["audio"]
            with_sound = track_s + ahead_s + self.sound.tie
            if arrived_s - self.FARTHEST_S <= with_sound <= arrived_s:
                at = with_sound
        self._last = max(self._last, at)
        return self._last
