"""How long a silence must last before the user's turn is over: a pure function of how sure the models are.

The end-of-turn model listens to melody, the text tells what is unfinished, and whoever has paused before within a turn
will do so again. Measured on 186 recorded people who say one thing each and on 8 longer recordings: the end-of-turn
model calls 82 % of true ends complete after 0.1 s of silence, 89 % after 0.22 s, and 41 % of pauses inside, of which
half last less than 0.13 s and 75 % less than 0.22 s.
"""

from __future__ import annotations

import re
from math import inf

from visavis_agents.telling import begins_only, telling

UNSURE_S = 0.1  # added to `eager_s` when the model is in two minds (probability 0.5)
UNFINISHED_S = 0.3  # after "... and the", or words without any mark
LISTING_S = 0.1  # after a comma
TELLING_S = 0.9  # the least after a sentence that asks for nothing: the next one may follow
TELLERS = 1.25  # times as much patience for them, whatever else is known
BREATH_S = 0.45  # between a breath and the sentence it is for
ONSET_S = 0.07  # speech is known so long after its first frame
SEARCHING_S = 0.8  # after "um": more is to come
DICTATING_S = 0.5  # after three digits and more
ASKED_S = 0.05  # taken off after a question mark
OWN_PAUSE = 1.25  # the next pause of a turn may be so many times as long as its longest until now
GUESSLESS = 0.25  # the probability taken of a turn about which the model says nothing

_SEARCHING = frozenset("um uh hm hmm er ah erm uhm mm".split())
_THINKING = re.compile(r"\blet me (?:think\b[^.?!]*|see)\W*$")
# Nothing ends in these, whatever mark a recognizer puts behind them.
_JOINING = frozenset(
    "a an the my your his her our their and or but because if than very every plus minus times divided "
    "multiplied".split()
)
# No sentence ends in these, unless it is a question ("what is it for?").
_OPEN = frozenset(
    "these those some any of to in on at by for with from into about over under between as so when while that which "
    "who whose where is are was were be been am do does did have has had can could will would should may might must i "
    "we they he she it's i'm more most not each like".split()
)
_NUMBER = frozenset(
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety double".split()
)
_WORD = re.compile(r"[a-z0-9']+")


def needed_s(
    guess: float | None,
    text: str,
    longest_s: float,
    eager_s: float,
    patience_s: float,
    rest_s: float = 0.0,
    rose_s: float | None = None,
) -> float:
    """The silence after `text` that ends the turn, in seconds.

    guess: the end-of-turn model's probability, None without one, infinite for a turn that was ended; longest_s: the
    user's longest pause in this turn so far; rest_s: a pause after which they went on lately though their turn had been
    taken for over (`pace.py`); rose_s: the silence after which they breathed in, or began to speak; eager_s: the answer
    when everything says that they are done; patience_s: when the model says that they are not and the words do not tell
    what is missing."""
    p = GUESSLESS if guess is None else guess
    if p == inf:  # the button was released
        return 0.0
    tells = telling(text)
    most = TELLERS * patience_s if tells else patience_s
    sounds = _melody_s(p, eager_s, patience_s) + _missing_s(text)
    least = eager_s
    if tells:
        told_s = TELLING_S + (UNFINISHED_S if begins_only(text) else 0.0)
        least = max(_melody_s(p, eager_s, most), min(most, max(told_s, OWN_PAUSE * rest_s)))
    if rose_s is not None and rose_s < most:  # not again and again: a noise rises as well
        least = max(least, rose_s + (BREATH_S if tells else ONSET_S))
    return max(least, sounds, min(most, OWN_PAUSE * longest_s))


def _melody_s(p: float, eager_s: float, most_s: float) -> float:
    """The silence that is right for what the end-of-turn model heard."""
    if p >= 0.5:
        return eager_s + UNSURE_S * (1 - p) / 0.5
    return most_s - (most_s - eager_s - UNSURE_S) * p / 0.5


def _missing_s(text: str) -> float:
    """What the words add to the silence."""
    words = _WORD.findall(text.lower())
    if not words or words[-1] in _SEARCHING or _THINKING.search(text.lower()):
        return SEARCHING_S
    if len(words) >= 3 and all(word.isdigit() or word in _NUMBER for word in words[-3:]):
        return DICTATING_S
    if words[-1] in _JOINING:
        return UNFINISHED_S
    if text.endswith("?"):
        return -ASKED_S
    if words[-1] in _OPEN or text[-1].isalpha():
        return UNFINISHED_S
    return LISTING_S if text.endswith(",") else 0.0
