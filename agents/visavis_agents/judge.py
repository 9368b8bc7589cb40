"""What a sound over a reply was: words that take the turn, "stop", a listener's "mm-hm", or nothing at all."""

from __future__ import annotations

import enum
import re

# Sounds and words by which a listener says "go on". A longer utterance is never one of these.
_LISTENING = frozenset(
    "mm mmm mhm mmhm hm hmm mmhmm huh uh um ah oh aha uhhuh yeah yep yes yup ok okay right sure wow cool nice great "
    "really i see got it alright exactly true well".split()
)
_STOPPING = frozenset(
    "stop|wait|quiet|silence|enough|shut up|be quiet|stop it|stop talking|please stop|stop please|okay stop|ok stop|"
    "hold on|that's enough|never mind|no stop".split("|")
)
_WORD = re.compile(r"[a-z0-9']+")


class Judgement(enum.Enum):
    """The value is the reason given when the utterance is not answered."""

    NOTHING = "no words"
    BACKCHANNEL = "listening sounds"
    STOP = "asked to stop"
    WORDS = "words"


def judge(text: str, partial: bool = False) -> Judgement:
    """text: a transcript. A partial one counts as words only from two real words on: its end may still change."""
    words = _WORD.findall(text.lower().replace("-", ""))
    real = [word for word in words if word not in _LISTENING]
    if not words:
        return Judgement.NOTHING
    if partial:
        return Judgement.WORDS if len(real) >= 2 else Judgement.BACKCHANNEL
    if " ".join(words) in _STOPPING:
        return Judgement.STOP
    if not real and len(words) <= 4:
        return Judgement.BACKCHANNEL
    return Judgement.WORDS
