"""What a small language model must not say to somebody, caught clause by clause before the voice gets it.

It makes up a life of its own, promises deeds, teaches unasked, gives back its examples or the user's own words, is
sorry for what is no sorrow. A clause takes a tenth of a millisecond, and waits for nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from visavis_agents.plain import content, plain
from visavis_agents.rules.doubt import is_blind, may_be_blind
from visavis_agents.story.telling import Cue

_MACHINE = re.compile(
    r"\b(?:as an? (?:ai|artificial|language|virtual|chat)|ai (?:model|language|assistant)|language model|chatbot|"
    r"openai|chatgpt|i was trained|my training|internet|my (?:creators?|developers?|programming))\b"
)
_OPENS = r"^(?:(?:well|yes|yeah|no|oh|ok|sure|of course|and|but|so|thanks|thank you) )*"
_LIFE = re.compile(
    rf"{_OPENS}(?:i (?:have|had|lived?|was|were|went|go|used to|ate|eat|drank|drink|drive|drove|played?|grew|bought|"
    r"visited|stud(?:y|ied)|learned|loved?|enjoy(?:ed)?|prefer|hated?|saw|watched|met|made|worked?|walked?|slept|"
    r"only have|also|too|just)\b(?! to hear)|my (?!name is vis|pleasure)|"
    r"we (?:have|had|are|were|went|live|can|should)\b|me too|so (?:do|am) i|"
    r"i am (?:a (?!program|computer|small)|an |from |in |at |going |married|\d|hungry|tired|also|too|looking|working))"
)
_DEEDS = re.compile(
    rf"{_OPENS}(?:i (?:will|shall|am going to|can) (?!listen|hear|be (?:here|glad|happy)|see (?:why|that|how)|"
    r"understand|imagine|not imagine|only)|(?:you|i) (?:said|told|mentioned|asked|wanted)\b|let me\b)"
)
_TEACHES = re.compile(
    rf"{_OPENS}(?:it is (?:important|essential|crucial|best|recommended|necessary|always|normal)|that is normal|"
    r"you (?:should|must|need|have to|can|could|may|will|are (?:not )?(?:a|an|the|in|at|going))\b|there (?:is|are)\b|"
    r"remember\b|make sure|try\b|first\b|in (?:conclusion|general|summary)|the (?:best|key|most)\b|do not\b|"
    r"never\b|always\b|people\b|this is (?:a|an|the)\b|here (?:is|are)\b|how about\b|"
    r"(?:an?|the) [a-z]+ (?:is|are|was|were|has|have|can|[a-z]+s)\b)"
)
_GOOD = re.compile(
    rf"{_OPENS}(?:that|it|this) is (?:a|an|the|your) (?:(?:really|very|such) )?"
    r"(?:good|nice|great|fine|sad|bad|happy) (?P<what>[a-z]+)"
)
_MAY_BE_GOOD = frozenset(
    "idea question point plan choice thing news day name feeling way song story hobby place surprise change".split()
)
_OF_WHAT = re.compile(
    r"^what (?:(?:was|is) it about|was the most|did you do wrong|"
    r"would you (?:do|like to know)|do you feel like)|^who is it"
)
_SORRY = re.compile(
    rf"{_OPENS}(?:i am (?:so |very |really )?sorry|sorry|that is (?:a shame|sad|terrible|too bad|hard))\b"
)
_GLAD = re.compile(
    rf"{_OPENS}(?:i am (?:so |very |really )?(?:glad|happy)|(?:that is |that sounds |how )?(?:so |really )?"
    r"(?:wonderful|great|awesome|fantastic|lovely|exciting|good|nice)|congratulations)\b"
)
_SAD = re.compile(
    r"\b(?:not|no|never|nothing|nobody|without|bad|worse|worst|hard|hurts?|sad|sick|ill|los[et]|died|dead|cr(?:y|ies|ied)|"
    r"alone|afraid|angry|hates?|terrible|disgust\w*|annoy\w*|tired|broken?|f[oi]ught|shout\w*|fired|pain|fail\w*|worr\w*|"
    r"nervous|problems?|wrong|shame|unfair|rude|mean|late|cold|miss(?:ed)?|too|gone|stress\w*|empty|difficult|leaving|argu\w*)\b"
)
_NEVER = (_MACHINE, _LIFE, _DEEDS, _TEACHES, _OF_WHAT)
_LIGHT = content(
    "sorry hear want talk know like not do that what how good nice i you my your yes no oh well think tell more glad "
    "happy feel am say said remember hard day help thank question joke time"
)
_SENTENCE = re.compile(r"(?<=[.!?]) +")


def off(clause: str, told: Sequence[str], heard: Sequence[str], examples: Sequence[tuple[str, str]]) -> bool:
    """clause: what a small model is about to say, from the beginning of a sentence on. told, heard: what the user and
    the assistant said lately, the newest last. examples: of questions and answers that the model was shown."""
    words, asked = plain(clause), plain(told[-1]) if told else ""
    if not words:
        return False
    if clause.lower().startswith("then ") or any(pattern.search(words) for pattern in _NEVER):
        return True
    if (good := _GOOD.match(words)) and good["what"] not in _MAY_BE_GOOD:
        return True
    sad = bool(_SAD.search(asked))
    if (_SORRY.match(words) and not sad) or (_GLAD.match(words) and sad):
        return True
    mine, known = content(words), content(" ".join(map(plain, (*told, *heard[-1:]))))
    if re.search(r"\d", words) and not set(re.findall(r"\d+", words)) <= set(re.findall(r"\d+", plain(" ".join(told)))):
        return True
    if len(mine) > 1 and mine <= content(asked):
        return True
    if any(clause.strip() in _SENTENCE.split(line) for line in heard):
        return True
    return any(
        len((mine - known - _LIGHT) & content(plain(f"{question} {answer}"))) > 1 for question, answer in examples
    )


async def sighted(pieces: AsyncGenerator[str | Cue, None], otherwise: str) -> AsyncGenerator[str | Cue, None]:
    """The model's words; `otherwise` in their place where they begin with not seeing, unless that is empty. Only an
    "I'm sorry, I can't" is held back until it shows."""
    begun = ""
    async with aclosing(pieces):
        async for piece in pieces:
            if not otherwise or isinstance(piece, Cue):
                if begun:
                    yield begun
                yield piece
                begun = ""
                continue
            begun += piece
            if is_blind(plain(begun)):
                yield otherwise
                return
            if not may_be_blind(begun):
                yield begun
                begun, otherwise = "", ""
    if begun:
        yield begun
