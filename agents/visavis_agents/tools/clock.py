"""Timers, alarms and reminders: what speaks when it is due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from visavis_agents.events import TimerEnded, TimerSet
from visavis_agents.seeing.things import listed
from visavis_agents.shown import CountdownContent
from visavis_agents.tools.port import Hands, ToolError, tool

LONGEST_S = 24 * 3600.0
SOON_S = 3600.0  # below it is said in how long, above at what time
REMINDER = "reminder to "
MOST_TIMERS = 16


@dataclass(frozen=True)
class Timer:
    """One that runs. rings_s: session time. what: as it is called aloud, for example "egg timer for 5 minutes".
    said: when it rings."""

    name: str
    what: str
    rings_s: float
    said: str
    task: asyncio.Task[None]


@tool(effects=True)
async def set_timer(
    hands: Hands,
    seconds: float,
    name: str = "",
    remind: str = "",
    instead: bool = False,
    longer: bool = False,
    more: tuple[float, ...] = (),
) -> str:
    """Set a timer that speaks when it rings. seconds: from now, at most a day. name: what it is for, or empty.

    remind: what to remind the user of, as words to them ("call your mother"), or empty. instead: in the place of the
    one that was set last. longer: so much is added to what is left of that one. more: seconds of further timers."""
    if longer:
        return _prolong(hands, seconds)
    if not all(0 < one <= LONGEST_S for one in (seconds, *more)):
        raise ToolError("I can set timers from one second to one day.")
    length = spoken_duration(seconds)
    if instead:
        _drop_last(hands)
    if remind:
        _start(hands, seconds, name or "reminder", f"reminder to {remind}", f"I remind you: {remind}.")
        return f"I will remind you to {remind} in {length}."
    label = f"{name} timer" if name else "timer"
    _start(hands, seconds, label, f"{label} for {length}", f"Your {label} for {length} is up.")
    for one in more:
        _start(
            hands, one, "timer", f"timer for {spoken_duration(one)}", f"Your timer for {spoken_duration(one)} is up."
        )
    if more:
        return f"Your timers are set for {listed([spoken_duration(one) for one in (seconds, *more)])}."
    return f"All right, your {label} is for {length} now." if instead else f"Your {label} is set for {length}."


@tool(effects=True)
async def set_alarm(
    hands: Hands,
    hour: int,
    minute: int = 0,
    half: str = "",
    tomorrow: bool = False,
    remind: str = "",
    instead: bool = False,
) -> str:
    """Set an alarm at a time of day, within 24 hours. half: "am", "pm", or empty for whichever comes first.

    remind: what to remind the user of, as words to them, or empty. instead: in the place of the one that was set
    last."""
    now = hands.now()
    at = next_time(now, hour, minute, half, tomorrow)
    if at is None:
        raise ToolError("That is not a time of day.")
    if at - now > timedelta(seconds=LONGEST_S):
        raise ToolError("I can set alarms for the next 24 hours only.")
    if instead:
        _drop_last(hands)
    when = f"{spoken_time(at)}{' tomorrow' if at.date() > now.date() else ''}"
    said = f"I remind you: {remind}." if remind else f"It is {spoken_time(at)}. This is your alarm."
    what = f"reminder to {remind}" if remind else f"alarm for {when}"
    _start(hands, (at - now).total_seconds(), "reminder" if remind else "alarm", what, said)
    if remind:
        return f"I will remind you to {remind} at {when}."
    return f"All right, your alarm is for {when} now." if instead else f"Your alarm is set for {when}."


@tool()
async def timers_left(hands: Hands, name: str = "") -> str:
    """Tell how long the running timers have left. name: of one of them, or empty for all."""
    found = _called(hands, name)
    if not found:
        return f"There is no {name} timer." if name and hands.timers else "No timer is running."
    if len(found) == 1:
        return f"{_left(hands, found[0])}."
    if all(timer.what.startswith(REMINDER) for timer in found):
        told = [f"{timer.what.removeprefix(REMINDER)} {_when(hands, timer)}" for timer in sorted(found, key=_rings)[:4]]
        return f"I will remind you to {listed(told)}."
    return f"{len(found)} are running. " + " ".join(f"{_left(hands, timer)}." for timer in found[:4])


def _left(hands: Hands, timer: Timer) -> str:
    """What is said of one: of a timer how much is left, of an alarm and a reminder when it is due."""
    if timer.what.startswith(REMINDER):
        return f"I will remind you to {timer.what.removeprefix(REMINDER)} {_when(hands, timer)}"
    return f"Your {timer.what} has {spoken_duration(max(1.0, timer.rings_s - hands.clock()))} left"


def _rings(timer: Timer) -> float:
    return timer.rings_s


def _when(hands: Hands, timer: Timer) -> str:
    """ "in 20 minutes", from an hour on "at 8 o'clock in the evening"."""
    left = timer.rings_s - hands.clock()
    if left < SOON_S:
        return f"in {spoken_duration(max(1.0, left) if left < 60 else round(left / 60) * 60)}"
    now = hands.now()
    at = now + timedelta(seconds=left + 30)  # to the nearest minute
    return f"at {spoken_time(at)}{' tomorrow' if at.date() > now.date() else ''}"


@tool(effects=True)
async def cancel_timer(hands: Hands, name: str = "", instead: bool = False) -> str:
    """Cancel running timers, alarms and reminders. name: of one of them, or empty for all. instead: the one that was
    cancelled last goes on."""
    found = _called(hands, name)
    if not found:
        return f"There is no {name} timer." if name and hands.timers else "No timer is running."
    for timer in found:
        timer.task.cancel()
    wrong, hands.stopped = hands.stopped, found[0] if len(found) == 1 else None
    if instead and wrong is not None and wrong.rings_s > hands.clock():
        _start(hands, wrong.rings_s - hands.clock(), wrong.name, wrong.what, wrong.said)
        return f"All right, your {found[0].what} is cancelled, and your {wrong.what} goes on."
    if len(found) == 1:
        return f"Your {found[0].what} is cancelled."
    return f"All {len(found)} are cancelled."


def _start(hands: Hands, seconds: float, name: str, what: str, said: str) -> None:
    if len(hands.timers) >= MOST_TIMERS:
        raise ToolError(f"{MOST_TIMERS} timers are running already, which is all I can keep.")
    rings_s = hands.clock() + seconds
    hands.emit(TimerSet(at=hands.clock(), name=name, rings_s=rings_s))
    card = hands.cards.show(f"{what[:1].upper()}{what[1:]}", CountdownContent(name, rings_s, seconds))

    async def ring() -> None:
        try:
            await asyncio.sleep(seconds)
            hands.prompt(said)
        finally:
            hands.timers.remove(timer)
            hands.cards.hide(card)
            hands.emit(TimerEnded(at=hands.clock(), name=name, rings_s=rings_s))

    timer = Timer(name, what, rings_s, said, hands.spawn(ring(), name))
    hands.timers.append(timer)


def _prolong(hands: Hands, seconds: float) -> str:
    if not hands.timers:
        return "No timer is running."
    last = hands.timers[-1]
    left = last.rings_s - hands.clock() + seconds
    if not 0 < left <= LONGEST_S:
        raise ToolError("I can set timers from one second to one day.")
    last.task.cancel()
    _start(hands, left, last.name, last.what, last.said)
    return f"All right, {spoken_duration(seconds)} more. Your {last.name} has {spoken_duration(left)} left."


def _drop_last(hands: Hands) -> None:
    if hands.timers:
        hands.timers[-1].task.cancel()


def _called(hands: Hands, name: str) -> list[Timer]:
    return [timer for timer in hands.timers if name.lower() in f"{timer.name} {timer.what}".lower()]


def next_time(now: datetime, hour: int, minute: int, half: str, tomorrow: bool) -> datetime | None:
    """The next moment that a clock shows this time; without a half of the day, of both the one that comes first.

    Tomorrow without a half means the morning."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return None
    if half in ("am", "pm"):
        hours = [hour % 12 + (12 if half == "pm" else 0)]
    else:
        hours = [hour] if hour == 0 or hour > 12 or tomorrow else [hour % 12, hour % 12 + 12]
    day = now + timedelta(1) if tomorrow else now
    moments = [day.replace(hour=h, minute=minute, second=0, microsecond=0) for h in hours]
    return min(moment if moment > now else moment + timedelta(1) for moment in moments)


def spoken_time(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    clock = f"{hour} o'clock" if moment.minute == 0 else f"{hour}:{moment.minute:02d}"
    half = "in the morning" if moment.hour < 12 else "in the afternoon" if moment.hour < 18 else "in the evening"
    return f"{clock} {half}"


def spoken_duration(seconds: float) -> str:
    """3661 -> "1 hour, 1 minute and 1 second"."""
    whole = round(seconds)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((whole // 3600, "hour"), (whole // 60 % 60, "minute"), (whole % 60, "second"))
        if count
    ]
    return listed(parts) or "0 seconds"
