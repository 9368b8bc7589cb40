"""What is asked about the answer itself: "Are you sure?", "Why?", "Make it shorter.", "Say it in French."

Said in the place of a small language model, which would defend anything and translate into no language at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visavis_agents.rules.kinds import Call, Route, Say
from visavis_agents.rules.poems import is_poem
from visavis_agents.rules.written import unheard

_IT = r"(?: (?:it|that|this|the (?:poem|answer|story|sentence|text)))?"
_SURE = re.compile(
    r"^(?:(?:and )?(?:are|is) you (?:really |quite |very |absolutely |totally )?(?:sure|certain|serious)"
    r"(?: about (?:that|this|it))?|really|seriously|is (?:that|this|it) (?:really )?(?:true|right|correct|so|a fact)|"
    r"for real|no kidding|are you (?:kidding|joking)(?: me)?)$"
)
_FROM = re.compile(
    r"^(?:(?:and )?how (?:do|can) you (?:know|tell|be so sure)(?: (?:that|this|it|so|all that|all this|for sure))*|"
    r"(?:from )?where (?:do|did) you (?:know|learn|hear|read|get|have|find)(?: (?:that|this|it|all that))?(?: "
    r"out)?(?: from)?|"
    r"who (?:says|said|told you)(?: (?:that|so|this))?|says who|since when do you know(?: that)?|"
    r"what makes you (?:think|say)(?: (?:so|that|this))?|how (?:do )?you know(?: that)?)$"
)
_DENIED = re.compile(
    r"^(?:(?:i (?:do not|can not) believe (?:that|it|you)|(?:no )?(?:i think )?(?:that|it|this) is (?:wrong|"
    r"not (?:right|true|correct|so))|you are wrong|i do not think so|i disagree|wrong)"
    r"(?: (?:it|that) is (?P<other>.+))?|"
    r"no (?:it|that) is (?P<right>.+))$"
)
_WHY = re.compile(
    r"^(?:(?:so |yes )?why(?: (?:is that|so|that|not|is it so|is this|then|(?:do|did) you (?:think|say|ask)(?: "
    r"me)?(?: (?:so|that|this))?|"
    r"can you not(?: (?:tell|say|know|do (?:it|that)))?))?|why can not you(?: (?:tell|say|know|do (?:it|"
    r"that)))?(?: me)?|how come|what do you mean (?:you can not|no)|for what "
    r"reason|how so)$"
)
_SHORT = re.compile(
    rf"^(?:(?:make|say|tell|put|explain|can i have|give)(?: me)?{_IT}(?: (?:a bit|a little|much|more|even|in))* "
    r"(?:shorter|simpler|more simple|more simply|more easy|short|briefly|brief|simply|easier|(?:fewer|simple|"
    r"plain|other|easy|a few) words|"
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
_REFUSED = re.compile(
    r"^(?:(?:I'm sorry|I'm afraid|No|As I said), )?(?:a program|I (?:can't|don't|do not|haven't|have no|know no|"
    r"only|wish)\b|I'd (?:rather|like to, but|"
    r"love to, but|only)\b|I'm (?:a|only a|no|not)\b|There's little|With me|Not in the way|That is hard to say|My "
    r"(?:guess|papers)|Sorry)"
)
_BLIND = re.compile(r"^I can't see\b")
_SURELY = "Yes, I'm sure. That is one of the things I know by heart."
_RECKONED = "Yes, I worked it out."
_YES = "Yes, I am."
_STILL = "I worked it out once more, and I still get the same."
_WRONG = (
    "You may be right: I can be wrong. Please check it if it matters.",
    "Then I may be wrong. Where it matters, please look it up.",
)
_FREELY = (
    "No, not quite: I'm a small program, and I can be wrong. Please check it if it matters.",
    "I don't know it for sure, I only put words together. Please don't rely on it.",
)
_NO_REASON = ("I only know that it is so, but not why.", "The reason is not among the things I know.")
_REASON = (
    "Because I'm a small program on one computer, and I'd rather say so than guess.",
    "I'm only a program, without hands and without the internet. There is much that I can't do or know.",
    "It's how I was made: small, and careful with what I don't know.",
)
_I_ASK = (
    "I ask because I'd like to understand it better. You needn't tell me.",
    "Just to follow you better. We can talk of something else.",
)
_PAPERS = ("It says so in my papers{papers}.", "I read it in the papers of this house{papers}.")
_PAPERS_ONLY = (
    "My papers only say that it is so, not why. A member of staff may know.",
    "The reason is not in my papers, sorry.",
)
_YOU_TOLD = ("You told me so yourself, a little while ago.", "I have it from you: you said so before.")
_SEEN = (
    "That is what I saw through the camera, and I can be wrong there.",
    "I went by the picture from the camera, nothing else.",
)
_NO_PICTURE = (
    "Because no picture from a camera reaches me.",
    "Without a picture I'm blind: only the camera lets me see.",
)
_CLOCK = ("The clock of this computer tells me.", "I looked at the clock of this computer.")
_WORKED = ("I worked it out just now.", "I did the sum.")
_BY_HEART = (
    "It is one of the things I was taught, and know by heart. I can't name the book.",
    "Somebody wrote it down for me, and I learned it by heart.",
)
_SHORTEST = "I can't say it in fewer words."
_FEW = "I can't translate that. But I know a few phrases: ask me how to say thank you or good morning in a language."
_AS_FREE = (
    "That is only what I think, and I have no better reason for it.",
    "It just seemed fitting to me. What do you think?",
)
_TO_US = re.compile(r"\b(?:i|me|my|you|your|yourself|we)\b")
_SENTENCE = re.compile(r"(?<=[.!?]) +")


def is_of_it(words: str) -> bool:
    """Whether plain words are about the answer before."""
    return any(pattern.match(words) for pattern in (_SURE, _FROM, _DENIED, _WHY, _SHORT, _OTHER)) or bool(
        words and _ABROAD.match(words)
    )


def said(words: str, before: str, asked: str, made: Route, papers: str | None = None, heard: Sequence[str] = ()) -> str:
    """words: plain ones; before: what the assistant said last; asked: the user's request before this, in plain words,
    and what rules make of it; papers: where it was quoted from (", under Tickets"), or None; heard: what the assistant
    said lately.

    Empty: this is about something else."""
    if not before:
        return ""
    if _FROM.match(words):
        return unheard(_source(before, made, papers), heard).replace("{papers}", papers or "")
    if _SURE.match(words):
        if papers is not None:
            return unheard(_PAPERS, heard).replace("{papers}", papers or "")
        if isinstance(made, Call):
            return _RECKONED if made.tool in ("calculate", "time_and_date", "calendar", "timers_left") else _YES
        if _REFUSED.match(before) or (made is not None and _TO_US.search(asked)):
            return _YES
        return _SURELY if isinstance(made, Say) else unheard(_FREELY, heard)
    if denied := _DENIED.match(words):
        right = denied["other"] or denied["right"]
        if right and re.search(rf"\b{re.escape(right)}\b", before.lower()):
            return f"That is what I said: {before}"
        if isinstance(made, Call) and made.tool == "calculate":
            return _STILL
        return unheard(_WRONG, heard)
    if _WHY.match(words):
        return unheard(_reason(before, made, papers), heard)
    if _OTHER.match(words):
        return _other(before, asked)
    if _SHORT.match(words):
        sentences = _SENTENCE.split(before)
        first = len(sentences) // 2 if is_poem(before) else 1
        return " ".join(sentences[:first]) if len(sentences) > 1 else _SHORTEST
    found = _ABROAD.match(words)
    return _FEW if found and words and (found["language"] or words.startswith("trans")) else ""


def _source(before: str, made: Route, papers: str | None) -> Sequence[str]:
    """What may be said to "How do you know that?"."""
    if papers is not None:
        return _PAPERS
    if _BLIND.match(before):
        return _NO_PICTURE
    if before.startswith("You told me") or (
        isinstance(made, Call) and made.tool in ("recall", "told", "what_was_said")
    ):
        return _YOU_TOLD
    if _REFUSED.match(before):
        return _REASON
    match made:
        case Call("time_and_date" | "calendar" | "timers_left"):
            return _CLOCK
        case Call("calculate" | "compare_numbers"):
            return _WORKED
        case Call("look" | "zoom" | "where_seen" | "what_it_said" | "what_changed" | "seen_so_far" | "held_before"):
            return _SEEN
        case Say():
            return _BY_HEART
    return _I_ASK if before.endswith("?") else _FREELY


def _reason(before: str, made: Route, papers: str | None) -> Sequence[str]:
    """What may be said to "Why?"."""
    if papers is not None:
        return _PAPERS_ONLY
    if _BLIND.match(before):
        return _NO_PICTURE
    if _REFUSED.match(before):
        return _REASON
    return _I_ASK if before.endswith("?") else _NO_REASON if made is not None else _AS_FREE


def _other(before: str, asked: str) -> str:
    """Of two that were asked about ("tea or coffee"), the one that was not chosen."""
    chosen = _CHOSEN.match(before)
    name = chosen[1].lower() if chosen else ""
    words = rf"((?:\S+ ){{{len(name.split()) - 1}}}\S+)" if name else "$."
    found = re.search(rf"\b{re.escape(name)} or {words}", asked) or re.search(rf"{words} or {re.escape(name)}\b", asked)
    return f"All right, then {found[1]}." if found else _WHICH
