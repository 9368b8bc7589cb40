"""How a correction sounds, and one more question: "No, I meant fifteen.", "Not Paris, London.", "And of Italy?"

What is heard here is tried on the request before (`again.py`); many sentences that sound so amend nothing. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from visavis_agents.plain import plain

LONGEST = 120  # characters of what amends


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said of the request before. value: plain words to put into it; old: what they take the place of, or
    empty. corrects: it was wrong, else there is one more question. plainly: nothing else can be meant. named: it begins
    with a capital, or says how it joins ("to call dad"). result: it says what is so ("No, it's five."), which is about
    what was told and not what was asked. joined: it begins like what belongs to the words before ("and")."""

    value: str
    old: str = ""
    corrects: bool = True
    plainly: bool = False
    named: bool = False
    result: bool = False
    joined: bool = False


_WRONG = (
    r"(?:that|this|it) (?:is|was) (?:wrong|a mistake|not (?:right|correct|it|what i (?:said|meant|asked(?: for)?|"
    r"wanted)))|not (?:that|this|it)(?: one)?|wrong|you (?:misheard|misunderstood|heard)(?: me)?(?: wrong| wrongly)?|"
    r"i (?:misspoke|made a mistake)|my mistake"
)
_NO = (
    rf"(?:{_WRONG}|(?:oh |uh |um )*(?:no|nope|nah)|wait(?: a (?:second|minute|moment))?|sorry|i am sorry|oops|hold on|"
    r"hang on|pardon|excuse me|actually|or rather|rather)"
)
_OPEN = rf"(?P<open>(?:(?:oh|uh|um|well|ah) )*{_NO}(?: ,)?(?: {_NO}(?: ,)?)* )"
_MEANT = (
    r"(?:(?P<meant>i (?:meant|mean|said|was saying|asked(?: for)?|wanted(?: to know)?|was talking about|"
    r"was asking about|asked about|want to know|am talking about|have said)(?: to say| it to be| that)?(?: ,)?|"
    r"(?:make|change|set|turn|let us make) "
    r"(?:it|that|this|them)(?: (?:to|for|into))?|(?:it|that) should (?:be|have been)) )"
)
_IT_IS = (
    r"(?:(?P<is>it|he|she|that|this|they|the (?:right|correct) (?:one|name|word|answer)|the name) (?:is|are|was)"
    r"(?: called| named)? )"
)
_INSTEAD = re.compile(r"(?: ,)?(?: (?:instead|rather|please|though|actually|i meant|i mean|i said|of course))+$")
_NOT_OLD = r"(?: ,)? (?:and )?(?:not|instead of|rather than) (?P<old>[^,]+)"
_NO_VERB = "".join(  # "does not" corrects nothing
    rf"(?<!\b{verb})"
    for verb in "do does did is are was were am can could will would should must have has had may might".split()
)
_STATES_NOT = re.compile(r"(?:i|you|we|he|she|they|it) \w+ not\b")  # "No, I don't want that."
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^{_OPEN}?{_MEANT}?(?:{_IT_IS})?(?P<new>[^,]+?){_NO_VERB}{_NOT_OLD}$",
        rf"^{_OPEN}?(?:(?:{_IT_IS.replace('?P<is>', '?:')})?not|"
        rf"i (?:did not (?:say|mean)|do not mean)) (?P<old>[^,]+) , "
        rf"(?:but |it is |{_MEANT})?(?P<new>[^,]+)$",
        rf"^{_OPEN}?{_MEANT}(?P<new>.+)$",
        rf"^{_OPEN}{_IT_IS}?(?P<new>.+)$",
    )
)
_NOT_THEN = re.compile(rf"^{_OPEN}?not (?P<words>\S+(?: \S+){{1,5}})$")  # "not Paris London", as heard without marks
_MORE = re.compile(
    r"^(?:and |or |but |so |ok |then )*(?:(?P<what>what|how) (?:about|is with|if it (?:is|was|were)|if i say) |"
    r"(?:and |or |but )(?:what about )?)?(?:then )?(?:just |only )?"
    r"(?P<new>.+)$"
)
_JOINS = re.compile(r"^(?:about|in|for|of|with|until) \w+(?: \w+){0,2}$")
_WORKED = re.compile(
    r"^(?:divide|multiply) (?:that|it|this|the result) by (?P<n>\d+(?:\.\d+)?)$|^(?:add|subtract|take away|take) "
    r"(?P<m>\d+(?:\.\d+)?)(?: (?:to|from) (?:that|it|this))?$|^(?:double|triple|halve) (?:that|it|this)$"
)
_SPELL = re.compile(r"^(?:spell (?:it|that|this)(?: again)?|(?:spell (?:it|that|this) )?(?P<back>backwards))$")
_LETTERS = re.compile(r"^how many letters (?:is|are|has|does|are in) (?:it|that|this)(?: have)?$")
_NOTHING = frozenset(
    """no yes not never mind that this it one the other thanks thank you well fine ok sure nothing else more now why
    what so then there way problem problems idea worries matter minute second moment a about too really of course please
    do don't i am is enough all right good bye goodbye later stop""".split()
)
_STYLE = frozenset(
    """shorter longer simpler easier clearer louder quieter slower faster again better nicer funnier bigger smaller
    quick""".split()
)
_WITHIN = re.compile(
    r"^(?P<first>.{6,}?)[,.;:!?\u2013\u2014 -]+(?P<then>(?:oh |uh |um )?(?:no|sorry|wait|actually|or rather|rather|"
    r"i mean|i meant|make (?:that|it)|scratch that|correction)\b[,.! ]+.+)$",
    re.IGNORECASE,
)


