"""What the user tells about themselves, asks to be remembered, asks back, and asks to be forgotten."""

from __future__ import annotations

import re

from visavis_agents.plain import plain
from visavis_agents.rules.kinds import Call, Route, Rule, named, rule

ASK = "May I remember that while we talk?"  # ends the assistant's question; a yes or no after it is the answer
YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok|of course|certainly|you (?:may|can)|please do|go ahead|do|fine|"
    r"absolutely|by all means|all right|alright|"
    r"that is (?:fine|ok)|why not|i do not mind|no problem|correct|right|definitely|gladly)"
    r"(?: (?:yes|sure|you (?:may|can)|please|do|that|it|remember|go ahead|ok|of course|fine|is|vis|that "
    r"is fine|thanks|thank you))*$"
)
NO = re.compile(
    r"^(?:no|nope|nah|never|do not|please do not|better not|rather not|i would rather (?:you (?:did "
    r")?)?not|not really|forget it|you (?:may|can) not|no way|"
    r"i do not want (?:that|you to))(?: (?:no|thanks|thank you|do|not|please|that|it|remember|do not|you|"
    r"may|can|want|i))*$"
)
_SWAP = {
    "my": "your", "i": "you", "me": "you", "mine": "yours", "myself": "yourself", "we": "you",
    "our": "your", "us": "you",    "you": "me", "your": "my",
}  # fmt: skip
_AFTER_I = {"am": "are", "was": "were", "have": "have"}
_FILLER = frozenset(
    "very really so just not that the a an to in it this going here fine good ok well sorry sure ready "
    "happy sad".split()
)


def to_you(fact: str) -> str:
    """ "my keys are here" -> "Your keys are here."."""
    words = fact.split()
    turned = []
    for index, word in enumerate(words):
        if index and words[index - 1] == "i" and word in _AFTER_I:
            turned.append(_AFTER_I[word])
        else:
            turned.append(_SWAP.get(word, word))
    text = re.sub(r"\byou me\b", "you", " ".join(turned))
    return f"{text[:1].upper()}{text[1:]}."


def restored(fact: str, text: str) -> str:
    """The fact with the capitals that the words had: "you live in berlin" -> "You live in Berlin."."""
    for word in re.findall(r"(?<!^)(?<![.!?] )\b[A-Z][\w'-]+", text.strip()):
        if word not in ("I", "I'm", "I'd", "I've", "I'll"):
            fact = re.sub(rf"\b{re.escape(word.lower())}\b", word, fact)
    return fact


def _remember(found: re.Match[str], text: str) -> Route:
    if re.match(r"(?:when|how|what|why|where|who|if|the (?:time|days|good))\b", found["fact"]):
        return None
    fact = re.sub(r"^to ", "i want to ", found["fact"])
    return Call("remember", {"fact": restored(to_you(fact), text)})


def _named(found: re.Match[str], text: str) -> Route:
    name = found["name"]
    if name.split()[0] in _FILLER:
        return None
    spelled = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
    name = (spelled[0] if spelled else name).strip()
    return Call("told", {"fact": f"Your name is {' '.join(w[:1].upper() + w[1:] for w in name.split())}."})


def _told(found: re.Match[str], text: str) -> Route:
    """Only up to a comma: "I come from Brazil, I speak little English." """
    begins = " ".join(found[0].split()[:3])
    told = next(
        (
            words
            for part in re.split(r"[,;.!?]\s(?=(?:I|my|we|our|but|and)\b)", text)
            if (words := plain(part)).startswith(begins)
        ),
        found[0],
    )
    return Call("told", {"fact": restored(to_you(told), text)})


