"""Greetings, thanks, who is speaking here, and how the other one is (`talk.txt`); what was said before."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Repeat, Route, Rule, Say, rule
from visavis_agents.rules.written import Table

WELL = "I'm well, thank you. How are you?"  # as in the table
_TABLE = Table("talk.txt")
_I_AM = r"(?:i am |i feel |i am doing |doing )?"
_FINE = re.compile(
    rf"{_I_AM}(?:pretty |very |quite |really )?(?:fine|good|well|great|ok|all right|alright|not (?:too )?bad|wonderful)"
    r"(?: (?:too|as well|thanks|thank you|today))*"
)
_NOT_FINE = re.compile(
    rf"{_I_AM}(?:not (?:so |very |too |that )?(?:good|well|great)|"
    r"(?:a bit |a little |so |very |quite )?(?:bad|tired|sad|terrible|awful|sick|ill))"
    r"(?: (?:today|to be honest|really))*"
)


_AND_YOU = re.compile(
    r"(?:and )?(?:you|yourself|how about you|what about you|how about yourself|and yourself)(?: too)?"
)
_ASKED_WELL = re.compile(
    r"How are you\b|glad to hear that\.|sorry to hear that\.|^I'm well|^Hello|^Good (?:morning|evening|afternoon)|"
    r"[Tt]hank you"
)
_NOT_ME = (
    "With me it's quickly told: I'm a program, and live in this computer. But do go on.",
    "I'm only a program, so there is nothing of that kind to tell of me. I'd rather hear more of you.",
)


def followed_up(text: str, before: str) -> Route:
    """ "How are you?" answered: the answer deserves more than a blank look. "And you?" after anything else."""
    if _AND_YOU.fullmatch(text) and not _ASKED_WELL.search(before):
        return Say(_NOT_ME[0], others=_NOT_ME[1:])
    if not before.endswith(WELL):
        return None
    if _FINE.fullmatch(text):
        return Say("I'm glad to hear that. What can I do for you?")
    return Say("I'm sorry to hear that. Do you want to tell me about it?") if _NOT_FINE.fullmatch(text) else None


def said(words: str) -> Route:
    """What is said to these plain words, or None."""
    return _TABLE.say(words)


RULES: tuple[Rule, ...] = (
    rule(r"^.+$", lambda found, text: said(found[0])),
    rule(  # obeyed by the recorder, where there is one
        r"^(?:i )?(?:don't|do not|stop|never)(?: want (?:you )?to| want this to be)? record(?:ed|ing)?\b.*$",
        lambda found, text: Say("All right. This conversation is not recorded."),
    ),
    rule(
        r"^(?:repeat(?: (?:that|it|yourself|what you (?:just )?said|the last (?:sentence|thing|part)))?|"
        r"say (?:that|it)(?: once)? (?:again|one more time)|what did you (?:just )?say|what was that|pardon(?: me)?|"
        r"come again|once more|one more time|i did not (?:hear|catch|understand) (?:that|you|it|what you said)|what)"
        r"(?: again| once more)?$",
        Repeat(),
    ),
    rule(
        r"^(?:what did i (?:just )?(?:say|ask(?: you)?|tell you)|what have i (?:just )?(?:said|asked)|"
        r"what (?:is|was) the (?:last|previous) (?:thing|question|sentence)(?: that)? i (?:said|asked|told)(?: you)?|"
        r"what was (?:my (?:last )?question|i saying)|(?:do you (?:know|remember) what|repeat what) i (?:just )?"
        r"(?:said|asked))(?: (?:before|just|again|earlier|last|a moment ago|to you|that))*$",
        Call("what_was_said", {"who": "user"}),
    ),
    rule(
        r"^(?:what did you (?:say|tell me) (?:before(?: that)?|earlier|first)|what (?:did you say|was it) before|"
        r"what was the (?:thing|answer) before that)$",
        Call("what_was_said", {"who": "assistant"}),
    ),
    rule(
        r"^(?:what (?:are|were|have) we (?:been )?(?:talking|talked|speaking) about|what did we (?:just )?talk about|"
        r"what was i (?:just )?(?:telling you|talking|speaking|saying)(?: to you)? (?:about|of)|where were we)"
        r"(?: so far| before| just)?$",
        Call("what_was_said", {"who": "both"}),
    ),
)
