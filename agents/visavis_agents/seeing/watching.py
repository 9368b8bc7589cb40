"""What may be watched for, how it is said, and when it has been seen. Pure: `watches.py` looks.

One look proves nothing: finders err and hands pass by. What comes must be there in two looks that agree; what goes must
be missed in three, for two seconds, because a thing is overlooked more easily than made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from visavis_agents.seeing.things import article, bare, same
from visavis_models.ports import Found

AGREE = 2  # looks at what has come
GONE, GONE_S = 3, 2.0  # looks without what was there, and how long they must span
LEFT_S = 5.0  # after so long without them, somebody who comes is somebody new
SURE, GUESS = 0.6, 0.3  # a finder's score from which a thing is there; below, it is not
CHANGED = 0.012  # share of the picture that differs from two seconds ago
BRIGHTER = 1.5  # times as bright as two seconds ago, or the other way; exposure control hides less
TURNED = 0.0015  # share of the picture that has the colour now and had not

COLOURS = ("red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink")
Kind = Literal["people", "hands", "thing", "colour", "change", "light"]


@dataclass(frozen=True, slots=True)
class Aim:
    """what: the thing's or the colour's name. gone: until there is none; for light, until it is dark."""

    kind: Kind
    what: str = ""
    gone: bool = False

    @property
    def told(self) -> str:
        """Goes on "I'll tell you when"; `aim` understands it."""
        match self.kind, self.gone:
            case "people", gone:
                return "nobody is there any more" if gone else "someone comes"
            case "hands", gone:
                return "the hand is gone" if gone else "I see a hand"
            case "thing", gone:
                return f"the {self.what} is gone" if gone else f"I see {article(self.what)}"
            case "colour", _:
                return f"something turns {self.what}"
            case "light", gone:
                return "it gets dark" if gone else "it gets bright"
        return "something changes"

    @property
    def seen(self) -> str:
        """What is said once, when it is so."""
        match self.kind, self.gone:
            case "people", gone:
                return "Nobody is there any more." if gone else "Someone has come."
            case "hands", gone:
                return "The hand is gone." if gone else "I see a hand."
            case "thing", gone:
                return f"The {self.what} is gone." if gone else f"I see {article(self.what)} now."
            case "colour", _:
                return f"Something has turned {self.what}."
            case "light", gone:
                return "It has become dark." if gone else "It has become bright."
        return "Something has changed."

    @property
    def finds(self) -> bool:
        """The finders are needed for it."""
        return self.kind in ("people", "hands", "thing")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look at session time `at`. changed: share of the picture that differs from two seconds ago; light: its
    brightness against then; turned: by colour, the share that has it now, in this look and the last, and had not;
    found: None if nothing has moved since the finders were asked last."""

    at: float
    changed: float = 0.0
    light: float = 1.0
    turned: Mapping[str, float] = field(default_factory=dict)
    found: tuple[Found, ...] | None = None


@dataclass
class Watch:
    """One thing watched for, from the first look on. usual: how many were there when it began."""

    number: int
    aim: Aim
    until_s: float
    usual: int | None = None
    _agreeing: int = 0
    _since: float = 0.0  # of the first of them
    _fewer: float | None = None  # since when there are fewer than usual
    _count: int = 0

    @property
    def doubtful(self) -> bool:
        """It may have been seen: look again soon, and properly."""
        return self._agreeing > 0

    def saw(self, evidence: Evidence) -> bool:
        """Take a look. True once it has been seen."""
        if self.aim.finds:
            return self._counted(evidence)
        match self.aim.kind:
            case "colour":
                return evidence.turned.get(self.aim.what, 0.0) >= TURNED  # two looks in itself
            case "light":
                so = evidence.light <= 1 / BRIGHTER if self.aim.gone else evidence.light >= BRIGHTER
            case _:
                so = evidence.changed >= CHANGED
        return self._agrees(so, evidence.at) >= AGREE

    def _counted(self, evidence: Evidence) -> bool:
        if evidence.found is not None:
            self._count = count(self.aim, evidence.found, GUESS if self.aim.gone else SURE)
        if self.usual is None:
            self.usual = self._count
            return False
        if self.aim.gone:
            none = self._agrees(self._count == 0, evidence.at)
            return none >= GONE and evidence.at - self._since >= GONE_S
        if evidence.found is not None or self._count <= self.usual:
            self._agrees(self._count > self.usual, evidence.at)
        if self._count >= self.usual:
            self._fewer = None
        elif self._fewer is None:
            self._fewer = evidence.at
        elif evidence.at - self._fewer >= LEFT_S:
            self.usual, self._fewer = self._count, None
        return self._agreeing >= AGREE

    def _agrees(self, so: bool, at: float) -> int:
        if so and not self._agreeing:
            self._since = at
        self._agreeing = self._agreeing + 1 if so else 0
        return self._agreeing