def _told_more(found: re.Match[str], text: str) -> Route:
    """ "My name is Ada and I live in Hull": every part must be a fact."""
    facts: list[str] = []
    for part in re.split(r"(?:,| and|, and) (?=(?:i|my|we|our)\b)", text.strip(" .!"), flags=re.IGNORECASE):
        words = plain(part)
        made = next((make(m, part) for pattern, make in _TOLD if (m := pattern.search(words))), None)
        if not isinstance(made, Call):
            return None
        facts.append(made.arguments["fact"])
    return Call("told", {"fact": " ".join(facts)}) if len(facts) > 1 else None


def _recall(found: re.Match[str], _: str) -> Route:
    return Call("recall", {"about": named(found)})


def _forget(found: re.Match[str], _: str) -> Route:
    return Call("forget", {"about": re.sub(r"^(?:my|that|the|about|i (?:like|have|am)) ", "", found["about"])})


def answered(text: str, before: str) -> Route:
    """A yes or no to being remembered."""
    if not before.endswith(ASK):
        return None
    if NO.match(text):
        return Call("allow_memory", {"allowed": False})
    return Call("allow_memory", {"allowed": True}) if YES.match(text) else None


_KIN = (
    r"(?:dog|cat|wife|husband|son|daughter|brother|sister|mother|father|mum|mom|dad|friend|boyfriend|"
    r"girlfriend|partner|teacher|boss|"
    r"hamster|horse|baby|grandmother|grandfather|neighbou?r|parrot|rabbit)"
)


def _i_am(found: re.Match[str], text: str) -> Route:
    """ "Hi, I'm Leo.": a name only after a greeting, and with a capital."""
    greeted = re.match(r"(?:hi|hello|hey|hallo)\b", text, re.IGNORECASE)
    capital = re.search(rf"\b{re.escape(found['name'].capitalize())}\b", text)
    made = _named(found, text) if greeted and capital else None
    if isinstance(made, Call) and found["age"]:
        return Call("told", {"fact": f"{made.arguments['fact']} You are {found['age']} years old."})
    return made


def _old(found: re.Match[str], _: str) -> Route:
    return Call("told", {"fact": f"You are {found['age']} years old."})


