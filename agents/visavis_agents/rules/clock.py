"""Timers, alarms and reminders: set, asked for, cancelled."""

from __future__ import annotations

import re

from visavis_agents.plain import plain
from visavis_agents.rules.clock_words import ClockTime, clock_time, duration_s
from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule
from visavis_agents.rules.memory import restored

WHEN = "When should I remind you to "
HOW_LONG = "For how long should I set the timer?"
WHAT_TIME = "For what time should I set the alarm?"
_NAMED = re.compile(r"\b(?:for (?:the|my) |called |named |labell?ed )([a-z]+)\b")
_KIND = re.compile(r"\b(?:an?|the|my|another|\d+ (?:minutes?|mins?|hours?|secs?|seconds?)) ((?!timer)[a-z]+) timer\b")
_FOR = re.compile(r"\bfor (?:the |my )?([a-z]+) (?:for|in|of)\b")
_AFTER = re.compile(r"\b(?:minutes?|mins?|hours?|seconds?) for (?:an? |some |the |my )?([a-z]+)$")
_NO_NAME = frozenset(
    "minute minutes min second seconds sec hour hours new countdown short long quick one half timer "
    "next last same first".split()
)


def timer_name(text: str) -> str:
    """ "a 5 minute timer for the eggs" -> "eggs"; empty where it has no name."""
    for pattern in (_NAMED, _KIND, _FOR, _AFTER):
        if (found := pattern.search(text)) and found[1] not in _NO_NAME and not re.search(r"\d", found[1]):
            return found[1]
    return ""


def _timer(found: re.Match[str], _: str) -> Route:
    seconds = duration_s(found[0])
    if seconds is None:
        return Say(HOW_LONG)
    return Call("set_timer", {"seconds": seconds, "name": timer_name(found[0])})


_MORE = re.compile(r"\b(?:and )?(?:1|one|another|a 2nd|the other)(?: one)? (?:for|of) ")


def _timers(found: re.Match[str], _: str) -> Route:
    """ "Set two timers, one for 5 minutes and one for 10." """
    unit = re.search(r"\b(?:second|minute|hour)", found[0])
    said = _MORE.split(found[0].partition("timers")[2])
    lengths = [duration_s(part) or duration_s(f"{part.strip()} {unit[0] if unit else ''}") for part in said]
    known = [length for length in lengths if length]
    return Call("set_timer", {"seconds": known[0], "more": tuple(known[1:])}) if len(known) > 1 else None


def _reminder(text: str, said: str) -> Route:
    """ "remind me in 10 minutes to take the bread out", "wake me at 7", "remind me to call mum at 5"."""
    what = re.search(
        r"\b(?:to|that|about) (?!\d)(?!me\b)(.+?)(?= (?:in (?:\d|an? |half)|at \d|at noon)| tomorrow|$)", text
    )
    name = restored(_to_you(what[1]), said) if what else ""
    duration = (
        duration_s(re.split(r"\bto (?!\d)", text)[0]) if re.search(r"\bin (?:\d|an? |half |one )", text) else None
    )
    if duration is None and (late := re.search(r"\bin (?:\d|an? |half |one ).*$", text)):
        duration = duration_s(late[0])
    if duration is not None:
        return Call("set_timer", {"seconds": duration, "remind": name} if name else {"seconds": duration})
    when = re.search(r"\b(?:at|for|by) (.*)$", text)
    at = clock_time(when[1] + (" tomorrow" if "tomorrow" in text else "")) if when else None
    return _alarm_at(at, name) if at else None


def _alarm(found: re.Match[str], _: str) -> Route:
    if (seconds := duration_s(found[0])) is not None:
        return Call("set_timer", {"seconds": seconds})
    at = clock_time(found[0])
    return _alarm_at(at, "") if at else Say(WHAT_TIME)


def _alarm_at(at: ClockTime, remind: str) -> Route:
    arguments = {"hour": at.hour, "minute": at.minute, "half": at.half, "tomorrow": at.tomorrow}
    return Call("set_alarm", arguments | ({"remind": remind} if remind else {}))


