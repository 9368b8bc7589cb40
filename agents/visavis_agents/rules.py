"""Rules before models: requests that a pattern understands more surely than a small language model.

`route(text)` is pure: it names the tool and its arguments, or the words to say, or None for the language model. A rule
fires only on a request that is plainly one; everything else is conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from text_to_num import alpha2digit


@dataclass(frozen=True, slots=True)
class Call:
    """Use this tool. preamble: said at once, while the tool works."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    preamble: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the last reply again."""


Route = Call | Say | Repeat | None


def route(text: str) -> Route:
    """text: one turn of the user, as transcribed or typed."""
    plain = _plain(text)
    for pattern, make in _RULES:
        if (found := pattern.search(plain)) and (made := make(found, text)) is not None:
            return made
    return None


def _plain(text: str) -> str:
    """Lower case, number words as digits, no politeness round the request and no end mark."""
    text = re.sub(r"[\u2019\u02bc]", "'", text.lower()).strip()
    text = re.sub(r"(?<!\d)[,.](?!\d)|[,.](?!\d)|[!?;:\"]", " ", text)
    text = alpha2digit(text, "en")
    text = re.sub(r"\s+", " ", text).strip()
    opening = (
        r"(?:(?:hey|hi|hello|ok|okay|so|well|um|uh|and|then|now|please|vis|could you|can you|would you|will you) )"
    )
    text = re.sub(rf"^{opening}+", "", text)
    return re.sub(r"(?: (?:please|for me|now|thanks|thank you|then))+$", "", text)


# --- durations and sums ----------------------------------------------------------------------------------------------

