"""Is somebody telling something, or do they want an answer? The words of a turn so far say it; pure.

A question or a request is over when it sounds over. A sentence that only tells something ("It was the season of
light.") may be followed by the next one, and nobody waits for an answer to it: `patience.py` leaves time there.
"""

from __future__ import annotations

import re

SHORTEST = 4  # words; what is shorter is an answer, an exclamation, a thank-you
LONG = 8  # words; nobody asks for something at such length without a word that asks

_WORD = re.compile(r"[a-z0-9']+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+")
_LEADING = frozenset(
    "and so but well oh then or also now yes yeah no okay ok um uh maybe perhaps anyway actually because like".split()
)
_JOINING = frozenset("and so but because".split())  # it goes on with what was said before
_DOERS = frozenset("i we he she it they you there that this i'm we're he's she's it's they're that's".split())
_WITH = frozenset("in on at by for with without from like and or to".split())
_SUBJECT = frozenset(
    "i i'm i've i'll i'd it it's it'll its we we're we've we'll he he's she she's they they're they've there there's "
    "this these those that that's the a an my our his her their your you you're some one if after before while since "
    "although as in on at by for with from during".split()
)
_ASKING = frozenset(
    "what who whose where when which why how is are am was were do does did can could will would shall should may "
    "might have has had please tell don't let let's draw paint make set play show give get bring read write sing "
    "count spell translate open close turn find take put say explain describe start stop call order add look go ask "
    "repeat wake gimme think imagine guess change use try keep save search".split()
)
_VERB = frozenset("is was were are has had have would will could should did does isn't wasn't said says".split())
_WANTED = re.compile(
    r"\b(please|i(?:'d| would| will|'ll) (?:like|love|have|take)|i (?:want|need|wish|wonder|have a question|forgot|"
    r"can't|cannot|lost|like an?)|want(?:ed)? (?:to|you)|looking for|tell me|help|(?:can|could|would|will|do) you|"
    r"my name|name is|call me|thank\w*|good (?:morning|evening|night|afternoon)|you (?:should|must|can|have to|"
    r"need to)|remember|remind|that's (?:all|it|right|wrong|not))\b"
)
# "I want to write a book about it": a plan, and no wish that the listener could meet.
_PLANNED = re.compile(
    r"\bi (?:want|need) to (?!(?:know|hear|see|learn|order|book|ask|play|draw|talk|speak|find|buy|get|have|listen|"
    r"watch|go|set|make a|cancel|change|reach|call)\b)"
)


def telling(text: str) -> bool:
    """Does the last sentence only tell something? False where that is not clear."""
    *before, last = _SENTENCE_ENDS.split(text.lower().strip())
    if before and _hangs_on(_WORD.findall(last)):
        last = f"{before[-1]} {last}"
    words = said = _WORD.findall(last)
    while words and words[0] in _LEADING:
        words = words[1:]
    if len(said) < SHORTEST or not words or last.endswith("?") or words[0] in _ASKING:
        return False
    if _WANTED.search(_PLANNED.sub("", last) if len(said) >= LONG else last):
        return False
    if len(said) >= LONG or not _JOINING.isdisjoint(said[: len(said) - len(words)]):
        return True
    if len(words) < SHORTEST:
        return False
    return words[0] in _SUBJECT or not _VERB.isdisjoint(words[1:SHORTEST])


def begins_only(text: str) -> bool:
    """Does it go on with what was said before, and say nothing of it yet? "And so my fellow citizens."."""
    words = _WORD.findall(_SENTENCE_ENDS.split(text.lower().strip())[-1])
    return (
        SHORTEST <= len(words) < LONG
        and words[0] in _JOINING
        and _DOERS.isdisjoint(words)
        and _VERB.isdisjoint(words)
        and telling(text)
    )


def _hangs_on(words: list[str]) -> bool:
    """Is this no sentence, but a piece of the one before ("With a little sugar.")?"""
    return bool(words) and words[0] in _WITH and len(words) < LONG and _VERB.isdisjoint(words)
