"""Being told when something is seen: "tell me when someone comes in", "let me know when the light turns green"."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule
from visavis_agents.seeing import watching

CANNOT = (
    "I can't watch for that. I can only watch for people, hands, things I know by name, a colour, a change, or light."
)
_NOW = re.compile(  # something that goes on now or will: not a question of when it was
    r"\b(?:rings?|boils?|rains?|snows?|starts?|stops?|begins?|ends?|beeps?|burns?|cooks?|melts?|wakes?|sleeps?|"
    r"cries|barks?|smells?|sounds?|says?|calls?|knocks?|speaks?|smiles?|laughs?|"
    r"is (?:ready|done|finished|over|full|empty|asleep|awake))\b"
)


def _watch(found: re.Match[str], text: str) -> Route:
    what = found["what"]
    if re.search(r"\b\d+|o'clock|\b(?:minutes?|hours?|seconds?|time|noon|midnight|timer|alarm)\b", what):
        return None
    if what.startswith(("to ", "you are ", "i should", "i can ", "i need")):
        return None
    if (aim := watching.aim(what)) is not None:
        return Call("watch_for", {"what": aim.told})
    return Say(CANNOT) if _NOW.search(what) or _SURELY.match(found[0]) else None


def _when(found: re.Match[str], text: str) -> Route:
    """ "Tell me when ..." has lost its "tell me" as politeness, like a question of fact."""
    return _watch(found, text) if re.search(r"\btell (?:me|us) when", text.lower()) else None


def _watch_for(found: re.Match[str], _: str) -> Route:
    aim = watching.named(found["what"])
    return Call("watch_for", {"what": aim.told}) if aim is not None else Say(CANNOT)


def _keep_an_eye(found: re.Match[str], _: str) -> Route:
    aim = watching.named(found["what"])
    if aim is not None and aim.kind in ("thing", "hands"):
        return Call("watch_for", {"what": watching.Aim(aim.kind, aim.what, gone=True).told})
    return Call("watch_for", {"what": (aim or watching.Aim("change")).told})


_ME = r"(?: (?:me|us))?(?: know)?"
_SURELY = re.compile(r"^(?:let (?:me|us) know|(?:warn|alert|notify|call|inform)\b)")
_ON = r"(?:when|whenever|if|as soon as|once|the moment)"
_STOP = r"(?:stop|cancel|end|quit|(?:you )?do not|no need to|forget(?: about)?|never mind)"

RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:you can |you may )?{_STOP} (?:keep )?(?:(?:on )?(?:watch(?:ing)?|looking out|look out|"
        r"keeping (?:an eye|watch)|guarding)|(?:the|that|my|all|this|every|your|all the|all my)"
        r"(?: of)?(?: the)? watch(?:es)?)"
        r"(?: (?:out )?(?:for|on|over)?\b ?(?P<what>.*))?$",
        lambda found, text: Call("stop_watching", {"what": _short(found["what"] or "")}),
    ),
    rule(
        r"^(?:what|who|which things?) (?:are you|do you)(?: still)? (?:watch(?:ing)?|look(?:ing)? out|wait(?:ing)?)"
        r"(?: out)?(?: for| at)?$|^are you (?:still )?(?:watching|looking out|on the watch|keeping watch)"
        r"(?: (?:for|out).*)?$|"
        r"^(?:which|what|list (?:all )?(?:the |my |your )?) ?watches(?: (?:are|do) .*)?$",
        Call("watches", {}),
    ),
    rule(
        rf"^{_ON} (?P<what>.+?) (?:(?:tell|let|warn|alert|notify|call) (?:me|us)|say (?:so|something|hello))"
        r"(?: know| about it| at once| immediately)*$",
        _watch,
    ),
    rule(rf"^(?:tell|let|warn|alert|notify|inform|call|ping){_ME} {_ON} (?P<what>.+)$", _watch),
    rule(
        rf"^(?:say|shout|speak up|give (?:me|us) a (?:shout|sign|call))(?: something| so| hello)? {_ON} (?P<what>.+)$",
        _watch,
    ),
    rule(rf"^{_ON} (?P<what>.+)$", _when),
    rule(
        r"^(?:watch out|watch|look out|keep watch|be on the lookout|keep a lookout|wait|keep an eye out|"
        r"keep your eyes open) for (?P<what>.+)$",
        _watch_for,
    ),
    rule(
        r"^(?:watch|guard|keep watch over|keep an eye on) (?P<what>(?:the|my|this|that|our) (?!news|match|game|"
        r"film|movie|time|clock|weather|video|television|tv|traffic)[a-z ]{2,30})$",
        _keep_an_eye,
    ),
)


def _short(what: str) -> str:
    aim = watching.named(what.strip()) if what.strip() else None
    return aim.told if aim is not None else ""
