"""When was this said or seen? From a track's own time (RTP, or samples counted) to session time. Pure.

A track's clock runs evenly but starts anywhere; arrival times are on our clock but jitter. The least delayed arrival
ties the two together: session time = track time + the lowest recent (arrival - track time). The tie is moved slowly
while the network settles, so that sound stays continuous, and anew after a gap or a jump.

Sound and pictures of one sender share its clock, of which its reports tell (`reports.py`): once both tracks have
reported, a picture is stamped by the sound that was recorded with it. Every stamp comes with its error: how far sound
and picture may be apart. What both took on the way is not in it: it moves them together.

What a sender reports of its sound is when a packet left, by the track's time of its first sample: so it is with
libwebrtc, which all browsers have, and with aiortc. A packet leaves when its last sample has been recorded. (Of a
picture they report when it was taken, or when it left, which is some milliseconds later.) Measured on loopback, frames
stamped against the sound: 17 ms early without this, 3 ms late with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from visavis_server.rtc.reports import SenderClock

JUMP_S = 0.5  # a track further off than this has started anew
SLEW_S = 0.001  # the tie moves at most so much per call (one call per 20 ms: 5 %)
EASE = 1 / 16  # weight of the newest lateness in their mean
PACKET_S = 0.02  # of sound: what all senders of Opus use
WINDOW_S = 2.0  # how long a lowest delay is believed; drift of 200 ppm is 0.4 ms in that time


@dataclass
class Stamps:
    """One track's tie to session time. All times in seconds; results never go backwards."""

    _tie: float | None = None
    _last: float = 0.0
    _low: float = 0.0  # lowest offset of the window in progress
    _before: float = 0.0  # lowest offset of the window before
    _window_end: float = field(default=0.0)
    error_s: float = 0.0  # mean lateness of arrivals against the tie

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
        self.error_s += EASE * (max(0.0, offset - self._tie) - self.error_s)
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
        self._clocks = {"audio": SenderClock(), "video": SenderClock()}
        self._last = 0.0

    def report(self, kind: str, track_s: float, clock_s: float) -> None:
        """The sender says at which moment of its clock what lies at track_s left (kind: audio or video)."""
        self._clocks[kind].report(track_s + PACKET_S if kind == "audio" else track_s, clock_s)

    def picture(self, track_s: float, arrived_s: float) -> tuple[float, float]:
        """Session time of a picture at track_s that arrived at arrived_s, and how far off it may be."""
        at = self._pictures.at(track_s, arrived_s)
        error_s = self._pictures.error_s + self.sound.error_s
        sound, pictures = self._clocks["audio"], self._clocks["video"]
        if self.sound.tie is not None and sound and pictures:
            with_sound = sound.track(pictures.clock(track_s)) + self.sound.tie
            if arrived_s - self.FARTHEST_S <= with_sound <= arrived_s:
                at, error_s = with_sound, sound.error_s + pictures.error_s
        if at < self._last:
            error_s += self._last - at
        self._last = max(self._last, at)
        return self._last, error_s
