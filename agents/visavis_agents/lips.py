"""What the camera shows of who speaks: a pure account of the last looks, kept in the turn machine's state.

A voice and a picture may belong to different people. One look says nothing; what the lips of the only face in view did
in the half second before each look of an utterance says whether that face is the one that speaks. Lips that are still
are believed only where the same camera, light and beard have shown lips that move with words that were answered. No
camera, no face, two faces, a face that is too dark, small or far turned: no evidence, and nothing is changed by it.
Measured in docs/turn-taking.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import inf, log
from statistics import pstdev

from visavis_agents.inner import FaceSeen

KEPT_S = 1.5  # looks that are remembered
WINDOW_S = 0.55  # in which lips that speak have moved
LEAST = 4  # looks in it
MOVING = 0.10  # standard deviation of the mouth's height, as a share of it, from which on the lips move,
STILL = 0.03  # and up to which they do not
SETTLED_S = 0.3  # after the onset the lips of whoever speaks have moved, whatever they did before
SPEAKS, SILENT = 2, 3  # looks that say so
DECIDED_S = (
    0.9  # after the onset still lips are known; a reply that is silent already is not cut before, if they may be
)
TRUSTED = 3  # looks with moving lips, in an utterance that was answered, after which still ones are believed
CLOSING_S = 0.16  # after a last word the lips still move
GOES_ON = 0.15  # and after that change so much, as a share, from one look to the next, only for another word
GOES_ON_S = 0.2  # waited longer for it
LATELY_S = 2.5  # a look before that tells nothing of now
AWAY = 4  # looks that all show faces turned away


class Lips(Enum):
    MOVING = "moving"
    STILL = "still"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Seen:
    """start_s: when the utterance in progress began. looks: the newest, oldest first. moving, still, unsure: looks of
    this utterance by what the lips did before each; away, others: looks that show only faces turned away, and others.
    trusted: moving lips have been seen with words that were answered."""

    start_s: float = inf
    looks: tuple[FaceSeen, ...] = ()
    moving: int = 0
    still: int = 0
    unsure: int = 0
    away: int = 0
    others: int = 0
    trusted: bool = False

    @property
    def speaks(self) -> bool | None:
        """Is it the one person in view who speaks? None: that cannot be told."""
        if self.moving >= SPEAKS:
            return True
        silent = self.trusted and self.still >= SILENT and not self.moving and not self.unsure
        return False if silent else None

    def undecided(self, at: float) -> bool:
        """May it turn out soon that somebody else speaks?"""
        readable = self.trusted and not self.moving and not self.unsure and self.looks and self.looks[-1].mouth
        return bool(readable) and at < self.start_s + DECIDED_S

    @property
    def turned_away(self) -> bool:
        """Was everybody in view turned away all the time?"""
        return self.away >= AWAY and not self.others

    def empty(self, at: float) -> bool:
        """Is nobody in view now?"""
        return bool(self.looks) and self.looks[-1].at > at - LATELY_S and not any(look.faces for look in self.looks)

    def waits_s(self, end_s: float) -> float:
        """What the lips add to the silence since end_s: they move on. Lips that rest say nothing, as they do so in
        every second pause inside a turn as well."""
        after = [look for look in self.looks if look.at >= end_s + CLOSING_S]
        mouths = [log(look.mouth) for look in after if look.mouth]
        if len(mouths) < 2 or len(mouths) < len(after):
            return 0.0
        return GOES_ON_S if abs(mouths[-1] - mouths[-2]) >= GOES_ON else 0.0


def begun(seen: Seen, start_s: float) -> Seen:
    """A new utterance."""
    return Seen(start_s, seen.looks, trusted=seen.trusted)


def looked(seen: Seen, look: FaceSeen) -> Seen:
    """One look more. Those that come late or twice are left out."""
    if seen.looks and look.at <= seen.looks[-1].at:
        return seen
    looks = (*(old for old in seen.looks if old.at > look.at - KEPT_S), look)
    seen = replace(seen, looks=looks, trusted=seen.trusted and any(each.faces for each in looks))
    if look.at < seen.start_s:
        return seen
    away = look.faces > 0 and look.facing is False
    seen = replace(seen, away=seen.away + away, others=seen.others + (not away))
    match lips(looks):
        case Lips.MOVING:
            return replace(seen, moving=seen.moving + 1)
        case Lips.STILL if look.at >= seen.start_s + SETTLED_S:
            return replace(seen, still=seen.still + 1)
        case Lips.UNSURE if look.at >= seen.start_s + SETTLED_S:
            return replace(seen, unsure=seen.unsure + 1)
    return seen


def answered(seen: Seen) -> Seen:
    """The words of this utterance were taken."""
    return replace(seen, trusted=True) if seen.moving >= TRUSTED and not seen.trusted else seen


def lips(looks: Sequence[FaceSeen]) -> Lips:
    """What the lips of the only face did in the last half second."""
    window = [look for look in looks if look.at > looks[-1].at - WINDOW_S]
    mouths = [log(look.mouth) for look in window if look.mouth and look.faces == 1]
    if len(mouths) < LEAST or len(mouths) < len(window):
        return Lips.UNSURE
    spread = pstdev(mouths)
    return Lips.MOVING if spread >= MOVING else Lips.STILL if spread <= STILL else Lips.UNSURE
