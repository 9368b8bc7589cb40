"""The time here and elsewhere, dates, and how far away they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from visavis_agents.plain import plain
from visavis_agents.rules.clock_words import ClockTime, clock_time, named_date
from visavis_agents.tools.clock import next_time, spoken_duration, spoken_time
from visavis_agents.tools.port import Hands, ToolError, tool

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

    ask: "day"; "until", also for a time of day; "is", whether it is that day; "past", "after" or "before", whether it
    is that time of day already; or "age", of who was born in that year."""
    now, words = hands.now(), plain(day)
    if ask == "age":
        return _age(now, int(words)) if words.isdigit() else "Tell me the year."
    today = now.date()
    if ask in ("past", "after", "before") or (ask == "until" and named_date(words, today) is None):
        return _of_clock(now, clock_time(words), ask)
    date = named_date(words, today)
    if date is None:
        raise ToolError("I don't know which day that is.")
    away = (date - today).days
    if ask == "is":
        there = today.weekday() >= 5 if "weekend" in words else today.weekday() == date.weekday()
        return f"{'Yes' if there else 'No'}, today is {today:%A}."
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


def _of_clock(now: datetime, clock: ClockTime | None, ask: str) -> str:
    """How long it is until that time of day, or whether it is past, after or before it. Raises ToolError."""
    at = next_time(now, clock.hour, clock.minute, clock.half, clock.tomorrow) if clock else None
    if clock is None or at is None:
        raise ToolError("I don't know which time that is.")
    if ask == "until":
        left = spoken_duration(max(60, round((at - now).total_seconds() / 60) * 60))
        return f"{left[:1].upper()}{left[1:]} until {spoken_time(at)}."
    half = now.replace(hour=now.hour // 12 * 12, minute=0, second=0, microsecond=0)
    moment = now.replace(hour=at.hour, minute=clock.minute, second=0, microsecond=0)
    if not clock.half and 0 < clock.hour <= 12:  # of this half of the day
        moment = half + timedelta(hours=clock.hour % 12, minutes=clock.minute)
    late = now >= moment
    yes = late != (ask == "before")
    return f"{'Yes' if yes else 'No'}, it is {'already' if late else 'only'} {spoken_time(now)}."


def _age(now: datetime, born: int) -> str:
    age = now.year - born
    if not 0 < age < 130:
        raise ToolError("That is not a year in which you can be born.")
    return f"That makes {age} years, or {age - 1} if the birthday is still to come this year."


def _zone(place: str) -> ZoneInfo:
    known = _CITIES.get(place.lower())
    for name in [known] if known else [f"{part}/{place.title().replace(' ', '_')}" for part in _CONTINENTS]:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise ToolError(f"I don't know what time it is in {place}.")


def spoken_date(moment: datetime) -> str:
    return f"{moment:%A}, {moment:%B} {moment.day}, {moment.year}"


def spoken_day(day: object) -> str:
    return f"{day:%B} {day.day}"  # type: ignore[attr-defined]
