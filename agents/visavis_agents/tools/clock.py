"""Time, date and timers."""

from __future__ import annotations

import asyncio

from visavis_agents.events import TimerSet
from visavis_agents.tools.port import Hands, ToolError, tool

LONGEST_S = 24 * 3600.0
MOST_TIMERS = 16


@tool()
async def time_and_date(hands: Hands, what: str = "time") -> str:
    """Tell the current local time, date or day. what: "time", "date" or "day"."""
    now = hands.now()
    match what:
        case "date":
            return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."
        case "day":
            return f"Today is {now:%A}."
    hour = now.hour % 12 or 12
    clock = f"{hour} o'clock" if now.minute == 0 else f"{hour}:{now.minute:02d}"
    return f"It is {clock} {'in the morning' if now.hour < 12 else _later(now.hour)}."


@tool(effects=True)
async def set_timer(hands: Hands, seconds: float, name: str = "") -> str:
    """Set a timer that speaks when it rings. seconds: from now, at most a day. name: what it is for, or empty."""
    if not 0 < seconds <= LONGEST_S:
        raise ToolError("I can set timers from one second to one day.")
    if hands.timers >= MOST_TIMERS:
        raise ToolError(f"{MOST_TIMERS} timers are running already, which is all I can keep.")
    hands.timers += 1
    label = f"{name} timer" if name else "timer"
    hands.emit(TimerSet(at=hands.clock(), name=label, rings_s=hands.clock() + seconds))

    async def ring() -> None:
        try:
            await asyncio.sleep(seconds)
            hands.prompt(f"Your {label} for {spoken_duration(seconds)} is up.")
        finally:
            hands.timers -= 1

    hands.spawn(ring(), label)
    return f"Your {label} is set for {spoken_duration(seconds)}."


def spoken_duration(seconds: float) -> str:
    """3661 -> "1 hour, 1 minute and 1 second"."""
    whole = round(seconds)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((whole // 3600, "hour"), (whole // 60 % 60, "minute"), (whole % 60, "second"))
        if count
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "0 seconds"


def _later(hour: int) -> str:
    return "in the afternoon" if hour < 18 else "in the evening"