_TOLD: tuple[Rule, ...] = (
    rule(r"^i am (?P<name>[a-z'-]{2,20})(?: and i am (?P<age>\d{1,2})(?: years old)?)?$", _i_am),
    rule(r"^i (?:am|have) (?P<age>\d{1,2}|1[01]\d) years(?: old)?$", _old),
    rule(
        r"^(?:(?:by the way |nice to meet you )?(?:my (?:first )?name is|my names|i am called|you (?:can|"
        r"may) call me|just call me|call me|people call me) )(?P<name>[a-z'-]+(?: [a-z'-]+)?)$",
        _named,
    ),
    rule(
        rf"^my (?:favourite [a-z]+|birthday|{_KIN}'s name|job|hobby|phone number|address|shoe size|hometown|"
        rf"home town) (?:is|are) (?!not\b|so\b|very\b|what\b)[\w' ]{{2,40}}$|^my {_KIN} is (?:called|named) "
        rf"[a-z]+$",
        _told,
    ),
    rule(
        r"^i (?:live in|come from|was born in|was born on|work as|work at|work for) (?!fear|peace|the moment|"
        r"a pickle)[\w' ]{2,40}$",
        _told,
    ),
    rule(
        r"^i am (?:from [a-z ]{3,30}|allergic to [a-z ]{3,30}|\d{1,3} years old|a (?:vegetarian|vegan|"
        r"teacher|nurse|doctor|student|programmer|engineer|pensioner|gardener|cook|driver|musician)|"
        r"vegetarian|vegan)$",
        _told,
    ),
    rule(
        r"^i (?:do not|never) (?:eat|drink|smoke) (?!that\b|this\b|it\b|at\b)[a-z' ]{3,30}$",
        _told,
    ),
    rule(
        r"^i (?:really |do not |also )?(?:like|love|hate|prefer|enjoy|can not stand) (?!you\b|that\b|this\b|"
        r"it\b|to know|your\b|how\b|what\b|when\b|him\b|her\b|them\b)[a-z' ]{2,30}$",
        _told,
    ),
    rule(
        r"^i have (?:got )?(?:an? |\d+ |two |one )(?:little |small |big |old |young )?(?:"
        + _KIN
        + r"s?|kids|children)(?: (?:called |named )?(?!and\b)[a-z]+(?: and [a-z]+)?| and (?:an? |\d+ |two |one )?"
        + _KIN
        + "s?)?$",
        _told,
    ),
)
RULES: tuple[Rule, ...] = (
    rule(
        r"^(?:always |try to )?(?:remember|do not forget|keep in mind|note(?: down)?|make a note)(?: this| "
        r"for later)?(?: that)? (?P<fact>.{3,})$",
        _remember,
    ),
    rule(r"^(?:remember|do not forget|keep in mind|note)(?: this| that)?$", Call("remember", {"fact": ""})),
    *_TOLD,
    rule(r"^(?:i|my|we|our)\b.*,? (?:and )?(?:i|my|we|our) ", _told_more),
    rule(
        r"^(?:do you )?(?:know |remember |recall |say )?(?:what is my (?P<name>name)|who am i|my name|what "
        r"am i called|what i am called|what my name is)(?: again| is)?$",
        lambda f, t: Call("recall", {"about": "name"}),
    ),
    rule(
        r"^(?:what|which|tell me what)(?: things)? (?:do|did|have|all do) (?:you|i) (?:remember|know|tell "
        r"you|told you|ask you to remember|asked you to remember)(?: about me| of me| so far)*$|^(?:tell me "
        r")?(?:everything|all)(?: that)? you (?:know|remember)(?: about me)?$|^(?:what|which) things do you "
        r"remember(?: about me)?$|^do you (?:remember|know) (?:me|anything about me|something about me)$|"
        r"^remember me$|^tell me (?:something )?about (?:me|myself)$",
        Call("recall", {}),
    ),
    rule(
        r"^(?:do you (?:know|remember) )?where (?:is|are|did i (?:put|leave)|have i put) my "
        r"(?P<thing>[a-z ]+?)(?: is| are)?$",
        _recall,
    ),
    rule(
        rf"^(?:do you (?:know|remember) )?(?:what|who|when|which)(?: colou?r)?(?: is|'s| are) my "
        rf"(?P<thing>favourite [a-z]+|birthday|{_KIN}(?='s name| called|$)|job|hobby|phone number|address|"
        rf"shoe size|hometown|home town)(?:'s name| called)?(?: again)?$",
        _recall,
    ),
    rule(rf"^what (?:is|was) the name of my (?P<thing>{_KIN})$", _recall),
    rule(
        r"^(?:do you (?:know|remember) )?(?:what do i (?P<like>like|love|hate|prefer|enjoy)|what i "
        r"(?P<like2>like|love|hate|prefer|enjoy))(?: to (?:eat|drink|do))?$",
        _recall,
    ),
    rule(
        r"^(?:do you (?:know|remember) )?(?:where do i (?P<live>live|work)|where i (?P<live2>live|work)|"
        r"where (?:am i|i am|do i come) (?P<fr>from)|how (?P<old>old) am i|what am i (?P<allergic>allergic) "
        r"to)$",
        _recall,
    ),
    rule(
        r"^(?:forget|erase|delete|clear)(?: about)? (?:everything|it all|all of it|all that|what i (?:said|"
        r"told you)|what you (?:know|remember)|all (?:you know|that you know|my data)|your memory|my "
        r"data)(?: (?:about me|you know|i (?:said|told you)|that|you know about me))*$",
        Call("forget", {}),
    ),
    rule(
        r"^(?:please )?(?:forget|erase)(?: about)? (?P<about>(?:my|that|the) [a-z' ]{2,40}|that i [a-z' ]{2,40})$",
        _forget,
    ),
    rule(r"^forget me$", Call("forget", {})),
)
