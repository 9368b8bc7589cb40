"""Spoken durations, clock times and dates, from plain words."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_UNIT_S = {"second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0}
_DURATION = re.compile(
    r"\b(half an?|a quarter of an|(?:an? |one )?(?:couple of|few)|\d+(?:\.\d+)?|an?|one)[ -]"
    r"(second|sec|minute|min|hour)s?\b( and a half)?"
)
_FRACTIONS = {"half": 0.5, "a quarter": 0.25}


def duration_s(text: str) -> float | None:
    """ "1 hour and 20 minutes" -> 4800.0; None where no duration is named."""
    total = 0.0
    text = re.sub(r"\b(\d+|one|an?) and a half (hour|minute)s?\b", r"\1 \2 and a half", text)
    text = re.sub(r"\b3 quarters of an hour\b|\b45 minutes\b", "45 minutes", text)
    for amount, unit, half in _DURATION.findall(text):
        number = next((value for start, value in _FRACTIONS.items() if amount.startswith(start)), None)
        if number is None:
            number = 2.0 if "couple" in amount else 3.0 if "few" in amount else None
        if number is None:
            number = 1.0 if amount in ("a", "an", "one") else float(amount)
        total += (number + (0.5 if half else 0.0)) * _UNIT_S[unit]
    return total or None


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as it was said. half: "am", "pm", or empty where it was not said."""

    hour: int
    minute: int
    half: str = ""
    tomorrow: bool = False


_TIME = re.compile(
    r"\b(?:(?P<part>half past|(?:a )?quarter past|(?:a )?quarter to|\d+ (?:minutes? )?past|\d+ "
    r"(?:minutes? )?to) (?P<after>\d{1,2})"
    r"|(?P<hour>\d{1,2})(?:[: .](?:oh |o )?(?P<minute>\d{1,2}))?(?: o'?clock)?)\b(?: ?(?P<half>am|pm|a m|p m))?"
)


def clock_time(text: str) -> ClockTime | None:
    """ "half past 7 in the morning" -> 7:30 am. None where no time is named."""
    tomorrow = "tomorrow" in text
    if re.search(r"\b(?:at )?(?:noon|midday)\b", text):
        return ClockTime(12, 0, "pm", tomorrow)
    if re.search(r"\bmidnight\b", text):
        return ClockTime(12, 0, "am", False)
    found = _TIME.search(text)
    if not found:
        return None
    if found["part"]:
        hour, minute = int(found["after"]), _minutes(found["part"])
        if minute < 0:
            hour, minute = (hour - 1) or 12, 60 + minute
    else:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").replace(" ", "")
    if not half and re.search(r"\bin the morning\b|\bthis morning\b|\btomorrow morning\b", text):
        half = "am"
    if not half and re.search(
        r"\bin the (?:afternoon|evening)\b|\b(?:this|tomorrow) (?:afternoon|evening)\b|\b(?:to|at )night\b", text
    ):
        half = "pm"
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    return ClockTime(hour, minute, half, tomorrow)


def _minutes(part: str) -> int:
    number = 30 if "half" in part else 15 if "quarter" in part else int(re.findall(r"\d+", part)[0])
    return -number if part.endswith("to") else number


# --- dates -----------------------------------------------------------------------------------------------------------

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(MONTHS)
_HOLIDAYS = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year": (1, 1),
    "halloween": (10, 31),
    "valentine": (2, 14),
    "saint patrick": (3, 17),
    "st patrick": (3, 17),
    "april fool": (4, 1),
    "independence day": (7, 4),
}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3}


_STEP = re.compile(
    r"(?:\b(?P<count>\d+|an?|one|the|a couple of|a few) (?P<unit>day|week|fortnight|month|year)s? |^(?:day )?)"
    r"(?P<way>after|from|before|ago\b|on(?= \w+day\b))(?: (?P<day>.+))?"
)
_WEEK_ON = re.compile(rf"\b(?P<day>{'|'.join(WEEKDAYS)}) (?:in (?P<count>\d+|an?|one) weeks?|week)\b")
_LAST = re.compile(rf"\blast (?P<day>{'|'.join(WEEKDAYS)})\b")
_COUNTS = {"a": 1, "an": 1, "one": 1, "the": 1, "a couple of": 2, "a few": 3}
MOST_STEPS = 4  # "the day after the day after tomorrow" are two


