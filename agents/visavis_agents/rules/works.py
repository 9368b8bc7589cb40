"""Who wrote, painted, composed, made, built, founded, invented or discovered what (`tables/works.txt`)."""

from __future__ import annotations

import difflib
import re
from functools import cache

from visavis_agents.plain import plain
from visavis_agents.rules.kinds import Route, Rule, Say, rule
from visavis_agents.rules.written import lines

ALIKE = 0.87  # of the letters of a title
_WHOLE = ("built", "founded", "invented", "discovered")  # what is told of these is all of the answer
_KINDS = {  # what was asked -> where to look, in this order
    "wrote": ("wrote", "composed"), "written": ("wrote", "composed"), "author": ("wrote",),
    "painted": ("painted",), "painter": ("painted",), "drew": ("painted",),
    "composed": ("composed",), "composer": ("composed",),
    "sang": ("sang",), "sings": ("sang",), "performed": ("sang",), "singer": ("sang",),
    "directed": ("made",), "director": ("made",), "sculpted": ("made",), "carved": ("made",), "sculptor": ("made",),
    "made": ("made", "painted", "built", "invented"), "created": ("made", "painted", "founded", "invented", "built"),
    "built": ("built",), "designed": ("built", "made"), "architect": ("built",),
    "founded": ("founded",), "started": ("founded",), "founder": ("founded",),
    "invented": ("invented",), "developed": ("invented",), "inventor": ("invented",), "came up with": ("invented",),
    "discovered": ("discovered", "invented"), "found": ("discovered",), "discoverer": ("discovered",),
}  # fmt: skip


@cache
def works() -> dict[str, dict[str, tuple[str, str]]]:
    """Kind -> title in plain words -> the title as written, and who made it or all that is told."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    kind = ""
    for line in lines("tables/works.txt"):
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        titles, _, told = line.partition(" = ")
        for title in titles.split(" / "):
            found.setdefault(kind, {})[_bare(plain(title))] = (titles.split(" / ")[0], told)
    return found


def _bare(title: str) -> str:
    return re.sub(r"^(?:the|an?) ", "", title)


def _find(kinds: tuple[str, ...], title: str, asked: str = "") -> Route:
    title = _bare(title)
    for near in (False, True):
        for kind in kinds:
            known = works()[kind]
            one = (
                next(iter(difflib.get_close_matches(title, known, 1, ALIKE)), "") if near and len(title) > 5 else title
            )
            if one in known:
                shown, told = known[one]
                did = asked if asked in ("directed", "sculpted", "designed") else kind
                return Say(told if kind in _WHOLE else f"{told} {did} {shown}.")
    return None


def _who(found: re.Match[str], _: str) -> Route:
    return _find(_KINDS[found["did"]], found["what"], found["did"])


def _when(found: re.Match[str], _: str) -> Route:
    return _find(("invented", "discovered"), found["what"])


_DID = "|".join(sorted(_KINDS, key=len, reverse=True))
RULES: tuple[Rule, ...] = (
    rule(
        rf"^who (?P<did>{_DID})(?: the (?:book|novel|play|poem|story|opera|painting|picture|film|movie|musical|ballet|"
        r"piece|statue|song|company))?(?: called)? (?P<what>.+)$",
        _who,
    ),
    rule(
        rf"^who (?:is|was|were) the (?P<did>{_DID})s? (?:of|behind) (?:the (?:book|novel|play|film|movie|painting) )?"
        r"(?P<what>.+)$",
        _who,
    ),
    rule(rf"^(?:who|by whom) (?:was|were|is) (?P<what>.+) (?P<did>{_DID})(?: by)?$", _who),
    rule(r"^(?:when|(?:in )?(?:what|which) year) (?:was|were) (?P<what>.+) (?:invented|discovered)$", _when),
)
