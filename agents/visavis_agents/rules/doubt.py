"""Is it a plain question of fact about the world? A small model answers those fluently and often wrongly.

Opinions, advice, stories and anything about the two who talk are none: nothing can be wrong with those in that way.
"""

from __future__ import annotations

import re

_MORE = (
    r"(?:bigg|larg|small|tall|short|high|low|long|heavi|light|fast|quick|slow|farth|furth|clos|near|hott|warm|cold|cool|"
    r"old|young|new|deep|wid|rich|strong|weak|great|thick|hard|bright|loud)er|weighs? more|lives? longer|"
    r"more (?:ancient|distant)"
)
_FACT = re.compile(
    r"^(?:and |but )?(?:"
    r"who (?:is|was|were|are|wrote|made|invented|discovered|painted|built|won|founded|directed|played|"
    r"sang|became|killed|composed|designed|owns|runs|said|created|has|did|rules|ruled|lives|starred)\b"
    r"|(?:when|in (?:what|which) year|what year) (?:is|was|were|are|did|does|do|will|has)\b"
    r"|where (?:is|are|was|were|does|do|did|can) (?!(?:i|we) \b)"
    r"|how (?:many|much|tall|high|deep|old|big|large|long|far|fast|heavy|hot|cold|wide|often|early|late|"
    r"strong|rich|expensive)\b"
    r"|(?:what|which) (?:is|was|are|were) (?:the |a |an )?(?:[a-z]+ ){0,3}(?:capital|population|height|"
    r"length|size|name|currency|language|distance|weight|age|depth|speed|temperature|president|king|"
    r"queen|mayor|"
    r"prime minister|formula|symbol|date|year|author|number|price|cost|melting point|boiling point|"
    r"largest|biggest|smallest|tallest|longest|oldest|highest|fastest|deepest|richest|most [a-z]+)\b"
    r"|(?:what|which) (?:country|countries|city|year|river|mountain|planet|animal|president|king|queen|"
    r"state|continent|ocean|language|century|company|team|player|actor|element|metal|band|author|day|"
    r"ingredient|vitamin)s?\b"
    rf"|(?:which|what|who)(?: (?!do|does|did|can|should)\w+){{0,3}} (?:is|are|was|were|has|weighs|runs|lives|"
    rf"{_MORE})\b.*\b(?:{_MORE})\b|what is the difference between\b|what (?:does|do) (?:an? )?[a-z]+ do$|"
    r"how (?:does|do|did) (?:an? |the )?[a-z ]+ (?:work|happen|form|made|survive)$|is it true (?:that )?"
    r"|why (?:is|are|was|were|do|does|did|can|has|have) "
    r"(?!(?:this|that|it|he|she|they|there|nobody|everybody|people)\b)"
    r"|how do you say\b|what does .* mean$|what is the (?:meaning|definition) of (?!life|love|it all)|"
    r"define\b|translate\b|what is .* in (?:french|german|spanish|italian|latin|chinese|japanese)$"
    r"|(?:is|are|was|were|does|did|do|has|can) (?!(?:i|you|we|it|this|that|there|he|she|they|my|your|our|"
    r"me)\b)(?:the |a |an )?[a-z' ]+$"
    r")"
)
_NOT = re.compile(
    r"\b(?:i|me|my|mine|we|us|our|you|your|yours|myself|yourself)\b|\b(?:do you think|should|favourite|"
    r"feel(?! pain)|best way|opinion|imagine|would be|funniest|nicest|worst)\b|\b(?:story|joke|poem)\b|^how "
    r"(?:much|far|long) (?:longer|more)$"
)


_QUESTION = re.compile(
    r"^(?:and |but )?(?:who|whom|whose|what|when|where|why|how|which|is|are|was|were|do|does|did|can|"
    r"could|may|must|will|has|have|should)\b"
)


def asks(text: str) -> bool:
    """Any question. text: plain words."""
    return bool(_QUESTION.match(text))


def asks_a_fact(text: str) -> bool:
    """text: plain words (`plain.py`)."""
    return bool(_FACT.match(text)) and not _NOT.search(text)


_BLIND = re.compile(r"(?:i am sorry |sorry |no )*i can not (?:see|look|watch|read)\b")
_SIGHT = re.compile(
    r"\b(?:see|seen|sees|saw|look|looks|looking|watch|watching|camera|picture|photo|show|showing|shown|colou?rs?|wearing|"
    r"wear|holding|hold|read|reading|written|writing|face|eyes?|glasses|visible|sight|blind|pretty|beautiful|handsome)\b"
)
_BEGUN = frozenset("i m am sorry no can t not cannot".split())


def is_blind(said: str) -> bool:
    """ "I can't see that.": plain words of the assistant's."""
    return _BLIND.match(said) is not None


def may_be_blind(said: str) -> bool:
    """Whether these first words of the assistant's, as they are, may become an "I can't see that."."""
    return _BEGUN.issuperset(re.findall("[a-z]+", said.lower()))


def of_sight(words: str) -> bool:
    """Whether plain words are about something that a camera could show."""
    return _SIGHT.search(words) is not None
