"""What a small language model must not say to somebody, caught clause by clause before the voice gets it.

It makes up a life of its own, names, figures and what the user is; promises deeds, teaches unasked, gives back its
examples or the user's own words, is sorry for what is no sorrow. Each clause is read together with the beginning of its
sentence; that takes a tenth of a millisecond, and waits for nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from visavis_agents.plain import content, plain
from visavis_agents.rules.doubt import asks, is_blind, may_be_blind
from visavis_agents.rules.verbs import orders
from visavis_agents.story.telling import Cue

_MACHINE = re.compile(
    r"\b(?:as an? (?:ai|artificial|language|virtual|chat)|ai (?:model|language|assistant)|language model|chatbot|"
    r"openai|chatgpt|i was trained|my training|internet|my (?:creators?|developers?|programming))\b"
)
_OPENS = (
    r"^(?:(?:i am (?:so |very |really )?sorry|well|yes|yeah|no|oh|ok|sure|of course|and|but|so|thanks|thank you) )*"
)
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
    rf"{_OPENS}(?:(?:that|it|this) is|what) (?:a|an|the|your) (?:(?:really|very|such) )?"
    r"(?:good|nice|great|fine|sad|bad|happy|big) (?P<what>[a-z]+)"
)
_MAY_BE_GOOD = frozenset(
    "idea question point plan choice thing news feeling hobby surprise memory present change".split()
)
_PLANS = frozenset({"plan", "idea", "choice"})  # these are somebody's own
_MINE = re.compile(r"\b(?:i|we|let us|maybe|then)\b")
_OF_WHAT = re.compile(
    r"^what (?:(?:was|is) it about|was the most|did you do wrong|"
    r"would you (?:do|like to know)|do you feel like)|^who is it"
)
_SORRY = re.compile(
    rf"{_OPENS}(?:i am (?:so |very |really )?sorry|sorry|that is (?:(?:a|such a|really|very) )?(?:shame|pity|sad|"
    rf"terrible|too bad|hard|annoying))\b"
)
_GLAD = re.compile(
    rf"{_OPENS}(?:i am (?:so |very |really )?(?:glad|happy)|(?:that is |that sounds |how )?(?:so |really )?"
    r"(?:wonderful|great|awesome|fantastic|lovely|exciting|good|nice)|congratulations)\b"
)
_LIKES = re.compile(r"\bwhat (?:do|did) you (?:like|enjoy)\b")
_SAD = re.compile(
    r"\b(?:not|no|never|nothing|nobody|without|bad|worse|worst|hard|hurts?|sad|sick|ill|los[et]|died|dead|cr(?:y|ies|ied)|"
    r"alone|afraid|angry|hates?|terrible|disgust\w*|annoy\w*|tired|broken?|f[oi]ught|shout\w*|fired|pain|fail\w*|worr\w*|"
    r"nervous|problems?|wrong|shame|unfair|rude|mean|late|cold|miss(?:ed)?|too|gone|stress\w*|empty|difficult|leaving|burn(?:ed|t)|spilled|forgot|stole|crash\w*|clos(?:ed|ing)|loud|nois(?:e|es|y)|stiff|sore|rain\w*|argu\w*)\b"
)
_INVENTS = re.compile(  # wherever it stands in a sentence
    r"\b(?:i|we) (?:have (?!to hear)[a-z]+|had|saw|heard|went|did|made|met|read|watched|found|looked|checked|remember|"
    r"drank|ate|live|lived|love|used|bought|know (?:that|him|her|them|someone|somebody)|see (?!why|that|how)[a-z]+)\b|"
    r"\b(?:my|our) (?!pleasure|guess|name|mistake|apolog)[a-z]+|\bus\b|"
    r"\bi (?:will|shall|am going to|would be happy to|could|can) (?!not\b|listen|hear|be here|be glad|be happy|imagine|"
    r"see (?:why|that|how)|understand|only|feel|tell (?:that|you are))|\b(?:to|and) (?:find|help|bring|send|show|"
    r"make) you\b|"
    r"\bi (?:am|was) (?:an? (?!program|computer|small)|the |from |in |at |going |married)|\bi (?:also )?like "
    r"(?!to\b|that\b|it\b)|"
    r"\byou (?:should|could|must|need to|have to|can not|can|may|might|said|told|mentioned|asked|wanted)\b|"
    r"\b(?:because (?!you\b)|i was (?:wrong|mistaken)|ask me (?:again|what)|call ahead)\b"
)
_OF_YOU = re.compile(r"\b(?:you (?:have|had|are|were|got)|your)\b")
_ORDERS = re.compile(
    rf"{_OPENS}(?:then )?(?:please )?(?:(?:just|also) )?(?:take|drink|put|use|boil|add|make|call|ask|rest|eat|keep|"
    rf"wait|"
    r"cook|let|have|get|go (?!on)|tell (?!me)|talk to|see|look|turn|stop|start|find|bring|check|give|write|show|"
    r"close|open)\b"
)
_UNABLE = re.compile(
    r"\bi (?:can|do|could) not (?:see|know|find|make|help|do|tell|look|understand|have|think|remember)\b"
)
_NEVER = (_INVENTS, _ORDERS, _MACHINE, _LIFE, _DEEDS, _TEACHES, _OF_WHAT)
_LIGHT = content(
    "sorry hear want talk know like not do that what how good nice i you my your yes no oh well think tell more glad "
    "happy feel am say said remember hard day help thank question joke time most best about first next plan look "
    "forward "
    "happen need enjoy love make long often part kind why when where who so really very much great sound fun lovely "
    "wonderful beautiful exciting pity shame terrible annoying sad strange else then thing please go come something "
    "anything everyone sometimes way work still did with proud better worse difficult easy mind mean did was "
    "feeling idea happened hardest them him her they he she me be been enough little bit already listen"
)
FOREIGN = 3  # content words that nobody used before: then a sentence is about something else
_NAMES = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")  # "I" is none
_SENTENCE = re.compile(r"(?<=[.!?]) +")


def off(sentence: str, told: Sequence[str], heard: Sequence[str], examples: Sequence[tuple[str, str]]) -> bool:
    """sentence: what a small model is about to say, from the beginning of the sentence as far as it is known. told,
    heard: what the user and the assistant said lately, the newest last. examples: of questions and answers that the
    model was shown."""
    words, asked = plain(sentence), plain(told[-1]) if told else ""
    if not words:
        return False
    if sentence.lower().startswith("then ") or any(pattern.search(words) for pattern in _NEVER):
        return True
    mine, asked_of = content(words), content(asked)
    known = content(" ".join(map(plain, (*told, *heard[-1:]))))
    new = mine - known - _LIGHT
    if good := _GOOD.match(words):
        theirs = good["what"] not in _PLANS or _MINE.search(asked) is not None
        if not theirs or (good["what"] not in _MAY_BE_GOOD and not content(good["what"]) <= asked_of):
            return True
    if _UNABLE.search(words) and not (asks(asked) or orders(asked)):
        return True
    sad = bool(_SAD.search(asked))
    if (_SORRY.match(words) and not sad) or ((_GLAD.match(words) or _LIKES.search(words)) and sad):
        return True
    said = " ".join((*told, *heard)).lower()
    if any(name.lower() not in said for name in _NAMES.findall(sentence)):
        return True
    if re.search(r"\d", words) and not set(re.findall(r"\d+", words)) <= set(re.findall(r"\d+", plain(" ".join(told)))):
        return True
    if len(mine) > 1 and mine <= asked_of:
        return True
    if any(sentence.strip() in _SENTENCE.split(line) for line in heard):
        return True
    asks_on = sentence.rstrip().endswith("?") and (len(new) > 1 or not (mine - _LIGHT) & asked_of)
    if len(new) >= FOREIGN or (new and (asks_on or _OF_YOU.search(words))):
        return True
    return any(len(new & content(plain(f"{question} {answer}"))) > 1 for question, answer in examples)


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
