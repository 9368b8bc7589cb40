"""A request to change a picture, read: "make the cat bigger and add a tree", "undo that". Pure.

A request is one or more changes joined by "and" or a comma, each a verb and what it is about; `edited.py` carries them
out. Words that no pattern knows name things to add.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from visavis_models.composer.english import COLOURS, SHADES
from visavis_models.composer.request import worded

Verb = Literal["undo", "only", "remove", "turn", "become", "set", "give", "move", "more", "add"]
MOST = 8  # changes in one request


@dataclass(frozen=True, slots=True)
class Change:
    """what: the things meant, as said ("the cat", "it"). to: what they become or get, where they go, how many more."""

    verb: Verb
    what: str = ""
    to: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Words that may name things that are not there yet."""
        return (
            (self.what,)
            if self.verb in ("add", "more")
            else (self.to,)
            if self.verb in ("become", "give", "move")
            else ()
        )


_POLITE = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can(?= the| it| he| she| they)|how about|what about|"
    r"id (?:like|love|want)|now|hey|and|then|also|okay|ok|yes|well|but|so|just|maybe|lets|"
    r"let us|i (?:want|would like|would love|need) (?:you to|to see|to have|to)|i think|perhaps|actually|next|"
    r",)(?: |$))*"
)
_TAIL = re.compile(
    r"(?: (?:please|too|as well|also|for me|again|now|then|,|(?:in|to|from|on|into|of) (?:the|this|that|your|my) "
    r"(?:picture|drawing|image|painting|scene)))+$"
)
_COLOUR = rf"(?:(?:{'|'.join(sorted(SHADES))}) )?(?:{'|'.join(sorted(COLOURS))})"
_BY = r"(?:(?:much|far|way|a little bit|a bit|a little|a lot|even|slightly|twice as|half as|very|really|more) )*"
GROW = "bigger|larger|taller|longer|wider|fatter|big|large|huge|giant|enormous|gigantic|tall|long|fat"
SHRINK = "smaller|tinier|shorter|thinner|littler|small|tiny|little|short|mini"
LIGHTER = "darker|brighter|lighter|sunny|sunnier|dark|bright"
_LIKE = rf"{_BY}(?:{GROW}|{SHRINK}|{LIGHTER}|{_COLOUR}(?: and {_COLOUR})?|in colou?r)(?: than .*| as .*)?"
_THE = (
    r"(?:it|that|this|them|they|him|her|those|these|everything|everyone|one|all|both|(?:the|my|his|its|all|"
    r"both|that|this|those|these|each|every|one|two) .+?)"
)
_NEW = r"(?:an?|some|one|two|three|four|five|six|seven|eight|nine|ten|\d+|another|his|her) .+"
_WHERE = (
    r"(?:(?:a bit|a little|more|further|farther|over|closer|nearer|far|much|all the way|way|slightly|"
    r"right(?= (?:on|in|at|next|above|under))) )*"
    r"(?:on|at|in|to|into|onto|above|over|under|underneath|below|beneath|next|near|beside|behind|between|left|right|up|"
    r"down|higher|lower|back|backwards?|forwards?|away|closer|nearer|inside|by|towards?|around|upwards?|"
    r"downwards?|leftwards?|rightwards?|apart|together)\b.*"
)
_N = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+|a few|some|many|lots of|several|a couple of|"
    r"a couple|a lot|a lot of)"
)
_VERBS = (
    "make|add|remove|delete|erase|give|move|paint|turn|change|take|replace|undo|draw|put|let|colou?r|swap|get rid|flip|"
    "shrink|enlarge"
)

