"""Questions about what was seen before: where something is, what a sign said, what has changed, what was held."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, rule

_OURS = r"(?:my|our|the|that|this|a|an|any|some)"
_NO_THING = (
    r"(?!(?:\w+ )?(?:film|movie|news|game|match|show|episode|series|video|time|weather|point|difference|problem"
    r"|world|sea|"
    r"ocean|moon|sun|president|king|queen|eiffel|answer|news|play|concert|sunset|stars?|joke)\b)"
)
_LATELY = (
    r"(?: (?:anywhere|lately|recently|today|somewhere|around|here|before|last|earlier|just now|a moment ago|again))*"
)
_WRITTEN = (
    r"(?:sign|label|note|card|paper|page|letter|screen|text|board|poster|book|box|packet|package|bottle|shirt|badge"
    r"|menu|"
    r"ticket|receipt|newspaper|envelope|display|cover|can|bag|door|list|message|it)"
)


def _thing(found: re.Match[str], _: str) -> Route:
    return Call("where_seen", {"thing": found["thing"]})


RULES: tuple[Rule, ...] = (
    rule(rf"^where (?P<thing>(?:my|our) {_NO_THING}[a-z' ]{{2,40}}?) (?:is|are|was|were|went|could be)$", _thing),
    rule(
        r"^(?:forget|erase|delete|clear) (?:everything |all |all of )?(?:(?:about )?(?:what |that )?"
        r"you(?: have)?(?: ever| just)? "
        r"(?:see|saw|seen|looked at)|(?:the|my|your|those|these|all the|all my|all)? ?(?:pictures?|frames?|images?"
        r"|photos?)"
        r"(?: of me)?(?: (?:you|that you) (?:have|saw|took|kept).*)?|your visual memory)(?: so far| before)?$",
        Call("forget_seen", {}),
    ),
    rule(
        r"^(?:do not|never|stop) (?:remember(?:ing)?|keep(?:ing)?|stor(?:e|ing)|sav(?:e|ing)) (?:(?:what"
        r"|anything) you (?:see|saw)"
        r"|(?:any |the |my )?(?:pictures?|frames?|images?|photos?))$",
        Call("remember_seen", {"allowed": False}),
    ),
    rule(
        r"^(?:you (?:may|can) |please |always )?(?:remember|keep|store|save) (?:what you(?: have)? (?:see|saw|seen)|"
        r"(?:the|my|these|those) (?:pictures?|frames?|images?|photos?))$",
        Call("remember_seen", {"allowed": True}),
    ),
    rule(
        r"^(?:do you (?:know|remember) )?where (?:is|are|was|were|did (?:i|we|you) (?:put|leave|lay|last see|see)|"
        rf"have (?:i|we) (?:put|left)|could|can)(?: be)? (?P<thing>(?:my|our) {_NO_THING}[a-z' ]{{2,40}}?)(?: be)?"
        rf"{_LATELY}(?: is| are)?$",
        _thing,
    ),
    rule(
        r"^(?:do you (?:know|remember) )?where (?:did (?:i|we|you) (?:put|leave|lay|last see|see)|have (?:i"
        r"|we) (?:put|left)) "
        rf"(?P<thing>{_OURS} {_NO_THING}[a-z' ]{{2,40}}?){_LATELY}$",
        _thing,
    ),
    rule(
        r"^(?:(?:have|did) you (?:ever |already )?(?:see|seen)|(?:have|did) i (?:already |ever )?(?:show"
        r"|shown)(?: you)?|"
        r"when did you (?:last )?see|do you (?:know|remember|recognise|recognize)) (?:this|that|it)(?: one| thing"
        r"| here)?"
        r"(?: (?:before|already|earlier|again))+$|^do you recogni[sz]e (?:this|it)$",
        Call("seen_before", {}),
    ),
    rule(
        rf"^(?:have|did) you(?: just)? (?:seen|see|notice|noticed|spot"
        rf"|spotted) (?P<thing>{_OURS} {_NO_THING}[a-z' ]{{2,40}}?)"
        rf"{_LATELY}$",
        _thing,
    ),
    rule(
        rf"^when (?:did|have) you (?:last )?(?:see|seen|saw) (?P<thing>{_OURS} {_NO_THING}[a-z' ]{{2,40}}?){_LATELY}$",
        _thing,
    ),
    rule(
        rf"^(?:tell me again )?what did (?:the|that|my|this)? ?(?:[a-z]+ )?{_WRITTEN} say\b.*$|"
        rf"^what (?:was|did it say)(?: written)? on (?:the|that|my|this) (?:[a-z]+ )?{_WRITTEN}\b.*$|"
        r"^what (?:did you (?:just )?read|was (?:the text|written (?:there|on it)))(?: .*)?$|"
        rf"^(?:do you remember )what (?:the|that|my) (?:[a-z]+ )?{_WRITTEN} said$",
        Call("what_it_said", {}),
    ),
    rule(
        r"^what (?:has |is |have i |did i )?(?:just )?(?:changed?|different|new here)(?: (?:here|there|since .*"
        r"|in the .*|"
        r"on the .*|in front of .*|from before))*$|^(?:has|did) (?:anything|something) changed?(?: .*)?$",
        Call("what_changed", {}),
    ),
    rule(
        r"^what (?:was|were|did|have) i (?:just |last )?(?:holding|hold|held|showing|show|shown)(?: you| up)*"
        r"(?: (?:before|earlier|just now|last|a (?:moment|minute|while) ago|in my hands?|then|first))*$|"
        r"^what did i (?:just )?have in my hands?(?: .*)?$|^what was in my hands?(?: .*)?$",
        Call("held_before", {}),
    ),
    rule(
        r"^what (?:have you|did you) (?:just )?(?:seen|see|notice|noticed)(?: (?:so far|before|today|earlier|until"
        r"|lately|"
        r"since .*|a (?:moment|minute|while) ago|in the last .*|here))*$|^what do you remember (?:seeing"
        r"|of what you saw)$",
        Call("seen_so_far", {}),
    ),
)
