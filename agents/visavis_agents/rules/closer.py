"""Looking closer: zooming in, out and aside. (Going on with what is being read depends on it: `reading.asked`.)"""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, rule

_SIDE = r"(?:upper|lower|top|bottom|left|right|centre|center|middle)"
_SIDES = rf"(?P<sides>{_SIDE}(?:(?: and)?(?: the)?[ -]{_SIDE})?)(?:[ -]?(?:hand )?(?:side|part|corner|half|edge))?"
_SAME = {"upper": "top", "lower": "bottom", "center": "centre", "middle": "centre"}


def _zoom(found: re.Match[str], _: str) -> Route:
    sides = [_SAME.get(word, word) for word in re.findall(_SIDE, found["sides"])]
    order = [side for side in ("top", "bottom", "left", "right") if side in sides]
    opposed = {"top", "bottom"} <= set(order) or {"left", "right"} <= set(order)
    return None if opposed else Call("zoom", {"way": " ".join(order) or "centre"})


def _pan(found: re.Match[str], text: str) -> Route:
    made = _zoom(found, text)
    return Call("zoom", {"way": f"pan {made.arguments['way']}"}) if isinstance(made, Call) else None


_IN_PICTURE = r"(?:all |fully |whole |wholly |completely )?in (?:the |your )?(?:picture|frame|view|camera)"

RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:zoom|zoom in|(?:go|move|look|get) closer|closer|look closely)(?: (?:in|on|to|at|into))*"
        rf"(?: (?:the|my))? {_SIDES}(?: (?:of|in|on) .*)?$",
        _zoom,
    ),
    rule(
        rf"^(?:zoom|pan|look|go|move)(?: a (?:bit|little))?(?: (?:further|farther|more))?(?: to)?(?: the)? {_SIDES}$|"
        rf"^(?:a (?:bit|little)|further|farther|more)(?: more)? to the {_SIDES.replace('sides', 'aside')}$",
        lambda f, t: _pan(f, t) if f["sides"] else Call("zoom", {"way": f"pan {f['aside']}"}),
    ),
    rule(
        r"^(?:zoom (?:out|back|away)(?: (?:all the way|completely|fully|again))|(?:show|see|look at) (?:me )?the whole "
        r"(?:picture|thing|image|view)|zoom back out)$",
        Call("zoom", {"way": "whole"}),
    ),
    rule(r"^zoom (?:it )?(?:out|back|away)(?: (?:a (?:bit|little)|more|some))*$", Call("zoom", {"way": "out"})),
    rule(
        r"^(?:zoom|zoom (?:it )?in|zoom (?:closer|more)|(?:go|get|move) (?:in )?closer|closer|look closer|"
        r"(?:take|have) a closer look|enlarge (?:it|that|this))"
        r"(?: (?:a (?:bit|little)|more|some|further|again|on (?:it|that|this)))*$",
        Call("zoom", {"way": "in"}),
    ),
    rule(
        r"^(?:zoom|zoom in|(?:go|move|look|get) closer|look closely)(?: (?:in|on|to|at|into))+"
        r"(?: (?:the|my|that|this|his|her))? (?P<thing>[a-z]+(?: [a-z]+)?)$",
        lambda f, t: Call("zoom", {"thing": f["thing"]}),
    ),
    rule(
        r"^(?:am i holding|do i hold) (?:it|this|that|the (?:camera|phone)) (?:right|straight|well|correctly)$|"
        rf"^(?:is (?:it|this|that|(?:the|my) \w+|everything)|am i) {_IN_PICTURE}$|"
        r"^how (?:should|do|must) i (?:hold|aim|point|move) (?:it|this|the camera|the phone)$|"
        r"^help me (?:to )?(?:aim|hold|point)(?: (?:it|this|the camera|the phone))?$",
        Call("aim"),
    ),
)