_GRAMMAR: tuple[tuple[Verb, str], ...] = (
    ("undo", r"(?:undo|revert|cancel)(?: (?:it|that|this|the last .*|what .*))?"),
    ("undo", r"(?:go|(?:change|put|take|turn|bring) (?:it|that|everything)|take that) back(?: (?:to|as|like|how)"
             r" .*| again| before)?"),
    ("undo", r"(?:make it )?(?:the way|as|like|how) it was(?: before)?|go back to the (?:last|previous) (?:one|"
             r"picture|version)"),
    ("undo", r"the (?:last|previous|other|old) (?:one|picture|version) was (?:better|nicer)"),
    ("only", r"(?:remove|delete|erase|get rid of|take away|clear) (?:everything|all|everyone) (?:but|except|"
             r"apart from)(?: for)? (?P<what>.+)"),
    ("only", r"(?:leave|keep|show|draw)? ?(?:only|just) (?P<what>(?:the|my|an?|one|two|three|four|five) .+)"),
    ("move", r"hide (?P<what>.+?) (?P<to>(?:behind|under|in|inside|among) .+)"),
    ("remove", r"take (?P<what>.+?) (?:away|out|off|from)(?: .*)?"),
    ("remove", r"(?:remove|delete|erase|rub out|get rid of|take away|take out|take off|lose|drop|throw away|hide|"
               r"clear|wipe out) (?P<what>.+?)(?: from .*)?"),
    ("remove", r"(?:i )?(?:do not|dont) (?:want|like|need) (?P<what>.+)"),
    ("remove", r"(?:(?:make|draw|have) it )?without (?P<what>.+)|(?:there should be )?no (?:more )?(?P<gone>.+)"),
    ("become", r"(?:replace|exchange|swap|switch) (?P<what>.+?) (?:with|by|for|to|into|against) (?P<to>.+)"),
    ("become", r"(?:change|turn|transform|convert) (?:the colou?r of )?(?P<what>.+?)(?: colou?r)? (?:into|to)"
               r" (?P<to>.+)"),
    ("turn", r"(?:no , )?the other way(?: a?round)?"),
    ("turn", r"(?:turn|flip|mirror) (?P<what>.+?)(?: (?:around|round|over|"
             r"the other way(?: a?round)?))?(?<! to)(?<! into)"),
    ("turn", rf"(?:make|let) (?P<what>{_THE}) (?:look|face|turn|go|point) (?:the other way|"
             rf"(?:a)?round|left|right|to the left|to the right|"
             rf"in the other direction|backwards?|to the other side)"),
    ("give", rf"give (?!me )(?P<what>{_THE}|each .+?|every .+?) (?P<to>{_NEW}|\w+s)"),
    ("give", rf"(?:let |make |have )?(?P<what>{_THE}) (?:should |must )?(?:to )?(?:wear|hold|carry|get|have|"
             rf"wearing|holding|carrying|needs) (?P<to>{_NEW}|\w+s)"),
    ("give", r"dress (?P<what>.+?) (?:up )?in (?P<to>.+)"),
    ("become", r"(?:draw |add |put |make |have |use |show )?(?P<to>.+?) (?:instead of|in place of|rather than)"
               r" (?P<what>.+)"),
    ("become", r"(?:instead of|in place of) (?P<what>.+?) (?:, )?(?:draw |put |make |have |use |"
               r"show )?(?P<to>an? .+|some .+)"),
    ("become", rf"(?:make|paint|colou?r|turn|draw|dye|have|want|i want|get) (?P<what>{_THE}) (?:(?:be|to be|to|in)"
               rf" )?(?P<to>{_LIKE})"),
    ("become", rf"(?P<what>{_THE}) (?:is|are) (?:much |far |way |a bit |a little )?(?P<to>too (?:{GROW}|{SHRINK}|"
               rf"dark|bright))"),
    ("become", rf"(?P<what>{_THE}) (?:(?:should|could|must|can|has to|needs to) be |to be )?(?P<to>{_LIKE})"),
    ("become", rf"(?:make |paint |draw )?(?:in )?(?P<to>{_LIKE})"),
    ("become", r"(?P<to>enlarge|grow|shrink|magnify)(?: (?P<what>.+))?"),
    ("become", rf"(?:make|let|have) (?P<what>{_THE}) (?:into |be )?(?P<to>{_NEW})"),
    ("become", rf"(?P<what>{_THE}) (?:should|could|must) be (?P<to>{_NEW})"),
    ("move", rf"(?:move|put|place|shift|bring|push|slide|set|send|drag) (?P<what>{_THE}) (?P<to>{_WHERE})"),
    ("move", rf"(?:let |make |have )?(?P<what>{_THE}) (?:should |must |can )?(?:be|go|come|sit|stand|lie|fly|float|"
             rf"swim|move) (?P<to>{_WHERE})"),
    ("more", rf"(?:(?:add|draw|put|make|show|give me|with|have|i want) (?:in )?)?(?P<to>{_N} )?(?:more|additional|"
             rf"extra) ?(?:of )?(?P<what>.*)"),
    ("more", r"(?:(?:add|draw|put|make|show|give me|i want) (?:in )?)?(?P<to>another) ?(?P<what>one(?: of .+)?|)"),
    ("more", r"(?P<to>fewer|less|not so many|not as many|too many) (?P<what>.+)"),
    ("set", rf"(?:make|let|set|have) (?P<what>{_THE}) (?:be |into |to |to be )?(?P<to>.+)"),
    ("become", r"(?:draw it |paint it |make it )?(?:look )?(?:as|like|in the style of) (?P<to>(?:if )?.+)"),
    ("add", r"(?:add|include|insert|draw|paint|sketch|put in|put|place|show|give me|i want|i would like|"
            r"there should be|there is|there are|with|make|have|let there be)(?: in)? (?P<what>.+)"),
    ("add", r"(?P<what>(?:an?|some|the|my|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|"
            r"lots of|many|at|in|on|under|"
            r"by) .+|\w+s)"),
)  # fmt: skip
_MATCH = [(verb, re.compile(pattern)) for verb, pattern in _GRAMMAR]
_JOINT = re.compile(r"(?: ,)? (?:and then|and also|and|then|but|,) ")
_LIKE_IT = re.compile(rf"(?:too )?{_LIKE}")
_INSIDE = re.compile(rf"\b(?:{_VERBS}|bigger|smaller|larger)\b|\b{_COLOUR} (?:and|,) ")


def read_changes(request: str) -> list[Change]:
    """The changes in the order they were asked for, at most MOST; none for an empty request."""
    text = _TAIL.sub("", _POLITE.sub("", worded(request))).strip(" ,")
    return _read(text, MOST) if text else []


def _read(text: str, most: int) -> list[Change]:
    text = _TAIL.sub("", _POLITE.sub("", text)).strip(" ,")
    whole = _one(text)
    if (
        whole is not None
        and not _INSIDE.search(whole.what)
        and (_LIKE_IT.fullmatch(whole.to) or not _INSIDE.search(whole.to))
    ):
        return [whole]
    if most > 1:
        for joint in reversed(list(_JOINT.finditer(text))):
            first, rest = text[: joint.start()], text[joint.end() :]
            if (one := _one(first)) is not None and not _INSIDE.search(one.what) and rest:
                return [one, *_read(rest, most - 1)]
    return [whole] if whole is not None else []


def _one(text: str) -> Change | None:
    for verb, pattern in _MATCH:
        if found := pattern.fullmatch(text):
            said = {name: words.strip() for name, words in found.groupdict().items() if words}
            return Change(verb, said.get("what", said.get("gone", "")), said.get("to", ""))
    return None
