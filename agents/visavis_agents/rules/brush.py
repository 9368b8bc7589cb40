"""Drawing: new pictures, what the camera shows, stopping. (Changes depend on there being a picture: `changes.py`.)"""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, rule

VERB = r"(?:draw|paint|sketch|illustrate|doodle)"
PICTURE = r"(?:picture|drawing|painting|image|sketch|illustration|portrait|photo)"
_MAKE = (
    rf"(?:(?:make|create|generate|do|show|give|produce|i (?:want|would like|need)|(?:can|could|may) i (?:have|get|"
    rf"see)|"
    rf"let us (?:make|have))(?: (?:me|us))? (?:an?|another|some|the) (?:(?!of )[a-z]+ ){{0,2}}{PICTURE}s?(?: of|"
    rf" with| showing)|"
    rf"(?:an?|another) {PICTURE} of)"
)
_IDIOM = (  # draw, but with no brush
    r"(?!(?:the |my |your )?(?:curtains?|blinds?|conclusions?|attention|blank|a blank|a bath|lots|straws|breath|"
    r"a line under|"
    r"the line\b|a (?:gun|weapon|sword|card|number|name|ticket|conclusion|distinction|comparison)$))"
)
OTHER = (
    r"(?:again|once more|one more time|anew|over|over again|differently|another way|(?:in )?a different way|"
    r"from scratch)"
)
IT = (
    rf"(?:it|this|that|them|these|those|him|her|everything|the (?:whole )?(?:{PICTURE}|thing|scene)|this {PICTURE}|"
    rf"that {PICTURE})"
)
A_THING = (
    r"(?:(?:the|his|her|its|their|that|this|both|all(?: the| of the)?) (?!list|timers?|alarms?|"
    r"reminder)[a-z0-9' ]{2,40}?)"
)

NICE = "something nice"  # what is drawn where the choice is ours
_WISH = (
    r"(?:like(?: best| most)?|love|want(?: to)?|wish|prefer|choose|find (?:nice|beautiful|interesting)|"
    r"would like(?: to)?|think of|please|can)"
)
_ANYTHING = (
    rf"(?:(?:something|anything|some ?thing|whatever|what)(?: else)?(?: that)? you(?: really)? {_WISH}(?: {VERB})?|"
    r"(?:something|anything)(?: (?:really|very|else))?(?: (?:nice|beautiful|pretty|lovely|random|fun|funny|"
    r"cool|cute|colourful|creative|new|"
    r"different|happy|cheerful|interesting|good|special|surprising|for me|you know|of your (?:own )?choice|else))*|"
    r"(?:your (?:favourite (?:thing|animal|picture|scene)|choice))|surprise(?: (?:me|us|picture))?|nice "
    r"(?:scene|picture|thing)|"
    r"(?:random|nice) (?:thing|scene))"
)

_NO_THING = re.compile(r"(?:it|that|this|them|me|us|you|him|her|one|there|again)(?: .{0,12})?|in|out|up|back|near")

RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:(?:stop|quit|cancel|abort|end)(?: (?:the|this|that|your))? (?:drawing|painting|sketching|"
        rf"{PICTURE})(?: .{{0,20}})?|"
        rf"(?:do not|you do not (?:have|need) to|no need to) {VERB}(?: (?:it|that|this|anything|any more|anymore|"
        rf"{PICTURE}))*)$",
        Call("stop_drawing"),
    ),
    rule(
        rf"^{VERB}(?: (?:me|us))? (?:(?:a {PICTURE} of )?(?:what(?:ever)? you (?:can )?(?:see|are seeing|"
        rf"are looking at)|"
        r"(?:everything|all)(?: that)? you (?:can )?see|what is (?:in front of (?:you|me|the camera)|here|there|"
        r"on (?:the )?camera)|"
        r"what (?:the|my|your) camera (?:sees|shows)|(?:this|the) (?:room|view|scene)))"
        r"(?: (?:as|like|in the style of) (?P<like>.+))?$",
        lambda f, t: _seen("", f["like"]),
    ),
    rule(
        rf"^(?:{VERB}|turn|make|change|transform|show|imagine)(?: me)? (?P<what>me|us|this|that|these|"
        rf"my [a-z]+(?: [a-z]+)?) "
        r"(?:as|into|like) (?P<like>(?!it\b|that\b|this\b|i\b|you\b).+)$",
        lambda f, t: _seen(
            "me" if f["what"] == "us" else "this" if f["what"] in ("that", "these") else f["what"], f["like"]
        ),
    ),
    rule(
        rf"^(?:{VERB} (?:me|us|my (?:face|portrait))|(?:{VERB}|{_MAKE})(?: (?:a|my) {PICTURE} of)? (?:me|us))$",
        lambda f, t: _seen("me", ""),
    ),
    rule(
        rf"^{VERB} (?:this|what i am holding|what i have (?:here|in my hands?))(?: here)?$",
        lambda f, t: _seen("this", ""),
    ),
    rule(
        rf"^(?:{VERB}|do|make|try) (?:it|that|this|the (?:same )?(?:{PICTURE}|thing|one)) {OTHER}$",
        lambda f, t: Call("edit", {"request": t}),
    ),
    rule(
        rf"^(?:(?:{_MAKE}|{VERB})(?: (?:me|us))? ?(?:an?|some|another)? ?(?:(?:{PICTURE}|scene) (?:of )?)?{_ANYTHING}|"
        rf"surprise (?:me|us) with (?:an?|another|your) (?:{PICTURE})|{VERB}(?: (?:me|us))? (?:an?|another) {PICTURE}|"
        rf"(?:what do you (?:like|want) to|what would you like to) {VERB}|{VERB} (?:by|for) yourself)$",
        Call("draw", {"prompt": NICE}),
    ),
    rule(
        rf"^(?:{_MAKE}|{VERB} {_IDIOM}(?:(?:me|us)(?= an? | some | the | \d|$)(?: |$))?(?:(?:an?|another|"
        rf"some) {PICTURE}s? (?:of|with) )?)"
        r" ?(?P<what>.+)$",
        lambda f, t: None if _NO_THING.fullmatch(f["what"]) else Call("draw", {"prompt": f["what"]}),
    ),
    rule(
        rf"^(?:{VERB}|(?:can|could|will) you {VERB})(?: (?:something|anything))?$",
        Call("draw", {"prompt": NICE}),
    ),
    rule(
        r"^(?:what (?:did|have|are|were) you (?:just )?(?:draw|drawn|drawing|paint|painted|painting)|"
        r"what is (?:in|on) (?:the|your|that|this) (?:drawing|painting|sketch)|describe (?:the|your|this|"
        r"that) (?:drawing|painting|sketch))"
        r"(?: (?:there|now|just now|for me|last))?$",
        Call("what_is_drawn"),
    ),
)


def _seen(what: str, like: str | None) -> Route:
    return Call("draw_seen", {key: value for key, value in (("what", what), ("like", like or "")) if value})
