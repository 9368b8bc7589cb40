"""Who comes and who has left, for a role whose visitors change: a pure function from looks to two happenings.

A visitor has come when somebody has looked this way for a second, or has spoken while a face was in view. They have
left when no face was seen and nobody spoke for the role's `visit_s`. Somebody who only walks by is neither. It knows
that somebody is there, and never who: a face that comes back after that is a new visitor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from visavis_agents.inner import FaceSeen

LOOKS_S = 0.9  # somebody who looks this way for so long wants something
HEARD_S = 8.0  # whoever is in view so soon after a visitor spoke is that visitor,
SAID_S = 1.2  # and so soon after the assistant spoke has heard it


class Happening(Enum):
    CAME = "came"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Nobody:
    """facing_since: when somebody began to look this way."""

    facing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """seen_s: when a visitor was last seen or heard."""

    seen_s: float


Visit = Nobody | Here


def step(visit: Visit, look: FaceSeen, heard_s: float, said_s: float, visit_s: float) -> tuple[Visit, Happening | None]:
    """One look more. heard_s, said_s: session times until which somebody and the assistant spoke last."""
    at = look.at
    match visit:
        case Here(seen_s=seen_s):
            seen_s = max(seen_s, min(max(heard_s, said_s), at), at if look.faces else 0.0)
            if at - seen_s >= visit_s:
                return Nobody(), Happening.LEFT
            return Here(seen_s), None
        case Nobody() if look.faces and (at - heard_s < HEARD_S or at - said_s < SAID_S):
            return Here(at), None
        case Nobody(facing_since=since) if look.facing:
            if since is not None and at - since >= LOOKS_S:
                return Here(at), Happening.CAME
            return Nobody(at if since is None else since), None
    return Nobody(), None