@lru_cache(512)
def heard(text: str) -> Turn | None:
    """What a turn of the user's corrects or asks further, or None if it does neither."""
    if len(text) > LONGEST:
        return None
    words = " , ".join(piece for piece in map(plain, re.split(r"[,.;:!?\u2013\u2014]+(?:\s+|$)|\s-\s", text)) if piece)
    opened = re.match(
        r"^(?:um |uh )?(?:and|or|but|what about|how about|then(?: just| only)?(?= (?:an?|the)\b)|just(?= an?\b))\b",
        text.strip().lower(),
    )
    if re.match(r"^\W*actually\b", text.lower()) and not words.startswith("actually"):
        words = f"actually {words}"
    words = re.sub(r"^(?:(?:oh|ah|um|uh|er|well|hm)(?: ,)? )+", "", words)
    if worked := _WORKED.match(words):
        how = {
            "divide": "divided by",
            "multiply": "times",
            "add": "plus",
            "double": "times 2",
            "triple": "times 3",
            "halve": "divided by 2",
        }
        verb = next((sign for word, sign in how.items() if word in words), "minus")
        return Turn(f"{verb} {worked['n'] or worked['m'] or ''}".strip(), "", False)
    if spelled := _SPELL.match(words):
        return Turn(f"how do you spell it{' backwards' if spelled['back'] else ''}", "", False)
    if _LETTERS.match(words):
        return Turn("how many letters are in it", "", False)
    for form in _FORMS:
        if found := form.match(words):
            groups = found.groupdict()
            value = _INSTEAD.sub("", groups["new"]).strip(" ,")
            old = _INSTEAD.sub("", groups.get("old") or "").strip(" ,")
            value = re.sub(rf"^(?:{_MEANT.replace('?P<meant>', '?:')})+", "", value)
            if not value or set(value.replace(",", "").split()) <= _NOTHING | _STYLE:
                return None
            value = value.replace(" ,", "")
            if _STATES_NOT.match(value):
                return None
            named = any(
                re.search(rf"(?<=\S ){re.escape(word.capitalize())}\b", text)
                for word in value.split()[:3]
                if word != "i"
            ) or value.startswith("to ")
            result = bool(groups.get("is")) and not groups.get("meant") and not old
            return Turn(value, old, True, bool(groups.get("meant") or old), named, result)
    if found := _NOT_THEN.match(words):
        return Turn(found["words"], found["words"], True, True)
    found = _MORE.match(words)
    short = found is not None and len(found["new"].split()) <= 6
    if found and short and (opened or _JOINS.match(words) or text.rstrip().endswith("?") or found["what"]):
        value = found["new"].replace(" ,", "")
        return None if set(value.split()) <= _NOTHING | _STYLE else Turn(value, "", False, joined=opened is not None)
    return None


def within(text: str) -> tuple[str, str] | None:
    """ "Set a timer for ten minutes, no, fifteen." -> what was said first, and what corrects it at once; or None."""
    found = _WITHIN.match(text.strip())
    return (found["first"], found["then"]) if found else None