def moved(day: date, count: int, unit: str) -> date | None:
    """So many days, weeks, months or years on, or back; the last day of a month that is too short. None: too far."""
    if abs(count) > 36500:
        return None
    if unit in ("month", "year"):
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            return None
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return date.fromordinal(
        max(1, min(day.toordinal() + count * {"day": 1, "week": 7, "fortnight": 14}[unit], 3652059))
    )


def named_date(text: str, today: date, steps: int = MOST_STEPS) -> date | None:
    """The day that the words name; without a year the next such day. None: they name none (or no real one)."""
    if steps and (found := _STEP.search(text)):
        count = _COUNTS.get(found["count"] or "the") or int(found["count"])
        begin = found["day"] or ""
        if found["way"] == "ago" or begin in ("", "now", "today"):
            start: date | None = today
        else:
            start = named_date(begin, today, steps - 1)
        back = found["way"] in ("ago", "before")
        if start is not None:
            return moved(start, -count if back else count, found["unit"] or "day")
    if found := _WEEK_ON.search(text):
        start = named_date(found["day"], today, 0)
        return start and moved(start, _COUNTS.get(found["count"] or "a") or int(found["count"]), "week")
    if found := _LAST.search(text):
        behind = (today.weekday() - WEEKDAYS.index(found["day"])) % 7 or 7
        return today - timedelta(behind)
    if re.search(r"\bweekend\b", text):
        return today + timedelta((5 - today.weekday()) % 7)
    for word, days in (("tomorrow", 1), ("yesterday", -1), ("today", 0)):
        if re.search(rf"\b{word}\b", text):
            return today + timedelta(days)
    if found := re.search(r"\bin (\d+|an?|one|a couple of|a few) (day|week|month|year)s?\b", text):
        return moved(today, _COUNTS.get(found[1]) or int(found[1]), found[2])
    for name, (month, day) in _HOLIDAYS.items():
        if name in text:
            return _next(today, month, day, _year(text, today))
    if "easter" in text:
        year = _year(text, today) or (today.year if easter(today.year) >= today else today.year + 1)
        return easter(year)
    if found := re.search(rf"\b(?:the )?(first|second|third|\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b", text):
        return _next(today, MONTHS.index(found[2]) + 1, _ordinal(found[1]), _year(text, today))
    if found := re.search(rf"\b({_MONTH}) (?:the )?(first|second|third|\d{{1,2}})(?:st|nd|rd|th)?\b", text):
        return _next(today, MONTHS.index(found[1]) + 1, _ordinal(found[2]), _year(text[found.end() :]))
    for number, name in enumerate(WEEKDAYS):
        if re.search(rf"\b{name}s?\b", text):
            ahead = (number - today.weekday()) % 7 or 7
            return today + timedelta(ahead + (7 if f"{name} after next" in text else 0))
    return None


def easter(year: int) -> date:
    """Easter Sunday. Source: the anonymous Gregorian algorithm, Nature 13 (1876), 487."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = (a + 11 * d + 22 * e) // 451
    month, day = divmod(d + e - 7 * f + 114, 31)
    return date(year, month, day + 1)


def _ordinal(word: str) -> int:
    return _ORDINALS[word] if word in _ORDINALS else int(word)


def _year(text: str, today: date | None = None) -> int | None:
    """A year in the words: 2027, or in two halves as it is spoken, "19 84"."""
    if today is not None and (near := re.search(r"\b(this|next|last) year\b", text)):
        return today.year + {"this": 0, "next": 1, "last": -1}[near[1]]
    if found := re.search(r"\b(1[5-9]\d\d|2[01]\d\d)\b", text):
        return int(found[1])
    found = re.search(r"\b(1[5-9]|20|21) (\d\d)\b", text)
    return int(found[1] + found[2]) if found else None


def _next(today: date, month: int, day: int, year: int | None) -> date | None:
    """The date in that year, or where none was named the next one from today on (29 February: within 8 years)."""
    for candidate in [year] if year else range(today.year, today.year + 9):
        try:
            made = date(candidate, month, day)
        except ValueError:
            continue
        if year or made >= today:
            return made
    return None
