"""The words of a turn made plain, so that one pattern fits many ways of saying and of mishearing; its content words.

Lower case, no marks, number words as digits, contractions written out, no politeness round the request.
"""

from __future__ import annotations

import re
from functools import lru_cache

from text_to_num import alpha2digit

_IS = r"(what|who|where|when|how|why|that|it|there|here|he|she|which|name|today|time|date)"
_CONTRACTIONS = (
    (r"\bwhat ?(?:'?s|is) the times\b", "what is the time"),
    (r"\bwhat times it\b", "what time is it"),
    (rf"\b{_IS}'s\b", r"\1 is"),
    (r"\b(whats|wats)\b", "what is"),
    (r"\bwhos\b", "who is"),
    (r"\bhows\b", "how is"),
    (r"\bwheres\b", "where is"),
    (r"\blet's\b", "let us"),
    (r"\b(can't|cannot|cant)\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\b(do|does|did|is|are|was|were|have|has|had|could|would|should)n't\b", r"\1 not"),
    (r"\b(do|does|did)nt\b", r"\1 not"),
    (r"\bi'?m\b", "i am"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\byoure\b", "you are"),
    (r"\b(i|you|we|they)'ve\b", r"\1 have"),
    (r"\b(i|you|he|she|it|we|they)'ll\b", r"\1 will"),
    (r"\b(i|you|he|she|we|they)'d\b", r"\1 would"),
    (r"\bgonna\b", "going to"),
    (r"\bwanna\b", "want to"),
    (r"\bgimme\b", "give me"),
    (r"\b(okay|ok|o k)\b", "ok"),
    (r"\bhallo\b", "hello"),
    (r"\b(favorite|favourites|favorites)\b", "favourite"),
    (r"\bcolors?\b", lambda found: found[0].replace("color", "colour")),
    (r"\bper cent\b", "percent"),
    (r"(?<=\d) ?%", " percent"),
)
_FILLERS = re.compile(r"\b(?:u+h+m*|u+m+|e+h+m+|e+r+m*|h+m+)\b(?! huh)")  # said while one thinks: no words of a request
_FILLED = re.compile(rf",?\s*{_FILLERS.pattern}(?:\s*,)?", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:hey|hi|hello|yo|excuse me|ok|so|well|oh|and|but|then|now|please|vis|actually|right|yeah|by the way|"
    r"like(?= (?:what|who|where|when|how|why|which|can|could|is|are|do|does|set|tell) )|"
    r"(?:guess|you know) what(?= (?:i|my|we|our|it|today|yesterday|he|she|they) )|"
    r"(?:could|can|would|will) you(?: please| maybe| just)?|i (?:would like|want|need) you to|"
    r"do you (?:know|think you (?:can|could))(?= (?:what|who|where|how|when|which|tell|if) )|"
    r"tell me the truth|be honest|honestly|"
    r"tell me(?= (?:what|who|where|how|when|which|why) )|"
    r"i want to know(?= (?:what|who|where|how|when|which|why) )) )+"
)
_CLOSING = re.compile(r"(?: (?:please|for me|now|right now|thanks|thank you|then|vis|ok|if you can))+$")


@lru_cache(512)
def plain(text: str) -> str:
    """text: one turn of the user, as transcribed or typed. Kept: many rules ask for the same; 0.1 ms when it is new."""
    text = re.sub(r"[\u2019\u02bc\u2018]", "'", text.lower()).strip()
    text = re.sub(r"\b([ap])\. ?m\.?(?=\W|$)", r"\1m", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?<!\d)[,.:](?!\d)|[,.:](?!\d)|(?<!\d)[,:](?=\d)|[!?;\"()\u2026]", " ", text)
    text = re.sub(r"\s-\s|(?<=[a-z])-(?=[a-z])|--+", " ", text)
    for pattern, replacement in _CONTRACTIONS:
        text = re.sub(pattern, replacement, text)
    text = digits(_FILLERS.sub(" ", text))
    text = re.sub(r"\s+", " ", text).strip()
    return without_politeness(text)


def without_politeness(text: str) -> str:
    text = _OPENING.sub("", text)
    return _CLOSING.sub("", text)


def without_fillers(text: str) -> str:
    """Written text without "um" and "uh", and the commas round them."""
    text = _FILLED.sub(lambda found: ", " if "," in found[0] else " ", text)
    return re.sub(r"\s+", " ", text).strip(" ,")


def digits(text: str) -> str:
    """ "a hundred and five" -> "105", "sixty second timer" -> "60 sec timer"."""
    text = re.sub(r"\bsecond(?= (?:timer|countdown|alarm))", "sec", text)
    text = re.sub(r"\ba (?=hundred|thousand|million|billion)", "one ", text)
    return _TWO.sub("2", str(alpha2digit(text, "en")))


# The one number that stays a word by itself; where it measures or reckons, it is one.
_TWO = re.compile(
    r"\btwo(?= (?:and a half |more )?(?:sec(?:ond)?|min(?:ute)?|hour|day|week|month|year|meter|metre|kilo\w*|gram|mile|"
    r"foot|feet|inch|inche|pound|ounce|lit[er]{2}|cup|pint|gallon|percent|degree|dollar|euro)s?\b|"
    r" (?:plus|minus|times|divided|multiplied|over|squared|cubed)\b)|"
    r"(?<=plus )two\b|(?<=minus )two\b|(?<=times )two\b|(?<=\bby )two\b|(?<=power of )two\b|^two$"
)
_SMALL = frozenset(
    """a an the of in on at to for from by with and is are was were be been do does did can could would should shall
    will it its it's this that there here we our us you your one people some any so as about has have had
    me i say please     called exactly really actually ever get used use usually today want know human humans""".split()
)


def content(text: str) -> frozenset[str]:
    """Content words of plain words, without endings; which question word it was counts too."""
    return frozenset(_stem(word) for word in re.findall(r"[a-z0-9']+", text) if word not in _SMALL)


def _stem(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    word = word.removesuffix("ing") if len(word) > 6 else word
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
