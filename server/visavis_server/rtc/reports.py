"""A sender's clock, from its reports: pairs of a moment on that clock (NTP) and on the track's (RTP). Pure.

RFC 3550, 6.4.1. A pair may be wrong (some senders note the time of sending instead of the time of recording), the two
clocks drift, and a sender may start anew. So a line is fitted through the pairs of the last minute, pairs far off it
are left out, and what remains between line and pairs is the error that is stated.
"""

from __future__ import annotations

from collections import deque

import numpy as np

KEPT = 40  # pairs; senders report every 0.5 to 5 s
WINDOW_S = 60.0
DRIFT_AFTER_S = 5.0  # pairs closer together tell no drift
DRIFT = 0.001  # clocks that drift further are not clocks
OFF_S = 0.002  # pairs this near the line are never left out
JUMP_S = 0.25  # two pairs in a row further off than this: the sender has started anew
LEAST_ERROR_S = 0.0005  # RTP and NTP times are noted apart


class SenderClock:
    """One track's tie to its sender's clock; seconds."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._jumped: tuple[float, float] | None = None
        self._offset = self._drift = self._middle = 0.0
        self.error_s = 0.0

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def report(self, track_s: float, clock_s: float) -> None:
        """The sender says that its clock showed clock_s when the track was at track_s."""
        pair = (track_s, clock_s)
        if self._pairs and abs(clock_s - self.clock(track_s)) > JUMP_S:
            if self._jumped is None:
                self._jumped = pair
                return
            self._pairs.clear()
            self._pairs.append(self._jumped)
        self._jumped = None
        self._pairs.append(pair)
        while track_s - self._pairs[0][0] > WINDOW_S:
            self._pairs.popleft()
        self._fit()

    def clock(self, track_s: float) -> float:
        """What the sender's clock shows when the track is at track_s."""
        return track_s + self._offset + self._drift * (track_s - self._middle)

    def track(self, clock_s: float) -> float:
        """Where the track is when the sender's clock shows clock_s."""
        return self._middle + (clock_s - self._offset - self._middle) / (1 + self._drift)

    def _fit(self) -> None:
        track, clock = np.array(self._pairs).T
        offsets = clock - track
        kept = np.ones(len(track), bool)
        for _ in range(3):
            self._middle = float(track[kept].mean())
            place = track - self._middle
            self._drift = 0.0
            if np.ptp(track[kept]) > DRIFT_AFTER_S:
                slope = float((place[kept] * offsets[kept]).sum() / (place[kept] ** 2).sum())
                self._drift = max(-DRIFT, min(DRIFT, slope))
            off = offsets - self._drift * place
            self._offset = float(np.median(off[kept]))
            distance = np.abs(off - self._offset)
            kept = distance <= max(OFF_S, 3 * float(np.median(distance)))
        self.error_s = max(LEAST_ERROR_S, float(distance[kept].max()))