_UNIT_S = {"second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0}
_DURATION = re.compile(
    r"(half an?|a quarter of an|\d+(?:\.\d+)?|an?|one)[ -](second|sec|minute|min|hour)s?( and a half)?"
)


def duration_s(text: str) -> float | None:
    """ "1 hour and 20 minutes" -> 4800.0; None where no duration is named."""
    total = 0.0
    for amount, unit, half in _DURATION.findall(text):
        number = 0.5 if amount.startswith("half") else 0.25 if amount.startswith("a quarter") else None
        number = number if number is not None else 1.0 if amount in ("a", "an", "one") else float(amount)
        total += (number + (0.5 if half else 0.0)) * _UNIT_S[unit]
    return total or None


_SPOKEN_OPERATORS = (
    (r"\bto the power of\b", "**"),
    (r"\bsquared\b", "** 2"),
    (r"\bcubed\b", "** 3"),
    (r"\bdivided by\b|\bover\b|÷", "/"),
    (r"\bmultiplied by\b|\btimes\b|×|(?<=\d) ?x ?(?=\d)", "*"),
    (r"\bplus\b|\band\b", "+"),
    (r"\bminus\b|\btake away\b|\bless\b", "-"),
    (r"\b(\d+(?:\.\d+)?) ?(?:percent|per cent|%) of\b", r"\1 / 100 *"),
    (r"\ba half of\b|\bhalf of\b", "0.5 *"),
)


def sum_of(text: str) -> str | None:
    """Spoken arithmetic as an expression, or None where the text is anything else. "7 times 8" -> "7 * 8"."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\bthe (?:square root|root) of (\d+(?:\.\d+)?)", r"\1 ** 0.5", text)
    for pattern, sign in _SPOKEN_OPERATORS:
        text = re.sub(pattern, sign, text)
    is_sum = re.fullmatch(r"[-\d. ()*/+%]+", text) and re.search(r"\d\s*(?:\*|/|\+|-)", text)
    return re.sub(r"\s+", " ", text).strip() if is_sum else None


# --- what the rules make ---------------------------------------------------------------------------------------------

Make = Callable[[re.Match[str], str], Route]


def _timer(found: re.Match[str], _: str) -> Route:
    seconds = duration_s(found[0])
    if seconds is None:
        return Say("For how long should I set the timer?")
    name = re.search(r"\b(?:for (?:the|my) |called |named )([a-z]+)\b", found[0])
    return Call("set_timer", {"seconds": seconds, "name": name[1] if name else ""})


def _reminder(found: re.Match[str], _: str) -> Route:
    seconds = duration_s(found[0])
    return None if seconds is None else Call("set_timer", {"seconds": seconds})


def _sum(found: re.Match[str], _: str) -> Route:
    expression = sum_of(found["sum"])
    return Call("calculate", {"expression": expression}) if expression else None


def _remember(found: re.Match[str], _: str) -> Route:
    return Call("remember", {"fact": _to_you(found["fact"])})


def _named(found: re.Match[str], text: str) -> Route:
    spelled = re.search(rf"\b{re.escape(found['name'])}\b", text, re.IGNORECASE)
    name = (spelled[0] if spelled else found["name"]).strip()
    return Call("remember", {"fact": f"Your name is {name[:1].upper()}{name[1:]}."})


def _to_you(fact: str) -> str:
    """ "my keys are here" -> "Your keys are here."."""
    swap = {"my": "your", "i": "you", "i'm": "you are", "am": "are", "me": "you", "mine": "yours", "myself": "yourself"}
    turned = " ".join(swap.get(word, word) for word in fact.split())
    return f"{turned[:1].upper()}{turned[1:]}."


def _draw(found: re.Match[str], _: str) -> Route:
    what = found["what"]
    return Call("draw", {"prompt": what}, preamble=f"I'll draw {what}." if len(what) < 60 else "I'll draw that.")


def _look(_: re.Match[str], text: str) -> Route:
    return Call("look", {"question": text})


def _time(what: str) -> Make:
    return lambda found, text: Call("time_and_date", {"what": what})


def _rule(pattern: str, make: Make) -> tuple[re.Pattern[str], Make]:
    return re.compile(pattern), make


_RULES: tuple[tuple[re.Pattern[str], Make], ...] = (
    _rule(
        r"^(?:(?:do you )?(?:know|tell me) )?(?:what(?:'s| is)? (?:the )?time(?: is it| it is)?|what time is it.*)$",
        _time("time"),
    ),
    _rule(
        r"^(?:tell me |do you know )?(?:what(?:'s| is)? )?(?:(?:the|today's) date|date is it)(?: today)?$",
        _time("date"),
    ),
    _rule(
        r"^(?:tell me |do you know )?what(?:'s| is)? (?:day|the day|today|day of the week)(?: (?:is|it|today))*$",
        _time("day"),
    ),
    _rule(
        r"^(?:(?:i )?(?:want|need)(?: you)? (?:to )?)?(?:set|start|make|put|give me|create|i need|count down)"
        r"(?: me| us)?(?: up| on)?(?: an?| another| the)?.*\btimer\b.*$",
        _timer,
    ),
    _rule(r"^timer (?:for|of) .*$", _timer),
    _rule(r"^(?:remind|wake|tell|call) me (?:again )?in .*$", _reminder),
    _rule(
        r"^(?:what(?:'s| is| are| does)|how much (?:is|are|does)|calculate|compute|work out|tell me what)? ?"
        r"(?:is )?(?P<sum>(?:the (?:square )?root of )?(?:half of )?-?\d[^a-z]*(?:[a-z%÷× ]+-?[\d. ]+)*"
        r"(?:squared|cubed)?)(?: equal| make| equals)?$",
        _sum,
    ),
    _rule(r"^(?:remember|don't forget|keep in mind|note)(?: that)? (?P<fact>.{3,})$", _remember),
    _rule(r"^(?:my name is|my name's|call me) (?P<name>[a-z'-]+(?: [a-z'-]+)?)$", _named),
    _rule(
        r"^(?:do you (?:know|remember) )?(?:what(?:'s| is) my name|who am i|my name)(?: is)?$",
        lambda found, text: Call("recall", {"about": "name"}),
    ),
    _rule(
        r"^what (?:do|did|have) (?:you|i) (?:remember|know|tell you|told you|ask you to remember)(?: about me)?$",
        lambda found, text: Call("recall"),
    ),
    _rule(
        r"^where (?:is|are|did i (?:put|leave)) my (?P<thing>[a-z ]+)$",
        lambda found, text: Call("recall", {"about": found["thing"]}),
    ),
    _rule(
        r"^forget (?:about )?(?:everything|it all|all of it|all that|what i (?:said|told you))$",
        lambda found, text: Call("forget"),
    ),
    _rule(
        r"^forget (?:about )?(?:my |that |the )?(?P<about>[a-z]+)(?: .*)?$",
        lambda found, text: Call("forget", {"about": found["about"]}),
    ),
    _rule(
        r"^(?:draw|paint|sketch|make (?:me )?a (?:picture|drawing|painting) of|show me a (?:picture|drawing) of)"
        r"(?: (?:me|us)(?= an? | some | the | \d))?(?: a picture of)? (?P<what>.+)$",
        _draw,
    ),
    _rule(
        r"\b(?:can|do) you see\b|\blook at\b|^look\b|\bin front of (?:me|you|the camera)\b",
        _look,
    ),
    _rule(
        r"^what(?:'s| is| are| am) (?:this|that|these|those|it)(?: (?:here|thing|in my hand|called|i'm holding))*$",
        _look,
    ),
    _rule(r"\b(?:what|which|how many)\b.*\b(?:am i|i'm|i am|are we) (?:holding|wearing|showing|pointing)\b", _look),
    _rule(r"\bin my hands?\b|\bon (?:the|my|this) (?:table|desk)\b.*\bsee\b", _look),
    _rule(
        r"^(?:read|what does|what do)\b.*"
        r"\b(?:this|that|it|sign|text|label|paper|card|screen|page|board|letter|say|says)\b.*$",
        _look,
    ),
    _rule(
        r"^what(?:'s| is) (?:written|the text|on (?:the|this|that) (?:sign|label|card|paper|board|screen|page)).*$",
        _look,
    ),
    _rule(
        r"^(?:how many|are there any|is there an?|is there any|is any|who is|who's|is (?:any|some)(?:body|one))\b.*"
        r"\b(?:people|person|faces?|hands?|fingers?|anybody|anyone|somebody|here|there|in the (?:room|picture))\b.*$",
        _look,
    ),
    _rule(r"^(?:what|which) colou?r is (?:this|that|it|my|the) ?.*$", _look),
    _rule(
        r"^(?:describe|tell me about) (?:this|that|the (?:room|scene|picture|view)|what you see|my surroundings).*$",
        _look,
    ),
    _rule(
        r"^(?:repeat(?: that| it)?|say (?:that|it) again|what did you say|pardon|i didn't (?:hear|catch) .*)$",
        lambda found, text: Repeat(),
    ),
    _rule(  # obeyed by the recorder
        r"^(?:i )?(?:don't|do not|stop|never)(?: want (?:you )?to| want this to be)? record(?:ed|ing)?\b.*$",
        lambda found, text: Say("All right. This conversation is not recorded."),
    ),
    _rule(
        r"^(?:who|what) are you$|^what(?:'s| is) your name$",
        lambda found, text: Say("I'm Vis, an assistant that runs on this computer. I can talk, see and draw."),
    ),
    _rule(
        r"^(?:what|how) can you (?:do|help)(?: .*)?$|^what are you able to do$",
        lambda found, text: Say(
            "I can chat, tell the time, set timers, do sums, remember things, look through your "
            "camera, and draw pictures."
        ),
    ),
    _rule(
        r"^(?:and )?how are you(?: doing| feeling)?(?: today| this (?:morning|evening))?$|^how(?:'s| is) it going$",
        lambda found, text: Say("I'm doing well, thank you. What can I do for you?"),
    ),
    _rule(
        r"^(?:what|how)(?:'s| is| will| about)?\b.*\bweather\b|"
        r"^(?:is it|will it|does it) (?:going to )?(?:rain|snow|be sunny)\w*\b",
        lambda found, text: Say("I can't know the weather, because I'm not connected to the internet."),
    ),
    _rule(
        r"^(?:turn|switch) (?:on|off|up|down)\b|^(?:turn|switch) .* (?:on|off)$",
        lambda found, text: Say("I'm sorry, I can't control other devices."),
    ),
    _rule(
        r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: there| vis)?$",
        lambda found, text: Say("Hello! How can I help you?"),
    ),
    _rule(r"^(?:thanks|thank you)(?: (?:very much|so much|a lot|vis))*$", lambda found, text: Say("You're welcome.")),
    _rule(r"^(?:good ?bye|bye|bye bye|see you|see you later|good night)$", lambda found, text: Say("Goodbye!")),
)