def count(aim: Aim, found: tuple[Found, ...], least: float = SURE) -> int:
    """How many of what is aimed at were found; of a thing, whether there is one."""
    match aim.kind:
        case "people":
            return sum(each.kind == "face" or each.label == "person" for each in found)
        case "hands":
            return sum(each.kind == "hand" for each in found)
    return int(any(each.kind == "thing" and each.score >= least and same(aim.what, each.label) for each in found))


# --- from words ------------------------------------------------------------------------------------------------------

_PERSON = (
    r"(?:some|any)(?:body|one)(?: else| new)?|(?:i|he|she|they|we|you|me|us|him|them)|faces?|"
    r"(?:more )?(?:people|persons?|men|man|woman|women|boys?|girls?|child|children|kids?|bab(?:y|ies)|"
    r"visitors?|guests?|customers?|clients?|patients?|strangers?|friends?|neighbou?rs?|"
    r"wife|husband|partner|son|daughter|mother|father|"
    r"mum|mom|dad|brother|sister|boss|colleagues?|teacher|nurse|doctor|waiter|"
    r"(?:post|mail|delivery ?)(?:man|woman|person)"
    r"|courier|delivery|passers? ?by)"
)
_HAND = r"(?:hands?|fingers?|thumbs?|palm|wave)(?: up)?"
_MOTION = r"(?:movements?|motion|changes?|(?:some|any)thing(?: new| different| else| unusual)?|activity)"
_EMPTY = re.compile(
    r"^(?:nobody|no one|no body|none) is (?:here|there|left|around|in .*|at .*)(?: any ?more)?$"
    r"|^(?:every(?:one|body)|all) (?:is gone|has (?:left|gone)|leaves|goes(?: away| home)?|are gone|have left)$"
    r"|^(?:the|my|this) (?:room|place|office|kitchen|chair|seat|house|hall|shop) is empty$|^(?:i am|you are) alone$"
)
_SEE = re.compile(
    r"^(?:you (?:can |do |ever )?(?:see|notice|spot|find|recogni[sz]e|detect|catch)|i see|there (?:is|are)(?: ever)?)"
    r" (?P<what>.+)$"
)
_NOT_SEE = re.compile(
    r"^(?:you (?:can )?no longer see|you (?:do not|can not|stop) see(?:ing)?|there (?:is|are) no(?: longer)?(?: more)?|"
    r"you lose(?: sight of)?) (?P<what>.+?)(?: any ?more| any longer| left)?$"
)
_GOES = re.compile(
    r"^(?P<what>.+?) (?:(?:is|are|has|have|gets?|am|has been|have been|'s) (?:all )?(?:gone|left|disappeared|vanished|"
    r"missing|taken(?: away)?|removed|moved away|not (?:there|here|visible)(?: any ?more)?|no longer (?:there|here|"
    r"visible)|out of (?:sight|view))|leaves?|disappears?|vanish(?:es)?|goes? (?:away|out|off|home)|"
    r"walks? (?:out|away|off)|runs? (?:away|off)|moves? (?:away|out))"
    r"(?: (?:from|of|the|in|my|room|view|sight|picture|table)\b.*)?$"
)
_COMES = re.compile(
    r"^(?P<what>.+?) (?:comes?|arrives?|appears?|enters?|shows? up|turns? up|gets? (?:in|here|home|back)|returns?|"
    r"approach(?:es)?|(?:walks?|steps?|goes|runs?|passes|drives?) (?:in(?:to)?|by|past|through|up|over)|passes|"
    r"stands?|sits?(?: down)?|(?:is|are|am) (?:here|there|back|at|in|on|visible|outside|coming|around|near|behind)|"
    r"looks? (?:at|into|in)|joins?)\b.*$"
)
_TURNS = re.compile(
    r"^(?P<what>.+?) (?:turns?|becomes?|goes|go|changes? (?:in)?to|switch(?:es)? to|gets?|is|are|lights? up|"
    rf"flash(?:es)?|shows?|blinks?)(?: to| in)? (?P<colour>{'|'.join(COLOURS)})(?: again| light)?$"
)
_COLOURED = re.compile(
    r"^(?:something |anything |some |any |a |an |the )?(?:bright )?"
    rf"(?P<colour>{'|'.join(COLOURS)})(?: light| lamp| colour| thing| led| one)?s?$"
)
_LIGHT = re.compile(
    r"^(?:the|my|all the|any|a)? ?(?:lights?|lamps?|screen|tv|television|monitor) .*?\b(?P<to>on|off|out)(?: again)?$"
    r"|^it (?:gets|becomes|is|turns|goes|grows) (?:too )?(?P<how>dark|bright|light)(?:er)?(?: .*)?$|^(?P<sun>the sun)"
    r" (?:rises|comes up|comes out)$"
)
_RAISES = re.compile(
    rf"^(?:{_PERSON}|the .+?) (?:raises?|holds?|shows?|puts?|lifts?|waves?)(?: you| me| up)*"
    rf"(?: (?:my|his|her|their|its|a|the|your|one|1) {_HAND})?$"
)
_CHANGES = re.compile(
    r"^(?P<what>.+?) (?:changes?|moves?|happens?|stirs?|opens?|closes?|starts? (?:to move|moving)|(?:is|are) (?:moving|"
    r"happening|changing|opened|closed|open|moved|touched)|falls?(?: (?:down|over|off))?|breaks?|spills?)\b.*$"
)


