"""Stories: "tell me a story about a fox and the moon", and while one is told "what happens next?", "another one"."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule
from visavis_agents.rules.memory import NO, YES

WHO = "Who shall the story be about?"  # ends a question: what is said then is about whom
SLEEP_WELL = "All right. It was nice telling you a story."
LEFT = "All right. If you want to hear the rest, say go on."
_ON = re.compile(
    r"^(?:(?:and )?(?:what|how) (?:happens|happened|comes|came|does it go on|did it go on|goes on)"
    r"(?: (?:next|then|after that|on|to \w+))*|"
    r"next page|turn the page|how does (?:it|the story) (?:go on|end)|"
    r"(?:go on|continue|carry on|tell me more|finish) ?(?:with |of |telling )?(?:me )?"
    r"(?:the |that |this |your )?(?:story|tale))$"
)
_LATELY_ON = re.compile(
    r"^(?:go on|continue|carry on|keep going|resume|tell on|read on|and then(?: what)?|then what|what then|next|"
    r"tell me more)$"
)
_AGAIN = re.compile(
    r"^(?:(?:tell|read)(?: me| us)? (?:it|that|the story|that story) again|"
    r"(?:start )?(?:again )?from the (?:beginning|start)|"
    r"(?:the )?(?:same )?story again|start (?:the story )?(?:over|again))$"
)
_BACK = re.compile(r"^(?:(?:the )?(?:last|previous) page(?: again)?|(?:go )?(?:one )?(?:page )?back|back one page)$")
_LATELY_ANOTHER = re.compile(r"^(?:(?:tell (?:me|us) |give me )?(?:another|one more)(?: one)?|more|again)$")
_ANOTHER = re.compile(
    r"^(?:(?:tell (?:me|us) |give me )?"
    r"(?:(?:another|one more) (?:story|tale)|(?:a different|a new) (?:one|story|tale)))$"
)
_END = re.compile(
    r"^(?:stop|end|leave|enough(?: of)?|no more)(?: telling)?(?: me)? (?:the |this |that |your )?(?:story|tale)s?$"
)
_KINDS = (
    r"(?:(?:(?:another|one|a|an|some|any|the|your|more|new|little|short|long|good|nice|funny|bed ?time|"
    r"good ?night|illustrated|picture|fairy|different|whole) ?)+)?"
)
_ASK = (
    r"(?:tell|read|give|show|make(?: up)?|invent|write|say|know|do you know|do you have|have you got|got|let me hear|"
    r"let us hear|(?:i|we) (?:want|would like|would love)(?: to hear)?|how about)(?: (?:me|us|my \w+))?"
)
_STORY = r"(?:stor(?:y|ies)|tales?)(?: (?:with|and) (?:some )?(?:pictures|drawings|images))?"


_WHOEVER = re.compile(
    r"^(?:i do not (?:know|mind|care)|you (?:choose|decide|pick)|surprise me|any(?:one|body|thing)?|whatever|whoever)\b"
)
_ASKS = re.compile(r"^(?:what|who|when|where|why|how|is|are|do|does|can|stop|set|draw|tell)\b")
_ABOUT = re.compile(
    r"^(?:(?:it )?(?:should|shall|can|could) be |make it |let it be |one |maybe |perhaps )?(?:about |of |with )?"
)


def of_story(words: str, asked: bool, lately: bool, finished: bool) -> Route:
    """What plain words mean for a story.

    asked: "Would you like another one?" was; lately: nothing else was said since; finished: it was told to its end."""
    if _END.match(words):
        return Say(LEFT)
    if asked and NO.match(words):
        return Say(SLEEP_WELL)
    if (asked and YES.match(words)) or _ANOTHER.match(words) or (lately and _LATELY_ANOTHER.match(words)):
        return Call("tell_story", {})
    if _AGAIN.match(words):
        return Call("go_on_with_story", {"where": "start"})
    if _BACK.match(words):
        return Call("go_on_with_story", {"where": "back"})
    if _ON.match(words) or (lately and _LATELY_ON.match(words)):
        return (
            Say("That was the end of the story. Say another one, if you like.")
            if finished
            else Call("go_on_with_story", {})
        )
    return None


def followed_up(words: str, before: str) -> Route:
    """An answer to "Who shall the story be about?"."""
    if not before.endswith(WHO):
        return None
    if NO.match(words):
        return Say("All right. Tell me when you would like one.")
    if _WHOEVER.match(words) or YES.match(words):
        return Call("tell_story", {})
    if _ASKS.match(words) or len(words.split()) > 12:
        return None
    return Call("tell_story", {"about": _ABOUT.sub("", words)})


def _tell(found: re.Match[str], _: str) -> Route:
    about = found["about"] or found["more"] or ""
    return None if _ABSTRACT.match(about) else Call("tell_story", {"about": about} if about else {})


_ABSTRACT = re.compile(r"^(?:time|your(?:self| life| day)|my (?:day|life)|what|how|why|when)\b")
RULES: tuple[Rule, ...] = (
    rule(
        rf"^(?:{_ASK} )?{_KINDS}{_STORY}(?:(?: (?:about|of|on|with|for)| where| in which) (?P<about>.+))?$|"
        rf"^(?:{_ASK} )?{_KINDS}(?P<more>[a-z]+) {_STORY}$",
        _tell,
    ),
    rule(r"^(?:story ?time|it is (?:story ?time|time for a story))$", Call("tell_story", {})),
)
