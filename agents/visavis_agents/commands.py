"""Short commands about the talking itself, understood at once and without a model: stop, wait, go on, louder, slower.

`turn.step` asks for them in every transcript. Only a whole utterance is a command: "stop" is, "stop the timer" is not.
"""

from __future__ import annotations

import enum
import re


class Command(enum.Enum):
    """The value is the reason given for not answering with words."""

    STOP = "asked to stop"
    WAIT = "asked to wait"
    GO_ON = "asked to go on"
    LOUDER = "asked for a louder voice"
    QUIETER = "asked for a quieter voice"
    SLOWER = "asked for a slower voice"
    FASTER = "asked for a faster voice"
    REPEAT = "asked to say it again"


MANNERS = frozenset({Command.LOUDER, Command.QUIETER, Command.SLOWER, Command.FASTER})

_SAID: dict[Command, str] = {
    Command.STOP: "stop|stop it|stop that|stop talking|stop now|no stop|quiet|be quiet|silence|shut up|enough|"
    "that's enough|never mind|nevermind",
    Command.WAIT: "wait|wait wait|wait a second|wait a minute|wait a moment|hold on|hold on a second|hold on a minute|"
    "hold on a moment|hold it|hang on|hang on a second|one moment|one second|a moment|pause|pause there",
    Command.GO_ON: "go on|go ahead|continue|carry on|keep going|keep talking|resume|you can continue|you can go on",
    Command.LOUDER: "louder|much louder|speak louder|talk louder|speak up|more volume|volume up|turn it up|"
    "turn up the volume|turn the volume up|i can't hear you|i cannot hear you",
    Command.QUIETER: "quieter|softer|more quietly|speak quieter|talk quieter|speak softer|speak more quietly|"
    "speak softly|lower your voice|not so loud|too loud|that's too loud|you're too loud|less volume|volume down|"
    "turn it down|turn down the volume|turn the volume down",
    Command.SLOWER: "slower|more slowly|slow down|speak slower|talk slower|speak more slowly|talk more slowly|"
    "speak slowly|speak slow|talk slowly|more slow|speak more slow|talk more slow|not so quick|not so fast|too "
    "fast|that's too fast|you're too fast",
    Command.FASTER: "faster|speak faster|talk faster|speed up|hurry up|more quickly|speak more quickly|too slow",
    Command.REPEAT: "repeat|repeat that|repeat it|say that again|say it again|again|once more|one more time|what|"
    "what was that|what did you say|pardon|pardon me|come again|i didn't hear that|i didn't catch that",
}
_BY_WORDS = {words: command for command, said in _SAID.items() for words in said.split("|")}
_WORD = re.compile(r"[a-z']+")
# Said round a command without changing it.
_POLITE = re.compile(
    r"^(?:(?:oh|okay|ok|no|hey|vis|sorry|please|just|can you|could you|would you|will you) )+|"
    r"(?: (?:please|vis|now|then|for me|thank you|thanks|a bit|a little|a little bit))+$"
)
_LITTLE = re.compile(r"\b(?:please|just|a little bit|a little|a bit) (?=\S)")


def command(text: str) -> Command | None:
    """The command that the whole of `text` is."""
    words = " ".join(_WORD.findall(text.lower().replace("\u2019", "'")))
    bare = _POLITE.sub("", _POLITE.sub("", words))
    return _BY_WORDS.get(words) or _BY_WORDS.get(bare) or _BY_WORDS.get(_LITTLE.sub("", bare))


def may_become_one(text: str) -> bool:
    """Is `text`, which may still grow, a command or the beginning of one?"""
    words = " ".join(_WORD.findall(text.lower().replace("\u2019", "'")))
    bare = _POLITE.sub("", words + " ").strip()
    return any(said.startswith(bare) for said in _BY_WORDS) or command(text) is not None
