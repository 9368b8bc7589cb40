"""Which question is put to the documents: one that leans on the one before is made whole first.

"And on Sundays?", "Where is that?", "For two children?" mean little alone. They are put into the question before, or
its subject is added to them. Also reckons what a quoted price makes for as many as were asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.knowledge import CERTAIN, Knowledge, Quote, holds_it
from visavis_agents.plain import content, plain
from visavis_agents.rules import Call, Repeat, Route, afterwards, asks
from visavis_agents.rules.amends import heard
from visavis_agents.rules.slots import put

BACK = 4  # of the user's lines that a question may lean on
SHORT = 3  # words of a question that is none by itself: "Which floor?"
TOLD = 0.56  # what is no question is answered by what surely belongs to it
LONGEST = 24  # words of a question that was made whole
_QUESTION_WORD = re.compile(r"\b(?:who|what|when|where|why|how|which|until|till)\b")
_POINTS_BACK = re.compile(
    r"\b(?:it|that|they|them|those|one|ones|(?<!is )(?<!are )there|him|her|she|he)\b"
    r"(?! (?:true|possible|ok|raining|snowing|cold|hot|dark|is|are|something|anything|any|a|an|some)\b)"
)
_ASKED = re.compile(r"^(?:(?:until|till|from) )?(?:how [a-z]+|(?:what|which) (?:time|day|floor)|who|what|when|where)\b")
_JOINS = re.compile(r"^(?:for|with|without|on|in|at|until|till|from|after|before|by) ")
_ASIDE = re.compile(
    r"\b(?:who|what|when|where|why|how|which|much|many|long|far|until|till|time|do|does|did|is|are|was|were|can|could|may|"
    r"should|must|will|would|have|has|i|we|you|it|there|that|they|here|a|an|the|my|our|to|get|find|go|cost|costs|today|now|"
    r"please|something|any|some|open|opens|need|want|like|for|of|hello|hi|excuse|me|on|at|in|and|also|[a-z]+days?|tonight|"
    r"tomorrow|morning|evening|afternoon|o'clock|\d+|let)\b ?"
)
_ASKS = content("who what when where why how which much many long far until till how and")
_PER = re.compile(
    r"\b(?P<price>\d+(?:\.\d+)?)(?: (?P<cents>\d\d)\b)? ?(?P<money>euros?|dollars?|pounds?) (?:an?|per|each|"
    r"every) (?P<unit>[a-z]+)\b"
)
_PRICE = re.compile(r"\b\d+(?:\.\d+)? ?(?:euros?|dollars?|pounds?)\b")
_EACH = re.compile(
    r"\b(?:for )?(?P<unit>adults|students|pensioners|seniors|children|dogs|bicycles|cars|guests|people)(?: and [a-z]+)?"
    r"(?: are welcome and)? (?:costs?|pay) (?P<price>\d+(?:\.\d+)?) (?P<money>euros?|dollars?|pounds?)\b",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "both": 2}


async def quoted(knowledge: Knowledge, text: str, said: Sequence[str], before: str, made: Route) -> Quote | None:
    """What the documents say to `text`, or None. said: the user's lines before; before: what the assistant said last;
    made: what rules make of text, which goes first where they are surer."""
    words = plain(text)
    if isinstance(made, Repeat) or (isinstance(made, Call) and made.tool != "look") or afterwards.is_of_it(words):
        return None
    question = whole((*said[-BACK:], text))
    quote = None
    if question != text:
        quote = await knowledge.find(question)
        if quote is not None and quote.spoken in before and not holds_it(words, quote.text):
            quote = None
        if quote is not None and not (new := content(words) - _ASKS) <= content(plain(quote.text)):
            alone = await knowledge.find(words)  # what is new counts most: "And on Mondays?"
            quote = alone if alone is not None and new & content(plain(alone.text)) else quote
    if quote is None:
        quote = await knowledge.find(text)
        if quote is not None and question != text and (quote.score < CERTAIN or quote.spoken in before):
            quote = None  # it asks of something else
    elif made is not None and _POINTS_BACK.search(words):
        return quote
    told = not asks(words) and "?" not in text and question == text
    least = CERTAIN if made is not None else TOLD if told else 0.0
    return quote if quote is not None and quote.score >= least else None


def whole(lines: Sequence[str]) -> str:
    """The last of the user's lines, with what it leans on in those before."""
    question = ""
    for n, line in enumerate(lines, 1):
        if question and leans(line):
            question = _joined(question, line)
        elif question and n < len(lines) and not asks(plain(line)) and "?" not in line:
            question = _cut(f"{plain(line)} {plain(question)}")  # told by the way
        else:
            question = line
    return question


def leans(text: str) -> bool:
    """Whether a question means little without the one before."""
    words = plain(text)
    if afterwards.is_of_it(words):
        return True
    turn = heard(text)
    return (
        (turn is not None and turn.joined)
        or (text.rstrip().endswith("?") and not asks(words) and len(words.split()) <= SHORT)
        or bool(_JOINS.match(words))
        or (asks(words) and bool(_POINTS_BACK.search(words)))
        or (bool(_QUESTION_WORD.match(words)) and len(words.split()) <= SHORT)
    )


def _joined(before: str, line: str) -> str:
    words, earlier = plain(line), plain(before)
    if afterwards.is_of_it(words):
        return before
    turn = heard(line)
    value = turn.value if turn is not None and turn.joined else words
    if _QUESTION_WORD.search(value) or asks(value):
        return _cut(f"{value} {' '.join(_ASIDE.sub('', earlier).split())}")
    if sure := next((made for made, surely in put(earlier, value) if surely), ""):
        return sure
    if found := _JOINS.match(value):
        earlier = re.sub(rf" {found[0]}\w+$", "", earlier)  # "on mondays" takes the place of "on sundays"
        return _cut(f"{earlier} {value}")
    asked = _ASKED.match(earlier)  # "And the sauna?" after "When does the pool open?"
    return f"{asked[0]} {value}" if asked else value


def _cut(words: str) -> str:
    return " ".join(words.split()[:LONGEST])


def reckoned(quote: str, question: str) -> str:
    """What a price that is quoted for one makes for as many as were asked about, or empty."""
    asked = plain(question)
    found = _PER.search(quote) or _EACH.search(quote)
    if found is None or len(_PRICE.findall(quote)) > 1:
        return ""
    unit = found["unit"].lower().removesuffix("s")
    counted = re.search(rf"\b(?P<n>\d+|two|both) (?P<unit>{unit}(?:s|ren)?)\b", asked)
    count = (_NUMBERS.get(counted["n"]) or int(counted["n"])) if counted else 0
    if counted is None or not 1 < count <= 1000:
        return ""
    price = float(found["price"]) + int(found.groupdict().get("cents") or 0) / 100
    return f" For {count} {counted['unit']} that makes {price * count:.10g} {found['money'].removesuffix('s')}s."
