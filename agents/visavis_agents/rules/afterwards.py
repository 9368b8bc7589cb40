"""What is asked about the answer itself: "Are you sure?", "Why?", "Make it shorter.", "Say it in French."

Said in the place of a small language model, which would defend anything and translate into no language at all.
"""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Say
from visavis_agents.rules.poems import is_poem

_IT = r"(?: (?:it|that|this|the (?:poem|answer|story|sentence|text)))?"
_SURE = re.compile(
    r"^(?:(?:and )?(?:are|is) you (?:really |quite |very |absolutely |totally )?(?:sure|certain|serious)"
    r"(?: about (?:that|this|it))?|really|seriously|is (?:that|this|it) (?:really )?(?:true|right|correct|so|a fact)|"
    r"for real|no kidding|how do you know(?: (?:that|this|it))?|are you (?:kidding|joking)(?: me)?|"
    r"who (?:says|said|told you)(?: (?:that|so))?)$"
)
_DENIED = re.compile(
    r"^(?:(?:i (?:do not|can not) believe (?:that|it|you)|(?:no )?(?:i think )?(?:that|it|this) is (?:wrong|"
    r"not (?:right|true|correct|so))|you are wrong|i do not think so|i disagree|wrong)"
    r"(?: (?:it|that) is (?P<other>.+))?|"
    r"no (?:it|that) is (?P<right>.+))$"
)
_WHY = re.compile(
    r"^(?:why(?: (?:is that|so|that|not|is it so|is this|(?:do|did) you (?:think|say) (?:so|that|this)))?|"
    r"how come|for what reason|how so)$"
)
_SHORT = re.compile(
    rf"^(?:(?:make|say|tell|put|explain|can i have|give)(?: me)?{_IT}(?: (?:a bit|a little|much|more|even|in))* "
    r"(?:shorter|simpler|short|briefly|brief|simply|easier|(?:fewer|simple|plain|other|easy|a few) words|"
    r"(?:1|one) sentence)|shorter|simpler|in short|(?:that is |it is )?too long|a shorter (?:one|version)|"
    r"(?:sum|summ)(?:ari[sz]e)? (?:it|that|this)(?: up)?)$"
)
_ABROAD = re.compile(
    rf"^(?:(?:say|tell me|repeat|translate|put|give me|write|read|answer){_IT}|translation)?"
    r"(?: ?(?:in|into|to) (?P<language>[a-z]+(?:ese|ish|ian|an|ic|ch|ek|ew|di|i)))?(?: again)?$"
)
_OTHER = re.compile(r"^(?:(?:no|not that(?: one)?|i (?:mean|meant)|what about|how about|rather) )*the other(?: one)?$")
_CHOSEN = re.compile(r"^I choose (.+)\.$")  # `tools/fun.py`
_WHICH = "Which other one do you mean? Please say its name."
_REFUSED = re.compile(r"^(?:I'm sorry, )?I (?:can't|don't|do not)\b|^(?:I'm sorry, )?I'd like to, but\b")
_SURELY = "Yes, I'm sure. That is one of the things I know by heart."
_RECKONED = "Yes, I worked it out."
_YES = "Yes, I am."
_STILL = "I worked it out once more, and I still get the same."
_WRONG = "You may be right: I can be wrong. Please check it if it matters."
_FREELY = "No, not quite: I'm a small program, and I can be wrong. Please check it if it matters."
_NO_REASON = "I only know that it is so, but not why."
_REASON = "Because I'm a small program on one computer, and I'd rather say so than guess."
_SHORTEST = "I can't say it in fewer words."
_FEW = "I can't translate that. But I know a few phrases: ask me how to say thank you or good morning in a language."
_AS_FREE = "That is only what I think, and I have no better reason for it."
_TO_US = re.compile(r"\b(?:i|me|my|you|your|yourself|we)\b")
_SENTENCE = re.compile(r"(?<=[.!?]) +")


def is_of_it(words: str) -> bool:
    """Whether plain words are about the answer before."""
    return any(pattern.match(words) for pattern in (_SURE, _DENIED, _WHY, _SHORT, _OTHER)) or bool(
        words and _ABROAD.match(words)
    )


def said(words: str, before: str, asked: str, made: Route) -> str:
    """words: plain ones; before: what the assistant said last; asked: the user's request before this, in plain words,
    and what rules make of it.

    Empty: this is about something else."""
    if not before:
        return ""
    if _SURE.match(words):
        if isinstance(made, Call):
            return _RECKONED if made.tool in ("calculate", "time_and_date", "calendar", "timers_left") else _YES
        if _REFUSED.match(before) or (made is not None and _TO_US.search(asked)):
            return _YES
        return _SURELY if isinstance(made, Say) else _FREELY
    if denied := _DENIED.match(words):
        right = denied["other"] or denied["right"]
        if right and re.search(rf"\b{re.escape(right)}\b", before.lower()):
            return f"That is what I said: {before}"
        if isinstance(made, Call) and made.tool == "calculate":
            return _STILL
        return _WRONG
    if _WHY.match(words):
        if _REFUSED.match(before):
            return _REASON
        return "" if before.endswith("?") else _NO_REASON if made is not None else _AS_FREE
    if _OTHER.match(words):
        return _other(before, asked)
    if _SHORT.match(words):
        sentences = _SENTENCE.split(before)
        first = len(sentences) // 2 if is_poem(before) else 1
        return " ".join(sentences[:first]) if len(sentences) > 1 else _SHORTEST
    found = _ABROAD.match(words)
    return _FEW if found and words and (found["language"] or words.startswith("trans")) else ""


def _other(before: str, asked: str) -> str:
    """Of two that were asked about ("tea or coffee"), the one that was not chosen."""
    chosen = _CHOSEN.match(before)
    name = chosen[1].lower() if chosen else ""
    words = rf"((?:\S+ ){{{len(name.split()) - 1}}}\S+)" if name else "$."
    found = re.search(rf"\b{re.escape(name)} or {words}", asked) or re.search(rf"{words} or {re.escape(name)}\b", asked)
    return f"All right, then {found[1]}." if found else _WHICH
