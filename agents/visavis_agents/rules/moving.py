"""Making drawings move: "make it move", "animate it", "make a film of the pictures"."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, rule

_ONE = r"(?:it|that|this|(?:the|this|that|my|your) (?:last |whole )?(?:picture|drawing|painting|image|scene|one))"
_ALL = (
    r"(?:them(?: all)?|these|all of (?:it|them)|everything|"
    r"(?:all )?(?:of )?(?:the|these|those|my|your|our) (?:last |\d )*(?:pictures|drawings|paintings|images|scenes))"
)
_MOVE = r"(?:move|moving|come alive|come to life|alive|dance|wiggle|animated)"
_CLIP = r"(?:a|an|the) (?:short |little |small )?(?:film|movie|video|clip|animation|gif|slide ?show)"
_MAKE = r"(?:make|let|have|get|bring|i want(?: to see)?|i would like(?: to see)?|let us (?:make|see)|show me)"


def _animate(found: re.Match[str], _: str) -> Route:
    many = "all" in found.re.groupindex and found["all"]
    return Call("animate", {"which": "all" if many else "last"})


RULES: tuple[Rule, ...] = (
    rule(rf"^{_MAKE} (?:{_ONE}|(?P<all>{_ALL}))(?: to)? (?:all )?{_MOVE}(?: (?:a (?:bit|little)|around))?$", _animate),
    rule(rf"^bring (?:{_ONE}|(?P<all>{_ALL})) to life$", _animate),
    rule(rf"^animate (?:{_ONE}|(?P<all>{_ALL}))$", _animate),
    rule(
        rf"^(?:make|create|do|give me|show me|turn|i want|i would like|let us make|make me) {_CLIP} "
        rf"(?:of|out of|from|with) (?:{_ONE}|(?P<all>{_ALL}))$",
        _animate,
    ),
    rule(rf"^(?:make|turn) (?:{_ONE}|(?P<all>{_ALL})) (?:into )?{_CLIP}$", _animate),
)