def aim(words: str) -> Aim | None:
    """words: plain ones that follow "tell me when" or "watch for". None: nothing that eyes like these can see.

    A thing is taken at its word: whether the finders know it is for them to say."""
    words = re.sub(r"^(?:ever |finally |that )|(?: please| again| ok)$", "", words.lower().strip())
    words = re.sub(
        r"(?<=[a-z])'s (?=(?:a|at|in|on|here|there|gone|not|back|left|\w+ing|\w+ed|outside)\b)", " is ", words
    )
    if _EMPTY.match(words):
        return Aim("people", gone=True)
    if found := _LIGHT.match(words):
        return Aim("light", gone=found["to"] in ("off", "out") or found["how"] == "dark")
    if _RAISES.match(words):
        return Aim("hands")
    if found := _TURNS.match(words) or _COLOURED.match(words):
        return Aim("colour", found["colour"])
    if found := _NOT_SEE.match(words) or _GOES.match(words):
        return _of(found["what"], gone=True)
    if found := _SEE.match(words):
        return aim(found["what"]) if _COLOURED.match(found["what"]) else _of(_verbless(found["what"]))
    if found := _COMES.match(words):
        return _of(found["what"])
    return Aim("change") if _CHANGES.match(words) else None


def named(words: str) -> Aim | None:
    """words: what follows "watch for" or "look out for": a noun, or as in `aim`."""
    if re.fullmatch(r"(?:the|my|this|that|our) (?:front |back )?(?:door|entrance|gate|way in)", words):
        return Aim("people")
    if found := _COLOURED.match(words):
        return Aim("colour", found["colour"])
    return aim(words) or _of(words)


def _of(what: str, gone: bool = False) -> Aim | None:
    what = what.strip()
    name = bare(what)
    if not re.fullmatch(r"[a-z0-9' ]{1,40}", name) or len(name.split()) > 4 or name in ("it", "that", "this", "which"):
        return None
    if re.fullmatch(_MOTION, name):
        return Aim("change")
    if re.fullmatch(_PERSON, name) or re.fullmatch(_PERSON, what):
        return Aim("people", gone=gone)
    if re.fullmatch(_HAND, name):
        return Aim("hands", gone=gone)
    return Aim("thing", name, gone)


def _verbless(what: str) -> str:
    """ "someone at the door", "a cat coming in", "someone who waves" -> "someone", "a cat"."""
    return re.sub(
        r" (?:(?:com|walk|enter|stand|sitt|mov|pass|wait|look|runn|approach|arriv|appear|ly|sleep|go)\w*ing|who|which|"
        r"that (?:is|has|comes)|outside|approach|arrive|appear|enter|leave|come|move)\b.*$",
        "",
        what,
    )
