"""What every event is: the base of `events.py` and of `shown.py`."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=False):
    """Something that happened at session time `at` (seconds)."""

    at: float = 0.0
