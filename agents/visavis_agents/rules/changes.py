"""Changes of the picture that was drawn last: "bigger", "add a tree", "make it night", "undo that", "draw it again".

Asked only where there is a picture; even so "make it louder" and "add milk to the list" are none.
"""

from __future__ import annotations

import re

from visavis_agents.rules.brush import A_THING, IT, OTHER, PICTURE, VERB

_LOOKS = (
    r"big|bigger|large|larger|huge|small|smaller|tiny|tinier|tall|taller|short|shorter|wide|wider|fat|fatter|thin|"
    r"thinner|"
    r"dark|darker|bright|brighter|light|lighter|colou?rful|happy|happier|sad|sadder|funny|funnier|scary|scarier|"
    r"cute|cuter|"
    r"nice|nicer|pretty|prettier|sunny|sunnier|cloudy|rainy|snowy|old|older|young|younger|red|redder|green|greener|"
    r"blue|bluer"
)
_NO_PICTURE = re.compile(
    r"\b(?:loud|quiet|soft|fast|slow|quick|sooner|later|early|earlier)(?:er|ly)?\b|"
    r"\b(?:lists?|reminders?|timers?|alarms?|calendar|notes?|memory|facts?|minutes?|hours?|seconds?|o'clock|volume|"
    r"voice|"
    r"question|comment|subject|topic|language|music|song|story|joke|name|sum|numbers?|address|conversation|"
    r"recording|camera|"
    r"microphone|tv|television|radio|lights? (?:on|off)|everything you know|watch(?:es|ing)?)\b|"
    r"^(?:turn|switch|put) (?:it|that|them|the \w+) (?:on|off|up|down)$|^(?:make|let) it (?:stop|happen|work|quick|"
    r"go away)$|"
    r"\d+ (?:and|plus|to|from) \d+"
)
_UNDO = re.compile(
    r"(?:undo|undo (?:it|that|this|the last (?:one|change|thing|step)|your last change)|take (?:that|it) back|"
    r"revert(?: (?:it|that|this))?|(?:change|put|turn) (?:it|that) back(?: again)?|(?:go|step) back (?:one step|"
    r"to the (?:one|picture) "
    rf"before|to how it was)(?: before)?|(?:show me )?the (?:one|{PICTURE}) before|(?:it|that) was better before|"
    rf"back to the (?:last|previous|old) (?:one|{PICTURE})|i liked? (?:it|the (?:one|"
    rf"{PICTURE})) (?:better )?before(?: better)?)"
)
_AGAIN = re.compile(
    rf"(?:{VERB}|do|make|try)(?: (?:it|that|this|the (?:same )?(?:{PICTURE}|thing|one)))? {OTHER}|"
    rf"(?:{VERB}|make|show|give|try)(?: me)? (?:another|a different|a new) (?:one|version|{PICTURE} of (?:it|that|"
    rf"the same))|"
    rf"the same(?: {PICTURE})? again"
)
_CHANGES = tuple(
    re.compile(rf"^(?:{pattern})$")
    for pattern in (
        rf"(?:(?:now|and|but) )?(?:make|turn|change|colou?r|paint|draw|dye) (?:{IT}|{A_THING})(?: look| to look|"
        rf" be| get)?"
        rf" (?:to |into |in |at |like |as |with |on )?(?!again\b|over\b|once\b).{{2,80}}",
        rf"(?:(?:a (?:bit|little|lot)|much|even|still|way|more|less|not so|not as|too) )*(?:{_LOOKS})",
        r"(?:and |now |also )?(?:add|put|place|insert|include|draw in|paint in|stick|hang|plant) "
        r"(?:(?:in|also) )?(?:an?|some|the|\d+|two|three|four|five|more|another|many|lots of|a few|it|him|her|"
        r"them|his|its) .{2,80}",
        rf"(?:give|get|buy) (?:it|him|her|them|{A_THING}) (?:an?|some|\d+|two|three|more|another|the) .{{2,60}}",
        rf"(?:remove|delete|erase|take away|take out|get rid of|cut out|rub out|drop|lose|hide|leave out|without) "
        rf"(?:{A_THING}|the .{{2,40}}|one .{{2,40}}|all .{{2,40}}|it|them|him|her)",
        rf"(?:take|get) (?:{A_THING}|it|them|him|her) (?:away|out|off)(?: again)?",
        rf"(?:move|shift|push|bring|put|swap|flip|rotate|turn|place) (?:{IT}|{A_THING})(?: (?:a (?:bit|little)|"
        rf"further|more|over|all the way))*"
        r" (?:to the |to |on the |in the |into the |further |more )?(?:left|right|up|down|upwards?|downwards?|"
        r"middle|cent(?:re|er)|top|bottom|"
        r"back|front|background|foreground|closer|away|higher|lower|around|upside down|(?:behind|next to|beside|"
        r"in front of|under|on|above|below|near) .{2,40}).{0,30}",
        rf"(?:replace|swap|exchange|switch) (?:{IT}|{A_THING}|an? .{{2,30}}) (?:with|by|for|and|against|"
        rf"into) .{{2,60}}",
        r"(?:(?:draw|make it|use|take|i (?:want|would like|prefer)) )?(?:an? |the |"
        r"some )[a-z ]{2,40} instead(?: of .{2,40})?",
        rf"(?:and )?(?:{VERB} )?(?:an?|some|\d+|two|three|another|more) .{{2,40}} (?:too|as well|also)",
        rf"(?:and )?(?:{VERB} )?(?:an?|some|\d+|two|three|another|more) .{{2,40}} (?:next to|beside|behind|on|"
        rf"under|above|"
        rf"over|in front of"
        r"|near|with|for|around) (?:it|him|her|them|that)",
        r"(?:(?:\d+|two|three|four|five|some|many|a few|lots of|one|a lot) )?(?:more|fewer|less|another) (?!one\b|"
        r"time\b|thing\b|"
        r"about\b|of\b|than\b|or\b|details?\b|slow|quick|"
        r"loud|quiet|joke|riddle|fact|poem|information|help|please\b|like\b)[a-z ]{3,30}",
        r"(?:now |but |and )*(?:at (?:night|sunset|sunrise|dawn|dusk|noon|christmas|the (?:beach|sea|zoo|farm))|"
        r"in (?:the )?(?:winter|summer|autumn|fall|spring|"
        r"snow|rain|forest|desert|city|sea|sky|space|mountains|night|dark|fog|black and white|colou?r|red|blue|"
        r"green|yellow|pink|purple|orange)|"
        r"(?:with|without) (?:an?|some|more|\d+|the|any) [a-z ]{3,40}|as an? [a-z ]{3,40})",
    )
)


def is_undo(words: str) -> bool:
    return _UNDO.fullmatch(words) is not None


def is_again(words: str) -> bool:
    return _AGAIN.fullmatch(words) is not None


def changes(words: str) -> bool:
    """Do these plain words ask for the last picture to be changed, or drawn again? Only where there is one."""
    if is_undo(words) or is_again(words):
        return True
    return not _NO_PICTURE.search(words) and any(pattern.match(words) for pattern in _CHANGES)
