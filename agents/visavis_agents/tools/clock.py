"""Time, dates, timers, alarms and reminders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from visavis_agents.events import TimerEnded, TimerSet
from visavis_agents.plain import plain
from visavis_agents.rules.clock_words import named_date
from visavis_agents.seeing.things import listed
from visavis_agents.shown import CountdownContent
from visavis_agents.tools.port import Hands, ToolError, tool

LONGEST_S = 24 * 3600.0
MOST_TIMERS = 16
_CONTINENTS = ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "Antarctica")
_CITIES = {
    "washington": "America/New_York", "boston": "America/New_York", "miami": "America/New_York",
    "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "california": "America/Los_Angeles",
    "las vegas": "America/Los_Angeles", "texas": "America/Chicago", "houston": "America/Chicago",
    "beijing": "Asia/Shanghai", "china": "Asia/Shanghai", "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata", "india": "Asia/Kolkata", "japan": "Asia/Tokyo", "korea": "Asia/Seoul",
    "england": "Europe/London", "scotland": "Europe/London", "britain": "Europe/London", "france": "Europe/Paris",
    "germany": "Europe/Berlin", "munich": "Europe/Berlin", "hamburg": "Europe/Berlin", "italy": "Europe/Rome",
    "milan": "Europe/Rome", "barcelona": "Europe/Madrid", "spain": "Europe/Madrid", "geneva": "Europe/Zurich",
    "switzerland": "Europe/Zurich", "poland": "Europe/Warsaw", "russia": "Europe/Moscow", "turkey": "Europe/Istanbul",
    "greece": "Europe/Athens", "portugal": "Europe/Lisbon", "ireland": "Europe/Dublin", "egypt": "Africa/Cairo",
    "kenya": "Africa/Nairobi", "rio": "America/Sao_Paulo", "hawaii": "Pacific/Honolulu", "montreal": "America/Toronto",
    "thailand": "Asia/Bangkok", "israel": "Asia/Jerusalem", "new zealand": "Pacific/Auckland",
}  # fmt: skip


@dataclass(frozen=True)
class Timer:
    """One that runs. rings_s: session time. what: as it is called aloud, for example "egg timer for 5 minutes".
    said: when it rings."""

    name: str
    what: str
    rings_s: float
    said: str
    task: asyncio.Task[None]


@tool()
async def time_and_date(hands: Hands, what: str = "time", place: str = "") -> str:
    """Tell the current time, date, day, month or year. what: one of these words. place: a city, or empty for here."""
    now = hands.now()
    where = ""
    if place:
        now, where = now.astimezone(_zone(place)), f"In {place}, "
    match what:
        case "date":
            return f"Today is {spoken_date(now)}."
        case "day":
            return f"Today is {now:%A}."
        case "month":
            return f"It is {now:%B}."
        case "year":
            return f"It is {now.year}."
    said = f"it is {spoken_time(now)}"
    return f"{where}{said}." if where else f"I{said[1:]}."


@tool()
async def calendar(hands: Hands, day: str, ask: str = "day") -> str:
    """Tell the weekday and date of a day such as "christmas", "next friday" or "may 3rd 2027", or how far away it is.

    ask: "day" or "until"."""
    today = hands.now().date()
    date = named_date(plain(day), today)
    if date is None:
        raise ToolError("I don't know which day that is.")
    away = (date - today).days
    if ask == "until":
        match away:
            case 0:
                return "That is today."
            case 1:
                return "That is tomorrow."
        count = f"{abs(away):,} day{'' if abs(away) == 1 else 's'}"
        return f"{count} until {date:%A}, {spoken_day(date)}." if away > 0 else f"That was {count} ago."
    shown = f"{date:%A}, {spoken_day(date)}" + ("" if date.year == today.year else f", {date.year}")
    match away:
        case 0:
            return f"That is today: {shown}."
        case 1:
            return f"Tomorrow is {shown}."
        case -1:
            return f"Yesterday was {shown}."
    return f"That {'is' if away > 0 else 'was'} {shown}."


@tool(effects=True)
async def set_timer(
    hands: Hands, seconds: float, name: str = "", remind: str = "", instead: bool = False, longer: bool = False
) -> str:
    """Set a timer that speaks when it rings. seconds: from now, at most a day. name: what it is for, or empty.

    remind: what to remind the user of, as words to them ("call your mother"), or empty. instead: in the place of the
    one that was set last. longer: so much is added to what is left of that one."""
    if longer:
        return _prolong(hands, seconds)
    if not 0 < seconds <= LONGEST_S:
        raise ToolError("I can set timers from one second to one day.")
    length = spoken_duration(seconds)
    if instead:
        _drop_last(hands)
    if remind:
        _start(hands, seconds, name or "reminder", f"reminder to {remind}", f"I remind you: {remind}.")
        return f"I will remind you to {remind} in {length}."
    label = f"{name} timer" if name else "timer"
    _start(hands, seconds, label, f"{label} for {length}", f"Your {label} for {length} is up.")
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
    left = [(timer, spoken_duration(max(1.0, timer.rings_s - hands.clock()))) for timer in found]
    if len(left) == 1:
        return f"Your {left[0][0].what} has {left[0][1]} left."
    return f"{len(left)} are running. " + " ".join(f"Your {timer.what} has {rest} left." for timer, rest in left[:4])


@tool(effects=True)
async def cancel_timer(hands: Hands, name: str = "") -> str:
    """Cancel running timers, alarms and reminders. name: of one of them, or empty for all."""
    found = _called(hands, name)
    if not found:
        return f"There is no {name} timer." if name and hands.timers else "No timer is running."
    for timer in found:
        timer.task.cancel()
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


def _zone(place: str) -> ZoneInfo:
    known = _CITIES.get(place.lower())
    for name in [known] if known else [f"{part}/{place.title().replace(' ', '_')}" for part in _CONTINENTS]:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise ToolError(f"I don't know what time it is in {place}.")


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


def spoken_date(moment: datetime) -> str:
    return f"{moment:%A}, {moment:%B} {moment.day}, {moment.year}"


def spoken_day(day: object) -> str:
    return f"{day:%B} {day.day}"  # type: ignore[attr-defined]


def spoken_duration(seconds: float) -> str:
    """3661 -> "1 hour, 1 minute and 1 second"."""
    whole = round(seconds)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((whole // 3600, "hour"), (whole // 60 % 60, "minute"), (whole % 60, "second"))
        if count
    ]
    return listed(parts) or "0 seconds"
