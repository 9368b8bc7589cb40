"""Coins, dice, numbers, choices, jokes, riddles and curious facts."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule

_ANOTHER = re.compile(
    r"^(?:(?:tell me |give me |say |do you (?:have|know) |know |have you got )?(?:one more|another(?: "
    r"one| joke| riddle| fact| story)?|a (?:different|better|new) (?:one|joke))|again|more|(?:roll|flip|"
    r"toss) (?:it )?again|(?:tell me |give me |try )?(?:a |something )?"
    r"(?:better|funnier|different|shorter|nicer|harder|easier)(?: one| joke| riddle| fact| poem)?)$"
)
PICK = "Name two things, and I'll pick one of them."  # ends an answer of itself.txt
_TWO = re.compile(r"^(?:ok |well |either |maybe )*(?P<options>[a-z' ]+ or [a-z' ]+)$")


def offered(words: str, before: str) -> Route:
    """ "Pasta or soup." after it was offered to pick one."""
    found = _TWO.match(words) if before.endswith(PICK) else None
    return _choice(found, "") if found else None


def followed_up(text: str, told: str) -> Route:
    """ "Another one." told: the kind of thing told last, see `tools/fun.py`; empty for none."""
    return Call("tell", {"kind": told}) if told and _ANOTHER.match(text) else None


def _dice(found: re.Match[str], _: str) -> Route:
    count = found["count"] or "1"
    count = {"a": "1", "an": "1", "the": "1", "one": "1", "some": "2", "two": "2", "both": "2"}.get(count, count)
    sides = int(found["sides"] or 6)
    return Call("chance", {"of": "dice", "count": max(1, min(int(count), 10)), "high": max(2, min(sides, 1000))})


def _number(found: re.Match[str], _: str) -> Route:
    low, high = sorted((int(found["low"] or 1), int(found["high"] or 100)))
    return Call("chance", {"of": "number", "low": low, "high": high})


def _choice(found: re.Match[str], _: str) -> Route:
    options = [part.strip() for part in re.split(r"\s+or\s+", found["options"]) if part.strip()]
    return Call("chance", {"of": "choice", "options": "|".join(options)}) if len(options) > 1 else None


def _tell(kind: str) -> object:
    return lambda found, text: Call("tell", {"kind": kind})


_GIVE = (
    r"^(?:tell|give|say|know|do you know|do you have|have you got|got|have|let me hear|let us hear|i "
    r"want to hear|i would like(?: to hear)?|make|crack|share)(?: me| us)?"
)
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:flip|toss|throw|through|let us flip|clip)(?: me| us)? (?:a|the|your|my) (?:coin|quarter|"
        r"penny)(?: .*)?$|^heads or tails$|^coin (?:flip|toss)$",
        Call("chance", {"of": "coin"}),
    ),
    rule(
        r"^(?:roll|throw|through|role|cast|let us roll)(?: me| us)? (?P<count>an?|the|one|two|some|both|"
        r"\d+)? ?(?:(?P<sides>\d+)(?: |-)?sided )?(?:die|dice|dices|d6)(?: .*)?$",
        _dice,
    ),
    rule(
        r"^(?:pick|choose|think of|give me|tell me|say|generate|name|i need|draw)(?: me)? (?:an? |any "
        r")?(?:random )?number(?: (?:between|from) (?P<low>\d+) (?:and|to) (?P<high>\d+))?$|^(?:a )?random "
        r"number(?: (?:between|from) \d+ (?:and|to) \d+)?$",
        lambda f, t: (
            _number(f, t)
            if (f.re.groupindex and f["low"] is not None) or not re.search(r"\d", f[0])
            else _number(re.search(r"(?P<low>\d+) (?:and|to) (?P<high>\d+)", f[0]) or f, t)
        ),
    ),
    rule(
        r"^(?:choose|pick|decide|help me (?:choose|decide|pick))(?: (?:one|for me|between))*:? "
        r"(?P<options>[a-z' ]+ or [a-z' ]+)$",
        _choice,
    ),
    rule(
        r"^(?:(?:should|shall) (?:i|we) (?:take |have |eat |buy |wear |go for |choose |make |get )?)?"
        r"(?P<options>[a-z' ]+ or [a-z' ]+?) (?:you (?:choose|decide|pick)|decide|choose|pick one)(?: for me| one)?$",
        _choice,
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some )?(?:(?:good|funny|short|silly|new|other|another|nice|better|different|"
        rf"dad) )*(?:jokes?|joe|something funny|yoke) about "
        r"(?P<about>(?:an? |the |some )?[a-z ]{2,30})$",
        lambda f, t: Call("tell", {"kind": "joke", "about": f["about"]}),
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some )?(?:(?:good|funny|short|silly|new|other|another|nice|better|different|"
        rf"dad) )*(?:jokes?|joe|something funny|yoke)(?: .{{0,20}})?$|^(?:make me (?:laugh|smile)|be funny|"
        rf"joke|a joke|(?:say )?something funny(?: then)?|are you funny|do you know any jokes|cheer me up)$",
        Call("tell", {"kind": "joke"}),
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some )?(?:(?:good|short|easy|hard|new|another) )*(?:riddles?|puzzle|brain "
        rf"?teaser)$|^(?:a riddle|(?:an)?other riddle|ask me (?:a|another) riddle|riddle me|riddles)$",
        Call("tell", {"kind": "riddle"}),
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some |something )?(?:(?:fun|random|interesting|curious|strange|cool|amazing|"
        rf"new|nice|little known) ?)+(?:facts?|thing|trivia)?$|^(?:(?:a |an )?(?:fun|random|interesting) fact|"
        rf"surprise me|teach me something(?: new)?|tell me something(?: (?:i do not know|new|interesting))?|"
        rf"tell me a fact)$",
        Call("tell", {"kind": "fact"}),
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some |another )?(?:(?:good|hard|new|funny) )*tongue ?twisters?$|"
        r"^(?:a )?tongue ?twister$",
        Call("tell", {"kind": "tongue twister"}),
    ),
    rule(
        rf"{_GIVE} (?:an? |any |some )?(?:(?:short|nice|good|little|new|another|funny) )*(?:poems?|rhyme|"
        rf"verse|limerick)$|^(?:a poem|recite a poem|write (?:me )?a (?:short )?poem)$",
        Call("tell", {"kind": "poem"}),
    ),
    rule(
        rf"{_GIVE} (?:an? |some |something )?(?:nice|kind|a compliment|compliment)(?: (?:to|about) me)?$|"
        rf"^(?:say something nice(?: to me| about me)?|compliment me|motivate me|encourage me|inspire me|"
        rf"(?:tell|give) me (?:something )?(?:motivating|inspiring|encouraging))$",
        Call("tell", {"kind": "kind word"}),
    ),
    rule(
        r"^sing(?: (?:me|us))?(?: (?:a|the|some|something|another|happy birthday).*)?$",
        Say("I can't sing, and you would not enjoy it. But I can tell you a short poem."),
    ),
)
