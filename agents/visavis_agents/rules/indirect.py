"""A question as what is asked: "How much does a cloud weigh?" -> "how much a cloud weighs", as one says that one does
not know it.

Only where the sentence is plain enough to be turned round; else empty. Works on plain words. Pure.
"""

from __future__ import annotations

import re

from visavis_agents.rules.memory import to_you
from visavis_agents.rules.verbs import finite, third, verbs

LONGEST = 13  # words of a question that is given back
_WH = r"(?:who|whom|whose|what|when|where|why|how|which)"
_BE = "is|are|was|were|am"
_DO = "do|does|did"
_MODAL = "can|could|will|would|should|must|may|might"
_HAVE = "has|have|had"
_ASKED = re.compile(
    rf"^(?:and |but |so |then )?(?P<wh>{_WH}(?: (?!(?:{_BE}|{_DO}|{_MODAL}|{_HAVE})\b)[a-z0-9'-]+){{0,4}}? )?"
    rf"(?P<aux>{_BE}|{_DO}|{_MODAL}|{_HAVE}) (?P<rest>.+)$"
)
_WHO_DOES = re.compile(r"^(?:who|what|which [a-z]+|whose [a-z]+) (?P<verb>[a-z]+)\b")
_PLACED = re.compile(r"^(?:in|on|at|under|behind|near|next|over|left|wrong|inside|between) ")
_TURNED = re.compile(rf"^{_WH} (?:i|we|they|he|she|it) (?!is\b|was\b|are\b)[a-z]+")  # "Where I can find it?"
_PRONOUN = re.compile(r"^(?:i|you|we|they|he|she|it|there|this|that|these|those|people|one|somebody|anybody) ")
_DETERMINER = re.compile(r"^(?:the|an?|my|your|our|his|her|their|its|this|that|these|those|some|all|any|no) ")
_STATE = re.compile(
    r"(?:open|closed|free|born|called|made|allowed|safe|dangerous|true|possible|real|far|near|good|bad|healthy|made|"
    r"from|in|on|at|for|of|like|near|with|under|behind|too|very|so|really|still|the|an?|"
    r"[a-z]{3,}(?:ed|ing|ble|ful|ous))$"
)
_SMALL = re.compile(r"(?:in|on|at|for|of|like|with|than|to|from|about|by)$")
_AT_THE_END = re.compile(r"^(?:open|closed|born|called|made|from|for|like|[a-z]{3,}ed)$")


def indirect(words: str) -> str:
    """words: of a question, plain ones. From the answerer's side: "my" is "your" in it."""
    words = re.sub(r"^(?:and|but|so|then) ", "", words)
    if len(words.split()) > LONGEST:
        return ""
    if (found := _WHO_DOES.match(words)) and found["verb"] in finite():
        return _turned(words)
    if _TURNED.match(words):
        return _turned(words)
    found = _ASKED.match(words)
    if found is None:
        return ""
    if found["rest"].startswith("not "):
        return ""
    if len((found["wh"] or "").split()) > 2 and re.fullmatch(r"[a-z]+(?:ing|ed)", found["rest"]):
        return _turned(words)  # "how many people are waiting"
    wh, aux, rest = (found["wh"] or "whether ").strip(), found["aux"], found["rest"]
    made = _being(aux, rest, wh) if aux in _BE.split("|") else _doing(aux, rest)
    return _turned(f"{wh} {made}") if made else ""


def _being(aux: str, rest: str, wh: str) -> str:
    """ "the shop open" -> "the shop is open"."""
    if found := _PRONOUN.match(f"{rest} "):
        return _joined(found[0].strip(), aux, rest[len(found[0]) :])
    if _PLACED.match(rest) and wh != "whether":
        return f"{aux} {rest}"
    if re.search(r"\b(?:that|which|who|when|if)\b", rest):
        return ""
    said = rest.split()
    at = 2 if _DETERMINER.match(rest) else 1
    if wh in ("whether", "why", "how"):
        alone = at == len(said) - 1 or (at < len(said) - 1 and _SMALL.match(said[at + 1]))  # "angry with"
        at = next((n for n in (at, at + 1) if n < len(said) and (alone or wh != "whether" or _STATE.match(said[n]))), 0)
    else:
        at = len(said) - (len(said) > 1 and bool(_AT_THE_END.match(said[-1])))
    return _joined(" ".join(said[:at]), aux, " ".join(said[at:])) if at else ""


def _doing(aux: str, rest: str) -> str:
    """ "does", "a cloud weigh" -> "a cloud weighs"; "can", "i swim" -> "i can swim"."""
    said = rest.split()
    if _PRONOUN.match(rest):
        at = 1
    else:
        first = 2 if _DETERMINER.match(rest) else 1
        at = next((n for n in range(first, min(len(said), first + 4)) if said[n] in verbs()), 0)
        at += at + 1 < len(said) and said[at] in verbs() and said[at + 1] in verbs()  # "the first train run"
    if aux in _HAVE.split("|"):
        at = at or (1 if _PRONOUN.match(rest) else 0)
        return _joined(" ".join(said[:at]), aux, " ".join(said[at:])) if at and at < len(said) else ""
    if not at or at >= len(said):
        return ""
    subject, verb, more = " ".join(said[:at]), said[at], " ".join(said[at + 1 :])
    if aux in _MODAL.split("|"):
        verb = f"{aux} {verb}"
    elif verb == "not" or verb not in verbs():
        return ""
    elif aux == "does":
        verb = third(verb)
    elif aux == "did":
        verb = verbs()[verb]
    return _joined(subject, verb, more)


def _joined(subject: str, verb: str, more: str) -> str:
    if subject == "you":
        subject, verb = "I", {"are": "am", "were": "was"}.get(verb, verb)
    return f"{subject} {verb} {more}".strip()


def _turned(words: str) -> str:
    """From the other side."""
    words = re.sub(r"\b(if|that|when|because|where|what|how) you\b", r"\1 I", words)  # an object would be "me"
    said = to_you(words).removesuffix(".")
    return f"{said[:1].lower()}{said[1:]}"