def _to_you(what: str) -> str:
    swap = {"my": "your", "i": "you", "me": "you", "mine": "yours", "am": "are"}
    return " ".join(swap.get(word, word) for word in what.split())


_CANCEL_IT = re.compile(
    r"(?:cancel|stop|delete|remove|end|forget|turn off) (?:it|that|that one|this|the thing)(?: again)?"
)


_AND_TO = re.compile(
    r"^(?:also |another one )*to (?!me\b|the\b)[a-z]+ .*\b(?:at|by|in) (?:\d|an? |half |noon|midnight)"
)
_ANOTHER = re.compile(r"^(?:set |start |and )*(?:another|one more|one|a 2nd|a new)(?: one| timer)? (?:for|of) ")
_LONGER = re.compile(
    r"^(?:add|give (?:me|it)|extend (?:it|the timer|that) by|put) (?:another )?(?P<by>(?:\d+|an?|one|half an?|another) "
    r"(?:more )?(?:second|minute|hour)s?)(?: more| longer| to it| to the timer| to that| on it)?$"
)
_BOTH = re.compile(
    r"(?:cancel|stop|delete|remove|end|turn off) (?:(?:both|all)(?: of (?:them|these))?|them(?: all| both)?)"
)


_FOR_THAT = re.compile(r"(?:(?:can|could|would) you )?(?:set|start|make)(?: me)? a timer for (?:that(?: long)?|it)")


def followed_up(text: str, before: str) -> Route:
    """An answer to "For how long?" or "For what time?", or a timer for the time that was told just now."""
    if _FOR_THAT.fullmatch(text) and (seconds := duration_s(plain(before))) is not None:
        return Call("set_timer", {"seconds": seconds, "name": ""})
    if before.endswith(HOW_LONG) and (seconds := duration_s(text)) is not None:
        return Call("set_timer", {"seconds": seconds, "name": timer_name(text)})
    if before.endswith(HOW_LONG) and re.fullmatch(r"\d{1,3}", text):
        return Call("set_timer", {"seconds": 60.0 * int(text), "name": ""})
    if (asked := before.rpartition(WHEN)[2]) != before:
        return _reminder_at(text, asked.rstrip("?"))
    if _CANCEL_IT.fullmatch(text) and (set_just := re.search(r"\b(?:timer|alarm|remind)", before)):
        return Call("cancel_timer", {"name": _which(before.lower()) or set_just[0]})
    if re.search(r"\b(?:timer|alarm|remind)", before, re.IGNORECASE):
        if _ANOTHER.match(text) and (seconds := duration_s(text)) is not None:
            return Call("set_timer", {"seconds": seconds, "name": timer_name(text)})
        if (found := _LONGER.match(text)) and (seconds := duration_s(found["by"])) is not None:
            return Call("set_timer", {"seconds": seconds, "longer": True})
        if re.fullmatch(r"how (?:long|much)(?: time)?(?: is it)?(?: still| left)?", text):
            return Call("timers_left", {"name": ""})
        if _BOTH.fullmatch(text):
            return Call("cancel_timer", {"name": ""})
    if re.search(r"\bremind you\b", before) and _AND_TO.match(text):
        return _reminder(f"remind me {text}", "")
    if before.endswith(WHAT_TIME) and (at := clock_time(text)) is not None:
        return _alarm_at(at, "")
    return None


def _reminder_at(text: str, what: str) -> Route:
    if (seconds := duration_s(text)) is not None:
        return Call("set_timer", {"seconds": seconds, "remind": what})
    at = clock_time(text)
    return _alarm_at(at, what) if at else None


def _left(found: re.Match[str], _: str) -> Route:
    return Call("timers_left", {"name": _which(found[0])})


def _cancel(found: re.Match[str], _: str) -> Route:
    return Call("cancel_timer", {"name": "" if re.search(r"\b(?:all|every|both)\b", found[0]) else _which(found[0])})


def _which(text: str) -> str:
    if (name := timer_name(text)) != "":
        return name
    found = re.search(r"\b([a-z]+) (?:timers?|alarms?|reminders?)\b|\bleft (?:on|for) (?:the |my )?([a-z]+)$", text)
    known = "the my your a an all any of every both this that other running set timer alarm each what which".split()
    name = (found[1] or found[2]) if found else ""
    return "" if name in _NO_NAME or name in known else name


