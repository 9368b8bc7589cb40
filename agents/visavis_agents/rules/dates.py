"""The time, days and dates: "What time is it in Tokyo?", "What day was it three days ago?", "Is it past noon?"."""

from __future__ import annotations

import re

from visavis_agents.rules.clock_words import MONTHS, WEEKDAYS
from visavis_agents.rules.kinds import Call, Make, Route, Rule, Say, named, rule


def _time(what: str) -> Make:
    return lambda found, text: Call("time_and_date", {"what": what})


def _time_in(found: re.Match[str], _: str) -> Route:
    return Call("time_and_date", {"what": "time", "place": found["place"].title()})


def _until(found: re.Match[str], _: str) -> Route:
    return Call("calendar", {"day": found["day"], "ask": "until"})


def _is_it(found: re.Match[str], _: str) -> Route:
    """ "Is it past noon?", "Is it Friday today?" """
    if found["day"]:
        return Call("calendar", {"day": found["day"], "ask": "is"})
    return Call("calendar", {"day": found["clock"], "ask": found["side"] or "past"})


def _age(found: re.Match[str], _: str) -> Route:
    return Call("calendar", {"day": named(found), "ask": "age"})


def _day_of(found: re.Match[str], _: str) -> Route:
    return Call("calendar", {"day": found["day"], "ask": "day"})


_DAYS = {m: n for m, n in zip(MONTHS, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True)}


def _month_length(found: re.Match[str], _: str) -> Route:
    month = found["month"]
    if month == "february":
        return Say("February has 28 days, and 29 in a leap year.")
    return Say(f"{month.title()} has {_DAYS[month]} days.")


_DAY = (
    rf"(?:{'|'.join(WEEKDAYS)}|{'|'.join(MONTHS)}|christmas|new year|halloween|easter|valentine|tomorrow|"
    rf"yesterday|boxing day|weekend|independence day|patrick|april fool|(?:in )?(?:\d+|an?|one|a couple of|a few) "
    rf"(?:day|week|fortnight|month|year)s?(?! (?:are|is|has|have|in|of)\b))"
)
_CLOCK = (
    r"(?:noon|midday|midnight|(?:half past|(?:a )?quarter (?:past|to)|\d{1,2} (?:minutes? )?(?:past|to)) \d{1,2}|"
    r"\d{1,2}(?:[: .]\d\d)?|two)(?: o'?clock)?(?: ?(?:am|pm))?"
    r"(?: (?:in the|this) (?:morning|afternoon|evening)| tonight)?"
)
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:do you )?(?:know |have |got |tell me |give me |say me |say )*(?:what (?:is )?)?(?:(?:the |a "
        r")?(?:current |exact |right )?time)(?: is it| it is| today| right)*(?: (?:do you|you) have| is it "
        r"(?:right )?(?:here|now))?$",
        _time("time"),
    ),
    rule(
        r"^what (?:is )?(?:the )?times? (?:is it|it is|it|is)(?: (?:here|right here|today|at the moment|"
        r"already))?$|^how late is it$",
        _time("time"),
    ),
    rule(
        r"^(?:what (?:is the )?time(?: is it| it is)?|(?:tell me )?the time|how late is it|what is the "
        r"current time) (?:over )?in (?P<place>[a-z' ]+)$",
        _time_in,
    ),
    rule(
        r"^(?:tell me |know )?(?:what (?:is )?)?(?:(?:the |today is |today's )(?:current )?date|date is "
        r"(?:it|today)|date it is|the date today)(?: today| now)*$",
        _time("date"),
    ),
    rule(
        r"^(?:tell me |know )?what(?: is)?(?: the)? (?:day|today|weekday|day of the week|date and day)(?: of "
        r"the week)?(?: (?:is|it|today|do we have|we have|have we))*$",
        _time("day"),
    ),
    rule(
        r"^(?:tell me |know )?(?:what|which)(?: is)?(?: the)?(?: current)? (?P<what>month|year)(?: (?:is|it|"
        r"are we|this|we|in|now|have))*$",
        lambda f, t: Call("time_and_date", {"what": f["what"]}),
    ),
    rule(
        rf"^how (?:many|much) (?:more )?(?:days?|weeks?|sleeps|time|longer)(?: (?:is|are|do)(?: (?:it|there|"
        rf"left|we have))?)*(?: left)? (?:until|till|til|to|before) (?P<day>.*\b{_DAY}.*)$",
        _until,
    ),
    rule(
        rf"^how (?:long|far)(?: (?:is|away is|have we|do we have|do i have))*(?: it)?(?: left)? (?:until|till|"
        rf"til|to|before) (?P<day>.*\b{_DAY}.*)$",
        _until,
    ),
    rule(
        rf"^how (?:many (?:hours|minutes|seconds)|(?:much )?(?:long|time)|far)(?: (?:is|are|do|away is))?"
        rf"(?: (?:it|there|left|we have|i have))*(?: left| away)? (?:until|till|til|to|before) "
        rf"(?P<day>(?:it is )?{_CLOCK})$",
        _until,
    ),
    rule(
        rf"^(?:is|are) (?:it|we|today)(?: (?:already|yet|still|now|only|not))*(?: (?:a|the|on))? "
        rf"(?:(?P<side>past|after|before) )?(?:(?P<clock>{_CLOCK})|(?P<day>(?:{'|'.join(WEEKDAYS)}|weekend)))"
        r"(?: (?:already|yet|today|now|by now))*$",
        _is_it,
    ),
    rule(
        r"^(?:i was |(?:if|when) (?:i was |one is |somebody is |someone is |you are )?)?born in (?P<year>(?:19|20)\d\d)"
        r"(?: and)?(?: so)? how old (?:am i|are you|is (?:he|she|that)|would i be)$|"
        r"^how old (?:am i|are you|is (?:someone|somebody|a person|one)|would i be)(?: if| when)? "
        r"(?:i was |you are |i am |you were |they were |they are )?born in (?P<other>(?:19|20)\d\d)$",
        _age,
    ),
    rule(
        rf"^how far (?:away|off) is (?P<day>.*\b{_DAY}\b.*)$|^when is (?P<other>easter|christmas|halloween|"
        rf"new year|boxing day|valentine.*|independence day)(?P<year> this year| next year| day)*$",
        lambda f, t: Call(
            "calendar", {"day": f["day"] or f["other"] + (f["year"] or ""), "ask": "until" if f["day"] else "day"}
        ),
    ),
    rule(
        rf"^(?:what|which) (?:day(?: of the week)?|weekday)(?: of the week)? (?:is|was|will be|will it be|"
        rf"does|did)(?: it)?(?: on)? (?P<day>.*\b{_DAY}.*?)(?: fall on| be| on| be on)?$",
        _day_of,
    ),
    rule(
        rf"^what(?: is| was| will be)?(?: the)? (?:date|day)"
        rf"(?: will it be| was it| was| is it| is| of| for| will be| be| on)* (?P<day>.*\b{_DAY}.*)$",
        _day_of,
    ),
    rule(
        r"^(?:when|what) (?:is|was) (?P<day>(?:\d+|an?|one|the) (?:day|week|month)s? (?:after|before|from) .+)$",
        lambda f, t: _day_of(f, t) if re.search(_DAY, f["day"]) or "today" in f["day"] else None,
    ),
    rule(
        rf"^how many days (?:does|are there in|are in|has|in|is in)(?: the month of)? "
        rf"(?P<month>{'|'.join(MONTHS)})(?: have)?$",
        _month_length,
    ),
)
