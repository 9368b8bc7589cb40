"""How long this person rests between two sentences, learned from the times they went on after their turn had been taken
for over. Pure, a part of the turn machine's state; `patience.py` gives who tells something as much time again."""

from __future__ import annotations

from dataclasses import dataclass, replace

GOES_ON_S = 1.5  # who speaks again so soon after their turn had more to say; later it is the next turn
FADES = 0.7  # of what is remembered, with every turn that was really over


@dataclass(frozen=True, slots=True)
class Pace:
    """rest_s: the pause that is to be expected, 0 without one. ended_s: where the last turn ended; gap_s: the pause
    before what is being said now, if it may go on with that turn."""

    rest_s: float = 0.0
    ended_s: float | None = None
    gap_s: float | None = None

    def begun(self, start_s: float) -> Pace:
        """Somebody starts to speak."""
        gap_s = None if self.ended_s is None else start_s - self.ended_s
        return replace(self, gap_s=gap_s if gap_s is not None and 0 < gap_s <= GOES_ON_S else None)

    def taken(self, end_s: float) -> Pace:
        """What was said until end_s is answered, so it was meant."""
        faded = FADES * self.rest_s
        return Pace(faded if self.gap_s is None else max(faded, self.gap_s), end_s)