_THE_TIMER = (
    r"(?:my |the |that |this |all |every |both |any |all of |all (?:the|my) )*(?:[a-z]+ )?(?:timer|alarm|"
    r"reminder|countdown)s?"
)
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:how (?:much|long)(?: more)?(?: time)?(?: is| do i have| have i got| does| has| "
        r"will)?)\b.*\b(?:left|timers?|remain\w*|until it rings|to go)\b(?: (?:on|for|in|of|does|have|the|my|"
        r"timer|alarm|left|got|it|is|that|[a-z]+))*$",
        lambda f, t: (
            _left(f, t)
            if re.search(r"\b(?:timer|alarm|left$|left (?:on|for) (?:the|my) [a-z]+$|remain)", f[0])
            and not re.search(r"\b(?:life|world|train|bus|flight|school|holiday|money)\b", f[0])
            else None
        ),
    ),
    rule(
        rf"^(?:check|what is|how is|show|list|which|what|what are|are there|is there|do i have|have i|tell "
        rf"me)(?: me)?(?: on| about| is)? {_THE_TIMER}(?: (?:at|running|set|are|is|do i have|have i|left|"
        rf"status|doing|are running|still running))*$",
        _left,
    ),
    rule(
        rf"^(?:cancel|stop|delete|remove|clear|turn off|end|kill|switch off|abort|forget) {_THE_TIMER}(?: for "
        rf".*| called .*| off)?$",
        _cancel,
    ),
    rule(rf"^turn {_THE_TIMER} off$", _cancel),
    rule(r"^(?:set|start|make|give me|i need)(?: me)? (?:\d|two|three|some|both) timers\b.*$", _timers),
    rule(
        r"^(?:(?:i )?(?:want|need)(?: you)? (?:to )?)?(?:set|start|make|put|give me|create|i need|count down|"
        r"said|that|sit|add|begin|run|let us set|have)"
        r"(?: me| us)?(?: up| on)?(?: an?| another| the| my)?.*\b(?:timer|time are|tymer|timers|countdown)\b.*$",
        _timer,
    ),
    rule(r"^(?:an? )?(?:new )?timer(?: (?:for |of |an? )?\d.*| (?:for|of) .*)?$", _timer),
    rule(
        r"^how (?:much longer|(?:long|much)(?: time)? (?:now|still|more|yet|left))$", Call("timers_left", {"name": ""})
    ),
    rule(
        r"^remind me (?:to|that|about) (?P<what>(?!\d)(?:(?! (?:in|at) (?:\d|an? |half )).)+)$",
        lambda f, t: None if re.search(r"\b(?:tomorrow|when|if)\b", f[0]) else Say(f"{WHEN}{_to_you(f['what'])}?"),
    ),
    rule(
        r"^(?:that is |that )?(?:an? )?(?:\d+|one|half an?)[ -](?:second|sec|minute|min|hour)s?(?: [a-z]+)? timer.*$",
        _timer,
    ),
    rule(r"^count ?down (?:from )?.*\b(?:second|minute|hour)s?\b.*$", _timer),
    rule(
        r"^(?:set|start|make|put|create|add|i need|need|give me|said)(?: me| us)?(?: up| on)?(?: an?| "
        r"another| the| my)?(?: new)? (?:alarm|wake up call|.*\balarm)\b.*$",
        _alarm,
    ),
    rule(
        r"^(?:remind|wake|tell|call|alert|ring|notify)(?: me)?(?: up)?(?: again)?\b.*\b(?:in (?:\d|an? |half "
        r"|one )|at |by |for ).*$",
        lambda f, t: (
            _reminder(f[0], t)
            if re.search(r"^(?:remind|wake|tell|call|alert|ring|notify) me\b|^wake up", f[0])
            and not f[0].startswith("tell me about")
            else None
        ),
    ),
    rule(r"^(?:wake|get) me up$", Say(WHAT_TIME)),
)
