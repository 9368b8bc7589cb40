"""Looking through the camera."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, rule


def _look(_: re.Match[str], text: str) -> Route:
    return Call("look", {"question": text})


# Things near the speaker that a question is about; "this week" or "that song" are none of them.
_NOT_SEEN = (
    r"(?! (?:week|month|year|morning|evening|afternoon|weekend|song|story|joke|game|word|question|way|"
    r"time|day|sort|kind|all about|about|supposed)\b)"
)

_VISIBLE = "one|number|thing|object|animal|bird|plant|flower|tree|fruit|letter|word|sign|brand|card|book|shape|tool|car"

RULES: tuple[Rule, ...] = (
    rule(r"^(?:do you )?see me$", Call("look", {"question": "Do you see me?"})),
    rule(
        r"^(?:what|who|whom|which|how many|how much)\b.*\b(?:can|do|are) you (?:see|seeing|looking at)\b|"
        r"^(?:can|do) you see (?!what i mean|the (?:point|difference|problem)|why|how)|^see (?:me|this|that|"
        r"it|my \w+|us|anything|what i .*)$",
        _look,
    ),
    rule(
        r"^look(?: at (?!the (?:bright|time)).*| here| around| closely| again| carefully)?$|\bin front of "
        r"(?:me|you|the camera)\b|\bthrough (?:the|my|your) camera\b",
        _look,
    ),
    rule(
        rf"^(?:and )?what (?:is|are|am)(?: in)? (?:this|that|these|those|it){_NOT_SEEN}(?: (?:here|thing|"
        rf"things|in my hand|called|i am holding|i have|over there|object))*$",
        _look,
    ),
    rule(
        rf"^(?:(?:what|which|who|is|are|read|compare|look at|do you|this|these)\b.*)?\b(?:this|these){_NOT_SEEN}"
        r"(?: \w+)? "
        rf"(?:or|and|with|than|as)(?: what is)? (?:this|that|these|those){_NOT_SEEN}(?: \w+)*$",
        _look,
    ),
    rule(
        r"^(?:who (?:was|were) (?:that|it|those)|"
        r"what (?:was|were) (?:that|those)(?: \w+)? (?:thing|things|there|just now|you saw)|"
        r"did you (?:just )?see (?:that|him|her|it|them)|what did i (?:just )?(?:show|hold|point).*|"
        r"(?:what|who)(?: just)? (?:went|flew|came|ran|walked|drove) (?:by|past|through|in|there).*)$",
        _look,
    ),
    rule(
        rf"^(?:what|which) (?:(?:{_VISIBLE})s? )?(?:is|are)(?: on| in)? (?:this|that|these|those){_NOT_SEEN}(?: one)?$",
        _look,
    ),
    rule(r"^(?:tell me )?(?:what|who) (?:this|that|it|these|those) (?:is|are|says?)$", _look),
    rule(
        r"\b(?:what|which|how many)\b.*\b(?:am i|i am|are we) (?:holding|wearing|showing|pointing|looking at|"
        r"carrying)\b",
        _look,
    ),
    rule(r"^why can(?: you)? not(?: you)? see(?: me| anything| it| this| that)?$", _look),
    rule(r"^(?:what|how many|which|who|is|are)\b.*\bin my hands?\b", _look),
    rule(
        r"^(?:read|what does|what do(?! you (?:say|think|make|mean)\b))\b.*"
        r"\b(?:this|that|it|sign|text|label|paper|card|screen|page|board|letter)\b(?! mean| means| do| cost| "
        r"feel| matter| take| work).*$",
        lambda f, t: (
            None
            if re.search(r"\b(?:mean|means|stand for|cost|do|eat|eats|look like|like|want|need)$", f[0])
            and not re.search(r"\bsay\b", f[0])
            else _look(f, t)
        ),
    ),
    rule(
        r"^what (?:is|does it say) (?:written|the text|on (?:the|this|that|my) (?:sign|label|card|paper|"
        r"board|screen|page|shirt|table|desk)).*$",
        _look,
    ),
    rule(
        r"^(?:how many|are there any|is there an?|is there any|is any|who is|is (?:any|some)(?:body|one))\b.*"
        r"\b(?:people|person|faces?|hands?|fingers?|anybody|anyone|somebody|someone)\b(?: (?:here|there|in "
        r"(?:the|this) (?:room|picture|photo|frame)|are there|can you see|do you see|am i (?:holding|"
        r"showing)|with me|behind me|next to me|beside me|up|do i hold up|is there|in sight|around))*$",
        lambda f, t: (
            None if re.search(r"\b(?:live|lived|died|born|have|does|do)\b(?! you| i hold)", f[0]) else _look(f, t)
        ),
    ),
    rule(r"^who (?:is|am i) (?:here|there|that|this|with me|behind me|next to me)$", _look),
    rule(
        r"^(?:what|which) colour (?:is|are) (?:this|that|it|these|those|my (?!favourite|eyes supposed))\b ?.*$", _look
    ),
    rule(
        r"^describe (?:this|that|the (?:room|scene|picture|view|image)|what you see|my surroundings|what is "
        r"in front of me|it).*$|^tell me (?:about )?what you see.*$|^tell me about (?:my surroundings|the "
        r"(?:room|view|scene) (?:around|in front).*)$",
        _look,
    ),
    rule(
        r"^(?:how do i look|what do i look like|what am i wearing|am i (?:smiling|wearing (?:glasses|a hat)).*)$", _look
    ),
)
